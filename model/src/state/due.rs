//! What of a job's ticks has fallen due, and what its missed policy makes of those past their deadline.
//!
//! Flow: `ticks` → **`due`** → `claim`, `settle`.
//! Not here: the overlap policies (`claim`).

use super::settle::lapse_pause;
use super::ticks::{MILLISECOND, Spec};
use super::{ACTIVE_MAX, Cause, JobState, MissReason, due};
use crate::policy::MissedPolicy;
use crate::time::Timestamp;

/// What has fallen due and has no owner yet. Parts stand in the order of their ticks.
pub(super) struct Due {
    /// Ticks past their deadline that the missed policy does not run.
    pub(super) missed: Option<Row>,
    /// Ticks past their deadline that the missed policy still runs.
    pub(super) catch_ups: Vec<Timestamp>,
    /// Ticks that may still start.
    pub(super) late: Option<Row>,
}

/// Ticks in a row: `[from, to]`, both ticks.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Why the missed policy does not run them; of no account for late ones.
    pub(super) why: MissReason,
}

impl Due {
    /// Returns what has fallen due at `now`.
    pub(super) fn of(state: &JobState, spec: Spec<'_>, now: Timestamp) -> Self {
        let job = spec.job();
        let cutoff = now - job.start_deadline;
        let mut due = Self::none();
        let mut after = state.resolved;
        if let Some(last_missed) = spec.last_due(after, cutoff - MILLISECOND) {
            due.judge_missed(spec, now, after, last_missed);
            after = last_missed;
        }
        due.late = row(spec, after, spec.last_due(after, now), MissReason::Deadline);
        due
    }

    /// Parts the ticks in `(after, last]`, all past their deadline, into those that still run and the rest.
    fn judge_missed(&mut self, spec: Spec<'_>, now: Timestamp, after: Timestamp, last: Timestamp) {
        let policy = &spec.job().missed;
        let (most, why_rest) = match policy.policy {
            MissedPolicy::None => (0, MissReason::PolicyNone),
            MissedPolicy::Latest => (1, MissReason::NotLatest),
            MissedPolicy::All => (usize::try_from(policy.max).unwrap_or(ACTIVE_MAX), MissReason::Max),
        };
        let mut rest = Some(last);
        while let Some(tick) = rest
            && self.catch_ups.len() < most.min(ACTIVE_MAX)
            && in_window(spec, tick, now)
        {
            self.catch_ups.push(tick);
            rest = spec.last_tick(after, tick - MILLISECOND);
        }
        self.catch_ups.reverse();
        let why = match rest {
            Some(tick) if most > 0 && !in_window(spec, tick, now) && self.catch_ups.len() < most => {
                MissReason::Window
            }
            _ => why_rest,
        };
        self.missed = row(spec, after, rest, why);
    }

    /// Returns that nothing has fallen due.
    pub(super) fn none() -> Self {
        Self { missed: None, catch_ups: Vec::new(), late: None }
    }
}

fn in_window(spec: Spec<'_>, tick: Timestamp, now: Timestamp) -> bool {
    due(spec, tick) + spec.job().missed.window >= now
}

/// Returns the ticks that whoever looks next ends as missed, and why: they are past their deadline, and no policy runs them
/// any more. None while the job is paused: its ticks have another end.
pub fn surely_missed(
    state: &JobState,
    spec: Spec<'_>,
    now: Timestamp,
) -> Option<(Timestamp, Timestamp, MissReason)> {
    let mut state = state.clone();
    lapse_pause(&mut state, spec, now);
    let missed = if state.paused.is_none() { Due::of(&state, spec, now).missed } else { None };
    missed.map(|row| (row.from, row.to, row.why))
}

/// Returns the ticks in `(after, last]`.
pub(super) fn row(spec: Spec<'_>, after: Timestamp, last: Option<Timestamp>, why: MissReason) -> Option<Row> {
    let to = last.filter(|tick| *tick > after)?;
    let from = spec.next_tick(after)?;
    Some(Row { from, to, why })
}

/// Returns until when a run for this cause may start: a tick within its start deadline, one that is caught up within
/// the window of the missed policy, a request within the start deadline of its own instant.
pub(super) fn start_until(spec: Spec<'_>, cause: &Cause) -> Timestamp {
    let job = spec.job();
    match cause {
        Cause::Tick { at, catch_up: false } => due(spec, *at) + job.start_deadline,
        Cause::Tick { at, catch_up: true } => due(spec, *at) + job.missed.window.max(job.start_deadline),
        Cause::Request { at, .. } => *at + job.start_deadline,
    }
}
