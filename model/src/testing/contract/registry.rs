//! What every [`Registry`](crate::ports::Registry) owes.

use futures::future::join_all;

use super::Harness;
use super::samples::{at, identity, new_worker, status};
use crate::id::WorkerId;
use crate::ports::{LEASE_TTL, RegisterError, Registration, Registry};
use crate::time::Span;
use crate::worker::{Drain, Worker};

async fn register(registry: &dyn Registry, id: &WorkerId) -> Registration {
    registry.register(identity(id), status(0)).await.expect("an id that nobody has is registered")
}

async fn find(registry: &dyn Registry, id: &WorkerId) -> Option<Worker> {
    registry.workers().await.unwrap().into_iter().find(|worker| worker.identity.id == *id)
}

/// At most one live registration per id; a second one is refused as taken and leaves the first alone.
pub async fn second_registration_of_an_id_is_taken(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    let first = register(&*registry, &id).await;
    let second = registry.register(identity(&id), status(3)).await;
    assert_eq!(second, Err(RegisterError::Taken(id.clone())));
    let worker = find(&*registry, &id).await.expect("the first one lives");
    assert_eq!((worker.registration, worker.status.busy), (first.revision, 0));
}

/// Of many that register one id at the same time, one wins.
pub async fn of_many_registrations_of_an_id_one_wins(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    let all = join_all((0..10).map(|_| registry.register(identity(&id), status(0)))).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1, "{all:?}");
    assert!(all.iter().all(|one| matches!(one, Ok(_) | Err(RegisterError::Taken(_)))), "{all:?}");
}

/// A released id is free at once.
pub async fn released_id_can_be_registered_again(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    let first = register(&*registry, &id).await;
    registry.release(&first).await.unwrap();
    assert_eq!(find(&*registry, &id).await, None);
    let second = register(&*registry, &id).await;
    // Releasing the first again must not take the second away.
    registry.release(&first).await.unwrap();
    assert_eq!(find(&*registry, &id).await.expect("the second lives").registration, second.revision);
}

/// The revision of a registration rises, also after a restart, so that claims of an earlier one never compare equal.
pub async fn later_registration_has_a_higher_revision(store: &mut dyn Harness) {
    let id = new_worker();
    let registry = store.registry();
    let first = register(&*registry, &id).await;
    registry.release(&first).await.unwrap();
    let second = register(&*registry, &id).await;
    assert!(second.revision > first.revision, "{second:?} after {first:?}");
    registry.release(&second).await.unwrap();
    drop(registry);
    if store.reopen().await {
        let third = register(&*store.registry(), &id).await;
        assert!(third.revision > second.revision, "{third:?} after {second:?}");
    }
}

/// A registration that is not renewed is gone at the latest one TTL after `holds_until`.
pub async fn registration_that_is_not_renewed_is_gone(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    register(&*registry, &id).await;
    store.pass(LEASE_TTL.plus(LEASE_TTL)).await;
    assert_eq!(find(&*registry, &id).await, None, "workers shows live registrations alone");
    register(&*registry, &id).await;
}

/// A registration that is renewed in time lives beyond its first deadline, with the revision that it had.
pub async fn renewed_registration_lives_on(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    let mut registration = register(&*registry, &id).await;
    let first = registration.clone();
    for _ in 0..3 {
        store.pass(Span::from_millis(LEASE_TTL.as_millis() / 2)).await;
        let renewed = registry.renew(&registration).await.unwrap().expect("it lives");
        assert!(renewed.holds_until > registration.holds_until, "{renewed:?} after {registration:?}");
        registration = renewed;
    }
    assert_eq!(registration.revision, first.revision, "claims go on comparing the same revision");
    assert!(find(&*registry, &id).await.is_some());
}

/// `renew` of a registration that is gone says so and does not make a new one, nor touches a later one.
pub async fn renewing_what_is_gone_makes_nothing(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    let first = register(&*registry, &id).await;
    store.pass(LEASE_TTL.plus(LEASE_TTL)).await;
    assert_eq!(registry.renew(&first).await.unwrap(), None);
    assert_eq!(find(&*registry, &id).await, None);
    let second = register(&*registry, &id).await;
    assert_eq!(registry.renew(&first).await.unwrap(), None, "the id lives, the registration does not");
    assert_eq!(find(&*registry, &id).await.expect("it lives").registration, second.revision);
}

/// `workers` shows each live registration with who and how it is, sorted by id.
pub async fn workers_are_live_and_sorted(store: &mut dyn Harness) {
    let registry = store.registry();
    let mut ids = [new_worker(), new_worker(), new_worker()];
    for id in &ids {
        register(&*registry, id).await;
    }
    ids.sort();
    let workers = registry.workers().await.unwrap();
    let shown: Vec<_> = workers.iter().map(|worker| &worker.identity.id).collect();
    assert!(shown.is_sorted(), "{shown:?}");
    let mut ours = workers.iter().filter(|worker| ids.contains(&worker.identity.id));
    for id in &ids {
        let worker = ours.next().expect("each of ours is shown");
        assert_eq!((&worker.identity, &worker.status), (&identity(id), &status(0)));
    }
}

/// `report` shows in `workers`; for a registration that is gone it does nothing.
pub async fn report_shows_and_does_nothing_once_gone(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    let registration = register(&*registry, &id).await;
    registry.report(&registration, status(5)).await.unwrap();
    assert_eq!(find(&*registry, &id).await.expect("it lives").status.busy, 5);
    registry.release(&registration).await.unwrap();
    registry.report(&registration, status(6)).await.unwrap();
    assert_eq!(find(&*registry, &id).await, None);
}

fn drain(reason: &str) -> Drain {
    Drain { by: "contract".into(), reason: reason.into(), since: at(7) }
}

/// A wish to drain shows beside the worker, before and after it registers anew and the store is started anew, until it
/// is taken back; one that is not there is taken back as well.
pub async fn wish_to_drain_stays_until_it_is_taken_back(store: &mut dyn Harness) {
    let (id, other) = (new_worker(), new_worker());
    let registry = store.registry();
    let first = register(&*registry, &id).await;
    register(&*registry, &other).await;
    assert_eq!(registry.undrain(&id).await.unwrap(), None);
    registry.drain(&id, drain("a disk")).await.unwrap();
    assert_eq!(find(&*registry, &id).await.expect("it lives").drain, Some(drain("a disk")));
    assert_eq!(find(&*registry, &other).await.expect("it lives").drain, None, "the wish is for one worker");
    registry.release(&first).await.unwrap();
    drop(registry);
    if store.reopen().await {
        store.pass(LEASE_TTL.plus(LEASE_TTL)).await;
    }
    let registry = store.registry();
    register(&*registry, &id).await;
    assert_eq!(find(&*registry, &id).await.expect("it lives").drain, Some(drain("a disk")));
    assert_eq!(registry.undrain(&id).await.unwrap(), Some(drain("a disk")));
    assert_eq!(find(&*registry, &id).await.expect("it lives").drain, None);
}

/// A later wish to drain takes the place of the first.
pub async fn later_wish_to_drain_takes_the_place_of_the_first(store: &mut dyn Harness) {
    let (registry, id) = (store.registry(), new_worker());
    registry.drain(&id, drain("a disk")).await.unwrap();
    registry.drain(&id, drain("a move")).await.unwrap();
    register(&*registry, &id).await;
    assert_eq!(find(&*registry, &id).await.expect("it lives").drain, Some(drain("a move")));
    assert_eq!(registry.undrain(&id).await.unwrap(), Some(drain("a move")));
    assert_eq!(registry.undrain(&id).await.unwrap(), None);
}
