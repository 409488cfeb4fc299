//! The epoch that a cluster is in: a number that is added to its own revisions.
//!
//! A cluster that was put back from a snapshot gives out revisions a second time. So a restore leaves a mark with a base
//! above all that were ever given out, and what the ports call a revision is base plus etcd's own: it goes on rising, and
//! never repeats. A process is of the epoch that it found when it connected; each swap and each lease compares the mark,
//! so one that lived through a restore changes nothing by what it remembers.
//!
//! Flow: key `restored` → **`Epoch`** in `Connection` → `intent`, `commit`, `watch`, `leases`.
//! Not here: what a restore does to the records (`model::state::restore`).

use etcd_client::{Compare, CompareOp, KeyValue, Txn, TxnOp};
use model::id::Revision;
use model::ports::{StoreError, Versioned};
use model::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::connection::{Connection, number, revision};
use super::error::Fault;
use super::values::{decode, encode};
use crate::documents::Document;
use crate::restored::base_at;

/// What is said to a process of another epoch.
pub(super) const RESTORED: &str = "etcd was restored from a backup while this process ran: what it remembers may not be so\n\
                                   hint: start this process again";

/// The mark of a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// What is added to etcd's revisions.
    base: u64,
    /// When it was made.
    at: Timestamp,
}

impl Document for Mark {
    const VERSION: u32 = 1;
    const WHAT: &'static str = "mark of a restore";
}

/// An epoch; the first has no mark and adds nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Epoch {
    base: u64,
    mark: Option<Vec<u8>>,
}

impl Epoch {
    /// Returns the epoch that a mark begins.
    pub(super) fn of(mark: Option<&KeyValue>) -> Result<Self, StoreError> {
        let Some(key) = mark else { return Ok(Self::default()) };
        Ok(Self { base: decode::<Mark>(key)?.value.base, mark: Some(key.value().to_vec()) })
    }

    /// Returns a revision of etcd as the ports know it.
    pub(super) fn revision(&self, number: i64) -> Revision {
        Revision(revision(number).0.saturating_add(self.base))
    }

    /// Returns a revision as etcd knows it; none for one of an earlier epoch, which no key has any more.
    pub(super) fn number(&self, revision: Revision) -> Option<i64> {
        revision.0.checked_sub(self.base).map(|own| number(Revision(own)))
    }

    /// Returns a value under its revision of this epoch.
    pub(super) fn lifted<T>(&self, read: Versioned<T>) -> Versioned<T> {
        Versioned { revision: Revision(read.revision.0.saturating_add(self.base)), ..read }
    }

    /// Returns what holds while the cluster is in this epoch.
    pub(super) fn compare(&self, key: String) -> Compare {
        match &self.mark {
            Some(mark) => Compare::value(key, CompareOp::Equal, mark.clone()),
            None => Compare::version(key, CompareOp::Equal, 0),
        }
    }

    /// Returns whether the mark that stands is the one of this epoch.
    pub(super) fn holds(&self, mark: Option<&KeyValue>) -> bool {
        mark.map(KeyValue::value) == self.mark.as_deref()
    }
}

/// Begins the next epoch, whose revisions stand above all that were given out until `now`, also by the cluster before it was
/// put back, and after the same snapshot was put back an earlier time.
pub(super) async fn begin(connection: &Connection, now: Timestamp) -> Result<Revision, StoreError> {
    let base = base_at(now, connection.epoch.base)?;
    let key = connection.keys.restored();
    let put = TxnOp::put(key.clone(), encode(&Mark { base, at: now }), None);
    let txn = Txn::new().when([connection.epoch.compare(key)]).and_then([put]);
    let answer = connection.txn(txn).await.map_err(Fault::of_write)?;
    if answer.succeeded() { Ok(Revision(base)) } else { Err(StoreError::Permanent(RESTORED.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_of_an_epoch_are_read_as_they_were_made_and_stand_above_those_before() {
        let first = Epoch::default();
        let next = Epoch { base: 1_000_000, mark: Some(Vec::new()) };
        for epoch in [&first, &next] {
            assert_eq!(epoch.number(epoch.revision(77)), Some(77));
        }
        assert!(next.revision(1) > first.revision(999_999));
        assert_eq!(next.number(first.revision(77)), None, "a revision of an earlier epoch is no key's");
    }
}
