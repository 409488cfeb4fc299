//! A store that was put back from a backup: revisions rise above all from before, and whoever lived through it is told.
//!
//! Not here: what becomes of the records (`model::state::restore`), and a real backup (`e2e/tests/restore.rs`).
#![expect(clippy::unwrap_used, reason = "a test panics with what went wrong")]

use std::sync::Arc;

use futures::StreamExt as _;
use model::id::{JobUid, Revision, SpecId};
use model::ports::{
    Batch, Clock, Committed, Duty, Intent, JobWrite, StateKey, StoreError, Swap, SwapResult, WatchError,
};
use model::state::JobState;
use model::time::{Span, Timestamp};
use stores::SystemClock;
use stores::sqlite::Sqlite;
use stores::testing::EtcdServer;

fn key() -> StateKey {
    StateKey::job("job".parse().unwrap())
}

async fn swap(intent: &dyn Intent, expect: Option<Revision>, at: i64) -> Result<SwapResult, StoreError> {
    let uid: JobUid = "a".repeat(32).parse().unwrap();
    let state = JobState::new(uid, SpecId::FIRST, None, Timestamp::from_seconds(at));
    let swap = Swap { key: key(), expect, head: None, state: Some(state), job: JobWrite::Keep };
    match intent.commit(Batch::one(swap)).await? {
        Committed::Done(mut results) => Ok(results.remove(0)),
        Committed::GuardFailed => panic!("there is no guard"),
    }
}

async fn written(intent: &dyn Intent, expect: Option<Revision>, at: i64) -> Revision {
    match swap(intent, expect, at).await.unwrap() {
        SwapResult::Swapped(revision) => revision,
        lost @ SwapResult::Lost(_) => panic!("{lost:?}"),
    }
}

/// What holds of either store once an epoch began at `base`: `intent` came after it.
async fn goes_on_above(intent: &dyn Intent, base: Revision, before: Revision) {
    let stands = intent.state(&key()).await.unwrap().unwrap();
    assert!(base > before && stands.revision >= base, "{base} {before} {}", stands.revision);
    // Both ways of looking agree, and so do a load and a watch from it.
    let loaded = intent.load().await.unwrap();
    assert_eq!(loaded.states[0].1, stands);
    let lost = swap(intent, Some(before), 8).await.unwrap();
    assert_eq!(lost, SwapResult::Lost(Some(Box::new(stands.clone()))), "a revision from before is no key's");
    let mut old = intent.watch(before).await.unwrap();
    assert!(
        matches!(old.next().await, Some(Err(WatchError::Compacted(_)))),
        "who knew the store before loads again"
    );
    let mut watch = intent.watch(loaded.revision).await.unwrap();
    let next = written(intent, Some(stands.revision), 9).await;
    assert!(next > base);
    assert_eq!(watch.next().await.unwrap().unwrap().revision, next);
    assert_eq!(intent.state(&key()).await.unwrap().unwrap().revision, next);
}

#[tokio::test]
async fn a_folder_that_was_put_back_gives_out_higher_revisions() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock);
    let store = Sqlite::open(folder.path(), clock.clone()).unwrap();
    let before = written(&*store.intent(), None, 1).await;
    let base = store.begin_epoch(clock.now()).await.unwrap();
    goes_on_above(&*store.intent(), base, before).await;
    // The same again, and by a clock that stands before.
    let again = store.begin_epoch(clock.now() + Span::from_millis(1)).await.unwrap();
    assert!(again > base);
    let early = store.begin_epoch(clock.now() - Span::from_minutes(1)).await.unwrap_err();
    assert!(early.to_string().contains("hint: set the clock right"), "{early}");
}

/// Caught: an epoch that is read once and not compared: a process that lived through a restore swaps by a revision that the
/// cluster has given out a second time.
#[tokio::test]
async fn who_lived_through_a_restore_of_etcd_changes_nothing() {
    let server = EtcdServer::start().await;
    let clock = Arc::new(SystemClock);
    let (frozen, worker) =
        (server.connect("master", clock.clone()).await, server.connect("worker", clock.clone()).await);
    let before = written(&*frozen.intent(), None, 1).await;
    let mut watch = frozen.intent().watch(before).await.unwrap();
    let base = server.connect("master", clock.clone()).await.begin_epoch(clock.now()).await.unwrap();

    for store in [&frozen, &worker] {
        let refused = swap(&*store.intent(), Some(before), 5).await.unwrap_err();
        let told =
            matches!(&refused, StoreError::Permanent(why) if why.contains("hint: start this process again"));
        assert!(told, "{refused:?}");
    }
    let lease = frozen.election().campaign(Duty::Recorder, "m1").await.unwrap_err();
    assert!(lease.to_string().contains("was restored from a backup while this process ran"), "{lease}");
    assert!(matches!(watch.next().await, Some(Err(WatchError::Store(StoreError::Permanent(_))))));

    for user in ["worker", "master"] {
        let intent = server.connect(user, clock.clone()).await.intent();
        if user == "worker" {
            goes_on_above(&*intent, base, before).await;
        }
    }
    let next = server.connect("master", clock.clone()).await;
    assert!(next.election().campaign(Duty::Recorder, "m1").await.unwrap().is_some());
    let early = next.begin_epoch(clock.now() - Span::from_minutes(1)).await.unwrap_err();
    assert!(early.to_string().contains("hint: set the clock right"), "{early}");
    assert!(next.begin_epoch(clock.now()).await.unwrap() > base);
}
