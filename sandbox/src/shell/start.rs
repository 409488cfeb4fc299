//! Starts a planned run: folder, group, limits, pipes, child, in this order. On any failure nothing of it stays.
//!
//! Flow: `plan` → **`start`** → `supervise`.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use model::limits::LimitName;
use model::outcome::{Applied, Stage};
use model::ports::{Clock, StartError};
use model::time::{BootTime, Timestamp};
use model::workload::Kind;
use std::sync::Arc;

use super::holder::Holder;
use super::output::Pipes;
use super::plan::Plan;
use super::process::{Main, Process, boot_id};
use super::spawn::{Child, Containment, SpawnError, spawn};
use super::strays::Strays;
use crate::cgroup::{Pool, Slot, Stay};
use crate::folder::{Folder, SegmentWriter};

/// Most time that a run waits for a slot: one is given back some moments after its run has ended.
const SLOT_WITHIN: Duration = Duration::from_secs(10);

/// A run whose program runs.
pub(super) struct Started {
    pub(super) folder: Folder,
    pub(super) writer: SegmentWriter,
    pub(super) pipes: Pipes,
    pub(super) child: Child,
    pub(super) holder: Holder,
    pub(super) applied: Vec<Applied>,
    pub(super) started_at: Timestamp,
    pub(super) started: BootTime,
}

/// Starts a run, unless `cancelled` says that nobody wants it any more or `not_after` has passed.
///
/// # Errors
/// The stage that failed and why.
pub(super) fn start(
    plan: &Plan,
    runs: &Path,
    pool: &Arc<Pool>,
    clock: &Arc<dyn Clock>,
    not_after: BootTime,
    cancelled: impl Fn() -> bool,
) -> Result<Started, StartError> {
    let folder = Folder::create(runs, &plan.run, Kind::Shell)?;
    let no_folder = Undo(Some(|| folder.discard()));
    let writer = SegmentWriter::create(&folder, &plan.run.id, plan.limits.output, clock.clone())?;
    let (slot, applied) = contained(plan, pool)?;
    let group = slot.group();
    let mut process = Process {
        version: Process::VERSION,
        boot: boot_id(),
        groups: group.iter().flat_map(|g| g.dirs()).map(Path::to_owned).collect(),
        started_at: clock.now(),
        main: None,
    };
    let note = |process: &Process| process.write(&folder);
    note(&process).map_err(|e| {
        StartError::worker(Stage::Folder, format!("failed to write to `{}`: {e}", folder.path().display()))
    })?;
    let joins = match &group {
        Some(group) => group.joins().map_err(|e| StartError::worker(Stage::Cgroup, e.to_string()))?,
        None => Vec::new(),
    };
    let (pipes, stdout, stderr) = Pipes::open(plan.account.ids.as_ref()).map_err(|e| no_descriptor(&e))?;
    // The last look before exec: past the lease's deadline the tick may be another worker's.
    if clock.boot_time() > not_after {
        return Err(StartError::worker(
            Stage::Claim,
            "the claim's deadline had passed before the program could start",
        ));
    }
    if cancelled() {
        return Err(StartError::worker(Stage::Claim, "the start was given up"));
    }
    let stay = group.cloned().map(Stay::begin);
    let child = exec(plan, joins, stdout, stderr)?;
    let started = clock.boot_time();
    no_folder.keep();
    process.main = Main::of(child.pid);
    if let Err(e) = note(&process) {
        // The groups stand in it already; where there are none, the mark in the environment is left.
        tracing::warn!(run.id = %plan.run.id, "run {}: failed to note its process: {e}", plan.run.id);
    }
    let started_at = process.started_at;
    let holder = match stay {
        Some(stay) => Holder::Group { stay, _slot: slot },
        None => Holder::Strays(Strays::of(&plan.run.id, Some(child.pid))),
    };
    Ok(Started { folder, writer, pipes, child, holder, applied, started_at, started })
}

/// Takes a slot for the run and sets its limits.
fn contained(plan: &Plan, pool: &Arc<Pool>) -> Result<(Slot, Vec<Applied>), StartError> {
    let mut applied = vec![
        Applied { limit: LimitName::Timeout, by: "worker".to_owned() },
        Applied { limit: LimitName::Output, by: "worker".to_owned() },
    ];
    let mut slot = pool.take(SLOT_WITHIN).map_err(|e| StartError::worker(Stage::Cgroup, e.to_string()))?;
    tracing::debug!(run.id = %plan.run.id, "run {} has slot {}", plan.run.id, slot.index());
    match slot.limit(&plan.limits) {
        Ok(set) => applied.extend(set),
        Err(refusal) => {
            let (limit, path, e) = (refusal.limit, refusal.path.display(), refusal.error);
            let message = format!("`limits.{limit}` was refused: failed to write `{path}`: {e}");
            return Err(StartError::job(Stage::Limits, message));
        }
    }
    Ok((slot, applied))
}

/// Returns the name of a run's group.
pub(super) fn group_name(run: &str) -> String {
    format!("run-{run}")
}

fn exec(
    plan: &Plan,
    joins: Vec<std::fs::File>,
    stdout: OwnedFd,
    stderr: OwnedFd,
) -> Result<Child, StartError> {
    let (mut command, script) = plan.command().map_err(|e| no_descriptor(&e))?;
    command.stdout(stdout).stderr(stderr);
    let containment = Containment {
        joins,
        account: plan.account.ids.clone(),
        cwd: plan.cwd.clone(),
        no_new_privs: plan.no_new_privs,
        script: Some(script),
    };
    spawn(command, containment).map_err(|e| explain(plan, &e))
}

/// Says what a failed step in the child means for the job.
fn explain(plan: &Plan, e: &SpawnError) -> StartError {
    let error = &e.error;
    let user = &plan.account.name;
    match e.stage {
        Stage::Cgroup => {
            StartError::worker(e.stage, format!("the child could not join its control group: {error}"))
        }
        Stage::User => StartError::worker(e.stage, format!("failed to change to the user `{user}`: {error}")),
        Stage::Cwd => {
            let cwd = plan.cwd.path.to_string_lossy();
            StartError::job(e.stage, format!("cannot start in `{cwd}` as `{user}`: {error}"))
        }
        _ if is_shortage(error) => StartError::worker(e.stage, format!("failed to start a process: {error}")),
        _ => {
            let program = plan.program();
            let hint = match error.kind() {
                io::ErrorKind::NotFound if !program.contains('/') => {
                    format!("\nhint: it is looked for in `{}`", plan.search_path())
                }
                io::ErrorKind::NotFound => "\nhint: is it installed on this worker?".to_owned(),
                _ => String::new(),
            };
            StartError::job(
                e.stage,
                format!("cannot execute the interpreter `{program}` as `{user}`: {error}{hint}"),
            )
        }
    }
}

/// Tells a host that has run out of something from a program that cannot be executed.
fn is_shortage(error: &io::Error) -> bool {
    use nix::errno::Errno;
    let short = [Errno::EAGAIN, Errno::ENOMEM, Errno::EMFILE, Errno::ENFILE];
    error.raw_os_error().is_some_and(|code| short.contains(&Errno::from_raw(code)))
}

fn no_descriptor(e: &io::Error) -> StartError {
    StartError::worker(Stage::Exec, format!("failed to prepare the run's input and output: {e}"))
}

/// Takes something back when it is dropped, unless it is kept.
struct Undo<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Undo<F> {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl<F: FnOnce()> Drop for Undo<F> {
    fn drop(&mut self) {
        if let Some(undo) = self.0.take() {
            undo();
        }
    }
}
