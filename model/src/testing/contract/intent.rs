//! What every [`Intent`](crate::ports::Intent) owes.

mod watch;

use futures::future::join_all;

use super::Harness;
use super::samples::{commit_one, identity, must_swap, new_name, new_worker, saved, state, status, swap};
use crate::id::{JobUid, Revision};
use crate::ports::{
    Batch, Committed, Guard, JobWrite, LEASE_TTL, StateKey, StoreError, Swap, SwapResult, Versioned,
};

pub use watch::*;

/// Revisions rise with every change of any key and never repeat, also after a restart.
pub async fn revisions_rise_and_never_repeat(store: &mut dyn Harness) {
    let uid = JobUid::random();
    let (a, b) = (StateKey::job(new_name()), StateKey::job(new_name()));
    let intent = store.intent();
    let first = must_swap(&*intent, swap(&a, None, Some(state(&uid, 1)))).await;
    let second = must_swap(&*intent, swap(&b, None, Some(state(&uid, 1)))).await;
    let third = must_swap(&*intent, swap(&a, Some(first), None)).await;
    assert!(first < second && second < third, "{first}, {second}, {third}");
    drop(intent);
    if store.reopen().await {
        let intent = store.intent();
        assert!(intent.load().await.unwrap().revision >= third);
        let fourth = must_swap(&*intent, swap(&a, None, Some(state(&uid, 2)))).await;
        assert!(fourth > third, "{fourth} after {third}, which was the removal of the same state");
    }
}

/// A swap is written only if its state has the expected revision; none expects that it does not exist.
pub async fn swap_needs_the_expected_revision(store: &mut dyn Harness) {
    let (intent, uid, key) = (store.intent(), JobUid::random(), StateKey::job(new_name()));
    let early = commit_one(&*intent, swap(&key, Some(Revision(1)), Some(state(&uid, 0)))).await;
    assert_eq!(early, SwapResult::Lost(None), "a state that is not there has no revision");
    let first = must_swap(&*intent, swap(&key, None, Some(state(&uid, 1)))).await;
    let again = commit_one(&*intent, swap(&key, None, Some(state(&uid, 2)))).await;
    assert!(matches!(again, SwapResult::Lost(Some(_))), "{again:?}");
    let second = must_swap(&*intent, swap(&key, Some(first), Some(state(&uid, 3)))).await;
    let stale = commit_one(&*intent, swap(&key, Some(first), Some(state(&uid, 4)))).await;
    assert!(matches!(stale, SwapResult::Lost(Some(_))), "{stale:?}");
    let now = intent.state(&key).await.unwrap();
    assert_eq!(now, Some(Versioned { revision: second, value: state(&uid, 3) }));
}

/// A swap that lost says how the state stands now.
pub async fn lost_swap_says_how_the_state_stands(store: &mut dyn Harness) {
    let (intent, uid, key) = (store.intent(), JobUid::random(), StateKey::job(new_name()));
    let revision = must_swap(&*intent, swap(&key, None, Some(state(&uid, 1)))).await;
    let lost = commit_one(&*intent, swap(&key, None, Some(state(&uid, 2)))).await;
    let stands = Versioned { revision, value: state(&uid, 1) };
    assert_eq!(lost, SwapResult::Lost(Some(Box::new(stands))));
}

/// Of many swaps that expect one revision at the same time, one wins.
pub async fn of_many_swaps_of_one_revision_one_wins(store: &mut dyn Harness) {
    let (intent, uid, key) = (store.intent(), JobUid::random(), StateKey::job(new_name()));
    let first = must_swap(&*intent, swap(&key, None, Some(state(&uid, 0)))).await;
    let tries = (1..=50).map(|i| commit_one(&*intent, swap(&key, Some(first), Some(state(&uid, i)))));
    let results = join_all(tries).await;
    let won: Vec<_> = results.iter().filter(|result| matches!(result, SwapResult::Swapped(_))).collect();
    assert_eq!(won.len(), 1, "{won:?}");
}

/// Job and state are written together or not at all.
pub async fn job_and_state_change_together(store: &mut dyn Harness) {
    let (intent, uid, name) = (store.intent(), JobUid::random(), new_name());
    let key = StateKey::job(name.clone());
    let put = |expect, seconds| Swap {
        job: JobWrite::Put(Box::new(saved(&name, &uid))),
        ..swap(&key, expect, Some(state(&uid, seconds)))
    };
    let revision = must_swap(&*intent, put(None, 1)).await;
    let (job, now) = intent.get(&name).await.unwrap();
    assert_eq!(job, Some(Versioned { revision, value: saved(&name, &uid) }));
    assert_eq!(now, Some(Versioned { revision, value: state(&uid, 1) }));

    let lost = Swap { job: JobWrite::Delete, ..swap(&key, None, None) };
    assert!(matches!(commit_one(&*intent, lost).await, SwapResult::Lost(_)));
    assert!(intent.get(&name).await.unwrap().0.is_some(), "a swap that lost leaves the job alone");

    let alone = must_swap(&*intent, swap(&key, Some(revision), Some(state(&uid, 2)))).await;
    let (job, _) = intent.get(&name).await.unwrap();
    assert_eq!(job.map(|job| job.revision), Some(revision), "a swap of the state alone keeps the job");

    let delete = Swap { job: JobWrite::Delete, ..swap(&key, Some(alone), None) };
    must_swap(&*intent, delete).await;
    assert_eq!(intent.get(&name).await.unwrap(), (None, None));
}

