//! Sessions, by the SHA-256 of their secret.
//!
//! Taking one deletes its key where it has the revision that was read: of many takers, one gets it.

use etcd_client::{Compare, CompareOp, KeyValue, Txn, TxnOp};
use model::ports::{Session, StoreError};
use model::time::Timestamp;

use super::EtcdAccounts;
use crate::etcd::error::Fault;
use crate::etcd::values::decode;

impl EtcdAccounts {
    /// Returns the key of a session that has not expired at `now`, with what stands in it.
    pub(super) async fn find_session(
        &self,
        secret_sha256: &str,
        now: Timestamp,
    ) -> Result<Option<(KeyValue, Session)>, StoreError> {
        let key = self.connection.keys.session(secret_sha256);
        let Some(key) = self.one(key).await? else { return Ok(None) };
        let session: Session = decode(&key)?.value;
        Ok((session.expires_at > now).then_some((key, session)))
    }

    pub(super) async fn take(
        &self,
        secret_sha256: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let Some((key, session)) = self.find_session(secret_sha256, now).await? else { return Ok(None) };
        let same = Compare::mod_revision(key.key(), CompareOp::Equal, key.mod_revision());
        let take = Txn::new().when([same]).and_then([TxnOp::delete(key.key(), None)]);
        let answer = self.connection.txn(take).await.map_err(Fault::of_write)?;
        Ok(answer.succeeded().then_some(session))
    }
}
