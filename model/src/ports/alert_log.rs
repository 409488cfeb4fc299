//! Alerts, as far as they are facts: ends that nobody has looked at for alerts, and the history of notices.
//!
//! Which ends were looked at is a mark on each record, not an instant up to which all were: records come late and in any
//! order, from many machines' clocks.

use async_trait::async_trait;

use super::StoreError;
use crate::alert::{Condition, DeliveryState, Notice};
use crate::id::{ChannelName, JobName, NoticeId};
use crate::run::{RangeRecord, RunRecord};
use crate::time::Timestamp;

/// Ends that nobody has looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Untold {
    /// Runs that have ended.
    pub runs: Vec<RunRecord>,
    /// Ranges of ticks that did not run.
    pub ranges: Vec<RangeRecord>,
}

impl Untold {
    /// Returns true when there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.ranges.is_empty()
    }
}

/// Which notices to list, newest first. Filters combine by AND.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeQuery {
    /// About this job.
    pub job: Option<JobName>,
    /// About one of these.
    pub condition: Vec<Condition>,
    /// By this channel.
    pub channel: Option<ChannelName>,
    /// Of which a delivery stands so; with a channel, any of its deliveries.
    pub state: Option<DeliveryState>,
    /// Made at or after this instant.
    pub from: Option<Timestamp>,
    /// Made before this instant.
    pub to: Option<Timestamp>,
    /// Where the last page ended.
    pub after: Option<(Timestamp, NoticeId)>,
    /// Most notices to return; 1 to 1000.
    pub limit: usize,
}

/// Ends to look at, and the history.
///
/// Every implementation owes:
/// * a run that is put with its end is untold until it is marked, and so again when a later version of it is put; one
///   that goes on never is;
/// * a range that is put, or grows, is untold until it is marked;
/// * a mark is for the version that was looked at: one that came meanwhile stays untold;
/// * of two versions of one notice the one that is put last stays;
/// * the pages of `history` together show every notice that was there at the first page and matches, once;
/// * `prune_history` removes notices that were made before it is told, and no other;
/// * what was answered survives a crash of the store.
#[async_trait]
pub trait AlertLog: Send + Sync + 'static {
    /// Returns some ends that nobody has looked at, at most `limit` runs and as many ranges, in no order.
    async fn untold(&self, limit: usize) -> Result<Untold, StoreError>;

    /// Marks ends as looked at.
    async fn mark_told(&self, told: &Untold) -> Result<(), StoreError>;

    /// Keeps notices as they stand now.
    async fn put_history(&self, notices: Vec<Notice>) -> Result<(), StoreError>;

    /// Returns notices, newest first by when they were made, then by id.
    async fn history(&self, query: NoticeQuery) -> Result<Vec<Notice>, StoreError>;

    /// Removes notices that were made before this instant.
    async fn prune_history(&self, before: Timestamp) -> Result<(), StoreError>;
}
