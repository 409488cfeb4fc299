//! Counts starts second by second. Jobs whose schedules run at the same instants are counted together, once.

use std::collections::HashMap;
use std::sync::Arc;

use model::job::SavedJob;
use model::schedule::Schedule;
use model::state::{Ticks as _, due_before};
use model::time::{Span, Timestamp};

use crate::api::Share;
use crate::catalogue::Entry;

/// The most instants that one forecast looks at, some seconds of work.
pub(super) const STEPS_MAX: u64 = 100_000_000;
/// The fewest starts of a minute that are called a pile, and how far above the mean.
const MINUTE_STARTS_MIN: u32 = 60;
const MINUTE_MEANS_MIN: f64 = 4.0;
/// The same for one second of a minute that is not out of line.
const SECOND_STARTS_MIN: u32 = 100;
const SECOND_MEANS_MIN: f64 = 10.0;
const MILLISECOND: Span = Span::from_millis(1);
const MINUTE: usize = 60;

/// Starts in each second.
pub(super) struct Tally {
    /// The first second: a full minute.
    pub(super) from: Timestamp,
    /// How many jobs were counted.
    pub(super) jobs: usize,
    seconds: Vec<u32>,
    minutes: Vec<u32>,
    total: u64,
}

/// Jobs that run at the same instants and have no jitter.
pub(super) struct Group<'a> {
    /// When they run.
    pub(super) schedule: Schedule,
    /// The jobs, in order of name.
    pub(super) jobs: Vec<&'a SavedJob>,
}

/// Returns the starts of the hours ahead, and the groups that jobs were counted in; none when there are too many.
pub(super) fn count(entries: &[Arc<Entry>], now: Timestamp, hours: u32) -> Option<(Tally, Vec<Group<'_>>)> {
    let from = Timestamp::from_seconds(now.as_seconds().div_euclid(MINUTE as i64) * MINUTE as i64);
    // Starts are counted from the next full second on: what fell due before has most often its owner.
    let begin = Timestamp::from_seconds(now.as_seconds() + 1) - MILLISECOND;
    let mut counter = Counter { from, begin, seconds: vec![0; hours as usize * MINUTE * MINUTE], steps: 0 };
    let mut together: HashMap<Schedule, Vec<&SavedJob>> = HashMap::new();
    let mut jobs = 0;
    for entry in entries {
        let Some((saved, schedule, after)) = planned(entry) else { continue };
        jobs += 1;
        if saved.job.jitter == Span::ZERO && after <= begin {
            together.entry(schedule.in_seconds_after(begin)).or_default().push(saved);
        } else {
            counter.one(saved, schedule, after)?;
        }
    }
    let mut groups: Vec<Group<'_>> =
        together.into_iter().map(|(schedule, jobs)| Group { schedule, jobs }).collect();
    // The order of a hash map is nobody's: answers are the same each time.
    groups.sort_by(|one, other| one.jobs[0].job.name.cmp(&other.jobs[0].job.name));
    for group in &groups {
        counter.group(group)?;
    }
    let Counter { seconds, .. } = counter;
    let minutes: Vec<u32> = seconds.chunks(MINUTE).map(|minute| minute.iter().sum()).collect();
    let total = minutes.iter().map(|starts| u64::from(*starts)).sum();
    Some((Tally { from, jobs, seconds, minutes, total }, groups))
}

/// Returns the job's text, and up to when its ticks have an end already; none when it has none ahead.
fn planned(entry: &Entry) -> Option<(&SavedJob, &Schedule, Timestamp)> {
    let text = entry.saved.as_deref().filter(|text| text.saved.job.enabled)?;
    let schedule = text.schedule.as_ref().ok()?;
    let state = entry.state();
    let mut after = state.map_or(Timestamp::MIN, |state| state.resolved);
    if let Some(paused) = state.and_then(|state| state.paused.as_ref()) {
        after = after.max(paused.until? - MILLISECOND);
    }
    Some((&text.saved, schedule, after))
}

/// Counts, within bounds.
struct Counter {
    from: Timestamp,
    /// Starts up to here are not counted.
    begin: Timestamp,
    seconds: Vec<u32>,
    steps: u64,
}

