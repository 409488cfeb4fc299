//! Revisions: the texts that a job had, kept among the facts, so that a save needs none of them.
//!
//! They are copied from the changes of intent; how far that has come is kept beside them.
//! Not here: the text that a job has now; that is intent.

use async_trait::async_trait;

use super::StoreError;
use crate::id::{JobName, Revision};
use crate::revision::JobRevision;
use crate::time::Timestamp;

/// Which revisions of a job to list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionQuery {
    /// Whose.
    pub job: JobName,
    /// Those before this one.
    pub before: Option<Revision>,
    /// Most revisions to return; 1 to 1000.
    pub limit: usize,
}

/// The texts that jobs had.
///
/// Every implementation owes:
/// * what was answered survives a crash of the store;
/// * a revision that is put twice is one: the first stays;
/// * of each job that is put, the newest `kept` stay;
/// * the pages of `revisions` together show every revision that was there at the first page, once, newest first;
/// * `copied_to` is the highest that was noted;
/// * `living` are the jobs whose newest revision is a text;
/// * `prune_revisions` removes texts that were replaced before the instant it is told, and deletions from before it;
///   the newest text of a job that was not deleted stays, however old.
#[async_trait]
pub trait Revisions: Send + Sync + 'static {
    /// Keeps revisions, of each of their jobs the newest `kept`.
    async fn put_revisions(&self, revisions: Vec<JobRevision>, kept: usize) -> Result<(), StoreError>;

    /// Returns one revision.
    async fn revision(&self, job: &JobName, revision: Revision) -> Result<Option<JobRevision>, StoreError>;

    /// Returns revisions of a job, newest first.
    async fn revisions(&self, query: RevisionQuery) -> Result<Vec<JobRevision>, StoreError>;

    /// Returns up to which revision of intent all changes were copied; none before the first note.
    async fn copied_to(&self) -> Result<Option<Revision>, StoreError>;

    /// Notes up to which revision of intent all changes were copied.
    async fn note_copied(&self, to: Revision) -> Result<(), StoreError>;

    /// Returns the jobs whose newest revision is a text, in order of name.
    async fn living(&self) -> Result<Vec<JobName>, StoreError>;

    /// Removes what was replaced before this instant.
    async fn prune_revisions(&self, before: Timestamp) -> Result<(), StoreError>;
}
