//! Election: which of many masters does what only one should do.
//!
//! A term saves work done twice; it is not what makes that work right. Whoever leads may freeze past its term, so all
//! that it writes is compared, or the same whoever writes it.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::id::Revision;
use crate::time::BootTime;

/// What one master of many does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// Records ends that wait in states, removes what is old, settles runs that no worker settles.
    Recorder,
    /// Sends alerts.
    Alerter,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 2] = [Self::Recorder, Self::Alerter];

    /// Returns its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorder => "recorder",
            Self::Alerter => "alerter",
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A term that this process began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Of which duty.
    pub duty: Duty,
    /// The revision at which it began.
    pub revision: Revision,
    /// Until when it surely holds, on the boot-time clock: sent plus TTL, not answered plus TTL.
    pub holds_until: BootTime,
}

/// Which of many masters does what only one should do.
///
/// A term lives [`LEASE_TTL`](super::LEASE_TTL) without being renewed. Every implementation owes:
/// * at most one term of a duty at a time; of many that campaign at once, one begins one; until `holds_until` nobody
///   else does;
/// * terms of two duties do not hinder each other;
/// * the revision of a term rises from one to the next, also after a restart, and stays through renewals;
/// * a term that is not renewed is over at the latest one TTL after `holds_until`; one that is renewed in time goes on;
/// * after `resign` another may begin at once;
/// * `renew` and `resign` of a term that is over do nothing, not even to a later one of the same duty; `renew` says so;
/// * `leader` names who began the term that goes on.
#[async_trait]
pub trait Election: Send + Sync + 'static {
    /// Begins a term of `duty` for `candidate`; none while another one goes on.
    async fn campaign(&self, duty: Duty, candidate: &str) -> Result<Option<Term>, StoreError>;

    /// Renews a term; returns it with its new deadline, none when it is over.
    async fn renew(&self, term: &Term) -> Result<Option<Term>, StoreError>;

    /// Ends a term.
    async fn resign(&self, term: &Term) -> Result<(), StoreError>;

    /// Returns who does a duty now.
    async fn leader(&self, duty: Duty) -> Result<Option<String>, StoreError>;
}
