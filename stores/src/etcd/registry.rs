//! Who is alive: two keys under one lease for each worker.
//!
//! The key of a registration is made only where none is; its creation revision is what claims compare. A deadline
//! counts from before the request was sent, on the boot-time clock. Whoever is gone took both keys along: they hang
//! on the lease.
//!
//! Not here: when a worker renews (the worker's `registration`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use etcd_client::{Compare, CompareOp, PutOptions, Txn, TxnOp};
use model::id::{Nonce, Revision, WorkerId};
use model::ports::{Clock, LEASE_TTL, RegisterError, Registration, Registry, StoreError};
use model::worker::{Worker, WorkerIdentity, WorkerStatus};
use serde::{Deserialize, Serialize};

use super::connection::{Connection, header_revision, number, revision};
use super::error::Fault;
use super::keys::Keys;
use super::values::{decode, encode};
use crate::documents::Document;

pub(super) struct EtcdRegistry {
    pub(super) connection: Connection,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) leases: Arc<Leases>,
}

/// What stands in the key of a registration.
#[derive(Serialize, Deserialize)]
struct Registered {
    #[serde(flatten)]
    identity: WorkerIdentity,
    /// Tells, after an answer went missing, whether the key is ours.
    nonce: Nonce,
}

impl Document for Registered {
    const VERSION: u32 = 1;
    const WHAT: &'static str = "registration of worker";
}

impl Document for WorkerStatus {
    const VERSION: u32 = 1;
    const WHAT: &'static str = "status of worker";
}

/// The leases of the registrations that this process made. Bounded by how many it makes: one, beside tests.
#[derive(Default)]
pub(super) struct Leases(Mutex<HashMap<(WorkerId, Revision), i64>>);

impl Leases {
    fn get(&self, registration: &Registration) -> Option<i64> {
        let leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leases.get(&(registration.id.clone(), registration.revision)).copied()
    }

    fn keep(&self, registration: &Registration, lease: i64) {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leases.insert((registration.id.clone(), registration.revision), lease);
    }

    fn forget(&self, registration: &Registration) -> Option<i64> {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leases.remove(&(registration.id.clone(), registration.revision))
    }
}

impl EtcdRegistry {
    async fn grant(&self) -> Result<i64, StoreError> {
        let seconds = i64::try_from(LEASE_TTL.as_millis() / 1000).expect("a lease lives for seconds");
        let granted =
            self.connection.send(|mut client| async move { client.lease_grant(seconds, None).await }).await;
        Ok(granted.map_err(Fault::of_read)?.id())
    }

    /// Writes both keys where the first is not there; returns its creation revision, none when it is taken.
    ///
    /// An answer that went missing is settled by reading: the nonce tells whether the key is ours.
    async fn write(
        &self,
        own: &Registered,
        status: &WorkerStatus,
        lease: i64,
    ) -> Result<Option<Revision>, StoreError> {
        let keys = &self.connection.keys;
        let (key, hang) = (keys.worker(&own.identity.id), PutOptions::new().with_lease(lease));
        let free = Compare::create_revision(key.clone(), CompareOp::Equal, 0);
        let puts = [
            TxnOp::put(key.clone(), encode(own), Some(hang.clone())),
            TxnOp::put(keys.worker_status(&own.identity.id), encode(status), Some(hang)),
        ];
        match self.connection.txn(Txn::new().when([free]).and_then(puts)).await {
            Ok(answer) if answer.succeeded() => Ok(Some(revision(header_revision(answer.header())))),
            Ok(_) => self.ours(key, &own.nonce).await,
            Err(Fault::Unknown(why)) => match self.ours(key, &own.nonce).await {
                Ok(Some(revision)) => Ok(Some(revision)),
                Ok(None) => Err(StoreError::Ambiguous(why)),
                Err(error) => Err(error),
            },
            Err(fault) => Err(fault.of_write()),
        }
    }

