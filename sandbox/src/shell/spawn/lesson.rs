//! Which ways of starting a child this kernel was seen to refuse. A process that is forked afterwards knows it as well,
//! and what it learns is known to all: shims come and go, and each would have to find out anew.
//!
//! Not here: what counts as a refusal (`spawn`).

use std::ptr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::child::is_spared;

/// How many ways are refused, in a page that forks share.
static REFUSED: LazyLock<&'static AtomicUsize> = LazyLock::new(page);

/// Lets the processes that this one forks from now on learn together, and know what they inherit.
pub(in crate::shell) fn learn_together() {
    LazyLock::force(&REFUSED);
    is_spared();
}

/// Returns how many ways, best first, are not worth a try.
pub(super) fn refused() -> usize {
    REFUSED.load(Ordering::Relaxed)
}

/// Notes that the best `ways` are refused.
pub(super) fn refuse(ways: usize) {
    REFUSED.fetch_max(ways, Ordering::Relaxed);
}

fn page() -> &'static AtomicUsize {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    // SAFETY: new memory at an address of the kernel's choice, aligned to a page, zeroed, and never given back.
    unsafe {
        let page = libc::mmap(ptr::null_mut(), size_of::<AtomicUsize>(), access, flags, -1, 0);
        // Without it each process learns for itself.
        if page == libc::MAP_FAILED { Box::leak(Box::default()) } else { &*page.cast::<AtomicUsize>() }
    }
}
