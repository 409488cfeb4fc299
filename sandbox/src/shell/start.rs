//! Starts a planned run in its folder: a place in a slot, pipes, child, in this order. On any failure nothing of it
//! stays but slot and folder, which are the callers'.
//!
//! Flow: `plan` → **`start`** → `supervise`. The worker gives the place; a shim, or a thread of the worker, starts.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use model::isolation::RanAs;
use model::limits::LimitName;
use model::outcome::{Applied, Stage};
use model::ports::{Clock, StartError};
use model::time::{BootTime, Timestamp};
use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};

use super::contain::{Containment, Joins};
use super::explain;
use super::holder::Holder;
use super::lease::Lease;
use super::namespace::Namespace;
use super::output::Pipes;
use super::plan::Plan;
use super::prepared::Prepared;
use super::process::{Identity, Process, boot_id};
use super::spawn::{Child, spawn};
use super::strays::Strays;
use crate::cgroup::{Group, Pool, Refusal, Slot, Stay};
use crate::folder::{Folder, SegmentWriter, refused};

/// Most time that a run waits for a slot: one is given back some moments after its run has ended.
const SLOT_WITHIN: Duration = Duration::from_secs(10);

/// A run whose program runs.
pub(super) struct Started {
    pub(super) folder: Folder,
    pub(super) writer: SegmentWriter,
    pub(super) pipes: Pipes,
    pub(super) child: Child,
    pub(super) holder: Holder,
    /// Its processes' own, if it has one.
    pub(super) namespace: Option<Namespace>,
    pub(super) applied: Vec<Applied>,
    pub(super) ran_as: RanAs,
    /// Its user, as long as the run lives: no other run gets the same number.
    pub(super) lease: Lease,
    pub(super) started_at: Timestamp,
    pub(super) started: BootTime,
}

/// What of the host is a run's own while it lasts: plain data, of which the slot itself stays with the worker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Place {
    /// The number of its slot.
    pub(super) slot: u32,
    /// The slot's control group, with the run's limits; none where the host gives none.
    pub(super) group: Option<Group>,
    /// Which limits hold it, and by what.
    pub(super) applied: Vec<Applied>,
}

/// Who starts a run and looks after it.
pub(super) struct Attendant<'a> {
    /// The shim; none for a thread of the worker.
    pub(super) shim: Option<Identity>,
    /// The machine's clocks.
    pub(super) clock: &'a Arc<dyn Clock>,
}

/// Starts a run, unless `not_after` has passed or the `last_look` before exec says that nobody wants it any more. What
/// was prepared in its place is used.
///
/// # Errors
/// The stage that failed and why.
pub(super) fn start(
    plan: &Plan,
    (place, prepared): (Place, Option<Prepared>),
    folder: &Folder,
    by: &Attendant<'_>,
    not_after: BootTime,
    last_look: impl FnOnce() -> bool,
) -> Result<Started, StartError> {
    let clock = by.clock;
    // A standby was born outside of a namespace.
    let prepared = prepared.filter(|_| !plan.pid_namespace);
    let writer = SegmentWriter::create(folder, &plan.run.id, plan.limits.output, clock.clone())?;
    let writer = writer.chunked(plan.chunking);
    let mut process = Process {
        version: Process::VERSION,
        boot: boot_id(),
        groups: place.group.iter().flat_map(|g| g.dirs()).map(Path::to_owned).collect(),
        started_at: clock.now(),
        slot: Some(place.slot),
        main: prepared.as_ref().and_then(Prepared::main),
        shim: by.shim,
    };
    process.create(folder).map_err(|e| refused("write into the run's folder", folder.path(), &e))?;
    let lease = plan.account.lease(place.slot)?;
    // The last look before exec: past the lease's deadline the tick may be another worker's.
    if clock.boot_time() > not_after {
        return Err(StartError::worker(
            Stage::Claim,
            "the claim's deadline had passed before the program could start",
        ));
    }
    if !last_look() {
        return Err(StartError::worker(Stage::Claim, "the start was given up"));
    }
    let namespace = own_namespace(plan, by)?;
    let by_standby = prepared.map(|prepared| prepared.execute(plan, &lease)).transpose()?.flatten();
    let Born { child, pipes, stay } = match by_standby {
        Some(born) => born,
        None => {
            let mut group = place.group;
            // A process of its own has descriptors enough for its one run.
            group.iter_mut().filter(|_| by.shim.is_some()).for_each(Group::hold_open);
            Parts::open(group, &lease)?.execute(plan, &lease)?
        }
    };
    let started = clock.boot_time();
    if process.main.is_none_or(|main| main.pid != child.pid) {
        process.main = Identity::of(child.pid);
        if let Err(e) = process.write(folder) {
            // The groups stand in it already; where there are none, the mark in the environment is left.
            tracing::warn!(run.id = %plan.run.id, "run {}: failed to note its process: {e}", plan.run.id);
        }
    }
    let holder = match stay {
        Some(stay) => Holder::Group(Box::new(stay)),
        None => Holder::Strays(match (by.shim, namespace.as_ref().map(Namespace::init)) {
            (Some(shim), init) => Strays::below_shim(shim.pid, init),
            (None, Some(init)) => Strays::in_namespace(child.pid, init),
            (None, None) => Strays::marked(&plan.run.id, Some(child.pid)),
        }),
    };
    let mut ran_as = plan.account.ran_as(&lease);
    if namespace.is_some() {
        ran_as.why.push_str(", and it sees no processes but its own");
    }
    Ok(Started {
        folder: folder.clone(),
        writer,
        pipes,
        child,
        holder,
        namespace,
        applied: place.applied,
        ran_as,
        lease,
        started_at: process.started_at,
        started,
    })
}

