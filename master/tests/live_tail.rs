//! The live tail on a real MongoDB: many viewers of one run, a server that is killed, one that has no change stream.
//!
//! Not here: what a tail shows (`runs.rs`).
#![expect(clippy::unwrap_used, reason = "test support: a failure is a failed test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::House;
use common::facts::OnClock;
use common::mode::Mode;
use common::tail::Tail;
use master::{Options, Ports};
use model::chunk::{Chunk, Stream};
use model::id::{Digest, JobUid, RunId, SpecId};
use model::ports::{Clock as _, Facts};
use model::run::{Beginning, OutputSummary, RunRecord, RunStatus, Trigger};
use model::time::{Span, Timestamp};
use model::workload::Kind;
use serde_json::json;
use stores::SystemClock;
use stores::testing::MongoServer;

/// What is waited for at most for something that comes by itself.
const DEADLINE: Duration = Duration::from_secs(90);

/// A master whose facts are on a MongoDB, with one run under way.
struct Scene {
    server: MongoServer,
    house: House,
    facts: Arc<dyn Facts>,
    watches: Arc<AtomicUsize>,
    run: RunRecord,
}

impl Scene {
    async fn on(server: MongoServer) -> Self {
        let facts = server.connect("master", Arc::new(SystemClock)).await.facts();
        let watches = Arc::new(AtomicUsize::new(0));
        let options = Options { leading: false, ..Options::default() };
        let house = House::on(Mode::Standalone, options, |ports| {
            let (inner, clock) = (Arc::clone(&facts), Arc::clone(&ports.clock));
            Ports { facts: Arc::new(OnClock { inner, clock, watches: Arc::clone(&watches) }), ..ports }
        })
        .await;
        let run = running(house.clock.now());
        facts.put_runs(vec![run.clone()]).await.unwrap();
        Self { server, house, facts, watches, run }
    }

    async fn viewers<const N: usize>(&self) -> [Tail; N] {
        let path = format!("/api/v1/runs/{}/output/stream", self.run.id);
        let mut viewers = Vec::new();
        for _ in 0..N {
            viewers.push(Tail::open(&self.house, &path, &[]).await);
        }
        viewers.try_into().unwrap_or_else(|_| unreachable!("as many as asked for"))
    }

    /// Delivers chunk `seq` as a worker does: again until it is acknowledged.
    async fn deliver(&self, seq: u64) {
        let chunk = self.chunk(seq);
        let deadline = Instant::now() + DEADLINE;
        while let Err(error) = self.facts.append_chunks(vec![chunk.clone()]).await {
            assert!(Instant::now() < deadline, "not acknowledged: {error}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn chunk(&self, seq: u64) -> Chunk {
        let (run, at) = (self.run.id.clone(), self.house.clock.now());
        Chunk { run, seq, stream: Stream::Stdout, at, bytes: format!("{seq}\n").into(), gap: None }
    }

    async fn end(&self, chunks: u64) {
        let all: String = (0..chunks).map(|seq| format!("{seq}\n")).collect();
        let sha256 = Digest::of(all.as_bytes()).as_str().trim_start_matches("sha256:").to_owned();
        let ended = RunRecord {
            status: RunStatus::Succeeded,
            ended_at: Some(self.house.clock.now()),
            output: Some(OutputSummary { chunks, bytes: all.len() as u64, dropped: 0, sha256 }),
            ..self.run.clone()
        };
        self.facts.put_runs(vec![ended]).await.unwrap();
    }
}

fn running(now: Timestamp) -> RunRecord {
    let uid = JobUid::random();
    let beginning = Beginning {
        id: RunId::for_tick(&uid, now, 1, None),
        job: "a".parse().unwrap(),
        uid,
        spec_id: SpecId::FIRST,
        kind: Kind::Shell,
        trigger: Trigger::Schedule,
        scheduled_at: now,
        attempt: 1,
        retention: Span::from_days(30),
    };
    RunRecord { status: RunStatus::Running, ..RunRecord::begin(beginning) }
}

/// Expects the chunks `from..to` and nothing else.
async fn expect(viewer: &mut Tail, from: u64, to: u64) {
    for seq in from..to {
        let event = viewer.next().await.expect("the stream goes on");
        assert!(event.starts_with("event: chunk"), "{event}");
        assert!(event.contains(&format!("\"seq\":{seq},")), "chunk {seq} is next: {event}");
    }
}

/// Goal: nothing lost, nothing doubled when the server dies under those who look, and one watch for all of them.
/// Mutations: a tail that goes on at `seq` instead of `seq + 1` doubles; a watcher that ends with its stream, or a
/// `follow` per listener, fails the count of watches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_of_a_server_that_is_killed_see_every_chunk_once() {
    let mut scene = Scene::on(MongoServer::start().await).await;
    let mut viewers = scene.viewers::<3>().await;
    for seq in 0..20 {
        scene.deliver(seq).await;
    }
    for viewer in &mut viewers {
        expect(viewer, 0, 20).await;
    }
    scene.server.kill();
    scene.server.restart().await;
    for seq in 20..40 {
        scene.deliver(seq).await;
    }
    scene.end(40).await;
    for viewer in &mut viewers {
        expect(viewer, 20, 40).await;
        assert!(viewer.next().await.unwrap().starts_with("event: end"));
        assert_eq!(viewer.next().await, None);
    }
    assert_eq!(scene.watches.load(Ordering::SeqCst), 1, "one watch for all who look");
}

/// Goal: without change streams the tail lives by asking, also over the death of the server. That the hints come is
/// tested beside the store; without them the tail would ask by its own, slower period.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_of_a_server_that_is_no_replica_set_see_every_chunk_once() {
    let mut scene = Scene::on(MongoServer::start_standalone().await).await;
    let mut viewers = scene.viewers::<2>().await;
    for seq in 0..5 {
        scene.deliver(seq).await;
        for viewer in &mut viewers {
            expect(viewer, seq, seq + 1).await;
        }
    }
    scene.server.kill();
    scene.server.restart().await;
    for seq in 5..10 {
        scene.deliver(seq).await;
    }
    scene.end(10).await;
    for viewer in &mut viewers {
        expect(viewer, 5, 10).await;
        assert!(viewer.next().await.unwrap().starts_with("event: end"));
    }
}

