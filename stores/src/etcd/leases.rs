//! Keys that live as long as somebody renews them: registrations of workers, terms of masters.
//!
//! Such a key is made only where none is; its creation revision names who holds it. A deadline counts from before the
//! request was sent, on the boot-time clock, so it ends before the lease does.
//!
//! Flow: `registry`, `election` → **`Leases`** → `connection`.
//! Not here: what stands in the keys, and when anybody renews.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use etcd_client::{Compare, CompareOp, KeyValue, PutOptions, Txn, TxnOp, TxnOpResponse, TxnResponse};
use model::id::Revision;
use model::ports::{Clock, LEASE_TTL, StoreError};
use model::time::BootTime;

use super::connection::{Connection, header_revision, number, revision};
use super::epoch::RESTORED;
use super::error::Fault;

/// Keys under leases that this process made. Cheap to clone.
#[derive(Clone)]
pub(super) struct Leases {
    connection: Connection,
    clock: Arc<dyn Clock>,
    /// The lease of each held key, by its creation. Bounded by how many it makes: one or two, beside tests.
    held: Arc<Mutex<HashMap<(String, Revision), i64>>>,
}

/// A key that this process made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    /// The revision at which it was made.
    pub(super) revision: Revision,
    /// Until when it surely stands.
    pub(super) holds_until: BootTime,
}

impl Leases {
    pub(super) fn new(connection: Connection, clock: Arc<dyn Clock>) -> Self {
        Self { connection, clock, held: Arc::default() }
    }

    /// Makes `key` where none is, and `beside` with it, all under one new lease; none when it is there.
    ///
    /// `value` must be one that nobody else writes: it tells whose the key is when the answer went missing.
    pub(super) async fn take(
        &self,
        key: &str,
        value: Vec<u8>,
        beside: Vec<(String, Vec<u8>)>,
    ) -> Result<Option<Held>, StoreError> {
        // Who waits for a key asks again and again: a lease is made only when there is something to take.
        let there = self.connection.get(key.to_owned(), None).await.map_err(Fault::of_read)?;
        if !there.kvs().is_empty() {
            return Ok(None);
        }
        let holds_until = self.clock.boot_time() + LEASE_TTL;
        let lease = self.grant().await?;
        match self.write(key, value, beside, lease).await {
            Ok(Some(revision)) => {
                self.lock().insert((key.to_owned(), revision), lease);
                Ok(Some(Held { revision, holds_until }))
            }
            Ok(None) => {
                self.revoke(lease).await?;
                Ok(None)
            }
            Err(error) => {
                // What may have been written goes with the lease, at the latest when it ends.
                drop(self.revoke(lease).await);
                Err(error)
            }
        }
    }

    /// Renews what was made at `made`; returns its new deadline, none when it is gone.
    pub(super) async fn renew(&self, key: &str, made: Revision) -> Result<Option<BootTime>, StoreError> {
        let Some(lease) = self.lease_of(key, made) else { return Ok(None) };
        let holds_until = self.clock.boot_time() + LEASE_TTL;
        // A lease outlives a key that somebody deleted by hand.
        if self.keep_alive(lease).await? && self.stands(key, made).await? {
            return Ok(Some(holds_until));
        }
        self.lock().remove(&(key.to_owned(), made));
        Ok(None)
    }

    /// Removes what was made at `made`, with all beside it.
    pub(super) async fn release(&self, key: &str, made: Revision) -> Result<(), StoreError> {
        let Some(lease) = self.lease_of(key, made) else { return Ok(()) };
        self.revoke(lease).await?;
        self.lock().remove(&(key.to_owned(), made));
        Ok(())
    }

