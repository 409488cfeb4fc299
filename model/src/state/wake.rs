//! When a record needs a worker's attention next.
//!
//! Flow: watch → **`wake`** → timetable → `claim`.
//! Invariant: whenever a claim with free slots would do something, the wake is not later than now; and if it lies
//! ahead, no claim does anything before it.

use super::settle::is_paused;
use super::ticks::{MILLISECOND, Spec};
use super::{Claimant, JobState, claim, due};
use crate::id::{BootId, Nonce, WorkerId};
use crate::policy::Overlap;
use crate::time::Timestamp;

/// Returns the earliest instant at which [`claim`] may have something to do: a tick falls due, a retry's wait ends, a
/// deadline or a pause passes. `now` when there is something to do now; none when nothing is in sight: then only a
/// change of the record can bring something. A worker without a free slot asks again when it has one.
pub fn next_wake(state: &JobState, spec: Spec<'_>, now: Timestamp) -> Option<Timestamp> {
    let anybody = anybody(state);
    match claim(state, spec, now, &anybody) {
        Err(_) => None,
        Ok(Some(_)) => Some(now),
        Ok(None) if !spec.starts_runs() => None,
        Ok(None) => next_change(state, spec, now),
    }
}

/// Returns when time alone makes a claim possible that is not now.
fn next_change(state: &JobState, spec: Spec<'_>, now: Timestamp) -> Option<Timestamp> {
    let past = |until: Timestamp| until + MILLISECOND;
    let pause = state.paused.iter().filter_map(|paused| paused.until);
    let requests = state.requests.iter().filter(|request| request.ended.is_none());
    let expiries = requests.map(|request| past(request.until));
    let owed = state.retries.iter().flat_map(|owed| [owed.not_before, past(owed.until)]);
    let waiting = state.waiting.iter().map(|waiting| past(waiting.until));
    let busy = spec.job().overlap == Overlap::Skip && !(state.active.is_empty() && state.retries.is_empty());
    let tick = if busy || is_paused(state, now) { None } else { spec.next_tick(state.resolved) };
    let falls_due = tick.map(|tick| due(spec, tick));
    pause.chain(expiries).chain(owed).chain(waiting).chain(falls_due).filter(|at| *at > now).min()
}

/// Returns somebody with slots enough.
fn anybody(state: &JobState) -> Claimant {
    let worker: WorkerId = "anybody".parse().expect("a name of letters is a worker's id");
    Claimant {
        worker: state.worker.clone().unwrap_or(worker),
        boot: "anybody".parse::<BootId>().expect("letters are a boot's id"),
        nonce: "0000000000000000".parse::<Nonce>().expect("16 digits are a nonce"),
        free_slots: u32::MAX,
    }
}
