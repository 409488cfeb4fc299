//! Who is asking, and whether the server can answer.

use model::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What to come in with: exactly one of the two.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionRequest {
    /// The secret of a one-time login link: what follows `#` in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_token: Option<String>,
    /// An API token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// Who.
    pub user: String,
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
