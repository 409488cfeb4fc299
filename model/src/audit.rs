//! One line of the audit: who did or tried what, from where, what came of it, and what stood before and after.
//!
//! Flow: request → `master::audit` → **line** → waits beside the accounts → the facts.
//! Not here: which requests leave a line (`master::identity`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::id::AuditId;
use crate::time::Timestamp;

/// Most bytes of JSON that a line keeps of what stood before, and of what stands after.
pub const IMAGE_BYTES_MAX: usize = 64 * 1024;

/// A change, or an attempt that was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    /// Names the line; ids sort as the lines were written.
    pub id: AuditId,
    /// When it was answered.
    pub at: Timestamp,
    /// Who; absent when nobody said so. Of a failed login it is the name that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// By what: `session`, `token`, `proxy`, or `console` for what was done on the server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The address that it came from, as the connection or a trusted proxy says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What: the method and the route, such as `PUT /api/v1/jobs/{name}`.
    pub action: String,
    /// On what: the path as it was asked for, without its query.
    pub target: String,
    /// What was answered.
    pub status: u16,
    /// The code of the problem, when it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What stood before, as far as there is such a thing: an object, or a list of them; secrets are never in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, required = false)]
    pub before: Option<Value>,
    /// What stands after, as `before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, required = false)]
    pub after: Option<Value>,
    /// How many denied attempts this line stands for beside its own: those of the same minute that were too many to
    /// keep one by one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over by reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl AuditLine {
    /// Returns true for an attempt that was not let through: nobody known, or not allowed.
    pub fn is_denied(&self) -> bool {
        matches!(self.status, 401 | 403 | 429)
    }
}
