//! How many jobs start when: a count per minute, and where too many of them pile up.

use model::id::JobName;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How far to look ahead.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForecastQuery {
    /// Hours from the present minute on.
    #[param(minimum = 1, maximum = 168, default = 24)]
    pub hours: Option<u32>,
}

/// How many jobs start in each minute ahead, as the schedules stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ForecastReply {
    /// The first minute.
    pub from: Timestamp,
    /// Starts in each minute from `from` on; sixty for each hour.
    pub starts: Vec<u32>,
    /// All of them together.
    pub total: u64,
    /// The mean of a minute.
    pub mean: f64,
    /// How many jobs were counted: those that are enabled and not paused without an end.
    pub jobs: usize,
    /// Where many jobs start at once, worst first; at most ten.
    pub piles: Vec<Pile>,
}

/// Many jobs that start at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Pile {
    /// Its worst minute.
    pub at: Timestamp,
    /// What they share: `minute` (at least 60 starts in it and four times the mean of a minute), else `second` (at least
    /// 100 starts in it and ten times the mean of a second).
    pub share: Share,
    /// Starts in that minute.
    pub starts: u32,
    /// The most starts in one second of it.
    pub second: u32,
    /// How many minutes ahead are like it: too many starts, the most of them by the same schedule.
    pub times: u32,
    /// The schedules with the most starts in it, at most five.
    pub schedules: Vec<PiledSchedule>,
    /// It in words.
    pub message: String,
}

/// What the starts of a pile share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// The minute.
    Minute,
    /// The second: the minute itself is not out of line.
    Second,
}

/// A schedule of a pile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PiledSchedule {
    /// Its text.
    pub schedule: String,
    /// The zone in which it is read.
    pub zone: String,
    /// How many jobs have it.
    pub jobs: usize,
    /// Some of them, at most three.
    pub examples: Vec<JobName>,
    /// The text that would spread them and run as often; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<String>,
}
