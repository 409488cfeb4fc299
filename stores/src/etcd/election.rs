//! Which master leads: one key under a lease for each duty.
//!
//! Flow: master's `leading` → **`election`** → `leases`.
//! Not here: when a master campaigns and renews, and what it does meanwhile.

use async_trait::async_trait;
use model::id::Nonce;
use model::ports::{Duty, Election, StoreError, Term};
use serde::{Deserialize, Serialize};

use super::connection::Connection;
use super::error::Fault;
use super::leases::Leases;
use super::values::{decode, encode};
use crate::documents::Document;

pub(super) struct EtcdElection {
    pub(super) connection: Connection,
    pub(super) leases: Leases,
}

/// What stands in the key of a duty.
#[derive(Serialize, Deserialize)]
struct Leader {
    name: String,
    /// Tells, after an answer went missing, whether the key is ours.
    nonce: Nonce,
}

impl Document for Leader {
    const VERSION: u32 = 1;
    const WHAT: &'static str = "leader";
}

#[async_trait]
impl Election for EtcdElection {
    async fn campaign(&self, duty: Duty, candidate: &str) -> Result<Option<Term>, StoreError> {
        let leader = Leader { name: candidate.to_owned(), nonce: Nonce::random() };
        let key = self.connection.keys.leader(duty);
        let held = self.leases.take(&key, encode(&leader), Vec::new()).await?;
        Ok(held.map(|held| Term { duty, revision: held.revision, holds_until: held.holds_until }))
    }

    async fn renew(&self, term: &Term) -> Result<Option<Term>, StoreError> {
        let key = self.connection.keys.leader(term.duty);
        let renewed = self.leases.renew(&key, term.revision).await?;
        Ok(renewed.map(|holds_until| Term { holds_until, ..term.clone() }))
    }

    async fn resign(&self, term: &Term) -> Result<(), StoreError> {
        self.leases.release(&self.connection.keys.leader(term.duty), term.revision).await
    }

    async fn leader(&self, duty: Duty) -> Result<Option<String>, StoreError> {
        let key = self.connection.keys.leader(duty);
        let found = self.connection.get(key, None).await.map_err(Fault::of_read)?;
        let leader = found.kvs().first().map(decode::<Leader>).transpose()?;
        Ok(leader.map(|leader| leader.value.name))
    }
}
