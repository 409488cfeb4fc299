//! When to look for output again: soon after a run began or was seen to print, ever later while nothing comes.
//!
//! Who prints as fast as the store takes it would otherwise wait for the next look with the store idle, and a short
//! run's first line with it.

use model::time::{BootTime, Span};

/// The shortest time between two looks.
const SHORTEST: Span = Span::from_millis(10);
/// So many runs make it a millisecond longer: to look at one costs some microseconds, so a worker of thousands that print
/// spends a tenth of a processor at most.
const RUNS_PER_MS: usize = 20;

/// The time between two looks at the runs that go on.
#[derive(Debug)]
pub(super) struct Pace {
    longest: Span,
    pause: Span,
    next: BootTime,
}

impl Pace {
    /// Returns a pace with `longest` between two looks at most.
    pub(super) fn new(longest: Span) -> Self {
        Self { longest, pause: longest, next: BootTime::from_millis(0) }
    }

    /// Returns when to look next.
    pub(super) fn next(&self) -> BootTime {
        self.next
    }

    /// Notes that a run began, one of `runs`: it may print at once.
    pub(super) fn began(&mut self, now: BootTime, runs: usize) {
        self.pause = self.shortest(runs);
        self.next = self.next.min(now + self.pause);
    }

    /// Notes that a look at `runs` is over, and whether any of them had printed.
    pub(super) fn looked(&mut self, now: BootTime, found: bool, runs: usize) {
        let doubled = Span::from_millis(self.pause.as_millis().saturating_mul(2));
        self.pause = if found { self.shortest(runs) } else { doubled.min(self.longest) };
        self.next = now + self.pause;
    }

    fn shortest(&self, runs: usize) -> Span {
        let longer = u64::try_from(runs / RUNS_PER_MS).unwrap_or(u64::MAX);
        Span::from_millis(SHORTEST.as_millis().saturating_add(longer)).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLL: Span = Span::from_millis(100);

    fn at(ms: u64) -> BootTime {
        BootTime::from_millis(ms)
    }

    #[test]
    fn looks_come_soon_after_output_and_ever_later_without() {
        let mut pace = Pace::new(POLL);
        pace.looked(at(1_000), false, 1);
        assert_eq!(pace.next(), at(1_100), "nothing came: the poll");
        pace.began(at(1_001), 1);
        assert_eq!(pace.next(), at(1_011), "a run began");
        pace.began(at(1_005), 1);
        assert_eq!(pace.next(), at(1_011), "another puts nothing off");
        for (found, pause) in
            [(false, 20), (false, 40), (true, 10), (false, 20), (false, 40), (false, 80), (false, 100)]
        {
            pace.looked(at(2_000), found, 1);
            assert_eq!(pace.next(), at(2_000 + pause), "found: {found}");
        }
    }

    #[test]
    fn looks_at_many_runs_leave_time_for_other_things() {
        let mut pace = Pace::new(POLL);
        for (runs, pause) in [(20, 11), (1_000, 60), (5_000, 100)] {
            pace.looked(at(0), true, runs);
            assert_eq!(pace.next(), at(pause), "{runs} runs");
        }
    }
}
