//! How a worker ends: hand over (SIGTERM), drain (SIGINT), and at once (a second signal).
//!
//! Hand-over leaves runs that outlive this process to the next one and gives the others `drain_timeout`; drain gives
//! all of them the time they need. What is left then is stopped (TERM, grace, KILL) and completed. Decided here, carried out by the `scheduler`; releasing the registration and
//! the last flush are the `service`'s.

use std::sync::Arc;

use model::time::{BootTime, Span};
use tokio::sync::watch;

/// How long stopped runs are waited for besides their grace: for their last output, and for the store.
const STOP_MARGIN: Span = Span::from_seconds(5);
/// How long stopped runs are waited for when somebody wants the process gone at once.
const NOW_WAIT: Span = Span::from_seconds(10);

/// Where a worker stands between its start and its end. Only ever moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It works.
    Run,
    /// It takes nothing new and waits for its runs, however long they last.
    Drain,
    /// It takes nothing new and ends soon; a later process of this worker goes on, with the runs that outlive this one.
    HandOver,
    /// It stops what it has and ends.
    Now,
}

/// Ends a worker, phase by phase. Cheap to clone; every clone is the same handle.
#[derive(Debug, Clone)]
pub struct Shutdown(Arc<watch::Sender<Phase>>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Phase::Run)))
    }
}

impl Shutdown {
    /// Returns a handle of a worker that works.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a hand-over, as SIGTERM does; after any earlier request, for the end at once.
    pub fn hand_over(&self) {
        self.ask(Phase::HandOver);
    }

    /// Asks for a drain, as SIGINT does; after any earlier request, for the end at once.
    pub fn drain(&self) {
        self.ask(Phase::Drain);
    }

    /// Asks for the end at once.
    pub fn now(&self) {
        self.ask(Phase::Now);
    }

    /// Returns where the worker stands.
    pub fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Returns once the worker is told to end, however; cancel-safe.
    pub async fn asked(&self) {
        // Its sender lives in the handle that we hold.
        drop(self.subscribe().wait_for(|phase| *phase != Phase::Run).await);
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Phase> {
        self.0.subscribe()
    }

    fn ask(&self, wanted: Phase) {
        self.0.send_modify(|phase| *phase = if *phase == Phase::Run { wanted } else { Phase::Now });
    }
}

/// What is to be done about the runs of a worker that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing yet; look again at this instant.
    WaitUntil(BootTime),
    /// Stop all of them, once.
    StopAll,
    /// The worker's part is over.
    Leave,
}

/// The end of a worker under way.
#[derive(Debug)]
pub(crate) struct Drain {
    drain_timeout: Span,
    grace_max: Span,
    phase: Phase,
    phase_since: BootTime,
    stopped_at: Option<BootTime>,
}

impl Drain {
    pub(crate) fn new(drain_timeout: Span) -> Self {
        Self {
            drain_timeout,
            grace_max: Span::ZERO,
            phase: Phase::Run,
            phase_since: BootTime::from_millis(0),
            stopped_at: None,
        }
    }

    /// Notes the phase asked for.
    pub(crate) fn enter(&mut self, phase: Phase, now: BootTime) {
        if phase > self.phase {
            (self.phase, self.phase_since) = (phase, now);
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// Returns whether runs that outlive this process are left as they are.
    pub(crate) fn leaves_runs(&self) -> bool {
        self.phase == Phase::HandOver
    }

    /// Returns what to do with `runs` unsettled runs that are waited for, of which the longest grace is `grace_max`.
    pub(crate) fn step(&mut self, runs: usize, grace_max: Span, now: BootTime) -> Step {
        self.grace_max = self.grace_max.max(grace_max);
        if runs == 0 {
            return if self.phase == Phase::Run { Step::WaitUntil(BootTime::NEVER) } else { Step::Leave };
        }
        let stop_at = match self.phase {
            Phase::Run | Phase::Drain => BootTime::NEVER,
            Phase::HandOver => self.phase_since + self.drain_timeout,
            Phase::Now => self.phase_since,
        };
        match self.stopped_at {
            None if now >= stop_at => {
                self.stopped_at = Some(now);
                Step::StopAll
            }
            None => Step::WaitUntil(stop_at),
            Some(stopped_at) => {
                let patience = match self.phase {
                    Phase::Now => self.phase_since + NOW_WAIT,
                    _ => stopped_at + self.grace_max.plus(STOP_MARGIN),
                };
                if now >= patience { Step::Leave } else { Step::WaitUntil(patience) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> BootTime {
        BootTime::from_millis(seconds * 1000)
    }

    const GRACE: Span = Span::from_seconds(5);

    #[test]
    fn a_second_request_means_at_once() {
        let shutdown = Shutdown::new();
        shutdown.drain();
        assert_eq!(shutdown.phase(), Phase::Drain);
        shutdown.hand_over();
        assert_eq!(shutdown.phase(), Phase::Now);
    }

    #[test]
    fn a_hand_over_waits_then_stops_then_leaves() {
        let mut drain = Drain::new(Span::from_seconds(30));
        assert_eq!(drain.step(2, GRACE, at(99)), Step::WaitUntil(BootTime::NEVER));
        drain.enter(Phase::HandOver, at(100));
        assert_eq!(drain.step(2, GRACE, at(100)), Step::WaitUntil(at(130)));
        assert_eq!(drain.step(1, GRACE, at(130)), Step::StopAll);
        assert_eq!(drain.step(1, GRACE, at(130)), Step::WaitUntil(at(140)));
        assert_eq!(drain.step(1, GRACE, at(140)), Step::Leave);
    }

    #[test]
    fn a_drain_waits_for_as_long_as_runs_last() {
        let mut drain = Drain::new(Span::from_seconds(30));
        drain.enter(Phase::Drain, at(100));
        assert_eq!(drain.step(1, GRACE, at(90_000)), Step::WaitUntil(BootTime::NEVER));
        assert_eq!(drain.step(0, GRACE, at(90_001)), Step::Leave);
    }

    #[test]
    fn at_once_stops_all_and_waits_no_longer_than_it_must() {
        let mut drain = Drain::new(Span::from_seconds(30));
        drain.enter(Phase::Drain, at(100));
        drain.enter(Phase::Now, at(200));
        assert_eq!(drain.step(1, GRACE, at(200)), Step::StopAll);
        assert_eq!(drain.step(1, GRACE, at(209)), Step::WaitUntil(at(210)));
        assert_eq!(drain.step(1, GRACE, at(210)), Step::Leave);
    }

    #[test]
    fn an_idle_worker_leaves_at_once() {
        let mut drain = Drain::new(Span::from_seconds(30));
        drain.enter(Phase::HandOver, at(1));
        assert_eq!(drain.step(0, GRACE, at(1)), Step::Leave);
    }
}
