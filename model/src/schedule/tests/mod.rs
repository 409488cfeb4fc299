//! The tests of schedules that concern more than one file.

mod syntax;
mod words;

use super::{Schedule, Source};
use crate::policy::{DstRule, Weekdays};
use crate::state::Ticks;
use crate::time::Timestamp;

/// Returns a source in UTC with the usual rules.
pub(super) fn source(text: &str) -> Source<'_> {
    Source {
        text,
        timezone: "UTC",
        dst: DstRule::Vixie,
        weekdays: Weekdays::Unix,
        seed: "nightly-report",
        anchor: Timestamp::from_millis(0),
    }
}

/// Returns a schedule in UTC.
pub(super) fn utc(text: &str) -> Schedule {
    Schedule::parse(source(text)).unwrap_or_else(|faults| panic!("{text}: {faults}"))
}

/// Returns an instant.
pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Returns the next `count` instants after `from`, as UTC without the `Z`, the seconds left out when they are zero.
pub(super) fn next(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
    let ticks = std::iter::successors(schedule.next_after(at(from)), |at| schedule.next_after(*at));
    ticks
        .take(count)
        .map(|at| at.to_string().trim_end_matches('Z').trim_end_matches(":00").to_owned())
        .collect()
}
