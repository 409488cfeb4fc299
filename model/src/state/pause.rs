//! A person pauses a job, or lets it go on.
//!
//! Flow: master → **`pause`** → swap. What fell due before belongs to the time before; run-now works all the while.

use super::orders::renew;
use super::settle::{end_owed, is_paused, lapse_pause, settle, skipped};
use super::ticks::Spec;
use super::{JobState, Paused, Refused, SkipReason, check};
use crate::time::Timestamp;

/// Returns the record after a pause. A job that is paused already takes the new text of the pause.
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`].
pub fn pause(state: &JobState, spec: Spec<'_>, now: Timestamp, pause: Paused) -> Result<JobState, Refused> {
    check(state, spec)?;
    let mut next = state.clone();
    let end = skipped(SkipReason::Paused, Some(&pause.by));
    settle(&mut next, spec, now, &end);
    end_owed(&mut next, &end, now);
    // No earlier than the edition that it comes with: by that instant a worker's record tells whether it has seen it.
    let since = renew(&mut next, now).unwrap_or(pause.since);
    next.moved = None;
    next.paused = Some(Paused { since, ..pause });
    Ok(next)
}

/// Returns the record after a resume; unchanged when the job is not paused. After a pause whose `until` has passed
/// only the pause's own ticks end: those after it are due. A job that an export paused stands as it stood before that.
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`].
pub fn resume(state: &JobState, spec: Spec<'_>, now: Timestamp) -> Result<JobState, Refused> {
    check(state, spec)?;
    let mut next = state.clone();
    if is_paused(state, now) {
        let by = next.paused.as_ref().map(|paused| paused.by.clone()).unwrap_or_default();
        settle(&mut next, spec, now, &skipped(SkipReason::Paused, Some(&by)));
        next.paused = next.moved.take().and_then(|moved| moved.before);
    } else {
        lapse_pause(&mut next, spec, now);
    }
    if next != *state
        && let (Some(since), Some(paused)) = (renew(&mut next, now), &mut next.paused)
    {
        paused.since = since;
    }
    Ok(next)
}
