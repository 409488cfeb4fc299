//! The next instants as people read them: in the zone, with a note where a change of the clock shows.
//!
//! Flow: `eval` → **`upcoming`** → `cli`, API, page.

use super::{Schedule, Upcoming};
use crate::state::Ticks;
use crate::time::Timestamp;

/// Returns at most `count` instants after `from`.
pub(super) fn upcoming(schedule: &Schedule, from: Timestamp, count: usize) -> Vec<Upcoming> {
    let ticks = std::iter::successors(schedule.next_after(from), |at| schedule.next_after(*at));
    ticks.take(count).map(|at| Upcoming { at, local: schedule.zone.local(at), note: None }).collect()
}
