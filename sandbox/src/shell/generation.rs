//! The worker's end of its supervisor: starts it, asks it for shims, starts another when it is gone.
//!
//! A supervisor belongs to one worker process. Runs of earlier ones have shims of earlier supervisors and are reached
//! by their folders, so a supervisor that dies takes nothing with it.
//!
//! Flow: executor → **`generation`** → `supervisor` process. Not here: the run's own stream (`running`).

use std::io::{self, IoSlice};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use model::time::Span;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, recv, send, sendmsg, socketpair,
};
use nix::sys::stat::{SFlag, fstat};
use tokio::net::UnixStream;
use tokio::task::spawn_blocking;

use super::message::{Hello, PACKET_BYTES_MAX, READY};
use crate::InnerCommand;

/// How long a supervisor may take to be ready.
const READY_WITHIN: Span = Span::from_seconds(30);
/// How long to wait when the supervisor has not taken the packets before this one yet.
const FULL_PAUSE: Duration = Duration::from_millis(1);

/// Stack of the thread that waits for a supervisor.
const STACK_BYTES: usize = 64 * 1024;

/// The supervisor of this process.
pub(super) struct Generation {
    command: InnerCommand,
    hello: Vec<u8>,
    now: Mutex<Arc<Supervisor>>,
    /// Held by who starts another one.
    renewing: tokio::sync::Mutex<()>,
}

impl Generation {
    /// Starts the supervisor and waits until it is ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub(super) fn start(command: InnerCommand, hello: &Hello) -> io::Result<Self> {
        let hello = serde_json::to_vec(hello)?;
        if hello.len() > PACKET_BYTES_MAX {
            return Err(io::Error::other(format!("{} bytes do not fit into one packet", hello.len())));
        }
        let first = Arc::new(Supervisor::start(&command, &hello)?);
        Ok(Self { command, hello, now: Mutex::new(first), renewing: tokio::sync::Mutex::new(()) })
    }

    /// Returns a stream to a shim of its own, forked for this.
    ///
    /// # Errors
    /// When there is no supervisor and none can be started, or no descriptor is left.
    pub(super) async fn shim(self: &Arc<Self>) -> io::Result<UnixStream> {
        let (ours, theirs) = UnixStream::pair()?;
        let theirs = OwnedFd::from(theirs.into_std()?);
        loop {
            let supervisor = self.current();
            match supervisor.send(&theirs) {
                Ok(()) => return Ok(ours),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN | Errno::ENOBUFS | Errno::ETOOMANYREFS) => {
                    tokio::time::sleep(FULL_PAUSE).await;
                }
                Err(Errno::EPIPE | Errno::ECONNRESET | Errno::ENOTCONN) => self.renew(&supervisor).await?,
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Returns a stream to a shim that is forked ahead of its run. Does not wait.
    ///
    /// # Errors
    /// When the supervisor is gone or busy, or no descriptor is left.
    pub(super) fn spare(&self) -> io::Result<std::os::unix::net::UnixStream> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        self.current().send(&OwnedFd::from(theirs))?;
        Ok(ours)
    }

    fn current(&self) -> Arc<Supervisor> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts another supervisor in the place of `gone`, unless somebody else just did.
    async fn renew(self: &Arc<Self>, gone: &Arc<Supervisor>) -> io::Result<()> {
        let _renewing = self.renewing.lock().await;
        if !Arc::ptr_eq(&self.current(), gone) {
            return Ok(());
        }
        tracing::warn!("the supervisor of shell runs is gone: starting another; runs under way go on");
        let own = self.clone();
        let next = spawn_blocking(move || Supervisor::start(&own.command, &own.hello));
        let next = Arc::new(next.await.map_err(io::Error::other)??);
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

/// A supervisor process, as long as somebody may ask it for shims.
struct Supervisor {
    end: OwnedFd,
}

impl Supervisor {
    fn start(command: &InnerCommand, hello: &[u8]) -> io::Result<Self> {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        let mut process = Command::new(&command.program);
        process.args(&command.arguments).arg0("sandglass").current_dir("/");
        // Nothing of the worker's environment is for a process that outlives it.
        process.env_clear().stdin(theirs).stdout(Stdio::null()).stderr(complaints());
        let child = process.spawn()?;
        // Whoever holds this holds the other end of the socket.
        drop(process);
        let started = Self { end: ours };
        let ready = started.greet(hello);
        reap(child, ready.is_err())?;
        ready.map(|()| started)
    }

    fn greet(&self, hello: &[u8]) -> io::Result<()> {
        send(self.end.as_raw_fd(), hello, MsgFlags::MSG_NOSIGNAL)?;
        let mut answer = [PollFd::new(self.end.as_fd(), PollFlags::POLLIN)];
        let millis = i32::try_from(READY_WITHIN.as_millis()).expect("half a minute fits");
        let mut heard = [0; 16];
        let told = match poll(&mut answer, PollTimeout::try_from(millis).expect("not negative"))? {
            0 => 0,
            _ => recv(self.end.as_raw_fd(), &mut heard, MsgFlags::empty())?,
        };
        if heard[..told] == *READY {
            return Ok(());
        }
        Err(io::Error::other("the supervisor of shell runs did not come up"))
    }

    /// Sends the shim's end of a stream.
    fn send(&self, stream: &OwnedFd) -> Result<(), Errno> {
        let fds = [stream.as_raw_fd()];
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        let packet = [IoSlice::new(b"run")];
        sendmsg::<()>(self.end.as_raw_fd(), &packet, &[ControlMessage::ScmRights(&fds)], flags, None)?;
        Ok(())
    }
}

/// Waits for the supervisor's end on a thread of its own, so that it leaves no zombie however long its runs last.
fn reap(mut supervisor: Child, at_once: bool) -> io::Result<()> {
    if at_once {
        let _ = supervisor.kill();
        return supervisor.wait().map(drop);
    }
    // The thread ends with the supervisor, and that with this process's last handle of it and the last run.
    let wait = move || drop(supervisor.wait());
    thread::Builder::new().name("shell-supervisor".to_owned()).stack_size(STACK_BYTES).spawn(wait).map(drop)
}

/// Returns where a supervisor and its shims complain: where this process does, unless somebody reads that to its end,
/// and would wait for as long as runs go on.
fn complaints() -> Stdio {
    let is_pipe = fstat(io::stderr())
        .is_ok_and(|stat| SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFIFO);
    if is_pipe { Stdio::null() } else { Stdio::inherit() }
}
