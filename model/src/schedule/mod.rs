//! When a job runs: one text, its zone and its rules, compiled once.
//!
//! Flow: `job` (text) → **`schedule`** → ticks → `state`.
//! The same bits give the next instants and the words; nobody computes cron a second time.
//! Inside: `token` → `parse` (`lookalike`, `foreign`) → `fields` (`field`, `item`, `day`, `hint`, `slip`) → `cron` (wall) → `eval` (instants, by `zone`) → `upcoming`, `words`.

mod calendar;
mod cron;
mod day;
mod eval;
mod field;
mod fields;
mod foreign;
mod hash;
mod hint;
mod item;
mod lookalike;
mod parse;
mod slip;
mod spreading;
#[cfg(test)]
mod tests;
mod token;
mod upcoming;
mod words;
mod zone;

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::spreading::{Spread, spread_form};
pub use self::zone::zone_data_version;
use crate::fault::Faults;
use crate::job::SavedJob;
use crate::language::Language;
use crate::policy::{DstRule, Weekdays};
use crate::state::Ticks;
use crate::time::{Span, Timestamp};

/// What a schedule is compiled from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The text, as the user typed it.
    pub text: &'a str,
    /// The IANA zone in which it is read, unless the text begins with `CRON_TZ=`.
    pub timezone: &'a str,
    /// What happens at changes of the clock.
    pub dst: DstRule,
    /// How weekdays are numbered.
    pub weekdays: Weekdays,
    /// What `H` forms are spread by: the job's name.
    pub seed: &'a str,
    /// Where `@every` counts from.
    pub anchor: Timestamp,
}

/// A compiled schedule: bit sets and the number of a shared zone, so that a clone is cheap and `next_after` allocates nothing.
#[derive(Debug, Clone)]
pub struct Schedule {
    plan: Plan,
    zone: zone::ZoneRef,
    dst: DstRule,
    /// True when the text itself names its zone (`CRON_TZ=`).
    names_zone: bool,
}

/// What kind of schedule it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Plan {
    /// Times on the wall.
    Cron(cron::Cron),
    /// `anchor` + k × `period`, whatever the wall shows.
    Every { period: Span, anchor: Timestamp },
    /// One instant.
    At(Timestamp),
}

/// One of the next instants of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upcoming {
    /// The instant.
    pub at: Timestamp,
    /// The same in the schedule's zone, with its offset (`2026-03-29T03:00:00+02:00`).
    pub local: String,
    /// What a change of the clock does to it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Schedule {
    /// Compiles a schedule.
    ///
    /// # Errors
    /// All faults, with the paths `schedule` and `timezone`; messages name field, value, range and position. A text
    /// that never fires from 1970 to 2200 is a fault; one whose time has gone by is not.
    pub fn parse(source: Source<'_>) -> Result<Self, Faults> {
        let parse::Parsed { plan, zone, names_zone } = parse::parse(source)?;
        Ok(Self { plan, zone, dst: source.dst, names_zone })
    }

    /// Compiles the schedule of a saved job.
    ///
    /// # Errors
    /// As [`Schedule::parse`]: only when an older or newer version saved it.
    pub fn of(saved: &SavedJob) -> Result<Self, Faults> {
        let job = &saved.job;
        Self::parse(Source {
            text: &job.schedule,
            timezone: &job.timezone,
            dst: job.dst,
            weekdays: job.weekdays,
            seed: job.name.as_str(),
            anchor: saved.anchor,
        })
    }

    /// Returns what the user should know about the text (`both day fields are set: either matches`).
    pub fn warnings(&self, language: Language) -> Vec<String> {
        words::warnings(&self.plan, language)
    }

    /// Returns the schedule in words.
    pub fn in_words(&self, language: Language) -> String {
        words::in_words(self, language)
    }

    /// Returns in words what changes of the clock after `from` do; none where there are none, as in UTC.
    pub fn clock_changes(&self, from: Timestamp, language: Language) -> Option<String> {
        words::clock_changes(self, from, language)
    }

    /// Returns in words that no instant comes after `from`, with the last one; none while some come.
    pub fn ended(&self, from: Timestamp, language: Language) -> Option<String> {
        words::ended(self, from, language)
    }

    /// Returns where `@every` counts from; none for every other schedule.
    pub fn anchor(&self) -> Option<Timestamp> {
        match self.plan {
            Plan::Every { anchor, .. } => Some(anchor),
            Plan::Cron(_) | Plan::At(_) => None,
        }
    }

    /// Returns the zone in which it is read.
    pub fn zone(&self) -> &str {
        self.zone.name()
    }

    /// Returns a schedule that runs in the same seconds after `from` as this one; where two schedules do, it is most
    /// often the same. `@every` counts from its first run then, in whole seconds where its period is of such.
    pub fn in_seconds_after(&self, from: Timestamp) -> Self {
        let mut same = self.clone();
        if let Plan::Every { period, anchor } = &mut same.plan
            && let Some(first) = next_of_period(*period, *anchor, from)
        {
            let whole = period.as_millis().is_multiple_of(1_000);
            *anchor = if whole { Timestamp::from_seconds(first.as_seconds()) } else { first };
        }
        same
    }

    /// Returns at most `count` instants after `from`, their notes in a language.
    pub fn upcoming(&self, from: Timestamp, count: usize, language: Language) -> Vec<Upcoming> {
        upcoming::upcoming(self, from, count, language)
    }
}

/// Equal schedules run at the same instants.
impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.plan == other.plan && self.dst == other.dst && self.zone == other.zone
    }
}

impl Eq for Schedule {}

impl Hash for Schedule {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.plan.hash(state);
        self.zone.hash(state);
    }
}

impl Ticks for Schedule {
    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        match &self.plan {
            Plan::Cron(cron) => {
                let change = eval::Change::of(self.dst, cron);
                eval::next_after(cron, &self.zone, change, after.as_seconds()).map(Timestamp::from_seconds)
            }
            Plan::Every { period, anchor } => next_of_period(*period, *anchor, after),
            Plan::At(at) => Some(*at).filter(|at| *at > after),
        }
    }
}

/// Returns the first `anchor` + k × `period` after `after`, k from 0.
fn next_of_period(period: Span, anchor: Timestamp, after: Timestamp) -> Option<Timestamp> {
    if after < anchor {
        return Some(anchor);
    }
    let periods = after.since(anchor).as_millis() / period.as_millis() + 1;
    let millis = i64::try_from(periods.checked_mul(period.as_millis())?).ok()?;
    let next = anchor.as_millis().checked_add(millis)?;
    (next <= Timestamp::MAX.as_millis()).then(|| Timestamp::from_millis(next))
}
