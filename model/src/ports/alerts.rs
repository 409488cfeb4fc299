//! Alerts, as far as they are intent: what people set, notices that wait to be told, what is remembered between them.
//!
//! What waits stands here and not among the facts, so that it is told while those are away, and by the next master when
//! one is gone. Workers read none of it.

use async_trait::async_trait;

use super::{StoreError, Versioned};
use crate::alert::{AlertSettings, Memory, Notice, Subject};
use crate::id::{NoticeId, Revision};

/// Most notices that wait at one time: who makes more waits until some are told.
pub const NOTICES_WAITING_MAX: usize = 2000;

/// Settings, the queue of notices, and memory.
///
/// Every implementation owes:
/// * settings are written where their revision is the one that is expected, and of many writers of one revision one wins;
/// * a notice that is added is there until it is forgotten; added once more it stays as it is;
/// * an update changes a notice that is there, and brings back none that is gone;
/// * memory is what was put last, by subject;
/// * what was answered survives a crash of the store.
#[async_trait]
pub trait Alerts: Send + Sync + 'static {
    /// Returns what people set; none before anybody did.
    async fn alert_settings(&self) -> Result<Option<Versioned<AlertSettings>>, StoreError>;

    /// Writes what people set where its revision is `expect` (none: where there is none); returns false when it is not,
    /// and then changes nothing.
    async fn swap_alert_settings(
        &self,
        expect: Option<Revision>,
        settings: AlertSettings,
    ) -> Result<bool, StoreError>;

    /// Returns all notices that wait, in no order.
    async fn notices(&self) -> Result<Vec<Notice>, StoreError>;

    /// Adds notices to those that wait; one that is there stays as it is.
    async fn add_notices(&self, notices: Vec<Notice>) -> Result<(), StoreError>;

    /// Writes notices anew that wait; one that is gone stays so.
    async fn update_notices(&self, notices: Vec<Notice>) -> Result<(), StoreError>;

    /// Removes notices.
    async fn forget_notices(&self, ids: &[NoticeId]) -> Result<(), StoreError>;

    /// Returns all memory, in no order.
    async fn memories(&self) -> Result<Vec<Memory>, StoreError>;

    /// Keeps memory.
    async fn put_memories(&self, memories: Vec<Memory>) -> Result<(), StoreError>;

    /// Removes memory.
    async fn forget_memories(&self, subjects: &[Subject]) -> Result<(), StoreError>;
}
