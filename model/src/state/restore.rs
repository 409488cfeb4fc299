//! A store was put back from a backup: its records are older than what has happened since.
//!
//! Flow: `sandglass restore`, while no server runs → **`restore`** on every record → swap; ends → facts.
//! What a record still wants to start may have started after the backup was made: none of it starts. Ticks up to the
//! instant that an operator names end here as well; which of them ran is told by their run records.
//! Invariant: `resolved` only rises here, and never past a tick that has not fallen due.
//!
//! Not here: revisions that went back with the store (`stores`), and what the facts know of a run (whoever asks).

use std::mem::take;

use super::complete::unless_gone;
use super::ends::Unstarted;
use super::ranges::{add_run, add_ticks};
use super::settle::skipped;
use super::ticks::{MILLISECOND, Spec};
use super::{Cause, JobState, Order, Ordered, Owed, Request, Settled, Skip, SkipReason, Unrecorded, check};
use crate::id::{Fence, JobUid, RunId, WorkerId};
use crate::outcome::LostWhy;
use crate::time::Timestamp;

/// What the facts know of a run that a record still names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// That it was claimed, under this fence, and no end.
    Open(Fence),
    /// How it ended.
    Ended,
}

/// Returns the runs that a record names as under way or still to start: what the facts know of them decides what is told.
pub fn in_doubt(state: &JobState) -> Vec<RunId> {
    let run = |cause: &Cause, attempt| cause.run(&state.uid, attempt, state.worker.as_ref());
    let active = state.active.iter().map(|active| active.run.clone());
    let waiting = state.waiting.iter().map(|waiting| run(&waiting.cause, 1));
    let owed = state.retries.iter().map(|owed| run(&owed.cause, owed.attempt));
    let open = state.requests.iter().filter(|request| request.ended.is_none());
    let asked = open.map(|request| run(&request.cause(), 1));
    let ordered = state.orders.iter().flat_map(|order| {
        let asked = match &order.what {
            Ordered::Run { request, workers } => Some((request.cause(), workers)),
            Ordered::Kill { .. } | Ordered::End => None,
        };
        asked.into_iter().flat_map(move |(cause, workers)| {
            workers.iter().map(move |worker| cause.run(&order.uid, 1, Some(worker)))
        })
    });
    active.chain(waiting).chain(owed).chain(asked).chain(ordered).collect()
}

/// Returns the record after its store was put back from a backup; none when it goes. `spec` is the saved text where that
/// is there and readable; `known` says what the facts know of each run [`in_doubt`].
///
/// Ends for which there is no room stay in doubt: record those that wait, then ask again.
pub fn restore(
    state: &JobState,
    spec: Option<Spec<'_>>,
    to: Timestamp,
    known: &dyn Fn(&RunId) -> Known,
) -> Option<JobState> {
    let mut next = state.clone();
    end_ticks(&mut next, spec, to);
    let ending = Ending { to, known };
    for run in take(&mut next.active) {
        let end = run.ended(Settled::Lost { why: LostWhy::Restored, by: None }, to);
        if !ending.tell(&mut next, end) {
            next.active.push(run);
        }
    }
    next.waiting = take(&mut next.waiting).filter(|waiting| !ending.end_start(&mut next, &waiting.cause, 1));
    let retries = take(&mut next.retries).into_iter();
    let kept = retries.filter(|Owed { cause, attempt, .. }| !ending.end_start(&mut next, cause, *attempt));
    next.retries = kept.collect();
    let requests = take(&mut next.requests).into_iter();
    let kept = requests
        .filter(|request| request.ended.is_some() || !ending.end_start(&mut next, &request.cause(), 1));
    next.requests = kept.collect();
    for Order { uid, what, edition } in take(&mut next.orders) {
        let what = match what {
            Ordered::Run { request, workers } => ending.end_order(&mut next, &uid, request, workers),
            other => other,
        };
        next.orders.push(Order { edition, uid, what });
    }
    unless_gone(next)
}

/// Ends each tick that has fallen due by `to` and has neither owner nor end. The range begins just after `resolved` and not
/// with its first tick: there a range may begin that was told after the backup, and would be written over.
fn end_ticks(state: &mut JobState, spec: Option<Spec<'_>>, to: Timestamp) {
    let after = state.resolved;
    if state.deleted.is_some() || to <= after {
        return;
    }
    let (last, resolved) = match spec.filter(|spec| check(state, *spec).is_ok()) {
        Some(spec) => (spec.last_due(after, to), spec.horizon(after, to)),
        // Which ticks its text had, nobody knows: the range ends those that there were.
        None => (Some(to), to),
    };
    if let Some(last) = last {
        add_ticks(state, after + MILLISECOND, last, skipped(SkipReason::Restored, None));
    }
    state.resolved = after.max(resolved);
}

/// Ends runs by what the facts know of them.
struct Ending<'a> {
    to: Timestamp,
    known: &'a dyn Fn(&RunId) -> Known,
}

impl Ending<'_> {
    /// Tells of an end, just above what the facts know of its run and below whatever its worker may yet tell; false where
    /// there is no room. Of a run that has its end nothing is to be told.
    fn tell(&self, state: &mut JobState, end: Unrecorded) -> bool {
        let Unrecorded::Run { run, .. } = &end else { return true };
        let claim = match (self.known)(run) {
            Known::Ended => return true,
            Known::Open(claim) => claim,
            Known::Nothing => Fence(0),
        };
        add_run(state, end.above(claim))
    }

    /// Ends what the record itself would start; false where there is no room.
    fn end_start(&self, state: &mut JobState, cause: &Cause, attempt: u32) -> bool {
        let (uid, worker) = (state.uid.clone(), state.worker.clone());
        self.end(state, &uid, worker.as_ref(), cause, attempt)
    }

    /// Ends what workers' records would take from an order; returns it with those for whom there is no room.
    fn end_order(
        &self,
        state: &mut JobState,
        uid: &JobUid,
        request: Request,
        mut workers: Vec<WorkerId>,
    ) -> Ordered {
        let cause = request.cause();
        workers.retain(|worker| !self.end(state, uid, Some(worker), &cause, 1));
        Ordered::Run { request, workers }
    }

    fn end(
        &self,
        state: &mut JobState,
        uid: &JobUid,
        worker: Option<&WorkerId>,
        cause: &Cause,
        attempt: u32,
    ) -> bool {
        let settled = Settled::Skipped(Skip::new(SkipReason::Restored, None));
        let spec_id = state.spec_id;
        let end = Unstarted { uid, spec_id, cause, attempt, worker }.ended(settled, self.to);
        self.tell(state, end)
    }
}
