//! The record of one job: all that has happened to it and is not yet told elsewhere.
//!
//! Small and bounded: its lists have limits, and what does not fit is refused or ends with a reason.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ends::{Unrecorded, Unrun};
use super::moving::Moved;
use crate::id::{BootId, JobUid, Nonce, RunId, SpecId, WorkerId};
use crate::policy::WhenCutOff;
use crate::run::{Overrides, Trigger};
use crate::time::{Span, Timestamp};

/// Most runs of one job at one time.
pub const ACTIVE_MAX: usize = 64;
/// Most attempts owed at one time.
pub const RETRIES_MAX: usize = 64;
/// Most run-now requests that wait.
pub const REQUESTS_MAX: usize = 64;
/// Most ends that wait for the facts store.
pub const UNRECORDED_MAX: usize = 32;
/// How many idempotency keys are remembered.
pub const KEYS_MAX: usize = 16;

/// The record of one job, or for placement `all` of one job on one worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobState {
    /// Format of this document; see [`JobState::VERSION`].
    pub version: u32,
    /// The job's own id.
    pub uid: JobUid,
    /// The saved text that this state belongs to; a transition refuses any other.
    pub spec_id: SpecId,
    /// For placement `all`: whose state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    /// Set while the job is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// Set while the pause is that of an export: the job goes on elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
    /// Set once the job is deleted, until the last of its runs is done and told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Deleted>,
    /// Every tick up to here has an owner or an end. Invariant: never falls within a uid.
    pub resolved: Timestamp,
    /// Runs under way; at most [`ACTIVE_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub active: Vec<Active>,
    /// The tick or request that starts once the killed runs before it are gone (overlap `replace`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Attempts owed; at most [`RETRIES_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<Owed>,
    /// Run-now requests that wait; at most [`REQUESTS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<Request>,
    /// Ends that the facts store does not have yet; at most [`UNRECORDED_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unrecorded: Vec<Unrecorded>,
    /// The last tick of all ranges that the facts store has: no range may grow across one that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Timestamp>,
    /// The last idempotency keys, oldest first; at most [`KEYS_MAX`].
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub last_keys: VecDeque<UsedKey>,
    /// For placement `all`. In the job's own record: how often people changed it. In a worker's: up to which of these
    /// changes it has followed.
    #[serde(default, skip_serializing_if = "Edition::is_none")]
    pub edition: Edition,
    /// In the own record of a job with placement `all`: what some worker's record has not taken yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<Order>,
    /// In a worker's record: when it joined. Earlier ticks are not its concern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<Timestamp>,
}

impl JobState {
    /// The format that this binary writes. A reader refuses a higher one.
    pub const VERSION: u32 = 1;

    /// Returns a record in which nothing has happened yet: all ticks up to `resolved` are not its concern.
    pub fn new(uid: JobUid, spec_id: SpecId, worker: Option<WorkerId>, resolved: Timestamp) -> Self {
        Self {
            version: Self::VERSION,
            uid,
            spec_id,
            worker,
            paused: None,
            moved: None,
            deleted: None,
            resolved,
            active: Vec::new(),
            waiting: None,
            retries: Vec::new(),
            requests: Vec::new(),
            unrecorded: Vec::new(),
            told: None,
            last_keys: VecDeque::new(),
            edition: Edition::default(),
            orders: Vec::new(),
            joined: None,
        }
    }
}

/// Who paused a job, why, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Paused {
    /// Who.
    pub by: String,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; without it until somebody resumes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Who deleted a job, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Why a run exists, with what is needed to try it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// A tick of the schedule.
    Tick {
        /// The tick itself, without jitter.
        at: Timestamp,
        /// True when it was missed and the missed policy runs it late.
        #[serde(default)]
        catch_up: bool,
    },
    /// A run-now request.
    Request {
        /// Its idempotency key.
        key: String,
        /// Who asked.
        by: String,
        /// When.
        at: Timestamp,
        /// What it changes for its one run.
        #[serde(default)]
        overrides: Box<Overrides>,
    },
}

impl Cause {
    /// Returns why a run for this cause exists.
    pub fn trigger(&self) -> Trigger {
        match self {
            Self::Tick { catch_up: false, .. } => Trigger::Schedule,
            Self::Tick { catch_up: true, .. } => Trigger::CatchUp,
            Self::Request { .. } => Trigger::Manual,
        }
    }

    /// Returns the tick, or the instant of the request.
    pub fn scheduled_at(&self) -> Timestamp {
        match self {
            Self::Tick { at, .. } | Self::Request { at, .. } => *at,
        }
    }

