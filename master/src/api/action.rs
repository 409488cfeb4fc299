//! One action on many jobs or runs: first what it would touch, then the act on exactly that.

use model::id::{JobName, RunId, WorkerId};
use model::time::{Span, Timestamp};
use model::workload::Kind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{JobsQuery, RunsQuery};

/// Most jobs of one action.
pub const ACTION_JOBS_MAX: usize = 1000;
/// Most runs of one action.
pub const ACTION_RUNS_MAX: usize = 500;

/// What is done with each job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobAction {
    /// No ticks until it is resumed.
    Pause,
    /// Ends a pause.
    Resume,
    /// A run now.
    Run,
    /// Stops its runs and takes back starts that are owed.
    Kill,
    /// Saves it with `enabled: true`; takes the role `editor`.
    Enable,
    /// Saves it with `enabled: false`; takes the role `editor`.
    Disable,
    /// Deletes it; takes the role `editor`.
    Delete,
}

impl JobAction {
    /// Returns the action as the interface writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Run => "run",
            Self::Kill => "kill",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Delete => "delete",
        }
    }
}

/// Which jobs, as `GET /jobs` has it; an empty one means all jobs. Filters combine by AND.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobFilter {
    /// Part of the name or of the description, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// Labels that the job must have, as `key:value`; several by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "team:data")]
    pub label: Option<String>,
    /// Kind of workload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Jobs that are enabled, or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Jobs that are paused, or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
}

impl From<JobFilter> for JobsQuery {
    fn from(filter: JobFilter) -> Self {
        let JobFilter { q, label, kind, enabled, paused } = filter;
        Self { q, label, kind, enabled, paused, ..Self::default() }
    }
}

/// What the answer to the same request with `dry_run` said that it would touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// How many.
    #[schema(example = 2)]
    pub count: usize,
    /// Names them all.
    #[schema(example = "5f70bf18a086007016e948b04aed3b82")]
    pub set: String,
}

/// One action on many jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "action": "pause", "filter": { "label": "team:data" }, "dry_run": true }))]
pub struct JobActionRequest {
    /// What is done with each.
    pub action: JobAction,
    /// The jobs by name; this or `filter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1000)]
    pub names: Option<Vec<JobName>>,
    /// The jobs by what they are; this or `names`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<JobFilter>,
    /// True: does nothing and says what it would touch.
    #[serde(default)]
    pub dry_run: bool,
    /// What the dry run said; the act is refused when it is not so any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expected>,
    /// Why, for `pause`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 1000)]
    pub why: String,
    /// Until when, for `pause`; without it until somebody resumes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// For `delete`: kills their runs too; without it they go on to their end.
    #[serde(default)]
    pub kill: bool,
}

/// What is done with each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunAction {
    /// Stops those that go on.
    Kill,
    /// Asks for a run of the job of each that has ended, on the worker of each for placement `all`.
    Rerun,
}

impl RunAction {
    /// Returns the action as the interface writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Rerun => "rerun",
        }
    }
}

/// Which runs, as `GET /runs` has it. Of `kill` only those that go on, of `rerun` only those that have ended. Filters
/// combine by AND.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunFilter {
    /// Runs of this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobName>,
    /// Runs of these statuses; several by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "failed,timed_out")]
    pub status: Option<String>,
    /// Runs on this worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    /// Runs for these reasons; several by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "schedule")]
    pub trigger: Option<String>,
    /// Runs scheduled at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Runs scheduled before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Ended runs that took at least so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_min: Option<Span>,
    /// Ended runs that took at most so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_max: Option<Span>,
}

impl From<RunFilter> for RunsQuery {
    fn from(filter: RunFilter) -> Self {
        let RunFilter { job, status, worker, trigger, from, to, duration_min, duration_max } = filter;
        Self { job, status, worker, trigger, from, to, duration_min, duration_max, ..Self::default() }
    }
}

/// One action on many runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "action": "rerun", "filter": { "job": "nightly-report", "status": "failed,timed_out" }, "dry_run": true }))]
pub struct RunActionRequest {
    /// What is done with each.
    pub action: RunAction,
    /// The runs by id; this or `filter`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 500)]
    pub ids: Option<Vec<RunId>>,
    /// The runs by what they are; this or `ids`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<RunFilter>,
    /// True: does nothing and says what it would touch.
    #[serde(default)]
    pub dry_run: bool,
    /// What the dry run said; the act is refused when it is not so any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expected>,
}

/// What came of one action on one job or run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemResult {
    /// It would be touched.
    Planned,
    /// It was done.
    Done,
    /// It was not done: `code` and `detail` say why.
    Failed,
}

/// One job or run of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActionItem {
    /// The job.
    pub job: JobName,
    /// The run, of an action on runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// What came of it.
    pub result: ItemResult,
    /// The run that was asked for, of `run` and `rerun`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<RunId>,
    /// The code of the problem, as the same action on this one alone would answer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "too_many_requests")]
    pub code: Option<String>,
    /// The problem in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What an action touches, or what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({ "dry_run": true, "count": 1, "set": "5f70bf18a086007016e948b04aed3b82", "done": 0, "failed": 0,
    "items": [{ "job": "nightly-report", "result": "planned" }] }))]
pub struct ActionReply {
    /// True: nothing was done.
    pub dry_run: bool,
    /// How many it touches.
    pub count: usize,
    /// Names them all: what `expect` takes beside `count`.
    pub set: String,
    /// How many were done.
    pub done: usize,
    /// How many were not; they say why.
    pub failed: usize,
    /// Each of them, jobs by name, runs newest first.
    pub items: Vec<ActionItem>,
}
