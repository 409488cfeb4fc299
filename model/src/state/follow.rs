//! Placement `all`: a worker's record follows what people did to the job, which stands in the job's own record.
//!
//! Flow: worker's watch → **`follow`** → swap that compares both records → `claim`. For a worker that is away the leading
//! master follows in its place, so that each change ends what was due under the text before it.
//! Invariant: who claims from a worker's record has seen it in step with the job's own, and the swap compares the
//! revisions of both. So nothing is claimed that a change before it forbids, however late the record follows.
//! Invariant: the job's own `resolved` is the last instant at which a change ended what was due. Nothing due by then is
//! open in a record that is in step, also where it missed changes that were taken back meanwhile.

use super::complete::unless_gone;
use super::join;
use super::ranges::add_ticks;
use super::settle::{end_due, end_owed, end_owed_by, end_request, end_requests, is_paused, settle, skipped};
use super::ticks::{MILLISECOND, Spec};
use super::{
    Deleted, FollowStep, JobState, KillTarget, Order, Ordered, REQUESTS_MAX, Refused, SkipReason, Unrun,
    check, kill, pause, resume, save,
};
use crate::id::WorkerId;
use crate::job::SavedJob;
use crate::time::Timestamp;

/// What a worker's record follows.
#[derive(Clone, Copy)]
pub struct Following<'a> {
    /// Whose record.
    pub worker: &'a WorkerId,
    /// The job's own record; none: it is gone, and the job with it.
    pub head: Option<&'a JobState>,
    /// The text as it stands, for this worker; none: the job is gone.
    pub text: Option<Spec<'a>>,
    /// The text that the record belongs to, for this worker, where it is another one and still known.
    pub before: Option<Spec<'a>>,
    /// True when the worker has the labels that the job asks for.
    pub matches: bool,
}

impl<'a> Following<'a> {
    /// Returns record and text of a job that is there; none where it is not.
    ///
    /// # Errors
    /// [`Refused::OtherSpec`] when the two do not belong together: the watch shows only one of them yet.
    fn job(&self) -> Result<Option<(&'a JobState, Spec<'a>)>, Refused> {
        match (self.head, self.text) {
            (None, None) => Ok(None),
            (Some(head), None) if head.deleted.is_some() => Ok(None),
            (Some(head), Some(text)) => {
                check(head, Spec { worker: None, ..text }).map_err(|_| Refused::OtherSpec)?;
                Ok(Some((head, text)))
            }
            _ => Err(Refused::OtherSpec),
        }
    }

    /// Returns the orders that a record has not taken.
    fn orders(&self, state: &JobState) -> impl Iterator<Item = &'a Order> + use<'a> {
        let (taken, uid) = (state.edition.number, state.uid.clone());
        let orders = self.head.map(|head| head.orders.as_slice()).unwrap_or_default();
        orders.iter().filter(move |order| order.edition > taken && order.uid == uid)
    }
}

/// Returns true when a worker's record has followed its job's own in all: only then may it be claimed from.
pub fn is_in_step(head: &JobState, state: &JobState) -> bool {
    let same_job = head.uid == state.uid && head.spec_id == state.spec_id;
    same_job && head.edition == state.edition && head.deleted.is_none() && state.deleted.is_none()
}

/// Returns what becomes of a worker's record (none: it has none): it joins, follows, or ends.
///
/// # Errors
/// [`Refused::OtherSpec`] while what is known does not belong together.
pub fn follow(
    state: Option<&JobState>,
    following: Following<'_>,
    now: Timestamp,
) -> Result<FollowStep, Refused> {
    let job = following.job()?;
    let placed = job.filter(|(_, text)| following.matches && text.starts_runs());
    let next = match (state, placed) {
        (None, None) => return Ok(FollowStep::InStep),
        (None, Some((head, text))) => Some(join(head, None, text, now)?),
        (Some(state), Some((head, _))) if is_in_step(head, state) => return Ok(FollowStep::InStep),
        (Some(state), _) if state.deleted.is_some() => {
            let left = after_its_end(state, following, now);
            match placed {
                // What it has not told keeps it from joining, and from nothing else.
                Some((head, text)) => join(head, Some(&left), text, now).ok().or_else(|| unless_gone(left)),
                None => unless_gone(left),
            }
        }
        (Some(state), Some((head, text))) if head.uid == state.uid => {
            Some(catch_up(state, head, text, following, now)?)
        }
        (Some(state), _) => unless_gone(end(state, following, now)),
    };
    Ok(match next {
        None => FollowStep::Goes,
        Some(next) if Some(&next) == state => FollowStep::InStep,
        Some(next) => FollowStep::Becomes(Box::new(next)),
    })
}

