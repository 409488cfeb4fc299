//! A shim: the process that starts one run, looks after it, and outlives the worker if need be.
//!
//! It is parent of the run's main process and of what that orphans, holds the lock on the run's folder as long as it
//! lives, and listens on a socket in it. Workers may come and go: a timeout, an output limit and `when_cut_off: kill`
//! hold without them, and the outcome is in the folder before anybody is told. Nothing that a worker does or leaves
//! undone makes it wait.
//!
//! Flow: `supervisor` forks → **`shim`** → `start`, `supervise`. Not here: any of the run's own rules.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::outcome::{Outcome, Stop};
use model::policy::WhenCutOff;
use model::ports::{Clock, LeaseTerms, StartError};
use model::state::cut_off_at;
use model::time::{BootTime, Span};
use model::workload::Kind;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signalfd::SignalFd;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, setsid};

use super::adopt::{SOCKET, address};
use super::dead_man::LeaseFile;
use super::gate::{Gate, own_folder};
use super::message::{FromShim, Inbox, Start, ToShim, frame, read_frame};
use super::prepared::Prepared;
use super::process::Identity;
use super::start::{Attendant, start};
use super::supervise::{Ears, supervise};
use crate::folder::{Folder, refused};

/// How long the worker may take to say what is to be started, once it has asked for a shim.
const ORDER_WITHIN: Duration = Duration::from_secs(30);
/// How often the lease is looked at: it may also be given back before its time.
const LOOK_EVERY: Span = Span::from_seconds(2);
/// Workers on the line at one time; there is one, or two while one takes over from another.
const PEERS_MAX: usize = 8;
/// Bytes of one read; a worker says little.
const READ_BYTES: usize = 512;

/// What a shim has from its supervisor.
pub(super) struct Site {
    /// The folder of all runs.
    pub(super) runs: PathBuf,
    /// The machine's clocks.
    pub(super) clock: Arc<dyn Clock>,
}

/// Is the shim of the run that the worker at the other end of `stream` asks for. Returns the process's exit code.
pub(super) fn run(mut stream: UnixStream, gate: Gate, site: &Site, children: &SignalFd) -> i32 {
    // Each shim is a session of its own; a supervisor that is gone leaves it where it is.
    let _ = setsid();
    let order = set_child_subreaper(true).map_err(io::Error::from).and_then(|()| order(&mut stream));
    let Ok((prepared, Start { plan, place, lease })) = order else {
        // The worker is gone, or will not wait for this: nothing began.
        return 1;
    };
    let folder = match Folder::create(&site.runs, &plan.run, Kind::Shell) {
        Ok(folder) => folder,
        Err(error) => return refuse(stream, error),
    };
    let mut peers = match Peers::new(&folder, stream, children, site) {
        Ok(peers) => peers,
        Err((stream, error)) => {
            folder.discard();
            return refuse(stream, error);
        }
    };
    let by = Attendant { shim: Identity::own(), clock: &site.clock };
    let last_look = || {
        // From here on a later worker process may find the run, and finds it whole.
        let wanted = !peers.all_gone();
        drop(gate);
        wanted
    };
    let started = match start(&plan, (place, prepared), &folder, &by, lease.not_after, last_look) {
        Ok(started) => started,
        Err(error) => return peers.not_started(&folder, error, &*site.clock),
    };
    peers.main = Some(started.child.pid);
    peers.dead_man = DeadMan::of(lease, plan.limits.grace, site);
    peers.tell(&FromShim::Started);
    supervise(started, &plan.limits, plan.leftovers, &mut peers, &site.clock);
    peers.tell(&FromShim::Ended);
    0
}

