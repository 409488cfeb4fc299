//! A run whose end nobody saw is settled.
//!
//! Flow: recovery (a survivor, the worker's next process, an operator) → **`lose`** → swap.
//! Never early: while the run may still go on, settling it would let another one start beside it.

use super::complete::{end_forbidden, unless_gone, without};
use super::owed::{Ended, owe};
use super::ranges::{add_run, has_room_for_run};
use super::settle::lapse_pause;
use super::ticks::Spec;
use super::{
    ADOPT_WINDOW, Active, CLOCK_SLACK, JobState, Refused, START_WITHIN, Settle, Settled, Unrecorded, check,
};
use crate::id::RunId;
use crate::outcome::LostWhy;
use crate::policy::WhenCutOff;
use crate::run::RunStatus;
use crate::time::Timestamp;

/// Returns the instant from which a run whose worker is gone may be settled: its lease ended at `lease_end`.
///
/// A run that is killed when cut off is over within [`ADOPT_WINDOW`] of the lease's end. Any other is over when its
/// timeout and grace have passed since its latest possible start.
pub fn lose_after(run: &Active, lease_end: Timestamp) -> Timestamp {
    let budget_over = run.since + START_WITHIN + run.budget + CLOCK_SLACK;
    match run.when_cut_off {
        WhenCutOff::Kill => (lease_end + ADOPT_WINDOW).min(budget_over).max(lease_end),
        WhenCutOff::Wait => budget_over.max(lease_end),
    }
}

/// Returns the record after a run was settled whose end nobody saw; none inside `Ok` when the record goes.
///
/// # Errors
/// [`Refused::NoSuchRun`], [`Refused::TooEarly`] before [`lose_after`], and [`Refused::TooManyUnrecorded`].
pub fn lose(
    state: &JobState,
    spec: Option<Spec<'_>>,
    now: Timestamp,
    run: &RunId,
    how: &Settle,
) -> Result<Option<JobState>, Refused> {
    let (mut next, run) = without(state, run).ok_or(Refused::NoSuchRun)?;
    // When it ended, at the latest; none: it never started, so it was in nobody's way.
    let over_at = match how {
        Settle::WorkerGone { since } if now < lose_after(&run, *since) => return Err(Refused::TooEarly),
        Settle::WorkerGone { since } => Some(now.min(lose_after(&run, *since))),
        Settle::NoFolderSameBoot => None,
        Settle::NoFolderOtherBoot | Settle::NewFolder => Some(now.min(run.since + START_WITHIN + run.budget)),
        Settle::ByHand { .. } => Some(now),
    };
    let ended = if over_at.is_some() { Ended::As(RunStatus::Lost) } else { Ended::ForWorkersSake };
    let mut owed = false;
    if let Some(spec) = spec.filter(|spec| check(state, *spec).is_ok()) {
        lapse_pause(&mut next, spec, now);
        if let Some(over_at) = over_at {
            end_forbidden(&mut next, spec, &run, over_at);
        }
        owed = owe(&mut next, spec, &run, ended, now);
    }
    // The same attempt will tell for itself; everything else has nobody who tells.
    if !(owed && over_at.is_none()) {
        if !has_room_for_run(&next) {
            return Err(Refused::TooManyUnrecorded);
        }
        add_run(&mut next, entry(&run, how, now));
    }
    Ok(unless_gone(next))
}

fn entry(run: &Active, how: &Settle, now: Timestamp) -> Unrecorded {
    let lost = |why| Settled::Lost { why, by: None };
    let settled = match how {
        Settle::WorkerGone { .. } => lost(LostWhy::WorkerGone),
        Settle::NoFolderOtherBoot => lost(LostWhy::Reboot),
        Settle::NewFolder => lost(LostWhy::FolderGone),
        Settle::ByHand { by } => Settled::Lost { why: LostWhy::SettledByHand, by: Some(by.clone()) },
        Settle::NoFolderSameBoot if run.kill.is_some() => Settled::KilledBefore,
        Settle::NoFolderSameBoot => Settled::WorkerEndedBefore,
    };
    run.ended(settled, now)
}