/// A state that was removed and made again has another revision: whoever read the first one loses.
pub async fn state_made_again_has_another_revision(store: &mut dyn Harness) {
    let (intent, uid, key) = (store.intent(), JobUid::random(), StateKey::job(new_name()));
    let first = must_swap(&*intent, swap(&key, None, Some(state(&uid, 1)))).await;
    must_swap(&*intent, swap(&key, Some(first), None)).await;
    assert_eq!(intent.state(&key).await.unwrap(), None);
    let again = must_swap(&*intent, swap(&key, None, Some(state(&uid, 1)))).await;
    assert!(again > first);
    let stale = commit_one(&*intent, swap(&key, Some(first), Some(state(&uid, 2)))).await;
    assert!(matches!(stale, SwapResult::Lost(Some(_))), "{stale:?}");
}

/// The state of a job and those of its workers are states of their own.
pub async fn states_of_workers_stand_apart(store: &mut dyn Harness) {
    let (intent, uid, name) = (store.intent(), JobUid::random(), new_name());
    let own = StateKey::job(name.clone());
    let (a, b) = (new_worker(), new_worker());
    let of = |worker| StateKey { job: name.clone(), worker: Some(worker) };
    let keys = [own, of(a), of(b)];
    for (seconds, key) in (1..).zip(&keys) {
        must_swap(&*intent, swap(key, None, Some(state(&uid, seconds)))).await;
    }
    let snapshot = intent.load().await.unwrap();
    for (seconds, key) in (1..).zip(&keys) {
        let one = intent.state(key).await.unwrap().expect("it was written");
        assert_eq!(one.value, state(&uid, seconds));
        assert!(snapshot.states.contains(&(key.clone(), one)), "load shows {key:?}");
    }
}

/// A swap with a head is written only while the job's own state has that revision; one that finds another loses, shows its
/// own state, and hinders nobody. A batch that writes a head which it compares is refused.
pub async fn swap_with_a_head_compares_the_jobs_own_state(store: &mut dyn Harness) {
    let (intent, uid, name) = (store.intent(), JobUid::random(), new_name());
    let own = StateKey::job(name.clone());
    let of = || StateKey { job: name.clone(), worker: Some(new_worker()) };
    let (a, b, c) = (of(), of(), of());
    let first = must_swap(&*intent, swap(&own, None, Some(state(&uid, 1)))).await;
    let under = |head, swap| Swap { head: Some(head), ..swap };
    let made = must_swap(&*intent, under(first, swap(&a, None, Some(state(&uid, 1))))).await;
    let second = must_swap(&*intent, swap(&own, Some(first), Some(state(&uid, 2)))).await;
    let swaps = vec![
        under(first, swap(&a, Some(made), Some(state(&uid, 3)))),
        under(second, swap(&b, None, Some(state(&uid, 3)))),
        under(first, swap(&c, None, Some(state(&uid, 3)))),
    ];
    let Committed::Done(results) = intent.commit(Batch { guard: Guard::None, swaps }).await.unwrap() else {
        panic!("a batch without a guard was refused")
    };
    let stands = Versioned { revision: made, value: state(&uid, 1) };
    assert_eq!(results[0], SwapResult::Lost(Some(Box::new(stands))), "the job's own state has moved on");
    assert!(matches!(results[1], SwapResult::Swapped(_)), "{:?}", results[1]);
    assert_eq!(results[2], SwapResult::Lost(None));
    assert_eq!(intent.state(&c).await.unwrap(), None);
    must_swap(&*intent, swap(&own, Some(second), None)).await;
    let gone = commit_one(&*intent, under(second, swap(&a, Some(made), None))).await;
    assert!(matches!(gone, SwapResult::Lost(Some(_))), "the job's own state is gone: {gone:?}");
    let both = vec![swap(&own, None, Some(state(&uid, 4))), under(second, swap(&c, None, None))];
    let refused = intent.commit(Batch { guard: Guard::None, swaps: both }).await;
    assert!(matches!(refused, Err(StoreError::Permanent(_))), "{refused:?}");
}

