//! What the etcd adapter does when servers die, freeze, fill a message or refuse.
//!
//! Not here: what every store owes (`etcd.rs`).
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::sync::Arc;
use std::time::Duration;

use etcd_client::RoleRevokePermissionOptions;
use futures::StreamExt as _;
use model::id::{JobUid, Revision, SpecId};
use model::job::SavedJob;
use model::limits::Enforceable;
use model::ports::{
    Batch, Change, Changes, Committed, Guard, Intent, JobWrite, StateKey, StoreError, Swap, SwapResult,
    WatchError,
};
use model::state::JobState;
use model::time::Timestamp;
use model::worker::{Drain, WorkerIdentity, WorkerStatus};
use serde_json::json;
use stores::SystemClock;
use stores::etcd::{ConnectError, Credentials, Etcd};
use stores::inspection::Role;
use stores::testing::EtcdServer;
use tokio::time::timeout;

/// What is waited for at most for something that comes by itself.
const DEADLINE: Duration = Duration::from_secs(60);

fn state(n: i64) -> JobState {
    JobState::new(JobUid::random(), SpecId::FIRST, None, Timestamp::from_seconds(n))
}

fn key(name: &str) -> StateKey {
    StateKey::job(name.parse().unwrap())
}

fn swap(name: &str, expect: Option<Revision>, n: i64) -> Swap {
    Swap { key: key(name), expect, head: None, state: Some(state(n)), job: JobWrite::Keep }
}

fn job(name: &str, script: &str) -> JobWrite {
    let job = json!({ "name": name, "schedule": "0 0 * * *", "shell": { "script": script } });
    JobWrite::Put(Box::new(SavedJob {
        version: SavedJob::VERSION,
        uid: JobUid::random(),
        spec_id: SpecId::FIRST,
        author: "test".into(),
        reason: String::new(),
        saved_at: Timestamp::from_seconds(0),
        anchor: Timestamp::from_seconds(0),
        job: serde_json::from_value(job).unwrap(),
    }))
}

fn worker(id: &str) -> (WorkerIdentity, WorkerStatus) {
    let (started_at, at) = (Timestamp::from_seconds(0), Timestamp::from_seconds(0));
    let identity = WorkerIdentity {
        id: id.parse().unwrap(),
        boot: "boot".parse().unwrap(),
        host: "test".into(),
        version: "0.0.0".into(),
        zone_data: "2026a".into(),
        started_at,
    };
    let status = WorkerStatus {
        slots: 1,
        busy: 0,
        labels: [].into(),
        clock_ok: true,
        clock_off: None,
        facts_clock: None,
        clock_event: None,
        disk_free_percent: None,
        output: model::worker::OutputWaits::default(),
        draining: false,
        shell: Enforceable::default(),
        wasm: Enforceable::default(),
        at,
    };
    (identity, status)
}

async fn written(intent: &dyn Intent, swap: Swap) -> Revision {
    match intent.commit(Batch::one(swap)).await.unwrap() {
        Committed::Done(results) => match results[0] {
            SwapResult::Swapped(revision) => revision,
            SwapResult::Lost(ref now) => panic!("it had the revision: {now:?}"),
        },
        Committed::GuardFailed => panic!("it has no guard"),
    }
}

