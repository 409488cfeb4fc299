//! The first process of a run's namespace: takes in orphans until it is told to end, which ends all of them.
//!
//! Not here: the namespace itself (`namespace`).

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};
use std::ptr;

use libc::{c_int, c_long};

use super::Masked;

/// Forks a process that ends when nobody can write to the pipe any more whose reading end is `lifeline`. Returns its pid.
///
/// The child is a copy of this process, of whatever size, and may be one of a process with many threads: it makes
/// system calls only, takes no lock and allocates nothing. Every signal stays blocked in it.
///
/// # Errors
/// When the system has no room for another process.
pub(in crate::shell) fn fork_init(lifeline: BorrowedFd<'_>) -> io::Result<i32> {
    let lifeline = lifeline.as_raw_fd();
    let masked = Masked::all();
    // SAFETY: as after fork, the child goes on here with a copy of our memory. Zeros for all but the flags, so that the
    // order of the arguments, which differs among machines, does not matter.
    let result = unsafe { libc::syscall(libc::SYS_clone, c_long::from(libc::SIGCHLD), 0, 0, 0, 0) };
    if result == 0 {
        be_init(lifeline);
    }
    // Read before the mask is set, which may change it.
    let failed = io::Error::last_os_error();
    drop(masked);
    if result < 0 { Err(failed) } else { Ok(i32::try_from(result).expect("a pid fits")) }
}

/// Waits for the end of the lifeline. Whoever becomes a child meanwhile is reaped by the kernel.
fn be_init(lifeline: RawFd) -> ! {
    /// The kernel's own structure begins with the handler; the rest of it are zeros.
    const IGNORE: [u64; 8] = [libc::SIG_IGN as u64, 0, 0, 0, 0, 0, 0, 0];
    const LAST: c_int = libc::STDIN_FILENO;
    // SAFETY: plain system calls on numbers and on memory that outlives them.
    unsafe {
        libc::syscall(libc::SYS_rt_sigaction, libc::SIGCHLD, IGNORE.as_ptr(), ptr::null::<u64>(), 8usize);
        // Nobody of its user may look into it or trace it.
        libc::prctl(libc::PR_SET_DUMPABLE, 0);
        libc::prctl(libc::PR_SET_NAME, c"sandglass-init".as_ptr());
        libc::setsid();
        libc::chdir(c"/".as_ptr());
        if libc::dup2(lifeline, LAST) == LAST {
            close_above(LAST);
            let mut byte = 0u8;
            // Zero at its end. A blocked signal interrupts nothing; one that cannot be blocked ends us.
            while libc::read(LAST, (&raw mut byte).cast(), 1) != 0 {}
        }
        libc::_exit(0)
    }
}

/// Closes every descriptor above `fd`.
///
/// # Safety
/// Nothing of this process may use one of them any more.
unsafe fn close_above(fd: c_int) {
    // SAFETY: numbers; what is no descriptor is refused without effect.
    unsafe {
        if libc::syscall(libc::SYS_close_range, fd + 1, u32::MAX, 0) != 0 {
            // Before Linux 5.9: one by one, as far as any limit on descriptors usually goes.
            for fd in fd + 1..1 << 20 {
                libc::close(fd);
            }
        }
    }
}
