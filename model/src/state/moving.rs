//! A job moves to another installation: its record there begins where the one here stands.
//!
//! Flow: master → **`depart`** at the source → a file → **`arrive`** at the destination.
//! What is under way at the source ends there, with the attempts that it is owed. Ticks that nobody owned when the job
//! departed are left open: they are the destination's, by the job's own policies. So each tick has one owner.
//! Invariant: `resolved` stands still from `depart` to `arrive`, unless somebody changes the job in between.

use serde::{Deserialize, Serialize};

use super::orders::{begin, renew};
use super::save::take_over;
use super::settle::{end_due, is_paused, lapse_pause, settle, skipped};
use super::ticks::Spec;
use super::{JobState, Paused, Refused, Skip, SkipReason, Unrun, check};
use crate::id::SpecId;
use crate::policy::Overlap;
use crate::time::Timestamp;

/// Stands in the record of a job that an export has paused: it goes on elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// When it was exported first.
    pub at: Timestamp,
    /// The text that went with it.
    pub spec_id: SpecId,
    /// The pause that stood before, which is the job's own and travels with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Paused>,
}

/// Where a job goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Every tick up to here had an owner or an end at the source.
    pub resolved: Timestamp,
    /// The job's own pause.
    pub paused: Option<Paused>,
}

impl JobState {
    /// Returns where the job goes on elsewhere: its own pause, not the one of an export.
    pub fn anchor(&self) -> Anchor {
        let paused = match &self.moved {
            Some(moved) => moved.before.clone(),
            None => self.paused.clone(),
        };
        Anchor { resolved: self.resolved, paused }
    }

    /// Returns how much of the job is not over: runs, attempts owed, requests.
    pub fn under_way(&self) -> usize {
        let requests = self.requests.iter().filter(|request| request.ended.is_none()).count();
        let orders = self.orders.iter().filter(|order| order.uid == self.uid).count();
        self.active.len() + self.retries.len() + requests + orders + usize::from(self.waiting.is_some())
    }
}

/// Returns the record of a job that is exported, paused by `pause`. One that was exported already stays as it is.
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`].
pub fn depart(state: &JobState, spec: Spec<'_>, now: Timestamp, pause: Paused) -> Result<JobState, Refused> {
    check(state, spec)?;
    if state.moved.is_some() {
        return Ok(state.clone());
    }
    let mut next = state.clone();
    lapse_pause(&mut next, spec, now);
    if !spec.starts_runs() {
        // Workers' records end what is due by the instant at which this one was changed.
        settle(&mut next, spec, now, &skipped(SkipReason::Paused, Some(&pause.by)));
    } else if !is_paused(&next, now)
        && let (Overlap::Skip, Some(run)) = (spec.job().overlap, next.active.first())
    {
        let run = Some(run.run.clone());
        end_due(&mut next, spec, now, &Unrun::Skipped(Skip::overlap(run)));
    }
    let since = renew(&mut next, now).unwrap_or(pause.since);
    let before = next.paused.replace(Paused { since, until: None, ..pause });
    next.moved = Some(Moved { at: now, spec_id: next.spec_id, before });
    Ok(next)
}

/// Returns the record of a job that comes from another installation, or back from it. `before` is what stands under its
/// name: nothing, the rest of a deleted job, or the record that [`depart`] left.
///
/// # Errors
/// [`Refused::OtherSpec`] when another job stands there, or this one was saved anew since it departed;
/// [`Refused::TooManyUnrecorded`] when too many deleted jobs of this name are not told yet.
pub fn arrive(
    before: Option<&JobState>,
    text: Spec<'_>,
    anchor: &Anchor,
    now: Timestamp,
) -> Result<JobState, Refused> {
    let saved = text.saved;
    let fresh = || JobState::new(saved.uid.clone(), saved.spec_id, None, anchor.resolved.min(now));
    let mut next = match before {
        None => fresh(),
        Some(state) if state.deleted.is_some() => take_over(state, fresh())?,
        Some(state) if state.has_departed() && state.uid == saved.uid && state.spec_id < saved.spec_id => {
            JobState { spec_id: saved.spec_id, moved: None, ..state.clone() }
        }
        Some(_) => return Err(Refused::OtherSpec),
    };
    if let Some(state) = before.filter(|state| state.uid == next.uid) {
        next.resolved = next.resolved.max(anchor.resolved.min(now)).max(state.resolved);
        next.told = state.told;
    }
    next.paused.clone_from(&anchor.paused);
    begin(&mut next, text, now);
    if !text.starts_runs() {
        next.resolved = next.resolved.max(now);
        if let Some(paused) = &mut next.paused {
            // No earlier than the edition that it comes with: by that instant a worker's record tells whether it has seen it.
            paused.since = paused.since.max(next.edition.at);
        }
    }
    Ok(next)
}

impl JobState {
    /// Returns true when the job was exported and nobody saved it since.
    pub fn has_departed(&self) -> bool {
        self.deleted.is_none() && self.moved.as_ref().is_some_and(|moved| moved.spec_id == self.spec_id)
    }
}