/// Commits until the store answers that it did.
async fn written_in_time(intent: &dyn Intent, swap: Swap) -> Revision {
    let tries = async {
        loop {
            match intent.commit(Batch::one(swap.clone())).await {
                Ok(Committed::Done(results)) => match &results[0] {
                    SwapResult::Swapped(revision) => return *revision,
                    // An earlier try was applied after all.
                    SwapResult::Lost(now) => return now.as_ref().unwrap().revision,
                },
                Ok(Committed::GuardFailed) => panic!("it has no guard"),
                Err(StoreError::Permanent(why)) => panic!("{why}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    timeout(DEADLINE, tries).await.unwrap()
}

async fn next(watch: &mut (impl futures::Stream<Item = Result<Changes, WatchError>> + Unpin)) -> Changes {
    timeout(DEADLINE, watch.next()).await.unwrap().unwrap().unwrap()
}

async fn store(server: &EtcdServer) -> Etcd {
    server.connect("master", Arc::new(SystemClock)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_goes_on_when_its_server_is_killed_and_comes_back() {
    let mut server = EtcdServer::start().await;
    let intent = store(&server).await.intent();
    let mut watch = intent.watch(intent.load().await.unwrap().revision).await.unwrap();
    let first = written(&*intent, swap("a", None, 1)).await;
    assert_eq!(next(&mut watch).await.revision, first);
    server.kill();
    server.restart().await;
    // Passwords' tokens are gone with the server; nobody here notices.
    let second = written_in_time(&*intent, swap("a", Some(first), 2)).await;
    assert_eq!(next(&mut watch).await.revision, second);
}

/// Whether the server still applies what it got before it froze is not ours to say; that it happens once is. What comes
/// before and after has all the time of a busy machine: only the commit in question is impatient.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_never_came_is_ambiguous_and_happens_once() {
    let server = EtcdServer::start().await;
    let intent = store(&server).await.intent();
    let mut options = server.options("master");
    options.request_timeout = Duration::from_secs(3);
    let hasty = Etcd::connect(&options, Arc::new(SystemClock)).await.unwrap().intent();
    let mut watch = intent.watch(intent.load().await.unwrap().revision).await.unwrap();
    let first = written_in_time(&*intent, swap("a", None, 1)).await;
    assert_eq!(next(&mut watch).await.revision, first);
    server.pause();
    let answer = hasty.commit(Batch::one(swap("a", Some(first), 2))).await;
    server.resume();
    assert!(matches!(answer, Err(StoreError::Ambiguous(_))), "{answer:?}");
    // The same compare again: it wins where the first was not applied, and loses against it where it was.
    let settled = written_in_time(&*intent, swap("a", Some(first), 2)).await;
    let now = intent.state(&key("a")).await.unwrap().unwrap();
    assert_eq!((now.revision, now.value.resolved), (settled, Timestamp::from_seconds(2)));
    assert_eq!(next(&mut watch).await.revision, settled, "the watch went on through the pause");
    let third = written_in_time(&*intent, swap("a", Some(settled), 3)).await;
    assert_eq!(next(&mut watch).await.revision, third, "nothing was written between the two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_endpoint_costs_no_request() {
    let server = EtcdServer::start().await;
    let mut options = server.options("master");
    // Nobody listens on the second: a dead member of the cluster.
    options.endpoints = vec![server.endpoint(), "http://127.0.0.1:1".into()];
    let intent = Etcd::connect(&options, Arc::new(SystemClock)).await.unwrap().intent();
    let mut last = None;
    for n in 0..100 {
        last = Some(written(&*intent, swap("a", last, n)).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_one_message_cannot_hold_is_sent_in_parts() {
    let server = EtcdServer::start().await;
    let intent = store(&server).await.intent();
    let script = "#".repeat(60_000);
    let swaps = (0..60)
        .map(|n| Swap { job: job(&format!("job-{n}"), &script), ..swap(&format!("job-{n}"), None, n) });
    let batch = Batch { guard: Guard::None, swaps: swaps.collect() };
    let Committed::Done(results) = intent.commit(batch).await.unwrap() else { panic!("no guard") };
    assert!(results.iter().all(|result| matches!(result, SwapResult::Swapped(_))), "{results:?}");
    let loaded = intent.load().await.unwrap();
    assert_eq!((loaded.jobs.len(), loaded.states.len()), (60, 60));
}

/// Each 60 kB, and more of them than one message of 4 MiB holds, in a load and in what a watch missed. Caught: the
/// client's own limit, with which a fleet of large jobs is never loaded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_jobs_are_loaded_and_watched() {
    let server = EtcdServer::start().await;
    let intent = store(&server).await.intent();
    let before = written(&*intent, swap("before", None, 0)).await;
    let script = "#".repeat(60_000);
    for n in 0..150 {
        let name = format!("job-{n}");
        written(&*intent, Swap { job: job(&name, &script), ..swap(&name, None, n) }).await;
    }
    let loaded = intent.load().await.unwrap();
    assert_eq!((loaded.jobs.len(), loaded.states.len()), (150, 151));
    let mut watch = intent.watch(before).await.unwrap();
    let mut jobs = 0;
    while jobs < 150 {
        let changes = next(&mut watch).await.changes;
        jobs += changes.iter().filter(|change| matches!(change, Change::Job(..))).count();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_may_not_write_jobs_nor_read_accounts() {
    let server = EtcdServer::start().await;
    let worker = server.connect("worker", Arc::new(SystemClock)).await;
    let intent = worker.intent();
    let first = written(&*intent, swap("a", None, 1)).await;
    let saved = Swap { job: job("a", "true"), ..swap("a", Some(first), 2) };
    let refused = intent.commit(Batch::one(saved)).await;
    assert!(matches!(&refused, Err(StoreError::Permanent(why)) if why.contains("permission")), "{refused:?}");
    assert_eq!(intent.state(&key("a")).await.unwrap().unwrap().revision, first, "nothing of it was written");
    let refused = worker.accounts().session("ab", Timestamp::from_seconds(0)).await;
    assert!(matches!(&refused, Err(StoreError::Permanent(why)) if why.contains("permission")), "{refused:?}");
    let accounts = worker.accounts();
    let name = "ada".parse().unwrap();
    for refused in [
        accounts.users().await.err(),
        accounts.tokens().await.err(),
        accounts.waiting(1).await.err(),
        accounts.swap_user(&name, None, None).await.err(),
        accounts.forget_attempts("name:ada").await.err(),
    ] {
        assert!(
            matches!(&refused, Some(StoreError::Permanent(why)) if why.contains("permission")),
            "{refused:?}"
        );
    }
    let mut watch = intent.watch(Revision(first.0 - 1)).await.unwrap();
    assert_eq!(next(&mut watch).await.revision, first, "it may watch jobs and states");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_let_in_is_told_why_at_once() {
    let server = EtcdServer::start().await;
    let mut options = server.options("master");
    options.credentials = Some(Credentials { user: "master".into(), password: "wrong".into() });
    let Err(refused) = Etcd::connect(&options, Arc::new(SystemClock)).await else {
        panic!("a wrong password")
    };
    let ConnectError::Store { error: StoreError::Permanent(why), .. } = &refused else {
        panic!("{refused:?}")
    };
    assert!(why.contains("authentication failed"), "{why}");
    options.credentials = None;
    let Err(refused) = Etcd::connect(&options, Arc::new(SystemClock)).await else { panic!("no password") };
    assert!(refused.to_string().contains("allow_unauthenticated_stores"), "{refused}");
    options.allow_unauthenticated = true;
    let Err(refused) = Etcd::connect(&options, Arc::new(SystemClock)).await else { panic!("no password") };
    assert!(matches!(refused, ConnectError::Store { error: StoreError::Permanent(_), .. }), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_that_may_not_look_ends_with_the_reason() {
    let server = EtcdServer::start().await;
    let mut options = server.options("worker");
    options.prefix = "/elsewhere/".into();
    let Err(refused) = Etcd::connect(&options, Arc::new(SystemClock)).await else { panic!("another prefix") };
    assert!(refused.to_string().contains("permission"), "{refused}");
}

/// A worker that may not read who should drain claims nothing, so it must be told beforehand.
/// Catches: an inspection that tries no right to read.
#[tokio::test]
async fn a_role_that_may_not_read_drains_is_told_so() {
    let server = EtcdServer::start().await;
    let told = async || {
        let etcd = server.connect("worker", Arc::new(SystemClock)).await;
        etcd.inspect(&server.options("worker"), Role::Worker).await.unwrap().missing
    };
    assert_eq!(told().await, Vec::<String>::new());
    let mut auth = server.root().await.auth_client();
    let whole = RoleRevokePermissionOptions::new().with_range_end("/sandglass/drain0");
    auth.role_revoke_permission("sandglass-worker", "/sandglass/drain/", Some(whole)).await.unwrap();
    let missing = told().await;
    assert!(missing.len() == 1 && missing[0].starts_with("may not read drains"), "{missing:?}");
}

/// Goal: a key that nobody can read, of whichever kind, costs what stands in it and keeps no worker from the others.
/// Caught: a look at the workers that fails by one of them; one that leaves out who is readable.
#[tokio::test]
async fn who_lives_is_known_though_some_keys_cannot_be_read() {
    let server = EtcdServer::start().await;
    let etcd = store(&server).await;
    let registry = etcd.registry();
    for id in ["a", "b", "c", "d"] {
        let (identity, status) = worker(id);
        registry.register(identity, status).await.unwrap();
    }
    let since = Timestamp::from_seconds(0);
    let drain = Drain { by: "test".into(), reason: String::new(), since };
    registry.drain(&"a".parse().unwrap(), drain).await.unwrap();
    let mut root = server.root().await;
    for (key, value) in [
        ("worker/b", "{}"),
        ("worker-status/c", "not json"),
        ("drain/d", r#"{"version":999,"document":{}}"#),
        ("worker/stranger", ""),
        ("worker-status/nobody", "[]"),
    ] {
        root.put(format!("/sandglass/{key}"), value, None).await.unwrap();
    }
    for _ in 0..2 {
        let workers = registry.workers().await.unwrap();
        let seen: Vec<_> = workers.iter().map(|w| (w.identity.id.as_str(), w.drain.is_some())).collect();
        assert_eq!(seen, [("a", true), ("d", false)]);
    }
}
