//! The machine's clocks, which a test may set.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use model::ports::Clock;
use model::time::{BootTime, Span, Timestamp};
use stores::SystemClock;

/// The machine's clocks, moved by what a test says.
#[derive(Default)]
pub(crate) struct TestClock {
    wall_ms: AtomicI64,
    boot_ms: AtomicU64,
}

impl TestClock {
    /// Lets time pass on both clocks.
    pub(crate) fn pass(&self, span: Span) {
        self.boot_ms.fetch_add(span.as_millis(), Ordering::SeqCst);
        self.set_forward(span);
    }

    /// Sets the wall clock forward.
    pub(crate) fn set_forward(&self, span: Span) {
        self.wall_ms.fetch_add(span.as_millis().cast_signed(), Ordering::SeqCst);
    }

    /// Sets the wall clock back.
    pub(crate) fn set_back(&self, span: Span) {
        self.wall_ms.fetch_sub(span.as_millis().cast_signed(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.wall_ms.load(Ordering::SeqCst))
    }

    fn boot_time(&self) -> BootTime {
        SystemClock.boot_time() + Span::from_millis(self.boot_ms.load(Ordering::SeqCst))
    }
}
