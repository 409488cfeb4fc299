//! Who owns a tick: the rules of PROTOCOL.md as pure functions on one record.
//!
//! Flow: timetable → **`state`** → claim → runner; and master → **`state`** → swap.
//! A function takes a record, the saved job and the time, and returns the record that follows with what is to be
//! done about it. Stores only load, watch and swap; whoever loses a swap asks again with the record that won.
//!
//! Not here: who tries first (worker), and how a swap is sent (stores).

mod record;

pub use record::*;

use crate::id::{BootId, Nonce, RunId, WorkerId};
use crate::job::SavedJob;
use crate::run::{Overrides, RunStatus, Trigger};
use crate::time::{Span, Timestamp};

/// A schedule as the rules see it: a rising row of instants.
pub trait Ticks {
    /// Returns the first tick after `after`; none when there is no more.
    fn next_after(&self, after: Timestamp) -> Option<Timestamp>;

    /// Returns the last tick in `(after, until]`. Takes some dozens of calls of `next_after`, however long the span.
    fn last_within(&self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let mut last = self.next_after(after).filter(|tick| *tick <= until)?;
        // Invariant: `last` is a tick, and no tick lies in (beyond, until].
        let mut beyond = until.as_millis();
        while last.as_millis() < beyond {
            let middle = last.as_millis() + (beyond - last.as_millis()) / 2;
            match self.next_after(Timestamp::from_millis(middle)) {
                Some(tick) if tick <= until => last = tick,
                _ => match self.next_after(last) {
                    // The next tick lies in (last, middle] or nowhere before `until`.
                    Some(tick) if tick.as_millis() <= middle => {
                        last = tick;
                        beyond = middle;
                    }
                    _ => break,
                },
            }
        }
        Some(last)
    }
}

/// A job as the rules see it: the saved text, its ticks, and for placement `all` the worker whose record this is.
#[derive(Clone, Copy)]
pub struct Spec<'a> {
    /// The saved text.
    pub saved: &'a SavedJob,
    /// Its ticks, compiled from the text.
    pub ticks: &'a dyn Ticks,
    /// For placement `all`: whose record.
    pub worker: Option<&'a WorkerId>,
}

/// Why a transition was refused: the record is not the one that the caller believed it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The record belongs to another job or another text: watch on and ask again.
    #[error("the state belongs to another text of the job")]
    OtherSpec,
    /// The job is deleted.
    #[error("the job is deleted")]
    Deleted,
    /// The run is not under way.
    #[error("the run is not under way")]
    NoSuchRun,
    /// As many requests wait as may wait.
    #[error("as many run-now requests wait as one job may have ({REQUESTS_MAX})")]
    TooManyRequests,
    /// The run must be settled later: its worker may still run it.
    #[error("the run may still go on")]
    TooEarly,
    /// As many ends wait for the facts store as one job may have: try again once it is back.
    #[error("as many ends wait for the facts store as one job may have ({UNRECORDED_MAX})")]
    TooManyUnrecorded,
}

/// How long after the end of its worker's lease a run that is killed when cut off is surely over.
pub const ADOPT_WINDOW: Span = Span::from_seconds(60);
/// A run starts within this of its claim or not at all: its worker completes it as not started for the worker's
/// sake. Without such a bound no survivor could tell from the claim when a run is surely over.
pub const START_WITHIN: Span = Span::from_seconds(30);
/// How far two good clocks may lie apart, with what a clock may move before its worker notices.
pub const CLOCK_SLACK: Span = Span::from_seconds(2);

/// Who claims.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// The worker.
    pub worker: WorkerId,
    /// The boot of its machine.
    pub boot: BootId,
    /// This claim.
    pub nonce: Nonce,
    /// How many runs it can take.
    pub free_slots: u32,
}

/// A run that the claimant starts once its swap has won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The run.
    pub run: RunId,
    /// Why it exists.
    pub trigger: Trigger,
    /// The tick, or the instant of the request.
    pub scheduled_at: Timestamp,
    /// Counts the tries, from 1.
    pub attempt: u32,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// What the request changes.
    pub overrides: Overrides,
}

/// What a claim does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimStep {
    /// The record that follows.
    pub state: JobState,
    /// What the claimant starts once the swap has won; may be empty (ticks that only end).
    pub starts: Vec<Start>,
}

/// How a run ended, as its worker completes it.
#[derive(Debug, Clone)]
pub struct Completion {
    /// The run.
    pub run: RunId,
    /// How it ended.
    pub status: RunStatus,
    /// True when it did not start for the worker's sake: owed again, same attempt.
    pub for_workers_sake: bool,
    /// When its end was seen.
    pub ended_at: Timestamp,
}

/// What a completion does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompleteStep {
    /// The record that follows; none: the record goes (a deleted job's last run).
    Done(Option<JobState>),
    /// The run is not in the record: it was settled before. Keep the outcome as the late one.
    Late,
}

/// What a kill does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillStep {
    /// The record that follows.
    pub state: JobState,
    /// Runs under way that were marked.
    pub marked: Vec<RunId>,
    /// Starts that were removed before they began.
    pub removed: Vec<RunId>,
}

/// Which of a job's runs to kill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KillTarget {
    /// All of them, and what waits.
    All,
    /// One.
    Run(RunId),
}

/// A run-now.
#[derive(Debug, Clone)]
pub struct RunNow {
    /// Its idempotency key.
    pub key: String,
    /// Who asks.
    pub by: String,
    /// What it changes for its one run.
    pub overrides: Overrides,
}

/// What a run-now does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunNowStep {
    /// It was added; this will be its first run.
    Added(Box<JobState>, RunId),
    /// The key was used before; this was its first run.
    Known(RunId),
}

