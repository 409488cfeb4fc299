//! What every [`Election`](crate::ports::Election) owes.
//!
//! Terms belong to the store, not to a name that is used once: each test ends the terms that it began.

use futures::future::join_all;

use super::Harness;
use crate::ports::{Duty, Election, LEASE_TTL, Term};
use crate::time::Span;

const DUTY: Duty = Duty::Recorder;

async fn lead(election: &dyn Election, candidate: &str) -> Term {
    let term = election.campaign(DUTY, candidate).await.unwrap();
    term.expect("who campaigns while nobody leads begins a term")
}

async fn leader(election: &dyn Election) -> Option<String> {
    election.leader(DUTY).await.unwrap()
}

/// At most one term of a duty at a time: who campaigns meanwhile finds it and leaves it alone, whoever asks.
pub async fn second_campaign_finds_the_first_leader(store: &mut dyn Harness) {
    let election = store.election();
    let term = lead(&*election, "a").await;
    for candidate in ["a", "b"] {
        assert_eq!(election.campaign(DUTY, candidate).await.unwrap(), None, "{candidate}");
    }
    assert_eq!(leader(&*election).await.as_deref(), Some("a"));
    election.resign(&term).await.unwrap();
}

/// Of many that campaign at the same time, one begins a term.
pub async fn of_many_that_campaign_one_leads(store: &mut dyn Harness) {
    let election = store.election();
    let names: Vec<_> = (0..10).map(|n| format!("m{n}")).collect();
    let all = join_all(names.iter().map(|name| election.campaign(DUTY, name))).await;
    let terms: Vec<_> = all.into_iter().filter_map(|one| one.expect("each is answered")).collect();
    assert_eq!(terms.len(), 1, "{terms:?}");
    election.resign(&terms[0]).await.unwrap();
}

/// Terms of two duties are two terms.
pub async fn duties_do_not_hinder_each_other(store: &mut dyn Harness) {
    let election = store.election();
    let recorder = lead(&*election, "a").await;
    let alerter = election.campaign(Duty::Alerter, "b").await.unwrap().expect("nobody has this duty");
    election.resign(&recorder).await.unwrap();
    assert_eq!(leader(&*election).await, None);
    assert_eq!(election.leader(Duty::Alerter).await.unwrap().as_deref(), Some("b"));
    assert!(election.renew(&alerter).await.unwrap().is_some(), "the other duty's end does not end it");
    election.resign(&alerter).await.unwrap();
}

/// The revision of a term rises from one to the next, also after a restart.
pub async fn later_term_has_a_higher_revision(store: &mut dyn Harness) {
    let election = store.election();
    let first = lead(&*election, "a").await;
    election.resign(&first).await.unwrap();
    let second = lead(&*election, "a").await;
    assert!(second.revision > first.revision, "{second:?} after {first:?}");
    election.resign(&second).await.unwrap();
    drop(election);
    if store.reopen().await {
        let third = lead(&*store.election(), "a").await;
        assert!(third.revision > second.revision, "{third:?} after {second:?}");
        store.election().resign(&third).await.unwrap();
    }
}

/// A term that is not renewed is over at the latest one TTL after `holds_until`, and another one begins.
pub async fn term_that_is_not_renewed_is_over(store: &mut dyn Harness) {
    let election = store.election();
    lead(&*election, "a").await;
    store.pass(LEASE_TTL.plus(LEASE_TTL)).await;
    assert_eq!(leader(&*election).await, None);
    let next = lead(&*election, "b").await;
    election.resign(&next).await.unwrap();
}

/// A term that is renewed in time goes on beyond its first deadline, with the revision that it had.
pub async fn renewed_term_goes_on(store: &mut dyn Harness) {
    let election = store.election();
    let mut term = lead(&*election, "a").await;
    let first = term.clone();
    for _ in 0..3 {
        store.pass(Span::from_millis(LEASE_TTL.as_millis() / 2)).await;
        let renewed = election.renew(&term).await.unwrap().expect("it goes on");
        assert!(renewed.holds_until > term.holds_until, "{renewed:?} after {term:?}");
        term = renewed;
        assert_eq!(
            election.campaign(DUTY, "b").await.unwrap(),
            None,
            "until `holds_until` nobody else leads"
        );
    }
    assert_eq!(term.revision, first.revision);
    assert_eq!(leader(&*election).await.as_deref(), Some("a"));
    election.resign(&term).await.unwrap();
}

/// `renew` of a term that is over says so and begins none; it and `resign` leave a later one alone.
pub async fn renewing_what_is_over_begins_nothing(store: &mut dyn Harness) {
    let election = store.election();
    let first = lead(&*election, "a").await;
    store.pass(LEASE_TTL.plus(LEASE_TTL)).await;
    assert_eq!(election.renew(&first).await.unwrap(), None);
    assert_eq!(leader(&*election).await, None);
    let second = lead(&*election, "b").await;
    assert_eq!(election.renew(&first).await.unwrap(), None, "the duty is led, the first term is over");
    election.resign(&first).await.unwrap();
    assert_eq!(leader(&*election).await.as_deref(), Some("b"));
    election.resign(&second).await.unwrap();
}

/// After `resign` another may begin at once: nobody waits for a lease to end.
pub async fn after_a_resignation_another_leads_at_once(store: &mut dyn Harness) {
    let election = store.election();
    let first = lead(&*election, "a").await;
    election.resign(&first).await.unwrap();
    let second = lead(&*election, "b").await;
    assert_eq!(leader(&*election).await.as_deref(), Some("b"));
    election.resign(&second).await.unwrap();
}
