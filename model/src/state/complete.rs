//! A run has ended and its worker says how.
//!
//! Flow: runner → **`complete`** → swap. Any process of the run's worker may complete it, registered or not: its
//! final record is on its disk before. Ticks that fell due while it went on and were forbidden end here, in one range.

use super::owed::{Ended, owe};
use super::ranges::close_gaps;
use super::settle::{end_due, lapse_pause};
use super::ticks::Spec;
use super::{Active, CLOCK_SLACK, CompleteStep, Completion, JobState, START_WITHIN, Skip, Unrun, check};
use crate::policy::Overlap;
use crate::time::Timestamp;

/// Returns what follows when a run has ended. `spec` is none when the job is deleted or the saved text is not the
/// state's: then nothing is owed again.
pub fn complete(state: &JobState, spec: Option<Spec<'_>>, now: Timestamp, end: &Completion) -> CompleteStep {
    let Some((mut next, run)) = without(state, &end.run).filter(|(_, run)| run.worker == end.worker) else {
        return CompleteStep::Late;
    };
    // A clock that ran ahead does not make ticks fall due, and no run outlasts its budget: whoever completes a run
    // whose end nobody saw may give a later instant.
    let ended_at = end.ended_at.min(now).min(run.since + START_WITHIN + run.budget + CLOCK_SLACK);
    let ended = if end.for_workers_sake { Ended::ForWorkersSake } else { Ended::As(end.status) };
    if let Some(spec) = spec.filter(|spec| check(state, *spec).is_ok()) {
        lapse_pause(&mut next, spec, now);
        end_forbidden(&mut next, spec, &run, ended_at);
        if state.worker.is_some() {
            // Its text may have been replaced, which it follows later: what ended here ended whichever text's ticks.
            close_gaps(&mut next, state.resolved);
        }
        owe(&mut next, spec, &run, ended, ended_at);
    }
    CompleteStep::Done(unless_gone(next))
}

/// Returns the record without a run, and the run; none when it is not under way.
pub(super) fn without(state: &JobState, run: &crate::id::RunId) -> Option<(JobState, Active)> {
    let index = state.active.iter().position(|active| active.run == *run)?;
    let mut next = state.clone();
    let active = next.active.remove(index);
    Some((next, active))
}

/// Ends the ticks that fell due up to the end of `run` and that `skip` forbade. Up to the end, not to the write: what
/// fell due in between may still start.
pub(super) fn end_forbidden(state: &mut JobState, spec: Spec<'_>, run: &Active, ended_at: Timestamp) {
    if spec.job().overlap == Overlap::Skip && state.paused.is_none() {
        let end = Unrun::Skipped(Skip::overlap(Some(run.run.clone())));
        end_due(state, spec, ended_at, &end);
    }
}

/// Returns nothing in place of a deleted job's record that has nothing left to tell or to wait for.
pub(super) fn unless_gone(state: JobState) -> Option<JobState> {
    let told = state.unrecorded.is_empty() && state.requests.is_empty() && state.orders.is_empty();
    let empty = state.active.is_empty() && told;
    (state.deleted.is_none() || !empty).then_some(state)
}
