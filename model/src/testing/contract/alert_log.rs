//! What every [`AlertLog`](crate::ports::AlertLog) owes.

use super::Harness;
use super::alerts::{delivery, notice};
use super::samples::{at, ended, new_name, run};
use crate::alert::{Condition, DeliveryState, Notice};
use crate::id::{Fence, JobName, JobUid, NoticeId};
use crate::ports::{AlertLog, NoticeQuery, Untold};
use crate::run::{RangeRecord, RunRecord, RunStatus};
use crate::state::{MissReason, Unrun};
use crate::time::Timestamp;

/// More than any suite leaves behind in one store.
const ALL: usize = 1000;

async fn untold(log: &dyn AlertLog, uid: &JobUid) -> Untold {
    let mut untold = log.untold(ALL).await.unwrap();
    untold.runs.retain(|run| run.uid == *uid);
    untold.ranges.retain(|range| range.uid == *uid);
    untold
}

fn runs(runs: &[&RunRecord]) -> Untold {
    Untold { runs: runs.iter().map(|run| (*run).clone()).collect(), ranges: Vec::new() }
}

fn range(job: &JobName, uid: &JobUid, to: u64) -> RangeRecord {
    let end = Unrun::Missed { why: MissReason::PolicyNone };
    RangeRecord { job: job.clone(), uid: uid.clone(), from: at(0), to: at(to), end, worker: None }
}

/// A run that is put with its end is untold until it is marked; one that goes on never is.
pub async fn ended_run_is_untold_until_it_is_marked(store: &mut dyn Harness) {
    let (facts, log) = (store.facts(), store.alert_log());
    let (job, uid) = (new_name(), JobUid::random());
    let (goes_on, other) = (run(&job, &uid, 1), run(&job, &uid, 2));
    let ended = ended(&other, RunStatus::Failed);
    facts.put_runs(vec![goes_on.clone(), other]).await.unwrap();
    assert!(untold(&*log, &uid).await.is_empty());
    facts.put_runs(vec![ended.clone()]).await.unwrap();
    assert_eq!(untold(&*log, &uid).await, runs(&[&ended]));
    log.mark_told(&runs(&[&ended])).await.unwrap();
    assert!(untold(&*log, &uid).await.is_empty());
    facts.put_runs(vec![ended.clone()]).await.unwrap();
    assert!(untold(&*log, &uid).await.is_empty(), "the same version put twice is looked at once");
    log.mark_told(&Untold::default()).await.unwrap();
}

/// A mark is for the version that was looked at: one that came meanwhile stays untold.
pub async fn mark_is_for_the_version_that_was_seen(store: &mut dyn Harness) {
    let (facts, log) = (store.facts(), store.alert_log());
    let (job, uid) = (new_name(), JobUid::random());
    let lost = ended(&run(&job, &uid, 1), RunStatus::Lost);
    let later = RunRecord { fence: Some(Fence(9)), status: RunStatus::Failed, ..lost.clone() };
    let (short, long) = (range(&job, &uid, 10), range(&job, &uid, 20));
    facts.put_runs(vec![lost.clone()]).await.unwrap();
    facts.put_ranges(vec![short.clone()]).await.unwrap();
    let seen = untold(&*log, &uid).await;
    facts.put_runs(vec![later.clone()]).await.unwrap();
    facts.put_ranges(vec![long.clone()]).await.unwrap();
    log.mark_told(&seen).await.unwrap();
    assert_eq!(untold(&*log, &uid).await, Untold { runs: vec![later.clone()], ranges: vec![long] });
    let again = RunRecord { fence: Some(Fence(11)), status: RunStatus::Claimed, ended_at: None, ..later };
    facts.put_runs(vec![again]).await.unwrap();
    assert_eq!(untold(&*log, &uid).await.runs, [], "it goes on again");
}

/// A range that is put, or grows, is untold until it is marked.
pub async fn range_is_untold_again_when_it_grows(store: &mut dyn Harness) {
    let (facts, log) = (store.facts(), store.alert_log());
    let (job, uid) = (new_name(), JobUid::random());
    for to in [10, 20] {
        facts.put_ranges(vec![range(&job, &uid, to)]).await.unwrap();
        let seen = untold(&*log, &uid).await;
        assert_eq!(seen.ranges, [range(&job, &uid, to)]);
        log.mark_told(&seen).await.unwrap();
        facts.put_ranges(vec![range(&job, &uid, to)]).await.unwrap();
        assert!(untold(&*log, &uid).await.is_empty());
    }
}

fn of(job: &JobName) -> NoticeQuery {
    NoticeQuery { job: Some(job.clone()), limit: 100, ..NoticeQuery::default() }
}

async fn found(log: &dyn AlertLog, query: NoticeQuery) -> Vec<Notice> {
    log.history(query).await.unwrap()
}

