//! Kills a writing process and opens its folder again: no acknowledged write is lost, and revisions go on.
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

mod child;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use futures::future::join_all;
use model::chunk::{Chunk, Stream};
use model::id::{JobUid, Revision, RunId, SpecId};
use model::ports::{Batch, Committed, Intent, JobWrite, StateKey, Swap, SwapResult};
use model::state::JobState;
use model::time::Timestamp;
use stores::SystemClock;
use stores::sqlite::Sqlite;

use child::{Child, folder_of_this_child};

/// Jobs that are written at the same time.
const JOBS: u64 = 8;
/// Acknowledgements to see before each kill.
const SEEN: usize = 400;

fn open(folder: &Path) -> Sqlite {
    Sqlite::open(folder, Arc::new(SystemClock)).unwrap()
}

fn key(job: u64) -> StateKey {
    StateKey::job(format!("job-{job}").parse().unwrap())
}

fn run(job: u64) -> RunId {
    format!("{job:024x}").parse().unwrap()
}

/// Counts a state up and appends a chunk for ever; says each acknowledged step as `ack JOB REVISION COUNT`, where
/// COUNT stands in the state and numbers the chunk.
async fn write_job(store: &Sqlite, job: u64) {
    let (intent, facts) = (store.intent(), store.facts());
    let uid = JobUid::random();
    let before = intent.state(&key(job)).await.unwrap();
    let mut count = before.as_ref().map_or(0, |state| state.value.resolved.as_seconds() + 1);
    let mut expect = before.map(|state| state.revision);
    loop {
        let at = Timestamp::from_seconds(count);
        let state = JobState::new(uid.clone(), SpecId::FIRST, None, at);
        let chunk = Chunk {
            run: run(job),
            seq: count.unsigned_abs(),
            stream: Stream::Stdout,
            at,
            bytes: format!("{count}\n").into(),
            gap: None,
        };
        facts.append_chunks(vec![chunk]).await.unwrap();
        let revision = swap(&*intent, job, expect, state).await;
        println!("ack {job} {revision} {count}");
        std::io::stdout().flush().unwrap();
        expect = Some(revision);
        count += 1;
    }
}

async fn swap(intent: &dyn Intent, job: u64, expect: Option<Revision>, state: JobState) -> Revision {
    let swap = Swap { key: key(job), expect, head: None, state: Some(state), job: JobWrite::Keep };
    let Committed::Done(results) = intent.commit(Batch::one(swap)).await.unwrap() else { panic!("no guard") };
    match results[0] {
        SwapResult::Swapped(revision) => revision,
        SwapResult::Lost(ref now) => panic!("nobody else writes this job: {now:?}"),
    }
}

#[tokio::test]
async fn killed_writer_loses_no_acknowledged_write() {
    if let Some(folder) = folder_of_this_child() {
        let store = open(&folder);
        join_all((0..JOBS).map(|job| write_job(&store, job))).await;
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let mut last: BTreeMap<u64, (u64, i64)> = BTreeMap::new();
    for round in 0..4 {
        let mut child = Child::start("killed_writer_loses_no_acknowledged_write", temp.path(), None);
        let mut lines = BufReader::new(child.stdout()).lines();
        // What the child printed before it was killed counts too, but for a last line cut in the middle.
        let mut seen = 0;
        while let Some(Ok(line)) = lines.next() {
            let Some(ack) = parse(&line) else { continue };
            seen += 1;
            let before = last.insert(ack.0, (ack.1, ack.2));
            assert!(before.is_none_or(|before| before.0 < ack.1), "revisions rise over restarts: {line}");
            if seen == SEEN {
                child.kill();
            }
        }
        assert!(seen >= SEEN, "round {round}: process {} ended by itself after {seen}", child.id());
        check(temp.path(), &last).await;
    }
}

fn parse(line: &str) -> Option<(u64, u64, i64)> {
    // The test harness prints without a line's end before the first of ours.
    let (_, ack) = line.split_once("ack ")?;
    let mut parts = ack.split(' ');
    let (job, revision, count) = (parts.next()?, parts.next()?, parts.next()?);
    Some((job.parse().ok()?, revision.parse().ok()?, count.parse().ok()?))
}

/// Checks that each job stands where it was last acknowledged, or one unacknowledged step further.
async fn check(folder: &Path, last: &BTreeMap<u64, (u64, i64)>) {
    let store = open(folder);
    assert_eq!(last.len() as u64, JOBS, "each job was acknowledged");
    for (&job, &(revision, count)) in last {
        let state = store.intent().state(&key(job)).await.unwrap().expect("an acknowledged state is there");
        let stands = state.value.resolved.as_seconds();
        assert!((count..=count + 1).contains(&stands), "job {job} stands at {stands}, acknowledged {count}");
        assert!(state.revision.0 >= revision);
        let mut seqs = Vec::new();
        loop {
            let page = store.facts().chunks(&run(job), seqs.len() as u64, 1000).await.unwrap();
            if page.is_empty() {
                break;
            }
            seqs.extend(page.iter().map(|chunk| chunk.seq));
        }
        assert!(seqs.len() as i64 > count, "job {job} has {} chunks, acknowledged {count}", seqs.len());
        assert!(seqs.iter().enumerate().all(|(i, seq)| *seq == i as u64), "no chunk is missing or twice");
    }
}
