//! A person asks for a run now or has one killed; and the facts store has what was to be told.
//!
//! Flow: master → **`requests`** → swap → the worker's watch.

use super::complete::unless_gone;
use super::settle::{end_attempt, end_request, end_start, skipped, tell_ended_requests};
use super::ticks::Spec;
use super::{
    Cause, JobState, KEYS_MAX, KillMark, KillStep, KillTarget, Owed, REQUESTS_MAX, Refused, Request, RunNow,
    RunNowStep, SkipReason, Unrecorded, UsedKey, check,
};
use crate::id::RunId;
use crate::time::Timestamp;

/// Returns the record with a run-now added.
///
/// # Errors
/// [`Refused::OtherSpec`], [`Refused::Deleted`] and [`Refused::TooManyRequests`].
pub fn run_now(
    state: &JobState,
    spec: Spec<'_>,
    now: Timestamp,
    request: RunNow,
) -> Result<RunNowStep, Refused> {
    check(state, spec)?;
    if let Some(run) = run_of_key(state, &request.key) {
        return Ok(RunNowStep::Known(run));
    }
    if state.requests.len() >= REQUESTS_MAX {
        return Err(Refused::TooManyRequests);
    }
    let mut next = state.clone();
    let request = Request {
        key: request.key,
        by: request.by,
        at: now,
        until: now + spec.job().start_deadline,
        overrides: Box::new(request.overrides),
        ended: None,
    };
    let run = request.cause().run(&state.uid, 1, state.worker.as_ref());
    next.last_keys.push_back(UsedKey { key: request.key.clone(), run: run.clone(), runs: Vec::new() });
    while next.last_keys.len() > KEYS_MAX {
        next.last_keys.pop_front();
    }
    next.requests.push(request);
    Ok(RunNowStep::Added(Box::new(next), run))
}

/// Returns the first run of a key that is remembered, or whose request is not over yet.
pub(super) fn run_of_key(state: &JobState, wanted: &str) -> Option<RunId> {
    if let Some(used) = state.last_keys.iter().find(|used| used.key == wanted) {
        return Some(used.run.clone());
    }
    let requested = state.requests.iter().map(Request::cause);
    let waiting = state.waiting.iter().map(|waiting| waiting.cause.clone());
    let owed = state.retries.iter().map(|owed| owed.cause.clone());
    let active = state.active.iter().filter(|run| run.uid == state.uid).map(|run| run.cause.clone());
    let is_wanted = |cause: &Cause| matches!(cause, Cause::Request { key, .. } if key == wanted);
    let cause = requested.chain(waiting).chain(owed).chain(active).find(is_wanted)?;
    Some(cause.run(&state.uid, 1, state.worker.as_ref()))
}

/// Returns the record with runs marked and waiting starts removed. Works on a deleted job too.
///
/// # Errors
/// [`Refused::NoSuchRun`] when a run was named that is neither under way nor waiting.
pub fn kill(state: &JobState, now: Timestamp, by: &str, target: &KillTarget) -> Result<KillStep, Refused> {
    let mut step = KillStep { state: state.clone(), marked: Vec::new(), removed: Vec::new() };
    let hit = |run: &RunId| match target {
        KillTarget::All => true,
        KillTarget::Run(wanted) => run == wanted,
    };
    for run in step.state.active.iter_mut().filter(|run| hit(&run.run)) {
        run.kill.get_or_insert_with(|| KillMark { by: Some(by.to_owned()), at: now });
        step.marked.push(run.run.clone());
    }
    remove_starts(&mut step, now, by, hit);
    if matches!(target, KillTarget::All) {
        super::orders::kill_everywhere(&mut step.state, now, by);
    }
    if matches!(target, KillTarget::Run(_)) && step.marked.is_empty() && step.removed.is_empty() {
        return Err(Refused::NoSuchRun);
    }
    Ok(step)
}

/// Removes waiting, owed and requested starts.
fn remove_starts(step: &mut KillStep, now: Timestamp, by: &str, hit: impl Fn(&RunId) -> bool) {
    let end = skipped(SkipReason::Killed, Some(by));
    let KillStep { state, removed, .. } = step;
    let (uid, worker) = (state.uid.clone(), state.worker.clone());
    let run_of = |cause: &Cause, attempt| cause.run(&uid, attempt, worker.as_ref());
    if let Some(waiting) = state.waiting.take_if(|waiting| hit(&run_of(&waiting.cause, 1))) {
        removed.push(run_of(&waiting.cause, 1));
        end_start(state, &waiting.cause, 1, &end, now);
    }
    // People know an owed attempt by the run before it, which shows as retrying.
    let is_hit = |owed: &Owed| {
        (owed.attempt.saturating_sub(1).max(1)..=owed.attempt)
            .any(|attempt| hit(&run_of(&owed.cause, attempt)))
    };
    while let Some(index) = state.retries.iter().position(is_hit) {
        let owed = state.retries.remove(index);
        removed.push(run_of(&owed.cause, owed.attempt));
        end_attempt(state, &owed, &end, now);
    }
    while let Some(index) =
        state.requests.iter().position(|request| request.ended.is_none() && hit(&run_of(&request.cause(), 1)))
    {
        let request = state.requests.remove(index);
        removed.push(run_of(&request.cause(), 1));
        end_request(state, request, &end, now);
    }
}

/// Returns the record without the ends that the facts store now has; none when the record goes. An entry that has
/// grown since it was told stays: it is told again, from the same beginning to its later end.
pub fn recorded(state: &JobState, done: &[Unrecorded]) -> Option<JobState> {
    let mut next = state.clone();
    let told_at = done.iter().map(|entry| match entry {
        Unrecorded::Run { at, .. } => *at,
        Unrecorded::Ticks { to, .. } => *to,
    });
    let now = told_at.max().unwrap_or(state.resolved);
    for entry in state.unrecorded.iter().filter(|entry| done.contains(entry)) {
        if let Unrecorded::Ticks { uid, to, .. } = entry
            && *uid == state.uid
        {
            next.told = next.told.max(Some(*to));
        }
    }
    next.unrecorded.retain(|entry| !done.contains(entry));
    tell_ended_requests(&mut next, now);
    unless_gone(next)
}
