//! A run's processes where no control group holds them.
//!
//! Where a shim looks after the run, by descent: nothing that the run starts leaves it (`descent`). Where nobody takes
//! in orphans (a thread of the worker does not, and a shim may have been killed), by marks: process group, session and
//! `SANDGLASS_RUN=<id>` in the environment that a process was started with. A daemon that changes all three escapes;
//! that is why such a run is said to be held by best effort.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use model::id::RunId;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::descent;
use super::process::Stat;

/// Looks for processes that were forked while the others were stopped, before all are killed come what may.
const STOP_LOOKS_MAX: u32 = 64;
/// Pause between two looks for what does not die at once.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// How a run's processes are known.
#[derive(Debug, Clone)]
pub(super) enum Strays {
    /// By descent.
    Descended {
        /// From whom: the shim; or the run's main process and the first one of its namespace.
        from: Vec<i32>,
        /// Those among them that are not the run's.
        apart: Vec<i32>,
    },
    /// By marks.
    Marked(Marks),
}

/// What marks a process as a run's.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    /// The main process: session and process group have its number. `None` when it is not known any more.
    leader: Option<i32>,
    /// The mark in the environment, with its final NUL.
    mark: Vec<u8>,
}

impl Strays {
    /// Returns the strays of `run`, whose main process is or was `leader`.
    pub(super) fn marked(run: &RunId, leader: Option<i32>) -> Self {
        Self::Marked(Marks { leader, mark: format!("SANDGLASS_RUN={run}\0").into_bytes() })
    }

    /// Returns what descends from a shim.
    pub(super) fn below_shim(shim: i32, init: Option<i32>) -> Self {
        let apart = [shim].into_iter().chain(init).collect();
        Self::Descended { from: vec![shim], apart }
    }

    /// Returns what lives in the namespace of `init`, a run's main process and all that it orphaned.
    pub(super) fn in_namespace(main: i32, init: i32) -> Self {
        Self::Descended { from: vec![main, init], apart: vec![init] }
    }

    /// Returns the processes that live.
    pub(super) fn members(&self) -> Vec<i32> {
        let found = self.look();
        // One look may miss who was forked during it.
        if found.is_empty() { self.look() } else { found }
    }

    fn look(&self) -> Vec<i32> {
        match self {
            Self::Descended { from, apart } => {
                let mut found = descent::of(from);
                found.retain(|pid| !apart.contains(pid));
                found
            }
            Self::Marked(marks) => marks.look(),
        }
    }

    /// Kills until nothing is found any more. Returns true when that is so.
    ///
    /// All are stopped before the first is killed: who is stopped forks no more and keeps its place under whatever
    /// bounds the number of processes, so that a fork bomb cannot refill what was killed.
    pub(super) fn kill(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        let mut stopped = HashSet::new();
        let mut looks = 0;
        loop {
            let members = self.members();
            if members.is_empty() {
                return true;
            }
            looks += 1;
            let fresh = members.iter().filter(|pid| stopped.insert(**pid)).count();
            if fresh > 0 && looks <= STOP_LOOKS_MAX && Instant::now() < deadline {
                signal(&members, Signal::SIGSTOP);
                continue;
            }
            signal(&members, Signal::SIGKILL);
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(LOOK_AGAIN);
        }
    }
}

fn signal(pids: &[i32], signal: Signal) {
    for pid in pids {
        // Gone in between: that is what was wanted.
        let _ = kill(Pid::from_raw(*pid), signal);
    }
}

impl Marks {
    fn look(&self) -> Vec<i32> {
        let me = std::process::id().cast_signed();
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        pids.filter(|pid| *pid != me && self.is_ours(*pid)).collect()
    }

    fn is_ours(&self, pid: i32) -> bool {
        let Some(stat) = Stat::read(Path::new("/proc"), pid).filter(|stat| !stat.is_zombie()) else {
            return false;
        };
        let led = self.leader.is_some_and(|leader| stat.session == leader || stat.group == leader);
        led || self.is_marked(pid)
    }

    fn is_marked(&self, pid: i32) -> bool {
        let Ok(environ) = fs::read(format!("/proc/{pid}/environ")) else { return false };
        environ.starts_with(&self.mark)
            || environ.windows(self.mark.len() + 1).any(|w| w[0] == 0 && w[1..] == self.mark)
    }
}
