//! Who is alive: two keys under one lease for each worker; and who should take nothing new, a key that stays.
//!
//! The creation revision of a worker's key is what claims compare. Whoever is gone took both keys along: they hang on
//! the lease.
//!
//! Flow: worker's `registration` → **`registry`** → `leases`.
//! Not here: when a worker renews (the worker's `registration`).

use std::collections::HashMap;

use async_trait::async_trait;
use etcd_client::{DeleteOptions, KeyValue};
use model::id::{Nonce, WorkerId};
use model::ports::{RegisterError, Registration, Registry, StoreError};
use model::worker::{Drain, Worker, WorkerIdentity, WorkerStatus};
use serde::{Deserialize, Serialize};

use super::connection::{Connection, revision};
use super::error::Fault;
use super::keys::{Keys, Range};
use super::leases::Leases;
use super::values::{decode, encode};
use crate::documents::Document;

pub(super) struct EtcdRegistry {
    pub(super) connection: Connection,
    pub(super) leases: Leases,
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
        let mut workers = Vec::new();
        let within = |key: &KeyValue, range: &Range| key.key().starts_with(range.0.as_bytes());
        for key in &found {
            let id = Keys::last_part(key.key()).to_owned();
            if within(key, &ranges[0]) {
                drains.insert(id, decode::<Drain>(key)?.value);
                continue;
            }
            if within(key, &ranges[1]) {
                statuses.insert(id, decode::<WorkerStatus>(key)?.value);
                continue;
            }
            let registered: Registered = decode(key)?.value;
            // Both keys are of one revision and go together; without its status it is gone for our purposes.
            let Some(status) = statuses.remove(&id) else { continue };
            let registration = revision(key.create_revision());
            let drain = drains.remove(&id);
            workers.push(Worker { identity: registered.identity, status, registration, drain });
        }
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
