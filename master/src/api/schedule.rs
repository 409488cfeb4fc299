//! The preview of a schedule that is being typed.

use model::policy::{DstRule, Weekdays};
use model::schedule::Upcoming;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A schedule to look at.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
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
}

fn utc() -> String {
    "UTC".into()
}

fn five() -> u32 {
    5
}

/// What a schedule means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewReply {
    /// It in words.
    pub words: String,
    /// The zone in which it is read.
    pub zone: String,
    /// What its user should know about it.
    pub warnings: Vec<String>,
    /// The next instants; fewer than asked for when it ends.
    pub next: Vec<Upcoming>,
}
