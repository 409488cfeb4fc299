//! Ends and removes groups of which only the directories are known.
//!
//! Flow: what an earlier process left, and what a pool gives up → **`kill_leftovers`**, **`remove_dir`**.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::group::write;
use crate::kernel_file;

/// Most time that a directory is given to become free after its last member died.
const REMOVE_WITHIN: Duration = Duration::from_secs(2);

/// Kills what runs in a group of which only the directories are known, and removes them.
pub(crate) fn kill_leftovers(dirs: &[PathBuf], within: Duration) {
    let deadline = Instant::now() + within;
    for dir in dirs.iter().filter(|dir| dir.exists()) {
        let _ = write(&dir.join("cgroup.kill"), "1");
        let _ = write(&dir.join("pids.max"), "0");
    }
    for dir in dirs.iter().filter(|dir| dir.exists()) {
        loop {
            let left = members(dir);
            if left.is_empty() || Instant::now() >= deadline {
                break;
            }
            for pid in left {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            thread::sleep(Duration::from_millis(5));
        }
        remove_dir(dir);
    }
}

/// Returns the processes in a group and below it.
pub(super) fn members(dir: &Path) -> Vec<i32> {
    let mut found = Vec::new();
    collect_members(dir, &mut found);
    found
}

/// A job that may write to its group can have made groups below it; they belong to it.
fn collect_members(dir: &Path, found: &mut Vec<i32>) {
    let text = kernel_file::read(&dir.join("cgroup.procs")).unwrap_or_default();
    // A zero stands for a process outside our own pid namespace: it is nobody that we may signal.
    found.extend(text.lines().filter_map(|line| line.parse::<i32>().ok()).filter(|pid| *pid > 0));
    for child in sub_dirs(dir) {
        collect_members(&child, found);
    }
}

/// Returns the groups right below a group.
pub(super) fn sub_dirs(dir: &Path) -> Vec<PathBuf> {
    // A group's link count is two and one for each group below it: asked for far more often than there are any.
    if fs::metadata(dir).is_ok_and(|dir| dir.nlink() == 2) {
        return Vec::new();
    }
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()).collect()
}

/// Removes a group and those below it. Returns true when it is gone; what stays is logged.
pub(super) fn remove_dir(dir: &Path) -> bool {
    for child in sub_dirs(dir) {
        remove_dir(&child);
    }
    let deadline = Instant::now() + REMOVE_WITHIN;
    loop {
        match fs::remove_dir(dir) {
            Ok(()) => return true,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return true,
            // Busy for a moment after the last member died.
            Err(e) if e.kind() == io::ErrorKind::ResourceBusy && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(2));
            }
            Err(e) => {
                tracing::warn!("failed to remove the group `{}`: {e}", dir.display());
                return false;
            }
        }
    }
}
