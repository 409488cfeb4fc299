//! Notices a wall clock that was set, and a machine that slept.
//!
//! A clock set forward would start ticks too early, one set back brings instants a second time; after either, nothing is
//! claimed until it has stood still for a while. A machine that slept needs no such pause: its wall clock went on
//! meanwhile, and its ticks are late. Both are told, since they explain what ran late or not at all.
//!
//! Flow: `registration` (each heartbeat), `scheduler` (each event) → **`clock_guard`**.
//! Not here: comparing with other machines' clocks, and what becomes of late ticks (the rules of `model::state`).

use std::time::Duration;

use model::ports::Clock;
use model::time::{BootTime, Span, Timestamp};
use model::worker::{ClockChange, ClockEvent};

/// How far the wall clock may move against the boot-time clock between two comparisons.
const DRIFT_MAX_MS: u128 = 500;
/// How long a wall clock that was set must stand still before it is trusted again.
pub(crate) const SETTLE: Span = Span::from_seconds(3);
/// The shortest sleep of a machine that is told.
const SLEEP_MIN_MS: i128 = 2_000;

/// Wall minus boot time: stands still but for drift, until somebody sets the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offset(i128);

impl Offset {
    pub(crate) fn of(wall: Timestamp, boot: BootTime) -> Self {
        Self(i128::from(wall.as_millis()) - i128::from(boot.as_millis()))
    }

    /// Returns what the wall clock shows at a boot time.
    pub(crate) fn wall_at(self, boot: BootTime) -> Timestamp {
        let millis = self.0 + i128::from(boot.as_millis());
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(if millis < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Returns by how many milliseconds the wall clock was set since `before`; none within its drift.
    pub(crate) fn moved_since(self, before: Self) -> Option<i64> {
        let moved = self.0 - before.0;
        (moved.unsigned_abs() > DRIFT_MAX_MS).then(|| moved.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }
}

/// An instant on all clocks of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    wall: Timestamp,
    boot: BootTime,
    /// On a clock that stops while the machine sleeps; since any instant.
    awake: Duration,
}

impl Reading {
    pub(crate) fn of(clock: &dyn Clock, awake: Duration) -> Self {
        Self { wall: clock.now(), boot: clock.boot_time(), awake }
    }

    fn offset(&self) -> Offset {
        Offset::of(self.wall, self.boot)
    }

    /// Returns how long the machine has slept, plus a constant.
    fn slept_ms(&self) -> i128 {
        i128::from(self.boot.as_millis()) - self.awake.as_millis().cast_signed()
    }
}

/// Watches the clocks from comparison to comparison.
#[derive(Debug)]
pub(crate) struct ClockGuard {
    last: Reading,
    /// When the wall clock was last seen to have been set.
    moved_at: Option<BootTime>,
}

impl ClockGuard {
    pub(crate) fn new(now: Reading) -> Self {
        Self { last: now, moved_at: None }
    }

    /// Compares the clocks with the last comparison, which this one becomes. Returns what happened to them.
    pub(crate) fn compare(&mut self, now: Reading) -> Option<ClockEvent> {
        let before = std::mem::replace(&mut self.last, now);
        if let Some(ms) = now.offset().moved_since(before.offset()) {
            self.moved_at = Some(now.boot);
            let change = if ms > 0 { ClockChange::SetForward } else { ClockChange::SetBack };
            return Some(ClockEvent { change, by: Span::from_millis(ms.unsigned_abs()), at: now.wall });
        }
        let slept = now.slept_ms() - before.slept_ms();
        (slept > SLEEP_MIN_MS).then(|| ClockEvent {
            change: ClockChange::Slept,
            by: Span::from_millis(u64::try_from(slept).unwrap_or(u64::MAX)),
            at: now.wall,
        })
    }

    /// Returns wall minus boot time as last compared.
    pub(crate) fn offset(&self) -> Offset {
        self.last.offset()
    }

    /// Returns true unless the wall clock was set a moment ago.
    pub(crate) fn is_settled(&self) -> bool {
        self.moved_at.is_none_or(|at| self.last.boot.since(at) >= SETTLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clocks that went on by so many milliseconds each.
    struct Hands(Reading);

    impl Hands {
        fn new() -> Self {
            let (wall, boot) = (Timestamp::from_seconds(1_767_225_600), BootTime::from_millis(5_000_000));
            Self(Reading { wall, boot, awake: Duration::from_secs(1) })
        }

        fn go(&mut self, wall: i64, boot: u64, awake: u64) -> Reading {
            self.0.wall = Timestamp::from_millis(self.0.wall.as_millis() + wall);
            self.0.boot = self.0.boot + Span::from_millis(boot);
            self.0.awake += Duration::from_millis(awake);
            self.0
        }
    }

    #[test]
    fn a_clock_that_was_set_is_noticed_once_and_trusted_when_it_stood_still() {
        let mut hands = Hands::new();
        let mut guard = ClockGuard::new(hands.0);
        let mut step = |wall, boot| {
            let event = guard.compare(hands.go(wall, boot, boot));
            (event.map(|event| (event.change, event.by.as_millis())), guard.is_settled())
        };
        assert_eq!(step(3_000, 3_000), (None, true));
        assert_eq!(step(3_400, 3_000), (None, true), "slow corrections are no step");
        assert_eq!(step(3_501, 3_000), (Some((ClockChange::SetForward, 501)), false));
        assert_eq!(step(10, 10), (None, false), "however often it is asked");
        assert_eq!(step(2_000, 2_000), (None, false));
        assert_eq!(step(1_000, 1_000), (None, true));
        assert_eq!(step(-86_400_000, 3_000), (Some((ClockChange::SetBack, 86_403_000)), false));
        assert_eq!(step(3_000, 3_000), (None, true));
    }

    #[test]
    fn a_machine_that_slept_is_told_and_trusted() {
        let mut hands = Hands::new();
        let mut guard = ClockGuard::new(hands.0);
        let event = guard.compare(hands.go(10_803_000, 10_803_000, 3_000)).unwrap();
        assert_eq!((event.change, event.by), (ClockChange::Slept, Span::from_seconds(10_800)));
        assert!(guard.is_settled());
        assert_eq!(guard.compare(hands.go(3_000, 3_000, 3_000)), None);
    }
}
