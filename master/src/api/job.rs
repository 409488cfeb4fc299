//! Jobs as the interface shows them: the text, who saved it, when it runs next.

use std::collections::BTreeMap;

use model::fault::Fault;
use model::id::{JobName, JobUid, RunId, SpecId, WorkerId};
use model::job::Job;
use model::language::Language;
use model::module::Tag;
use model::run::RecentRun;
use model::schedule::Upcoming;
use model::state::{Paused, WorkerRun};
use model::time::Timestamp;
use model::workload::Kind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{GrantsView, ScheduleStatus, ScheduleView, StateView};

/// Which jobs to list, by name. Filters combine by AND.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobsQuery {
    /// Most jobs on the page.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Part of the name or of the description, in any case.
    pub q: Option<String>,
    /// Labels that the job must have, as `key:value`; several by commas or by repeating the parameter.
    #[param(example = "team:data")]
    pub label: Option<String>,
    /// Kind of workload.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Jobs that are enabled, or not.
    pub enabled: Option<bool>,
    /// Jobs that are paused, or not.
    pub paused: Option<bool>,
    /// Jobs with these names, exactly; several by commas. One that is not there is left out.
    #[param(example = "nightly-report,backup")]
    pub names: Option<String>,
    /// What to add to each job: `recent` (its last runs), `next` (its next ticks); several by commas.
    #[param(example = "recent,next")]
    pub include: Option<String>,
    /// In which language schedules are told; without it the one that `Accept-Language` likes best.
    #[param(inline)]
    pub language: Option<Language>,
}

/// What else happens when a job is deleted.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// Kills its runs too; without it they go on to their end.
    #[serde(default)]
    pub kill: bool,
}

/// One page of jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobPage {
    /// The jobs, sorted by name.
    pub jobs: Vec<JobSummary>,
    /// How many jobs match on all pages together.
    pub total: usize,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A job in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobSummary {
    /// Its name.
    pub name: JobName,
    /// Text for people.
    pub description: String,
    /// Labels for people.
    pub labels: BTreeMap<String, String>,
    /// What kind of workload it runs.
    pub kind: Kind,
    /// A job that is not enabled has no ticks.
    pub enabled: bool,
    /// When it runs, as its user typed it.
    pub schedule: String,
    /// The zone of the job; the schedule may name another itself (`CRON_TZ=`).
    pub timezone: String,
    /// The zone in which the schedule is read.
    #[serde(default)]
    pub zone: String,
    /// The schedule in words.
    pub words: String,
    /// Whether it has ticks to come.
    #[serde(default)]
    pub status: ScheduleStatus,
    /// What its last time was, in words, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Set while it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// How many runs are under way.
    pub running: usize,
    /// How many starts are owed: requested, to be tried again, or waiting for an earlier run to end.
    pub waiting: usize,
    /// Its next tick; absent while it has none: see `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// Who saved it last.
    pub author: String,
    /// When it was saved last.
    pub saved_at: Timestamp,
    /// Names this text of the job: `If-Match` of a save or a delete.
    pub etag: String,
    /// Its next ticks, with `include=next`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Vec<Upcoming>>,
    /// Its last runs, newest first, with `include=recent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recent: Option<Vec<RecentRun>>,
}

/// A job: its text, who saved it, its schedule in words, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobView {
    /// The text, with every default filled in; what `PUT` takes.
    pub job: Job,
    /// Who saved it, and when.
    pub saved: SavedView,
    /// Its schedule in words, with its next ticks.
    pub schedule: ScheduleView,
    /// Where it stands.
    pub state: StateView,
    /// The tag that the text of this save named its module by, and the digest that it was resolved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Tag>,
}

/// Who saved a job's text, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedView {
    /// The job's own id: a name deleted and saved anew is another job.
    pub uid: JobUid,
    /// Counts the saves, from 1.
    pub spec_id: SpecId,
    /// Who.
    pub author: String,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When.
    pub saved_at: Timestamp,
    /// Names this text of the job: the `ETag` of the answer, `If-Match` of a save or a delete.
    pub etag: String,
}

/// A run that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunAccepted {
    /// The run: read it at `/runs/{id}`.
    pub run: RunId,
    /// Its job.
    pub job: JobName,
    /// True when the idempotency key was used before: nothing new was asked for.
    pub known: bool,
    /// For placement `all`: the run on each worker that it was asked of; `run` is the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<WorkerRun>,
}

/// Which runs a kill found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KillReply {
    /// Runs under way that will be stopped.
    pub stopping: Vec<RunId>,
    /// Starts that were taken back before they began.
    pub removed: Vec<RunId>,
}

/// Why a job is paused, and until when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "why": "the disk is full" }))]
pub struct PauseRequest {
    /// Why, in your words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 1000)]
    pub why: String,
    /// Until when; without it until somebody resumes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What would come of saving a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckReply {
    /// True when it could be saved.
    pub valid: bool,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// The text with every default filled in, when it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Job>,
    /// Its schedule in words with its next ticks, when it is valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleView>,
    /// What each live worker says to it, when it is valid.
    pub workers: Vec<WorkerFit>,
    /// What its module asks for and what it grants, when it is valid and runs a module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantsView>,
}

/// Whether a live worker can run a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerFit {
    /// The worker.
    pub worker: WorkerId,
    /// True when it would take the job.
    pub fits: bool,
    /// Why it would not: labels that it lacks, limits that it cannot hold.
    pub reasons: Vec<String>,
    /// What its owner says of such runs (`jobs run as the worker's own user`).
    pub notes: Vec<String>,
}
