//! From times on the wall to instants: what a change of the clock does to a schedule.
//!
//! Flow: `cron` (wall) + `zone` (segments) → **`eval`** → `next_after`.
//! Within a segment the wall runs with the clock. Where the clock is put forward, a fixed time that the wall leaves
//! out runs at the end of the gap; where it is put back, a fixed time runs when the wall shows it first.
//!
//! Invariant: results rise strictly, since each is searched from the instant after the last, and segments rise.

use super::calendar::WALL_END;
use super::cron::Cron;
use super::zone::{FIRST, Zone};
use crate::policy::DstRule;

/// What a schedule does at changes of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// A time in the gap runs at its end; one in the repeated hour runs at the first.
    Fixed,
    /// A time in the gap does not run; one in the repeated hour runs at both.
    Follow,
    /// A time in the gap does not run; one in the repeated hour runs at the first.
    Skip,
}

impl Change {
    /// Returns what the rule means for an expression.
    pub(super) fn of(rule: DstRule, cron: &Cron) -> Self {
        match rule {
            DstRule::Vixie if cron.wildcard => Self::Follow,
            DstRule::Vixie => Self::Fixed,
            DstRule::Wall => Self::Follow,
            DstRule::Skip => Self::Skip,
        }
    }
}

/// Returns the first run after `after`, both in seconds since 1970 UTC; none when none comes until the end of 2200.
pub(super) fn next_after(cron: &Cron, zone: &Zone, change: Change, after: i64) -> Option<i64> {
    let from = after.saturating_add(1).max(FIRST);
    let segments = zone.segments();
    let mut index = zone.segment_at(from);
    let segment = segments[index];
    if from == segment.start && runs_at_gap_end(cron, change, segment.seen, segment.opens()) {
        return Some(from);
    }
    let mut from = from.saturating_add(segment.offset);
    if change != Change::Follow {
        from = from.max(segment.seen);
    }
    let mut wall = cron.next_wall(from, WALL_END);
    loop {
        let end = zone.wall_end(index);
        if let Some(hit) = wall.filter(|hit| *hit < end) {
            return Some(hit - segments[index].offset);
        }
        if wall.is_none() && change != Change::Follow {
            return None;
        }
        index += 1;
        let segment = segments.get(index)?;
        let opens = segment.opens();
        if wall.is_some_and(|hit| hit < opens) {
            // Invariant: `wall` was not shown before, so it lies in the gap.
            if change == Change::Fixed {
                return Some(segment.start);
            }
            wall = cron.next_wall(opens, WALL_END);
        } else if change == Change::Follow && opens < end {
            wall = cron.next_wall(opens, end).or(wall);
        }
    }
}

/// Returns true when a time of the gap from `seen` to `opens` on the wall runs at the gap's end.
fn runs_at_gap_end(cron: &Cron, change: Change, seen: i64, opens: i64) -> bool {
    change == Change::Fixed && seen < opens && cron.next_wall(seen, opens).is_some()
}
