//! What the watch of every [`Intent`](crate::ports::Intent) owes. Other writers may be at work: each suite looks
//! for the changes of its own keys.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream::BoxStream;

use super::super::samples::{must_swap, new_name, saved, state, swap};
use super::super::{Harness, within};
use crate::id::{JobUid, Revision};
use crate::ports::{Change, Changes, Intent, JobWrite, StateKey, Swap, WatchError};
use crate::time::Timestamp;

type Watch = BoxStream<'static, Result<Changes, WatchError>>;

async fn next(watch: &mut Watch) -> Changes {
    let item = within("a change", watch.next()).await.expect("the watch goes on");
    item.expect("the watch has no error")
}

/// Collects what a watch shows of `key`, up to the change at `last`: its revisions and what was written.
async fn changes_of(watch: &mut Watch, key: &StateKey, last: Revision) -> Vec<(Revision, Option<Timestamp>)> {
    let mut seen = Vec::new();
    let mut upto = Revision(0);
    while upto < last {
        let changes = next(watch).await;
        assert!(changes.revision > upto, "revisions of a watch rise: {} after {upto}", changes.revision);
        upto = changes.revision;
        for change in changes.changes {
            let (Change::Job(_, revision, _) | Change::State(_, revision, _)) = &change;
            assert!(*revision <= upto, "a change at {revision} came under {upto}");
            if let Change::State(of, revision, state) = change
                && of == *key
            {
                seen.push((revision, state.map(|state| state.resolved)));
            }
        }
    }
    seen
}

/// Writes `key` `count` times and removes it; returns what a watch must show of it.
async fn write(intent: &Arc<dyn Intent>, key: &StateKey, count: u64) -> Vec<(Revision, Option<Timestamp>)> {
    let uid = JobUid::random();
    let mut expect = None;
    let mut written = Vec::new();
    for seconds in 0..count {
        let new = state(&uid, seconds);
        let revision = must_swap(&**intent, swap(key, expect, Some(new.clone()))).await;
        written.push((revision, Some(new.resolved)));
        expect = Some(revision);
    }
    written.push((must_swap(&**intent, swap(key, expect, None)).await, None));
    written
}

/// A watch from revision `r` sees every change after `r` in order, once: those made before it began and after.
pub async fn watch_sees_every_change_in_order_once(store: &mut dyn Harness) {
    let (intent, key) = (store.intent(), StateKey::job(new_name()));
    let start = intent.load().await.unwrap().revision;
    let mut expected = write(&intent, &key, 20).await;
    let mut watch = intent.watch(start).await.unwrap();
    let writing = write(&intent, &key, 20);
    let last = expected.last().expect("something was written").0;
    let (more, mut seen) = futures::future::join(writing, changes_of(&mut watch, &key, last)).await;
    let last = more.last().expect("something was written").0;
    expected.extend(more);
    if seen.last() != expected.last() {
        seen.extend(changes_of(&mut watch, &key, last).await);
    }
    assert_eq!(seen, expected);
}

/// A watch from a revision that another one has shown goes on there, also after a restart of the store.
pub async fn watch_goes_on_from_where_it_ended(store: &mut dyn Harness) {
    let key = StateKey::job(new_name());
    let intent = store.intent();
    let start = intent.load().await.unwrap().revision;
    let mut watch = intent.watch(start).await.unwrap();
    let first = write(&intent, &key, 5).await;
    let mut seen = changes_of(&mut watch, &key, first[2].0).await;
    let reached = seen.last().expect("something was shown").0;
    drop((watch, intent));
    store.reopen().await;
    let intent = store.intent();
    let second = write(&intent, &key, 5).await;
    let last = second.last().expect("something was written").0;
    let mut watch = intent.watch(reached).await.unwrap();
    seen.extend(changes_of(&mut watch, &key, last).await);
    assert_eq!(seen, [first, second].concat());
}

/// What one swap changed comes in one item, the job before its state.
pub async fn watch_shows_what_one_swap_changed_together(store: &mut dyn Harness) {
    let (intent, uid, name) = (store.intent(), JobUid::random(), new_name());
    let key = StateKey::job(name.clone());
    let start = intent.load().await.unwrap().revision;
    let put =
        Swap { job: JobWrite::Put(Box::new(saved(&name, &uid))), ..swap(&key, None, Some(state(&uid, 1))) };
    let made = must_swap(&*intent, put).await;
    let delete = Swap { job: JobWrite::Delete, ..swap(&key, Some(made), None) };
    let gone = must_swap(&*intent, delete).await;
    let expected = [
        Change::Job(name.clone(), made, Some(Box::new(saved(&name, &uid)))),
        Change::State(key.clone(), made, Some(Box::new(state(&uid, 1)))),
        Change::Job(name.clone(), gone, None),
        Change::State(key.clone(), gone, None),
    ];
    let mut watch = intent.watch(start).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < expected.len() {
        let ours = next(&mut watch).await.changes.into_iter().filter(|change| match change {
            Change::Job(of, ..) => *of == name,
            Change::State(of, ..) => *of == key,
        });
        seen.extend(ours);
        assert!(seen.len().is_multiple_of(2), "a swap was shown in part: {seen:?}");
    }
    assert_eq!(seen, expected);
}

/// A watcher that does not look for a while misses nothing, or is told that it must load again.
pub async fn slow_watcher_misses_nothing(store: &mut dyn Harness) {
    let (intent, key) = (store.intent(), StateKey::job(new_name()));
    let start = intent.load().await.unwrap().revision;
    let mut watch = intent.watch(start).await.unwrap();
    let warm_up = write(&intent, &key, 1).await;
    let reached = warm_up.last().expect("something was written").0;
    assert_eq!(changes_of(&mut watch, &key, reached).await, warm_up);
    let expected = write(&intent, &key, 1500).await;
    let last = expected.last().expect("something was written").0;
    let seen = changes_of(&mut watch, &key, last).await;
    assert_eq!(seen.len(), expected.len());
    assert_eq!(seen, expected);
}

/// A watch from before what the store still knows ends with [`WatchError::Compacted`]; one from a fresh load works.
pub async fn watch_from_forgotten_changes_ends_as_compacted(store: &mut dyn Harness) {
    let (intent, key) = (store.intent(), StateKey::job(new_name()));
    let start = intent.load().await.unwrap().revision;
    write(&intent, &key, 5).await;
    store.forget_changes().await;
    let mut watch = intent.watch(start).await.unwrap();
    let ended = match within("the end of the watch", watch.next()).await {
        Some(Err(error)) => error,
        other => panic!("some changes since {start} are forgotten, but the watch goes on with {other:?}"),
    };
    assert!(matches!(ended, WatchError::Compacted(_)), "{ended:?}");
    let fresh = intent.load().await.unwrap().revision;
    let mut watch = intent.watch(fresh).await.unwrap();
    let expected = write(&intent, &key, 2).await;
    let last = expected.last().expect("something was written").0;
    assert_eq!(changes_of(&mut watch, &key, last).await, expected);
}