impl Counter {
    fn step(&mut self) -> Option<()> {
        self.steps += 1;
        (self.steps <= STEPS_MAX).then_some(())
    }

    /// Counts jobs that run at the same instants.
    fn group(&mut self, group: &Group<'_>) -> Option<()> {
        let jobs = u32::try_from(group.jobs.len()).unwrap_or(u32::MAX);
        let mut after = self.begin;
        while let Some(at) = group.schedule.next_after(after) {
            let Some(starts) = second(self.from, at).and_then(|second| self.seconds.get_mut(second)) else {
                break;
            };
            *starts += jobs;
            self.step()?;
            after = at;
        }
        Some(())
    }

    /// Counts one job, whose ticks fall due by its jitter.
    fn one(&mut self, saved: &SavedJob, schedule: &Schedule, after: Timestamp) -> Option<()> {
        let mut next = schedule.next_after(after.max(self.begin - saved.job.jitter));
        while let Some(at) = next {
            if second(self.from, at).is_some_and(|second| second >= self.seconds.len()) {
                break;
            }
            next = schedule.next_after(at);
            let due = due_before(&saved.uid, saved.job.jitter, at, next);
            let counted = second(self.from, due).filter(|_| due > self.begin);
            if let Some(starts) = counted.and_then(|second| self.seconds.get_mut(second)) {
                *starts += 1;
            }
            self.step()?;
        }
        Some(())
    }
}

/// Returns which second after `from` an instant lies in; none for one before.
fn second(from: Timestamp, at: Timestamp) -> Option<usize> {
    usize::try_from(at.as_seconds() - from.as_seconds()).ok()
}

impl Tally {
    /// Returns the starts of each minute.
    pub(super) fn minutes(&self) -> &[u32] {
        &self.minutes
    }

    /// Returns all starts together.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Returns the mean of a minute.
    pub(super) fn minute_mean(&self) -> f64 {
        self.total as f64 / self.minutes.len() as f64
    }

    /// Returns the end of what was counted.
    pub(super) fn until(&self) -> Timestamp {
        self.from + Span::from_seconds(self.seconds.len() as u64)
    }

    /// Returns the most starts in one second of a minute.
    pub(super) fn worst_second(&self, minute: usize) -> u32 {
        let seconds = &self.seconds[minute * MINUTE..][..MINUTE];
        seconds.iter().copied().max().unwrap_or(0)
    }

    /// Returns which minute an instant lies in, of those that were counted.
    pub(super) fn minute(&self, at: Timestamp) -> Option<usize> {
        second(self.from, at).map(|second| second / MINUTE).filter(|minute| *minute < self.minutes.len())
    }

    /// Returns the first instant of a minute.
    pub(super) fn start_of(&self, minute: usize) -> Timestamp {
        self.from + Span::from_minutes(minute as u64)
    }

    /// Returns what the starts of a minute share, where they are too many.
    pub(super) fn pile(&self, minute: usize) -> Option<Share> {
        let starts = self.minutes[minute];
        if is_pile(starts, MINUTE_STARTS_MIN, MINUTE_MEANS_MIN * self.minute_mean()) {
            return Some(Share::Minute);
        }
        let mean = self.minute_mean() / MINUTE as f64;
        is_pile(self.worst_second(minute), SECOND_STARTS_MIN, SECOND_MEANS_MIN * mean)
            .then_some(Share::Second)
    }

    /// Returns what a start at `at` shares with too many others, and how many there are.
    pub(super) fn pile_at(&self, at: Timestamp) -> Option<(Share, u32)> {
        let minute = self.minute(at)?;
        match self.pile(minute)? {
            Share::Minute => Some((Share::Minute, self.minutes[minute])),
            Share::Second => {
                let starts = self.seconds[second(self.from, at)?];
                (starts >= SECOND_STARTS_MIN).then_some((Share::Second, starts))
            }
        }
    }
}

fn is_pile(starts: u32, least: u32, least_by_mean: f64) -> bool {
    starts >= least && f64::from(starts) >= least_by_mean
}
