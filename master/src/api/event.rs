//! What changes in the fleet, as server-sent events tell it.

use model::id::{JobName, RunId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What happened: the name of the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A job was saved, new or changed.
    JobSaved,
    /// A job was deleted.
    JobDeleted,
    /// A job was paused.
    JobPaused,
    /// A job was resumed.
    JobResumed,
    /// A worker took a run.
    RunStarted,
    /// A run ended; its record says how, within moments.
    RunEnded,
    /// A worker came.
    WorkerUp,
    /// A worker went.
    WorkerDown,
    /// A worker takes nothing new.
    WorkerDrains,
    /// A worker takes runs again.
    WorkerDrainsNoMore,
}

impl EventKind {
    /// Returns the name of the event.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobSaved => "job_saved",
            Self::JobDeleted => "job_deleted",
            Self::JobPaused => "job_paused",
            Self::JobResumed => "job_resumed",
            Self::RunStarted => "run_started",
            Self::RunEnded => "run_ended",
            Self::WorkerUp => "worker_up",
            Self::WorkerDown => "worker_down",
            Self::WorkerDrains => "worker_drains",
            Self::WorkerDrainsNoMore => "worker_drains_no_more",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({ "kind": "run_started", "job": "nightly-report", "run": "9c0e7d1b4c3e8a6f5d2b1a09", "worker": "db1" }))]
pub struct FleetEvent {
    /// What happened.
    pub kind: EventKind,
    /// To which job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobName>,
    /// To which run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// On, or to, which worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    /// Who did it, of a save and a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl FleetEvent {
    pub(crate) fn of_job(kind: EventKind, job: &JobName) -> Self {
        Self { kind, job: Some(job.clone()), run: None, worker: None, by: None }
    }

    pub(crate) fn of_worker(kind: EventKind, worker: &WorkerId) -> Self {
        Self { kind, job: None, run: None, worker: Some(worker.clone()), by: None }
    }
}
