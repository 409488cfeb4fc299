//! A job: what a user saves. Schedule, workload, limits and policies, each checked once.
//!
//! Flow: YAML or JSON → `parse` → **`Job`** → `SavedJob` in the store → `state`.
//! Not here: what happens to a job; that is `state`.

pub mod fields;
mod module_name;
mod parse;
mod reader;

pub use module_name::{module_tag, set_module};
pub use parse::FUEL_MAX;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{JobName, JobUid, SpecId};
use crate::limits::Limits;
use crate::policy::{
    DstRule, JobAlerts, Missed, OnWorkerLoss, Overlap, Placement, Retries, Weekdays, WhenCutOff,
};
use crate::time::{Span, Timestamp};
use crate::workload::Workload;

/// A job as its user wrote it, with every default filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "nightly-report", "schedule": "30 2 * * *", "timezone": "Europe/Berlin", "labels": { "team": "data" },
    "shell": { "script": "set -e\n./report\n" }, "limits": { "timeout": "10m" }
}))]
pub struct Job {
    /// Unique name.
    pub name: JobName,
    /// Text for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Labels for people: grouping and filters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// A job that is not enabled has no ticks; run-now still works.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// When it runs: the text that the user typed, never rewritten.
    #[schema(example = "30 2 * * *")]
    pub schedule: String,
    /// IANA zone in which the schedule is read.
    #[serde(default = "utc")]
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
    /// What happens at changes of the clock.
    #[serde(default)]
    pub dst: DstRule,
    /// How weekdays are numbered.
    #[serde(default)]
    pub weekdays: Weekdays,
    /// Where `@every` counts from. Without it from the job's first save, which later saves keep; other schedules have
    /// no use for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Timestamp>,
    /// Ticks are put off by a part of this, the same part for a tick on every worker.
    #[serde(default)]
    pub jitter: Span,
    /// What it runs.
    #[serde(flatten)]
    pub workload: Workload,
    /// What a run may use.
    #[serde(default)]
    pub limits: Limits,
    /// Exit codes that count as success.
    #[serde(default = "default_success_codes")]
    pub success_codes: Vec<i32>,
    /// Where it runs.
    #[serde(default)]
    pub placement: Placement,
    /// A tick falls due while an earlier run goes on.
    #[serde(default)]
    pub overlap: Overlap,
    /// What to do with ticks past their start deadline.
    #[serde(default)]
    pub missed: Missed,
    /// How long after it fell due a tick may still start.
    #[serde(default = "default_start_deadline")]
    pub start_deadline: Span,
    /// What becomes of a run whose worker is gone.
    #[serde(default)]
    pub on_worker_loss: OnWorkerLoss,
    /// What a worker that is cut off from the store does with the run.
    #[serde(default)]
    pub when_cut_off: WhenCutOff,
    /// When a run that failed is tried again.
    #[serde(default)]
    pub retries: Retries,
    /// How long run records and output are kept.
    #[serde(default = "default_retention")]
    pub retention: Span,
    /// Which ends somebody hears of.
    #[serde(default)]
    pub alerts: JobAlerts,
}

fn yes() -> bool {
    true
}

fn utc() -> String {
    "UTC".into()
}

fn default_success_codes() -> Vec<i32> {
    vec![0]
}

fn default_start_deadline() -> Span {
    Span::from_minutes(10)
}

fn default_retention() -> Span {
    Span::from_days(30)
}

/// A job as the store keeps it: the text, whose it is, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedJob {
    /// Format of this document; see [`SavedJob::VERSION`].
    pub version: u32,
    /// The job's own id.
    pub uid: JobUid,
    /// Which save of this uid.
    pub spec_id: SpecId,
    /// Who saved it.
    pub author: String,
    /// Why, in the author's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When this text was saved.
    pub saved_at: Timestamp,
    /// Where `@every` counts from: the first save or what the text said last, kept by edits that do not say it,
    /// also while the job has another kind of schedule.
    pub anchor: Timestamp,
    /// The text.
    pub job: Job,
}

impl SavedJob {
    /// The format that this binary writes. A reader refuses a higher one.
    pub const VERSION: u32 = 1;

    /// Returns where `@every` counts from once `job` is saved at `now`; `before` is what it counted from until then.
    pub fn anchor_of(job: &Job, before: Option<Timestamp>, now: Timestamp) -> Timestamp {
        // On a full second: so are the ticks, and so they are read.
        job.anchor.or(before).unwrap_or_else(|| Timestamp::from_seconds(now.as_seconds()))
    }
}
