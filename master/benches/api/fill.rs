//! Fills stores through their ports, many at a time: jobs as a master saves them, records as workers write them.

use futures::{StreamExt as _, stream};
use model::id::{Fence, JobUid, RunId, SpecId};
use model::job::{Job, SavedJob};
use model::outcome::{End, Outcome};
use model::ports::{Batch, Clock as _, Facts, Intent, JobWrite, StateKey, Swap};
use model::run::{RunRecord, RunStatus, Trigger};
use model::state::JobState;
use model::testing::mix;
use model::time::{Span, Timestamp};
use model::workload::Kind;
use serde_json::json;
use stores::SystemClock;

use crate::Size;

/// Batches under way at one time.
const AT_ONCE: usize = 8;
/// Records in one batch.
const RECORDS: usize = 500;
/// Over how long the runs lie.
const OVER: Span = Span::from_days(30);
/// How many workers ran them.
const WORKERS: usize = 8;

/// Returns the name of the `n`th job.
pub(crate) fn name(n: usize) -> String {
    format!("job-{n:06}")
}

fn uid(n: usize) -> JobUid {
    format!("{n:032x}").parse().expect("32 digits")
}

/// Saves jobs with fresh states.
pub(crate) async fn jobs(intent: &dyn Intent, count: usize) {
    let all: Vec<usize> = (0..count).collect();
    let commits = all.chunks(Batch::SWAPS_MAX).map(|pack| {
        let swaps = pack.iter().map(|n| saved(*n)).collect();
        intent.commit(Batch { guard: model::ports::Guard::None, swaps })
    });
    let mut done = stream::iter(commits).buffer_unordered(AT_ONCE);
    while let Some(committed) = done.next().await {
        committed.expect("a new store takes jobs");
    }
}

fn saved(n: usize) -> Swap {
    let now = SystemClock.now();
    let (schedule, timezone) = mix::schedule(n);
    let text = json!({
        "name": name(n), "description": format!("what team {} has done", n % 50), "schedule": schedule,
        "timezone": timezone, "labels": { "team": format!("team-{}", n % 50), "tier": n % 3 },
        "shell": { "script": "set -e\ncd /srv/data\n./report --all > report.txt\n", "env": { "LANG": "C.UTF-8" } },
    });
    let job = Job::parse(&stringly(text)).unwrap_or_else(|faults| panic!("{faults}"));
    let key = StateKey::job(job.name.clone());
    let saved = SavedJob {
        version: SavedJob::VERSION,
        uid: uid(n),
        spec_id: SpecId::FIRST,
        author: "bench".into(),
        reason: String::new(),
        saved_at: now,
        anchor: now,
        job,
    };
    let state = Some(JobState::new(uid(n), SpecId::FIRST, None, now));
    Swap { key, expect: None, head: None, state, job: JobWrite::Put(Box::new(saved)) }
}

/// Labels are texts.
fn stringly(mut job: serde_json::Value) -> serde_json::Value {
    job["labels"]["tier"] = job["labels"]["tier"].to_string().into();
    job
}

/// Writes records of runs that have ended, over the last days, in turn of all jobs.
pub(crate) async fn runs(facts: &dyn Facts, size: Size) {
    let all: Vec<usize> = (0..size.runs).collect();
    let begin = SystemClock.now() - OVER;
    let step = OVER.as_millis() / size.runs as u64;
    let batches = all.chunks(RECORDS).map(|pack| {
        let records = pack.iter().map(|n| record(*n, size.jobs, begin + Span::from_millis(step * *n as u64)));
        facts.put_runs(records.collect())
    });
    let mut done = stream::iter(batches).buffer_unordered(AT_ONCE);
    while let Some(put) = done.next().await {
        put.expect("a new store takes records");
    }
}

fn record(n: usize, jobs: usize, at: Timestamp) -> RunRecord {
    let job = n % jobs;
    let (status, code) = match n % 100 {
        0..90 => (RunStatus::Succeeded, 0),
        90..97 => (RunStatus::Failed, 1),
        97 | 98 => (RunStatus::TimedOut, 0),
        _ => (RunStatus::Killed, 0),
    };
    let ended_at = at + Span::from_millis(100 + (n * 7_919 % 60_000) as u64);
    let outcome = Outcome::bare(End::Exited { code }, ended_at);
    RunRecord {
        version: RunRecord::VERSION,
        id: RunId::for_tick(&uid(job), at, 1, None),
        job: name(job).parse().expect("the name follows its form"),
        uid: uid(job),
        spec_id: SpecId::FIRST,
        kind: Kind::Shell,
        trigger: if n.is_multiple_of(50) { Trigger::Manual } else { Trigger::Schedule },
        scheduled_at: at,
        attempt: 1,
        requested_by: n.is_multiple_of(50).then(|| "ada".to_owned()),
        status,
        reason: outcome.in_words(),
        worker: Some(format!("worker-{}", n % WORKERS).parse().expect("the name follows its form")),
        fence: Some(Fence(n as u64 + 1)),
        claimed_at: Some(at),
        started_at: Some(at),
        ended_at: Some(ended_at),
        outcome: Some(outcome),
        late_outcome: None,
        settled: None,
        output: None,
        retention: Span::from_days(90),
    }
}
