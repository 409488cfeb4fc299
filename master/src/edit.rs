//! Changes of a job: read it with its state, decide by the rules, swap; again when somebody else was faster.
//!
//! Flow: handler → **`edit`** (decides by `model::state`) → intent.
//! Invariant: a decision is made on what the store holds, never on the catalogue, and is written only on that.

use std::time::Duration;

use model::id::{JobName, Revision, WorkerId};
use model::job::SavedJob;
use model::ports::{Batch, Committed, JobWrite, StateKey, StoreError, Swap, SwapResult, Versioned};
use model::schedule::Schedule;
use model::state::{JobState, Spec};
use model::time::Timestamp;
use rand::RngExt as _;
use serde_json::json;

use crate::api::Problem;
use crate::app::App;
use crate::audit;
use crate::errors::unreadable_schedule;
use crate::problem::Answer;

/// How often a lost swap is decided anew before the request is given up.
const ATTEMPTS_MAX: u32 = 12;

/// A job and its state as the store holds them.
pub(crate) struct Stood {
    /// The text.
    pub(crate) saved: Option<SavedJob>,
    /// Its schedule, where there is a text.
    schedule: Option<Result<Schedule, model::fault::Faults>>,
    /// The state.
    pub(crate) state: Option<Versioned<JobState>>,
    /// When it was read.
    pub(crate) now: Timestamp,
}

impl Stood {
    /// Reads a job with its own state.
    pub(crate) async fn read(app: &App, name: &JobName) -> Answer<Self> {
        Self::read_state(app, &StateKey::job(name.clone())).await
    }

    /// Reads a job with one of its states.
    async fn read_state(app: &App, key: &StateKey) -> Answer<Self> {
        let (saved, own) = app.ports.intent.get(&key.job).await?;
        let state = if key.worker.is_none() { own } else { app.ports.intent.state(key).await? };
        let saved = saved.map(|saved| saved.value);
        let schedule = saved.as_ref().map(Schedule::of);
        Ok(Self { saved, schedule, state, now: app.ports.clock.now() })
    }

    /// Returns the text, its schedule and its state; without them there is no such job.
    pub(crate) fn job(&self, name: &JobName) -> Answer<(&SavedJob, &Schedule, &JobState)> {
        let missing = || Problem::not_found("job", name.as_str());
        let saved = self.saved.as_ref().ok_or_else(missing)?;
        let schedule = self.schedule.as_ref().ok_or_else(missing)?;
        let schedule = schedule.as_ref().map_err(unreadable_schedule)?;
        let state = self.state.as_ref().ok_or_else(|| {
            tracing::error!(job.name = %name, "the job has no state");
            Problem::internal()
        })?;
        Ok((saved, schedule, &state.value))
    }

    /// Returns the text as the rules see it; none where it is gone or cannot be read.
    pub(crate) fn spec(&self) -> Option<Spec<'_>> {
        let saved = self.saved.as_ref()?;
        let schedule = self.schedule.as_ref()?.as_ref().ok()?;
        Some(spec(saved, schedule))
    }

    fn revision(&self) -> Option<Revision> {
        self.state.as_ref().map(|state| state.revision)
    }
}

/// Returns a text as the rules see it.
pub(crate) fn spec<'a>(saved: &'a SavedJob, schedule: &'a Schedule) -> Spec<'a> {
    let worker: Option<&WorkerId> = None;
    Spec { saved, ticks: schedule, worker }
}

/// What a change decided.
pub(crate) enum Step<T> {
    /// Nothing is to be written.
    Nothing(T),
    /// This is to be written.
    Write {
        /// The state that follows; none removes it.
        state: Option<Box<JobState>>,
        /// What happens to the text.
        job: JobWrite,
        /// The answer once it is written.
        reply: T,
    },
}

/// A change of one job.
pub(crate) trait Edit: Send {
    /// What the change answers.
    type Reply: Send;

    /// Decides on what stands. May be asked again, with what stands then.
    fn decide(&mut self, stood: &Stood) -> Answer<Step<Self::Reply>>;

    /// Returns true when an earlier decision of this edit surely stands. Only for those that must not be decided twice:
    /// the others find out when they decide again.
    fn took_place(&self, _stood: &Stood) -> bool {
        false
    }

    /// Returns false when the decision is right whatever the time is.
    fn judges_by_time(&self) -> bool {
        true
    }
}

/// Makes a change; returns its answer once it is written and the catalogue shows it.
pub(crate) async fn change<E: Edit>(app: &App, name: &JobName, edit: E) -> Answer<E::Reply> {
    change_state(app, &StateKey::job(name.clone()), edit).await
}

/// Makes a change of one of a job's states.
pub(crate) async fn change_state<E: Edit>(app: &App, key: &StateKey, mut edit: E) -> Answer<E::Reply> {
    let name = &key.job;
    if edit.judges_by_time() {
        app.clock.good(&app.ports).await?;
    }
    // The answer of a decision whose commit was left open.
    let mut open: Option<E::Reply> = None;
    for attempt in 0..ATTEMPTS_MAX {
        pause_before(attempt).await;
        let stood = Stood::read_state(app, key).await?;
        if open.is_some() && edit.took_place(&stood) {
            return open.ok_or_else(Problem::internal);
        }
        let (state, job, reply) = match edit.decide(&stood)? {
            Step::Nothing(reply) => return Ok(reply),
            Step::Write { state, job, reply } => (state, job, reply),
        };
        note(&stood, state.as_deref(), &job);
        let swap = Swap {
            key: key.clone(),
            expect: stood.revision(),
            head: None,
            state: state.map(|state| *state),
            job,
        };
        match app.ports.intent.commit(Batch::one(swap)).await {
            Ok(Committed::Done(results)) => match results.into_iter().next() {
                Some(SwapResult::Swapped(revision)) => {
                    app.catalogue.caught_up(revision).await;
                    return Ok(reply);
                }
                _ => tracing::debug!(job.name = %name, attempt, "somebody else changed the job first"),
            },
            Ok(Committed::GuardFailed) => {
                tracing::error!("a batch without a guard failed its guard");
                return Err(Problem::internal());
            }
            Err(error @ StoreError::Ambiguous(_)) => {
                tracing::warn!(job.name = %name, %error, "a commit was left open; reading again");
                open = Some(reply);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if open.is_some() {
        return Err(StoreError::Ambiguous("no clear answer after several attempts".into()).into());
    }
    Err(Problem::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "job_busy",
        "the job changes too fast",
        format!("others changed the job {ATTEMPTS_MAX} times meanwhile; nothing was changed, try again"),
    ))
}

/// Notes for the audit what a change does: to the text, or else to who paused it.
fn note(stood: &Stood, state: Option<&JobState>, job: &JobWrite) {
    let before = stood.saved.as_ref().map(|saved| &saved.job);
    match job {
        JobWrite::Put(saved) => audit::saw(before, Some(&saved.job)),
        JobWrite::Delete => audit::saw(before, None),
        JobWrite::Keep => {
            let paused = |state: &JobState| json!({ "paused": state.paused });
            let before = stood.state.as_ref().map(|state| paused(&state.value));
            let after = state.map(paused);
            if before != after {
                audit::saw(before.as_ref(), after.as_ref());
            }
        }
    }
}

/// Waits before another attempt, longer each time and never the same for two.
async fn pause_before(attempt: u32) {
    if attempt > 0 {
        let longest_ms = 2u64 << attempt.min(7);
        let wait_ms = rand::rng().random_range(1..=longest_ms);
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
}
