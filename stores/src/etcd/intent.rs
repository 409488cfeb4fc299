//! Jobs and their states: loaded, watched, swapped.
//!
//! A state's revision is the modification revision of its key in the cluster's epoch, so is a job's.
//! Not here: how a batch is sent (`commit`), how a watch goes on (`watch`), who is alive (`registry`).

use async_trait::async_trait;
use etcd_client::{KeyValue, Txn, TxnOp, TxnOpResponse};
use futures::stream::BoxStream;
use model::id::{JobName, Revision};
use model::job::SavedJob;
use model::ports::{
    Batch, Changes, Committed, Intent, Snapshot, StateKey, StoreError, Versioned, WatchError,
};
use model::state::JobState;

use super::connection::{Connection, number};
use super::keys::Key;
use super::values::decode;
use super::{commit, watch};
use crate::documents::Document;

pub(super) struct EtcdIntent {
    pub(super) connection: Connection,
}

impl EtcdIntent {
    fn read<D: Document>(&self, key: Option<&KeyValue>) -> Result<Option<Versioned<D>>, StoreError> {
        key.map(|key| Ok(self.connection.epoch.lifted(decode(key)?))).transpose()
    }
}

#[async_trait]
impl Intent for EtcdIntent {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        let keys = &self.connection.keys;
        let (found, revision) = self.connection.ranges(&[keys.jobs(), keys.states()]).await?;
        let epoch = &self.connection.epoch;
        let mut snapshot = Snapshot { revision: epoch.revision(number(revision)), ..Snapshot::default() };
        for key in &found {
            match keys.read(key.key()) {
                Key::Job(_) => snapshot.jobs.push(epoch.lifted(decode(key)?)),
                Key::State(name) => snapshot.states.push((name, epoch.lifted(decode(key)?))),
                Key::Restored | Key::Other => {}
            }
        }
        Ok(snapshot)
    }

    async fn get(
        &self,
        name: &JobName,
    ) -> Result<(Option<Versioned<SavedJob>>, Option<Versioned<JobState>>), StoreError> {
        let keys = &self.connection.keys;
        let state = keys.state(&StateKey::job(name.clone()));
        // Together, so that both are of one revision.
        let both = Txn::new().and_then([TxnOp::get(keys.job(name), None), TxnOp::get(state, None)]);
        let answer = self.connection.txn(both).await.map_err(super::error::Fault::of_read)?;
        let mut found = answer.op_responses().into_iter().map(|response| match response {
            TxnOpResponse::Get(mut get) => get.take_kvs().pop(),
            _ => None,
        });
        let (job, state) = (found.next().flatten(), found.next().flatten());
        Ok((self.read(job.as_ref())?, self.read(state.as_ref())?))
    }

    async fn state(&self, key: &StateKey) -> Result<Option<Versioned<JobState>>, StoreError> {
        let key = self.connection.keys.state(key);
        let found = self.connection.get(key, None).await.map_err(super::error::Fault::of_read)?;
        self.read(found.kvs().first())
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        commit::commit(&self.connection, &batch).await
    }

    async fn watch(
        &self,
        from: Revision,
    ) -> Result<BoxStream<'static, Result<Changes, WatchError>>, StoreError> {
        Ok(watch::watch(self.connection.clone(), from))
    }
}