/// Takes all that happened to the job since the edition of the record.
fn catch_up(
    state: &JobState,
    head: &JobState,
    text: Spec<'_>,
    following: Following<'_>,
    now: Timestamp,
) -> Result<JobState, Refused> {
    let mut next = state.clone();
    if text.saved.spec_id != next.spec_id {
        next = take_text(next, head, text, following)?;
    }
    match &head.paused {
        // One that it has seen may have passed and be over in its own record.
        Some(paused) if paused.since > state.edition.at && head.paused != next.paused => {
            next = pause(&next, text, paused.since, paused.clone())?;
        }
        Some(_) => {}
        None => {
            if next.paused.is_some() {
                // One that passed by itself ends by its own instant. Of one that was ended, the edition may be a later
                // change's.
                let ended = is_paused(&next, head.edition.at);
                next = resume(&next, text, if ended { head.resolved } else { head.edition.at })?;
            }
            // A pause may have come and gone unseen.
            let end = skipped(SkipReason::Paused, None);
            end_due(&mut next, text, head.resolved, &end);
            end_owed_by(&mut next, head.resolved, &end, now);
            next.resolved = next.resolved.max(text.horizon(next.resolved, head.resolved));
        }
    }
    for order in following.orders(state) {
        take(&mut next, order, following.worker, now);
    }
    next.edition = head.edition;
    Ok(next)
}

/// Takes the text as it stands.
fn take_text(
    mut state: JobState,
    head: &JobState,
    text: Spec<'_>,
    following: Following<'_>,
) -> Result<JobState, Refused> {
    let saved = text.saved;
    if saved.spec_id == state.spec_id.next() {
        let before = following.before.filter(|before| check(&state, *before).is_ok());
        return save(Some((&state, before)), text, saved.saved_at);
    }
    // Texts between the two were missed. Which ticks those had, nobody knows: the range ends what there was until the last
    // of them that had others. Since then the ticks are those of the text as it stands.
    if head.resolved > state.resolved {
        let from = state.resolved + MILLISECOND;
        add_ticks(&mut state, from, head.resolved, skipped(SkipReason::Edited, Some(&saved.author)));
        state.resolved = head.resolved;
    }
    let since_then = SavedJob { spec_id: state.spec_id, ..saved.clone() };
    save(Some((&state, Some(Spec { saved: &since_then, ..text }))), text, saved.saved_at)
}

/// Takes an order.
fn take(state: &mut JobState, order: &Order, worker: &WorkerId, now: Timestamp) {
    match &order.what {
        Ordered::Run { request, workers } if workers.contains(worker) => {
            // The job's own record bounds what is asked at one time; what waits here from earlier is as much again.
            if state.requests.len() < 2 * REQUESTS_MAX {
                state.requests.push(request.clone());
            } else {
                end_request(state, request.clone(), &skipped(SkipReason::TooManyRunning, None), now);
            }
        }
        Ordered::Kill { by } => {
            if let Ok(step) = kill(state, now, by, &KillTarget::All) {
                *state = step.state;
            }
        }
        Ordered::Run { .. } | Ordered::End => {}
    }
}

/// Ends a record: the job is gone or another one, or is not placed on this worker any more.
fn end(state: &JobState, following: Following<'_>, now: Timestamp) -> JobState {
    let mut next = state.clone();
    for order in following.orders(state) {
        take(&mut next, order, following.worker, now);
    }
    let (at, by, end) = why(state, following, now);
    let text = [following.before, following.text].into_iter().flatten();
    match text.into_iter().find(|text| check(&next, *text).is_ok()) {
        Some(text) => {
            settle(&mut next, text, at, &end);
            // One that has begun and is not due (its jitter has not passed) ends with the record too.
            if let Some(tick) = text.undue(next.resolved, at) {
                add_ticks(&mut next, tick, tick, end.clone());
            }
        }
        // Which ticks the old text had, nobody knows: the range ends those that there were.
        None if at > next.resolved => {
            let from = next.resolved + MILLISECOND;
            add_ticks(&mut next, from, at, end.clone());
        }
        None => {}
    }
    next.resolved = next.resolved.max(at);
    end_owed(&mut next, &end, now);
    end_requests(&mut next, &end, now);
    next.paused = None;
    next.deleted = Some(Deleted { by, at });
    next.edition = following.head.map_or(next.edition, |head| head.edition);
    next
}

/// Returns when a record ends, by whom and how that ends its ticks.
fn why(state: &JobState, following: Following<'_>, now: Timestamp) -> (Timestamp, String, Unrun) {
    let deleted = following.head.and_then(|head| head.deleted.as_ref());
    if let Some(Deleted { by, at }) = deleted.filter(|_| following.head.is_some_and(|h| h.uid == state.uid)) {
        return (*at, by.clone(), skipped(SkipReason::Deleted, Some(by)));
    }
    match following.text.map(|text| text.saved) {
        Some(saved) if saved.uid == state.uid && saved.spec_id != state.spec_id => {
            let end = skipped(SkipReason::Edited, Some(&saved.author));
            (saved.saved_at, saved.author.clone(), end)
        }
        Some(saved) if saved.uid == state.uid => {
            (now, "placement".to_owned(), skipped(SkipReason::Unplaced, None))
        }
        // It was deleted, by whom is told no more.
        Some(saved) => (saved.saved_at.min(now), "deleted".to_owned(), skipped(SkipReason::Deleted, None)),
        None => (now, "deleted".to_owned(), skipped(SkipReason::Deleted, None)),
    }
}

/// Has a record that has ended take the kills that came since.
fn after_its_end(state: &JobState, following: Following<'_>, now: Timestamp) -> JobState {
    let mut next = state.clone();
    for order in following.orders(state).filter(|order| matches!(order.what, Ordered::Kill { .. })) {
        take(&mut next, order, following.worker, now);
    }
    next.edition = following.head.map_or(next.edition, |head| head.edition);
    next
}
