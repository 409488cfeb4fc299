//! Facts: what did happen. Run records, ranges of ticks that did not run, output. Large, append-only, queried.

use async_trait::async_trait;
use futures::stream::BoxStream;

use super::StoreError;
use crate::chunk::Chunk;
use crate::id::{JobName, JobUid, RunId, WorkerId};
use crate::outcome::Outcome;
use crate::run::{RangeRecord, RecentRun, RunRecord, RunStatus, Trigger};
use crate::time::{Span, Timestamp};

/// Which runs to list, newest first. Filters combine by AND; an empty list does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunQuery {
    /// Runs of this job's name.
    pub job: Option<JobName>,
    /// Runs in one of these statuses.
    pub status: Vec<RunStatus>,
    /// Runs on this worker.
    pub worker: Option<WorkerId>,
    /// Runs for one of these reasons.
    pub trigger: Vec<Trigger>,
    /// Runs scheduled at or after this instant.
    pub from: Option<Timestamp>,
    /// Runs scheduled before this instant.
    pub to: Option<Timestamp>,
    /// Ended runs whose process took at least so long.
    pub duration_min: Option<Span>,
    /// Ended runs whose process took at most so long.
    pub duration_max: Option<Span>,
    /// Where the last page ended.
    pub after: Option<RunCursor>,
    /// Most runs to return; 1 to 1000.
    pub limit: usize,
}

/// A place in the list of runs, which is sorted by `(scheduled_at, id)` descending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCursor {
    /// The last run's instant.
    pub scheduled_at: Timestamp,
    /// The last run's id.
    pub id: RunId,
}

/// Which ranges to list, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickFilter {
    /// Whose.
    pub uid: JobUid,
    /// Ranges that end at or after this instant.
    pub from: Timestamp,
    /// Ranges that begin before this instant.
    pub to: Timestamp,
    /// Most ranges to return.
    pub limit: usize,
}

/// Runs of one hour in one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunTally {
    /// The beginning of the hour in which they were scheduled.
    pub hour: Timestamp,
    /// Their status.
    pub status: RunStatus,
    /// How many.
    pub runs: u64,
    /// Those of the schedule whose process began in time.
    pub on_time: u64,
    /// Those of the schedule whose process began later.
    pub late: u64,
}

/// A hint that something new is there; read it to know what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactsChange {
    /// This run's record or output changed.
    Run(RunId),
    /// The watcher was too slow: anything may have changed.
    Anything,
}

/// What did happen.
///
/// Every implementation owes:
/// * what was answered survives a crash of the store;
/// * `put_runs` keeps, of two versions of one record, the one with the higher [`RunRecord::order`], whichever comes
///   first; another of the same order changes nothing;
/// * `put_late_outcome` adds to a record without changing the rest of it, also when it comes before the record, and
///   later versions of the record keep it;
/// * `append_chunks` keeps a chunk once, however often it is delivered;
/// * `chunks` returns them in order of sequence, at most 1000 at a time, whatever order they came in;
/// * `put_ranges` of the same job, worker and beginning keeps the later end;
/// * `ranges` are those that touch `[from, to)`, oldest first;
/// * the pages of `runs` together show every record that was there at the first page and matches throughout, once,
///   whatever is put meanwhile;
/// * `tally` counts each record once, in the hour and the status that it has, along an index;
/// * `watch` gives a hint after each change of a run, at once or within a second;
/// * `server_time` is the store's own clock, read after the question came and before the answer left;
/// * `prune` leaves what has no end yet, and takes a run with all that came for it.
#[async_trait]
pub trait Facts: Send + Sync + 'static {
    /// Writes run records.
    async fn put_runs(&self, runs: Vec<RunRecord>) -> Result<(), StoreError>;

    /// Keeps how a run ended after it had been settled as lost.
    async fn put_late_outcome(&self, run: &RunId, outcome: Outcome) -> Result<(), StoreError>;

    /// Writes ranges of ticks that did not run.
    async fn put_ranges(&self, ranges: Vec<RangeRecord>) -> Result<(), StoreError>;

    /// Writes chunks of output.
    async fn append_chunks(&self, chunks: Vec<Chunk>) -> Result<(), StoreError>;

    /// Returns one run.
    async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError>;

    /// Returns runs, newest first.
    async fn runs(&self, query: RunQuery) -> Result<Vec<RunRecord>, StoreError>;

    /// Returns the last runs of each job, newest first, at most `each` (1 to 1000) of one, in the order of the jobs: what
    /// many calls of `runs` would, in one question and without reading whole records.
    async fn recent_runs(&self, jobs: &[JobName], each: usize) -> Result<Vec<Vec<RecentRun>>, StoreError>;

    /// Returns ranges, oldest first.
    async fn ranges(&self, filter: TickFilter) -> Result<Vec<RangeRecord>, StoreError>;

    /// Returns ranges of all jobs that touch `[from, to)`, those that ended first before the others.
    async fn ranges_of_all(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<RangeRecord>, StoreError>;

    /// Counts the runs that were scheduled in `[from, to)` by hour and status, in that order. Of runs for a tick of the
    /// schedule it tells which began at most `late_after` after their instant, and which later; catch-ups and requests are
    /// neither.
    async fn tally(
        &self,
        from: Timestamp,
        to: Timestamp,
        late_after: Span,
    ) -> Result<Vec<RunTally>, StoreError>;

    /// Returns chunks of one run from sequence number `from`, at most `limit` of them.
    async fn chunks(&self, run: &RunId, from: u64, limit: usize) -> Result<Vec<Chunk>, StoreError>;

    /// Returns hints of changes, from now on.
    async fn watch(&self) -> Result<BoxStream<'static, FactsChange>, StoreError>;

    /// Returns the wall clock of the store's machine.
    async fn server_time(&self) -> Result<Timestamp, StoreError>;

    /// Removes runs whose retention has passed at `now`, with their output, and ranges that ended more than
    /// `ranges_days` ago; returns how many runs. Bounded: call again while it returns some.
    async fn prune(&self, now: Timestamp, ranges_days: u32) -> Result<usize, StoreError>;
}
