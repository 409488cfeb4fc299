//! How long ends of runs wait for one another, so that they go to the store together.
//!
//! The first after a while goes at once. While more of them come, a fleet sends so many batches a second in all, however
//! many workers it has: each waits its share. Ends that somebody waits for go at once, and so does a full batch, unless
//! as many claims as may be are on their way: what is due comes before what is over.
//!
//! Flow: `ends` (may these go now?) → **`gather`** → `claim`.
//! Not here: claims, which are due and go at once.

use model::ports::Batch;
use model::time::{BootTime, Span};

/// How long ends of a worker alone are gathered. Of a fleet that makes 50 batches a second, a small part of what a
/// store takes.
const STEP: Span = Span::from_millis(20);
/// The longest that ends are gathered.
const LONGEST: Span = Span::from_seconds(1);

/// When ends were sent last, and until when those that have come since are gathered.
#[derive(Debug, Default)]
pub(super) struct Gather {
    sent_at: Option<BootTime>,
    until: Option<BootTime>,
    urgent: bool,
}

impl Gather {
    /// Returns how long ends are gathered on one of so many workers.
    pub(super) fn window(workers: usize) -> Span {
        Span::from_millis(STEP.as_millis().saturating_mul(workers.max(1) as u64)).min(LONGEST)
    }

    /// Notes that somebody waits for an end that is not sent yet.
    pub(super) fn hurry(&mut self) {
        self.urgent = true;
    }

    /// Forgets until when ends are gathered: it is looked anew.
    pub(super) fn look(&mut self) {
        self.until = None;
    }

    /// Returns whether `ready` ends may go now, when ends are gathered for `window`, and for longer in a herd of claims.
    pub(super) fn may_send(&mut self, ready: usize, window: Span, herd: bool, now: BootTime) -> bool {
        let window = if herd { LONGEST } else { window };
        let over = self.sent_at.map_or(now, |sent| sent + window);
        let full = ready >= Batch::SWAPS_MAX && !herd;
        let may = ready > 0 && (full || self.urgent || now >= over);
        self.until = (ready > 0 && !may).then_some(over);
        may
    }

    /// Notes that ends were sent.
    pub(super) fn sent(&mut self, now: BootTime) {
        self.sent_at = Some(now);
        self.urgent = false;
    }

    /// Returns until when ends are gathered; none while none wait.
    pub(super) fn until(&self) -> Option<BootTime> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> BootTime {
        BootTime::from_millis(ms)
    }

    /// Caught: ends that are sent one by one while they come, and a first one that waits.
    #[test]
    fn the_first_goes_at_once_and_those_after_it_together() {
        let (mut gather, window) = (Gather::default(), Gather::window(4));
        assert_eq!(window, Span::from_millis(80));
        assert!(gather.may_send(1, window, false, at(1_000)));
        gather.sent(at(1_000));
        assert!(
            !gather.may_send(1, window, false, at(1_001)) && !gather.may_send(119, window, false, at(1_079))
        );
        assert_eq!(gather.until(), Some(at(1_080)));
        assert!(gather.may_send(2, window, false, at(1_080)));
        gather.sent(at(1_080));
        assert!(!gather.may_send(0, window, false, at(9_000)), "nothing to send");
        assert_eq!(gather.until(), None, "and nothing to wake for");
        assert!(gather.may_send(1, window, false, at(9_000)), "after a while the first goes at once again");
    }

    #[test]
    fn a_full_batch_and_what_somebody_waits_for_go_at_once() {
        let (mut gather, window) = (Gather::default(), Gather::window(32));
        gather.sent(at(1_000));
        assert!(gather.may_send(Batch::SWAPS_MAX, window, false, at(1_001)));
        gather.sent(at(1_001));
        gather.hurry();
        assert!(gather.may_send(1, window, false, at(1_002)));
        gather.sent(at(1_002));
        assert!(!gather.may_send(1, window, false, at(1_003)), "the hurry went with what was sent");
    }

    /// Caught: full batches of ends that go between the claims of a herd, and ends that wait for as long as it lasts.
    #[test]
    fn in_a_herd_of_claims_ends_wait_a_second_unless_somebody_waits_for_them() {
        let (mut gather, window) = (Gather::default(), Gather::window(1));
        assert!(gather.may_send(1, window, true, at(1_000)));
        gather.sent(at(1_000));
        assert!(!gather.may_send(9 * Batch::SWAPS_MAX, window, true, at(1_999)));
        assert_eq!(gather.until(), Some(at(2_000)));
        assert!(gather.may_send(1, window, true, at(2_000)));
        gather.sent(at(2_000));
        assert!(gather.may_send(Batch::SWAPS_MAX, window, false, at(2_001)), "the herd is claimed");
        gather.hurry();
        assert!(gather.may_send(1, window, true, at(2_002)));
    }

    #[test]
    fn the_more_workers_the_longer_but_never_more_than_a_second() {
        assert_eq!(Gather::window(0), Gather::window(1));
        assert_eq!(Gather::window(32), Span::from_millis(640));
        assert_eq!(Gather::window(10_000), Span::from_seconds(1));
    }
}
