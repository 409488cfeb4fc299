//! Alerts: channels, rules, mutes, and the history of notices.

use model::alert::{Channel, Mute, Notice, Rule};
use model::id::{JobName, NoticeId};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// All channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "channels": [{ "name": "ops", "via": { "type": "webhook", "url": "https://hooks.example/sandglass" } }] }))]
pub struct ChannelList {
    /// In any order; secrets are shown as `***`, and one that comes back so stays as it is.
    pub channels: Vec<Channel>,
    /// Names all settings of alerts as they stand, for `If-Match`; of no meaning in a request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub etag: String,
}

/// All rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "rules": [{ "name": "all-failures", "on": ["failed", "timed_out"], "channels": ["ops"] }] }))]
pub struct RuleList {
    /// Each is looked at: who is named by several hears once.
    pub rules: Vec<Rule>,
    /// Names all settings of alerts as they stand, for `If-Match`; of no meaning in a request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub etag: String,
}

/// All mutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "mutes": [{ "name": "release", "until": "2026-12-01T06:00:00Z", "reason": "the release" }] }))]
pub struct MuteList {
    /// Those that have ended go with the next change.
    pub mutes: Vec<Mute>,
    /// Names all settings of alerts as they stand, for `If-Match`; of no meaning in a request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub etag: String,
}

/// What came of trying a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelTried {
    /// True when who receives it has taken it.
    pub delivered: bool,
    /// The id that it bore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeId>,
    /// Why it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Which notices to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlertParams {
    /// About this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobName>,
    /// About one of these, with commas between them, such as `failed,missed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// By this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Of which a delivery is `waiting`, `sent`, `failed`, `muted` or `gone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Made at or after this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Made before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// How many: 1 to 500, 50 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next` of an earlier page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// One page of notices, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertPage {
    /// The notices, each with what came of telling it.
    pub items: Vec<Notice>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
