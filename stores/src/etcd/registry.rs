//! Who is alive: two keys under one lease for each worker.
//!
//! The creation revision of a worker's key is what claims compare. Whoever is gone took both keys along: they hang on
//! the lease.
//!
//! Flow: worker's `registration` → **`registry`** → `leases`.
//! Not here: when a worker renews (the worker's `registration`).

use std::collections::HashMap;

use async_trait::async_trait;
use model::id::Nonce;
use model::ports::{RegisterError, Registration, Registry, StoreError};
use model::worker::{Worker, WorkerIdentity, WorkerStatus};
use serde::{Deserialize, Serialize};

use super::connection::{Connection, revision};
use super::keys::Keys;
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
