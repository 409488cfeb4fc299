//! The next instants as people read them: in the zone, with a note where a change of the clock shows.
//!
//! Flow: `eval` → **`upcoming`** → `cli`, API, page. A run that a change leaves out is told at the run after it.
//! Not here: the rules themselves (`eval`); a note only says what they did.

use super::calendar::{DAY, Date};
use super::cron::Cron;
use super::eval::Change;
use super::zone::Zone;
use super::{Plan, Schedule, Upcoming};
use crate::state::Ticks;
use crate::time::Timestamp;

/// The most instants that one call returns.
const COUNT_MAX: usize = 1_000;
/// The most times of a gap that a note names.
const TIMES_MAX: usize = 3;

/// Returns at most `count` instants after `from`.
pub(super) fn upcoming(schedule: &Schedule, from: Timestamp, count: usize) -> Vec<Upcoming> {
    let mut before = from;
    let mut instants = Vec::new();
    while instants.len() < count.min(COUNT_MAX) {
        let Some(at) = schedule.next_after(before) else { break };
        let note = match &schedule.plan {
            Plan::Cron(cron) => Story { cron, zone: &schedule.zone, change: Change::of(schedule.dst, cron) }
                .note(before.as_seconds(), at.as_seconds()),
            Plan::Every { .. } | Plan::At(_) => None,
        };
        instants.push(Upcoming { at, local: schedule.zone.local(at), note });
        before = at;
    }
    instants
}

/// What is needed to tell what changes of the clock do.
struct Story<'a> {
    cron: &'a Cron,
    zone: &'a Zone,
    change: Change,
}

impl Story<'_> {
    /// Returns what changes of the clock did to the run at `at` and to those left out since `before`.
    fn note(&self, before: i64, at: i64) -> Option<String> {
        let mut notes = Vec::new();
        let index = self.zone.segment_at(at);
        for segment in &self.zone.segments()[self.zone.segment_at(before) + 1..=index] {
            let times = self.times(segment.seen, segment.opens());
            if !times.is_empty() {
                let moved = self.change == Change::Fixed && at == segment.start;
                notes.push(self.gap(&times, at + self.zone.segments()[index].offset, moved));
            }
        }
        notes.extend(self.twice(at, index));
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    /// Returns the first few times on the wall that match in a gap.
    fn times(&self, seen: i64, opens: i64) -> Vec<i64> {
        let next = |from: i64| self.cron.next_wall(from, opens);
        std::iter::successors(next(seen), |wall| next(wall + 1)).take(TIMES_MAX + 1).collect()
    }

    fn gap(&self, times: &[i64], wall: i64, moved: bool) -> String {
        let same_day = times[0].div_euclid(DAY) == wall.div_euclid(DAY);
        let mut clocks: Vec<String> = times.iter().take(TIMES_MAX).map(|time| clock(*time)).collect();
        if times.len() > TIMES_MAX {
            clocks.push("others".to_owned());
        }
        let verb = if clocks.len() == 1 { "does" } else { "do" };
        let last = clocks.pop().expect("a gap is told for at least one time");
        let names = if clocks.is_empty() { last } else { format!("{} and {last}", clocks.join(", ")) };
        let day = if same_day { "that day".to_owned() } else { format!("on {}", day(times[0])) };
        match moved {
            true if same_day => format!("runs at {}, {names} {verb} not exist {day}", clock(wall)),
            true => format!("runs on {} at {}, {names} {verb} not exist {day}", self::day(wall), clock(wall)),
            false => format!("{names} {verb} not exist {day} and {verb} not run"),
        }
    }

    /// Returns what is to be said when the wall shows the time of a run twice.
    fn twice(&self, at: i64, index: usize) -> Option<String> {
        let segment = self.zone.segments()[index];
        let wall = at + segment.offset;
        let twice = format!("{} happens twice that day", clock(wall));
        if wall < segment.seen {
            return Some(format!("{twice}, this is the second run"));
        }
        let again = self.zone.segments().get(index + 1).is_some_and(|next| next.opens() <= wall);
        again.then(|| match self.change {
            Change::Follow => format!("{twice}, this is the first run of two"),
            Change::Fixed | Change::Skip => format!("{twice}, runs at the first"),
        })
    }
}

/// Returns a time on the wall as `02:30`, with seconds when there are any.
fn clock(wall: i64) -> String {
    let time = wall.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}

/// Returns the date of a time on the wall.
fn day(wall: i64) -> String {
    let date = Date::of(wall.div_euclid(DAY));
    format!("{}-{:02}-{:02}", date.year, date.month, date.day)
}
