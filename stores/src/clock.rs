//! The machine's own two clocks: the one place that asks the system for the time.

use std::time::UNIX_EPOCH;

use model::ports::Clock;
use model::time::{BootTime, Timestamp};
use nix::time::{ClockId, clock_gettime};

/// The machine's own clocks: `CLOCK_REALTIME` and `CLOCK_BOOTTIME`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else takes")]
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
        match since {
            Ok(after) => Timestamp::from_millis(i64::try_from(after.as_millis()).unwrap_or(i64::MAX)),
            Err(before) => {
                let millis = i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX);
                Timestamp::from_millis(-millis)
            }
        }
    }

    fn boot_time(&self) -> BootTime {
        let at =
            clock_gettime(ClockId::CLOCK_BOOTTIME).expect("linux has had a boot-time clock since 2.6.39");
        let millis = at.tv_sec() * 1_000 + at.tv_nsec() / 1_000_000;
        BootTime::from_millis(u64::try_from(millis).expect("the boot-time clock starts at zero"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_go_forward() {
        let clock = SystemClock;
        let (wall, boot) = (clock.now(), clock.boot_time());
        assert!(wall > Timestamp::from_seconds(1_700_000_000), "{wall}");
        assert!(clock.now() >= wall);
        assert!(clock.boot_time() >= boot && boot.as_millis() > 0);
    }
}
