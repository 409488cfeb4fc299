//! What an earlier process of this worker left behind, found before anything is claimed.
//!
//! Runs that go on, or ended unseen, come back from the executors; ends that were known and not told come from the
//! worker's own notes. What the store says is ours beyond that is settled by the `scheduler`.

use std::collections::HashSet;
use std::io;

use model::limits::default_grace;
use model::outcome::Outcome;
use model::ports::{Adopted, RunRef, Running, StateKey, StoreError, Versioned};
use model::run::{Beginning, RunRecord, RunStatus};
use model::state::{Active, JobState};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{error, info, warn};

use crate::backoff::Backoff;
use crate::options::{Options, Ports};
use crate::runner::{Note, Notes};
use crate::service::Error;

/// What was found.
pub(crate) struct Found {
    pub(crate) notes: Notes,
    /// True when the folder of runs is new: nothing is known of earlier ones.
    pub(crate) folder_is_new: bool,
    /// Runs that go on, or whose end their executor knows.
    pub(crate) adopted: Vec<(Note, Box<dyn Running>)>,
    /// Runs that ended without a folder.
    pub(crate) concluded: Vec<(Note, Outcome)>,
}

/// Finds what an earlier process left behind.
///
/// # Errors
/// When the folder of runs, or what stands in it, cannot be read.
pub(crate) async fn find(options: &Options, ports: &Ports) -> Result<Found, Error> {
    let (runs_dir, id) = (options.runs_dir.clone(), options.id.clone());
    let folder = || options.runs_dir.display().to_string();
    let unreadable = |source| Error::Folder { folder: folder(), source };
    let (notes, folder_is_new) = blocking(move || Notes::open(&runs_dir, &id)).await.map_err(unreadable)?;
    let mut found = Found { notes, folder_is_new, adopted: Vec::new(), concluded: Vec::new() };
    let mut seen = HashSet::new();
    for executor in [&ports.shell, &ports.wasm] {
        let adopted = persist(ports, "take over runs", || executor.adopt()).await;
        let adopted = adopted.map_err(|source| Error::Adopt { folder: folder(), source })?;
        for Adopted { run, running } in adopted {
            seen.insert(run.id.clone());
            let (notes, id) = (found.notes.clone(), run.id.clone());
            let kept = blocking(move || Ok(notes.read(&id))).await.map_err(unreadable)?;
            let note = match kept {
                Some(note) => Some(note),
                None => rebuilt(ports, &run).await,
            };
            match note {
                Some(note) => found.adopted.push((note, running)),
                None => error!(
                    run.id = %run.id,
                    "run {} of job `{}` cannot be told of: neither a note nor the stores know it\n\
                     hint: its output stays in `{}`; remove the folder once you have read it",
                    run.id, run.job, folder()
                ),
            }
        }
    }
    let notes = found.notes.clone();
    let left = blocking(move || leftover_notes(&notes, &seen)).await.map_err(unreadable)?;
    found.concluded = left;
    let (adopted, concluded) = (found.adopted.len(), found.concluded.len());
    if adopted + concluded > 0 {
        info!(adopted, concluded, "took over {adopted} runs, and {concluded} ends, of an earlier process");
    }
    Ok(found)
}

/// Returns the ends that only a note tells, and removes notes of runs that never began.
fn leftover_notes(notes: &Notes, seen: &HashSet<model::id::RunId>) -> io::Result<Vec<(Note, Outcome)>> {
    let mut ends = Vec::new();
    for run in notes.runs()? {
        if seen.contains(&run) {
            continue;
        }
        match notes.read(&run).and_then(|note| note.outcome.clone().map(|outcome| (note, outcome))) {
            Some(end) => ends.push(end),
            None => notes.remove(&run)?,
        }
    }
    Ok(ends)
}

/// Puts together from the stores what the lost note of a run said.
async fn rebuilt(ports: &Ports, run: &RunRef) -> Option<Note> {
    warn!(run.id = %run.id, "the note of run {} is lost: reading what the stores know of it", run.id);
    let known = persist(ports, "read a run record", || ports.facts.run(&run.id)).await;
    let saved = persist(ports, "read a job", || ports.intent.get(&run.job)).await;
    let (job, state) = saved.ok()?;
    let ours = StateKey { job: run.job.clone(), worker: Some(run.worker.clone()) };
    let ours = persist(ports, "read our state of a job", || ports.intent.state(&ours)).await.ok()?;
    // For placement `all` it is in our own state, else in the job's.
    let find = |state: Versioned<JobState>| {
        let worker = state.value.worker.clone();
        let active = state.value.active.into_iter().find(|active| active.run == run.id)?;
        Some((worker, active))
    };
    let (state_of, active) = state.and_then(find).or_else(|| ours.and_then(find)).unzip();
    let state_of = state_of.flatten();
    let record = match (known.ok()?, &active, &job) {
        (Some(record), ..) => record,
        (None, Some(active), Some(job)) => record_of(run, active, &job.value.job),
        _ => return None,
    };
    let job = job.filter(|job| job.value.uid == record.uid).map(|job| job.value.job);
    Some(Note {
        version: Note::VERSION,
        record: RunRecord { status: RunStatus::Claimed, fence: Some(run.fence), ..record },
        state_of,
        success_codes: job.as_ref().map_or_else(|| vec![0], |job| job.success_codes.clone()),
        when_cut_off: active.map(|active| active.when_cut_off).unwrap_or_default(),
        grace: job.map_or_else(default_grace, |job| job.limits.grace),
        outcome: None,
    })
}

fn record_of(run: &RunRef, active: &Active, job: &model::job::Job) -> RunRecord {
    let requested_by = match &active.cause {
        model::state::Cause::Request { by, .. } => Some(by.clone()),
        model::state::Cause::Tick { .. } => None,
    };
    let beginning = Beginning {
        id: run.id.clone(),
        job: run.job.clone(),
        uid: active.uid.clone(),
        spec_id: active.spec_id,
        kind: job.workload.kind(),
        trigger: active.cause.trigger(),
        scheduled_at: active.cause.scheduled_at(),
        attempt: active.attempt,
        retention: job.retention,
    };
    RunRecord {
        requested_by,
        status: RunStatus::Claimed,
        worker: Some(active.worker.clone()),
        fence: Some(run.fence),
        claimed_at: Some(active.since),
        ..RunRecord::begin(beginning)
    }
}

/// Asks a store until it answers; only what will not succeed by trying again is an error.
async fn persist<T, F: Future<Output = Result<T, StoreError>> + Send>(
    ports: &Ports,
    what: &str,
    call: impl Fn() -> F + Send,
) -> Result<T, StoreError> {
    let mut backoff = Backoff::default();
    loop {
        match call().await {
            Err(e @ (StoreError::Unavailable(_) | StoreError::Ambiguous(_))) => {
                warn!("failed to {what}, trying again: {e}");
                sleep(backoff.failed(ports.clock.boot_time()).to_std()).await;
            }
            answer => return answer,
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other).flatten()
}
