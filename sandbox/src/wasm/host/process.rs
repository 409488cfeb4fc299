//! A process of this same binary that serves modules: started, greeted, waited for, killed.
//!
//! It gets its end of a line and nothing else: no environment but one switch, no descriptor, no folder of ours. What
//! more it gives up it does itself, as the greeting says (`confine`).
//!
//! Flow: `keeper`, `compile` → **`Process`** → `serve`.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::MsgFlags;

use super::confine::Confinement;
use super::link::Link;
use super::message::{FromHost, Hello, Task, VERSION};
use crate::InnerCommand;

/// Without it each error that a guest causes would gather a backtrace under one lock.
const NO_BACKTRACES: (&str, &str) = ("RUST_LIB_BACKTRACE", "0");

/// A process that serves modules. Dropped, it is killed and waited for.
#[derive(Debug)]
pub(in crate::wasm) struct Process {
    child: Child,
    pub(super) link: Arc<Link>,
}

impl Process {
    /// Starts it and tells it who it is. It lives no longer than the thread that calls this.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(in crate::wasm) fn start(
        command: &InnerCommand,
        confinement: Confinement,
        task: Task,
        fds: &[BorrowedFd<'_>],
    ) -> io::Result<Self> {
        let (link, theirs) = Link::pair()?;
        let mut process = Command::new(&command.program);
        process.args(&command.arguments).arg0("sandglass").current_dir("/").env_clear();
        process.env(NO_BACKTRACES.0, NO_BACKTRACES.1).stdin(theirs).stdout(Stdio::null());
        let child = process.spawn()?;
        // Whoever holds this holds the other end of the line.
        drop(process);
        let started = Self { child, link: Arc::new(link) };
        let hello = Hello { version: VERSION, confinement, task };
        if !started.link.try_send(&hello, fds)? {
            return Err(io::Error::other("its line is full before the first word"));
        }
        Ok(started)
    }

    /// Waits for its next word. `None` when there was none within this time.
    ///
    /// # Errors
    /// `UnexpectedEof` when it is gone.
    pub(in crate::wasm) fn hear(&self, within: Duration) -> io::Result<Option<FromHost>> {
        let mut line = [PollFd::new(self.link.as_fd(), PollFlags::POLLIN)];
        let millis = i32::try_from(within.as_millis()).unwrap_or(i32::MAX);
        match poll(&mut line, PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)) {
            Ok(0) | Err(Errno::EINTR) => return Ok(None),
            Ok(_) => {}
            Err(e) => return Err(e.into()),
        }
        match self.link.take(MsgFlags::MSG_DONTWAIT) {
            Ok(Some(packet)) => packet.message().map(Some),
            Ok(None) => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Returns its number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it, if it has not ended, and returns how it ended.
    pub(in crate::wasm) fn kill(&mut self) -> io::Result<ExitStatus> {
        // One that has ended and was not waited for yet keeps its status.
        let _ = self.child.kill();
        self.child.wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(e) = self.kill() {
            tracing::error!("failed to wait for the process {} that ran modules: {e}", self.pid());
        }
    }
}

/// Returns how a process ended, in words.
pub(in crate::wasm) fn words(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => match status.signal() {
            Some(signal) => format!("was killed by signal {signal}"),
            None => format!("ended with exit code {}", status.code().unwrap_or_default()),
        },
        Err(e) => format!("is gone ({e})"),
    }
}
