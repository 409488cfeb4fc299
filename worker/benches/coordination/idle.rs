//! An executor that does nothing, and facts that are thrown away: what is left is what coordination costs.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use model::chunk::Chunk;
use model::id::{JobName, RunId};
use model::limits::{Enforceable, Limits};
use model::outcome::{End, Outcome, Stop};
use model::ports::{
    Adopted, Clock, Executor, Facts, FactsChange, LeaseTerms, RunQuery, RunRef, RunTally, Running,
    StartError, StoreError, TickFilter,
};
use model::run::{RangeRecord, RecentRun, RunRecord};
use model::time::{Span, Timestamp};
use model::workload::Workload;
use stores::SystemClock;
use tokio::sync::watch;

/// What all workers of a fleet started and told.
pub(crate) struct Tally {
    starts: Mutex<Vec<(RunId, Timestamp, Timestamp)>>,
    ended: watch::Sender<usize>,
    started: watch::Sender<usize>,
}

impl Tally {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            starts: Mutex::default(),
            ended: watch::Sender::new(0),
            started: watch::Sender::new(0),
        })
    }

    pub(crate) fn started(&self) -> usize {
        *self.started.borrow()
    }

    pub(crate) fn ended(&self) -> usize {
        *self.ended.borrow()
    }

    /// Waits until so many runs have come to their end.
    pub(crate) async fn wait_for(&self, count: usize) {
        self.ended.subscribe().wait_for(|ended| *ended >= count).await.expect("the tally is held");
    }

    /// Waits until so many runs have started.
    pub(crate) async fn wait_for_starts(&self, count: usize) {
        self.started.subscribe().wait_for(|started| *started >= count).await.expect("the tally is held");
    }

    /// Returns how long after their instants the runs from the `from`th on started.
    pub(crate) fn lateness_ms(&self, from: usize) -> Vec<u64> {
        let starts = self.starts.lock().expect("nobody panics with it");
        starts[from..].iter().map(|(_, tick, at)| at.since(*tick).as_millis()).collect()
    }

    /// # Panics
    /// When a run was started twice.
    pub(crate) fn assert_once(&self) {
        let starts = self.starts.lock().expect("nobody panics with it");
        let distinct: HashSet<_> = starts.iter().map(|(run, ..)| run).collect();
        assert_eq!(distinct.len(), starts.len(), "no run is started twice");
    }
}

/// The executor.
pub(crate) struct Idle(pub(crate) Arc<Tally>);

struct Done(Timestamp);

#[async_trait]
impl Executor for Idle {
    async fn start(
        &self,
        run: RunRef,
        _: Workload,
        _: Limits,
        _: LeaseTerms,
    ) -> Result<Box<dyn Running>, StartError> {
        let now = SystemClock.now();
        let mut starts = self.0.starts.lock().expect("nobody panics with it");
        starts.push((run.id, run.scheduled_at, now));
        self.0.started.send_replace(starts.len());
        Ok(Box::new(Done(now)))
    }

    async fn adopt(&self) -> Result<Vec<Adopted>, StoreError> {
        Ok(Vec::new())
    }

    fn enforceable(&self) -> Enforceable {
        Enforceable::default()
    }
}

#[async_trait]
impl Running for Done {
    async fn wait(&self) -> Outcome {
        Outcome::bare(End::Exited { code: 0 }, self.0)
    }

    async fn stop(&self, _: Stop) {}
}

/// Facts that nobody keeps; ends are counted.
pub(crate) struct Nowhere(pub(crate) Arc<Tally>);

#[async_trait]
impl Facts for Nowhere {
    async fn put_runs(&self, runs: Vec<RunRecord>) -> Result<(), StoreError> {
        let ended = runs.iter().filter(|run| run.status.is_final()).count();
        self.0.ended.send_modify(|all| *all += ended);
        Ok(())
    }

    async fn put_late_outcome(&self, _: &RunId, _: Outcome) -> Result<(), StoreError> {
        Ok(())
    }

    async fn put_ranges(&self, _: Vec<RangeRecord>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn append_chunks(&self, _: Vec<Chunk>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn run(&self, _: &RunId) -> Result<Option<RunRecord>, StoreError> {
        Ok(None)
    }

    async fn runs(&self, _: RunQuery) -> Result<Vec<RunRecord>, StoreError> {
        Ok(Vec::new())
    }

    async fn recent_runs(&self, _: &[JobName], _: usize) -> Result<Vec<Vec<RecentRun>>, StoreError> {
        Ok(Vec::new())
    }

    async fn ranges(&self, _: TickFilter) -> Result<Vec<RangeRecord>, StoreError> {
        Ok(Vec::new())
    }

    async fn ranges_of_all(
        &self,
        _: Timestamp,
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<RangeRecord>, StoreError> {
        Ok(Vec::new())
    }

    async fn tally(&self, _: Timestamp, _: Timestamp, _: Span) -> Result<Vec<RunTally>, StoreError> {
        Ok(Vec::new())
    }

    async fn chunks(&self, _: &RunId, _: u64, _: usize) -> Result<Vec<Chunk>, StoreError> {
        Ok(Vec::new())
    }

    async fn watch(&self) -> Result<BoxStream<'static, FactsChange>, StoreError> {
        Ok(stream::pending().boxed())
    }

    async fn server_time(&self) -> Result<Timestamp, StoreError> {
        Ok(SystemClock.now())
    }
    async fn prune(&self, _: Timestamp, _: u32) -> Result<usize, StoreError> {
        Ok(0)
    }
}
