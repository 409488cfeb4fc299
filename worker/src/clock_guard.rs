//! Notices a wall clock that was set: ticks would be claimed too early, or long after they fell due.
//!
//! Compares how far the wall clock and the boot-time clock went since the last heartbeat. Not here: comparing with
//! other machines' clocks.

use model::ports::Clock;

/// How far the wall clock may move against the boot-time clock between two heartbeats.
const DRIFT_MAX_MS: u64 = 500;

/// Watches the wall clock from heartbeat to heartbeat.
#[derive(Debug)]
pub(crate) struct ClockGuard {
    /// Wall minus boot time at the last comparison, in milliseconds.
    offset_ms: i128,
}

/// What a comparison showed: by how many milliseconds the wall clock was set, if it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    /// The clocks went alike.
    Stable,
    /// The wall clock was moved by so many milliseconds.
    Moved(i128),
}

impl ClockGuard {
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        Self { offset_ms: offset_ms(clock) }
    }

    /// Compares the clocks with the last comparison, which this one becomes.
    pub(crate) fn compare(&mut self, clock: &dyn Clock) -> Compared {
        let offset_ms = offset_ms(clock);
        let moved = offset_ms - self.offset_ms;
        self.offset_ms = offset_ms;
        if moved.unsigned_abs() > u128::from(DRIFT_MAX_MS) {
            Compared::Moved(moved)
        } else {
            Compared::Stable
        }
    }
}

fn offset_ms(clock: &dyn Clock) -> i128 {
    i128::from(clock.now().as_millis()) - i128::from(clock.boot_time().as_millis())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use model::time::{BootTime, Timestamp};

    use super::*;

    struct Hands(Mutex<(i64, u64)>);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.lock().unwrap().0)
        }
        fn boot_time(&self) -> BootTime {
            BootTime::from_millis(self.0.lock().unwrap().1)
        }
    }

    #[test]
    fn a_clock_that_was_set_is_noticed_once() {
        let hands = Hands(Mutex::new((1_000_000, 0)));
        let mut guard = ClockGuard::new(&hands);
        let mut step = |wall, boot| {
            {
                let mut hands = hands.0.lock().unwrap();
                hands.0 += wall;
                hands.1 += boot;
            }
            guard.compare(&hands)
        };
        assert_eq!(step(3_000, 3_000), Compared::Stable);
        assert_eq!(step(3_400, 3_000), Compared::Stable);
        assert_eq!(step(3_501, 3_000), Compared::Moved(501));
        assert_eq!(step(3_000, 3_000), Compared::Stable);
        assert_eq!(step(-86_400_000, 3_000), Compared::Moved(-86_403_000));
        assert_eq!(step(3_000, 3_000), Compared::Stable);
    }
}
