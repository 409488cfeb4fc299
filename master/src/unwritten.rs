//! Runs that the facts store does not have yet, as their job's state tells of them: who was given a run's id can read it
//! from the first moment on.

use model::id::RunId;
use model::job::SavedJob;
use model::ports::StateKey;
use model::run::{Beginning, RunRecord, RunStatus, Trigger};
use model::state::{JobState, Ordered, Unrecorded};
use model::time::Timestamp;

use crate::api::PendingWhy;
use crate::app::App;
use crate::catalogue::Entry;
use crate::views::pending;

/// Returns the record of a run that the facts store does not have yet: asked for, owed, just claimed, or ended before
/// it began.
pub(crate) fn run(entry: &Entry, id: &RunId) -> Option<RunRecord> {
    let text = entry.saved.as_ref()?;
    entry.states.values().find_map(|state| {
        let (saved, state) = (&text.saved, &state.value);
        claimed_run(saved, state, id)
            .or_else(|| owed_run(saved, state, id))
            .or_else(|| ended_run(saved, state, id))
            .or_else(|| ordered_run(saved, state, id))
    })
}

/// Returns the key of the state that a run is in: for placement `all` its worker's.
pub(crate) fn key_of(app: &App, run: &RunRecord) -> StateKey {
    let entry = app.catalogue.entry(&run.job);
    let holds = |state: &JobState| {
        state.active.iter().any(|active| active.run == run.id)
            || pending(state).iter().any(|pending| pending.run == run.id)
    };
    let worker = entry.iter().flat_map(|entry| entry.of_workers()).find(|(_, state)| holds(&state.value));
    StateKey { job: run.job.clone(), worker: worker.map(|(worker, _)| worker.clone()) }
}

/// Returns the record of a run that a worker has yet to take from the job's own state.
fn ordered_run(saved: &SavedJob, state: &JobState, id: &RunId) -> Option<RunRecord> {
    state.orders.iter().find_map(|order| {
        let Ordered::Run { request, workers } = &order.what else { return None };
        let cause = request.cause();
        let worker = workers.iter().find(|worker| cause.run(&order.uid, 1, Some(worker)) == *id)?;
        Some(RunRecord {
            requested_by: Some(request.by.clone()),
            worker: Some(worker.clone()),
            ..blank(saved, id, Trigger::Manual, request.at, 1)
        })
    })
}

fn claimed_run(saved: &SavedJob, state: &JobState, id: &RunId) -> Option<RunRecord> {
    let run = state.active.iter().find(|run| run.run == *id)?;
    Some(RunRecord {
        uid: run.uid.clone(),
        spec_id: run.spec_id,
        status: RunStatus::Claimed,
        worker: Some(run.worker.clone()),
        claimed_at: Some(run.since),
        ..blank(saved, id, run.cause.trigger(), run.cause.scheduled_at(), run.attempt)
    })
}

fn owed_run(saved: &SavedJob, state: &JobState, id: &RunId) -> Option<RunRecord> {
    let run = pending(state).into_iter().find(|run| run.run == *id)?;
    let status = match run.why {
        PendingWhy::Retry => RunStatus::Retrying,
        PendingWhy::Requested | PendingWhy::Replacing => RunStatus::Waiting,
    };
    let record = blank(saved, id, run.trigger, run.scheduled_at, run.attempt);
    Some(RunRecord { status, requested_by: run.requested_by, ..record })
}

/// Returns the record of a run whose end waits in the state for the recorder.
fn ended_run(saved: &SavedJob, state: &JobState, id: &RunId) -> Option<RunRecord> {
    state.unrecorded.iter().find_map(|end| match end {
        Unrecorded::Run {
            run, uid, spec_id, cause, attempt, worker, status, reason, settled, at, ..
        } if run == id => Some(RunRecord {
            uid: uid.clone(),
            spec_id: *spec_id,
            status: *status,
            reason: reason.clone(),
            settled: settled.clone(),
            worker: worker.clone(),
            ended_at: Some(*at),
            ..blank(saved, id, cause.trigger(), cause.scheduled_at(), *attempt)
        }),
        _ => None,
    })
}

fn blank(saved: &SavedJob, id: &RunId, trigger: Trigger, at: Timestamp, attempt: u32) -> RunRecord {
    RunRecord::begin(Beginning {
        id: id.clone(),
        job: saved.job.name.clone(),
        uid: saved.uid.clone(),
        spec_id: saved.spec_id,
        kind: saved.job.workload.kind(),
        trigger,
        scheduled_at: at,
        attempt,
        retention: saved.job.retention,
    })
}
