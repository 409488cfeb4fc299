//! Ticks as the rules see them: which there are, and when each falls due.
//!
//! Flow: schedule → **`ticks`** → `due` → `claim`.
//! Spans may be long (a schedule of every second, asleep for a year): nothing here walks them tick by tick.

use crate::id::{JobUid, WorkerId};
use crate::job::{Job, SavedJob};
use crate::policy::PlacementMode;
use crate::time::{Span, Timestamp};

/// One millisecond: ticks are that far apart at least.
pub(super) const MILLISECOND: Span = Span::from_millis(1);

/// A schedule as the rules see it: a rising row of instants.
pub trait Ticks {
    /// Returns the first tick after `after`; none when there is no more.
    fn next_after(&self, after: Timestamp) -> Option<Timestamp>;

    /// Returns the last tick in `(after, until]`. Takes some dozens of calls of `next_after`, however long the span.
    fn last_within(&self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let mut last = self.next_after(after).filter(|tick| *tick <= until)?;
        // Invariant: `last` is a tick, and no tick lies in (beyond, until].
        let mut beyond = until.as_millis();
        while last.as_millis() < beyond {
            let middle = last.as_millis() + (beyond - last.as_millis()) / 2;
            match self.next_after(Timestamp::from_millis(middle)) {
                Some(tick) if tick <= until => last = tick,
                _ => match self.next_after(last) {
                    // The next tick lies in (last, middle] or nowhere before `until`.
                    Some(tick) if tick.as_millis() <= middle => {
                        last = tick;
                        beyond = middle;
                    }
                    _ => break,
                },
            }
        }
        Some(last)
    }
}

/// A job as the rules see it: the saved text, its ticks, and for placement `all` the worker whose record this is.
#[derive(Clone, Copy)]
pub struct Spec<'a> {
    /// The saved text.
    pub saved: &'a SavedJob,
    /// Its ticks, compiled from the text.
    pub ticks: &'a dyn Ticks,
    /// For placement `all`: whose record.
    pub worker: Option<&'a WorkerId>,
}

impl<'a> Spec<'a> {
    /// Returns the text.
    pub(super) fn job(&self) -> &'a Job {
        &self.saved.job
    }

    /// Returns true when the record that this is about starts runs at all: for placement `all` only the workers'
    /// records do, else only the job's own.
    pub(super) fn starts_runs(&self) -> bool {
        (self.job().placement.mode == PlacementMode::All) == self.worker.is_some()
    }

    /// Returns true when the job has ticks in this record.
    pub(crate) fn has_ticks(&self) -> bool {
        self.job().enabled && self.starts_runs()
    }

    /// Returns the first tick after `after`.
    pub(super) fn next_tick(&self, after: Timestamp) -> Option<Timestamp> {
        if self.has_ticks() { self.ticks.next_after(after) } else { None }
    }

    /// Returns the last tick in `(after, until]`.
    pub(super) fn last_tick(&self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        if self.has_ticks() { self.ticks.last_within(after, until) } else { None }
    }

    /// Returns the last tick after `after` that has fallen due at `at`.
    pub(super) fn last_due(&self, after: Timestamp, at: Timestamp) -> Option<Timestamp> {
        let last = self.last_tick(after, at)?;
        // Invariant: a tick falls due before the next tick, so at most the last one is not due yet.
        if due(*self, last) <= at { Some(last) } else { self.last_tick(after, last - MILLISECOND) }
    }

    /// Returns the last instant up to `at` such that every tick in `(after, it]` has fallen due at `at`.
    pub(super) fn horizon(&self, after: Timestamp, at: Timestamp) -> Timestamp {
        match self.undue(after, at) {
            Some(tick) => tick - MILLISECOND,
            None => at,
        }
    }

    /// Returns the tick in `(after, at]` that has not fallen due at `at`: its jitter has not passed.
    pub(super) fn undue(&self, after: Timestamp, at: Timestamp) -> Option<Timestamp> {
        self.last_tick(after, at).filter(|tick| due(*self, *tick) > at)
    }
}

/// Returns when a scheduled tick falls due: the tick plus its jitter, which is the same on every worker and never
/// reaches the next tick.
pub fn due(spec: Spec<'_>, tick: Timestamp) -> Timestamp {
    let jitter = spec.job().jitter;
    if jitter == Span::ZERO {
        return tick;
    }
    due_before(&spec.saved.uid, jitter, tick, spec.ticks.next_after(tick))
}

/// Returns when a tick of a job with `jitter` falls due, always before `next`, the tick after it.
pub fn due_before(uid: &JobUid, jitter: Span, tick: Timestamp, next: Option<Timestamp>) -> Timestamp {
    let Some(wanted) = spread(uid.as_str(), tick).checked_rem(jitter.as_millis()) else { return tick };
    let gap = next.map_or(u64::MAX, |next| next.since(tick).as_millis().saturating_sub(1));
    tick + Span::from_millis(wanted.min(gap))
}

/// Returns a number that any worker of any version computes alike: FNV-1a, then mixed so that every bit counts.
fn spread(uid: &str, tick: Timestamp) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in uid.bytes().chain(tick.as_millis().to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
