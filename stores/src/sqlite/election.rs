//! Who leads: a table in memory, since the one process of the folder is the only one that could.
//!
//! As with registrations, deadlines are on the boot-time clock, and revisions come from the counter of the intent
//! database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use model::id::Revision;
use model::ports::{Duty, Election, LEASE_TTL, StoreError, Term};
use model::time::BootTime;

use super::Shared;
use super::changes::next_revision;

pub(super) struct SqliteElection {
    pub(super) shared: Arc<Shared>,
}

/// The terms that go on, by duty.
#[derive(Default)]
pub(super) struct Terms(Mutex<BTreeMap<Duty, Leader>>);

struct Leader {
    name: String,
    revision: Revision,
    expires_at: BootTime,
}

impl SqliteElection {
    /// Returns the terms after removing those that are over.
    fn live(&self) -> MutexGuard<'_, BTreeMap<Duty, Leader>> {
        let now = self.shared.clock.boot_time();
        let mut terms = self.shared.terms.0.lock().unwrap_or_else(PoisonError::into_inner);
        terms.retain(|_, leader| leader.expires_at > now);
        terms
    }
}

#[async_trait]
impl Election for SqliteElection {
    async fn campaign(&self, duty: Duty, candidate: &str) -> Result<Option<Term>, StoreError> {
        if self.live().contains_key(&duty) {
            return Ok(None);
        }
        let revision: Revision = self.shared.intent.write(next_revision).await?;
        let holds_until = self.shared.clock.boot_time() + LEASE_TTL;
        let mut live = self.live();
        // Another may have come first while this one waited for its revision.
        if live.contains_key(&duty) {
            return Ok(None);
        }
        live.insert(duty, Leader { name: candidate.to_owned(), revision, expires_at: holds_until });
        Ok(Some(Term { duty, revision, holds_until }))
    }

    async fn renew(&self, term: &Term) -> Result<Option<Term>, StoreError> {
        let holds_until = self.shared.clock.boot_time() + LEASE_TTL;
        let mut live = self.live();
        let leader = live.get_mut(&term.duty).filter(|leader| leader.revision == term.revision);
        Ok(leader.map(|leader| {
            leader.expires_at = holds_until;
            Term { holds_until, ..term.clone() }
        }))
    }

    async fn resign(&self, term: &Term) -> Result<(), StoreError> {
        let mut live = self.live();
        if live.get(&term.duty).is_some_and(|leader| leader.revision == term.revision) {
            live.remove(&term.duty);
        }
        Ok(())
    }

    async fn leader(&self, duty: Duty) -> Result<Option<String>, StoreError> {
        Ok(self.live().get(&duty).map(|leader| leader.name.clone()))
    }
}
