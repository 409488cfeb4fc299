//! Where a job stands: what runs, what is owed, whether it is paused.

use model::id::{RunId, WorkerId};
use model::run::Trigger;
use model::state::Paused;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a job stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StateView {
    /// Set while it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// Every tick up to here has an owner or an end.
    pub resolved: Timestamp,
    /// Runs under way.
    pub active: Vec<ActiveRun>,
    /// Starts that are owed.
    pub waiting: Vec<PendingRun>,
    /// For placement `all`: where it stands on each worker. `active` and `waiting` hold those of all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<WorkerState>,
}

/// Where a job with placement `all` stands on one worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerState {
    /// The worker.
    pub worker: WorkerId,
    /// Whether it takes what falls due.
    pub standing: WorkerStanding,
    /// Since when the job is placed on it; earlier ticks are not its concern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<Timestamp>,
    /// Every tick up to here has an owner or an end on this worker.
    pub resolved: Timestamp,
    /// How many runs it has under way.
    pub running: usize,
    /// How many starts it is owed.
    pub waiting: usize,
}

/// Whether a worker takes what falls due of a job with placement `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkerStanding {
    /// It does.
    Ready,
    /// It has yet to follow the last change of the job; it claims nothing until it has.
    Behind,
    /// It takes nothing new.
    Draining,
    /// It is not there: what falls due waits for it, and ends as missed once it was away for a day.
    Away,
    /// The job is not placed on it any more; what runs there goes on to its end.
    Ended,
}

/// A run under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActiveRun {
    /// The run.
    pub run: RunId,
    /// Why it exists.
    pub trigger: Trigger,
    /// The tick, or the instant of the request.
    pub scheduled_at: Timestamp,
    /// Counts the tries, from 1.
    pub attempt: u32,
    /// The worker that owns it.
    pub worker: WorkerId,
    /// When it was claimed.
    pub since: Timestamp,
    /// True once it is to be stopped.
    pub stopping: bool,
}

/// A start that is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PendingRun {
    /// The run that it will be.
    pub run: RunId,
    /// What it waits for.
    pub why: PendingWhy,
    /// Why it exists.
    pub trigger: Trigger,
    /// The tick, or the instant of the request.
    pub scheduled_at: Timestamp,
    /// Which attempt it will be, from 1.
    pub attempt: u32,
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Not after; then it is missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
}

/// What a start that is owed waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PendingWhy {
    /// Somebody asked for it; a worker has yet to take it.
    Requested,
    /// An attempt failed; the next follows.
    Retry,
    /// An earlier run of the job is being stopped for it.
    Replacing,
}
