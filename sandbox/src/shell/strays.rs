//! A run's processes where no control group holds them: found by process group, session and environment.
//!
//! A daemon that called `setsid` keeps the mark `SANDGLASS_RUN=<id>` in the environment that it was started with.
//! One that clears it as well escapes; that is why a host without control groups is said to be best effort.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use model::id::RunId;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::process::Stat;

/// How a run's processes are known.
#[derive(Debug, Clone)]
pub(super) struct Strays {
    /// The main process: session and process group have its number. `None` when it is not known any more.
    pub(super) leader: Option<i32>,
    /// The mark in the environment, with its final NUL.
    mark: Vec<u8>,
}

impl Strays {
    /// Returns the strays of `run`, whose main process is or was `leader`.
    pub(super) fn of(run: &RunId, leader: Option<i32>) -> Self {
        Self { leader, mark: format!("SANDGLASS_RUN={run}\0").into_bytes() }
    }

    /// Returns the processes that live.
    pub(super) fn members(&self) -> Vec<i32> {
        let me = i32::try_from(std::process::id()).unwrap_or(0);
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        pids.filter(|pid| *pid != me && self.is_ours(*pid)).collect()
    }

    /// Sends a signal to each process once.
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // Nobody left in it: that is what was wanted.
            let _ = killpg(Pid::from_raw(leader), signal);
        }
        for pid in self.members() {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Kills until nothing is found any more. Returns true when that is so.
    pub(super) fn kill(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        while !self.members().is_empty() {
            self.signal(Signal::SIGKILL);
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(5));
        }
        true
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
