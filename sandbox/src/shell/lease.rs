//! The user of one run, held as long as the run lives: a number out of the owner's range that no other run of any
//! worker on this host has.
//!
//! A number is held by a lock on a file of its own; the kernel lets go of it with its holder, however that ends.
//!
//! Flow: `account` says who → **`Lease`** → `start` gives it to the child, who looks after the run keeps it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::contain::Ids;
use super::policy::UidRange;

/// Where the locks are: a place that is root's and is empty after a start of the machine.
const LOCKS: &str = "/run/sandglass/uids";

/// A user that a run has.
#[derive(Debug)]
pub(crate) struct Lease {
    ids: Option<Ids>,
    _lock: Option<Flock<File>>,
}

impl Lease {
    /// Returns the lease of a user who is nobody's alone; `None` stands for the worker's own.
    pub(super) fn shared(ids: Option<Ids>) -> Self {
        Self { ids, _lock: None }
    }

    /// Takes a number of the range that no run has, the one of `index` if it is free.
    ///
    /// # Errors
    /// When all are taken, or the locks cannot be made.
    pub(super) fn own(range: UidRange, index: u32) -> io::Result<Self> {
        Self::own_in(Path::new(LOCKS), range, index)
    }

    fn own_in(locks: &Path, range: UidRange, index: u32) -> io::Result<Self> {
        let failed = |e: io::Error| {
            io::Error::new(e.kind(), format!("failed to lock a user id in `{}`: {e}", locks.display()))
        };
        fs::create_dir_all(locks).map_err(failed)?;
        for uid in range.starting_at(index) {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false).mode(0o600).custom_flags(libc::O_NOFOLLOW);
            let file = options.open(locks.join(uid.to_string())).map_err(failed)?;
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(lock) => {
                    let ids = Ids { uid, gid: uid, groups: vec![uid] };
                    return Ok(Self { ids: Some(ids), _lock: Some(lock) });
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_runs_have_the_same_number_and_one_that_ended_gives_it_back() {
        let dir = tempfile::tempdir().unwrap();
        let range = UidRange::new(5_000, 5_001).unwrap();
        let take = || Lease::own_in(dir.path(), range, 1);
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
}
