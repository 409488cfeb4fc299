//! What ran by the hour.

use std::collections::BTreeMap;

use model::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which hours are counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatsQuery {
    /// From the hour that holds this instant; without it a day before `to`.
    pub from: Option<Timestamp>,
    /// To the end of the hour that holds this instant, at most 31 days later; without it until now.
    pub to: Option<Timestamp>,
}

/// How many runs and ticks ended how. They count where their tick was due.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunCounts {
    /// Runs that have a record.
    pub runs: u64,
    /// Those by their status; a status that none has is absent.
    #[schema(example = json!({ "succeeded": 118, "failed": 2 }))]
    pub statuses: BTreeMap<String, u64>,
    /// What succeeded among the runs that have ended, 0 to 1; absent where none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 0.98)]
    pub success_rate: Option<f64>,
    /// First starts of ticks of the schedule that began in time.
    pub on_time: u64,
    /// First starts of ticks of the schedule that began later than `late_after`.
    pub late: u64,
    /// Ticks for which nobody was there in time, those without a record of their own included.
    pub missed: u64,
    /// Ticks that a policy or a person decided against, those without a record of their own included.
    pub skipped: u64,
}

/// One hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HourStats {
    /// Its beginning.
    pub at: Timestamp,
    /// What was due in it.
    #[serde(flatten)]
    pub counts: RunCounts,
}

/// What ran by the hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StatsReply {
    /// The first hour.
    pub from: Timestamp,
    /// The end of the last hour.
    pub to: Timestamp,
    /// From when on a start is late.
    pub late_after: Span,
    /// False: `missed` and `skipped` may be more, since the schedule of a job is gone by now or they are too many to count.
    pub complete: bool,
    /// All hours together.
    pub total: RunCounts,
    /// Each hour, the earliest first, also those in which nothing was due.
    pub hours: Vec<HourStats>,
}
