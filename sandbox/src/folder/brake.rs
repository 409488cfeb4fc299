//! Hears whether whoever reads a run's segment holds back its writer: by a lock on the file, which goes with its holder.
//!
//! It needs no folder and no message: a process that was only given the open file hears it too. The other side and
//! the meaning of the locks: `model::run_folder`.

use std::fs::{File, TryLockError};

use model::time::{BootTime, Span};

/// How often it is looked, at most.
pub const HELD_LOOK: Span = Span::from_millis(100);

/// What the reader wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing: go on.
    #[default]
    Go,
    /// That no more output is read.
    Wait,
    /// That what is read is dropped.
    Drop,
}

/// What was heard last.
#[derive(Debug, Default)]
pub(super) struct Brake {
    told: Told,
    look_at: Option<BootTime>,
}

impl Brake {
    /// Returns what the reader of `segment` wants, as it stood a moment ago.
    pub(super) fn look(&mut self, segment: &File, now: BootTime) -> Told {
        if self.look_at.is_none_or(|at| now >= at) {
            self.look_at = Some(now + HELD_LOOK);
            self.told = told(segment);
        }
        self.told
    }
}

fn told(segment: &File) -> Told {
    let told = match segment.try_lock() {
        Err(TryLockError::WouldBlock) => match segment.try_lock_shared() {
            Err(TryLockError::WouldBlock) => return Told::Drop,
            _ => Told::Wait,
        },
        // A file system without locks holds nobody back.
        _ => Told::Go,
    };
    // A lock that was not taken is given back to no harm.
    let _ = segment.unlock();
    told
}
