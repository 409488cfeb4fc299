//! Who is alive: two keys under one lease for each worker; and who should take nothing new, a key that stays.
//!
//! The creation revision of a worker's key is what claims compare. Whoever is gone took both keys along: they hang on
//! the lease. A key that cannot be read is passed over with a warning: who lives is still known of the others, and a
//! worker that is left out only tries in its own order, since each claim compares the keys themselves.
//!
//! Flow: worker's `registration` → **`registry`** → `leases`.
//! Not here: when a worker renews (the worker's `registration`).

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use etcd_client::{DeleteOptions, KeyValue};
use model::id::{Nonce, WorkerId};
use model::ports::{RegisterError, Registration, Registry, StoreError};
use model::worker::{Drain, Worker, WorkerIdentity, WorkerStatus};
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::connection::{Connection, revision};
use super::error::Fault;
use super::keys::{Keys, Range};
use super::leases::Leases;
use super::values::{decode, encode};
use crate::documents::Document;

pub(super) struct EtcdRegistry {
    connection: Connection,
    leases: Leases,
    /// What could not be read when it was last looked at, by key and revision: told once, not at each look.
    unreadable: Mutex<HashSet<(Vec<u8>, i64)>>,
}

impl EtcdRegistry {
    pub(super) fn new(connection: Connection, leases: Leases) -> Self {
        Self { connection, leases, unreadable: Mutex::default() }
    }

    /// Says what cannot be read and was not told before.
    fn tell(&self, unreadable: Vec<(&KeyValue, StoreError)>) {
        let mut told = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = |key: &KeyValue| (key.key().to_vec(), key.mod_revision());
        for (key, error) in &unreadable {
            if !told.contains(&mark(key)) {
                warn!("passed over among the workers: {error}");
            }
        }
        *told = unreadable.into_iter().map(|(key, _)| mark(key)).collect();
    }
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

#[async_trait]
impl Registry for EtcdRegistry {
    async fn register(
        &self,
        identity: WorkerIdentity,
        status: WorkerStatus,
    ) -> Result<Registration, RegisterError> {
        let keys = &self.connection.keys;
        let id = identity.id.clone();
        let own = Registered { identity, nonce: Nonce::random() };
        let status = (keys.worker_status(&id), encode(&status));
        let held = self.leases.take(&keys.worker(&id), encode(&own), vec![status]).await?;
        let Some(held) = held else { return Err(RegisterError::Taken(id)) };
        Ok(Registration { id, revision: held.revision, holds_until: held.holds_until })
    }

    async fn renew(&self, registration: &Registration) -> Result<Option<Registration>, StoreError> {
        let key = self.connection.keys.worker(&registration.id);
        let renewed = self.leases.renew(&key, registration.revision).await?;
        Ok(renewed.map(|holds_until| Registration { holds_until, ..registration.clone() }))
    }

    async fn report(&self, registration: &Registration, status: WorkerStatus) -> Result<(), StoreError> {
        let keys = &self.connection.keys;
        let key = keys.worker(&registration.id);
        let status = (keys.worker_status(&registration.id), encode(&status));
        self.leases.put_beside(&key, registration.revision, status).await
    }

    async fn release(&self, registration: &Registration) -> Result<(), StoreError> {
        self.leases.release(&self.connection.keys.worker(&registration.id), registration.revision).await
    }

    async fn workers(&self) -> Result<Vec<Worker>, StoreError> {
        let keys = &self.connection.keys;
        let ranges = [keys.drains(), keys.worker_statuses(), keys.workers()];
        let (found, _) = self.connection.ranges(&ranges).await?;
        let (mut drains, mut statuses) = (HashMap::new(), HashMap::new());
        let (mut workers, mut unreadable) = (Vec::new(), Vec::new());
        let within = |key: &KeyValue, range: &Range| key.key().starts_with(range.0.as_bytes());
        for key in &found {
            let id = Keys::last_part(key.key()).to_owned();
            if within(key, &ranges[0]) {
                drains.extend(read::<Drain>(key, &mut unreadable).map(|drain| (id, drain)));
                continue;
            }
            if within(key, &ranges[1]) {
                statuses.extend(read::<WorkerStatus>(key, &mut unreadable).map(|status| (id, status)));
                continue;
            }
            let Some(registered) = read::<Registered>(key, &mut unreadable) else { continue };
            // Both keys are of one revision and go together; without its status it is gone for our purposes.
            let Some(status) = statuses.remove(&id) else { continue };
            let registration = revision(key.create_revision());
            let drain = drains.remove(&id);
            workers.push(Worker { identity: registered.identity, status, registration, drain });
        }
        self.tell(unreadable);
        workers.sort_by(|a, b| a.identity.id.cmp(&b.identity.id));
        Ok(workers)
    }

    async fn drain(&self, id: &WorkerId, drain: Drain) -> Result<(), StoreError> {
        let (key, value) = (self.connection.keys.drain(id), encode(&drain));
        let put = self.connection.send(|mut client| {
            let (key, value) = (key.clone(), value.clone());
            async move { client.put(key, value, None).await }
        });
        put.await.map(|_| ()).map_err(Fault::of_write)
    }

    async fn undrain(&self, id: &WorkerId) -> Result<Option<Drain>, StoreError> {
        let key = self.connection.keys.drain(id);
        let delete = self.connection.send(|mut client| {
            let (key, with) = (key.clone(), DeleteOptions::new().with_prev_key());
            async move { client.delete(key, Some(with)).await }
        });
        let deleted = delete.await.map_err(Fault::of_write)?;
        deleted.prev_kvs().first().map(|key| Ok(decode::<Drain>(key)?.value)).transpose()
    }
}

/// Reads a key; one that cannot be read is noted with its fault.
fn read<'a, D: Document>(key: &'a KeyValue, unreadable: &mut Vec<(&'a KeyValue, StoreError)>) -> Option<D> {
    decode(key).map_err(|error| unreadable.push((key, error))).ok().map(|versioned| versioned.value)
}
