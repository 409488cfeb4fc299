//! Everything that is intent, on its way from one installation to another: what leaves, and what came of its arrival.

use std::collections::BTreeSet;

use model::account::{Role, Withheld};
use model::alert::{Channel, Mute, Rule};
use model::id::{JobName, JobUid, SpecId, TokenId, UserName};
use model::settings::Settings;
use model::state::Paused;
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Most jobs of one request.
pub const TRANSFER_JOBS_MAX: usize = 100;

/// Which jobs leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "names": ["nightly-report"], "pause": false }))]
pub struct ExportJobsRequest {
    /// 1 to 100 of them; one that is not there is left out of the answer.
    #[schema(min_items = 1, max_items = 100)]
    pub names: Vec<JobName>,
    /// True: each is paused by the export in the same step that says up to where it ran. False: a copy.
    pub pause: bool,
}

/// Jobs that leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportJobsReply {
    /// In the order of the request. Where they would be too large together the rest is missing: ask for it again.
    pub jobs: Vec<ExportedJob>,
    /// Names that are not there.
    #[serde(default)]
    pub missing: Vec<JobName>,
}

/// A job that leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportedJob {
    /// The job.
    pub job: MovingJob,
    /// How many of its runs, attempts owed and requests are not over here.
    pub under_way: usize,
}

/// A job on its way: its text, whose it is, and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovingJob {
    /// The job's own id, which it keeps: its jitter and the ids of its runs come of it.
    pub uid: JobUid,
    /// Which save of it this is.
    pub spec_id: SpecId,
    /// Who saved it.
    pub author: String,
    /// Why, in the author's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When.
    pub saved_at: Timestamp,
    /// Where `@every` counts from.
    pub anchor: Timestamp,
    /// Every tick up to here had an owner or an end where it comes from.
    pub resolved: Timestamp,
    /// Its own pause; that of an export is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    /// The text.
    #[schema(value_type = Object)]
    pub job: Value,
}

/// What is done where something else of the name is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    /// Nothing; it is told as in the way.
    #[default]
    Refuse,
    /// What arrives takes its place.
    Replace,
    /// What is there stays.
    Skip,
}

impl Existing {
    /// Returns what comes of something in whose place another one stands.
    pub fn landed(self) -> Landed {
        match self {
            Self::Refuse => Landed::InTheWay,
            Self::Replace => Landed::Replaced,
            Self::Skip => Landed::Skipped,
        }
    }
}

/// Jobs that arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "dry_run": true, "jobs": [{
    "uid": "98395b0bf1ffb22447a45b2e31ddff50", "spec_id": 3, "author": "anna", "saved_at": "2026-11-02T09:00:00Z",
    "anchor": "2026-10-01T07:00:00Z", "resolved": "2026-11-23T18:32:06.92Z",
    "job": { "name": "nightly-report", "schedule": "30 2 * * *", "shell": { "script": "./report" } }
}] }))]
pub struct ImportJobsRequest {
    /// 1 to 100 of them.
    #[schema(min_items = 1, max_items = 100)]
    pub jobs: Vec<MovingJob>,
    /// What is done where another job of the name is there.
    #[serde(default)]
    pub existing: Existing,
    /// True: says what would be done, and does nothing. Modules and channels may still be missing then.
    #[serde(default)]
    pub dry_run: bool,
}

/// What came of what arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportReply {
    /// One for each, in order.
    pub items: Vec<ImportItem>,
}

/// What came of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportItem {
    /// What it is: `job`, `channel`, `user` and so on.
    #[schema(example = "job")]
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What came of it.
    pub result: Landed,
    /// Why, where that is not plain.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl ImportItem {
    /// Returns what came of something of this kind and name, and why.
    pub fn new(kind: &str, name: &str, result: Landed, detail: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), name: name.to_owned(), result, detail: detail.into() }
    }
}

/// What came, or would come, of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Landed {
    /// It was not there.
    Created,
    /// It had left from here by an export, and goes on.
    Returned,
    /// It took the place of another.
    Replaced,
    /// It was there already, the same.
    Same,
    /// Another one is there and stays, as asked; or there is no use for it any more.
    Skipped,
    /// Another one is in the way.
    InTheWay,
    /// It cannot be kept.
    Faulty,
}

impl Landed {
    /// Returns it as the interface writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Returned => "returned",
            Self::Replaced => "replaced",
            Self::Same => "same",
            Self::Skipped => "skipped",
            Self::InTheWay => "in_the_way",
            Self::Faulty => "faulty",
        }
    }
}

/// How settings and accounts leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "secrets": false }))]
pub struct ExportSettingsRequest {
    /// True: with the secrets of channels, the hashes of passwords, and tokens, which are nothing without.
    pub secrets: bool,
}

/// Settings and accounts that leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExportSettingsReply {
    /// They.
    pub settings: MovingSettings,
    /// Channels whose secrets stay behind.
    pub channels_without_secrets: usize,
    /// Users whose passwords stay behind.
    pub users_without_passwords: usize,
    /// Tokens that stay behind.
    pub tokens_left: usize,
}

/// Settings and accounts on their way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovingSettings {
    /// What an admin set for all masters; none where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// Channels; a secret that stays behind is `***`.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// Rules.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Mutes.
    #[serde(default)]
    pub mutes: Vec<Mute>,
    /// Users.
    #[serde(default)]
    pub users: Vec<MovingUser>,
    /// API tokens.
    #[serde(default)]
    pub tokens: Vec<MovingToken>,
}

/// A user on their way.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovingUser {
    /// The name to log in by.
    pub name: UserName,
    /// What they may do.
    pub role: Role,
    /// What an editor may not save.
    #[serde(default)]
    pub withheld: BTreeSet<Withheld>,
    /// The argon2id hash of their password, in the PHC form; without it only a link opens the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    /// When the password was set last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
}

impl std::fmt::Debug for MovingUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MovingUser")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// An API token on its way: what it is for and the SHA-256 of its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovingToken {
    /// Names it; no secret.
    pub id: TokenId,
    /// SHA-256 of the secret: 64 digits, in lower-case hexadecimal. Another text is told as faulty among the items.
    pub secret_sha256: String,
    /// What it is for.
    pub name: String,
    /// Whose it is.
    pub user: UserName,
    /// Most that it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; none: when it is revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for MovingToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MovingToken").field("id", &self.id).field("user", &self.user).finish_non_exhaustive()
    }
}

/// Settings and accounts that arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "dry_run": true, "settings": { "users": [
    { "name": "ada", "role": "operator", "created_at": "2026-10-01T07:00:00Z", "created_by": "admin" }
] } }))]
pub struct ImportSettingsRequest {
    /// They.
    pub settings: MovingSettings,
    /// What is done where another of the name is there.
    #[serde(default)]
    pub existing: Existing,
    /// True: says what would be done, and does nothing.
    #[serde(default)]
    pub dry_run: bool,
}
