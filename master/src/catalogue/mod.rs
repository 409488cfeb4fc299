//! All jobs and states as the watch shows them, for lists and questions across jobs.
//!
//! Flow: intent (load, watch) → **`catalogue`** → lists, `recorder`. A watch that ends is followed by a new load: the
//! same road as at the start. What decides a change reads the store itself (`edit`), never this.
//!
//! Not here: paging and filters (`routes`).

mod bloom;
mod entries;
mod entry;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use futures::StreamExt as _;
use model::id::{JobName, Revision};
use model::ports::{Changes, Intent, Snapshot, StoreError, WatchError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::api::Problem;
use crate::events::Feed;
use crate::problem::Answer;

pub(crate) use bloom::Bloom;
use entries::{Entries, name_of};
pub(crate) use entry::{Entry, Text};

/// How long an answer waits for the watch to show what was just written.
const CATCH_UP: Duration = Duration::from_millis(500);
/// How long a list waits for the first load.
const FIRST_LOAD: Duration = Duration::from_secs(5);
/// Pause between attempts to load, doubled up to the longest.
const BACKOFF: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// All jobs and states as the watch shows them.
pub(crate) struct Catalogue {
    entries: RwLock<Entries>,
    /// Up to which revision everything is known; none before the first load.
    known: watch::Sender<Option<Revision>>,
    /// What changes, for whoever listens.
    pub(crate) feed: Feed,
    /// How often a job was saved, deleted, paused or resumed, as far as the watch shows.
    job_changes: AtomicU64,
}

impl Catalogue {
    pub(crate) fn new() -> Self {
        Self {
            entries: RwLock::default(),
            known: watch::Sender::new(None),
            feed: Feed::default(),
            job_changes: AtomicU64::new(0),
        }
    }

    /// Follows the store until `shutdown`.
    pub(crate) async fn run(&self, intent: Arc<dyn Intent>, shutdown: CancellationToken) {
        let mut wait = BACKOFF;
        loop {
            let ended = tokio::select! {
                () = shutdown.cancelled() => return,
                ended = self.follow(intent.as_ref(), &mut wait) => ended,
            };
            match ended {
                Err(WatchError::Compacted(_)) | Ok(()) => {
                    tracing::info!("the watch of jobs ended; loading again");
                }
                Err(WatchError::Store(error)) => {
                    tracing::warn!(%error, "cannot follow the jobs; trying again");
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(BACKOFF_MAX);
        }
    }

    /// Loads, then applies changes until the watch ends.
    async fn follow(&self, intent: &dyn Intent, wait: &mut Duration) -> Result<(), WatchError> {
        let snapshot = intent.load().await?;
        let from = snapshot.revision;
        self.replace(snapshot);
        let mut changes = intent.watch(from).await?;
        *wait = BACKOFF;
        while let Some(change) = changes.next().await {
            self.apply(change?);
        }
        Ok(())
    }

    fn replace(&self, snapshot: Snapshot) {
        let revision = snapshot.revision;
        let entries = Entries::of(snapshot);
        *self.entries.write().unwrap_or_else(PoisonError::into_inner) = entries;
        self.job_changes.fetch_add(1, Ordering::Relaxed);
        self.known.send_replace(Some(revision));
        self.feed.load(revision);
    }

    fn apply(&self, changes: Changes) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes.changes {
            self.feed.change(entries.get(name_of(&change)).map(|entry| &**entry), &change);
            if entries.apply(change) {
                self.job_changes.fetch_add(1, Ordering::Relaxed);
            }
        }
        drop(entries);
        self.known.send_replace(Some(changes.revision));
        self.feed.upto(changes.revision);
    }

    fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until everything was loaded once.
    pub(crate) async fn ready(&self) -> Answer<()> {
        let mut known = self.known.subscribe();
        let loaded = tokio::time::timeout(FIRST_LOAD, known.wait_for(Option::is_some)).await;
        match loaded {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Problem::from(StoreError::Unavailable("the jobs are not loaded yet".into()))),
        }
    }

    /// Returns true once everything was loaded.
    pub(crate) fn is_loaded(&self) -> bool {
        self.known.borrow().is_some()
    }

    /// Waits a moment until the watch has shown `revision`, so that who saved a job sees it in the next list.
    pub(crate) async fn caught_up(&self, revision: Revision) {
        let mut known = self.known.subscribe();
        let shown = known.wait_for(|known| known.is_some_and(|known| known >= revision));
        if tokio::time::timeout(CATCH_UP, shown).await.is_err() {
            tracing::debug!(%revision, "the watch lags behind a commit");
        }
    }

    /// Returns a receiver that changes with each change of any job or state.
    pub(crate) fn changes(&self) -> watch::Receiver<Option<Revision>> {
        self.known.subscribe()
    }

    /// Returns a number that rises whenever a job is saved, deleted, paused or resumed.
    pub(crate) fn job_changes(&self) -> u64 {
        self.job_changes.load(Ordering::Relaxed)
    }

    /// Returns the entry of a job.
    pub(crate) fn entry(&self, name: &JobName) -> Option<Arc<Entry>> {
        self.read().get(name).cloned()
    }

    /// Returns all entries in order of name, for work that takes longer than the lock may be held.
    pub(crate) fn all(&self) -> Vec<Arc<Entry>> {
        self.read().values().cloned().collect()
    }

    /// Returns the first `count` jobs after `after`, in order of name, and how many jobs there are.
    pub(crate) fn page(&self, after: Option<&JobName>, count: usize) -> (Vec<Arc<Entry>>, usize) {
        let entries = self.read();
        (entries.saved_after(after).take(count).cloned().collect(), entries.saved())
    }

    /// Returns the first `count` jobs after `after` that `takes` keeps, and how many it keeps of all. Only those that may
    /// have what is asked for are looked at.
    pub(crate) fn page_of(
        &self,
        asked: Bloom,
        takes: impl Fn(&Entry) -> bool,
        after: Option<&JobName>,
        count: usize,
    ) -> (Vec<Arc<Entry>>, usize) {
        let (mut page, mut total) = (Vec::new(), 0);
        for entry in self.read().that_may_have(asked).filter(|entry| takes(entry)) {
            total += 1;
            if page.len() < count && after.is_none_or(|after| entry.name > *after) {
                page.push(entry.clone());
            }
        }
        (page, total)
    }

    /// Returns the first `count` that `pick` keeps, in order of name. It sees every entry, so that it may count.
    pub(crate) fn select<T>(&self, mut pick: impl FnMut(&Arc<Entry>) -> Option<T>, count: usize) -> Vec<T> {
        let mut kept = Vec::new();
        for entry in self.read().values() {
            if let Some(picked) = pick(entry)
                && kept.len() < count
            {
                kept.push(picked);
            }
        }
        kept
    }
}
