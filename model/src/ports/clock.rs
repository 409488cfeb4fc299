//! The two clocks of a machine.

use crate::time::{BootTime, Timestamp};

/// The two clocks of a machine. Everything that asks for the time takes one, so that tests own it.
pub trait Clock: Send + Sync + 'static {
    /// Returns the wall clock, which people and other machines may set.
    fn now(&self) -> Timestamp;

    /// Returns the boot-time clock, which nobody sets and which goes on while the machine sleeps.
    fn boot_time(&self) -> BootTime;
}
