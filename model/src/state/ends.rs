//! How a tick or a run ended that nobody else will tell of, with the reasons in words.
//!
//! Flow: a transition → **`ends`** in the record → the facts store.
//! Not here: how they merge and stay few (`ranges`).

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::record::{Active, Cause};
use crate::id::{Fence, JobUid, RunId, SpecId, WorkerId};
use crate::lenient;
use crate::outcome::LostWhy;
use crate::run::RunStatus;
use crate::time::Timestamp;

/// What a policy or a person decided against, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Skip {
    /// What decided.
    pub why: SkipReason,
    /// Who, where it was a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Which run was in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

impl Skip {
    /// Returns what a rule decided, or the person of that name.
    pub fn new(why: SkipReason, by: Option<&str>) -> Self {
        Self { why, by: by.map(str::to_owned), run: None }
    }

    /// Returns what the runs that went on forbade; `run` is one of them.
    pub fn overlap(run: Option<RunId>) -> Self {
        Self { why: SkipReason::Overlap, by: None, run }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { why, by: Some(by), .. } => write!(f, "{why}, by {by}"),
            Self { why, run: Some(run), .. } => write!(f, "{why} (run {run})"),
            Self { why, .. } => write!(f, "{why}"),
        }
    }
}

/// How a tick ended that did not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Unrun {
    /// A policy or a person decided against it.
    Skipped(Skip),
    /// Nobody was there in time.
    Missed {
        /// By which rule it does not run late.
        why: MissReason,
    },
}

impl Unrun {
    /// Returns the end in words (`killed by ann before it started`).
    pub fn in_words(&self) -> String {
        match self {
            Self::Skipped(skip) => skip.to_string(),
            Self::Missed { why } => why.to_string(),
        }
    }
}

/// How a run ended of which no worker tells: who settled its job's record knows it alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(example = json!({ "kind": "lost", "why": "worker_gone" }))]
pub enum Settled {
    /// Nobody saw its end.
    Lost {
        /// Why.
        why: LostWhy,
        /// Who settled it, where it was a person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// Somebody killed it before it started.
    KilledBefore,
    /// Its worker's process ended before it started.
    WorkerEndedBefore,
    /// It was decided against.
    Skipped(Skip),
    /// Nobody was there in time.
    Missed {
        /// By which rule it does not run late.
        why: MissReason,
    },
}

impl Settled {
    /// Returns its status.
    pub fn status(&self) -> RunStatus {
        match self {
            Self::Lost { .. } => RunStatus::Lost,
            Self::KilledBefore => RunStatus::Killed,
            Self::WorkerEndedBefore => RunStatus::NotStarted,
            Self::Skipped(_) => RunStatus::Skipped,
            Self::Missed { .. } => RunStatus::Missed,
        }
    }

    /// Returns it in words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Lost { why, by: None } => format!("lost: {why}"),
            Self::Lost { why, by: Some(by) } => format!("lost: {why}, {by}"),
            Self::KilledBefore => "killed before it started".to_owned(),
            Self::WorkerEndedBefore => "not started: its worker process ended before".to_owned(),
            Self::Skipped(skip) => skip.to_string(),
            Self::Missed { why } => why.to_string(),
        }
    }
}

impl From<Unrun> for Settled {
    fn from(end: Unrun) -> Self {
        match end {
            Unrun::Skipped(skip) => Self::Skipped(skip),
            Unrun::Missed { why } => Self::Missed { why },
        }
    }
}

/// Why a tick was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Another run of the job went on.
    Overlap,
    /// A newer tick took its place.
    Replaced,
    /// The job was paused.
    Paused,
    /// The job was saved anew.
    Edited,
    /// The job was not enabled.
    Disabled,
    /// The job was deleted.
    Deleted,
    /// Somebody killed it before it started.
    Killed,
    /// As many runs went on as one job may have.
    TooManyRunning,
    /// For placement `all`: the worker is none of those that the job is placed on any more.
    Unplaced,
    /// The store was put back from a backup, and does not know whether it ran. Where it did, its run record tells.
    Restored,
    /// More than one reason, one after the other; kept short because the facts store was away.
    Several,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Overlap => "another run went on",
            Self::Replaced => "a newer tick took its place",
            Self::Paused => "the job was paused",
            Self::Edited => "the job was saved anew",
            Self::Disabled => "the job was not enabled",
            Self::Deleted => "the job was deleted",
            Self::Killed => "killed before it started",
            Self::TooManyRunning => "as many runs went on as one job may have",
            Self::Unplaced => "the job is not placed on this worker any more",
            Self::Restored => "the store was restored from a backup",
            Self::Several => "several reasons, one after the other",
        })
    }
}

