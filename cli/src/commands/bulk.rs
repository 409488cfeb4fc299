//! Many requests to one server: some at one time, in order, with a count for who watches.
//!
//! Not here: what is asked (`plan`, `crontab`).

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};

use anyhow::Result;
use futures::{StreamExt as _, stream};

/// Requests under way at one time: enough to hide the way there and back, few beside what a server holds.
const AT_ONCE: usize = 16;
/// Fewer than this are over before anybody wonders.
const WORTH_A_COUNT: usize = 30;

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
struct Progress<'a> {
    what: &'a str,
    total: usize,
    done: Cell<usize>,
    shown: bool,
}

impl<'a> Progress<'a> {
    fn of(what: &'a str, total: usize) -> Self {
        let shown = total >= WORTH_A_COUNT && std::io::stderr().is_terminal();
        Self { what, total, done: Cell::new(0), shown }
    }

    fn step(&self) {
        self.done.set(self.done.get() + 1);
        if self.shown {
            // A terminal that is gone needs no count.
            drop(write!(std::io::stderr(), "\r\x1b[K{} {} of {}", self.what, self.done.get(), self.total));
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.shown {
            drop(write!(std::io::stderr(), "\r\x1b[K"));
        }
    }
}
