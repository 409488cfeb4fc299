//! The tests of schedules that concern more than one file.

mod documentation;
mod errors;
mod expression;
mod naive;
mod oracles;
mod spreading;
mod syntax;
mod typed;
mod upcoming;
mod words;
mod zones;

use super::{Schedule, Source, Upcoming};
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
    let short = |at: String| {
        let at = at.trim_end_matches('Z');
        at.strip_suffix(":00").unwrap_or(at).to_owned()
    };
    ticks.take(count).map(|at| short(at.to_string())).collect()
}