/// A child that executes, and what was made with it.
pub(super) struct Born {
    pub(super) child: Child,
    pub(super) pipes: Pipes,
    /// None on a host without groups.
    pub(super) stay: Option<Stay>,
}

/// What a child needs that is made in one go.
struct Parts {
    joins: Joins,
    group: Option<Group>,
    pipes: Pipes,
    stdout: OwnedFd,
    stderr: OwnedFd,
}

impl Parts {
    fn open(group: Option<Group>, lease: &Lease) -> Result<Self, StartError> {
        let joins = group.as_ref().map_or_else(|| Ok(Joins::default()), Joins::open);
        let joins = joins.map_err(|e| StartError::worker(Stage::Cgroup, e.to_string()))?;
        let (pipes, stdout, stderr) = Pipes::open(lease.ids()).map_err(|e| no_descriptor(&e))?;
        Ok(Self { joins, group, pipes, stdout, stderr })
    }

    fn execute(self, plan: &Plan, lease: &Lease) -> Result<Born, StartError> {
        let Self { joins, group, pipes, stdout, stderr } = self;
        let stay = group.map(Stay::begin);
        let child = exec(plan, &joins, lease, &stdout, &stderr)?;
        Ok(Born { child, pipes, stay })
    }
}

/// Gives the run a process namespace of its own if the owner wants it.
fn own_namespace(plan: &Plan, by: &Attendant<'_>) -> Result<Option<Namespace>, StartError> {
    if !plan.pid_namespace {
        return Ok(None);
    }
    let failed = |why: &str| {
        let message = format!("failed to make the run's process namespace: {why}");
        StartError::worker(Stage::Mounts, message)
    };
    if by.shim.is_none() && !geteuid().is_root() {
        return Err(failed("an ordinary user's run has one only where it outlives the worker"));
    }
    Namespace::enter().map(Some).map_err(|e| failed(&e.to_string()))
}

/// Takes a slot for a run and sets its limits. Blocks until a slot is free, for some time.
///
/// # Errors
/// When none is free, or the kernel does not take a limit.
pub(super) fn take_place(plan: &Plan, pool: &Arc<Pool>) -> Result<(Slot, Place), StartError> {
    let mut slot = pool.take(SLOT_WITHIN).map_err(|e| StartError::worker(Stage::Cgroup, e.to_string()))?;
    let set = slot.limit(&plan.held_limits()).map_err(|refusal| limit_refused(&refusal))?;
    let place = place(plan, &slot, set);
    Ok((slot, place))
}

/// Sets a run's limits in a slot that was taken for it before. A group that does not take them stays as it is.
///
/// # Errors
/// When the kernel does not take a limit.
pub(super) fn place_in(plan: &Plan, slot: &Slot) -> Result<Place, StartError> {
    let set = slot.group().map_or_else(|| Ok(Vec::new()), |group| group.limit(&plan.held_limits()));
    Ok(place(plan, slot, set.map_err(|refusal| limit_refused(&refusal))?))
}

fn place(plan: &Plan, slot: &Slot, set: Vec<Applied>) -> Place {
    tracing::debug!(run.id = %plan.run.id, "run {} has slot {}", plan.run.id, slot.index());
    let own = [LimitName::Timeout, LimitName::Output];
    let own = own.map(|limit| Applied { limit, held: true, by: "worker".to_owned() });
    let applied = own.into_iter().chain(set).chain(plan.unenforced.iter().cloned()).collect();
    Place { slot: slot.index(), group: slot.group().cloned(), applied }
}

fn limit_refused(refusal: &Refusal) -> StartError {
    let (limit, path, e) = (refusal.limit, refusal.path.display(), &refusal.error);
    let message = format!("`limits.{limit}` was refused: failed to write `{path}`: {e}");
    StartError::job(Stage::Limits, message)
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
        own_proc: plan.pid_namespace,
        apart: 0,
        cwd: &plan.cwd,
        no_new_privs: plan.no_new_privs,
    };
    spawn(&program, &containment).map_err(|e| explain::failed(plan, &program, &e))
}

pub(super) fn no_descriptor(e: &io::Error) -> StartError {
    StartError::worker(Stage::Exec, format!("failed to prepare the run's input and output: {e}"))
}
