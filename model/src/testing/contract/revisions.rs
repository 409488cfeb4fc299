//! What every [`Revisions`](crate::ports::Revisions) owes.

use super::Harness;
use super::samples::{at, new_name, saved};
use crate::id::{JobName, JobUid, Revision};
use crate::ports::{RevisionQuery, Revisions};
use crate::revision::JobRevision;
use crate::time::Timestamp;

/// More than any test makes.
const KEPT: usize = 100;

/// Returns a text that was saved `second` seconds after the start, at this revision.
fn text(name: &JobName, revision: u64, second: u64) -> JobRevision {
    let mut saved = saved(name, &JobUid::random());
    saved.saved_at = at(second);
    saved.reason = format!("because of {revision}, ü");
    JobRevision::of(Revision(revision), saved)
}

fn deletion(name: &JobName, revision: u64, second: u64) -> JobRevision {
    let author = Some("contract".to_owned());
    JobRevision { job: name.clone(), revision: Revision(revision), at: at(second), author, saved: None }
}

async fn list(store: &dyn Revisions, name: &JobName) -> Vec<JobRevision> {
    store.revisions(RevisionQuery { job: name.clone(), before: None, limit: 1000 }).await.unwrap()
}

async fn numbers(store: &dyn Revisions, name: &JobName) -> Vec<u64> {
    list(store, name).await.iter().map(|one| one.revision.0).collect()
}

/// A revision comes back as it was put; put twice, it is the first one.
pub async fn revision_put_twice_is_one(store: &mut dyn Harness) {
    let (store, name) = (store.revisions(), new_name());
    let (first, gone) = (text(&name, 5, 0), deletion(&name, 9, 1));
    store.put_revisions(vec![first.clone()], KEPT).await.unwrap();
    let again = JobRevision { author: Some("another".into()), ..first.clone() };
    store.put_revisions(vec![again, gone.clone()], KEPT).await.unwrap();
    store.put_revisions(Vec::new(), KEPT).await.unwrap();
    assert_eq!(list(&*store, &name).await, [gone.clone(), first.clone()], "the newest first");
    assert_eq!(store.revision(&name, Revision(5)).await.unwrap(), Some(first));
    assert_eq!(store.revision(&name, Revision(9)).await.unwrap(), Some(gone));
    assert_eq!(store.revision(&name, Revision(6)).await.unwrap(), None);
    assert_eq!(store.revision(&new_name(), Revision(5)).await.unwrap(), None);
}

/// The pages of `revisions` together show every revision that was there at the first page, once, newest first.
pub async fn revisions_come_newest_first_in_pages(store: &mut dyn Harness) {
    let (store, name, other) = (store.revisions(), new_name(), new_name());
    // Beyond 9 and 99: numbers, not words, are what is sorted.
    let all: Vec<u64> = vec![2, 9, 10, 11, 99, 100, 1_000];
    let texts = all.iter().flat_map(|n| [text(&name, *n, *n), text(&other, *n + 1, *n)]).collect();
    store.put_revisions(texts, KEPT).await.unwrap();
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = store.revisions(RevisionQuery { job: name.clone(), before, limit: 3 }).await.unwrap();
        assert!(page.len() <= 3);
        store.put_revisions(vec![text(&name, 2_000 + seen.len() as u64, 0)], KEPT).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.revision);
        seen.extend(page.iter().map(|one| one.revision.0));
    }
    assert_eq!(seen, all.into_iter().rev().collect::<Vec<_>>());
}

/// Of each job that is put, the newest `kept` stay.
pub async fn of_each_job_the_newest_revisions_stay(store: &mut dyn Harness) {
    let (store, name, other) = (store.revisions(), new_name(), new_name());
    store.put_revisions((1..=5).map(|n| text(&other, n, n)).collect(), KEPT).await.unwrap();
    store.put_revisions((1..=5).map(|n| text(&name, n, n)).collect(), 3).await.unwrap();
    assert_eq!(numbers(&*store, &name).await, [5, 4, 3]);
    store.put_revisions(vec![text(&name, 12, 12)], 3).await.unwrap();
    assert_eq!(numbers(&*store, &name).await, [12, 5, 4]);
    assert_eq!(numbers(&*store, &other).await, [5, 4, 3, 2, 1], "another job's stay");
}

