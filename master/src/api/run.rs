//! Runs as the interface lists them; one run is a `RunRecord` as the facts store keeps it.

use model::id::{JobName, WorkerId};
use model::run::RunRecord;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which runs to list, newest first. Filters combine by AND.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunsQuery {
    /// Runs of this job.
    pub job: Option<JobName>,
    /// Runs of these statuses; several by commas or by repeating the parameter.
    #[param(example = "failed,timed_out")]
    pub status: Option<String>,
    /// Runs on this worker.
    pub worker: Option<WorkerId>,
    /// Runs for these reasons (`schedule`, `manual`, `catch_up`); several by commas.
    #[param(example = "schedule")]
    pub trigger: Option<String>,
    /// Runs scheduled at or after this instant.
    pub from: Option<Timestamp>,
    /// Runs scheduled before this instant.
    pub to: Option<Timestamp>,
    /// Most runs on the page.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// One page of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunPage {
    /// The runs, newest first.
    pub runs: Vec<RunRecord>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
