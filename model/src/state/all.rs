//! Placement `all`: each matching worker has a record of its own.
//!
//! Flow: worker's watch → `follow` → **`join`**; leading master → **`leave`** a day after the worker's registration is
//! gone. The job's own record starts no runs.
//! Not here: what a person does to the job (`orders`), and how a worker's record follows it (`follow`).

use super::complete::unless_gone;
use super::save::take_over;
use super::settle::{end_due, end_owed, end_requests, is_paused, lapse_pause};
use super::ticks::Spec;
use super::{Deleted, JobState, MissReason, Refused, Unrun, check};
use crate::time::Timestamp;

/// Returns the first record of a worker (`spec.worker`) that matches a job with placement `all`. `job` is the job's own
/// record, whose pause it shares; `left` the worker's record where one stands that was ended by [`leave`].
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`], by the job's own record; [`Refused::OtherSpec`] too when the
/// worker has joined already.
pub fn join(
    job: &JobState,
    left: Option<&JobState>,
    spec: Spec<'_>,
    now: Timestamp,
) -> Result<JobState, Refused> {
    check(job, Spec { worker: None, ..spec })?;
    let worker = spec.worker.ok_or(Refused::OtherSpec)?;
    // A clock that is behind must not have it run ticks from before the save.
    let since = now.max(spec.saved.saved_at);
    let mut new = JobState::new(job.uid.clone(), job.spec_id, Some(worker.clone()), since);
    new.paused = job.paused.clone().filter(|_| is_paused(job, now));
    if let Some(left) = left {
        if left.uid == new.uid {
            new.resolved = new.resolved.max(left.resolved);
            new.told = left.told;
        }
        new = take_over(left, new)?;
    }
    new.joined = Some(since);
    new.edition = job.edition;
    Ok(new)
}

/// Returns the record of a worker that has been away for a day, with its ticks ended as missed; none when nothing of
/// it is left to tell or to wait for. `spec` is none when the job is gone.
pub fn leave(state: &JobState, spec: Option<Spec<'_>>, now: Timestamp) -> Option<JobState> {
    let mut next = state.clone();
    let end = Unrun::Missed { why: MissReason::WorkerAway };
    if let Some(spec) = spec.filter(|spec| check(state, *spec).is_ok()) {
        lapse_pause(&mut next, spec, now);
        end_due(&mut next, spec, now, &end);
        next.resolved = next.resolved.max(spec.horizon(next.resolved, now));
    }
    end_owed(&mut next, &end, now);
    end_requests(&mut next, &end, now);
    next.paused = None;
    next.deleted.get_or_insert_with(|| Deleted { by: "worker away".to_owned(), at: now });
    unless_gone(next)
}
