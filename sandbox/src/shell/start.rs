//! Starts a planned run: folder, group, limits, pipes, child, in this order. On any failure nothing of it stays.
//!
//! Flow: `plan` → **`start`** → `supervise`.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::path::Path;
use std::time::Duration;

use model::isolation::RanAs;
use model::limits::LimitName;
use model::outcome::{Applied, Stage};
use model::ports::{Clock, StartError};
use model::time::{BootTime, Timestamp};
use model::workload::Kind;
use std::sync::Arc;

use super::contain::{Containment, Joins};
use super::explain;
use super::holder::Holder;
use super::lease::Lease;
use super::output::Pipes;
use super::plan::Plan;
use super::process::{Main, Process, boot_id};
use super::spawn::{Child, spawn};
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
    pub(super) ran_as: RanAs,
    /// Its user, as long as the run lives: no other run gets the same number.
    pub(super) _lease: Lease,
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
        Some(group) => Joins::open(group).map_err(|e| StartError::worker(Stage::Cgroup, e.to_string()))?,
        None => Joins::default(),
    };
    let lease = plan.account.lease(slot.index())?;
    let (pipes, stdout, stderr) = Pipes::open(lease.ids()).map_err(|e| no_descriptor(&e))?;
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
    let child = exec(plan, &joins, &lease, &stdout, &stderr)?;
    let started = clock.boot_time();
    no_folder.keep();
    drop((joins, stdout, stderr));
    process.main = Main::of(child.pid);
    if let Err(e) = note(&process) {
        // The groups stand in it already; where there are none, the mark in the environment is left.
        tracing::warn!(run.id = %plan.run.id, "run {}: failed to note its process: {e}", plan.run.id);
    }
    let started_at = process.started_at;
    let holder = match stay {
        Some(stay) => Holder::Group { stay: Box::new(stay), _slot: slot },
        None => Holder::Strays(Strays::of(&plan.run.id, Some(child.pid))),
    };
    let ran_as = plan.account.ran_as(&lease);
    Ok(Started { folder, writer, pipes, child, holder, applied, ran_as, _lease: lease, started_at, started })
}

/// Takes a slot for the run and sets its limits.
fn contained(plan: &Plan, pool: &Arc<Pool>) -> Result<(Slot, Vec<Applied>), StartError> {
    let mut applied = vec![
        Applied { limit: LimitName::Timeout, held: true, by: "worker".to_owned() },
        Applied { limit: LimitName::Output, held: true, by: "worker".to_owned() },
    ];
    let mut slot = pool.take(SLOT_WITHIN).map_err(|e| StartError::worker(Stage::Cgroup, e.to_string()))?;
    tracing::debug!(run.id = %plan.run.id, "run {} has slot {}", plan.run.id, slot.index());
    match slot.limit(&plan.held_limits()) {
        Ok(set) => applied.extend(set.into_iter().chain(plan.unenforced.iter().cloned())),
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
    joins: &Joins,
    lease: &Lease,
    stdout: &OwnedFd,
    stderr: &OwnedFd,
) -> Result<Child, StartError> {
    let stdin = plan.stdin().map_err(|e| no_descriptor(&e))?;
    let script = plan.script().map_err(|e| no_descriptor(&e))?;
    let program = plan.program(script.as_raw_fd()).map_err(|e| explain::unfound(plan, &e))?;
    let containment = Containment {
        joins,
        streams: [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()],
        script: Some(script.as_fd()),
        account: lease.ids(),
        places: plan.places.as_ref(),
        cwd: &plan.cwd,
        no_new_privs: plan.no_new_privs,
    };
    spawn(&program, &containment).map_err(|e| explain::failed(plan, &program, &e))
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
