//! Sessions, by the SHA-256 of their secret.
//!
//! Taking one deletes its key where it has the revision that was read: of many takers, one gets it.

use async_trait::async_trait;
use etcd_client::{Compare, CompareOp, KeyValue, PutOptions, Txn, TxnOp};
use model::ports::{Accounts, Session, StoreError};
use model::time::Timestamp;

use super::connection::Connection;
use super::error::Fault;
use super::values::{decode, encode};

/// Keys that are deleted in one transaction.
const PRUNED_AT_ONCE: usize = 100;

pub(super) struct EtcdAccounts {
    pub(super) connection: Connection,
}

impl EtcdAccounts {
    /// Returns the key of a session that has not expired at `now`, with what stands in it.
    async fn find(
        &self,
        secret_sha256: &str,
        now: Timestamp,
    ) -> Result<Option<(KeyValue, Session)>, StoreError> {
        let key = self.connection.keys.session(secret_sha256);
        let mut found = self.connection.get(key, None).await.map_err(Fault::of_read)?;
        let Some(key) = found.take_kvs().pop() else { return Ok(None) };
        let session: Session = decode(&key)?.value;
        Ok((session.expires_at > now).then_some((key, session)))
    }
}

#[async_trait]
impl Accounts for EtcdAccounts {
    async fn put_session(&self, session: Session) -> Result<(), StoreError> {
        let (key, value) = (self.connection.keys.session(&session.secret_sha256), encode(&session));
        let put = self.connection.send(|mut client| {
            let (key, value) = (key.clone(), value.clone());
            async move { client.put(key, value, Some(PutOptions::new())).await }
        });
        put.await.map(|_| ()).map_err(Fault::of_write)
    }

    async fn session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        Ok(self.find(secret_sha256, now).await?.map(|(_, session)| session))
    }

    async fn take_session(&self, secret_sha256: &str, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let Some((key, session)) = self.find(secret_sha256, now).await? else { return Ok(None) };
        let same = Compare::mod_revision(key.key(), CompareOp::Equal, key.mod_revision());
        let take = Txn::new().when([same]).and_then([TxnOp::delete(key.key(), None)]);
        let answer = self.connection.txn(take).await.map_err(Fault::of_write)?;
        Ok(answer.succeeded().then_some(session))
    }

    async fn prune_sessions(&self, now: Timestamp) -> Result<(), StoreError> {
        let (sessions, _) = self.connection.ranges(&[self.connection.keys.sessions()]).await?;
        let mut old = Vec::new();
        for key in &sessions {
            let session: Session = decode(key)?.value;
            if session.expires_at <= now {
                old.push(TxnOp::delete(key.key(), None));
            }
        }
        for some in old.chunks(PRUNED_AT_ONCE) {
            let delete = Txn::new().and_then(some.to_vec());
            self.connection.txn(delete).await.map_err(Fault::of_write)?;
        }
        Ok(())
    }
}
