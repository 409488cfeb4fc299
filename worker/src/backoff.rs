//! How long to leave a store alone that did not do what it was asked.

use model::time::{BootTime, Span};

/// The first wait.
const FIRST_MS: u64 = 100;
/// The longest wait: a store that is back is noticed within this.
const LONGEST_MS: u64 = 5_000;

/// Doubles with each failure in a row; jitter keeps workers from coming back together.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    until: Option<BootTime>,
}

impl Backoff {
    /// Notes a failure; returns how long to wait.
    pub(crate) fn failed(&mut self, now: BootTime) -> Span {
        let longest = (FIRST_MS << self.failures.min(16)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        let wait = Span::from_millis(longest / 2 + rand::random_range(0..=longest / 2));
        self.until = Some(now + wait);
        wait
    }

    /// Notes a success.
    pub(crate) fn worked(&mut self) {
        *self = Self::default();
    }

    /// Returns until when to wait; none when there is no need to.
    pub(crate) fn until(&self, now: BootTime) -> Option<BootTime> {
        self.until.filter(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_end_with_a_success() {
        let mut backoff = Backoff::default();
        let now = BootTime::from_millis(1_000);
        for longest in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
            let wait = backoff.failed(now).as_millis();
            assert!((longest / 2..=longest).contains(&wait), "{wait} of {longest}");
        }
        assert!(backoff.until(now).is_some());
        assert_eq!(backoff.until(now + Span::from_seconds(5)), None);
        backoff.worked();
        assert_eq!(backoff.until(now), None);
    }
}