    /// Writes `beside` under the lease of `key`, if that is still the one that was made at `made`.
    pub(super) async fn put_beside(
        &self,
        key: &str,
        made: Revision,
        beside: (String, Vec<u8>),
    ) -> Result<(), StoreError> {
        let Some(lease) = self.lease_of(key, made) else { return Ok(()) };
        let stands = Compare::create_revision(key, CompareOp::Equal, number(made));
        let put = TxnOp::put(beside.0, beside.1, Some(PutOptions::new().with_lease(lease)));
        match self.connection.txn(Txn::new().when([stands]).and_then([put])).await {
            Ok(_) | Err(Fault::NoLease) => Ok(()),
            Err(fault) => Err(fault.of_write()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, Revision), i64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lease_of(&self, key: &str, made: Revision) -> Option<i64> {
        self.lock().get(&(key.to_owned(), made)).copied()
    }

    async fn grant(&self) -> Result<i64, StoreError> {
        let seconds = i64::try_from(LEASE_TTL.as_millis() / 1000).expect("a lease lives for seconds");
        let granted =
            self.connection.send(|mut client| async move { client.lease_grant(seconds, None).await }).await;
        Ok(granted.map_err(Fault::of_read)?.id())
    }

    /// Writes all keys where the first is not there; returns its creation revision, none when it is taken.
    async fn write(
        &self,
        key: &str,
        value: Vec<u8>,
        beside: Vec<(String, Vec<u8>)>,
        lease: i64,
    ) -> Result<Option<Revision>, StoreError> {
        let (keys, epoch) = (&self.connection.keys, &self.connection.epoch);
        let free = Compare::create_revision(key, CompareOp::Equal, 0);
        let same_epoch = epoch.compare(keys.restored());
        let mark = TxnOp::get(keys.restored(), None);
        let all = std::iter::once((key.to_owned(), value.clone())).chain(beside);
        let put = |(key, value)| TxnOp::put(key, value, Some(PutOptions::new().with_lease(lease)));
        let puts: Vec<_> = all.map(put).collect();
        match self.connection.txn(Txn::new().when([free, same_epoch]).and_then(puts).or_else([mark])).await {
            Ok(answer) if answer.succeeded() => Ok(Some(revision(header_revision(answer.header())))),
            Ok(answer) if !epoch.holds(first_shown(&answer).as_ref()) => {
                Err(StoreError::Permanent(RESTORED.to_owned()))
            }
            Ok(_) => self.ours(key, &value).await,
            Err(Fault::Unknown(why)) => match self.ours(key, &value).await {
                Ok(Some(revision)) => Ok(Some(revision)),
                Ok(None) => Err(StoreError::Ambiguous(why)),
                Err(error) => Err(error),
            },
            Err(fault) => Err(fault.of_write()),
        }
    }

    /// Returns when a key was made, if it has the value that we wrote.
    async fn ours(&self, key: &str, value: &[u8]) -> Result<Option<Revision>, StoreError> {
        let found = self.connection.get(key.to_owned(), None).await.map_err(Fault::of_read)?;
        let ours = found.kvs().first().filter(|key| key.value() == value);
        Ok(ours.map(|key| revision(key.create_revision())))
    }

    async fn stands(&self, key: &str, made: Revision) -> Result<bool, StoreError> {
        let found = self.connection.get(key.to_owned(), None).await.map_err(Fault::of_read)?;
        Ok(found.kvs().first().is_some_and(|key| revision(key.create_revision()) == made))
    }

    async fn revoke(&self, lease: i64) -> Result<(), StoreError> {
        let revoked =
            self.connection.send(|mut client| async move { client.lease_revoke(lease).await }).await;
        match revoked {
            Ok(_) | Err(Fault::NoLease) => Ok(()),
            Err(fault) => Err(fault.of_read()),
        }
    }

    /// Returns whether a lease lives on, renewed. The client waits for the first answer itself.
    async fn keep_alive(&self, lease: i64) -> Result<bool, StoreError> {
        let kept = self.connection.send(|mut client| async move { client.lease_keep_alive(lease).await });
        match kept.await {
            Ok(_) => Ok(true),
            Err(Fault::NoLease) => Ok(false),
            Err(fault) => Err(fault.of_read()),
        }
    }
}

/// Returns the key that the first look of a transaction has found.
fn first_shown(answer: &TxnResponse) -> Option<KeyValue> {
    match answer.op_responses().into_iter().next()? {
        TxnOpResponse::Get(mut get) => get.take_kvs().pop(),
        _ => None,
    }
}
