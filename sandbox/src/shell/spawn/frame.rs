//! The memory of one start: the child's stack, and the page through which it tells how far it came.

use std::io;
use std::ptr;

use libc::c_void;

use super::child::Report;

/// Stack of the child, which calls nothing deep.
const STACK_BYTES: usize = 64 * 1024;
/// Size of the guard below the stack and of the report above it: at least a page on any machine.
const PAGE_BYTES: usize = 64 * 1024;

/// One piece of memory: a guard, the child's stack above it, the report at its end.
#[derive(Debug)]
pub(super) struct Frame(*mut c_void);

impl Frame {
    const BYTES: usize = PAGE_BYTES + STACK_BYTES + PAGE_BYTES;

    /// Maps a frame of zeros.
    ///
    /// # Errors
    /// When the kernel gives no memory.
    pub(super) fn map() -> io::Result<Self> {
        // SAFETY: new memory at an address of the kernel's choice; shared, so that a child with a copy of our memory
        // reports too. The guard is its lowest part, which nothing refers to.
        unsafe {
            let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
            let base =
                libc::mmap(ptr::null_mut(), Self::BYTES, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            if base == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            let frame = Self(base);
            if libc::mprotect(base, PAGE_BYTES, libc::PROT_NONE) != 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(frame)
        }
    }

    /// Returns where the stack begins, and how long it is.
    pub(super) fn stack(&self) -> (*mut c_void, usize) {
        (self.0.wrapping_byte_add(PAGE_BYTES), STACK_BYTES)
    }

    /// Returns the end of the stack, which grows down from it.
    pub(super) fn stack_top(&self) -> *mut c_void {
        self.0.wrapping_byte_add(PAGE_BYTES + STACK_BYTES)
    }

    /// Returns what the child tells.
    pub(super) fn report(&self) -> &Report {
        // SAFETY: mapped as long as `self` lives, aligned to a page, zeroed by the kernel, and atomics only.
        unsafe { &*self.stack_top().cast::<Report>() }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // SAFETY: our own mapping; a child on its stack has executed or ended, since its parent stood still until then.
        unsafe { libc::munmap(self.0, Self::BYTES) };
    }
}
