//! The user of one run, held as long as the run lives: a number out of the owner's range that no other run of any
//! worker on this host has.
//!
//! A number is held by a lock on a file of its own; the kernel lets go of it with its holder, however that ends. A holder
//! that was killed may have left processes of the number: what it wrote into the file says that it did not look, and
//! then the next one looks before it takes the number.
//!
//! Flow: `account` says who → **`Lease`** → `start` gives it to the child, who looks after the run keeps it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::contain::Ids;
use super::policy::UidRange;
use crate::kernel_file;

/// Where the locks are: a place that is root's and is empty after a start of the machine.
const LOCKS: &str = "/run/sandglass/uids";
/// What stands in a number's file from before a run has it until nothing of that run lives any more.
const IN_USE: &[u8; 7] = b"in use\n";
/// What stands there afterwards: as long, so that nothing is truncated and nothing grows.
const FREE: &[u8; 7] = b"free  \n";

/// A user that a run has.
#[derive(Debug)]
pub(crate) struct Lease {
    ids: Option<Ids>,
    lock: Option<Flock<File>>,
}

impl Lease {
    /// Returns the lease of a user who is nobody's alone; `None` stands for the worker's own.
    pub(super) fn shared(ids: Option<Ids>) -> Self {
        Self { ids, lock: None }
    }

    /// Takes a number of the range that no run has, the one of `index` if it is free.
    ///
    /// # Errors
    /// When all are taken, or the locks cannot be made.
    pub(super) fn own(range: UidRange, index: u32) -> io::Result<Self> {
        Self::own_in(Path::new(LOCKS), Path::new("/proc"), range, index)
    }

    fn own_in(locks: &Path, proc: &Path, range: UidRange, index: u32) -> io::Result<Self> {
        let failed = |e: io::Error| {
            io::Error::new(e.kind(), format!("failed to lock a user id in `{}`: {e}", locks.display()))
        };
        for uid in range.starting_at(index) {
            let mut options = OpenOptions::new();
            options
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .custom_flags(libc::O_NOFOLLOW);
            let path = locks.join(uid.to_string());
            let file = match options.open(&path) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    fs::create_dir_all(locks).and_then(|()| options.open(&path))
                }
                opened => opened,
            };
            let file = file.map_err(failed)?;
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => {
                    let mut text = [0; IN_USE.len()];
                    let was_killed = lock.read_at(&mut text, 0).map_err(failed)? > 0 && text == *IN_USE;
                    if was_killed && somebody_is(proc, uid) {
                        continue;
                    }
                    if !was_killed {
                        lock.write_all_at(IN_USE, 0).map_err(failed)?;
                    }
                    let ids = Ids { uid, gid: uid, groups: vec![uid] };
                    return Ok(Self { ids: Some(ids), lock: Some(lock) });
                }
                Err((_, Errno::EWOULDBLOCK)) => {}
                Err((_, errno)) => return Err(failed(errno.into())),
            }
        }
        Err(io::Error::other(format!(
            "all user ids of {range} are taken by runs\nhint: widen `job_uid_range` in `[shell]`"
        )))
    }

    /// Returns what a child changes to; `None` when it keeps the worker's own.
    pub(crate) fn ids(&self) -> Option<&Ids> {
        self.ids.as_ref()
    }

    /// Ends the lease of a run of which something still lives: whoever takes the number next looks first.
    pub(super) fn abandon(mut self) {
        self.lock = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // A thread that panics has not seen to the end of its run.
        if let Some(lock) = self.lock.take().filter(|_| !std::thread::panicking()) {
            // Failing that, the next one looks without need.
            let _ = lock.write_all_at(FREE, 0);
        }
    }
}

/// Returns true when a process of this host is the user `uid`; one that has ended and waits to be reaped is nobody.
fn somebody_is(proc: &Path, uid: u32) -> bool {
    let is = |status: String| {
        let line = |name| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let ended = line("State:").trim_start().starts_with(['Z', 'X']);
        !ended && line("Uid:").split_whitespace().any(|number| number.parse() == Ok(uid))
    };
    let entries = fs::read_dir(proc).into_iter().flatten().flatten();
    let processes =
        entries.filter(|entry| entry.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit));
    processes.filter_map(|process| kernel_file::read(&process.path().join("status")).ok()).any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_runs_have_the_same_number_and_one_that_ended_gives_it_back() {
        let dir = tempfile::tempdir().unwrap();
        let range = UidRange::new(5_000, 5_001).unwrap();
        let take = || Lease::own_in(dir.path(), Path::new("/proc"), range, 1);
        let uid = |lease: &Lease| lease.ids().unwrap().uid;
        let (first, second) = (take().unwrap(), take().unwrap());
        assert_eq!((uid(&first), uid(&second)), (5_001, 5_000));
        let refused = take().unwrap_err();
        assert!(refused.to_string().contains("`job_uid_range`"), "{refused}");
        drop(first);
        // A child that another test makes at this very moment holds our files until it executes.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let again =
            std::iter::repeat_with(take).find(|taken| taken.is_ok() || std::time::Instant::now() > deadline);
        assert_eq!(uid(&again.unwrap().unwrap()), 5_001);
    }

    // Fails when the file's text is not looked at, or nobody is looked for.
    #[test]
    fn a_number_whose_holder_was_killed_is_free_when_nobody_has_it_any_more() {
        let (locks, proc) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let range = UidRange::new(5_000, 5_001).unwrap();
        let take = || Lease::own_in(locks.path(), proc.path(), range, 0).unwrap();
        let uid = |lease: &Lease| lease.ids().unwrap().uid;
        let lives = |pid: &str, state: &str| {
            fs::create_dir_all(proc.path().join(pid)).unwrap();
            let status = format!("Name:\tx\nState:\t{state}\nUid:\t0\t5000\t0\t0\n");
            fs::write(proc.path().join(pid).join("status"), status).unwrap();
        };
        lives("77", "S (sleeping)");
        let text = || fs::read(locks.path().join("5000")).unwrap();
        assert_eq!(uid(&take()), 5_000, "nobody held it: nobody is looked for");
        assert_eq!(text(), FREE, "and it was given back well");
        take().abandon();
        assert_eq!(text(), IN_USE);
        assert_eq!(uid(&take()), 5_001, "somebody lives who has it");
        lives("77", "Z (zombie)");
        assert_eq!(uid(&take()), 5_000);
        assert_eq!(text(), FREE);
        assert!(!somebody_is(Path::new("/proc"), 1_999_999_999));
        assert!(somebody_is(Path::new("/proc"), nix::unistd::geteuid().as_raw()));
    }
}
