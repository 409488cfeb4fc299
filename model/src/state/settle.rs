//! Ends what can start no more: ticks of a pause, of an old text, past their deadline; requests and owed attempts.
//!
//! Flow: `due` → **`settle`** → `unrecorded`. Shared by claims and by all that masters do.
//! Invariant: `resolved` only rises here, and never past a tick that has not fallen due.

use super::due::{Due, Row};
use super::ends::Unstarted;
use super::ranges::{add_run, add_ticks, has_room_for_run};
use super::ticks::{MILLISECOND, Spec};
use super::{
    Cause, JobState, MissReason, Owed, Paused, REQUESTS_MAX, Request, Skip, SkipReason, Unrecorded, Unrun,
};
use crate::policy::Overlap;
use crate::time::Timestamp;

/// Returns the end of a tick that something or somebody decided against.
pub(super) fn skipped(why: SkipReason, by: Option<&str>) -> Unrun {
    Unrun::Skipped(Skip::new(why, by))
}

/// Returns true while the job is paused: a pause whose `until` has passed reads as none.
pub(super) fn is_paused(state: &JobState, now: Timestamp) -> bool {
    state.paused.as_ref().is_some_and(|paused| !has_passed(paused, now))
}

fn has_passed(paused: &Paused, now: Timestamp) -> bool {
    paused.until.is_some_and(|until| until <= now)
}

/// Clears a pause whose `until` has passed and ends the ticks that fell due during it.
pub(super) fn lapse_pause(state: &mut JobState, spec: Spec<'_>, now: Timestamp) {
    let Some(paused) = state.paused.take_if(|paused| has_passed(paused, now)) else { return };
    let until = paused.until.expect("a pause that has passed has an end");
    end_due(state, spec, until - MILLISECOND, &skipped(SkipReason::Paused, Some(&paused.by)));
}

/// Ends all ticks without an owner that had fallen due at `at`.
pub(super) fn end_due(state: &mut JobState, spec: Spec<'_>, at: Timestamp, end: &Unrun) {
    let last = spec.last_due(state.resolved, at);
    if let Some(Row { from, to, .. }) = super::due::row(spec, state.resolved, last, MissReason::Deadline) {
        add_ticks(state, from, to, end.clone());
        state.resolved = to;
    }
}

/// Ends ticks in a row and moves `resolved` to the last of them.
pub(super) fn end_row(state: &mut JobState, row: Row, end: Unrun) {
    add_ticks(state, row.from, row.to, end);
    state.resolved = state.resolved.max(row.to);
}

/// Ends everything that has fallen due and has no owner, then moves `resolved` to `now`, short of a tick whose jitter
/// has not passed. What is past its deadline ends by the missed policy, what a run forbade as overlap, the rest as
/// `end`.
pub(super) fn settle(state: &mut JobState, spec: Spec<'_>, now: Timestamp, end: &Unrun) {
    lapse_pause(state, spec, now);
    if let Some(paused) = &state.paused {
        let end = skipped(SkipReason::Paused, Some(&paused.by));
        end_due(state, spec, now, &end);
    } else if let (Overlap::Skip, Some(run)) = (spec.job().overlap, state.active.first()) {
        let run = Some(run.run.clone());
        end_due(state, spec, now, &Unrun::Skipped(Skip::overlap(run)));
    } else {
        if let Some(row) = Due::of(state, spec, now).missed {
            end_row(state, row, Unrun::Missed { why: row.why });
        }
        end_due(state, spec, now, end);
    }
    state.resolved = state.resolved.max(spec.horizon(state.resolved, now));
}

/// Ends one start that did not come about.
///
/// A first attempt at a tick ends as a range. A later attempt is told if there is room; its tick has the record of the
/// one before.
pub(super) fn end_start(state: &mut JobState, cause: &Cause, attempt: u32, end: &Unrun, now: Timestamp) {
    match cause {
        Cause::Tick { at, .. } if attempt == 1 => add_ticks(state, *at, *at, end.clone()),
        Cause::Request { key, by, at, overrides } if attempt == 1 => end_request(
            state,
            Request {
                key: key.clone(),
                by: by.clone(),
                at: *at,
                until: *at,
                overrides: overrides.clone(),
                ended: None,
            },
            end,
            now,
        ),
        _ => {
            add_run(state, run_entry(state, cause, attempt, end, now));
        }
    }
}

