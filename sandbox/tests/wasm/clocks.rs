//! The clocks of this machine, for the tests and for the process that they start.

use std::time::Duration;

use model::ports::Clock;
use model::time::{BootTime, Timestamp};

/// The clocks of this machine.
pub(crate) struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
    }

    fn boot_time(&self) -> BootTime {
        let now = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME).unwrap();
        BootTime::from_millis(u64::try_from(Duration::from(now).as_millis()).unwrap())
    }
}
