//! Groups of workers that will not come back: their folder of runs is gone, or nobody works in it.
//!
//! A worker's own groups are swept when it starts again. One that was killed and whose data folder was thrown away never
//! does, and its groups would stay until the machine starts anew. So each base says in an extended attribute in which
//! folder its worker works, and whoever opens a base removes the others beside it that are nobody's and empty. What
//! lives in a group is left alone: a shim holds a run for a worker that may still come.
//!
//! Where attributes cannot be set (an ordinary user's on version 1), nothing is said and nothing is swept.
//! Flow: `base` is open → **`claim`**, **`sweep`**. Not here: one's own groups (`base`).

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{XattrFlags, getxattr, setxattr};

use super::removal::{members, remove_dir};

/// What bases are called.
const PREFIX: &str = "sandglass-";
/// The attribute: root may set the first on each version, who owns a group of version 2 the second.
const NAMES: [&str; 2] = ["trusted.sandglass.runs", "user.sandglass.runs"];
/// Longest path that is read.
const PATH_BYTES_MAX: usize = 4_096;

/// Writes at the base in `dir` in which folder its worker works. Where that cannot be, its next worker alone sweeps it.
pub(super) fn claim(dir: &Path, runs: &Path) {
    let text = runs.as_os_str().as_bytes();
    let _ = NAMES.iter().find(|name| setxattr(dir, **name, text, XattrFlags::empty()).is_ok());
}

/// Removes the empty bases beside `own` whose workers are gone: `unused` gives the lock on a folder in which nobody works.
/// Returns how many.
pub(super) fn sweep<L>(own: &Path, unused: &impl Fn(&Path) -> Option<L>) -> usize {
    let Some(parent) = own.parent() else { return 0 };
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let others = entries.map(|entry| entry.path()).filter(|path| path != own);
    let bases = others.filter(|path| {
        path.file_name().is_some_and(|name| name.as_bytes().starts_with(PREFIX.as_bytes())) && path.is_dir()
    });
    bases.filter(|base| removed(base, unused)).count()
}

fn removed<L>(base: &Path, unused: &impl Fn(&Path) -> Option<L>) -> bool {
    let Some(runs) = owner(base) else { return false };
    // Held while the groups go: a worker that starts in the folder waits a moment for its lock.
    let Some(_lock) = unused(&runs) else { return false };
    members(base).is_empty() && remove_dir(base)
}

fn owner(base: &Path) -> Option<PathBuf> {
    NAMES.iter().find_map(|name| {
        let mut text = [0; PATH_BYTES_MAX];
        let length = getxattr(base, *name, &mut text).ok()?;
        Some(PathBuf::from(OsStr::from_bytes(&text[..length])))
    })
}
