//! Counts what goes through the stores of a fleet's workers.
//!
//! Flow: worker → **`count`** → etcd. Not here: what the server itself counts (`fleet::metric`).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use futures::FutureExt as _;
use model::ports::{Batch, Clock, Committed, Intent, StoreError, SwapResult};
use model::time::Timestamp;
use stores::SystemClock;
use stores::testing::Meddled;

/// What all workers of a fleet sent.
#[derive(Default)]
pub(crate) struct Count {
    claims: AtomicU64,
    others: AtomicU64,
    written: AtomicU64,
    lost: AtomicU64,
    last_claim_ms: AtomicI64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// Batches of claims: those that a guard goes with.
    pub(crate) claims: u64,
    /// All other batches: completions.
    pub(crate) others: u64,
    pub(crate) written: u64,
    pub(crate) lost: u64,
}

impl Count {
    pub(crate) fn taken(&self) -> Taken {
        let of = |count: &AtomicU64| count.load(Ordering::SeqCst);
        Taken {
            claims: of(&self.claims),
            others: of(&self.others),
            written: of(&self.written),
            lost: of(&self.lost),
        }
    }

    /// Returns when the last claim was answered.
    pub(crate) fn last_claim(&self) -> Timestamp {
        Timestamp::from_millis(self.last_claim_ms.load(Ordering::SeqCst))
    }

    async fn commit(&self, store: Arc<dyn Intent>, batch: Batch) -> Result<Committed, StoreError> {
        let claims = matches!(batch.guard, model::ports::Guard::Alive(..));
        let answer = store.commit(batch).await;
        let batches = if claims { &self.claims } else { &self.others };
        batches.fetch_add(1, Ordering::SeqCst);
        if let Ok(Committed::Done(results)) = &answer {
            let written =
                results.iter().filter(|result| matches!(result, SwapResult::Swapped(_))).count() as u64;
            self.written.fetch_add(written, Ordering::SeqCst);
            self.lost.fetch_add(results.len() as u64 - written, Ordering::SeqCst);
            if claims && written > 0 {
                self.last_claim_ms.fetch_max(SystemClock.now().as_millis(), Ordering::SeqCst);
            }
        }
        answer
    }
}

/// Returns the store of one worker.
pub(crate) fn counted(inner: Arc<dyn Intent>, count: &Arc<Count>) -> Arc<dyn Intent> {
    let count = Arc::clone(count);
    Meddled::new(inner, move |store, batch| {
        let count = Arc::clone(&count);
        async move { count.commit(store, batch).await }.boxed()
    })
}
