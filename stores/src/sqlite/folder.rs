//! The data folder: made private, and held by one process at a time.
//!
//! The lock is `flock` on `DATA/lock`: the kernel gives it back when its holder dies, however that happens.
//! Invariant: whoever has a `Held` is the only one that reads or writes the folder's databases.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::OpenError;

/// A data folder that this process holds. Dropped, it is free again.
pub struct Held {
    path: PathBuf,
    _lock: File,
}

impl Held {
    /// Makes the folder where it is missing, and takes it.
    ///
    /// # Errors
    /// [`OpenError::InUse`] when another process has it, [`OpenError`] when it cannot be used.
    pub fn take(path: &Path) -> Result<Self, OpenError> {
        let io = |error: std::io::Error| OpenError::io(path, &error);
        // Only its owner may enter: sessions and the environments of jobs are in it.
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
        let path = path.canonicalize().map_err(io)?;
        let lock_path = path.join("lock");
        let io = |error: std::io::Error| OpenError::io(&lock_path, &error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut lock = options.open(&lock_path).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { folder: path, holder: holder(&mut lock) });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        lock.set_len(0).map_err(io)?;
        lock.seek(SeekFrom::Start(0)).map_err(io)?;
        writeln!(lock, "{}", std::process::id()).map_err(io)?;
        Ok(Self { path, _lock: lock })
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Returns who holds the lock, as it wrote into it; it may be about to write.
fn holder(lock: &mut File) -> String {
    let mut text = String::new();
    match lock.take(32).read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok()) {
        Some(pid) => format!("process {pid}"),
        None => "another process".into(),
    }
}

/// Syncs the names in a folder: a new file survives a crash only after that.
pub(super) fn sync_names(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