/// Waits for what is to be started, and prepares it if it is asked to.
fn order(stream: &mut UnixStream) -> io::Result<(Option<Prepared>, Start)> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(ORDER_WITHIN))?;
    let mut prepared = None;
    loop {
        match read_frame(stream)? {
            ToShim::Prepare { slot, group } => {
                prepared = Some(Prepared::make(slot, group)?);
                // The next run may be a day away. A worker that is gone hangs up.
                stream.set_read_timeout(None)?;
            }
            ToShim::Start(start) => {
                return Ok((prepared.filter(|prepared| prepared.slot() == start.place.slot), *start));
            }
            ToShim::Stop { .. } => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

fn refuse(stream: UnixStream, error: StartError) -> i32 {
    Peer::new(stream).tell(&FromShim::Refused { error });
    0
}

/// Who may ask for the run's end: workers on the line, and the lease that nobody renews.
struct Peers<'a> {
    clock: Arc<dyn Clock>,
    /// Held as long as this process lives: by it a worker knows that it does.
    _lock: File,
    listener: UnixListener,
    peers: Vec<Peer>,
    children: &'a SignalFd,
    /// The run's main process, which is not for us to reap here.
    main: Option<i32>,
    dead_man: Option<DeadMan>,
    why: Option<Stop>,
}

impl<'a> Peers<'a> {
    /// Locks the run's folder and listens in it.
    fn new(
        folder: &Folder,
        stream: UnixStream,
        children: &'a SignalFd,
        site: &Site,
    ) -> Result<Self, (UnixStream, StartError)> {
        match lock_and_listen(folder, &stream) {
            Ok((lock, listener)) => Ok(Self {
                clock: site.clock.clone(),
                _lock: lock,
                listener,
                peers: vec![Peer::new(stream)],
                children,
                main: None,
                dead_man: None,
                why: None,
            }),
            Err(e) => Err((stream, refused("settle in the run's folder", folder.path(), &e))),
        }
    }

    /// Returns whether nobody is on the line any more.
    fn all_gone(&mut self) -> bool {
        self.listen();
        self.peers.is_empty()
    }

    fn tell(&mut self, message: &FromShim) {
        self.accept();
        self.peers.retain_mut(|peer| peer.tell(message));
    }

    /// Tells the end of a run that did not start. The worker that asked for it keeps no folder; where that is gone,
    /// the folder tells the next.
    fn not_started(&mut self, folder: &Folder, error: StartError, clock: &dyn Clock) -> i32 {
        if self.all_gone() {
            let outcome: Outcome = error.into_outcome(clock.now());
            if let Err(e) = folder.write_exit(&outcome) {
                tracing::error!("failed to write to `{}`: {e}", folder.path().display());
            }
        } else {
            folder.discard();
            self.tell(&FromShim::Refused { error });
        }
        0
    }

    /// Hears what the workers on the line say, and forgets those that are gone.
    fn listen(&mut self) {
        self.accept();
        let why = &mut self.why;
        self.peers.retain_mut(|peer| peer.listen(why));
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            if stream.set_nonblocking(true).is_ok() {
                if self.peers.len() >= PEERS_MAX {
                    self.peers.remove(0);
                }
                self.peers.push(Peer::new(stream));
            }
        }
    }

    /// Takes the ends of processes that the run orphaned. Unreaped, they would count against its own limit.
    fn reap_orphans(&self) {
        let mut any = false;
        while let Ok(Some(_)) = self.children.read_signal() {
            any = true;
        }
        if !any {
            return;
        }
        let me = std::process::id();
        let listed = fs::read_to_string(format!("/proc/self/task/{me}/children")).unwrap_or_default();
        let pids = listed.split_whitespace().filter_map(|pid| pid.parse::<i32>().ok());
        for pid in pids.filter(|pid| Some(*pid) != self.main) {
            // Alive still, or gone already.
            let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
        }
    }
}

impl Ears for Peers<'_> {
    fn open_ends(&self) -> Vec<BorrowedFd<'_>> {
        let workers = self.peers.iter().map(|peer| peer.stream.as_fd());
        workers.chain([self.listener.as_fd(), self.children.as_fd()]).collect()
    }

    fn heard(&mut self) -> Option<Stop> {
        self.reap_orphans();
        self.listen();
        let now = self.clock.boot_time();
        if self.dead_man.as_mut().is_some_and(|dead_man| dead_man.fires(now)) {
            self.why.get_or_insert(Stop::CutOff);
        }
        self.why
    }

    fn due(&self) -> BootTime {
        self.dead_man.as_ref().map_or(BootTime::NEVER, |dead_man| dead_man.look_at)
    }
}

fn lock_and_listen(folder: &Folder, stream: &UnixStream) -> io::Result<(File, UnixListener)> {
    let open = File::open(folder.path())?;
    open.try_lock()?;
    let listener = UnixListener::bind(address(&open))?;
    listener.set_nonblocking(true)?;
    stream.set_nonblocking(true)?;
    debug_assert!(folder.path().join(SOCKET).exists());
    Ok((open, listener))
}

/// A worker on the line. Never waited for.
struct Peer {
    stream: UnixStream,
    inbox: Inbox,
}

impl Peer {
    fn new(stream: UnixStream) -> Self {
        Self { stream, inbox: Inbox::default() }
    }

    /// Tells it something. Returns false when it does not listen: what it needs to know is in the folder.
    fn tell(&mut self, message: &FromShim) -> bool {
        let Ok(bytes) = frame(message) else { return false };
        // What the socket's buffer does not take at once is not sent: half a message is none.
        self.stream.write(&bytes).is_ok_and(|n| n == bytes.len())
    }

    /// Hears what it says. Returns false when it is gone.
    fn listen(&mut self, why: &mut Option<Stop>) -> bool {
        let mut buffer = [0; READ_BYTES];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(n) => self.inbox.feed(&buffer[..n]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return true,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
            loop {
                match self.inbox.take() {
                    Ok(Some(ToShim::Stop { why: asked })) => drop(why.get_or_insert(asked)),
                    Ok(Some(ToShim::Prepare { .. } | ToShim::Start(_))) | Err(_) => return false,
                    Ok(None) => break,
                }
            }
        }
    }
}

/// Ends a run that says `when_cut_off: kill` when its worker's lease was not renewed.
struct DeadMan {
    lease: Option<LeaseFile>,
    holds_until: BootTime,
    grace: Span,
    look_at: BootTime,
}

impl DeadMan {
    fn of(terms: LeaseTerms, grace: Span, site: &Site) -> Option<Self> {
        if terms.when_cut_off == WhenCutOff::Wait {
            return None;
        }
        let lease = own_folder(&site.runs).ok().and_then(|folder| LeaseFile::look(&folder));
        let now = site.clock.boot_time();
        Some(Self { lease, holds_until: terms.not_after, grace, look_at: now })
    }

    /// Returns whether the run must be asked to end now.
    fn fires(&mut self, now: BootTime) -> bool {
        if now < self.look_at {
            return false;
        }
        if let Some(until) = self.lease.as_ref().and_then(LeaseFile::read) {
            self.holds_until = until;
        }
        let last_moment = cut_off_at(self.holds_until, self.grace);
        self.look_at = last_moment.min(now + LOOK_EVERY);
        now >= last_moment
    }
}
