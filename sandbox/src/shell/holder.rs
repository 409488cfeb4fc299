//! What holds the processes of one run together: its control group, or what marks them where there is none.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::strays::Strays;
use crate::cgroup::{Counters, Stay};

/// Most time that a run is given to die when its thread has panicked.
const KILL_WITHIN: Duration = Duration::from_secs(10);

/// What holds a run's processes.
#[derive(Debug)]
pub(super) enum Holder {
    /// A control group of its own for as long as it lasts: nothing escapes.
    Group(Box<Stay>),
    /// Process group, session and environment: best effort.
    Strays(Strays),
}

impl Holder {
    /// Returns the processes that live.
    pub(super) fn members(&self) -> Vec<i32> {
        match self {
            Self::Group(stay) => stay.members(),
            Self::Strays(strays) => strays.members(),
        }
    }

    /// Asks all to end. What is stopped is woken, so that it can.
    pub(super) fn terminate(&self) {
        for signal in [Signal::SIGTERM, Signal::SIGCONT] {
            match self {
                Self::Group(stay) => stay.signal(signal),
                Self::Strays(strays) => strays.signal(signal),
            }
        }
    }

    /// Kills all. Returns true when none lives any more.
    pub(super) fn kill(&self, within: Duration) -> bool {
        match self {
            Self::Group(stay) => stay.kill(within),
            Self::Strays(strays) => strays.kill(within),
        }
    }

    /// Returns what the kernel counted; nothing without a group.
    pub(super) fn counters(&self) -> Counters {
        match self {
            Self::Group(stay) => stay.counters(),
            Self::Strays(_) => Counters::default(),
        }
    }
}

impl Drop for Holder {
    /// Nobody looks after the run any more when its thread panics: it must not go on unheld.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.kill(KILL_WITHIN);
        }
    }
}
