//! A child that stands by in its groups before anybody knows what it will run.
//!
//! A process that changes its group makes the kernel wait until every processor has passed through its scheduler, 10 to
//! 20 ms on a quiet machine. So the change is made ahead: a copy of the shim joins, and waits at a pipe for its orders.
//! Then it does what every child does and executes. It leaves by itself when its shim is gone.
//!
//! It is a copy and shares no memory: what it reads is its own. It tells its step and errno through the page that all
//! children use, and its exec by the end of a pipe.
//!
//! Flow: `prepared` makes it → **`Standby`** → `start` gives the orders. Not here: the steps themselves (`child`).

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};

use model::outcome::Stage;
use nix::fcntl::OFlag;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, pipe2};
use serde::{Deserialize, Serialize};

use super::child::{Setup, close_all_but, contain, is_spared, join};
use super::fork::fork;
use super::frame::Frame;
use super::{Child, SpawnError, is_stillborn, reap, settle};
use crate::shell::contain::{Cwd, Ids, Joins, Places};
use crate::shell::message::{frame, read_frame};
use crate::shell::program::Program;

/// What a child that never executed ends with, as one of `spawn`.
const NOT_EXECUTED: i32 = 127;

/// What a standby is to become.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::shell) struct Orders {
    /// What it executes.
    pub(in crate::shell) program: Program,
    /// The account to drop to.
    pub(in crate::shell) account: Option<Ids>,
    /// Its own `/tmp` and `/dev/shm`.
    pub(in crate::shell) places: Option<Places>,
    /// Where it starts.
    pub(in crate::shell) cwd: Cwd,
    /// False lets set-user-id programs gain privileges.
    pub(in crate::shell) no_new_privs: bool,
    /// Which of the descriptors that it was made with are its standard streams.
    pub(in crate::shell) streams: [RawFd; 3],
    /// Which is its script.
    pub(in crate::shell) script: RawFd,
}

/// A child that waits in its groups. Dropped, it ends without having run anything.
#[derive(Debug)]
pub(in crate::shell) struct Standby {
    pid: i32,
    frame: Frame,
    /// Where it hears what to do; none once it was told.
    orders: Option<File>,
    /// Ends when it executes, or ends.
    executed: File,
}

impl Standby {
    /// Makes the child and has it join; does not wait until it has. Of this process's descriptors it keeps `keeps` and
    /// the standard streams.
    ///
    /// # Errors
    /// When there is no room for a process or a descriptor.
    pub(in crate::shell) fn place(joins: &Joins, keeps: &[BorrowedFd<'_>]) -> io::Result<Self> {
        let frame = Frame::map()?;
        let (hears, orders) = pipe2(OFlag::O_CLOEXEC)?;
        let (executed, runs) = pipe2(OFlag::O_CLOEXEC)?;
        let page = &frame;
        // Its ends of the pipes are closed here with this.
        let child = move || {
            if let Err(errno) = join(page.report(), &joins.files()) {
                page.report().fail(errno);
                return NOT_EXECUTED;
            }
            let kept = keeps.iter().map(|fd| fd.as_raw_fd()).chain([hears.as_raw_fd(), runs.as_raw_fd()]);
            // Locks, and ends of sockets that others watch, are the shim's alone.
            close_all_but(kept.collect());
            become_what_is_told(File::from(hears), page)
        };
        Ok(Self { pid: fork(child)?, frame, orders: Some(orders.into()), executed: executed.into() })
    }

    /// Returns its number.
    pub(in crate::shell) fn pid(&self) -> i32 {
        self.pid
    }

    /// Gives the orders. Returns once it executes; `None` when somebody killed it before, which says nothing of the
    /// program.
    ///
    /// # Errors
    /// The stage that failed and its errno; no process stays.
    pub(in crate::shell) fn execute(mut self, orders: &Orders) -> Result<Option<Child>, SpawnError> {
        let bytes = frame(orders).map_err(|error| SpawnError { stage: Stage::Exec, error })?;
        if let Some(mut tell) = self.orders.take() {
            // One that is gone does not hear it; why it went is told below.
            let _ = tell.write_all(&bytes);
        }
        let _ = self.executed.read(&mut [0]);
        if is_stillborn(self.frame.report()) {
            let _ = reap(self.pid, true);
            return Ok(None);
        }
        settle(self.pid, self.frame.report()).map(Some)
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        if self.orders.is_some() {
            let _ = kill(Pid::from_raw(self.pid), Signal::SIGKILL);
            let _ = reap(self.pid, true);
        }
    }
}

/// The child: waits for its orders and follows them. Returns its exit code when nothing came of it.
fn become_what_is_told(mut hears: File, page: &Frame) -> i32 {
    // Without orders nobody needs it any more.
    let Ok(orders) = read_frame::<Orders>(&mut hears) else { return 0 };
    let (arguments, environment) = orders.program.vectors();
    let candidates: Vec<_> = orders.program.candidates().iter().map(|path| path.as_ptr()).collect();
    let setup = Setup {
        report: page.report(),
        joins: &[],
        streams: orders.streams,
        keep: Some(orders.script),
        account: orders.account.as_ref(),
        places: orders.places.as_ref(),
        own_proc: false,
        apart: 0,
        cwd: &orders.cwd,
        no_new_privs: orders.no_new_privs,
        spared: is_spared(),
        candidates: &candidates,
        arguments: arguments.as_ptr(),
        environment: environment.as_ptr(),
    };
    if let Err(errno) = contain(&setup) {
        page.report().fail(errno);
    }
    NOT_EXECUTED
}
