//! Executor: runs one workload under limits and says how it ended.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::id::{Fence, JobName, RunId, WorkerId};
use crate::limits::{Enforceable, Limits};
use crate::outcome::{End, Outcome, Stage, Stop};
use crate::policy::WhenCutOff;
use crate::time::{BootTime, Timestamp};
use crate::workload::Workload;

/// What a run knows of itself: becomes `SANDGLASS_JOB`, `_RUN`, `_ATTEMPT`, `_SCHEDULED_AT`, `_FENCE`, `_WORKER`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRef {
    /// The run; names its folder.
    pub id: RunId,
    /// Its job.
    pub job: JobName,
    /// Counts the tries, from 1.
    pub attempt: u32,
    /// The tick, or the instant of the request.
    pub scheduled_at: Timestamp,
    /// The revision of its claim.
    pub fence: Fence,
    /// Where it runs.
    pub worker: WorkerId,
    /// The job's zone; becomes `TZ`.
    pub timezone: String,
}

/// How a run hangs on the lease of its worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseTerms {
    /// Past this instant nothing is started: the tick may be another worker's by then.
    pub not_after: BootTime,
    /// What becomes of the run when its worker is cut off from the store.
    pub when_cut_off: WhenCutOff,
}

impl LeaseTerms {
    /// The terms of a run that belongs to no worker.
    pub const NONE: Self = Self { not_after: BootTime::NEVER, when_cut_off: WhenCutOff::Wait };
}

/// Whose doing it was that a run did not start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// The job's: it ends as not started.
    Job,
    /// The worker's: the tick is owed again.
    Worker,
}

/// Why a run did not start. Nothing of it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartError {
    /// At which step.
    pub stage: Stage,
    /// What was wrong and what to do about it.
    pub message: String,
    /// Whose doing it was.
    pub whose: Whose,
}

impl StartError {
    /// Returns a failure that is the job's.
    pub fn job(stage: Stage, message: impl Into<String>) -> Self {
        Self { stage, message: message.into(), whose: Whose::Job }
    }

    /// Returns a failure that is the worker's.
    pub fn worker(stage: Stage, message: impl Into<String>) -> Self {
        Self { stage, message: message.into(), whose: Whose::Worker }
    }

    /// Returns the outcome of a run that failed in this way.
    pub fn into_outcome(self, at: Timestamp) -> Outcome {
        Outcome::bare(End::NotStarted { stage: self.stage, message: self.message }, at)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not started ({}): {}", self.stage, self.message)
    }
}

impl std::error::Error for StartError {}

/// What an earlier process of this worker left behind.
pub struct Adopted {
    /// The run, as its folder says.
    pub run: RunRef,
    /// The run itself: it may go on, or its end may already be known.
    pub running: Box<dyn Running>,
}

impl fmt::Debug for Adopted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adopted").field("run", &self.run).finish_non_exhaustive()
    }
}

/// Runs workloads.
///
/// Every implementation owes:
/// * the run's folder and its spec are there for every later process of this boot before anything of the workload runs;
/// * past `lease.not_after` on the boot-time clock nothing is started (`Stage::Claim`, the worker's doing);
/// * a limit that this host cannot hold is refused (`Stage::Limits`), never ignored;
/// * output goes to the folder's segment in order, as it is read, up to `limits.output`, the rest counted;
/// * the timeout and the output limit hold by the executor alone, whoever listens;
/// * when `wait` answers, nothing of the run is left, its last output is in the segment and `exit.json` is synced;
/// * where runs outlive this process, those that say `when_cut_off: kill` are stopped although it is gone or stands
///   still: so early that KILL is done [`CUT_OFF_MARGIN`] before the confirmed lease and [`ADOPT_WINDOW`] have passed.
///
/// [`ADOPT_WINDOW`]: crate::state::ADOPT_WINDOW
/// [`CUT_OFF_MARGIN`]: crate::state::CUT_OFF_MARGIN
#[async_trait]
pub trait Executor: Send + Sync + 'static {
    /// Does what may take long before a workload can start, so that the start itself is short: a module is fetched and
    /// compiled. Nothing of the workload runs. Cancel-safe: who stops waiting loses nothing, what was begun goes on.
    ///
    /// # Errors
    /// As [`Executor::start`], which would not start it either. When it is not done at `lease.not_after`, the worker's doing.
    async fn prepare(&self, workload: &Workload, lease: LeaseTerms) -> Result<(), StartError> {
        let _ = (workload, lease);
        Ok(())
    }

    /// Starts a workload.
    async fn start(
        &self,
        run: RunRef,
        workload: Workload,
        limits: Limits,
        lease: LeaseTerms,
    ) -> Result<Box<dyn Running>, StartError>;

    /// Returns what an earlier process of this worker left behind, of this executor's kind. Called once, first.
    async fn adopt(&self) -> Result<Vec<Adopted>, StoreError>;

    /// Notes until when the worker's lease surely holds; earlier than before when it is given back. What it says
    /// counts for runs under way as well, those of an earlier process included.
    async fn lease_holds(&self, until: BootTime) {
        let _ = until;
    }

    /// Returns whether runs go on when this process ends, for the next one of this worker to adopt.
    fn outlives_worker(&self) -> bool {
        false
    }

    /// Returns which limits this host can hold, and by what.
    fn enforceable(&self) -> Enforceable;
}

/// A run under way.
#[async_trait]
pub trait Running: Send + Sync {
    /// Returns how the run ended, once it has. May be asked again; cancel-safe.
    async fn wait(&self) -> Outcome;

    /// Asks the run to end: TERM, grace, KILL. Returns at once; the first reason stays.
    async fn stop(&self, why: Stop);
}
