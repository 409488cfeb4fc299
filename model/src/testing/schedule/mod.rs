//! What schedules must do whatever is typed, and a naive reading and walk of them to compare with.
//!
//! Flow: tests, `cargo xtask fuzz schedule`, `cargo xtask soak schedule` → **`schedule`** → `crate::schedule`.
//! Slow on purpose: texts are read anew from the grammar, and the clock is walked step by step with `jiff`'s offsets.

mod properties;
mod reading;
mod sweep;
mod walk;

pub use self::properties::{CORPUS, Case, DICTIONARY, ZONES, holds};
pub use self::reading::Reading;
pub use self::sweep::{Swept, sweep};
pub use self::walk::{Meaning, Walk};

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Returns a zone of the bundled data.
///
/// # Panics
/// When there is none of that name.
pub fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).expect("a name of the bundled zone data")
}
