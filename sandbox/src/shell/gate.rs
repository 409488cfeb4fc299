//! The gate between two worker processes: the later one looks at the folder of runs only when nothing that the
//! earlier one asked for can still begin.
//!
//! A supervisor holds the gate open, and each shim that it forks inherits that until its run's folder stands, locked,
//! with all that an adopter needs. The kernel shuts the gate when the last of them has let go, dead or alive. Without
//! it a run that was asked for in the last moment of one worker could begin after the next one had found no folder of
//! it, said that it did not start, and claimed it again.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The shell executor's own folder among those of the runs; no run id can have its name.
const FOLDER: &str = ".shell";
/// The file's name.
const FILE: &str = "gate";
/// How long runs that an earlier process asked for may take to begin.
const PASS_WITHIN: Duration = Duration::from_secs(30);
/// How often the gate is tried.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// The gate, held open. What a process forks holds it as well, and lets go for itself alone: the lock is the open
/// file's, and goes when the last copy of it is closed.
#[derive(Debug)]
pub(super) struct Gate {
    _open: File,
}

impl Gate {
    /// Holds the gate of `runs` open.
    ///
    /// # Errors
    /// When somebody waits behind it, or as the file system says.
    pub(super) fn hold(runs: &Path) -> io::Result<Self> {
        let open = file(runs)?;
        open.try_lock_shared()?;
        Ok(Self { _open: open })
    }

    /// Waits until nobody holds the gate of `runs` any more.
    ///
    /// # Errors
    /// When somebody holds it for longer than a start may take: a run of an earlier process hangs in its start.
    pub(super) fn pass(runs: &Path) -> io::Result<()> {
        if !runs.join(FOLDER).exists() {
            // No supervisor ever worked here.
            return Ok(());
        }
        let deadline = Instant::now() + PASS_WITHIN;
        let file = file(runs)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(TRY_EVERY),
                Err(TryLockError::WouldBlock) => {
                    let message = format!(
                        "a run of an earlier process has been starting for {} s\n\
                         hint: look with `ps` for `sandglass supervisor`; its disk may hang",
                        PASS_WITHIN.as_secs()
                    );
                    return Err(io::Error::new(io::ErrorKind::TimedOut, message));
                }
                Err(TryLockError::Error(e)) => return Err(e),
            }
        }
    }
}

/// Returns the locks on a folder of runs in which no worker works and nothing can begin any more: while they are held,
/// nobody else does either. None when somebody works there. A folder that is not there has none.
pub(super) fn unused(runs: &Path) -> Option<Vec<File>> {
    let mut locks = Vec::new();
    for path in [runs.to_owned(), runs.join(FOLDER).join(FILE)] {
        match File::open(path) {
            Ok(file) => {
                file.try_lock().ok()?;
                locks.push(file);
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(_) => return None,
        }
    }
    Some(locks)
}

/// Returns the shell executor's own folder among those of the runs; made if it is not there.
///
/// # Errors
/// As the file system says.
pub(super) fn own_folder(runs: &Path) -> io::Result<PathBuf> {
    let folder = runs.join(FOLDER);
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    Ok(folder)
}

fn file(runs: &Path) -> io::Result<File> {
    let path = own_folder(runs)?.join(FILE);
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_passes_when_the_last_holder_has_let_go() {
        let runs = tempfile::tempdir().unwrap();
        let (one, two) = (Gate::hold(runs.path()).unwrap(), Gate::hold(runs.path()).unwrap());
        let path = runs.path().to_owned();
        let waiting = thread::spawn(move || Gate::pass(&path));
        drop(one);
        // Still held: the other side cannot have passed, however long it had.
        assert!(file(runs.path()).unwrap().try_lock().is_err());
        assert!(!waiting.is_finished());
        assert!(unused(runs.path()).is_none(), "something can begin in it");
        drop(two);
        waiting.join().unwrap().unwrap();
        Gate::pass(runs.path()).unwrap();
        let locks = unused(runs.path()).unwrap();
        assert!(File::open(runs.path()).unwrap().try_lock().is_err(), "no worker begins meanwhile");
        assert_eq!(locks.len(), 2);
        assert!(unused(&runs.path().join("none")).is_some());
    }
}
