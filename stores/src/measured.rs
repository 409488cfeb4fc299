//! A store whose calls are counted and timed; everything else is the store's below it.
//!
//! Flow: `worker`, `master` → **`measured`** → `sqlite`, `etcd` or `mongodb`.
//! The two ports that work goes through are measured; accounts, modules and settings are rare and are not.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use futures::stream::BoxStream;
use model::chunk::Chunk;
use model::id::{JobName, Revision, RunId};
use model::job::SavedJob;
use model::metric;
use model::outcome::Outcome;
use model::ports::{
    Batch, Changes, Committed, Facts, FactsChange, Intent, RunQuery, RunTally, Snapshot, StateKey,
    StoreError, TickFilter, Versioned, WatchError,
};
use model::run::{RangeRecord, RecentRun, RunRecord};
use model::state::JobState;
use model::time::{Span, Timestamp};

/// A store that is measured.
struct Measured<T: ?Sized> {
    inner: Arc<T>,
    store: &'static str,
}

/// Returns a store of intent whose calls are measured.
pub fn intent(inner: Arc<dyn Intent>) -> Arc<dyn Intent> {
    Arc::new(Measured { inner, store: "intent" })
}

/// Returns a store of facts whose calls are measured.
pub fn facts(inner: Arc<dyn Facts>) -> Arc<dyn Facts> {
    Arc::new(Measured { inner, store: "facts" })
}

impl<T: ?Sized> Measured<T> {
    async fn call<R>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<R, StoreError>>,
    ) -> Result<R, StoreError> {
        let began = Instant::now();
        let answer = call.await;
        metric::STORE_SECONDS.took(began.elapsed().as_secs_f64(), &[self.store, name]);
        if let Err(error) = &answer {
            metric::STORE_ERRORS.add(1, &[self.store, name, kind_of(error)]);
        }
        answer
    }
}

fn kind_of(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => "unavailable",
        StoreError::Ambiguous(_) => "ambiguous",
        StoreError::Permanent(_) => "permanent",
        StoreError::Refused(_) => "refused",
    }
}

#[async_trait]
impl Intent for Measured<dyn Intent> {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        self.call("load", self.inner.load()).await
    }

    async fn get(
        &self,
        name: &JobName,
    ) -> Result<(Option<Versioned<SavedJob>>, Option<Versioned<JobState>>), StoreError> {
        self.call("get", self.inner.get(name)).await
    }

    async fn state(&self, key: &StateKey) -> Result<Option<Versioned<JobState>>, StoreError> {
        self.call("state", self.inner.state(key)).await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        self.call("commit", self.inner.commit(batch)).await
    }

    async fn watch(
        &self,
        from: Revision,
    ) -> Result<BoxStream<'static, Result<Changes, WatchError>>, StoreError> {
        self.call("watch", self.inner.watch(from)).await
    }
}

#[async_trait]
impl Facts for Measured<dyn Facts> {
    async fn put_runs(&self, runs: Vec<RunRecord>) -> Result<(), StoreError> {
        self.call("put_runs", self.inner.put_runs(runs)).await
    }

    async fn put_late_outcome(&self, run: &RunId, outcome: Outcome) -> Result<(), StoreError> {
        self.call("put_late_outcome", self.inner.put_late_outcome(run, outcome)).await
    }

    async fn put_ranges(&self, ranges: Vec<RangeRecord>) -> Result<(), StoreError> {
        self.call("put_ranges", self.inner.put_ranges(ranges)).await
    }

    async fn append_chunks(&self, chunks: Vec<Chunk>) -> Result<(), StoreError> {
        self.call("append_chunks", self.inner.append_chunks(chunks)).await
    }

    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        self.call("run", self.inner.run(id)).await
    }

    async fn runs(&self, query: RunQuery) -> Result<Vec<RunRecord>, StoreError> {
        self.call("runs", self.inner.runs(query)).await
    }

    async fn recent_runs(&self, jobs: &[JobName], each: usize) -> Result<Vec<Vec<RecentRun>>, StoreError> {
        self.call("recent_runs", self.inner.recent_runs(jobs, each)).await
    }

    async fn ranges(&self, filter: TickFilter) -> Result<Vec<RangeRecord>, StoreError> {
        self.call("ranges", self.inner.ranges(filter)).await
    }

    async fn ranges_of_all(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<RangeRecord>, StoreError> {
        self.call("ranges_of_all", self.inner.ranges_of_all(from, to, limit)).await
    }

    async fn tally(
        &self,
        from: Timestamp,
        to: Timestamp,
        late_after: Span,
    ) -> Result<Vec<RunTally>, StoreError> {
        self.call("tally", self.inner.tally(from, to, late_after)).await
    }

    async fn chunks(&self, run: &RunId, from: u64, limit: usize) -> Result<Vec<Chunk>, StoreError> {
        self.call("chunks", self.inner.chunks(run, from, limit)).await
    }

    async fn watch(&self) -> Result<BoxStream<'static, FactsChange>, StoreError> {
        self.call("watch", self.inner.watch()).await
    }

    async fn server_time(&self) -> Result<Timestamp, StoreError> {
        self.call("server_time", self.inner.server_time()).await
    }

    async fn prune(&self, now: Timestamp, ranges_days: u32) -> Result<usize, StoreError> {
        self.call("prune", self.inner.prune(now, ranges_days)).await
    }
}