/// Of two versions of one notice the one that is put last stays.
pub async fn notice_put_again_stands_as_last_put(store: &mut dyn Harness) {
    let log = store.alert_log();
    let job = new_name();
    let first = notice(job.as_str(), 0);
    let sent = Notice { deliveries: vec![delivery("ops", DeliveryState::Sent)], ..first.clone() };
    log.put_history(Vec::new()).await.unwrap();
    log.put_history(vec![first.clone()]).await.unwrap();
    assert_eq!(found(&*log, of(&job)).await, [first]);
    log.put_history(vec![sent.clone()]).await.unwrap();
    assert_eq!(found(&*log, of(&job)).await, std::slice::from_ref(&sent));
    let waiting = NoticeQuery { state: Some(DeliveryState::Waiting), ..of(&job) };
    assert_eq!(found(&*log, waiting).await, []);
}

/// The pages of `history` together show every notice that was there at the first page, once.
pub async fn pages_of_history_show_each_notice_once(store: &mut dyn Harness) {
    let log = store.alert_log();
    let job = new_name();
    // Several of one instant.
    let mut all: Vec<_> = (0..7)
        .map(|n| Notice {
            id: NoticeId::of(&[job.as_str(), &format!("n{n}")]),
            ..notice(job.as_str(), n / 3)
        })
        .collect();
    log.put_history(all.clone()).await.unwrap();
    all.sort_by(|a, b| (b.made_at, &b.id).cmp(&(a.made_at, &a.id)));
    let mut seen: Vec<Notice> = Vec::new();
    loop {
        let after: Option<(Timestamp, NoticeId)> = seen.last().map(|last| (last.made_at, last.id.clone()));
        let page = found(&*log, NoticeQuery { after, limit: 3, ..of(&job) }).await;
        log.put_history(vec![notice(job.as_str(), 900)]).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, all);
}

/// Filters combine.
pub async fn filters_of_history_combine(store: &mut dyn Harness) {
    let log = store.alert_log();
    let job = new_name();
    let plain = notice(job.as_str(), 0);
    let failed = Notice {
        condition: Condition::Failed,
        deliveries: vec![delivery("data", DeliveryState::Failed), delivery("ops", DeliveryState::Sent)],
        ..notice(job.as_str(), 10)
    };
    log.put_history(vec![plain.clone(), failed.clone()]).await.unwrap();
    let both = [failed.clone(), plain.clone()];
    let ops = |query: NoticeQuery| NoticeQuery { channel: Some("ops".parse().unwrap()), ..query };
    assert_eq!(found(&*log, of(&job)).await, both);
    assert_eq!(found(&*log, ops(of(&job))).await, both);
    let data = NoticeQuery { channel: Some("data".parse().unwrap()), ..of(&job) };
    assert_eq!(found(&*log, data).await, std::slice::from_ref(&failed));
    let bad = NoticeQuery { state: Some(DeliveryState::Failed), ..of(&job) };
    assert_eq!(found(&*log, bad).await, std::slice::from_ref(&failed));
    let kind = |condition| NoticeQuery { condition, ..of(&job) };
    assert_eq!(found(&*log, kind(vec![Condition::TimedOut])).await, std::slice::from_ref(&plain));
    assert_eq!(found(&*log, kind(vec![Condition::TimedOut, Condition::Failed])).await, both);
    let within = NoticeQuery { from: Some(at(1)), to: Some(at(11)), ..of(&job) };
    assert_eq!(found(&*log, within).await, [failed]);
    assert_eq!(found(&*log, of(&new_name())).await, []);
}

/// `prune_history` removes notices that were made before it is told, and no other.
pub async fn prune_forgets_old_notices_alone(store: &mut dyn Harness) {
    let log = store.alert_log();
    let job = new_name();
    let (old, young) = (notice(job.as_str(), 9), notice(job.as_str(), 10));
    log.put_history(vec![old, young.clone()]).await.unwrap();
    log.prune_history(at(10)).await.unwrap();
    assert_eq!(found(&*log, of(&job)).await, [young]);
}

/// What was answered survives a crash of the store.
pub async fn untold_and_history_survive_a_crash(store: &mut dyn Harness) {
    let (job, uid) = (new_name(), JobUid::random());
    let (told, left) =
        (ended(&run(&job, &uid, 1), RunStatus::Failed), ended(&run(&job, &uid, 2), RunStatus::Failed));
    store.facts().put_runs(vec![told.clone(), left.clone()]).await.unwrap();
    store.alert_log().mark_told(&runs(&[&told])).await.unwrap();
    store.alert_log().put_history(vec![notice(job.as_str(), 0)]).await.unwrap();
    if store.reopen().await {
        let log = store.alert_log();
        assert_eq!(untold(&*log, &uid).await, runs(&[&left]));
        assert_eq!(found(&*log, of(&job)).await, [notice(job.as_str(), 0)]);
    }
}
