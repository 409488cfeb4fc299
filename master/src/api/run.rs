//! Runs as the interface lists them; one run is a `RunRecord` as the facts store keeps it.

use model::id::{JobName, WorkerId};
use model::run::RunRecord;
use model::time::{Span, Timestamp};
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
    /// Ended runs that took at least so long, from the start of the process to its end.
    #[param(value_type = Option<String>, example = "10m")]
    pub duration_min: Option<Span>,
    /// Ended runs that took at most so long.
    #[param(value_type = Option<String>, example = "1h")]
    pub duration_max: Option<Span>,
    /// Most runs on the page: 1 to 500, 50 unless said. As CSV most runs at all: 1 to 1000000, which is what it is unless
    /// said.
    #[param(minimum = 1, maximum = 1_000_000)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// `csv`: all that match as lines of text, newest first; so does `Accept: text/csv`.
    #[param(inline)]
    pub format: Option<RunsFormat>,
}

/// In which form runs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunsFormat {
    /// A page at a time.
    Json,
    /// One line for each, all of them in one answer.
    Csv,
}

/// Most runs in one answer as CSV.
pub const CSV_RUNS_MAX: u32 = 1_000_000;

/// One page of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunPage {
    /// The runs, newest first.
    pub runs: Vec<RunRecord>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
