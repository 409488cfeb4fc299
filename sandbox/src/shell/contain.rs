//! What is done to a child before its program runs: plain values, prepared while there is still time to allocate.
//!
//! Flow: `plan` says what, `start` opens the descriptors → **`Containment`** → `spawn` does it.
//! Not here: any system call in the child.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cgroup::Group;

/// What happens in the child before exec.
#[derive(Debug)]
pub(super) struct Containment<'a> {
    /// The groups that it is in before its first instruction.
    pub(super) joins: &'a Joins,
    /// Its standard streams.
    pub(super) streams: [BorrowedFd<'a>; 3],
    /// The one descriptor above 2 that it keeps: its script.
    pub(super) script: Option<BorrowedFd<'a>>,
    /// The account to drop to; `None` keeps the worker's own.
    pub(super) account: Option<&'a Ids>,
    /// Its own `/tmp` and `/dev/shm`; `None` leaves it the host's.
    pub(super) places: Option<&'a Places>,
    /// A `/proc` of its own namespace.
    pub(super) own_proc: bool,
    /// Namespaces in which it is born, as flags of `clone`; none but for probes.
    pub(super) apart: libc::c_int,
    /// Where to start, and whether `/` does instead when it is not there.
    pub(super) cwd: &'a Cwd,
    /// False lets set-user-id programs gain privileges.
    pub(super) no_new_privs: bool,
}

/// A user with its groups, as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ids {
    pub(crate) uid: libc::uid_t,
    pub(crate) gid: libc::gid_t,
    pub(crate) groups: Vec<libc::gid_t>,
}

impl Ids {
    /// Returns the user who owns nothing.
    pub(crate) fn nobody() -> Self {
        Self { uid: 65_534, gid: 65_534, groups: Vec::new() }
    }
}

/// A `/tmp` and a `/dev/shm` of memory that end with the last process which sees them; and no shared memory or queues
/// of others. Bytes in them count as the run's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Places {
    /// How they are mounted.
    pub(super) options: CString,
}

impl Places {
    /// Returns places that hold `bytes` each at most; half of the host's memory when no number is given.
    pub(super) fn of(bytes: Option<u64>) -> Self {
        let size = bytes.map_or_else(String::new, |bytes| format!(",size={bytes}"));
        Self { options: CString::new(format!("mode=1777{size}")).expect("no NUL byte") }
    }
}

/// A directory to start in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Cwd {
    pub(super) path: CString,
    pub(super) or_root: bool,
}

/// The way into a run's groups, opened while we still may. The files belong to who opened them: a child that has
/// dropped its privileges could not open them, and does not keep them.
#[derive(Debug, Default)]
pub(super) struct Joins {
    /// `cgroup.procs` of the version 1 groups.
    apart: Vec<Arc<File>>,
    unified: Option<Unified>,
}

/// The version 2 group: a child can be born in it.
#[derive(Debug)]
struct Unified {
    dir: Arc<File>,
    procs: Arc<File>,
}

impl Joins {
    /// Opens the way into each directory of a group.
    ///
    /// # Errors
    /// With the file that could not be opened.
    pub(super) fn open(group: &Group) -> io::Result<Self> {
        let unified = group.unified();
        let apart = group.dirs().into_iter().filter(|dir| Some(*dir) != unified);
        let apart = apart.map(|dir| group.procs(dir)).collect::<io::Result<_>>()?;
        let unified = unified
            .map(|dir| Ok::<_, io::Error>(Unified { dir: group.directory(dir)?, procs: group.procs(dir)? }));
        Ok(Self { apart, unified: unified.transpose()? })
    }

    /// The way into version 1 groups alone.
    #[cfg(test)]
    pub(super) fn of(apart: Vec<File>) -> Self {
        Self { apart: apart.into_iter().map(Arc::new).collect(), unified: None }
    }

    /// Returns the directory in which a child can be born.
    pub(super) fn birthplace(&self) -> Option<RawFd> {
        self.unified.as_ref().map(|unified| unified.dir.as_raw_fd())
    }

    /// Returns the files that a child writes itself into; the last leads into the birthplace, where there is one.
    pub(super) fn files(&self) -> Vec<RawFd> {
        self.apart
            .iter()
            .chain(self.unified.as_ref().map(|unified| &unified.procs))
            .map(|file| file.as_raw_fd())
            .collect()
    }
}
