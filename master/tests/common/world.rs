//! What a worker does to the stores, by the same rules: so that a master has runs to show.

use model::chunk::{Chunk, Stream};
use model::id::{BootId, JobName, Nonce, RunId, WorkerId};
use model::limits::{Enforceable, LimitName, LimitSupport};
use model::outcome::{End, Outcome};
use model::ports::{Batch, Committed, Guard, JobWrite, Registration, StateKey, Swap, SwapResult};
use model::run::{OutputSummary, RunRecord, RunStatus};
use model::schedule::Schedule;
use model::state::{self, Claimant, CompleteStep, Completion, Spec, Start};
use model::time::Timestamp;
use model::worker::{WorkerIdentity, WorkerStatus};

use super::House;
use model::ports::Clock as _;

/// The worker's name.
pub(crate) const WORKER: &str = "w1";

fn boot() -> BootId {
    "boot-1".parse().unwrap()
}

/// Registers a worker with labels.
pub(crate) async fn register(house: &House, labels: &[(&str, &str)]) -> Registration {
    register_as(house, WORKER, labels, None).await
}

/// Registers a worker under an id; `refuses` is why it starts no script.
pub(crate) async fn register_as(
    house: &House,
    id: &str,
    labels: &[(&str, &str)],
    refuses: Option<&str>,
) -> Registration {
    let now = house.clock.now();
    let held = |limit, held, by: &str| LimitSupport { limit, held, by: by.to_owned() };
    let identity = WorkerIdentity {
        id: id.parse().unwrap(),
        boot: boot(),
        host: "host-1".into(),
        version: "0.1.0".into(),
        zone_data: model::schedule::zone_data_version().into(),
        started_at: now,
    };
    let status = WorkerStatus {
        slots: 4,
        busy: 0,
        labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        clock_ok: true,
        clock_off: None,
        facts_clock: None,
        clock_event: None,
        disk_free_percent: None,
        output: model::worker::OutputWaits::default(),
        draining: false,
        shell: Enforceable {
            limits: vec![
                held(LimitName::Timeout, true, "the supervisor"),
                held(LimitName::Output, true, "the supervisor"),
                held(LimitName::Memory, false, "no memory controller; delegate one to the worker"),
            ],
            kill: "process group only".into(),
            refuses: refuses.map(str::to_owned),
            isolation: None,
            notes: vec!["jobs run as the worker's own user".into()],
            told: None,
        },
        wasm: Enforceable::default(),
        at: now,
    };
    house.ports.registry.register(identity, status).await.unwrap()
}

/// Claims what is due of a job and writes the records of what starts.
pub(crate) async fn claim(house: &House, name: &str) -> Vec<RunRecord> {
    let name: JobName = name.parse().unwrap();
    let worker: WorkerId = WORKER.parse().unwrap();
    let now = house.clock.now();
    let (saved, state) = house.ports.intent.get(&name).await.unwrap();
    let (saved, state) = (saved.unwrap().value, state.unwrap());
    let schedule = Schedule::of(&saved).unwrap();
    let spec = Spec { saved: &saved, ticks: &schedule, worker: None };
    let by = Claimant { worker: worker.clone(), boot: boot(), nonce: Nonce::random(), free_slots: 4 };
    let Some(step) = state::claim(&state.value, spec, now, &by).unwrap() else { return Vec::new() };
    let swap = Swap {
        key: StateKey::job(name.clone()),
        expect: Some(state.revision),
        head: None,
        state: Some(step.state),
        job: JobWrite::Keep,
    };
    let batch = Batch { guard: Guard::None, swaps: vec![swap] };
    let Committed::Done(results) = house.ports.intent.commit(batch).await.unwrap() else {
        panic!("no guard")
    };
    let SwapResult::Swapped(revision) = &results[0] else { panic!("lost: {results:?}") };
    let record = |start: &Start| RunRecord {
        version: RunRecord::VERSION,
        id: start.run.clone(),
        job: name.clone(),
        uid: saved.uid.clone(),
        spec_id: saved.spec_id,
        kind: saved.job.workload.kind(),
        trigger: start.trigger,
        scheduled_at: start.scheduled_at,
        attempt: start.attempt,
        requested_by: start.requested_by.clone(),
        status: RunStatus::Running,
        reason: String::new(),
        worker: Some(worker.clone()),
        fence: Some(model::id::Fence(revision.0)),
        claimed_at: Some(now),
        started_at: Some(now),
        ended_at: None,
        outcome: None,
        late_outcome: None,
        settled: None,
        output: None,
        retention: saved.job.retention,
    };
    let records: Vec<RunRecord> = step.starts.iter().map(record).collect();
    house.ports.facts.put_runs(records.clone()).await.unwrap();
    records
}

/// Delivers a chunk of a run's output.
pub(crate) async fn output(house: &House, run: &RunId, seq: u64, stream: Stream, bytes: &'static [u8]) {
    let at = house.clock.now();
    let chunk = Chunk { run: run.clone(), seq, stream, at, bytes: bytes.into(), gap: None };
    house.ports.facts.append_chunks(vec![chunk]).await.unwrap();
}

/// Ends a run with an exit code, after so many chunks of output.
pub(crate) async fn end(house: &House, run: &RunRecord, code: i32, chunks: u64) {
    let now: Timestamp = house.clock.now();
    let outcome = Outcome::bare(End::Exited { code }, now);
    let status = outcome.status(&[0]);
    let (saved, state) = house.ports.intent.get(&run.job).await.unwrap();
    let saved = saved.map(|saved| saved.value);
    let schedule = saved.as_ref().map(|saved| Schedule::of(saved).unwrap());
    let spec = saved.as_ref().zip(schedule.as_ref()).map(|(saved, schedule)| Spec {
        saved,
        ticks: schedule,
        worker: None,
    });
    let completion = Completion {
        run: run.id.clone(),
        worker: WORKER.parse().unwrap(),
        status,
        for_workers_sake: false,
        ended_at: now,
    };
    let state = state.unwrap();
    let next = match state::complete(&state.value, spec, now, &completion) {
        CompleteStep::Done(next) => next,
        other => panic!("{other:?}"),
    };
    let swap = Swap {
        key: StateKey::job(run.job.clone()),
        expect: Some(state.revision),
        head: None,
        state: next,
        job: JobWrite::Keep,
    };
    house.ports.intent.commit(Batch::one(swap)).await.unwrap();
    let ended = RunRecord {
        status,
        reason: outcome.in_words(),
        ended_at: Some(now),
        outcome: Some(outcome),
        output: Some(OutputSummary { chunks, bytes: 0, dropped: 0, sha256: String::new() }),
        ..run.clone()
    };
    house.ports.facts.put_runs(vec![ended]).await.unwrap();
}
