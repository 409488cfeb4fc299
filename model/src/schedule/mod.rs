//! When a job runs: one text, its zone and its rules, compiled once.
//!
//! Flow: `job` (text) → **`schedule`** → ticks → `state`.
//! The same tree gives the next instants and the words; nobody computes cron a second time.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fault::Faults;
use crate::job::SavedJob;
use crate::policy::{DstRule, Weekdays};
use crate::state::Ticks;
use crate::time::Timestamp;

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

/// A compiled schedule.
#[derive(Debug, Clone)]
pub struct Schedule {}

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
    /// All faults, with the paths `schedule` and `timezone`; messages name field, value, range and position.
    pub fn parse(_source: Source<'_>) -> Result<Self, Faults> {
        unimplemented!()
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
    pub fn warnings(&self) -> Vec<String> {
        unimplemented!()
    }

    /// Returns the schedule in English words.
    pub fn in_words(&self) -> String {
        unimplemented!()
    }

    /// Returns the zone in which it is read.
    pub fn zone(&self) -> &str {
        unimplemented!()
    }

    /// Returns at most `count` instants after `from`.
    pub fn upcoming(&self, _from: Timestamp, _count: usize) -> Vec<Upcoming> {
        unimplemented!()
    }
}

impl Ticks for Schedule {
    fn next_after(&self, _after: Timestamp) -> Option<Timestamp> {
        unimplemented!()
    }
}

/// Returns the version of the zone data that this binary carries (`2026a`).
pub fn zone_data_version() -> &'static str {
    unimplemented!()
}
