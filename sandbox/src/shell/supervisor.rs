//! The supervisor: a small process with one thread that forks a shim for each run and does nothing else.
//!
//! It is started by its worker, holds no store, no runtime and no secrets, and stays small, so that a fork of it costs
//! little however large the worker is. Its standard input is the worker's end. When the worker is gone it forks no
//! more, and it ends with its last shim; the next worker process starts a supervisor of its own.
//!
//! Flow: `generation` (worker) → **`supervisor`** → `shim`. Not here: anything about a run.

use std::collections::HashSet;
use std::fs;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use model::ports::Clock;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, send};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, dup2_stdin, setsid};

use super::gate::Gate;
use super::message::{Hello, PACKET_BYTES_MAX, READY};
use super::process::boot_id;
use super::shim::{self, Site};
use super::spawn::{fork, learn_together, received};

/// Is the supervisor of the worker at the other end of standard input, until that is gone and the last run over.
///
/// # Errors
/// When standard input is no worker's end, or the process cannot be set up.
pub fn supervise_runs(clock: Arc<dyn Clock>) -> io::Result<()> {
    let control = io::stdin().as_fd().try_clone_to_owned()?;
    // Shims would hold the other copy, and the worker could not see by its end that the supervisor is gone.
    dup2_stdin(fs::File::open("/dev/null")?)?;
    on_its_own()?;
    learn_together();
    // Read once for all shims.
    boot_id();
    let Some(Packet { bytes, .. }) = receive(&control)? else { return Ok(()) };
    let hello: Hello = serde_json::from_slice(&bytes)?;
    let gate = Gate::hold(&hello.runs)?;
    send(control.as_raw_fd(), READY, MsgFlags::MSG_NOSIGNAL)?;
    let office = Office {
        worker: Some((control, gate)),
        children: child_signals()?,
        shims: HashSet::new(),
        site: Site { runs: hello.runs, clock },
    };
    office.run()
}

/// Leaves the worker's session, and lets the signals of its terminal and of service managers pass.
fn on_its_own() -> io::Result<()> {
    let threads = fs::read_dir("/proc/self/task")?.count();
    if threads != 1 {
        return Err(io::Error::other(format!("a supervisor has one thread, this process has {threads}")));
    }
    // A leader already has a session of its own.
    let _ = setsid();
    let mut passed = SigSet::empty();
    for signal in
        [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM, Signal::SIGPIPE, Signal::SIGQUIT, Signal::SIGCHLD]
    {
        passed.add(signal);
    }
    // Blocked and never taken, in every shim too; the job's own program gets fresh ones.
    passed.thread_block()?;
    // What is left of a run whose shim was killed has its parent here, and is ended.
    set_child_subreaper(true)?;
    Ok(())
}

/// Returns what becomes readable when a child has ended.
pub(super) fn child_signals() -> io::Result<SignalFd> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGCHLD);
    Ok(SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

/// The supervisor at work.
struct Office {
    /// The worker's end and the open gate; none once the worker is gone.
    worker: Option<(OwnedFd, Gate)>,
    children: SignalFd,
    shims: HashSet<i32>,
    site: Site,
}

impl Office {
    fn run(mut self) -> io::Result<()> {
        while self.worker.is_some() || !self.shims.is_empty() {
            let mut fds = vec![PollFd::new(self.children.as_fd(), PollFlags::POLLIN)];
            fds.extend(self.worker.as_ref().map(|(end, _)| PollFd::new(end.as_fd(), PollFlags::POLLIN)));
            match poll(&mut fds, PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(e) => return Err(e.into()),
            }
            let asked = fds.get(1).is_some_and(|end| end.any().unwrap_or(false));
            self.reap();
            if asked {
                self.serve()?;
            }
        }
        Ok(())
    }

    /// Takes one packet of the worker.
    fn serve(&mut self) -> io::Result<()> {
        let Some((end, _)) = &self.worker else { return Ok(()) };
        match receive(end)? {
            Some(Packet { stream: Some(stream), .. }) => self.fork(stream),
            // Without a stream there is nobody to serve.
            Some(_) => {}
            // With the worker goes the gate, but for those who still stand in it.
            None => self.worker = None,
        }
        Ok(())
    }

    fn fork(&mut self, stream: UnixStream) {
        let office = &mut *self;
        // In the parent the stream is closed with this; the worker and the shim have its ends.
        let shim = move || {
            let Some((_, gate)) = office.worker.take() else { return 1 };
            shim::run(stream, gate, &office.site, &office.children)
        };
        match fork(shim) {
            Ok(pid) => drop(self.shims.insert(pid)),
            // The stream is closed without a word, by which the worker learns it.
            Err(e) => tracing::error!("failed to fork a process that looks after a run: {e}"),
        }
    }

    fn reap(&mut self) {
        // Read before the look, so that who ends in between is signalled anew.
        while let Ok(Some(_)) = self.children.read_signal() {}
        while let Ok(status) = waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
            let Some(pid) = status.pid() else { break };
            self.shims.remove(&pid.as_raw());
        }
        self.end_orphans();
    }

    /// Ends what a shim left that was killed: nobody looks after it any more, and no worker may live to do so. Whoever
    /// these leave in turn comes here by their end, which is signalled.
    fn end_orphans(&self) {
        let me = std::process::id();
        let listed = fs::read_to_string(format!("/proc/self/task/{me}/children")).unwrap_or_default();
        let pids = listed.split_whitespace().filter_map(|pid| pid.parse::<i32>().ok());
        for pid in pids.filter(|pid| !self.shims.contains(pid)) {
            // Gone in between: that is what was wanted.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// What the worker sent.
struct Packet {
    bytes: Vec<u8>,
    stream: Option<UnixStream>,
}

/// Waits for the worker's next packet; none when it is gone.
fn receive(end: &OwnedFd) -> io::Result<Option<Packet>> {
    let mut bytes = vec![0; PACKET_BYTES_MAX];
    let mut space = cmsg_space!([std::os::fd::RawFd; 1]);
    let (length, stream) = {
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let message = loop {
            match recvmsg::<()>(end.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC) {
                Err(Errno::EINTR) => {}
                Err(Errno::ECONNRESET) => return Ok(None),
                message => break message?,
            }
        };
        let mut stream = None;
        for part in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(fds) = part {
                // All of them, so that none stays open by accident.
                stream = fds.into_iter().map(|fd| UnixStream::from(received(fd))).next_back();
            }
        }
        (message.bytes, stream)
    };
    bytes.truncate(length);
    // No packet of a worker is empty: this is the end.
    Ok((length > 0).then_some(Packet { bytes, stream }))
}
