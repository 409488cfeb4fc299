//! What all masters of an installation have in common, as an admin sets it: how long things are kept.
//!
//! It stands in the store, so that it does not matter which master leads. What nobody set is as each master's own
//! configuration says. Not here: alerts (`alert`), and what belongs to one process: addresses, limits of connections.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fault::Faults;
use crate::sentence;
use crate::time::Span;

/// How many days anything may be kept.
pub const DAYS: RangeInclusive<u32> = 1..=3_650;
/// How many texts of a job may be kept.
pub const TEXTS: RangeInclusive<u32> = 1..=10_000;
/// Shortest that a session may last.
pub const SESSION_MIN: Span = Span::from_minutes(1);
/// Longest that a session may last.
pub const SESSION_MAX: Span = Span::from_days(365);

/// What an admin set; what is absent is as the configuration of each master says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "audit_days": 90, "session_ttl": "12h" }))]
pub struct Settings {
    /// How long a session lasts from its login on: 1 minute to 365 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_ttl: Option<Span>,
    /// How many days lines of the audit and told alerts are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub audit_days: Option<u32>,
    /// How many texts are kept of each job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10000)]
    pub revisions_max: Option<u32>,
    /// How many days a text of a job is kept after it was replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub revisions_days: Option<u32>,
    /// How many days ranges of ticks that did not run are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub ranges_days: Option<u32>,
}

impl Settings {
    /// Returns everything that is wrong.
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::new();
        if let Some(ttl) = self.session_ttl.filter(|ttl| !(SESSION_MIN..=SESSION_MAX).contains(ttl)) {
            faults.add("session_ttl", sentence!("must be {} to {}, got `{}`", SESSION_MIN, SESSION_MAX, ttl));
        }
        let numbers = [
            ("audit_days", self.audit_days, DAYS),
            ("revisions_max", self.revisions_max, TEXTS),
            ("revisions_days", self.revisions_days, DAYS),
            ("ranges_days", self.ranges_days, DAYS),
        ];
        for (name, number, range) in numbers {
            if let Some(number) = number.filter(|number| !range.contains(number)) {
                faults.add(name, sentence!("must be {} to {}, got `{}`", range.start(), range.end(), number));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_out_of_range_is_a_fault_of_its_own() {
        let most = Settings {
            session_ttl: Some(SESSION_MAX),
            audit_days: Some(3_650),
            revisions_max: Some(10_000),
            revisions_days: Some(1),
            ranges_days: Some(1),
        };
        assert!(most.faults().is_empty() && Settings::default().faults().is_empty());
        let bad = Settings {
            session_ttl: Some(Span::from_seconds(59)),
            audit_days: Some(0),
            revisions_max: Some(10_001),
            revisions_days: Some(3_651),
            ranges_days: Some(0),
        };
        let told = bad.faults().to_string();
        for field in ["session_ttl", "audit_days", "revisions_max", "revisions_days", "ranges_days"] {
            assert!(told.contains(field), "{told}");
        }
    }
}
