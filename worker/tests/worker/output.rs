//! Output on its way: a store that refuses a piece, too much that waits, a real MongoDB that dies under load.
//!
//! Not here: what writes the segments (`sandbox`); these are written by puppets.

use std::fs::{File, TryLockError};
use std::sync::Arc;

use model::chunk::{Gap, NotKept};
use model::id::RunId;
use model::quantity::ByteSize;
use model::run::{Overrides, RunStatus};
use model::run_folder::RunFolder;
use serde_json::json;
use stores::SystemClock;
use stores::testing::MongoServer;
use worker::WhenFull;

use crate::support::{Fault, World, until};

/// Goal: one chunk that the store refuses for good is lost, counted and told, and nothing waits for it.
/// Mutations: without halving the whole batch is lost; without `Refused` it is sent for ever and no run ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_mongodb_refuses_for_good_costs_that_chunk() {
    let server = MongoServer::start().await;
    let store = server.connect("master", Arc::new(SystemClock)).await;
    server.refuse_chunks(3).await;
    let world = World::with_facts(store.facts());
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    let script: Vec<_> = (0..7).map(|n| format!("say line {n}")).collect();
    // The number is refused for the gap as well, so that the place itself stays empty: two runs without it go on.
    world.save("short", "say one\nsay two", json!({})).await;
    world.save("long", &script.join("\n"), json!({})).await;
    let short = world.run_now("short", "key", Overrides::default()).await;
    let long = world.run_now("long", "key", Overrides::default()).await;
    assert_eq!(world.end_of(&long).await.status, RunStatus::Succeeded);
    world.end_of(&short).await;
    assert_eq!(world.output(&short).await, b"one\ntwo\n");
    let kept = store.facts().chunks(&long, 0, 100).await.unwrap();
    assert_eq!(kept.iter().map(|chunk| chunk.seq).collect::<Vec<_>>(), [0, 1, 2, 4, 5, 6]);
}

/// Goal: where the store takes the count, it stands in the chunk's place. Mutation: without `in_place_of` it is a hole.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_counted_in_its_place() {
    let world = World::new();
    let puppets = world.puppets("w1");
    world.facts.refuse_bytes(b"poison\n");
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say one\nsay poison\nsay three", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    world.end_of(&run).await;
    let chunks = world.chunks(&run).await;
    assert_eq!(chunks[1].gap, Some(Gap { bytes: 7, lines: 1, why: NotKept::Store }));
    assert_eq!(world.output(&run).await, b"one\nthree\n");
}

/// Returns what a writer of the run's segment hears of its reader.
fn heard(world: &World, run: &RunId) -> Option<WhenFull> {
    let file = File::open(RunFolder::new(&world.runs_dir("w1"), run).output()).ok()?;
    match (file.try_lock(), file.try_lock_shared()) {
        (Err(TryLockError::WouldBlock), Err(TryLockError::WouldBlock)) => Some(WhenFull::Truncate),
        (Err(TryLockError::WouldBlock), Ok(())) => Some(WhenFull::Block),
        _ => None,
    }
}

/// Goal: while too much waits its writer is held back, and let go when the store has it; other runs are not.
/// Mutations: a quota that is not weighed without room in the batch; a brake that is never let go.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_output_waits_beyond_its_quota_is_held_back_until_it_is_shipped() {
    for when_full in [WhenFull::Block, WhenFull::Truncate] {
        let world = World::new();
        let puppets = world.puppets("w1");
        let mut options = world.options("w1");
        options.pipeline.batch_bytes_max = ByteSize::from_kib(16);
        options.pipeline.quota_per_run = ByteSize::from_kib(40);
        options.pipeline.when_full = when_full;
        let _worker = world.start(options, &puppets);
        world.facts.fail(Fault::Away);
        let line = "x".repeat(9_000);
        let script = format!("{}hang", format!("say {line}\n").repeat(12));
        world.save("much", &script, json!({})).await;
        world.save("little", "say hi\nhang", json!({})).await;
        let much = world.run_now("much", "key", Overrides::default()).await;
        let little = world.run_now("little", "key", Overrides::default()).await;
        until("the writer to be held", async || (heard(&world, &much) == Some(when_full)).then_some(()))
            .await;
        assert_eq!(heard(&world, &little), None);
        let waits = async || {
            let workers = world.sqlite.registry().workers().await.unwrap();
            workers.first().map(|worker| worker.status.output)
        };
        until("its status to say so", async || {
            waits().await.filter(|waits| waits.held_runs == 1 && waits.waiting_bytes >= 40 << 10)
        })
        .await;
        world.facts.fail(Fault::None);
        until("the writer to be let go", async || heard(&world, &much).is_none().then_some(())).await;
        until("all of it to be shipped", async || (world.chunks(&much).await.len() == 12).then_some(()))
            .await;
        until("its status to say so", async || waits().await.filter(|waits| waits.held_runs == 0)).await;
    }
}

/// Goal: MongoDB is killed under load, the worker too; nothing is lost and nothing comes twice.
/// Mutations: a cursor that is written before the answer loses; a batch that is dropped when it fails loses.
#[tokio::test(flavor = "multi_thread")]
async fn output_outlives_a_mongodb_that_is_killed_and_a_worker_that_is_killed_meanwhile() {
    let mut server = MongoServer::start().await;
    let store = server.connect("master", Arc::new(SystemClock)).await;
    let world = World::with_facts(store.facts());
    let puppets = world.puppets("w1");
    let worker = world.start(world.options("w1"), &puppets);
    let script: Vec<_> = (0..60).map(|n| format!("say line {n} {}\nsleep 40", "x".repeat(n * 50))).collect();
    let expected: String = (0..60).map(|n| format!("line {n} {}\n", "x".repeat(n * 50))).collect();
    world.save("job", &script.join("\n"), json!({ "overlap": "allow" })).await;
    let mut runs = Vec::new();
    for n in 0..6 {
        runs.push(world.run_now("job", &format!("key-{n}"), Overrides::default()).await);
    }
    until("the first output", async || (!world.chunks(&runs[0]).await.is_empty()).then_some(())).await;
    server.kill();
    worker.crash().await;
    let _worker = world.start(world.options("w1"), &puppets);
    until("all to have ended", async || world.state("job").await.active.is_empty().then_some(())).await;
    server.restart().await;
    for run in &runs {
        let record = world.end_of(run).await;
        assert_eq!(record.status, RunStatus::Succeeded);
        let output = world.output(run).await;
        assert_eq!(output, expected.as_bytes());
        let summary = record.output.unwrap();
        assert_eq!(summary.chunks, 60);
        assert_eq!(format!("sha256:{}", summary.sha256), model::id::Digest::of(&output).as_str());
    }
}
