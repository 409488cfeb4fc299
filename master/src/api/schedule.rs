//! Schedules as people read them: of a job, and the preview of one that is being typed.

use model::language::Language;
use model::policy::{DstRule, Weekdays};
use model::schedule::Upcoming;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A schedule to look at.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "30 2 * * mon-fri", "timezone": "Europe/Berlin", "count": 3 }))]
pub struct PreviewRequest {
    /// The text as typed.
    #[schema(example = "30 2 * * *", max_length = 1000)]
    pub text: String,
    /// The zone in which it is read.
    #[serde(default = "utc")]
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
    /// What happens at changes of the clock.
    #[serde(default)]
    pub dst: DstRule,
    /// How weekdays are numbered.
    #[serde(default)]
    pub weekdays: Weekdays,
    /// The job's name: `H` is spread by it.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub name: String,
    /// How many instants to return.
    #[serde(default = "five")]
    #[schema(minimum = 0, maximum = 100)]
    pub count: u32,
    /// Instants after this one; without it after now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Where `@every` counts from; without it from now, as that of a job that is saved now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Timestamp>,
    /// In which language it is told; without it the one that `Accept-Language` likes best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub language: Option<Language>,
}

fn utc() -> String {
    "UTC".into()
}

fn five() -> u32 {
    5
}

/// A schedule as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleView {
    /// It in words.
    pub words: String,
    /// The zone in which it is read.
    pub zone: String,
    /// What changes of the clock do to it, in words; absent where none come, as in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_changes: Option<String>,
    /// Where `@every` counts from; absent for every other schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Timestamp>,
    /// What its user should know about it.
    pub warnings: Vec<String>,
    /// Whether it has ticks to come.
    #[serde(default)]
    pub status: ScheduleStatus,
    /// What its last time was, in words, once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// The next ticks; fewer than asked for when it ends, none before the end of a pause, none where the job is not enabled.
    pub next: Vec<Upcoming>,
}

/// Whether a schedule has ticks to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleStatus {
    /// It has.
    #[default]
    Active,
    /// Its job is paused; ticks come after the pause, when that has an end.
    Paused,
    /// Its job is not enabled.
    Disabled,
    /// All its times have gone by.
    Ended,
}