/// Ends an attempt that is owed. It may have been claimed before and not started: then the facts may know it as claimed,
/// and a range tells nothing where there is a record. So its own record is ended too, if there is room.
pub(super) fn end_attempt(state: &mut JobState, owed: &Owed, end: &Unrun, now: Timestamp) {
    end_start(state, &owed.cause, owed.attempt, end, now);
    if owed.attempt == 1 && matches!(owed.cause, Cause::Tick { .. }) {
        add_run(state, run_entry(state, &owed.cause, owed.attempt, end, now));
    }
}

/// Ends a request. Where there is no room to tell, it waits among the requests, ended, until there is.
pub(super) fn end_request(state: &mut JobState, mut request: Request, end: &Unrun, now: Timestamp) {
    if has_room_for_run(state) {
        let entry = run_entry(state, &request.cause(), 1, end, now);
        add_run(state, entry);
    } else if state.requests.len() < REQUESTS_MAX {
        request.ended = Some(end.clone());
        state.requests.push(request);
    }
}

/// Tells of requests that ended while there was no room.
pub(super) fn tell_ended_requests(state: &mut JobState, now: Timestamp) {
    while has_room_for_run(state)
        && let Some(index) = state.requests.iter().position(|request| request.ended.is_some())
    {
        let mut request = state.requests.remove(index);
        let end = request.ended.take().expect("it was chosen for its end");
        end_request(state, request, &end, now);
    }
}

/// Ends every request that is not ended yet.
pub(super) fn end_requests(state: &mut JobState, end: &Unrun, now: Timestamp) {
    for mut request in std::mem::take(&mut state.requests) {
        match request.ended.take() {
            Some(earlier) => end_request(state, request, &earlier, now),
            None => end_request(state, request, end, now),
        }
    }
}

/// Ends what waits and what is owed.
pub(super) fn end_owed(state: &mut JobState, end: &Unrun, now: Timestamp) {
    if let Some(waiting) = state.waiting.take() {
        end_start(state, &waiting.cause, 1, end, now);
    }
    while !state.retries.is_empty() {
        let owed = state.retries.remove(0);
        end_attempt(state, &owed, end, now);
    }
}

/// Ends what waited at `at` and what was owed to start by then. What is to start later stays.
pub(super) fn end_owed_by(state: &mut JobState, at: Timestamp, end: &Unrun, now: Timestamp) {
    if let Some(waiting) = state.waiting.take_if(|waiting| waiting.cause.scheduled_at() <= at) {
        end_start(state, &waiting.cause, 1, end, now);
    }
    while let Some(index) = state.retries.iter().position(|owed| owed.not_before <= at) {
        let owed = state.retries.remove(index);
        end_attempt(state, &owed, end, now);
    }
}

/// Ends what waited past its deadline: requests, owed attempts, the start that waits for killed runs.
pub(super) fn expire(state: &mut JobState, now: Timestamp) {
    tell_ended_requests(state, now);
    let end = Unrun::Missed { why: MissReason::Deadline };
    while let Some(index) =
        state.requests.iter().position(|request| request.ended.is_none() && request.until < now)
    {
        let request = state.requests.remove(index);
        end_request(state, request, &end, now);
    }
    while let Some(index) = state.retries.iter().position(|owed| owed.until < now) {
        let owed = state.retries.remove(index);
        end_attempt(state, &owed, &end, now);
    }
    if let Some(waiting) = state.waiting.take_if(|waiting| waiting.until < now) {
        end_start(state, &waiting.cause, 1, &end, now);
    }
}

fn run_entry(state: &JobState, cause: &Cause, attempt: u32, end: &Unrun, now: Timestamp) -> Unrecorded {
    let (uid, spec_id, worker) = (&state.uid, state.spec_id, state.worker.as_ref());
    Unstarted { uid, spec_id, cause, attempt, worker }.ended(end.clone().into(), now)
}