/// Swaps of one batch do not hinder each other: one that loses leaves the others theirs; results come in order.
pub async fn losing_swap_does_not_hinder_the_others(store: &mut dyn Harness) {
    let (intent, uid) = (store.intent(), JobUid::random());
    let keys: Vec<_> = (0..10).map(|_| StateKey::job(new_name())).collect();
    let taken = must_swap(&*intent, swap(&keys[3], None, Some(state(&uid, 99)))).await;
    let swaps = keys.iter().map(|key| swap(key, None, Some(state(&uid, 1)))).collect();
    let committed = intent.commit(Batch { guard: Guard::None, swaps }).await.unwrap();
    let Committed::Done(results) = committed else { panic!("a batch without a guard was refused") };
    assert_eq!(results.len(), keys.len());
    for (i, (key, result)) in keys.iter().zip(results).enumerate() {
        let now = intent.state(key).await.unwrap().expect("each is there now");
        match result {
            SwapResult::Swapped(revision) => {
                assert_ne!(i, 3);
                assert_eq!(now, Versioned { revision, value: state(&uid, 1) });
            }
            SwapResult::Lost(stands) => {
                assert_eq!(i, 3, "only the swap that expected wrongly is lost");
                assert_eq!(stands.as_deref(), Some(&now));
                assert_eq!(now.revision, taken);
            }
        }
    }
}

/// A guard that fails stops all swaps of its batch.
pub async fn failed_guard_stops_all_swaps(store: &mut dyn Harness) {
    let (intent, uid) = (store.intent(), JobUid::random());
    let keys = [StateKey::job(new_name()), StateKey::job(new_name())];
    let swaps = keys.iter().map(|key| swap(key, None, Some(state(&uid, 1)))).collect();
    let batch = Batch { guard: Guard::Alive(new_worker(), Revision(1)), swaps };
    assert_eq!(intent.commit(batch).await.unwrap(), Committed::GuardFailed);
    for key in &keys {
        assert_eq!(intent.state(key).await.unwrap(), None);
    }
}

/// Commits a swap of a new state under `guard`; returns whether the guard held.
async fn holds(store: &dyn Harness, guard: Guard) -> bool {
    let swaps = vec![swap(&StateKey::job(new_name()), None, Some(state(&JobUid::random(), 1)))];
    match store.intent().commit(Batch { guard, swaps }).await.unwrap() {
        Committed::Done(_) => true,
        Committed::GuardFailed => false,
    }
}

/// `Guard::Alive` holds for the revision of the registration that lives, renewed or not, and for no other.
pub async fn guard_alive_holds_for_the_live_registration_alone(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    let first = registry.register(identity(&id), status(0)).await.unwrap();
    assert!(holds(store, Guard::Alive(id.clone(), first.revision)).await);
    registry.renew(&first).await.unwrap().expect("it lives");
    registry.report(&first, status(1)).await.unwrap();
    assert!(holds(store, Guard::Alive(id.clone(), first.revision)).await, "renewing keeps the revision");
    registry.release(&first).await.unwrap();
    assert!(!holds(store, Guard::Alive(id.clone(), first.revision)).await, "it was released");
    let second = registry.register(identity(&id), status(0)).await.unwrap();
    assert!(!holds(store, Guard::Alive(id.clone(), first.revision)).await, "another one lives");
    assert!(holds(store, Guard::Alive(id.clone(), second.revision)).await);
    store.pass(LEASE_TTL.plus(LEASE_TTL)).await;
    assert!(!holds(store, Guard::Alive(id, second.revision)).await, "it has expired");
}

/// `Guard::Gone` holds when no registration of the worker lives; once it has held, a registration that had expired
/// is never renewed.
pub async fn guard_gone_holds_without_a_live_registration(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    assert!(holds(store, Guard::Gone(id.clone())).await, "it never registered");
    let registration = registry.register(identity(&id), status(0)).await.unwrap();
    assert!(!holds(store, Guard::Gone(id.clone())).await, "it lives");
    store.pass(LEASE_TTL.plus(LEASE_TTL)).await;
    assert!(holds(store, Guard::Gone(id)).await, "it has expired");
    assert_eq!(registry.renew(&registration).await.unwrap(), None);
}

/// A batch with two swaps of one key, or with more swaps than a batch may have, is refused and writes nothing.
pub async fn batch_with_two_swaps_of_one_key_is_refused(store: &mut dyn Harness) {
    let (intent, uid, key) = (store.intent(), JobUid::random(), StateKey::job(new_name()));
    let one = swap(&key, None, Some(state(&uid, 1)));
    let twice = Batch { guard: Guard::None, swaps: vec![one.clone(), one.clone()] };
    assert!(matches!(intent.commit(twice).await, Err(StoreError::Permanent(_))));
    let others = (0..Batch::SWAPS_MAX).map(|_| swap(&StateKey::job(new_name()), None, Some(state(&uid, 1))));
    let many = Batch { guard: Guard::None, swaps: others.chain([one]).collect() };
    assert!(matches!(intent.commit(many).await, Err(StoreError::Permanent(_))));
    assert_eq!(intent.state(&key).await.unwrap(), None);
}

