//! A process namespace of a run's own: it sees its own processes alone, and all of them end with its first one.
//!
//! Who looks after the run leaves the host's numbers to its children. The first of these is the namespace's *init*, a
//! process of ours: it takes in orphans, and ends when who forked it is gone or says so; then the kernel kills every
//! process in the namespace, those that are just being forked included. The run's program comes second, and is a child
//! of who looks after the run as ever, so its exit code and signals are true and TERM needs nobody to pass it on.
//!
//! An ordinary user needs a user namespace for it, into which a shim goes with its run; a process with more threads than
//! one cannot.
//!
//! Flow: `start` enters → the child mounts its own `/proc` (`spawn`) → `supervise` ends it.

use std::fs;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getegid, geteuid, pipe2};

use super::spawn::fork_init;

/// Most time that the kernel is given to end a namespace (a process may hang in it, on a dead file server).
const END_WITHIN: Duration = Duration::from_secs(60);
/// Pauses between two looks whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_micros(200);
const LOOK_AGAIN_MAX: Duration = Duration::from_millis(20);

/// The namespace of one run. Dropped, it ends with every process in it.
#[derive(Debug)]
pub(super) struct Namespace {
    init: i32,
    /// Nobody writes to it: when its last copy is closed, the init ends.
    lifeline: Option<OwnedFd>,
}

impl Namespace {
    /// Lets every later child of this thread live in a new namespace. To be called once in a thread, which can start no
    /// other threads afterwards.
    ///
    /// # Errors
    /// When the kernel refuses it to this process.
    pub(super) fn enter() -> io::Result<Self> {
        let (uid, gid) = (geteuid(), getegid());
        if uid.is_root() {
            unshare(CloneFlags::CLONE_NEWPID)?;
        } else {
            unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWPID)?;
            // The user stays who it is. Nobody else is known in there: the files of others look like `nobody`'s.
            fs::write("/proc/self/setgroups", "deny")?;
            fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
            fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))?;
        }
        let (end, lifeline) = pipe2(OFlag::O_CLOEXEC)?;
        let init = fork_init(end.as_fd())?;
        Ok(Self { init, lifeline: Some(lifeline) })
    }

    /// Returns the number of its first process, which is not the run's.
    pub(super) fn init(&self) -> i32 {
        self.init
    }

    /// Has the kernel kill every process in it.
    pub(super) fn kill(&mut self) {
        self.lifeline = None;
    }

    /// Waits until it is gone. Its own last process must be reaped before.
    fn wait(&self, within: Duration) {
        let deadline = Instant::now() + within;
        let mut pause = LOOK_AGAIN;
        loop {
            match waitpid(Pid::from_raw(self.init), Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => {}
                // Ended; or somebody else has taken its end.
                _ => return,
            }
            if Instant::now() >= deadline {
                tracing::error!("the first process {} of a run's namespace does not end", self.init);
                return;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LOOK_AGAIN_MAX);
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.kill();
        // While a thread panics its run's main process is not reaped, for which the init would wait.
        self.wait(if thread::panicking() { Duration::ZERO } else { END_WITHIN });
    }
}
