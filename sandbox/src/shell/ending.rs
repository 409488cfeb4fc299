//! Decides when a run is asked to end, when it is killed, and when it is over. Pure: no process, no clock.
//!
//! TERM to all, grace, KILL of all. A script that ended by itself leaves nothing behind, or is waited for until
//! the timeout, as the job says.
//!
//! Flow: `supervise` looks → **`Ending::on`** → `supervise` acts and looks again.

use model::outcome::Stop;
use model::time::{BootTime, Span};
use model::workload::Leftovers;

/// What is known of a run at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// The boot-time clock.
    pub(super) now: BootTime,
    /// The main process has ended.
    pub(super) main_ended: bool,
    /// Other processes of the run live. Looked at only when the main process has ended.
    pub(super) others: bool,
    /// Somebody asked for the run's end.
    pub(super) stop: Option<Stop>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing before this instant, unless something happens.
    WaitUntil(BootTime),
    /// Send TERM to all, then look again.
    Terminate,
    /// Kill all. `escalated` when they had been asked and did not go.
    Kill { escalated: bool },
    /// It is over and nothing of it lives.
    Over,
}

/// How one run comes to its end.
#[derive(Debug)]
pub(super) struct Ending {
    timeout_at: BootTime,
    grace: Span,
    leftovers: Leftovers,
    asked: Option<(Stop, BootTime)>,
}

impl Ending {
    /// Returns the ending of a run that is started now.
    pub(super) fn new(started: BootTime, timeout: Span, grace: Span, leftovers: Leftovers) -> Self {
        Self { timeout_at: started + timeout, grace, leftovers, asked: None }
    }

    /// Returns why the run was asked to end, if it was. The first reason stays.
    pub(super) fn stopped(&self) -> Option<Stop> {
        self.asked.map(|(why, _)| why)
    }

    /// Decides by what is known.
    pub(super) fn on(&mut self, view: View) -> Next {
        if view.main_ended && !view.others {
            return Next::Over;
        }
        if let Some((_, kill_at)) = self.asked {
            return if view.now >= kill_at {
                Next::Kill { escalated: true }
            } else {
                Next::WaitUntil(kill_at)
            };
        }
        let timed_out = (view.now >= self.timeout_at).then_some(Stop::Timeout);
        if let Some(why) = view.stop.or(timed_out) {
            self.asked = Some((why, view.now + self.grace));
            return Next::Terminate;
        }
        if view.main_ended && self.leftovers == Leftovers::Kill {
            return Next::Kill { escalated: false };
        }
        Next::WaitUntil(self.timeout_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> View {
        View { now: BootTime::from_millis(millis), main_ended: false, others: false, stop: None }
    }

    fn ending(leftovers: Leftovers) -> Ending {
        let start = BootTime::from_millis(1_000);
        Ending::new(start, Span::from_millis(500), Span::from_millis(100), leftovers)
    }

    #[test]
    fn a_timeout_is_term_then_grace_then_kill() {
        let mut ending = ending(Leftovers::Kill);
        assert_eq!(ending.on(at(1_000)), Next::WaitUntil(BootTime::from_millis(1_500)));
        assert_eq!(ending.on(at(1_500)), Next::Terminate);
        assert_eq!(ending.on(at(1_550)), Next::WaitUntil(BootTime::from_millis(1_600)));
        assert_eq!(ending.on(at(1_600)), Next::Kill { escalated: true });
        assert_eq!(ending.stopped(), Some(Stop::Timeout));
    }

    #[test]
    fn who_goes_within_its_grace_is_over() {
        let mut ending = ending(Leftovers::Kill);
        ending.on(at(1_500));
        assert_eq!(ending.on(View { main_ended: true, ..at(1_510) }), Next::Over);
    }

    #[test]
    fn members_that_ignore_term_have_the_grace_of_their_main_process() {
        let mut ending = ending(Leftovers::Kill);
        ending.on(at(1_500));
        let left = |t| View { main_ended: true, others: true, ..at(t) };
        assert_eq!(ending.on(left(1_510)), Next::WaitUntil(BootTime::from_millis(1_600)));
        assert_eq!(ending.on(left(1_600)), Next::Kill { escalated: true });
    }

    #[test]
    fn leftovers_are_killed_at_once_or_waited_for_until_the_timeout() {
        let left = |t| View { main_ended: true, others: true, ..at(t) };
        assert_eq!(ending(Leftovers::Kill).on(left(1_100)), Next::Kill { escalated: false });
        let mut waits = ending(Leftovers::Wait);
        assert_eq!(waits.on(left(1_100)), Next::WaitUntil(BootTime::from_millis(1_500)));
        assert_eq!(waits.on(left(1_500)), Next::Terminate);
    }

    #[test]
    fn the_first_reason_stays_and_an_end_of_its_own_has_none() {
        let mut ending = ending(Leftovers::Kill);
        assert_eq!(ending.on(View { stop: Some(Stop::Killed), ..at(1_100) }), Next::Terminate);
        ending.on(View { stop: Some(Stop::Replaced), ..at(1_150) });
        assert_eq!(ending.stopped(), Some(Stop::Killed));
        let mut late = self::ending(Leftovers::Kill);
        assert_eq!(late.on(View { main_ended: true, stop: Some(Stop::Killed), ..at(1_600) }), Next::Over);
        assert_eq!(late.stopped(), None);
    }
}
