//! What the outside must offer, one file per port, named by role.
//!
//! A port speaks model types only. Its text says what every implementation owes; `testing::contract` has one
//! test per sentence, run by the embedded store and by the real ones alike.

mod accounts;
mod alert_log;
mod alerts;
mod audit;
mod blobs;
mod clock;
mod election;
mod executor;
mod facts;
mod intent;
mod registry;
mod revisions;

pub use accounts::{Accounts, Attempts, Session};
pub use alert_log::{AlertLog, NoticeQuery, Untold};
pub use alerts::{Alerts, NOTICES_WAITING_MAX};
pub use audit::{Audit, AuditQuery};
pub use blobs::{
    Blobs, Hold, ModuleInspector, NewModule, Rejection, Removed, SealedUpload, TAGS_MAX, Tagged, Upload,
};
pub use clock::Clock;
pub use election::{Duty, Election, Term};
pub use executor::{Adopted, Executor, LeaseTerms, RunRef, Running, StartError, Whose};
pub use facts::{Facts, FactsChange, RunCursor, RunQuery, RunTally, TickFilter};
pub use intent::{
    Batch, Change, Changes, Committed, Guard, Intent, JobWrite, Snapshot, StateKey, Swap, SwapResult,
    Versioned, WatchError,
};
pub use registry::{LEASE_TTL, RegisterError, Registration, Registry};
pub use revisions::{RevisionQuery, Revisions};

/// Why a store did not do what it was asked, cut by what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Surely not done; the same call may succeed later.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// Perhaps done, perhaps not: read again before you decide.
    #[error("the store did not answer in time: {0}")]
    Ambiguous(String),
    /// Will not succeed by trying again: damaged data, a newer format, a full disk, no permission.
    #[error("{0}")]
    Permanent(String),
    /// Will not succeed with this very data, whatever is tried; other data is taken. Of a call with many pieces the
    /// others may have been kept.
    #[error("the store refuses this data: {0}")]
    Refused(String),
}

impl StoreError {
    /// Returns true when the same call may succeed later without harm.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
