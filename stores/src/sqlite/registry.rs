//! Who is alive: a table in memory, since the one process of the folder is the only one that could register; and who
//! should take nothing new: a table of the intent database, since that stays.
//!
//! Deadlines are on the boot-time clock. A registration's revision comes from the counter of the intent database,
//! so that it rises and never repeats, also after a restart; the registrations themselves are gone with one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use model::id::{Revision, WorkerId};
use model::ports::{Guard, LEASE_TTL, RegisterError, Registration, Registry, StoreError};
use model::time::BootTime;
use model::worker::{Drain, Worker, WorkerIdentity, WorkerStatus};
use rusqlite::{Connection, params};

use super::Shared;
use super::changes::next_revision;
use super::columns::{Document, decode, encode, parse};
use super::error::Fault;

pub(super) struct SqliteRegistry {
    pub(super) shared: Arc<Shared>,
}

/// The live registrations, by id. Invariant: what was once seen as expired is never renewed, since the boot-time
/// clock does not go back.
#[derive(Default)]
pub(super) struct Registrations(Mutex<BTreeMap<WorkerId, Entry>>);

struct Entry {
    worker: Worker,
    expires_at: BootTime,
}

impl Registrations {
    /// Returns whether a guard holds at `now`.
    pub(super) fn hold(&self, guard: &Guard, now: BootTime) -> bool {
        let alive = |id| self.live(now).get(id).map(|entry| entry.worker.registration);
        match guard {
            Guard::None => true,
            Guard::Alive(id, revision) => alive(id) == Some(*revision),
            Guard::Gone(id) => alive(id).is_none(),
        }
    }

    /// Returns the registrations after removing those that have expired at `now`.
    fn live(&self, now: BootTime) -> MutexGuard<'_, BTreeMap<WorkerId, Entry>> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| entry.expires_at > now);
        entries
    }
}

impl SqliteRegistry {
    fn live(&self) -> MutexGuard<'_, BTreeMap<WorkerId, Entry>> {
        self.shared.registrations.live(self.shared.clock.boot_time())
    }

    /// Runs `change` on the entry of a registration that still lives; returns whether it did.
    fn change(&self, registration: &Registration, change: impl FnOnce(&mut Entry)) -> bool {
        let mut live = self.live();
        let entry = live.get_mut(&registration.id);
        let entry = entry.filter(|entry| entry.worker.registration == registration.revision);
        entry.map(change).is_some()
    }
}

#[async_trait]
impl Registry for SqliteRegistry {
    async fn register(
        &self,
        identity: WorkerIdentity,
        status: WorkerStatus,
    ) -> Result<Registration, RegisterError> {
        let id = identity.id.clone();
        if self.live().contains_key(&id) {
            return Err(RegisterError::Taken(id));
        }
        let revision: Revision = self.shared.intent.write(next_revision).await?;
        let now = self.shared.clock.boot_time();
        let mut live = self.live();
        // Another may have come first while this one waited for its revision.
        if live.contains_key(&id) {
            return Err(RegisterError::Taken(id));
        }
        let expires_at = now + LEASE_TTL;
        let worker = Worker { identity, status, registration: revision, drain: None };
        live.insert(id.clone(), Entry { worker, expires_at });
        Ok(Registration { id, revision, holds_until: expires_at })
    }

    async fn renew(&self, registration: &Registration) -> Result<Option<Registration>, StoreError> {
        let holds_until = self.shared.clock.boot_time() + LEASE_TTL;
        let renewed = self.change(registration, |entry| entry.expires_at = holds_until);
        Ok(renewed.then(|| Registration { holds_until, ..registration.clone() }))
    }

    async fn report(&self, registration: &Registration, status: WorkerStatus) -> Result<(), StoreError> {
        self.change(registration, |entry| entry.worker.status = status);
        Ok(())
    }

    async fn release(&self, registration: &Registration) -> Result<(), StoreError> {
        let mut live = self.live();
        if live.get(&registration.id).is_some_and(|entry| entry.worker.registration == registration.revision)
        {
            live.remove(&registration.id);
        }
        Ok(())
    }

    async fn workers(&self) -> Result<Vec<Worker>, StoreError> {
        let mut drains = self.shared.intent.read(drains).await?;
        let live = self.live();
        let worker = |entry: &Entry| {
            let drain = drains.remove(&entry.worker.identity.id);
            Worker { drain, ..entry.worker.clone() }
        };
        Ok(live.values().map(worker).collect())
    }

    async fn drain(&self, id: &WorkerId, drain: Drain) -> Result<(), StoreError> {
        let id = id.clone();
        let put = move |connection: &Connection| {
            let sql = "INSERT OR REPLACE INTO drains (worker, version, document) VALUES (?, ?, ?)";
            let row = params![id.as_str(), Drain::VERSION, encode(&drain)];
            connection.prepare_cached(sql)?.execute(row)?;
            Ok(())
        };
        self.shared.intent.write(put).await
    }

    async fn undrain(&self, id: &WorkerId) -> Result<Option<Drain>, StoreError> {
        let id = id.clone();
        let take = move |connection: &Connection| {
            let wanted = drains(connection)?.remove(&id);
            connection.prepare_cached("DELETE FROM drains WHERE worker = ?")?.execute([id.as_str()])?;
            Ok(wanted)
        };
        self.shared.intent.write(take).await
    }
}

/// Returns all wishes to drain, by worker.
fn drains(connection: &Connection) -> Result<BTreeMap<WorkerId, Drain>, Fault> {
    let mut found = BTreeMap::new();
    let mut statement = connection.prepare_cached("SELECT worker, version, document FROM drains")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        let drain = decode(row.get(1)?, &row.get::<_, String>(2)?, &id)?;
        found.insert(parse(&id, "the id of a worker")?, drain);
    }
    Ok(found)
}
