//! Who is asking, and whether the server can answer.

use model::account::{Role, Withheld};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to come in with: a name and its password, or one of the two others.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "ada", "password": "a word that nobody guesses" }))]
pub struct SessionRequest {
    /// The user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The secret of a one-time login link: what follows `#` in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_token: Option<String>,
    /// An API token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A new password.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "current": "a word that nobody guesses", "new": "another that nobody guesses" }))]
pub struct PasswordRequest {
    /// The password that stands; not for an account that has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// The new one: 10 characters or more.
    pub new: String,
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// Who.
    pub user: String,
    /// What they may do.
    pub role: Role,
    /// What they may not save.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// True while the account has no password: set one, or the next login takes a link.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub passwordless: bool,
    /// By what.
    pub via: Via,
    /// When it ends; absent for a token without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// By what a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The cookie of a session.
    Session,
    /// A token in `Authorization`.
    Token,
    /// The word of a trusted proxy.
    Proxy,
}

impl Via {
    /// Returns it as it is written.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Token => "token",
            Self::Proxy => "proxy",
        }
    }
}

/// The server answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    pub status: String,
    /// The server's version.
    pub version: String,
}

/// Whether the server can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// True when every store answers.
    pub ready: bool,
    /// The stores one by one.
    pub stores: Vec<StoreHealth>,
}

/// Whether one store answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreHealth {
    /// Which: `intent` or `facts`.
    pub store: String,
    /// True when it answers.
    pub answers: bool,
}