/// `copied_to` is the highest that was noted.
pub async fn mark_of_what_was_copied_only_rises(store: &mut dyn Harness) {
    let store = store.revisions();
    let before = store.copied_to().await.unwrap().map_or(0, |revision| revision.0);
    store.note_copied(Revision(before + 10)).await.unwrap();
    assert_eq!(store.copied_to().await.unwrap(), Some(Revision(before + 10)));
    store.note_copied(Revision(before + 3)).await.unwrap();
    assert_eq!(store.copied_to().await.unwrap(), Some(Revision(before + 10)));
    store.note_copied(Revision(before + 11)).await.unwrap();
    assert_eq!(store.copied_to().await.unwrap(), Some(Revision(before + 11)));
}

/// `living` are the jobs whose newest revision is a text.
pub async fn living_jobs_are_those_that_were_not_deleted(store: &mut dyn Harness) {
    let store = store.revisions();
    let (lives, gone, back) = (new_name(), new_name(), new_name());
    let all = vec![
        text(&lives, 1, 1),
        text(&gone, 2, 2),
        deletion(&gone, 13, 3),
        text(&back, 4, 4),
        deletion(&back, 5, 5),
        text(&back, 16, 6),
    ];
    store.put_revisions(all, KEPT).await.unwrap();
    let living = store.living().await.unwrap();
    assert!(living.is_sorted());
    let lives_on = |name: &JobName| living.contains(name);
    assert_eq!((lives_on(&lives), lives_on(&gone), lives_on(&back)), (true, false, true));
}

/// `prune_revisions` removes texts that were replaced before an instant, and deletions from before it; the newest text of
/// a job that was not deleted stays.
pub async fn prune_forgets_what_was_replaced_long_ago(store: &mut dyn Harness) {
    let store = store.revisions();
    let (edited, still, gone, just_gone) = (new_name(), new_name(), new_name(), new_name());
    // The last one before the instant was the text at it.
    let edits = [(1, 10), (2, 20), (3, 40)].map(|(revision, second)| text(&edited, revision, second));
    let others = [text(&still, 4, 1), text(&gone, 5, 1), deletion(&gone, 6, 20), text(&just_gone, 7, 1)];
    let last = deletion(&just_gone, 8, 40);
    store.put_revisions(edits.into_iter().chain(others).chain([last]).collect(), KEPT).await.unwrap();
    store.prune_revisions(at(30)).await.unwrap();
    assert_eq!(numbers(&*store, &edited).await, [3, 2]);
    assert_eq!(numbers(&*store, &still).await, [4]);
    assert_eq!(numbers(&*store, &gone).await, [] as [u64; 0]);
    assert_eq!(numbers(&*store, &just_gone).await, [8, 7]);
    store.prune_revisions(Timestamp::from_seconds(0)).await.unwrap();
    assert_eq!(numbers(&*store, &edited).await, [3, 2]);
}

/// What was answered survives a crash of the store.
pub async fn answered_revision_survives_a_crash(store: &mut dyn Harness) {
    let name = new_name();
    let kept = text(&name, 3, 0);
    store.revisions().put_revisions(vec![kept.clone()], KEPT).await.unwrap();
    let to = Revision(store.revisions().copied_to().await.unwrap().map_or(0, |revision| revision.0) + 1);
    store.revisions().note_copied(to).await.unwrap();
    if store.reopen().await {
        assert_eq!(list(&*store.revisions(), &name).await, [kept]);
        assert_eq!(store.revisions().copied_to().await.unwrap(), Some(to));
    }
}
