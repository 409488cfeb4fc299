//! Looks after jobs with placement `all` where no worker does: the leading master has the records of workers that are away
//! follow in their place, and takes out of the jobs' own records what all workers have taken.
//!
//! A change of such a job is whole with its one swap (`model::state::run_everywhere` and its sisters); each worker follows
//! it by itself. So nothing here has to be done in time, and a master that dies leaves nothing half done.
//!
//! Flow: catalogue, registry → **`fan_out`** → `model::state` → swap. Called in each round of `settling`.

use std::collections::{BTreeMap, HashSet};

use model::id::WorkerId;
use model::ports::{Batch, Committed, Guard, JobWrite, StateKey, StoreError, Swap, SwapResult, Versioned};
use model::state::{self, FollowStep, Following, JobState};
use model::time::Timestamp;
use tracing::{debug, info};

use crate::app::App;
use crate::catalogue::Entry;
use crate::leading::Tenure;

/// One round; `live` are the workers that are there.
pub(crate) async fn tend(
    app: &App,
    tenure: &Tenure,
    live: &HashSet<WorkerId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut of_absent: BTreeMap<WorkerId, Vec<Swap>> = BTreeMap::new();
    let mut heads = Vec::new();
    for entry in app.catalogue.all() {
        for (worker, stands) in entry.of_workers().filter(|(worker, _)| !live.contains(worker)) {
            if let Some(swap) = follow(&entry, worker, stands, now) {
                of_absent.entry(worker.clone()).or_default().push(swap);
            }
        }
        heads.extend(taken(&entry, now));
    }
    for (worker, swaps) in of_absent {
        info!(worker.id = %worker, "worker `{worker}` is away: {} of its records follow their jobs", swaps.len());
        send(app, tenure, &Guard::Gone(worker), &swaps).await?;
    }
    send(app, tenure, &Guard::None, &heads).await
}

/// Returns the swap by which the record of a worker that is away follows; none when it is in step.
fn follow(entry: &Entry, worker: &WorkerId, stands: &Versioned<JobState>, now: Timestamp) -> Option<Swap> {
    let head = entry.states.get(None);
    let text = match entry.saved.as_deref() {
        Some(text) => Some(text.spec_for(worker)?),
        None => None,
    };
    let following = Following {
        worker,
        head: head.map(|head| &head.value),
        text,
        before: entry.earlier.as_deref().and_then(|text| text.spec_for(worker)),
        // Its labels are not known: it leaves by itself when it is back, or after a day. One that has left stays so.
        matches: stands.value.deleted.is_none(),
    };
    let state = match state::follow(Some(&stands.value), following, now) {
        Ok(FollowStep::Becomes(next)) => Some(*next),
        Ok(FollowStep::Goes) => None,
        Ok(FollowStep::InStep) => return None,
        Err(why) => {
            debug!(job.name = %entry.name, worker.id = %worker, "a record does not follow yet: {why}");
            return None;
        }
    };
    let key = StateKey { job: entry.name.clone(), worker: Some(worker.clone()) };
    let head = head.map(|head| head.revision);
    Some(Swap { key, expect: Some(stands.revision), head, state, job: JobWrite::Keep })
}

/// Returns the swap that takes out of a job's own record what all have taken.
fn taken(entry: &Entry, now: Timestamp) -> Option<Swap> {
    let head = entry.states.get(None)?;
    let records = entry.of_workers().map(|(_, state)| &state.value);
    let state = match state::fanned_out(&head.value, records, now) {
        FollowStep::InStep => return None,
        FollowStep::Becomes(next) => Some(*next),
        FollowStep::Goes => None,
    };
    let key = StateKey::job(entry.name.clone());
    Some(Swap { key, expect: Some(head.revision), head: None, state, job: JobWrite::Keep })
}

async fn send(app: &App, tenure: &Tenure, guard: &Guard, swaps: &[Swap]) -> Result<(), StoreError> {
    for pack in swaps.chunks(Batch::SWAPS_MAX) {
        if !tenure.holds() {
            return Ok(());
        }
        // Who lost is looked at again in the next round.
        match app.ports.intent.commit(Batch { guard: guard.clone(), swaps: pack.to_vec() }).await? {
            Committed::Done(results) => {
                let lost = results.iter().filter(|result| matches!(result, SwapResult::Lost(_))).count();
                debug!("{lost} of {} records changed meanwhile", results.len());
            }
            Committed::GuardFailed => debug!("the worker is back: its records follow by themselves"),
        }
    }
    Ok(())
}
