//! An intent store whose commits a test or a bench takes into its own hands: to count them, to lose them, to come
//! between.
//!
//! Everything else is the store's below it. Not here: what is done with a commit (whoever makes one says).

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use model::id::{JobName, Revision};
use model::job::SavedJob;
use model::ports::{
    Batch, Changes, Committed, Intent, Snapshot, StateKey, StoreError, Versioned, WatchError,
};
use model::state::JobState;

/// What is done in place of a commit; the first argument is the store itself.
pub type Commit =
    dyn Fn(Arc<dyn Intent>, Batch) -> BoxFuture<'static, Result<Committed, StoreError>> + Send + Sync;

/// A store that reads as another one and commits as it is told.
pub struct Meddled {
    inner: Arc<dyn Intent>,
    commit: Box<Commit>,
}

impl Meddled {
    /// Returns a store over `inner` with `commit` in place of its own.
    pub fn new(
        inner: Arc<dyn Intent>,
        commit: impl Fn(Arc<dyn Intent>, Batch) -> BoxFuture<'static, Result<Committed, StoreError>>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { inner, commit: Box::new(commit) })
    }
}

#[async_trait]
impl Intent for Meddled {
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
        (self.commit)(self.inner.clone(), batch).await
    }

    async fn watch(
        &self,
        from: Revision,
    ) -> Result<BoxStream<'static, Result<Changes, WatchError>>, StoreError> {
        self.inner.watch(from).await
    }
}
