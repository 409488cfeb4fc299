//! Many requests to one server: some at one time, in order, with a count for who watches.
//!
//! Not here: what is asked (`plan`, `crontab`).

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use futures::{StreamExt as _, stream};

/// Requests under way at one time: enough to hide the way there and back, few beside what a server holds.
const AT_ONCE: usize = 16;
/// Fewer than this are over before anybody wonders.
const WORTH_A_COUNT: usize = 30;
/// Bytes are counted in these.
const MIB: u64 = 1024 * 1024;

/// Does something with each item and returns what came of it, in their order.
pub(super) async fn each<'a, T, R>(
    what: &str,
    items: &'a [T],
    act: impl AsyncFn(&'a T) -> Result<R>,
) -> Vec<Result<R>> {
    let progress = Progress::of(what, items.len());
    let (act, progress) = (&act, &progress);
    let acts = stream::iter(items).map(|item| async move {
        let done = act(item).await;
        progress.step();
        done
    });
    acts.buffered(AT_ONCE).collect().await
}

/// A line on the terminal that counts, and is gone at the end.
pub(super) struct Progress {
    what: String,
    total: u64,
    done: AtomicU64,
    /// How much is one step of what is shown, and what stands behind the numbers.
    unit: (u64, &'static str),
    shown: bool,
}

impl Progress {
    /// Counts things.
    pub(super) fn of(what: &str, total: usize) -> Self {
        let shown = total >= WORTH_A_COUNT && std::io::stderr().is_terminal();
        Self::new(what, total as u64, (1, ""), shown)
    }

    /// Counts bytes.
    pub(super) fn of_bytes(what: &str, total: u64) -> Self {
        let shown = total >= MIB && std::io::stderr().is_terminal();
        Self::new(what, total, (MIB, " MiB"), shown)
    }

    fn new(what: &str, total: u64, unit: (u64, &'static str), shown: bool) -> Self {
        Self { what: what.to_owned(), total, done: AtomicU64::new(0), unit, shown }
    }

    /// One more is done.
    pub(super) fn step(&self) {
        self.step_by(1);
    }

    /// So many more are done.
    pub(super) fn step_by(&self, more: u64) {
        let before = self.done.fetch_add(more, Ordering::Relaxed);
        let done = before + more;
        let (step, unit) = self.unit;
        if self.shown && before / step != done / step {
            let (what, done, total) = (&self.what, done / step, self.total / step);
            // A terminal that is gone needs no count.
            drop(write!(std::io::stderr(), "\r\x1b[K{what} {done} of {total}{unit}"));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            drop(write!(std::io::stderr(), "\r\x1b[K"));
        }
    }
}
