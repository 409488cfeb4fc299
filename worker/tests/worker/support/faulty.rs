//! Stores that fail when a test says so.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use model::chunk::Chunk;
use model::id::{JobName, Revision, RunId};
use model::job::SavedJob;
use model::outcome::Outcome;
use model::ports::{
    Batch, Changes, Clock, Committed, Facts, FactsChange, Intent, RunQuery, RunTally, Snapshot, StateKey,
    StoreError, TickFilter, Versioned, WatchError,
};
use model::run::{RangeRecord, RecentRun, RunRecord};
use model::state::JobState;
use model::time::{Span, Timestamp};
use tokio::sync::watch;

/// How a store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not at all.
    None = 0,
    /// It does nothing and says so.
    Away = 1,
    /// It does what it is asked, and does not say so.
    AnswerLost = 2,
    /// It does nothing, and does not say so.
    RequestLost = 3,
    /// Of the next batch it does not say that it does it later; all after it wait.
    Late = 4,
}

/// A switch for one store.
#[derive(Default)]
struct Switch(AtomicU8);

impl Switch {
    fn set(&self, fault: Fault) {
        self.0.store(fault as u8, Ordering::SeqCst);
    }

    fn fault(&self) -> Fault {
        match self.0.load(Ordering::SeqCst) {
            0 => Fault::None,
            1 => Fault::Away,
            2 => Fault::AnswerLost,
            3 => Fault::RequestLost,
            _ => Fault::Late,
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        match self.fault() {
            Fault::Away => Err(StoreError::Unavailable("the test says so".into())),
            _ => Ok(()),
        }
    }
}

/// A store of intent that fails when told.
pub(crate) struct FaultyIntent {
    inner: Arc<dyn Intent>,
    switch: Switch,
    /// Batches sent.
    pub(crate) commits: AtomicUsize,
    /// Swaps in them.
    pub(crate) swaps: AtomicUsize,
    /// Batches that have no answer yet.
    under_way: AtomicUsize,
    /// True while batches wait.
    held: watch::Sender<bool>,
    /// True while the watch says nothing.
    asleep: watch::Sender<bool>,
    /// News that wait for that.
    news: Arc<AtomicUsize>,
    /// The batch that is written late.
    late: Mutex<Option<Batch>>,
}

impl FaultyIntent {
    pub(crate) fn new(inner: Arc<dyn Intent>) -> Self {
        Self {
            inner,
            switch: Switch::default(),
            commits: AtomicUsize::new(0),
            swaps: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            held: watch::Sender::new(false),
            asleep: watch::Sender::new(false),
            news: Arc::default(),
            late: Mutex::new(None),
        }
    }

    pub(crate) fn fail(&self, fault: Fault) {
        self.switch.set(fault);
    }

    /// Has batches wait, or lets those that wait go on.
    pub(crate) fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// Has the watch say nothing, or all that it did not say.
    pub(crate) fn sleep(&self, asleep: bool) {
        self.asleep.send_replace(asleep);
    }

    /// Returns whether the watch has something that it does not say.
    pub(crate) fn holds_news(&self) -> bool {
        self.news.load(Ordering::SeqCst) > 0
    }

    /// Returns how many batches were sent.
    pub(crate) fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    /// Returns whether a batch is to be written late, and another one waits for that.
    pub(crate) fn is_late(&self) -> bool {
        self.late.lock().unwrap().is_some() && self.under_way() > 0
    }

    /// Writes the late batch, and then lets the others go on.
    pub(crate) async fn write_late(&self) {
        let late = self.late.lock().unwrap().take().expect("one is late");
        let written = self.inner.commit(late).await.unwrap();
        assert!(matches!(written, Committed::Done(_)));
        self.hold(false);
    }

    /// Returns how many batches have no answer yet.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    async fn commit_now(&self, batch: Batch) -> Result<Committed, StoreError> {
        let lost = || StoreError::Ambiguous("the test says so".into());
        match self.switch.fault() {
            Fault::Late => {
                self.switch.set(Fault::None);
                self.hold(true);
                *self.late.lock().unwrap() = Some(batch);
                Err(lost())
            }
            Fault::RequestLost => Err(lost()),
            Fault::AnswerLost => {
                self.inner.commit(batch).await?;
                Err(lost())
            }
            Fault::None | Fault::Away => self.inner.commit(batch).await,
        }
    }
}