/// A batch of [`Batch::SWAPS_MAX`] swaps with a guard is taken.
pub async fn full_batch_is_taken(store: &mut dyn Harness) {
    let (intent, uid, id) = (store.intent(), JobUid::random(), new_worker());
    let registration = store.registry().register(identity(&id), status(0)).await.unwrap();
    let keys: Vec<_> = (0..Batch::SWAPS_MAX).map(|_| StateKey::job(new_name())).collect();
    let swaps = keys.iter().map(|key| swap(key, None, Some(state(&uid, 1)))).collect();
    let batch = Batch { guard: Guard::Alive(id, registration.revision), swaps };
    let Committed::Done(results) = intent.commit(batch).await.unwrap() else { panic!("the guard holds") };
    assert!(results.iter().all(|result| matches!(result, SwapResult::Swapped(_))), "{results:?}");
}

/// What `commit` has answered survives a crash of the store.
pub async fn answered_commit_survives_a_crash(store: &mut dyn Harness) {
    let (uid, name) = (JobUid::random(), new_name());
    let key = StateKey::job(name.clone());
    let intent = store.intent();
    let put =
        Swap { job: JobWrite::Put(Box::new(saved(&name, &uid))), ..swap(&key, None, Some(state(&uid, 1))) };
    let first = must_swap(&*intent, put).await;
    let second = must_swap(&*intent, swap(&key, Some(first), Some(state(&uid, 2)))).await;
    drop(intent);
    if store.reopen().await {
        let (job, now) = store.intent().get(&name).await.unwrap();
        assert_eq!(job, Some(Versioned { revision: first, value: saved(&name, &uid) }));
        assert_eq!(now, Some(Versioned { revision: second, value: state(&uid, 2) }));
    }
}

/// The result of `get`, `state` and `load` is at least as new as any commit answered before the call.
pub async fn reads_see_what_was_answered(store: &mut dyn Harness) {
    let (intent, uid, name) = (store.intent(), JobUid::random(), new_name());
    let key = StateKey::job(name.clone());
    let mut revision = must_swap(&*intent, swap(&key, None, Some(state(&uid, 0)))).await;
    for seconds in 1..30 {
        revision = must_swap(&*intent, swap(&key, Some(revision), Some(state(&uid, seconds)))).await;
        let now = Some(Versioned { revision, value: state(&uid, seconds) });
        assert_eq!(intent.get(&name).await.unwrap().1, now);
        assert_eq!(intent.state(&key).await.unwrap(), now);
    }
    let snapshot = intent.load().await.unwrap();
    assert!(snapshot.revision >= revision);
    assert!(snapshot.states.iter().any(|(other, state)| *other == key && state.revision == revision));
}

/// `load` returns all jobs and states as they stood at one revision: never a batch in part, never one that is
/// newer than the revision it names.
pub async fn load_is_of_one_revision(store: &mut dyn Harness) {
    let (intent, uid) = (store.intent(), JobUid::random());
    let keys = [StateKey::job(new_name()), StateKey::job(new_name())];
    let batch = |expect: [Option<Revision>; 2], seconds| Batch {
        guard: Guard::None,
        swaps: keys
            .iter()
            .zip(expect)
            .map(|(key, expect)| swap(key, expect, Some(state(&uid, seconds))))
            .collect(),
    };
    let write = async {
        let mut expect = [None, None];
        for seconds in 0..50 {
            let Committed::Done(results) = intent.commit(batch(expect, seconds)).await.unwrap() else {
                panic!("a batch without a guard was refused");
            };
            for (expect, result) in expect.iter_mut().zip(&results) {
                let SwapResult::Swapped(revision) = result else { panic!("nobody else swaps: {result:?}") };
                *expect = Some(*revision);
            }
        }
    };
    let read = async {
        for _ in 0..50 {
            let snapshot = intent.load().await.unwrap();
            let of = |key| snapshot.states.iter().find(|(other, _)| other == key).map(|(_, state)| state);
            let (a, b) = (of(&keys[0]), of(&keys[1]));
            let seconds = |state: Option<&Versioned<_>>| {
                state.map(|s: &Versioned<crate::state::JobState>| s.value.resolved)
            };
            assert_eq!(seconds(a), seconds(b), "one batch was seen in part");
            assert!(a.is_none_or(|a| a.revision <= snapshot.revision));
        }
    };
    futures::future::join(write, read).await;
}
