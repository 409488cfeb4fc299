//! The audit: what was changed and what was denied, kept among the facts.
//!
//! Not here: lines that wait for the facts to be back; they stand beside the accounts ([`super::Accounts`]).

use async_trait::async_trait;

use super::StoreError;
use crate::audit::AuditLine;
use crate::id::AuditId;
use crate::time::Timestamp;

/// Which lines to list, newest first. Filters combine by AND.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Lines of this user.
    pub user: Option<String>,
    /// Lines whose target begins so.
    pub target: Option<String>,
    /// True: denied attempts alone; false: all but those.
    pub denied: Option<bool>,
    /// Lines written at or after this instant.
    pub from: Option<Timestamp>,
    /// Lines written before this instant.
    pub to: Option<Timestamp>,
    /// Where the last page ended.
    pub after: Option<AuditId>,
    /// Most lines to return; 1 to 1000.
    pub limit: usize,
}

/// What was changed and what was denied.
///
/// Every implementation owes:
/// * what was answered survives a crash of the store;
/// * a line that is put twice is one;
/// * the pages of `lines` together show every line that was there at the first page and matches, once;
/// * `prune_audit` removes lines that are older than it is told, and no other.
#[async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Keeps lines.
    async fn put_lines(&self, lines: Vec<AuditLine>) -> Result<(), StoreError>;

    /// Returns lines, newest first.
    async fn lines(&self, query: AuditQuery) -> Result<Vec<AuditLine>, StoreError>;

    /// Removes lines that were written before this instant.
    async fn prune_audit(&self, before: Timestamp) -> Result<(), StoreError>;
}
