//! Finds the runs that an earlier worker process left, takes over those that live, and says how the others ended.
//!
//! Three things tell how a run stands, in this order: an outcome in its folder (it ended), the folder's lock (its shim
//! lives), nothing (its shim, or the worker that ran it itself, is gone: what is left of the run is killed, and it is
//! lost). The lock falls with the process that holds it, whatever happens to that.
//!
//! Not here: who may still begin (`gate`), talking to a live shim (`running`).

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use model::outcome::{End, LostWhy, Outcome};
use model::ports::Clock;
use model::workload::Kind;
use nix::sys::signal::{Signal, kill as send};
use nix::unistd::Pid;

use super::process::{Identity, Process, boot_id};
use super::strays::Strays;
use crate::folder::{Folder, LeftBehind, left_behind, settle};

/// The socket in a run's folder on which its shim listens.
pub(super) const SOCKET: &str = "shim.sock";
/// Most time that what is left of one run is given to die.
const KILL_WITHIN: Duration = Duration::from_secs(10);
/// How long a shim that lives may take to answer; it may be writing its last words.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How often a shim is tried that did not answer.
const TRY_EVERY: Duration = Duration::from_millis(10);

/// How a run stands that this process did not start, or lost sight of.
#[derive(Debug)]
pub(super) enum Fate {
    /// It is over; the outcome is on disk.
    Ended(Box<Outcome>),
    /// Its shim lives, and is at the other end of this stream.
    Lives(UnixStream),
}

/// Returns every run under `runs` with how it stands. Blocks while processes die.
///
/// # Errors
/// When the folder cannot be read or written; a later call goes on where this one ended.
pub(super) fn take_over(runs: &Path, clock: &dyn Clock) -> io::Result<Vec<(LeftBehind, Fate)>> {
    let left = left_behind(runs, Kind::Shell)?.into_iter();
    left.map(|left| fate(&left, clock).map(|fate| (left, fate))).collect()
}

/// Returns the slots of runs whose shim lives: their groups are nobody else's to sweep.
///
/// # Errors
/// When the folder of runs cannot be read.
pub(super) fn held_slots(runs: &Path) -> io::Result<BTreeSet<u32>> {
    let mut held = BTreeSet::new();
    for left in left_behind(runs, Kind::Shell)? {
        if is_held(&left.folder)? {
            held.extend(slot_of(&left.folder));
        }
    }
    Ok(held)
}

/// Returns the slot that a run was given.
pub(super) fn slot_of(folder: &Folder) -> Option<u32> {
    Process::read(folder)?.slot
}

/// Returns how a run stands, and ends what is left of one that nobody looks after. Blocks while processes die.
///
/// # Errors
/// When its folder cannot be read or written.
pub(super) fn fate(left: &LeftBehind, clock: &dyn Clock) -> io::Result<Fate> {
    let deadline = Instant::now() + ANSWER_WITHIN;
    loop {
        // Looked at before the outcome: a shim lets go after it has written that.
        let held = is_held(&left.folder)?;
        if let Some(outcome) = left.folder.outcome()? {
            left.folder.secure()?;
            return Ok(Fate::Ended(Box::new(outcome)));
        }
        if !held {
            return end(left, clock).map(|outcome| Fate::Ended(Box::new(outcome)));
        }
        if let Ok(stream) = connect(&left.folder) {
            return Ok(Fate::Lives(stream));
        }
        if Instant::now() >= deadline {
            give_up(left);
        }
        thread::sleep(TRY_EVERY);
    }
}

/// Returns whether a shim lives that looks after the run.
fn is_held(folder: &Folder) -> io::Result<bool> {
    match File::open(folder.path())?.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// Returns an address of the socket in `folder` that is short enough however long the folder's path is. Good as long
/// as `folder` is open.
pub(super) fn address(folder: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd()))
}

fn connect(folder: &Folder) -> io::Result<UnixStream> {
    let open = File::open(folder.path())?;
    UnixStream::connect(address(&open))
}

/// Kills a shim that holds its run's lock and cannot be reached: with it goes the lock, and the run is settled.
fn give_up(left: &LeftBehind) {
    let shim = Process::read(&left.folder).filter(|process| process.boot == boot_id()).and_then(|p| p.shim);
    let Some(shim) = shim.filter(|shim| Identity::of(shim.pid).as_ref() == Some(shim)) else { return };
    tracing::error!(
        run.id = %left.run.id,
        "the process {} that looks after run {} cannot be reached: it is killed", shim.pid, left.run.id
    );
    // Gone in between: that is what was wanted.
    let _ = send(Pid::from_raw(shim.pid), Signal::SIGKILL);
}

/// Kills what is left of one run and writes that it is lost.
fn end(left: &LeftBehind, clock: &dyn Clock) -> io::Result<Outcome> {
    let process = Process::read(&left.folder);
    // Without the file nothing was executed: it is written before the child exists.
    let same_boot = process.as_ref().is_none_or(|process| process.boot == boot_id());
    if same_boot {
        kill(left, process.as_ref());
    }
    let why = match &process {
        _ if !same_boot => LostWhy::Reboot,
        Some(Process { shim: Some(_), .. }) => LostWhy::ShimGone,
        _ => LostWhy::WorkerEnded,
    };
    let mut outcome = Outcome::bare(End::Lost { why }, clock.now());
    outcome.output = settle(left.folder.names(), &left.run.id)?;
    if let Some(process) = process {
        outcome.started_at = process.started_at.min(outcome.ended_at);
    }
    left.folder.finish(&outcome)?;
    Ok(outcome)
}

/// Kills what is marked as the run's. What is in its group is ended with its slot.
fn kill(left: &LeftBehind, process: Option<&Process>) {
    // The number may belong to another process by now: it counts only with its start time.
    let main = process.and_then(|process| process.main);
    let leader = main.filter(|main| Identity::of(main.pid).as_ref() == Some(main)).map(|main| main.pid);
    if !Strays::marked(&left.run.id, leader).kill(KILL_WITHIN) {
        tracing::error!("processes of the lost run {} do not die of SIGKILL", left.run.id);
    }
}