/// Why a missed tick does not run late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissReason {
    /// The missed policy is `none`.
    PolicyNone,
    /// The missed policy runs only the newest.
    NotLatest,
    /// It is older than the window.
    Window,
    /// More were missed than the policy runs.
    Max,
    /// A request or an owed attempt that nobody could start in time.
    Deadline,
    /// For placement `all`: its worker was away.
    WorkerAway,
}

impl fmt::Display for MissReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PolicyNone => "missed, and the job runs no missed tick",
            Self::NotLatest => "missed, and the job runs the newest missed tick only",
            Self::Window => "missed, and older than the job's window",
            Self::Max => "missed, and the job runs no more missed ticks than its maximum",
            Self::Deadline => "could not start before its deadline",
            Self::WorkerAway => "its worker was away",
        })
    }
}

/// An end that the facts store does not have yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Unrecorded {
    /// Each tick in `[from, to]` that has no run record.
    Ticks {
        /// The job's own id.
        uid: JobUid,
        /// The first instant.
        from: Timestamp,
        /// The last instant.
        to: Timestamp,
        /// How they ended.
        end: Unrun,
    },
    /// One run that nobody else will tell of: lost, or ended before it was started.
    Run {
        /// The run.
        run: RunId,
        /// The job's own id.
        uid: JobUid,
        /// The text that it ran or would have run.
        spec_id: SpecId,
        /// Why it existed.
        cause: Cause,
        /// Counts the tries, from 1.
        attempt: u32,
        /// The worker that owned it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        worker: Option<WorkerId>,
        /// How it ended.
        status: RunStatus,
        /// Why, in words.
        reason: String,
        /// The reason as facts; absent from workers and masters before they were told.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::known")]
        settled: Option<Settled>,
        /// When.
        at: Timestamp,
        /// The claim's revision where it is known. Whoever records the entry fills in the revision of the state that
        /// he read: it is above the claim's, so the record stands above what the claim wrote.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fence: Option<Fence>,
    },
}

impl Unrecorded {
    /// Returns the end of a run with the claim that its record is to stand just above.
    pub(super) fn above(mut self, claim: Fence) -> Self {
        if let Self::Run { fence, .. } = &mut self {
            *fence = Some(claim);
        }
        self
    }
}

/// A start that did not come about.
pub(super) struct Unstarted<'a> {
    /// The job's own id.
    pub(super) uid: &'a JobUid,
    /// The text that it would have run.
    pub(super) spec_id: SpecId,
    /// Why it was to be.
    pub(super) cause: &'a Cause,
    /// Counts the tries, from 1.
    pub(super) attempt: u32,
    /// The worker that it was for, where that is settled.
    pub(super) worker: Option<&'a WorkerId>,
}

impl Unstarted<'_> {
    /// Returns its end.
    pub(super) fn ended(&self, settled: Settled, at: Timestamp) -> Unrecorded {
        Unrecorded::Run {
            run: self.cause.run(self.uid, self.attempt, self.worker),
            uid: self.uid.clone(),
            spec_id: self.spec_id,
            cause: self.cause.clone(),
            attempt: self.attempt,
            worker: self.worker.cloned(),
            status: settled.status(),
            reason: settled.in_words(),
            settled: Some(settled),
            at,
            fence: None,
        }
    }
}

impl Active {
    /// Returns the end of a run that was under way, of which its worker tells nothing.
    pub(super) fn ended(&self, settled: Settled, at: Timestamp) -> Unrecorded {
        Unrecorded::Run {
            run: self.run.clone(),
            uid: self.uid.clone(),
            spec_id: self.spec_id,
            cause: self.cause.clone(),
            attempt: self.attempt,
            worker: Some(self.worker.clone()),
            status: settled.status(),
            reason: settled.in_words(),
            settled: Some(settled),
            at,
            fence: None,
        }
    }
}
