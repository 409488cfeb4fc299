//! Alerts that wait as keys: settings, notices by id, memory by subject.
//!
//! Whether a notice is there already is compared key by key within one transaction: a master that froze past its term
//! neither sets back what the next one noted nor brings back what that one is done with.

use async_trait::async_trait;
use etcd_client::{Compare, CompareOp, Txn, TxnOp};
use model::alert::{AlertSettings, Memory, Notice, Subject};
use model::id::{NoticeId, Revision};
use model::ports::{Alerts, StoreError, Versioned};

use super::connection::{Connection, number};
use super::error::Fault;
use super::values::{decode, encode};

/// Keys that one transaction writes: etcd takes 128, and 1.5 MiB together.
const KEYS_AT_ONCE: usize = 60;

pub(super) struct EtcdAlerts {
    pub(super) connection: Connection,
}

impl EtcdAlerts {
    async fn send(&self, operations: Vec<TxnOp>) -> Result<(), StoreError> {
        for some in operations.chunks(KEYS_AT_ONCE) {
            self.connection.txn(Txn::new().and_then(some.to_vec())).await.map_err(Fault::of_write)?;
        }
        Ok(())
    }

    /// Writes those notices of which one is there, or of which none is.
    async fn put_where(&self, notices: &[Notice], there: CompareOp) -> Result<(), StoreError> {
        let put = |notice: &Notice| {
            let key = self.connection.keys.notice(&notice.id);
            let stands = Compare::create_revision(key.clone(), there, 0);
            TxnOp::txn(Txn::new().when([stands]).and_then([TxnOp::put(key, encode(notice), None)]))
        };
        self.send(notices.iter().map(put).collect()).await
    }

    async fn delete(&self, keys: impl Iterator<Item = String>) -> Result<(), StoreError> {
        self.send(keys.map(|key| TxnOp::delete(key, None)).collect()).await
    }
}

#[async_trait]
impl Alerts for EtcdAlerts {
    async fn alert_settings(&self) -> Result<Option<Versioned<AlertSettings>>, StoreError> {
        let key = self.connection.keys.alert_settings();
        let found = self.connection.get(key, None).await.map_err(Fault::of_read)?;
        found.kvs().first().map(decode).transpose()
    }

    async fn swap_alert_settings(
        &self,
        expect: Option<Revision>,
        settings: AlertSettings,
    ) -> Result<bool, StoreError> {
        let key = self.connection.keys.alert_settings();
        let same = Compare::mod_revision(key.clone(), CompareOp::Equal, expect.map_or(0, number));
        let put = TxnOp::put(key, encode(&settings), None);
        let answer = self.connection.txn(Txn::new().when([same]).and_then([put])).await;
        Ok(answer.map_err(Fault::of_write)?.succeeded())
    }

    async fn notices(&self) -> Result<Vec<Notice>, StoreError> {
        let (keys, _) = self.connection.ranges(&[self.connection.keys.notices()]).await?;
        keys.iter().map(|key| Ok(decode(key)?.value)).collect()
    }

    async fn add_notices(&self, notices: Vec<Notice>) -> Result<(), StoreError> {
        self.put_where(&notices, CompareOp::Equal).await
    }

    async fn update_notices(&self, notices: Vec<Notice>) -> Result<(), StoreError> {
        self.put_where(&notices, CompareOp::Greater).await
    }

    async fn forget_notices(&self, ids: &[NoticeId]) -> Result<(), StoreError> {
        self.delete(ids.iter().map(|id| self.connection.keys.notice(id))).await
    }

    async fn memories(&self) -> Result<Vec<Memory>, StoreError> {
        let (keys, _) = self.connection.ranges(&[self.connection.keys.memories()]).await?;
        keys.iter().map(|key| Ok(decode(key)?.value)).collect()
    }

    async fn put_memories(&self, memories: Vec<Memory>) -> Result<(), StoreError> {
        let put =
            |memory: &Memory| TxnOp::put(self.connection.keys.memory(&memory.subject), encode(memory), None);
        self.send(memories.iter().map(put).collect()).await
    }

    async fn forget_memories(&self, subjects: &[Subject]) -> Result<(), StoreError> {
        self.delete(subjects.iter().map(|subject| self.connection.keys.memory(subject))).await
    }
}
