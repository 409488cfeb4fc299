//! The runs that one host process has, as its worker keeps them: who waits for which, and where they write.
//!
//! Flow: `keeper` hears of a run → **`Runs`** → the one who waits. Not here: the line, and settling what a dead host
//! left.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::id::RunId;
use model::isolation::RanAs;
use model::limits::Limits;
use model::outcome::Outcome;
use model::ports::StartError;
use model::time::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

use crate::folder::Folder;
use crate::wasm::held;

/// A run that was handed to a host.
pub(super) struct Entry {
    pub(super) id: RunId,
    pub(super) folder: Folder,
    pub(super) limits: Limits,
    pub(super) ran_as: RanAs,
    pub(super) begun: Timestamp,
    /// Who waits for its start; none once it was told.
    pub(super) started: Option<oneshot::Sender<Result<(), StartError>>>,
    pub(super) outcome: watch::Sender<Option<Outcome>>,
    /// When it must have ended: past it, its thread hangs.
    pub(super) due: Instant,
    pub(super) permit: Arc<OwnedSemaphorePermit>,
}

impl Entry {
    /// Writes how the run ended, then tells it. Blocks. What the host says of more than the guest is not its to say.
    pub(super) fn finish(self, mut outcome: Outcome) {
        outcome.ran_as = Some(self.ran_as);
        let outcome = held(outcome, self.limits);
        self.folder.forget_note();
        if let Err(e) = self.folder.finish_all(&outcome) {
            tracing::error!(run.id = %self.id, "failed to write how run {} ended: {e}", self.id);
        }
        drop(self.permit);
        self.outcome.send_replace(Some(outcome));
    }
}

/// All runs of one host.
#[derive(Default)]
pub(super) struct Runs(Mutex<Table>);

#[derive(Default)]
struct Table {
    /// The host takes no more.
    closed: bool,
    last: u64,
    entries: HashMap<u64, Entry>,
}

impl Runs {
    /// Adds a run and returns its number; none when the host takes no more.
    pub(super) fn add(&self, entry: Entry) -> Option<u64> {
        let mut table = self.lock();
        if table.closed {
            return None;
        }
        table.last += 1;
        let seq = table.last;
        table.entries.insert(seq, entry);
        Some(seq)
    }

    /// Takes a run out; none when it has ended.
    pub(super) fn remove(&self, seq: u64) -> Option<Entry> {
        self.lock().entries.remove(&seq)
    }

    /// Tells who waits that the run started. Returns false when nobody does any more.
    pub(super) fn started(&self, seq: u64) -> bool {
        let mut table = self.lock();
        let Some(entry) = table.entries.get_mut(&seq) else { return true };
        entry.started.take().is_none_or(|started| started.send(Ok(())).is_ok())
    }

    /// Notes that the run was told to stop, and must have done so within this time.
    pub(super) fn stopping(&self, seq: u64, within: Duration) {
        if let Some(entry) = self.lock().entries.get_mut(&seq) {
            entry.due = entry.due.min(Instant::now() + within);
        }
    }

    /// Returns a run that should have ended by now.
    pub(super) fn overdue(&self, now: Instant) -> Option<RunId> {
        let table = self.lock();
        table.entries.values().find(|entry| entry.due < now).map(|entry| entry.id.clone())
    }

    /// Takes no more runs, and returns those that are left.
    pub(super) fn close(&self) -> Vec<Entry> {
        let mut table = self.lock();
        table.closed = true;
        table.entries.drain().map(|(_, entry)| entry).collect()
    }

    /// Returns true once it takes no more.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