    /// Returns the id of the `attempt`th run for this cause; `worker` only for placement `all`. A request counts by
    /// its key and its instant: a key that is used again after it was forgotten makes another run, never the same one.
    pub fn run(&self, uid: &JobUid, attempt: u32, worker: Option<&WorkerId>) -> RunId {
        match self {
            Self::Tick { at, .. } => RunId::for_tick(uid, *at, attempt, worker),
            Self::Request { key, at, .. } => {
                RunId::for_request(uid, &format!("{}:{key}", at.as_millis()), attempt, worker)
            }
        }
    }
}

/// A run under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Active {
    /// The run.
    pub run: RunId,
    /// Its job's own id: a name deleted and saved anew takes over the entries of the job before.
    pub uid: JobUid,
    /// The text that it runs.
    pub spec_id: SpecId,
    /// Why it exists.
    pub cause: Cause,
    /// Counts the tries, from 1.
    pub attempt: u32,
    /// Attempts of this tick that were retried under the job's retry policy.
    pub retried: u32,
    /// Attempts of this tick that were repeated for free (the sandbox failed, or its worker was lost).
    pub repeated: u32,
    /// The worker that owns it.
    pub worker: WorkerId,
    /// The boot of that worker's machine.
    pub boot: BootId,
    /// When it was claimed.
    pub since: Timestamp,
    /// Until when it is owed again if it does not start for its worker's sake.
    pub until: Timestamp,
    /// The claim.
    pub nonce: Nonce,
    /// Timeout and grace together: when this has passed since the claim, it surely runs no more.
    pub budget: Span,
    /// What a worker that is cut off does with it.
    pub when_cut_off: WhenCutOff,
    /// Set when it is to be stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill: Option<KillMark>,
}

/// Why a run is to be stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillMark {
    /// Who asked; none: a newer tick replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What starts once the runs before it are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Why it exists.
    pub cause: Cause,
    /// Until when it may start; after that it is missed.
    pub until: Timestamp,
}

/// An attempt owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Why it exists.
    pub cause: Cause,
    /// Which attempt it will be, from 1. The same as the last when that never ran.
    pub attempt: u32,
    /// Attempts of this tick that were retried under the job's retry policy.
    pub retried: u32,
    /// Attempts of this tick that were repeated for free.
    pub repeated: u32,
    /// Not to start before.
    pub not_before: Timestamp,
    /// Not to start after; then it ends as missed.
    pub until: Timestamp,
}

/// A run-now that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its idempotency key.
    pub key: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Until when it may start; after that it is missed.
    pub until: Timestamp,
    /// What it changes for its one run.
    #[serde(default)]
    pub overrides: Box<Overrides>,
    /// Set when it ended while there was no room among the unrecorded ends; it is told when there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Unrun>,
}

impl Request {
    /// Returns the cause of its runs.
    pub fn cause(&self) -> Cause {
        Cause::Request {
            key: self.key.clone(),
            by: self.by.clone(),
            at: self.at,
            overrides: self.overrides.clone(),
        }
    }
}

/// An idempotency key that was used, and the run that came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedKey {
    /// The key.
    pub key: String,
    /// Its first run.
    pub run: RunId,
    /// For placement `all`: the first run on each worker that it was asked of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<WorkerRun>,
}

/// A run on one of several workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerRun {
    /// The worker.
    pub worker: WorkerId,
    /// The run.
    pub run: RunId,
}

/// Counts what people do to a job with placement `all`; rises over deletes and saves of its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// How often, from 1; 0 where the job never had this placement.
    pub number: u64,
    /// When it was last. Invariant: rises with the number.
    pub at: Timestamp,
}

impl Edition {
    /// Returns true for a record that never was one of placement `all`.
    pub fn is_none(&self) -> bool {
        self.number == 0
    }
}

/// What workers' records take from the job's own record, once each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// With which edition it came: a record of that edition or a later one has taken it.
    pub edition: u64,
    /// Whose records: those of this job's own id.
    pub uid: JobUid,
    /// What it is.
    pub what: Ordered,
}

/// What an order is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ordered {
    /// A run-now, on these workers.
    Run {
        /// The request, which each of them adds to its own.
        request: Request,
        /// The workers.
        workers: Vec<WorkerId>,
    },
    /// All runs are to be stopped, and what waits removed.
    Kill {
        /// Who asked.
        by: String,
    },
    /// The job was deleted: its own record stays until all have heard.
    End,
}
