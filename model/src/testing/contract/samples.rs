//! Jobs, states, runs and workers as the suites need them, with names that nobody else has.

use bytes::Bytes;
use serde_json::json;

use crate::chunk::{Chunk, Gap, NotKept, Stream};
use crate::id::{BootId, Fence, JobName, JobUid, Nonce, RunId, SpecId, WorkerId};
use crate::job::{Job, SavedJob};
use crate::limits::Enforceable;
use crate::outcome::{End, Outcome};
use crate::ports::{Batch, Committed, Intent, JobWrite, StateKey, Swap, SwapResult};
use crate::quantity::ByteSize;
use crate::run::{RunRecord, RunStatus, Trigger};
use crate::state::JobState;
use crate::time::{Span, Timestamp};
use crate::worker::{OutputWaits, WorkerIdentity, WorkerStatus};
use crate::workload::Kind;

/// An instant that all samples count from: 2026-01-01.
pub(super) const START: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// Returns the instant `seconds` after [`START`].
pub(super) fn at(seconds: u64) -> Timestamp {
    START + Span::from_seconds(seconds)
}

/// Returns a job's name that is used once.
pub(super) fn new_name() -> JobName {
    format!("contract-{}", Nonce::random()).parse().expect("the name follows its form")
}

/// Returns a worker's id that is used once.
pub(super) fn new_worker() -> WorkerId {
    format!("contract-{}", Nonce::random()).parse().expect("the id follows its form")
}

/// Returns a state in which nothing has happened, resolved up to `seconds` after [`START`].
pub(super) fn state(uid: &JobUid, seconds: u64) -> JobState {
    JobState::new(uid.clone(), SpecId::FIRST, None, at(seconds))
}

/// Returns a job as it is saved first.
pub(super) fn saved(name: &JobName, uid: &JobUid) -> SavedJob {
    let job = json!({
        "name": name, "schedule": "*/5 * * * *", "labels": { "kind": "contract" },
        "shell": { "script": "echo \"ü\" 'quoted'\n", "env": { "SECRET": "kept as it is" } },
    });
    let job: Job = serde_json::from_value(job).expect("the sample is a job");
    SavedJob {
        version: SavedJob::VERSION,
        uid: uid.clone(),
        spec_id: SpecId::FIRST,
        author: "contract".into(),
        reason: String::new(),
        saved_at: START,
        anchor: START,
        job,
    }
}

/// Returns a swap of a state alone.
pub(super) fn swap(key: &StateKey, expect: Option<crate::id::Revision>, state: Option<JobState>) -> Swap {
    Swap { key: key.clone(), expect, head: None, state, job: JobWrite::Keep }
}

/// Commits one swap without a guard and returns how it went.
pub(super) async fn commit_one(intent: &dyn Intent, swap: Swap) -> SwapResult {
    match intent.commit(Batch::one(swap)).await.expect("the commit is answered") {
        Committed::Done(mut results) if results.len() == 1 => results.remove(0),
        other => panic!("a batch of one swap was answered with {other:?}"),
    }
}

/// Commits one swap that must win, and returns its revision.
pub(super) async fn must_swap(intent: &dyn Intent, swap: Swap) -> crate::id::Revision {
    match commit_one(intent, swap).await {
        SwapResult::Swapped(revision) => revision,
        SwapResult::Lost(now) => panic!("a swap of the revision just read was lost to {now:?}"),
    }
}

/// Returns who a worker is.
pub(super) fn identity(id: &WorkerId) -> WorkerIdentity {
    WorkerIdentity {
        id: id.clone(),
        boot: "2f0c4a1e-9a77-4b1e-8f0e-0c1d2e3f4a5b".parse::<BootId>().expect("a boot id"),
        host: "contract".into(),
        version: "0.0.0".into(),
        zone_data: "2026a".into(),
        started_at: START,
    }
}

/// Returns how a worker is that holds `busy` runs.
pub(super) fn status(busy: u32) -> WorkerStatus {
    WorkerStatus {
        slots: 8,
        busy,
        labels: [("role".to_owned(), "db".to_owned())].into(),
        clock_ok: true,
        clock_off: None,
        facts_clock: None,
        clock_event: None,
        disk_free_percent: None,
        output: OutputWaits::default(),
        draining: false,
        shell: Enforceable::default(),
        wasm: Enforceable::default(),
        at: START,
    }
}

/// Returns the record of a run of `job`, scheduled `seconds` after [`START`], claimed at revision 7.
pub(super) fn run(job: &JobName, uid: &JobUid, seconds: u64) -> RunRecord {
    RunRecord {
        version: RunRecord::VERSION,
        id: RunId::for_tick(uid, at(seconds), 1, None),
        job: job.clone(),
        uid: uid.clone(),
        spec_id: SpecId::FIRST,
        kind: Kind::Shell,
        trigger: Trigger::Schedule,
        scheduled_at: at(seconds),
        attempt: 1,
        requested_by: None,
        status: RunStatus::Claimed,
        reason: String::new(),
        worker: None,
        fence: Some(Fence(7)),
        claimed_at: Some(at(seconds)),
        started_at: None,
        ended_at: None,
        outcome: None,
        late_outcome: None,
        settled: None,
        output: None,
        retention: Span::from_days(30),
    }
}

/// Returns `run` as it ended with `status`, a second after it was due.
pub(super) fn ended(run: &RunRecord, status: RunStatus) -> RunRecord {
    let ended_at = Some(run.scheduled_at + Span::from_seconds(1));
    RunRecord { status, ended_at, started_at: Some(run.scheduled_at), ..run.clone() }
}

/// Returns an outcome of exit code `code`.
pub(super) fn outcome(code: i32) -> Outcome {
    Outcome::bare(End::Exited { code }, at(60))
}

/// Returns a chunk of output, not all of it UTF-8; each seventh stands for output that was not kept.
pub(super) fn chunk(run: &RunId, seq: u64) -> Chunk {
    let stream = if seq.is_multiple_of(2) { Stream::Stdout } else { Stream::Stderr };
    if seq % 7 == 3 {
        let gap = Gap { bytes: u64::MAX - seq, lines: seq, why: NotKept::Limit(ByteSize::from_mib(seq)) };
        return Chunk { run: run.clone(), seq, stream, at: at(seq), bytes: Bytes::new(), gap: Some(gap) };
    }
    let mut bytes = format!("line {seq} of {run}\n").into_bytes();
    bytes.extend([0, 0xff, 0xfe]);
    Chunk { run: run.clone(), seq, stream, at: at(seq), bytes: Bytes::from(bytes), gap: None }
}
