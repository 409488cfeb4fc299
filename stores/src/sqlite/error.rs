//! What goes wrong with SQLite and the data folder, in the words of the ports and of the user.
//!
//! Inside the adapter everything is a [`Fault`]; at its edge it becomes a `StoreError` (what does the caller do?)
//! or an [`OpenError`] (what does the user do?).

use std::io;
use std::path::{Path, PathBuf};

use model::ports::StoreError;
use rusqlite::ErrorCode;

use crate::documents::Unreadable;

/// Why a data folder was not opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error(
        "data folder `{folder}` is in use by {holder}\nhint: stop it first, or choose another folder; \
         two processes never share one"
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Who has it (`process 123`, `another process`).
        holder: String,
    },
    /// This user may not write there.
    #[error(
        "no permission to write `{path}`: {reason}\nhint: run as the user that owns the folder, or choose \
         another folder"
    )]
    Permission {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// There is no room.
    #[error(
        "no room left for `{path}`: {reason}\nhint: free some space on its file system, then start again"
    )]
    Full {
        /// The file or folder.
        path: PathBuf,
        /// What SQLite or the system said.
        reason: String,
    },
    /// A file is not what it should be.
    #[error(
        "database `{path}` is damaged: {reason}\nhint: put back a copy of it, or move the file away to start \
         with an empty one"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// A later version of Sandglass wrote it.
    #[error(
        "`{path}` was written by a newer version of sandglass (format {found}, this one knows {known})\n\
         hint: start that version or a later one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format that was found.
        found: i64,
        /// The highest format that this binary knows.
        known: i64,
    },
    /// Anything else.
    #[error("failed to open `{path}`: {reason}")]
    Other {
        /// The file or folder.
        path: PathBuf,
        /// What SQLite or the system said.
        reason: String,
    },
}

impl OpenError {
    /// Returns what a failed system call at `path` means.
    pub(super) fn io(path: &Path, error: &io::Error) -> Self {
        let (path, reason) = (path.to_owned(), error.to_string());
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Permission { path, reason }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, reason },
            _ => Self::Other { path, reason },
        }
    }

    /// Returns what a fault while opening `path` means.
    pub(super) fn fault(path: &Path, fault: &Fault) -> Self {
        let (path, reason) = (path.to_owned(), fault.to_string());
        match fault {
            Fault::Newer { found, known, .. } => Self::Newer { path, found: *found, known: *known },
            Fault::Damaged(_) => Self::Damaged { path, reason },
            Fault::Io(error) => Self::io(&path, error),
            Fault::Store(_) => Self::Other { path, reason },
            Fault::Sql(error) => match error_code(error) {
                Some(ErrorCode::DiskFull) => Self::Full { path, reason },
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path, reason },
                Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                    Self::Permission { path, reason }
                }
                _ => Self::Other { path, reason },
            },
        }
    }
}

/// What went wrong inside the adapter.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// SQLite refused.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// A system call failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A stored document was written by a later version.
    #[error(
        "{what} was written by a newer version of sandglass (format {found}, this one knows {known})\n\
         hint: start that version or a later one"
    )]
    Newer { what: String, found: i64, known: i64 },
    /// What is stored cannot be read.
    #[error("{0}")]
    Damaged(String),
    /// Already in the words of the port.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unreadable> for Fault {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Newer { what, found, known } => Self::Newer { what, found, known },
            Unreadable::Damaged(what) => Self::Damaged(what),
        }
    }
}

impl Fault {
    /// Returns what the caller may do about a fault in `path`, when surely nothing was written.
    pub(super) fn not_done(self, path: &Path) -> StoreError {
        let file = path.display();
        match self {
            Self::Store(error) => error,
            Self::Newer { .. } => StoreError::Permanent(self.to_string()),
            Self::Damaged(what) => StoreError::Permanent(format!(
                "`{file}` is damaged: {what}\nhint: put back a copy of it, or move it away to start empty"
            )),
            Self::Io(error) => io_error(path, &error),
            Self::Sql(error) => match error_code(&error) {
                Some(ErrorCode::DiskFull) => full(path, &error.to_string()),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Permanent(format!(
                    "`{file}` is damaged: {error}\nhint: put back a copy of it, or move it away to start empty"
                )),
                Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                    StoreError::Permanent(format!(
                        "`{file}` cannot be written: {error}\nhint: look at the owner and mode of the file, its \
                         folder and its file system"
                    ))
                }
                Some(
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::OutOfMemory
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::OperationInterrupted,
                ) => StoreError::Unavailable(format!("`{file}`: {error}")),
                _ => StoreError::Permanent(format!("`{file}` refused a statement: {error}")),
            },
        }
    }

    /// Returns what the caller may do when the commit itself failed: a failed sync may still have reached the disk.
    pub(super) fn perhaps_done(self, path: &Path) -> StoreError {
        match self.not_done(path) {
            StoreError::Unavailable(what) => StoreError::Ambiguous(what),
            sure => sure,
        }
    }
}

/// Returns SQLite's code of an error. A side file that cannot grow is a full disk, though SQLite has it among the
/// failed system calls.
fn error_code(error: &rusqlite::Error) -> Option<ErrorCode> {
    match error.sqlite_error() {
        Some(error) if error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
            Some(ErrorCode::DiskFull)
        }
        other => other.map(|error| error.code),
    }
}

/// Returns what the caller may do about a failed system call at `path`.
pub(super) fn io_error(path: &Path, error: &io::Error) -> StoreError {
    let file = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => full(path, &error.to_string()),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::Permanent(format!(
                "`{file}` cannot be written: {error}\nhint: look at the owner and mode of the file, its folder and \
             its file system"
            ))
        }
        _ => StoreError::Unavailable(format!("`{file}`: {error}")),
    }
}

fn full(path: &Path, reason: &str) -> StoreError {
    StoreError::Permanent(format!(
        "no room left for `{}`: {reason}\nhint: free some space on its file system; nothing was lost that had \
         been kept before",
        path.display()
    ))
}