    async fn ours(&self, key: String, nonce: &Nonce) -> Result<Option<Revision>, StoreError> {
        let found = self.connection.get(key, None).await.map_err(Fault::of_read)?;
        let Some(key) = found.kvs().first() else { return Ok(None) };
        let registered = decode::<Registered>(key)?.value;
        Ok((registered.nonce == *nonce).then(|| revision(key.create_revision())))
    }

    /// Returns whether the key of a registration is still the one that it made.
    async fn stands(&self, registration: &Registration) -> Result<bool, StoreError> {
        let key = self.connection.keys.worker(&registration.id);
        let found = self.connection.get(key, None).await.map_err(Fault::of_read)?;
        Ok(found.kvs().first().is_some_and(|key| revision(key.create_revision()) == registration.revision))
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

#[async_trait]
impl Registry for EtcdRegistry {
    async fn register(
        &self,
        identity: WorkerIdentity,
        status: WorkerStatus,
    ) -> Result<Registration, RegisterError> {
        let id = identity.id.clone();
        let holds_until = self.clock.boot_time() + LEASE_TTL;
        let lease = self.grant().await?;
        let own = Registered { identity, nonce: Nonce::random() };
        match self.write(&own, &status, lease).await {
            Ok(Some(revision)) => {
                let registration = Registration { id, revision, holds_until };
                self.leases.keep(&registration, lease);
                Ok(registration)
            }
            Ok(None) => {
                self.revoke(lease).await?;
                Err(RegisterError::Taken(id))
            }
            Err(error) => {
                // What may have been written goes with the lease, at the latest when it ends.
                drop(self.revoke(lease).await);
                Err(error.into())
            }
        }
    }

    async fn renew(&self, registration: &Registration) -> Result<Option<Registration>, StoreError> {
        let Some(lease) = self.leases.get(registration) else { return Ok(None) };
        let holds_until = self.clock.boot_time() + LEASE_TTL;
        // A lease outlives a key that somebody deleted by hand.
        if self.keep_alive(lease).await? && self.stands(registration).await? {
            return Ok(Some(Registration { holds_until, ..registration.clone() }));
        }
        self.leases.forget(registration);
        Ok(None)
    }

    async fn report(&self, registration: &Registration, status: WorkerStatus) -> Result<(), StoreError> {
        let Some(lease) = self.leases.get(registration) else { return Ok(()) };
        let keys = &self.connection.keys;
        let stands = Compare::create_revision(
            keys.worker(&registration.id),
            CompareOp::Equal,
            number(registration.revision),
        );
        let hang = PutOptions::new().with_lease(lease);
        let put = TxnOp::put(keys.worker_status(&registration.id), encode(&status), Some(hang));
        match self.connection.txn(Txn::new().when([stands]).and_then([put])).await {
            Ok(_) | Err(Fault::NoLease) => Ok(()),
            Err(fault) => Err(fault.of_write()),
        }
    }

    async fn release(&self, registration: &Registration) -> Result<(), StoreError> {
        let Some(lease) = self.leases.get(registration) else { return Ok(()) };
        self.revoke(lease).await?;
        self.leases.forget(registration);
        Ok(())
    }

    async fn workers(&self) -> Result<Vec<Worker>, StoreError> {
        let keys = &self.connection.keys;
        let (found, _) = self.connection.ranges(&[keys.worker_statuses(), keys.workers()]).await?;
        let mut statuses = HashMap::new();
        let mut workers = Vec::new();
        let statuses_from = keys.worker_statuses().0;
        for key in &found {
            if key.key().starts_with(statuses_from.as_bytes()) {
                let status: WorkerStatus = decode(key)?.value;
                statuses.insert(Keys::last_part(key.key()).to_owned(), status);
                continue;
            }
            let registered: Registered = decode(key)?.value;
            let id = registered.identity.id.as_str().to_owned();
            // Both keys are of one revision and go together; without its status it is gone for our purposes.
            let Some(status) = statuses.remove(&id) else { continue };
            let registration = revision(key.create_revision());
            workers.push(Worker { identity: registered.identity, status, registration });
        }
        workers.sort_by(|a, b| a.identity.id.cmp(&b.identity.id));
        Ok(workers)
    }
}
