//! The next instants as people read them: in the zone, with a note where a change of the clock shows.
//!
//! Flow: `eval` → **`upcoming`** → `cli`, API, page. A run that a change leaves out is told at the run after it.
//! Not here: the rules themselves (`eval`), and how a note is worded (`words`); a note only says what they did.

use super::cron::Cron;
use super::eval::Change;
use super::words::{self, Note, Twice};
use super::zone::Zone;
use super::{Plan, Schedule, Upcoming};
use crate::language::Language;
use crate::state::Ticks;
use crate::time::Timestamp;

/// The most instants that one call returns.
const COUNT_MAX: usize = 100_000;
/// The most times of a gap that a note names.
const TIMES_MAX: usize = 3;

/// Returns at most `count` instants after `from`, their notes in a language.
pub(super) fn upcoming(
    schedule: &Schedule,
    from: Timestamp,
    count: usize,
    language: Language,
) -> Vec<Upcoming> {
    let mut before = from;
    let mut instants = Vec::new();
    while instants.len() < count.min(COUNT_MAX) {
        let Some(at) = schedule.next_after(before) else { break };
        let notes = match &schedule.plan {
            Plan::Cron(cron) => Story { cron, zone: &schedule.zone, change: Change::of(schedule.dst, cron) }
                .notes(before.as_seconds(), at.as_seconds()),
            Plan::Every { .. } | Plan::At(_) => Vec::new(),
        };
        let note = words::notes(&notes, language);
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
    fn notes(&self, before: i64, at: i64) -> Vec<Note> {
        let mut notes = Vec::new();
        let index = self.zone.segment_at(at);
        for segment in &self.zone.segments()[self.zone.segment_at(before) + 1..=index] {
            let mut times = self.times(segment.seen, segment.opens());
            if !times.is_empty() {
                let moved = self.change == Change::Fixed && at == segment.start;
                let more = times.len() > TIMES_MAX;
                times.truncate(TIMES_MAX);
                notes.push(Note::Gap { times, more, runs: at + self.zone.segments()[index].offset, moved });
            }
        }
        notes.extend(self.twice(at, index));
        notes
    }

    /// Returns the first few times on the wall that match in a gap, and one more where there are more.
    fn times(&self, seen: i64, opens: i64) -> Vec<i64> {
        let next = |from: i64| self.cron.next_wall(from, opens);
        std::iter::successors(next(seen), |wall| next(wall + 1)).take(TIMES_MAX + 1).collect()
    }

    /// Returns what is to be said when the wall shows the time of a run twice.
    fn twice(&self, at: i64, index: usize) -> Option<Note> {
        let segment = self.zone.segments()[index];
        let time = at + segment.offset;
        if time < segment.seen {
            return Some(Note::Twice { time, run: Twice::Second });
        }
        let again = self.zone.segments().get(index + 1).is_some_and(|next| next.opens() <= time);
        let run = if self.change == Change::Follow { Twice::First } else { Twice::Only };
        again.then_some(Note::Twice { time, run })
    }
}
