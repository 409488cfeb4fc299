//! Ships output and run records to the facts store, whatever becomes of that store in between.
//!
//! Flow: run folders and the `runner` → **`pipeline`** → `Facts`. One task reads all segments; one batch is gathered
//! while one is on its way, so memory is bounded and what waits, waits on disk. Every step may be repeated.
//! Not here: whether a run's end is settled (`scheduler`, which never waits for the facts).

mod aside;
mod batch;
mod cursor;
mod delivery;
mod pace;
mod quota;
mod records;
mod shipper;
mod steps;
mod tail;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::chunk::{Chunk, NotKept};
use model::id::RunId;
use model::run::RunRecord;
use model::time::Timestamp;
use model::worker::OutputWaits;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use delivery::Settled;
pub(crate) use shipper::Shipper;

/// Commands that wait for the pipeline before their senders wait.
const COMMANDS_MAX: usize = 1_024;

/// What the pipeline is told.
#[derive(Debug)]
pub(crate) enum Command {
    /// A run was claimed, or taken over: this is its record.
    Follow(Box<RunRecord>),
    /// It was started.
    Started(RunId, Timestamp),
    /// It has ended, as its record says: no more output comes.
    Ended(Box<RunRecord>),
    /// Its end is settled in the store of intent.
    Settled(RunId, Settled),
    /// Ship without waiting for more; answered once all that has ended is shipped.
    Flush(oneshot::Sender<()>),
}

/// The way to the pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    commands: mpsc::Sender<Command>,
    backlog: Arc<AtomicUsize>,
    waits: watch::Receiver<OutputWaits>,
}

/// What the pipeline tells of itself.
pub(crate) struct Told {
    backlog: Arc<AtomicUsize>,
    waits: watch::Sender<OutputWaits>,
}

impl Told {
    /// Counts what runs printed while they were held back and nobody kept.
    fn truncated(&self, chunks: &[Chunk]) {
        let gaps = chunks.iter().filter_map(|chunk| chunk.gap).filter(|gap| gap.why == NotKept::Quota);
        let bytes: u64 = gaps.map(|gap| gap.bytes).sum();
        if bytes > 0 {
            self.waits.send_modify(|told| told.truncated_bytes += bytes);
        }
    }
}

impl Handle {
    /// Tells the pipeline something; waits while it has too much to do.
    pub(crate) async fn send(&self, command: Command) {
        // Counted here, so that whoever sees the end of the run sees the backlog with it.
        if matches!(command, Command::Ended(_)) {
            self.backlog.fetch_add(1, Ordering::Relaxed);
        }
        // It ends after everybody who talks to it: a closed way is the end of the process.
        let _ = self.commands.send(command).await;
    }

    /// Returns how many ended runs wait for the facts.
    pub(crate) fn backlog(&self) -> usize {
        self.backlog.load(Ordering::Relaxed)
    }

    /// Returns how much output waits, and what it costs.
    pub(crate) fn waits(&self) -> OutputWaits {
        *self.waits.borrow()
    }

    /// Returns once all that has ended is shipped.
    pub(crate) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        self.send(Command::Flush(done)).await;
        let _ = flushed.await;
    }
}

/// Returns the handle, what its shipper listens to, and what it tells.
pub(crate) fn channel() -> (Handle, mpsc::Receiver<Command>, Told) {
    let (commands, inbox) = mpsc::channel(COMMANDS_MAX);
    let (waits, seen) = watch::channel(OutputWaits::default());
    let backlog = Arc::new(AtomicUsize::new(0));
    (Handle { commands, backlog: Arc::clone(&backlog), waits: seen }, inbox, Told { backlog, waits })
}
