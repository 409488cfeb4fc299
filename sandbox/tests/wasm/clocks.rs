//! The clocks of this machine, for the tests and for the process that they start.

use std::time::Duration;

use model::ports::Clock;
use model::time::{BootTime, Timestamp};

/// The clocks of this machine.
pub(crate) struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let since =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
        Timestamp::from_millis(i64::try_from(since.as_millis()).expect("the time fits"))
    }

    fn boot_time(&self) -> BootTime {
        let now = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME).expect("Linux has this clock");
        BootTime::from_millis(u64::try_from(Duration::from(now).as_millis()).expect("the time fits"))
    }
}
