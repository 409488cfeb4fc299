//! A store of intent that counts what goes through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use model::id::{JobName, Revision};
use model::job::SavedJob;
use model::ports::{
    Batch, Changes, Clock, Committed, Intent, Snapshot, StateKey, StoreError, SwapResult, Versioned,
    WatchError,
};
use model::state::JobState;
use model::time::Timestamp;
use stores::SystemClock;

/// What all workers of a fleet sent.
#[derive(Default)]
pub(crate) struct Count {
    batches: AtomicU64,
    written: AtomicU64,
    lost: AtomicU64,
    last_claim_ms: AtomicI64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) batches: u64,
    pub(crate) written: u64,
    pub(crate) lost: u64,
}

impl Count {
    pub(crate) fn taken(&self) -> Taken {
        let of = |count: &AtomicU64| count.load(Ordering::SeqCst);
        Taken { batches: of(&self.batches), written: of(&self.written), lost: of(&self.lost) }
    }

    /// Returns when the last claim was answered.
    pub(crate) fn last_claim(&self) -> Timestamp {
        Timestamp::from_millis(self.last_claim_ms.load(Ordering::SeqCst))
    }
}

/// The store of one worker.
pub(crate) struct Counted {
    pub(crate) inner: Arc<dyn Intent>,
    pub(crate) count: Arc<Count>,
}

#[async_trait]
impl Intent for Counted {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        self.inner.load().await
    }

    async fn get(
        &self,
        name: &JobName,
    ) -> Result<(Option<Versioned<SavedJob>>, Option<Versioned<JobState>>), StoreError> {
        self.inner.get(name).await
    }

    async fn state(&self, key: &StateKey) -> Result<Option<Versioned<JobState>>, StoreError> {
        self.inner.state(key).await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        let claims =
            batch.swaps.iter().any(|swap| swap.state.as_ref().is_some_and(|state| !state.active.is_empty()));
        let answer = self.inner.commit(batch).await;
        self.count.batches.fetch_add(1, Ordering::SeqCst);
        if let Ok(Committed::Done(results)) = &answer {
            let written =
                results.iter().filter(|result| matches!(result, SwapResult::Swapped(_))).count() as u64;
            self.count.written.fetch_add(written, Ordering::SeqCst);
            self.count.lost.fetch_add(results.len() as u64 - written, Ordering::SeqCst);
            if claims && written > 0 {
                self.count.last_claim_ms.fetch_max(SystemClock.now().as_millis(), Ordering::SeqCst);
            }
        }
        answer
    }

    async fn watch(
        &self,
        from: Revision,
    ) -> Result<BoxStream<'static, Result<Changes, WatchError>>, StoreError> {
        self.inner.watch(from).await
    }
}