/// Goal: a number that is not there yet is waited for. Mutation: without `unbroken` chunk 1 is never shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_that_becomes_visible_late_is_waited_for() {
    let scene = Scene::on(MongoServer::start().await).await;
    let [mut viewer] = scene.viewers::<1>().await;
    scene.deliver(0).await;
    expect(&mut viewer, 0, 1).await;
    scene.deliver(2).await;
    let path = format!("/api/v1/runs/{}/output?from=1", scene.run.id);
    assert_eq!(scene.house.get(&path).await.expect(200)["next"], 1, "who polls does not pass it by either");
    scene.deliver(1).await;
    expect(&mut viewer, 1, 3).await;
}

/// Mutation: a watch that begins with the master, not with a viewer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_watched_while_nobody_looks() {
    let scene = Scene::on(MongoServer::start().await).await;
    scene.deliver(0).await;
    scene.house.until("/api/v1/jobs", |page| page["total"] == 0).await;
    assert_eq!(scene.watches.load(Ordering::SeqCst), 0);
    let [mut viewer] = scene.viewers::<1>().await;
    scene.deliver(1).await;
    expect(&mut viewer, 0, 2).await;
    scene.deliver(2).await;
    expect(&mut viewer, 2, 3).await;
    assert_eq!(scene.watches.load(Ordering::SeqCst), 1);
}

/// Goal: whoever reads the output is told whether it is all there. Mutations: each arm of `whole::check`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_output_is_held_against_what_its_worker_counted() {
    let scene = Scene::on(MongoServer::start().await).await;
    let path = format!("/api/v1/runs/{}/output/check", scene.run.id);
    for seq in [0, 1, 3] {
        scene.deliver(seq).await;
    }
    assert_eq!(scene.house.get(&path).await.expect(200)["state"], "growing");
    scene.end(6).await;
    let check = scene.house.get(&path).await.expect(200);
    assert_eq!((&check["state"], &check["missing"]), (&json!("missing"), &json!([[2, 2], [4, 5]])));
    for seq in [2, 4] {
        scene.deliver(seq).await;
    }
    let other = Chunk { bytes: "another".into(), ..scene.chunk(5) };
    scene.facts.append_chunks(vec![other]).await.unwrap();
    let check = scene.house.get(&path).await.expect(200);
    assert_eq!((&check["state"], check.get("missing")), (&json!("altered"), None));

    let whole = Scene::on(MongoServer::start().await).await;
    for seq in 0..100 {
        whole.deliver(seq).await;
    }
    whole.end(100).await;
    let check = whole.house.get(&format!("/api/v1/runs/{}/output/check", whole.run.id)).await.expect(200);
    assert_eq!(
        (&check["state"], &check["chunks"], &check["bytes"]),
        (&json!("whole"), &json!(100), &json!(290))
    );
}
