//! Whether a run that ended is owed another attempt.
//!
//! Flow: `complete`, `lose` → **`owed`** → `retries` → `claim`.
//! Bounded thrice: by the job's own retries, by two free repeats, and for a run that did not start by its deadline.

use super::settle::is_paused;
use super::ticks::Spec;
use super::{Active, Cause, JobState, Owed, RETRIES_MAX};
use crate::policy::OnWorkerLoss;
use crate::run::RunStatus;
use crate::time::{Span, Timestamp};

/// How often an attempt is repeated for free: the sandbox failed, or its worker was lost.
const REPEATS_MAX: u32 = 2;

/// How a run ended, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It never started, for its worker's sake.
    ForWorkersSake,
    /// It ended in this status, or was lost.
    As(RunStatus),
}

/// Owes a run another attempt if it has one coming; false when it has not. `run` is out of the record already.
///
/// A kill ends it for good. So do a save (its retries would run another text than they began with) and a pause, save
/// for runs that somebody asked for: those work while paused. The pause of an export lets what has begun come to its end.
pub(super) fn owe(state: &mut JobState, spec: Spec<'_>, run: &Active, ended: Ended, at: Timestamp) -> bool {
    let ours = run.uid == state.uid && run.spec_id == state.spec_id && state.deleted.is_none();
    let held = is_paused(state, at) && state.moved.is_none() && matches!(run.cause, Cause::Tick { .. });
    if !ours || held || run.kill.is_some() || !spec.starts_runs() || state.retries.len() >= RETRIES_MAX {
        return false;
    }
    let Some(owed) = next_attempt(spec, run, ended, at) else { return false };
    state.retries.push(owed);
    true
}

fn next_attempt(spec: Spec<'_>, run: &Active, ended: Ended, at: Timestamp) -> Option<Owed> {
    match ended {
        // The same attempt: nothing of it has run.
        Ended::ForWorkersSake => (at <= run.until).then(|| Owed {
            cause: run.cause.clone(),
            attempt: run.attempt,
            retried: run.retried,
            repeated: run.repeated,
            not_before: at,
            until: run.until,
        }),
        Ended::As(RunStatus::Killed) => None,
        Ended::As(status) if is_free(spec, status) && run.repeated < REPEATS_MAX => {
            let wait = match status {
                RunStatus::HostError => spec.job().retries.wait_before(run.repeated + 1),
                _ => Span::ZERO,
            };
            Some(Owed { repeated: run.repeated + 1, ..further(spec, run, at, wait) })
        }
        Ended::As(status) => {
            let retries = &spec.job().retries;
            (run.retried < retries.max && retries.on.contains(&status)).then(|| Owed {
                retried: run.retried + 1,
                ..further(spec, run, at, retries.wait_before(run.retried + 1))
            })
        }
    }
}

fn is_free(spec: Spec<'_>, status: RunStatus) -> bool {
    match status {
        RunStatus::HostError => true,
        RunStatus::Lost => spec.job().on_worker_loss == OnWorkerLoss::Rerun,
        _ => false,
    }
}

/// The attempt after `run`: it may have run, so its number is new. Its own deadline counts from when it may start.
fn further(spec: Spec<'_>, run: &Active, at: Timestamp, wait: Span) -> Owed {
    let not_before = at + wait;
    Owed {
        cause: run.cause.clone(),
        attempt: run.attempt + 1,
        retried: run.retried,
        repeated: run.repeated,
        not_before,
        until: not_before + spec.job().start_deadline,
    }
}
