//! Placement `all`: what a person does to the job is written once, into its own record, and workers' records follow.
//!
//! Each such change has an edition. What a worker's record must take once (a run-now, a kill) is an order of that edition;
//! all else (text, pause, end) it reads from the job's own record as it stands. So there is no fan-out that could stop in
//! the middle: after one swap everything is said.
//!
//! Flow: master → **`orders`** in the job's own record → `follow`, in each worker's; leading master → `fanned_out`.
//! Not here: what a worker's record makes of it (`follow`).

use super::complete::unless_gone;
use super::ends::Unstarted;
use super::ranges::{add_run, has_room_for_run};
use super::requests::run_of_key;
use super::ticks::Spec;
use super::{
    Cause, Edition, FollowStep, JobState, KEYS_MAX, MissReason, Order, Ordered, REQUESTS_MAX, Refused,
    Request, RunEverywhereStep, RunNow, Settled, UsedKey, WorkerRun, check,
};
use crate::id::{Fence, WorkerId};
use crate::policy::PlacementMode;
use crate::time::{Span, Timestamp};

/// Most runs that the orders of one record ask for, and most that its idempotency keys remember besides the newest key's:
/// with ids of usual length about a tenth of what etcd takes as one value.
pub(super) const ORDERED_RUNS_MAX: usize = 2_048;

/// Begins the next edition of a job's own record that has any; returns its instant.
pub(super) fn renew(state: &mut JobState, now: Timestamp) -> Option<Timestamp> {
    if state.worker.is_some() || state.edition.is_none() {
        return None;
    }
    let at = now.max(state.edition.at + Span::from_millis(1));
    state.edition = Edition { number: state.edition.number + 1, at };
    Some(at)
}

/// Begins the next edition of a record that was just saved; the first one with the first text of placement `all`.
pub(super) fn begin(state: &mut JobState, new: Spec<'_>, now: Timestamp) {
    let own = new.worker.is_none();
    if own && state.edition.is_none() && new.job().placement.mode == PlacementMode::All {
        state.edition = Edition { number: 1, at: now };
    } else {
        renew(state, now);
    }
}

fn order(state: &mut JobState, what: Ordered) {
    let (edition, uid) = (state.edition.number, state.uid.clone());
    state.orders.push(Order { edition, uid, what });
}

/// Has all runs of all workers' records stopped. A later kill stands for the ones before it: only what was asked for in
/// between must be kept apart.
pub(super) fn kill_everywhere(state: &mut JobState, now: Timestamp, by: &str) {
    if renew(state, now).is_none() {
        return;
    }
    let uid = state.uid.clone();
    state.orders.retain(|order| !(order.uid == uid && matches!(order.what, Ordered::Kill { .. })));
    order(state, Ordered::Kill { by: by.to_owned() });
}

/// Ends all workers' records, of a job that is deleted.
pub(super) fn end_everywhere(state: &mut JobState, now: Timestamp, by: &str, kill: bool) {
    if kill {
        kill_everywhere(state, now, by);
    }
    if renew(state, now).is_some() {
        order(state, Ordered::End);
    }
}

/// Returns the job's own record with a run-now for `workers`; each must have joined.
///
/// # Errors
/// [`Refused::OtherSpec`], [`Refused::Deleted`] and [`Refused::TooManyRequests`].
pub fn run_everywhere(
    state: &JobState,
    spec: Spec<'_>,
    now: Timestamp,
    request: RunNow,
    workers: &[WorkerId],
) -> Result<RunEverywhereStep, Refused> {
    check(state, spec)?;
    if let Some(known) = runs_of_key(state, &request.key) {
        return Ok(RunEverywhereStep::Known(known));
    }
    let asked: usize = state.orders.iter().map(|order| runs_asked(order).count()).sum();
    let orders = state.orders.iter().filter(|order| matches!(order.what, Ordered::Run { .. })).count();
    if orders >= REQUESTS_MAX || orders > 0 && asked + workers.len() > ORDERED_RUNS_MAX {
        return Err(Refused::TooManyRequests);
    }
    let mut next = state.clone();
    renew(&mut next, now);
    let request = Request {
        key: request.key,
        by: request.by,
        at: now,
        until: now + spec.job().start_deadline,
        overrides: Box::new(request.overrides),
        ended: None,
    };
    let runs = runs_on(&next, &request.cause(), workers);
    remember(&mut next, &request.key, &runs);
    order(&mut next, Ordered::Run { request, workers: workers.to_vec() });
    Ok(RunEverywhereStep::Added(Box::new(next), runs))
}