/// Where a worker stands that held a run which is to be settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settle {
    /// The worker's lease ended at this instant and its registration is gone.
    WorkerGone {
        /// When its lease ended, at the latest.
        since: Timestamp,
    },
    /// The same worker, started anew, has no folder of the run: it was never started.
    NoFolderSameBoot,
    /// The same worker's machine was started anew, or its data folder is new.
    NoFolderOtherBoot,
    /// An operator says so.
    ByHand {
        /// Who.
        by: String,
    },
}

/// Returns the earliest instant at which [`claim`] may have something to do: a tick falls due, a retry's wait ends, a
/// deadline or a pause passes. At or before `now` when there is something to do now; none when nothing is in sight.
pub fn next_wake(_state: &JobState, _spec: Spec<'_>, _now: Timestamp) -> Option<Timestamp> {
    unimplemented!()
}

/// Returns what `by` may claim of the job now; none when there is nothing to do.
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`].
pub fn claim(
    _state: &JobState,
    _spec: Spec<'_>,
    _now: Timestamp,
    _by: &Claimant,
) -> Result<Option<ClaimStep>, Refused> {
    unimplemented!()
}

/// Returns what follows when a run has ended. `spec` is none when the job is deleted or the saved text is not the
/// state's: then nothing is owed again.
pub fn complete(
    _state: &JobState,
    _spec: Option<Spec<'_>>,
    _now: Timestamp,
    _end: &Completion,
) -> CompleteStep {
    unimplemented!()
}

/// Returns the record after a run was settled whose end nobody saw; none inside `Ok` when the record goes.
///
/// # Errors
/// [`Refused::NoSuchRun`], [`Refused::TooEarly`] before [`lose_after`], and [`Refused::TooManyUnrecorded`].
pub fn lose(
    _state: &JobState,
    _spec: Option<Spec<'_>>,
    _now: Timestamp,
    _run: &RunId,
    _how: &Settle,
) -> Result<Option<JobState>, Refused> {
    unimplemented!()
}

/// Returns the instant from which a run whose worker is gone may be settled: its lease ended at `lease_end`.
pub fn lose_after(_run: &Active, _lease_end: Timestamp) -> Timestamp {
    unimplemented!()
}

/// Returns the record after a save. `before` is the record as it stands and the text that it belongs to (none when
/// that text is gone: a deleted job whose entries the new one takes over).
///
/// # Errors
/// [`Refused::OtherSpec`] when `new` is not a later save of the same uid, or the first of another one over a deleted
/// job; [`Refused::TooManyUnrecorded`] when too many deleted jobs of this name are not told yet.
pub fn save(
    _before: Option<(&JobState, Option<Spec<'_>>)>,
    _new: Spec<'_>,
    _now: Timestamp,
) -> Result<JobState, Refused> {
    unimplemented!()
}

/// Returns the record after a pause. A job that is paused already takes the new text of the pause.
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`].
pub fn pause(
    _state: &JobState,
    _spec: Spec<'_>,
    _now: Timestamp,
    _pause: Paused,
) -> Result<JobState, Refused> {
    unimplemented!()
}

/// Returns the record after a resume; unchanged when the job is not paused.
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`].
pub fn resume(_state: &JobState, _spec: Spec<'_>, _now: Timestamp) -> Result<JobState, Refused> {
    unimplemented!()
}

/// Returns the record after the job was deleted; none when nothing of it is left to tell or to wait for.
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`].
pub fn delete(
    _state: &JobState,
    _spec: Spec<'_>,
    _now: Timestamp,
    _by: &str,
    _kill: bool,
) -> Result<Option<JobState>, Refused> {
    unimplemented!()
}

/// Returns the record with a run-now added.
///
/// # Errors
/// [`Refused::OtherSpec`], [`Refused::Deleted`] and [`Refused::TooManyRequests`].
pub fn run_now(
    _state: &JobState,
    _spec: Spec<'_>,
    _now: Timestamp,
    _request: RunNow,
) -> Result<RunNowStep, Refused> {
    unimplemented!()
}

/// Returns the record with runs marked and waiting starts removed. Works on a deleted job too.
///
/// # Errors
/// [`Refused::NoSuchRun`] when a run was named that is neither under way nor waiting.
pub fn kill(
    _state: &JobState,
    _now: Timestamp,
    _by: &str,
    _target: &KillTarget,
) -> Result<KillStep, Refused> {
    unimplemented!()
}

/// Returns the record without the ends that the facts store now has; none when the record goes.
pub fn recorded(_state: &JobState, _done: &[Unrecorded]) -> Option<JobState> {
    unimplemented!()
}

/// Returns the first record of a worker (`spec.worker`) that matches a job with placement `all`. `job` is the job's own
/// record, whose pause it shares; `left` the worker's record where one stands that was ended by [`leave`].
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`], by the job's own record.
pub fn join(
    _job: &JobState,
    _left: Option<&JobState>,
    _spec: Spec<'_>,
    _now: Timestamp,
) -> Result<JobState, Refused> {
    unimplemented!()
}

/// Returns the record of a worker that has been away for a day, with its ticks ended as missed; none when nothing of
/// it is left to tell or to wait for. `spec` is none when the job is gone.
pub fn leave(_state: &JobState, _spec: Option<Spec<'_>>, _now: Timestamp) -> Option<JobState> {
    unimplemented!()
}

/// Returns when a scheduled tick falls due: the tick plus its jitter, which is the same on every worker and never
/// reaches the next tick.
pub fn due(_spec: Spec<'_>, _tick: Timestamp) -> Timestamp {
    unimplemented!()
}
