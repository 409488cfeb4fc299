//! What goes into the transitions beside the record, and what comes out of them.
//!
//! Flow: worker or master → **these** → a transition → record that follows and what is to be done.
//! Not here: the rules themselves, and the record (`record`).

use super::{JobState, REQUESTS_MAX, UNRECORDED_MAX, WorkerRun};
use crate::id::{BootId, Nonce, RunId, WorkerId};
use crate::run::{Overrides, RunStatus, Trigger};
use crate::time::Timestamp;

/// Why a transition was refused: the record is not the one that the caller believed it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The record belongs to another job or another text: watch on and ask again.
    #[error("the state belongs to another text of the job")]
    OtherSpec,
    /// The job is deleted.
    #[error("the job is deleted")]
    Deleted,
    /// The run is not under way.
    #[error("the run is not under way")]
    NoSuchRun,
    /// As many requests wait as may wait.
    #[error("as many run-now requests wait as one job may have ({REQUESTS_MAX})")]
    TooManyRequests,
    /// The run must be settled later: its worker may still run it.
    #[error("the run may still go on")]
    TooEarly,
    /// As many ends wait for the facts store as one job may have: try again once it is back.
    #[error("as many ends wait for the facts store as one job may have ({UNRECORDED_MAX})")]
    TooManyUnrecorded,
}

/// Who claims.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// The worker.
    pub worker: WorkerId,
    /// The boot of its machine.
    pub boot: BootId,
    /// This claim.
    pub nonce: Nonce,
    /// How many runs it can take.
    pub free_slots: u32,
}

/// A run that the claimant starts once its swap has won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The run.
    pub run: RunId,
    /// Why it exists.
    pub trigger: Trigger,
    /// The tick, or the instant of the request.
    pub scheduled_at: Timestamp,
    /// Counts the tries, from 1.
    pub attempt: u32,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// What the request changes.
    pub overrides: Overrides,
}

/// What a claim does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimStep {
    /// The record that follows.
    pub state: JobState,
    /// What the claimant starts once the swap has won; may be empty (ticks that only end).
    pub starts: Vec<Start>,
}

/// How a run ended, as its worker completes it.
#[derive(Debug, Clone)]
pub struct Completion {
    /// The run.
    pub run: RunId,
    /// The worker that ran it. A run that did not start may have gone to another worker under the same id; whoever
    /// held it first and asks twice, after an ambiguous answer, must not complete it there.
    pub worker: WorkerId,
    /// How it ended.
    pub status: RunStatus,
    /// True when it did not start for the worker's sake: owed again, same attempt.
    pub for_workers_sake: bool,
    /// When its end was seen.
    pub ended_at: Timestamp,
}

/// What a completion does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "made once a completion and taken apart at once")]
pub enum CompleteStep {
    /// The record that follows; none: the record goes (a deleted job's last run).
    Done(Option<JobState>),
    /// The run is not in the record: it was settled before. Keep the outcome as the late one.
    Late,
}

/// What a kill does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillStep {
    /// The record that follows.
    pub state: JobState,
    /// Runs under way that were marked.
    pub marked: Vec<RunId>,
    /// Starts that were removed before they began.
    pub removed: Vec<RunId>,
}

/// Which of a job's runs to kill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KillTarget {
    /// All of them, and what waits.
    All,
    /// One.
    Run(RunId),
}

/// A run-now.
#[derive(Debug, Clone)]
pub struct RunNow {
    /// Its idempotency key.
    pub key: String,
    /// Who asks.
    pub by: String,
    /// What it changes for its one run.
    pub overrides: Overrides,
}

/// What a run-now does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunNowStep {
    /// It was added; this will be its first run.
    Added(Box<JobState>, RunId),
    /// The key was used before; this was its first run.
    Known(RunId),
}

/// What a run-now on several workers does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEverywhereStep {
    /// It was added; these will be the first runs.
    Added(Box<JobState>, Vec<WorkerRun>),
    /// The key was used before; these were the first runs.
    Known(Vec<WorkerRun>),
}

/// What becomes of a worker's record that follows its job's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowStep {
    /// Nothing: it has followed, or there is none to be made.
    InStep,
    /// This.
    Becomes(Box<JobState>),
    /// It goes.
    Goes,
}

/// Where a worker stands that held a run which is to be settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settle {
    /// The worker's lease ended at this instant and its registration is gone.
    WorkerGone {
        /// When its lease ended, at the latest.
        since: Timestamp,
    },
    /// The same worker, started anew, has no folder of the run: it was never started.
    NoFolderSameBoot,
    /// The same worker's machine was started anew.
    NoFolderOtherBoot,
    /// The same worker has another data folder, which knows nothing of what ran before.
    NewFolder,
    /// An operator says so.
    ByHand {
        /// Who.
        by: String,
    },
}
