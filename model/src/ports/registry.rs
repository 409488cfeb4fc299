//! Registry: who is alive, and who should take nothing new. One leased entry per worker.

use async_trait::async_trait;

use super::StoreError;
use crate::id::{Revision, WorkerId};
use crate::time::{BootTime, Span};
use crate::worker::{Drain, Worker, WorkerIdentity, WorkerStatus};

/// How long a registration lives without being renewed.
pub const LEASE_TTL: Span = Span::from_seconds(10);

/// A registration that this process made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Whose.
    pub id: WorkerId,
    /// The revision at which it was made; claims compare it.
    pub revision: Revision,
    /// Until when it surely holds, on the boot-time clock: sent plus TTL, not answered plus TTL.
    pub holds_until: BootTime,
}

/// Why a worker was not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Another process holds a live registration with this id.
    #[error("worker id `{0}` is taken by a live worker; two workers need two ids")]
    Taken(WorkerId),
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who is alive.
///
/// Every implementation owes:
/// * at most one live registration per id; a second one is refused as taken and leaves the first alone;
/// * the revision of a registration rises from one to the next, also after a restart, and stays through renewals;
/// * a registration that is not renewed is gone at the latest one TTL after `holds_until`; one that is renewed in
///   time lives on;
/// * `renew`, `report` and `release` of a registration that is gone do nothing, not even to a later one of the same
///   id; `renew` says so;
/// * `workers` shows live registrations only, sorted by id, each with its wish to drain if there is one;
/// * a wish to drain stays through registrations and restarts until it is taken back, and a later one takes its place.
#[async_trait]
pub trait Registry: Send + Sync + 'static {
    /// Makes a registration.
    async fn register(
        &self,
        identity: WorkerIdentity,
        status: WorkerStatus,
    ) -> Result<Registration, RegisterError>;

    /// Renews a registration; returns it with its new deadline, none when it is gone.
    async fn renew(&self, registration: &Registration) -> Result<Option<Registration>, StoreError>;

    /// Writes how the worker is. Does nothing when the registration is gone.
    async fn report(&self, registration: &Registration, status: WorkerStatus) -> Result<(), StoreError>;

    /// Ends a registration.
    async fn release(&self, registration: &Registration) -> Result<(), StoreError>;

    /// Returns the live workers, sorted by id.
    async fn workers(&self) -> Result<Vec<Worker>, StoreError>;

    /// Wants a worker to take no new runs. Masters only.
    async fn drain(&self, id: &WorkerId, drain: Drain) -> Result<(), StoreError>;

    /// Takes that back; returns what was wanted. Masters only.
    async fn undrain(&self, id: &WorkerId) -> Result<Option<Drain>, StoreError>;
}
