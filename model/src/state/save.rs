//! A person saves or deletes a job: the old text ends, the new one begins.
//!
//! Flow: master → **`save`** → job and state in one swap. What had fallen due under the old text ends under it, so
//! that no later claim runs an old tick under a new text, nor a tick of the new text from before it was saved.

use super::complete::unless_gone;
use super::orders::{begin, end_everywhere};
use super::ranges::{FOREIGN_RANGES_MAX, add_ticks, shrink};
use super::settle::{end_owed, end_requests, settle, skipped};
use super::ticks::{MILLISECOND, Spec};
use super::{Deleted, JobState, KillMark, Refused, SkipReason, check, due};
use crate::job::Job;
use crate::time::Timestamp;

/// Returns the record after a save. `before` is the record as it stands and the text that it belongs to (none when
/// that text is gone: a deleted job whose entries the new one takes over).
///
/// # Errors
/// [`Refused::OtherSpec`] when `new` is not a later save of the same uid, or the first of another one over a deleted
/// job; [`Refused::TooManyUnrecorded`] when too many deleted jobs of this name are not told yet.
pub fn save(
    before: Option<(&JobState, Option<Spec<'_>>)>,
    new: Spec<'_>,
    now: Timestamp,
) -> Result<JobState, Refused> {
    let mut next = match before {
        None => first(new, now),
        Some((state, _)) if state.uid != new.saved.uid => take_over(state, first(new, now))?,
        Some((state, old)) => edit(state, old, new, now)?,
    };
    begin(&mut next, new, now);
    Ok(next)
}

fn first(new: Spec<'_>, now: Timestamp) -> JobState {
    JobState::new(new.saved.uid.clone(), new.saved.spec_id, new.worker.cloned(), now)
}

/// Adds to a new record what an earlier job of the same name still has under way or has not told.
pub(super) fn take_over(left: &JobState, mut new: JobState) -> Result<JobState, Refused> {
    if left.deleted.is_none() {
        return Err(Refused::OtherSpec);
    }
    if !left.requests.is_empty() {
        return Err(Refused::TooManyUnrecorded); // They ended with it and wait for room to be told.
    }
    new.active.clone_from(&left.active);
    new.unrecorded.clone_from(&left.unrecorded);
    new.edition = left.edition;
    new.orders.clone_from(&left.orders);
    if shrink(&mut new, FOREIGN_RANGES_MAX) { Ok(new) } else { Err(Refused::TooManyUnrecorded) }
}

fn edit(state: &JobState, old: Option<Spec<'_>>, new: Spec<'_>, now: Timestamp) -> Result<JobState, Refused> {
    if new.saved.spec_id <= state.spec_id || new.worker != state.worker.as_ref() {
        return Err(Refused::OtherSpec);
    }
    if state.deleted.is_some() {
        return Err(Refused::Deleted);
    }
    if let Some(old) = old {
        check(state, old)?;
    }
    let mut next = state.clone();
    let why = if new.job().enabled { SkipReason::Edited } else { SkipReason::Disabled };
    let by = Some(new.saved.author.as_str());
    match old {
        Some(old) if keeps_ticks(old, new) => {}
        Some(old) => end_old_text(&mut next, old, new, now),
        None if now > next.resolved => {
            // Which ticks the old text had, nobody knows: the range ends those that there were.
            let from = next.resolved + MILLISECOND;
            add_ticks(&mut next, from, now, skipped(why, by));
            next.resolved = now;
        }
        None => {}
    }
    end_owed(&mut next, &skipped(SkipReason::Edited, by), now);
    if !new.starts_runs() {
        end_requests(&mut next, &skipped(SkipReason::Edited, by), now);
    }
    next.spec_id = new.saved.spec_id;
    Ok(next)
}

/// Returns true when both texts have the same ticks, due at the same instants.
fn keeps_ticks(old: Spec<'_>, new: Spec<'_>) -> bool {
    fn what(job: &Job) -> impl PartialEq + '_ {
        (&job.schedule, &job.timezone, job.dst, job.weekdays, job.jitter, job.enabled, job.placement.mode)
    }
    what(old.job()) == what(new.job()) && old.saved.anchor == new.saved.anchor
}

/// Ends what the old text's ticks have come to. A tick that has begun but not fallen due (its jitter has not passed)
/// stays if the new text has it too and it is not due there either; else the save ends it.
fn end_old_text(state: &mut JobState, old: Spec<'_>, new: Spec<'_>, now: Timestamp) {
    let by = Some(new.saved.author.as_str());
    let end =
        if new.job().enabled { skipped(SkipReason::Edited, by) } else { skipped(SkipReason::Disabled, by) };
    if !old.job().enabled && new.has_ticks() {
        end_disabled(state, old, now);
    }
    settle(state, old, now, &end);
    if let Some(tick) = old.undue(state.resolved, now) {
        let stays = new.next_tick(tick - MILLISECOND) == Some(tick) && due(new, tick) > now;
        if stays {
            return;
        }
        add_ticks(state, tick, tick, end);
    }
    state.resolved = state.resolved.max(now);
}

/// Tells of the time in which the job was not enabled: its text had ticks, but the job had none.
fn end_disabled(state: &mut JobState, old: Spec<'_>, now: Timestamp) {
    if !old.starts_runs() {
        return;
    }
    let first = old.ticks.next_after(state.resolved).filter(|tick| *tick <= now);
    let last = old.ticks.last_within(state.resolved, now);
    if let (Some(first), Some(last)) = (first, last) {
        add_ticks(state, first, last, skipped(SkipReason::Disabled, None));
    }
}

/// Returns the record after the job was deleted; none when nothing of it is left to tell or to wait for.
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`].
pub fn delete(
    state: &JobState,
    spec: Spec<'_>,
    now: Timestamp,
    by: &str,
    kill: bool,
) -> Result<Option<JobState>, Refused> {
    check(state, spec)?;
    let mut next = state.clone();
    let end = skipped(SkipReason::Deleted, Some(by));
    settle(&mut next, spec, now, &end);
    end_owed(&mut next, &end, now);
    end_requests(&mut next, &end, now);
    next.paused = None;
    next.moved = None;
    next.deleted = Some(Deleted { by: by.to_owned(), at: now });
    end_everywhere(&mut next, now, by, kill);
    if kill {
        for run in &mut next.active {
            run.kill.get_or_insert_with(|| KillMark { by: Some(by.to_owned()), at: now });
        }
    }
    Ok(unless_gone(next))
}
