//! What a later worker process needs to find a run's processes: `process.json` in the run's folder.
//!
//! Written before anything is executed, and once more when the pid of a child that did not stand by is known. A pid
//! counts only with its start time and under the same boot.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::folder::Folder;
use crate::kernel_file;

/// The file's name.
const FILE: &str = "process.json";

/// What `process.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    /// Format of this document.
    pub(super) version: u32,
    /// The machine's boot under which it runs.
    pub(super) boot: String,
    /// The directories of its control groups.
    pub(super) groups: Vec<PathBuf>,
    /// The slot that it has, of the worker's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) slot: Option<u32>,
    /// When it was started.
    pub(super) started_at: Timestamp,
    /// The main process, once it exists: also its session and its process group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) main: Option<Identity>,
    /// The shim that looks after it; none where a thread of the worker does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shim: Option<Identity>,
}

/// A process that cannot be mistaken for a later one of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    /// Its number.
    pub(super) pid: i32,
    /// When it started, in clock ticks since boot.
    pub(super) start_ticks: u64,
}

impl Process {
    /// The format that this binary writes.
    pub(super) const VERSION: u32 = 1;

    /// Makes the file, before anything is executed: half of it reads as none, which is true. Not synced, as [`Self::write`].
    ///
    /// # Errors
    /// As the file system says.
    pub(super) fn create(&self, folder: &Folder) -> io::Result<()> {
        fs::write(folder.path().join(FILE), serde_json::to_vec(self)?)
    }

    /// Writes the file by rename. Not synced: after a crash of the machine nothing of the run lives.
    ///
    /// # Errors
    /// As the file system says.
    pub(super) fn write(&self, folder: &Folder) -> io::Result<()> {
        let part = folder.path().join("process.json.tmp");
        fs::write(&part, serde_json::to_vec(self)?)?;
        fs::rename(part, folder.path().join(FILE))
    }

    /// Reads the file; `None` when it is not there or not whole.
    pub(super) fn read(folder: &Folder) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.path().join(FILE)).ok()?).ok()
    }
}

impl Identity {
    /// Returns this process.
    pub(super) fn own() -> Option<Self> {
        Self::of(i32::try_from(std::process::id()).ok()?)
    }

    /// Returns the process as the kernel knows it now; `None` when there is none of that number.
    pub(super) fn of(pid: i32) -> Option<Self> {
        Stat::read(Path::new("/proc"), pid).map(|stat| Self { pid, start_ticks: stat.start_ticks })
    }
}

/// Returns the boot under which this process runs.
pub(super) fn boot_id() -> String {
    static BOOT: LazyLock<String> = LazyLock::new(|| {
        let text = kernel_file::read(Path::new("/proc/sys/kernel/random/boot_id")).unwrap_or_default();
        text.trim().to_owned()
    });
    BOOT.clone()
}

/// What `/proc/PID/stat` says of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) state: char,
    pub(super) parent: i32,
    pub(super) group: i32,
    pub(super) session: i32,
    pub(super) start_ticks: u64,
}

impl Stat {
    /// Reads the file of `pid` under `proc`.
    pub(super) fn read(proc: &Path, pid: i32) -> Option<Self> {
        Self::parse(&kernel_file::read(&proc.join(format!("{pid}/stat"))).ok()?)
    }

    /// Returns true for a process that has ended and waits to be reaped.
    pub(super) fn is_zombie(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }

    /// The name in parentheses may hold anything, parentheses and spaces included: count from its end.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        Some(Self {
            state: fields.first()?.chars().next()?,
            parent: fields.get(1)?.parse().ok()?,
            group: fields.get(2)?.parse().ok()?,
            session: fields.get(3)?.parse().ok()?,
            start_ticks: fields.get(19)?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let text = "77 (a) b (c) S 1 70 60 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 0 0";
        let stat = Stat::parse(text).unwrap();
        assert_eq!(stat, Stat { state: 'S', parent: 1, group: 70, session: 60, start_ticks: 123_456 });
        assert!(Stat::parse("77 (a").is_none());
    }

    #[test]
    fn this_process_is_found_by_its_own_number() {
        let me = i32::try_from(std::process::id()).unwrap();
        assert_eq!(Identity::of(me).unwrap(), Identity::of(me).unwrap());
        assert!(Identity::of(i32::MAX).is_none());
    }
}
