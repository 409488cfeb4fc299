//! The end of a child: a descriptor that tells it, and its status.

use std::io;
use std::os::fd::{FromRawFd as _, OwnedFd};

/// How a child ended, and what the kernel counted for it and the children that it waited for. Its largest memory is not
/// among it: the kernel counts the worker's own in, which the child shared before exec.
#[derive(Debug, Clone, Copy)]
pub(in crate::shell) struct Reaped {
    pub(in crate::shell) status: i32,
    pub(in crate::shell) user_ms: u64,
    pub(in crate::shell) system_ms: u64,
}

/// Reaps the child `pid` if it has ended, or waits for that. `None` while it runs.
///
/// # Errors
/// When it is no child of ours or was reaped before.
pub(in crate::shell) fn reap(pid: i32, wait: bool) -> io::Result<Option<Reaped>> {
    let flags = if wait { 0 } else { libc::WNOHANG };
    loop {
        let mut status = 0;
        // SAFETY: both out-pointers are valid for the call; a zeroed `rusage` is a valid value.
        let (pid, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            (libc::wait4(pid, &raw mut status, flags, &raw mut usage), usage)
        };
        if pid == -1 {
            let error = io::Error::last_os_error();
            if error.kind() == io::ErrorKind::Interrupted {
                continue;
            }
            return Err(error);
        }
        let millis = |t: libc::timeval| t.tv_sec.unsigned_abs() * 1_000 + t.tv_usec.unsigned_abs() / 1_000;
        return Ok((pid != 0).then(|| Reaped {
            status,
            user_ms: millis(usage.ru_utime),
            system_ms: millis(usage.ru_stime),
        }));
    }
}

/// Returns a descriptor that becomes readable when the process ends.
pub(super) fn pidfd_open(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes two numbers and returns a descriptor that nobody else owns, or -1.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(OwnedFd::from_raw_fd(i32::try_from(fd).expect("a descriptor fits")))
    }
}
