//! Files of one group that stay open from one run to the next: a path that is walked and a file that is opened cost
//! several times what its few bytes do, and a run reads dozens.
//!
//! A file of a group that was removed answers `ENODEV`, also when another group stands at its path by then. So what is
//! read is what stands there, and on that answer the directory's files are opened anew.
//!
//! Not held for reading is `cgroup.procs`: version 1 gives a descriptor that was read before a list of up to a second
//! ago. Not here: which groups hold theirs (`pool`, by number: descriptors are few).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::kernel_file;

/// The open files of a group; none when it holds none. A clone holds the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Held(Option<Arc<Mutex<Open>>>);

#[derive(Debug, Default)]
struct Open {
    reads: BTreeMap<OsString, Arc<File>>,
    writes: BTreeMap<OsString, Arc<File>>,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

impl PartialEq for Held {
    /// What is open is no part of which group it is.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Held {}

impl Held {
    /// Returns what holds files from now on.
    pub(super) fn open() -> Self {
        Self(Some(Arc::default()))
    }

    /// Returns whether it does.
    pub(super) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the text of a small file of the kernel's.
    ///
    /// # Errors
    /// As the file system says; see [`kernel_file::read`].
    pub(super) fn read(&self, path: &Path) -> io::Result<String> {
        self.with(path, Access::Read, kernel_file::read_open)
    }

    /// Writes to a file that is there.
    ///
    /// # Errors
    /// As the kernel says.
    pub(super) fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        self.with(path, Access::Write, |file| file.write_all_at(text.as_bytes(), 0))
    }

    /// Returns a file, open for whoever wants to use it itself.
    ///
    /// # Errors
    /// As the file system says. The file may be that of a group which is gone.
    pub(super) fn file(&self, path: &Path, access: Access) -> io::Result<Arc<File>> {
        let known = self.lock().and_then(|mut open| open.of(access).get(path.as_os_str()).cloned());
        if let Some(file) = known {
            return Ok(file);
        }
        let file = Arc::new(open(path, access)?);
        if let Some(mut held) = self.lock() {
            held.of(access).insert(path.into(), file.clone());
        }
        Ok(file)
    }

    /// Closes all of them.
    pub(super) fn let_go(&self) {
        if let Some(mut held) = self.lock() {
            *held = Open::default();
        }
    }

    /// Closes those of a directory that is not there any more.
    fn let_go_of(&self, dir: Option<&Path>) {
        if let Some(mut held) = self.lock() {
            let Open { reads, writes } = &mut *held;
            for open in [reads, writes] {
                open.retain(|path, _| {
                    Path::new(path) != dir.unwrap_or(Path::new("")) && Path::new(path).parent() != dir
                });
            }
        }
    }

    fn with<T>(&self, path: &Path, access: Access, act: impl Fn(&File) -> io::Result<T>) -> io::Result<T> {
        match act(&*self.file(path, access)?) {
            Err(e) if e.raw_os_error() == Some(libc::ENODEV) && self.0.is_some() => {
                self.let_go_of(path.parent());
                act(&*self.file(path, access)?)
            }
            done => done,
        }
    }

    fn lock(&self) -> Option<MutexGuard<'_, Open>> {
        Some(self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Open {
    fn of(&mut self, access: Access) -> &mut BTreeMap<OsString, Arc<File>> {
        match access {
            Access::Read => &mut self.reads,
            Access::Write => &mut self.writes,
        }
    }
}

fn open(path: &Path, access: Access) -> io::Result<File> {
    let write = access == Access::Write;
    OpenOptions::new().read(!write).write(write).open(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_held_is_read_anew_and_opened_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pids.max");
        let held = Held::open();
        for text in ["max\n", "7\n"] {
            fs::write(&path, text).unwrap();
            assert_eq!(held.read(&path).unwrap(), text);
        }
        held.write(&path, "9").unwrap();
        assert_eq!(held.read(&path).unwrap(), "9\n");
        let file = |held: &Held| held.file(&path, Access::Read).unwrap();
        assert!(Arc::ptr_eq(&file(&held), &file(&held.clone())));
        held.let_go();
        let none = Held::default();
        assert!(!Arc::ptr_eq(&file(&none), &file(&none)));
    }

    #[test]
    fn a_file_that_is_not_there_is_told_as_such() {
        let dir = tempfile::tempdir().unwrap();
        let missing = Held::open().read(&dir.path().join("none")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
