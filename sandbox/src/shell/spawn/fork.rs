//! Forks the supervisor: a shim begins as a whole copy of it.
//!
//! Not here: starting a program (`spawn`), which copies nothing.

use std::io;
use std::os::fd::{FromRawFd as _, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a shim that panicked ends with, as any other program.
const PANICKED: i32 = 101;

/// Forks this process. The child does `body` and ends with its code, without returning here. Returns the child's pid.
///
/// Invariant: this process has one thread, so that no lock of another can be held for ever in the child.
///
/// # Errors
/// When the system has no room for another process.
pub(in crate::shell) fn fork(body: impl FnOnce() -> i32) -> io::Result<i32> {
    // SAFETY: the process has one thread (`supervisor` looks at its start), so the child is a whole copy of it and may
    // do whatever its parent may. It leaves by `_exit`: no handler of the parent's exit runs twice.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let code = catch_unwind(AssertUnwindSafe(body)).unwrap_or(PANICKED);
            // SAFETY: ends the process; nothing of it is used afterwards.
            unsafe { libc::_exit(code) }
        }
        pid => Ok(pid),
    }
}

/// Takes over a descriptor that the kernel has just given to this process with a message.
pub(crate) fn received(fd: RawFd) -> OwnedFd {
    // SAFETY: `recvmsg` makes a new descriptor for each one that it receives, and nobody else knows its number.
    unsafe { OwnedFd::from_raw_fd(fd) }
}
