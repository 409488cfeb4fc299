//! The machine's own clocks.

use model::ports::Clock;
use model::time::{BootTime, Timestamp};
use nix::time::{ClockId, clock_gettime};

/// The machine's own clocks.
pub(crate) struct Clocks;

fn millis(clock: ClockId) -> i64 {
    let time = clock_gettime(clock).expect("linux has both clocks");
    time.tv_sec() * 1_000 + time.tv_nsec() / 1_000_000
}

impl Clock for Clocks {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(millis(ClockId::CLOCK_REALTIME))
    }
    fn boot_time(&self) -> BootTime {
        BootTime::from_millis(u64::try_from(millis(ClockId::CLOCK_BOOTTIME)).expect("it starts at zero"))
    }
}
