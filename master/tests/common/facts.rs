//! Facts of another store that count how often they are watched, and go by the clock of a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use model::chunk::Chunk;
use model::id::{JobName, RunId};
use model::outcome::Outcome;
use model::ports::{Clock, Facts, FactsChange, RunQuery, RunTally, StoreError, TickFilter};
use model::run::{RangeRecord, RecentRun, RunRecord};
use model::time::{Span, Timestamp};

/// Facts whose server's clock is the test's: a real server goes by its own, which a test does not move.
pub(crate) struct OnClock {
    pub(crate) inner: Arc<dyn Facts>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How often they were watched.
    pub(crate) watches: Arc<AtomicUsize>,
}

#[async_trait]
impl Facts for OnClock {
    async fn put_runs(&self, runs: Vec<RunRecord>) -> Result<(), StoreError> {
        self.inner.put_runs(runs).await
    }

    async fn put_late_outcome(&self, run: &RunId, outcome: Outcome) -> Result<(), StoreError> {
        self.inner.put_late_outcome(run, outcome).await
    }

    async fn put_ranges(&self, ranges: Vec<RangeRecord>) -> Result<(), StoreError> {
        self.inner.put_ranges(ranges).await
    }

    async fn append_chunks(&self, chunks: Vec<Chunk>) -> Result<(), StoreError> {
        self.inner.append_chunks(chunks).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        self.inner.run(id).await
    }

    async fn runs(&self, query: RunQuery) -> Result<Vec<RunRecord>, StoreError> {
        self.inner.runs(query).await
    }

    async fn recent_runs(&self, jobs: &[JobName], each: usize) -> Result<Vec<Vec<RecentRun>>, StoreError> {
        self.inner.recent_runs(jobs, each).await
    }

    async fn ranges(&self, filter: TickFilter) -> Result<Vec<RangeRecord>, StoreError> {
        self.inner.ranges(filter).await
    }

    async fn ranges_of_all(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<RangeRecord>, StoreError> {
        self.inner.ranges_of_all(from, to, limit).await
    }

    async fn tally(
        &self,
        from: Timestamp,
        to: Timestamp,
        late_after: Span,
    ) -> Result<Vec<RunTally>, StoreError> {
        self.inner.tally(from, to, late_after).await
    }

    async fn chunks(&self, run: &RunId, from: u64, limit: usize) -> Result<Vec<Chunk>, StoreError> {
        self.inner.chunks(run, from, limit).await
    }

    async fn watch(&self) -> Result<BoxStream<'static, FactsChange>, StoreError> {
        self.watches.fetch_add(1, Ordering::SeqCst);
        self.inner.watch().await
    }

    async fn server_time(&self) -> Result<Timestamp, StoreError> {
        Ok(self.clock.now())
    }

    async fn prune(&self, now: Timestamp, ranges_days: u32) -> Result<usize, StoreError> {
        self.inner.prune(now, ranges_days).await
    }
}
