//! Tells when the last process of a group is gone: `cgroup.events` of version 2, by `POLLPRI`.
//!
//! A read arms it, so whoever waits reads first, looks, and then polls: a change in between is not missed.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::counters::keyed;

/// More than the few lines of the file.
const TEXT_BYTES: usize = 256;

/// The events of one group.
#[derive(Debug)]
pub(crate) struct Events(File);

impl Events {
    /// Opens the events of the group at `dir`.
    ///
    /// # Errors
    /// When the kernel has no such file.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        File::open(dir.join("cgroup.events")).map(Self)
    }

    /// Returns true when a process lives in the group or below it, and arms the descriptor for the next change.
    pub(crate) fn is_populated(&self) -> bool {
        let mut text = [0; TEXT_BYTES];
        let len = self.0.read_at(&mut text, 0).unwrap_or(0);
        // A group that is gone has nobody.
        std::str::from_utf8(&text[..len]).ok().and_then(|text| keyed(text, "populated")) == Some(1)
    }

    /// Waits for a change since the last look, at most `within`.
    pub(crate) fn wait(&self, within: Duration) {
        let millis = within.as_micros().div_ceil(1_000).min(60_000);
        let timeout = PollTimeout::from(u16::try_from(millis).expect("a minute fits"));
        // A signal ends it early, which is harmless: who waits looks again.
        let _ = poll(&mut [PollFd::new(self.0.as_fd(), PollFlags::POLLPRI)], timeout);
    }
}

impl AsFd for Events {
    /// Polled for `POLLPRI` beside other descriptors.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
