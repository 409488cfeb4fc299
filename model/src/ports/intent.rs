//! Intent: what should happen. Jobs and their states, loaded, watched and swapped.

use async_trait::async_trait;
use futures::stream::BoxStream;

use super::StoreError;
use crate::id::{JobName, Revision, WorkerId};
use crate::job::SavedJob;
use crate::state::JobState;

/// The key of one state: a job, and for placement `all` one of its workers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey {
    /// The job.
    pub job: JobName,
    /// For placement `all`: whose state.
    pub worker: Option<WorkerId>,
}

impl StateKey {
    /// Returns the key of a job's own state.
    pub fn job(name: JobName) -> Self {
        Self { job: name, worker: None }
    }
}

/// A value with the revision of its last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The revision at which it was written.
    pub revision: Revision,
    /// What was written.
    pub value: T,
}

/// All jobs and states as they stood at one revision.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The revision; a watch from here misses nothing.
    pub revision: Revision,
    /// All jobs.
    pub jobs: Vec<Versioned<SavedJob>>,
    /// All states.
    pub states: Vec<(StateKey, Versioned<JobState>)>,
}

/// What a swap does to the saved job beside the state. Masters only.
#[derive(Debug, Clone, PartialEq)]
pub enum JobWrite {
    /// Nothing.
    Keep,
    /// Writes it.
    Put(Box<SavedJob>),
    /// Removes it.
    Delete,
}

/// One compare-and-set on one state.
#[derive(Debug, Clone, PartialEq)]
pub struct Swap {
    /// Which state.
    pub key: StateKey,
    /// The revision that it must still have; none: it must not exist.
    pub expect: Option<Revision>,
    /// For a worker's state under placement `all`: the revision that the job's own state must still have. None: that
    /// does not matter.
    pub head: Option<Revision>,
    /// What it becomes; none removes it.
    pub state: Option<JobState>,
    /// What happens to the saved job in the same step.
    pub job: JobWrite,
}

/// What must hold for the whole batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Nothing.
    None,
    /// This worker's registration still has the revision at which it was made.
    Alive(WorkerId, Revision),
    /// This worker has no registration.
    Gone(WorkerId),
}

/// Swaps that go out together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// What must hold for all of them.
    pub guard: Guard,
    /// At most one per key; at most [`Batch::SWAPS_MAX`].
    pub swaps: Vec<Swap>,
}

impl Batch {
    /// Most swaps in one batch: etcd takes 128 operations in a transaction, some of which are compares.
    pub const SWAPS_MAX: usize = 120;

    /// Returns a batch of one swap without a guard.
    pub fn one(swap: Swap) -> Self {
        Self { guard: Guard::None, swaps: vec![swap] }
    }
}

/// How one swap of a batch went.
#[derive(Debug, Clone, PartialEq)]
pub enum SwapResult {
    /// It was written at this revision, which is the fence of the claims in it.
    Swapped(Revision),
    /// The state had another revision; it stands now as given (none: it does not exist). With the revision that was
    /// expected, it was the job's own state that had another one.
    Lost(Option<Box<Versioned<JobState>>>),
}

/// How a batch went.
#[derive(Debug, Clone, PartialEq)]
pub enum Committed {
    /// The guard held: one result per swap, in order. Those that lost did not hinder the others.
    Done(Vec<SwapResult>),
    /// The guard did not hold; nothing was written.
    GuardFailed,
}

/// One change, with the revision at which it was made.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A job was saved, or removed (none).
    Job(JobName, Revision, Option<Box<SavedJob>>),
    /// A state was written, or removed (none).
    State(StateKey, Revision, Option<Box<JobState>>),
}

/// Changes that were made together, in order, at most at `revision`.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// The revision up to which the watcher now knows everything.
    pub revision: Revision,
    /// The changes.
    pub changes: Vec<Change>,
}

/// Why a watch ended. The caller loads again and watches from there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// The store no longer knows the changes since the asked revision, or the watcher was too slow.
    #[error("the store no longer holds the changes since revision {0}")]
    Compacted(Revision),
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What should happen: jobs and their states.
///
/// Every implementation owes:
/// * revisions rise with every commit that changes a key and never repeat, also after a restart and after a key was
///   removed and made again; all that one commit changes may have one revision;
/// * a swap is written only if its state has the expected revision, whole or not at all, job and state together; of
///   many that expect one revision at the same time, one wins, and the others learn how the state stands;
/// * a swap with a head is written only if the job's own state has that revision at the same instant; a batch never
///   writes a state that another swap of it names as its head;
/// * swaps of one batch do not hinder each other; a guard that fails stops all of them;
/// * `Guard::Alive` holds for the live registration of that revision alone, renewed or not; `Guard::Gone` while none
///   lives, and a registration that it found expired is never renewed;
/// * a batch with two swaps of one key, or with too many, is refused as permanent and writes nothing;
/// * what `commit` has answered survives a crash of the store;
/// * a watch from revision `r` sees every change after `r` in order, once, those made before it began too, or ends
///   with [`WatchError`]; what one swap changed comes in one item, the job before its state;
/// * `load` shows everything as it stood at its one revision, never a batch in part;
/// * the result of `get`, `state` and `load` is at least as new as any commit answered before the call.
#[async_trait]
pub trait Intent: Send + Sync + 'static {
    /// Returns all jobs and states as of one revision.
    async fn load(&self) -> Result<Snapshot, StoreError>;

    /// Returns a job with its own state, each with its revision; none where it does not exist.
    async fn get(
        &self,
        name: &JobName,
    ) -> Result<(Option<Versioned<SavedJob>>, Option<Versioned<JobState>>), StoreError>;

    /// Returns one state.
    async fn state(&self, key: &StateKey) -> Result<Option<Versioned<JobState>>, StoreError>;

    /// Tries all swaps of a batch.
    ///
    /// # Errors
    /// [`StoreError::Ambiguous`] when it may have been written: read the states again; nonces tell.
    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError>;

    /// Returns the changes after `from`, as they come. The stream ends only with an error or with the store.
    async fn watch(
        &self,
        from: Revision,
    ) -> Result<BoxStream<'static, Result<Changes, WatchError>>, StoreError>;
}