#[async_trait]
impl Intent for FaultyIntent {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        self.switch.check()?;
        self.inner.load().await
    }

    async fn get(
        &self,
        name: &JobName,
    ) -> Result<(Option<Versioned<SavedJob>>, Option<Versioned<JobState>>), StoreError> {
        self.switch.check()?;
        self.inner.get(name).await
    }

    async fn state(&self, key: &StateKey) -> Result<Option<Versioned<JobState>>, StoreError> {
        self.switch.check()?;
        self.inner.state(key).await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        self.switch.check()?;
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.swaps.fetch_add(batch.swaps.len(), Ordering::SeqCst);
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let _ = self.held.subscribe().wait_for(|held| !held).await;
        let answer = self.commit_now(batch).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    async fn watch(
        &self,
        from: Revision,
    ) -> Result<BoxStream<'static, Result<Changes, WatchError>>, StoreError> {
        self.switch.check()?;
        let (asleep, news) = (self.asleep.subscribe(), Arc::clone(&self.news));
        let awake = move |item| {
            let (mut asleep, news) = (asleep.clone(), Arc::clone(&news));
            async move {
                news.fetch_add(1, Ordering::SeqCst);
                let _ = asleep.wait_for(|asleep| !asleep).await;
                news.fetch_sub(1, Ordering::SeqCst);
                item
            }
        };
        Ok(self.inner.watch(from).await?.then(awake).boxed())
    }
}

/// A store of facts that fails when told.
pub(crate) struct FaultyFacts {
    inner: Arc<dyn Facts>,
    switch: Switch,
    /// Bytes that no chunk may have.
    refused: OnceLock<&'static [u8]>,
    /// Whose time it tells instead of its own.
    time: Option<Arc<dyn Clock>>,
}

impl FaultyFacts {
    pub(crate) fn new(inner: Arc<dyn Facts>) -> Self {
        Self { inner, switch: Switch::default(), refused: OnceLock::new(), time: None }
    }

    /// Returns facts that tell the time of `clock`: whoever has that clock never finds it off.
    pub(crate) fn with_time(self, clock: Arc<dyn Clock>) -> Self {
        Self { time: Some(clock), ..self }
    }

    /// Refuses chunks with these bytes for good, and keeps the others of the same call.
    pub(crate) fn refuse_bytes(&self, bytes: &'static [u8]) {
        self.refused.set(bytes).unwrap();
    }

    pub(crate) fn fail(&self, fault: Fault) {
        self.switch.set(fault);
    }

    fn answer(&self) -> Result<(), StoreError> {
        match self.switch.fault() {
            Fault::AnswerLost => Err(StoreError::Ambiguous("the test says so".into())),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Facts for FaultyFacts {
    async fn put_runs(&self, runs: Vec<RunRecord>) -> Result<(), StoreError> {
        self.switch.check()?;
        self.inner.put_runs(runs).await?;
        self.answer()
    }

    async fn put_late_outcome(&self, run: &RunId, outcome: Outcome) -> Result<(), StoreError> {
        self.switch.check()?;
        self.inner.put_late_outcome(run, outcome).await?;
        self.answer()
    }

    async fn put_ranges(&self, ranges: Vec<RangeRecord>) -> Result<(), StoreError> {
        self.switch.check()?;
        self.inner.put_ranges(ranges).await
    }

    async fn append_chunks(&self, chunks: Vec<Chunk>) -> Result<(), StoreError> {
        self.switch.check()?;
        let is_refused = |chunk: &Chunk| self.refused.get().is_some_and(|bytes| chunk.bytes == *bytes);
        let (refused, taken): (Vec<_>, Vec<_>) = chunks.into_iter().partition(is_refused);
        self.inner.append_chunks(taken).await?;
        if !refused.is_empty() {
            return Err(StoreError::Refused("the test says so".into()));
        }
        self.answer()
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        self.switch.check()?;
        self.inner.run(id).await
    }

    async fn runs(&self, query: RunQuery) -> Result<Vec<RunRecord>, StoreError> {
        self.switch.check()?;
        self.inner.runs(query).await
    }

    async fn recent_runs(&self, jobs: &[JobName], each: usize) -> Result<Vec<Vec<RecentRun>>, StoreError> {
        self.switch.check()?;
        self.inner.recent_runs(jobs, each).await
    }

    async fn ranges(&self, filter: TickFilter) -> Result<Vec<RangeRecord>, StoreError> {
        self.switch.check()?;
        self.inner.ranges(filter).await
    }

    async fn ranges_of_all(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<RangeRecord>, StoreError> {
        self.switch.check()?;
        self.inner.ranges_of_all(from, to, limit).await
    }

    async fn tally(
        &self,
        from: Timestamp,
        to: Timestamp,
        late_after: Span,
    ) -> Result<Vec<RunTally>, StoreError> {
        self.switch.check()?;
        self.inner.tally(from, to, late_after).await
    }

    async fn chunks(&self, run: &RunId, from: u64, limit: usize) -> Result<Vec<Chunk>, StoreError> {
        self.switch.check()?;
        self.inner.chunks(run, from, limit).await
    }

    async fn watch(&self) -> Result<BoxStream<'static, FactsChange>, StoreError> {
        self.switch.check()?;
        self.inner.watch().await
    }

    async fn server_time(&self) -> Result<Timestamp, StoreError> {
        self.switch.check()?;
        match &self.time {
            Some(clock) => Ok(clock.now()),
            None => self.inner.server_time().await,
        }
    }

    async fn prune(&self, now: Timestamp, ranges_days: u32) -> Result<usize, StoreError> {
        self.switch.check()?;
        self.inner.prune(now, ranges_days).await
    }
}