fn runs_on(state: &JobState, cause: &Cause, workers: &[WorkerId]) -> Vec<WorkerRun> {
    let run =
        |worker: &WorkerId| WorkerRun { worker: worker.clone(), run: cause.run(&state.uid, 1, Some(worker)) };
    workers.iter().map(run).collect()
}

/// Returns the workers that an order asks for a run.
fn runs_asked(order: &Order) -> impl Iterator<Item = &WorkerId> {
    let workers = match &order.what {
        Ordered::Run { workers, .. } => workers.as_slice(),
        Ordered::Kill { .. } | Ordered::End => &[],
    };
    workers.iter()
}

fn runs_of_key(state: &JobState, wanted: &str) -> Option<Vec<WorkerRun>> {
    if let Some(used) = state.last_keys.iter().find(|used| used.key == wanted) {
        return Some(used.runs.clone());
    }
    let ordered = state.orders.iter().find_map(|order| match &order.what {
        Ordered::Run { request, workers } if order.uid == state.uid && request.key == wanted => {
            Some(runs_on(state, &request.cause(), workers))
        }
        _ => None,
    });
    // Before the job had this placement, a run of this key was of no worker's record.
    ordered.or_else(|| run_of_key(state, wanted).map(|_| Vec::new()))
}

fn remember(state: &mut JobState, key: &str, runs: &[WorkerRun]) {
    let Some(first) = runs.first() else { return };
    state.last_keys.push_back(UsedKey { key: key.to_owned(), run: first.run.clone(), runs: runs.to_vec() });
    let remembered = |state: &JobState| state.last_keys.iter().map(|used| used.runs.len()).sum::<usize>();
    while state.last_keys.len() > KEYS_MAX
        || state.last_keys.len() > 1 && remembered(state) > ORDERED_RUNS_MAX
    {
        state.last_keys.pop_front();
    }
}

/// Returns what becomes of a job's own record by what workers' records have followed; `records` are all that there are.
/// An order that all have taken goes. A run asked of a worker that has no record any more ends as missed, below whatever
/// that worker may yet tell of it.
pub fn fanned_out<'a>(
    head: &JobState,
    records: impl Iterator<Item = &'a JobState>,
    now: Timestamp,
) -> FollowStep {
    if head.orders.is_empty() {
        return FollowStep::InStep;
    }
    let records: Vec<&JobState> = records.filter(|record| record.worker.is_some()).collect();
    let taken = records.iter().map(|record| record.edition.number).min().unwrap_or(u64::MAX);
    let mut next = head.clone();
    for mut order in std::mem::take(&mut next.orders) {
        if order.edition > taken || !tell_of_strays(&mut next, &mut order, &records, now) {
            next.orders.push(order);
        }
    }
    match unless_gone(next) {
        None => FollowStep::Goes,
        Some(next) if next == *head => FollowStep::InStep,
        Some(next) => FollowStep::Becomes(Box::new(next)),
    }
}

/// Tells of runs that nobody is there for any more; false while there is no room for all of them.
fn tell_of_strays(state: &mut JobState, order: &mut Order, records: &[&JobState], now: Timestamp) -> bool {
    let Order { uid, what: Ordered::Run { request, workers }, .. } = order else { return true };
    let cause = request.cause();
    let is_there = |worker: &WorkerId| records.iter().any(|record| record.worker.as_ref() == Some(worker));
    while let Some(index) = workers.iter().position(|worker| !is_there(worker)) {
        if !has_room_for_run(state) {
            return false;
        }
        let worker = workers.remove(index);
        let end = Unstarted { uid, spec_id: state.spec_id, cause: &cause, attempt: 1, worker: Some(&worker) }
            .ended(Settled::Missed { why: MissReason::WorkerAway }, now);
        // It may have taken it and left since: then its own word stands above this one.
        add_run(state, end.above(Fence(0)));
    }
    true
}
