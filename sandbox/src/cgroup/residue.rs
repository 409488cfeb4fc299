//! What a run leaves in its group when nobody lives in it any more: memory that is still charged, groups that it
//! made below, counters that do not go back.
//!
//! A removed group whose memory is still charged stays in the kernel ("dying") until that memory goes. So memory is
//! reclaimed first, and a group that can be used again is used again.
//!
//! Flow: `pool` takes a group back → **`settle`** → used again, or made anew.

use std::fs;
use std::io;

use super::counters::number;
use super::group::{Controller, Group, Place, write};
use super::mounts::Version;
use super::removal::{remove_dir, sub_dirs};

/// Memory that may stay charged: below it a run's peak is told as it is, and the kernel's own rounding (64 pages for
/// each processor) is no reason for anything.
pub(super) const CHARGED_MAX: u64 = 4 * 1024 * 1024;

/// Readies an empty group for its next run. Returns why it cannot be used again, if so.
pub(super) fn settle(group: &Group) -> Option<String> {
    for dir in group.dirs() {
        for below in sub_dirs(dir) {
            if !remove_dir(&below) {
                return Some(format!("`{}` could not be removed", below.display()));
            }
        }
    }
    renew_pids(group);
    let memory = group.place(Controller::Memory)?;
    let charged = charged(memory)?;
    if charged > CHARGED_MAX {
        reclaim(memory, charged);
        let still = self::charged(memory).unwrap_or(0);
        if still > CHARGED_MAX {
            return Some(format!("{} KiB stay charged to it", still / 1024));
        }
    }
    let stuck_peak = memory.version == Version::V2 && !peak_can_be_set_back(memory);
    let peak = || number(&memory.dir.join("memory.peak")).unwrap_or(0);
    if stuck_peak && peak() > CHARGED_MAX {
        reclaim(memory, charged);
        return Some("its memory peak cannot be set back".to_owned());
    }
    None
}

fn charged(memory: &Place) -> Option<u64> {
    number(&memory.dir.join(match memory.version {
        Version::V1 => "memory.usage_in_bytes",
        Version::V2 => "memory.current",
    }))
}

/// Asks the kernel to give up what it can: cached files, not what lies in `/dev/shm`.
fn reclaim(memory: &Place, bytes: u64) {
    // Both take what they can and then may say that it was not all; what counts is read afterwards.
    let _ = match memory.version {
        Version::V1 => write(&memory.dir.join("memory.force_empty"), "0"),
        Version::V2 => write(&memory.dir.join("memory.reclaim"), &bytes.to_string()),
    };
}

/// Before Linux 6.12 the file takes no write, for root neither.
fn peak_can_be_set_back(memory: &Place) -> bool {
    write(&memory.dir.join("memory.peak"), "0").is_ok()
}

/// The highest number of processes cannot be set back. Where the controller has a directory of its own that nothing
/// stays charged to, a new one costs some microseconds. After runs of one process each it need not go: see
/// [`Reading::since`](super::counters::Reading::since).
fn renew_pids(group: &Group) {
    let Some(pids) = group.place(Controller::Pids).filter(|pids| pids.version == Version::V1) else { return };
    let others = [Controller::Memory, Controller::Cpu, Controller::Cpuacct];
    let shared = others.iter().any(|other| group.place(*other).is_some_and(|place| place.dir == pids.dir));
    let told_apart = number(&pids.dir.join("pids.peak")).is_none_or(|peak| peak <= 1);
    if shared || told_apart || fs::remove_dir(&pids.dir).is_err() {
        return;
    }
    if let Err(e) = fs::create_dir(&pids.dir)
        && e.kind() != io::ErrorKind::AlreadyExists
    {
        // The next run's limit is refused, and with it the slot.
        tracing::warn!("failed to make `{}` anew: {e}", pids.dir.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(version: Version) -> (tempfile::TempDir, Group) {
        let root = tempfile::tempdir().unwrap();
        let place = Place { dir: root.path().to_owned(), version };
        let places = [(Controller::Memory, place)].into();
        let group = Group::make("slot-0", None, &places).unwrap();
        (root, group)
    }

    #[test]
    fn memory_that_stays_charged_makes_a_group_unfit() {
        let (root, group) = group(Version::V1);
        let usage = root.path().join("slot-0/memory.usage_in_bytes");
        fs::write(&usage, CHARGED_MAX.to_string()).unwrap();
        assert_eq!(settle(&group), None);
        fs::write(&usage, (CHARGED_MAX + 4_096).to_string()).unwrap();
        assert_eq!(settle(&group).as_deref(), Some("4100 KiB stay charged to it"));
    }

    #[test]
    fn groups_that_a_run_made_below_its_own_are_gone_before_the_next() {
        let (root, group) = group(Version::V2);
        fs::create_dir_all(root.path().join("slot-0/a/b")).unwrap();
        assert_eq!(settle(&group), None);
        assert!(!root.path().join("slot-0/a").exists());
    }
}
