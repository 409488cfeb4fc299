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
