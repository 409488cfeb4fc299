//! Settings that all masters share: what an admin set, and what is so by it.

use model::settings::Settings;
use model::time::Span;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Settings as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettingsView {
    /// What an admin set.
    pub settings: Settings,
    /// What is so by it, and by this master's configuration where nobody set anything.
    pub in_force: InForce,
    /// Names what stands, for `If-Match`.
    #[schema(example = "\"17\"")]
    pub etag: String,
}

/// What is so, each of [`Settings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InForce {
    /// How long a session lasts from its login on.
    pub session_ttl: Span,
    /// How many days lines of the audit and told alerts are kept.
    #[schema(example = 400)]
    pub audit_days: u32,
    /// How many texts are kept of each job.
    #[schema(example = 100)]
    pub revisions_max: u32,
    /// How many days a text of a job is kept after it was replaced.
    #[schema(example = 400)]
    pub revisions_days: u32,
    /// How many days ranges of ticks that did not run are kept.
    #[schema(example = 400)]
    pub ranges_days: u32,
}
