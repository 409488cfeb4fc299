//! Walks the clock step by step and says at which steps a schedule runs.
//!
//! The naive rule: let M be the latest that the wall has shown so far. A fixed time runs at the first instant at
//! which the wall reaches or passes it (it lies after M, and not after the wall); under `wall` a time runs whenever
//! the wall shows it; under `skip` when the wall shows it and it lies after M.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::policy::DstRule;

/// How long ago a change of the clock may be for the wall to show again what it has shown: some zones went back a day.
const BACK_MAX: i64 = 3 * 86_400;

/// What an expression means, found in another way than the parser finds it.
pub trait Meaning {
    /// Returns true when a time on the wall matches.
    fn matches(&self, wall: DateTime) -> bool;
    /// Returns true when a field of the time begins with a star.
    fn follows_the_wall(&self) -> bool;
}

/// What the wall shows at each step of a stretch of time.
#[derive(Debug, Clone)]
pub struct Walk {
    step: i64,
    /// The latest that the wall has shown up to the first step.
    shown: DateTime,
    walls: Vec<(i64, DateTime)>,
}

impl Walk {
    /// Walks from `from` to `until`, in seconds since 1970.
    pub fn of(zone: &TimeZone, from: i64, until: i64, step: i64) -> Self {
        let at = |second| Timestamp::from_second(second).expect("the years of a schedule fit jiff");
        let wall = |second| zone.to_datetime(at(second));
        let changes = zone.preceding(at(from + 1)).map(|change| change.timestamp().as_second());
        let before = changes.take_while(|change| *change > from - BACK_MAX).map(|change| wall(change - step));
        let shown = before.max().map_or(wall(from), |before| before.max(wall(from)));
        Self { step, shown, walls: (from..until).step_by(step as usize).map(|at| (at, wall(at))).collect() }
    }

    /// Returns each instant with what the wall shows.
    pub fn walls(&self) -> &[(i64, DateTime)] {
        &self.walls
    }

    /// Returns the runs at all steps but the first, which only says what the wall has shown.
    pub fn runs(&self, meaning: &impl Meaning, rule: DstRule) -> Vec<i64> {
        let mut shown = self.shown;
        let mut runs = Vec::new();
        for (at, wall) in &self.walls[1..] {
            let runs_now = match rule {
                DstRule::Vixie if !meaning.follows_the_wall() => self.passes(meaning, shown, *wall),
                DstRule::Vixie | DstRule::Wall => meaning.matches(*wall),
                DstRule::Skip => *wall > shown && meaning.matches(*wall),
            };
            if runs_now {
                runs.push(*at);
            }
            shown = shown.max(*wall);
        }
        runs
    }

    /// Returns true when a time matches that lies after `shown` and not after `wall`.
    fn passes(&self, meaning: &impl Meaning, shown: DateTime, wall: DateTime) -> bool {
        let later = |time: DateTime| time.checked_add(self.step.seconds()).ok();
        let times = std::iter::successors(later(shown), |time| later(*time));
        times.take_while(|time| *time <= wall).any(|time| meaning.matches(time))
    }
}
