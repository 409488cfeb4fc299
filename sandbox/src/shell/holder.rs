//! What holds the processes of one run together: its control group, or what marks them where there is none.

use std::collections::HashSet;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::process::Identity;
use super::strays::Strays;
use crate::cgroup::{Counters, Stay};

/// Most time that a run is given to die when its thread has panicked.
const KILL_WITHIN: Duration = Duration::from_secs(10);

/// What holds a run's processes.
#[derive(Debug)]
pub(super) enum Holder {
    /// A control group of its own for as long as it lasts: nothing escapes.
    Group(Box<Stay>),
    /// Descent from its shim, or marks that a daemon can lose.
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

    /// Returns true when nobody lives for sure, and looking for who does can be spared. `dropped` says that the run is a
    /// user who may not change its groups.
    pub(super) fn nobody_lives(&self, dropped: bool) -> bool {
        match self {
            Self::Group(stay) => dropped && stay.nobody_lives(),
            Self::Strays(_) => false,
        }
    }

    /// Asks each to end that is not among the `asked` yet: one that was forked meanwhile has not heard of it. What is
    /// stopped is woken, so that it can.
    pub(super) fn terminate(&self, asked: &mut HashSet<Identity>) {
        let members = self.members().into_iter().filter_map(Identity::of);
        for member in members.filter(|member| asked.insert(*member)) {
            for signal in [Signal::SIGTERM, Signal::SIGCONT] {
                // Gone in between: that is what was wanted.
                let _ = kill(Pid::from_raw(member.pid), signal);
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
