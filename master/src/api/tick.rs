//! The story of a job's ticks: what became of each due moment, and why.

use model::id::{RunId, WorkerId};
use model::lenient;
use model::run::RunStatus;
use model::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ClockSeen, TickWhy};

/// Most ticks on a page: a month of a job of every minute is one.
pub const TICK_LIMIT_MAX: u32 = 50_000;

/// Which ticks, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TicksQuery {
    /// Ticks at or after this instant; without it a day before `to`.
    pub from: Option<Timestamp>,
    /// Ticks before this instant; without it now.
    pub to: Option<Timestamp>,
    /// Most ticks on the page.
    #[param(minimum = 1, maximum = 50000, default = 50)]
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// One page of ticks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TickPage {
    /// The ticks, newest first.
    pub ticks: Vec<TickView>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// True while the store of facts does not answer: runs that have ended are then not told of.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub facts_away: bool,
}

/// What became of one due moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "at": "2026-12-01T08:15:00Z",
    "kind": "overdue",
    "reason": "late: no worker is alive; it may start until 2026-12-01T08:25:00Z",
    "why": { "kind": "late", "until": "2026-12-01T08:25:00Z", "untaken": { "kind": "no_worker" } },
    "attempts": 0
}))]
pub struct TickView {
    /// The tick.
    pub at: Timestamp,
    /// Set where an earlier text of the job is told of by its ranges alone: each tick from `at` to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What became of it.
    pub kind: TickKind,
    /// The status of its last attempt, where it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<RunStatus>,
    /// How long after its instant its first attempt began, where it ran; a job's jitter counts in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Span>,
    /// Why, in English.
    pub reason: String,
    /// Why, as facts; absent where a run's record has the words alone.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::known")]
    pub why: Option<TickWhy>,
    /// What happened to workers' clocks at its instant, where it is missed or overdue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockSeen>,
    /// Its last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// How many attempts there were.
    pub attempts: u32,
    /// Where it ran or runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
}

/// What became of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TickKind {
    /// It ran, or runs: see its status.
    Run,
    /// A policy or a person decided against it.
    Skipped,
    /// Nobody was there in time.
    Missed,
    /// It is not due yet, or waits for a run before it.
    Pending,
    /// It has fallen due, and nobody has taken it: the reason says why.
    Overdue,
    /// It has an owner or an end, of which the record has not been delivered yet.
    Taken,
}
