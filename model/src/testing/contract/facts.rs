//! What every [`Facts`](crate::ports::Facts) owes.

use futures::StreamExt;

use super::samples::{START, at, chunk, ended, new_name, new_worker, outcome, run};
use super::{Harness, within};
use crate::id::{Fence, JobName, JobUid, RunId};
use crate::ports::{Facts, FactsChange, RunCursor, RunQuery, RunTally, TickFilter};
use crate::run::{RangeRecord, RecentRun, RunRecord, RunStatus, Trigger};
use crate::state::{MissReason, Unrun};
use crate::time::Span;

fn of(job: &JobName) -> RunQuery {
    RunQuery { job: Some(job.clone()), limit: 1000, ..RunQuery::default() }
}

fn range(job: &JobName, uid: &JobUid, from: u64, to: u64) -> RangeRecord {
    let end = Unrun::Missed { why: MissReason::Window };
    RangeRecord { job: job.clone(), uid: uid.clone(), from: at(from), to: at(to), end, worker: None }
}

fn within_range(uid: &JobUid, from: u64, to: u64) -> TickFilter {
    TickFilter { uid: uid.clone(), from: at(from), to: at(to), limit: 1000 }
}

/// What was answered survives a crash of the store.
pub async fn answered_facts_survive_a_crash(store: &mut dyn Harness) {
    let (job, uid) = (new_name(), JobUid::random());
    let record = ended(&run(&job, &uid, 1), RunStatus::Lost);
    let chunks: Vec<_> = (0..5).map(|seq| chunk(&record.id, seq)).collect();
    let facts = store.facts();
    facts.put_runs(vec![record.clone()]).await.unwrap();
    facts.put_late_outcome(&record.id, outcome(0)).await.unwrap();
    facts.append_chunks(chunks.clone()).await.unwrap();
    facts.put_ranges(vec![range(&job, &uid, 10, 20)]).await.unwrap();
    drop(facts);
    if store.reopen().await {
        let facts = store.facts();
        let expected = RunRecord { late_outcome: Some(outcome(0)), ..record.clone() };
        assert_eq!(facts.run(&record.id).await.unwrap(), Some(expected));
        assert_eq!(facts.chunks(&record.id, 0, 100).await.unwrap(), chunks);
        let ranges = facts.ranges(within_range(&uid, 0, 100)).await.unwrap();
        assert_eq!(ranges, [range(&job, &uid, 10, 20)]);
    }
}

/// Of two versions of one record the one with the higher [`RunRecord::order`] stays, whichever comes first; another
/// of the same order changes nothing.
pub async fn higher_order_of_a_record_stays(store: &mut dyn Harness) {
    let (facts, job, uid) = (store.facts(), new_name(), JobUid::random());
    let claimed = run(&job, &uid, 1);
    let running = RunRecord { status: RunStatus::Running, ..claimed.clone() };
    let succeeded = ended(&claimed, RunStatus::Succeeded);
    let same_order = RunRecord { reason: "another".into(), ..ended(&claimed, RunStatus::Failed) };
    let later_claim = RunRecord { fence: Some(Fence(9)), ..claimed.clone() };
    let steps = [
        (&running, &running),
        (&claimed, &running),
        (&succeeded, &succeeded),
        (&running, &succeeded),
        (&same_order, &succeeded),
        (&later_claim, &later_claim),
        (&succeeded, &later_claim),
    ];
    for (i, (put, stays)) in steps.into_iter().enumerate() {
        facts.put_runs(vec![put.clone()]).await.unwrap();
        assert_eq!(facts.run(&claimed.id).await.unwrap().as_ref(), Some(stays), "step {i}");
        assert_eq!(facts.runs(of(&job)).await.unwrap(), std::slice::from_ref(stays), "step {i}, in the list");
    }
    // Both versions in one call, the higher one first.
    let other = run(&job, &uid, 2);
    let end = ended(&other, RunStatus::Failed);
    facts.put_runs(vec![end.clone(), other]).await.unwrap();
    assert_eq!(facts.run(&end.id).await.unwrap(), Some(end));
}

/// A late outcome is added to a record without changing the rest of it, and a later version keeps it.
pub async fn late_outcome_leaves_the_rest_of_a_record(store: &mut dyn Harness) {
    let (facts, job, uid) = (store.facts(), new_name(), JobUid::random());
    let lost = ended(&run(&job, &uid, 1), RunStatus::Lost);
    facts.put_runs(vec![lost.clone()]).await.unwrap();
    facts.put_late_outcome(&lost.id, outcome(3)).await.unwrap();
    facts.put_late_outcome(&lost.id, outcome(3)).await.unwrap();
    let expected = RunRecord { late_outcome: Some(outcome(3)), ..lost.clone() };
    assert_eq!(facts.run(&lost.id).await.unwrap(), Some(expected.clone()));
    assert_eq!(facts.runs(of(&job)).await.unwrap(), [expected]);
    let higher = RunRecord { fence: Some(Fence(8)), ..lost };
    facts.put_runs(vec![higher.clone()]).await.unwrap();
    let expected = RunRecord { late_outcome: Some(outcome(3)), ..higher };
    assert_eq!(facts.run(&expected.id).await.unwrap(), Some(expected));
}

/// A late outcome that comes before its record is kept for it.
pub async fn late_outcome_may_come_before_its_record(store: &mut dyn Harness) {
    let (facts, job, uid) = (store.facts(), new_name(), JobUid::random());
    let lost = ended(&run(&job, &uid, 1), RunStatus::Lost);
    facts.put_late_outcome(&lost.id, outcome(0)).await.unwrap();
    assert_eq!(facts.run(&lost.id).await.unwrap(), None, "a late outcome alone is no record");
    facts.put_runs(vec![lost.clone()]).await.unwrap();
    let found = facts.run(&lost.id).await.unwrap().expect("it was put");
    assert_eq!(found.late_outcome, Some(outcome(0)));
}

/// A chunk is kept once, however often it is delivered, and by the first delivery's bytes.
pub async fn chunk_is_kept_once(store: &mut dyn Harness) {
    let (facts, uid) = (store.facts(), JobUid::random());
    let id = RunId::for_tick(&uid, at(1), 1, None);
    let chunks: Vec<_> = (0..10).map(|seq| chunk(&id, seq)).collect();
    facts.append_chunks(chunks[..6].to_vec()).await.unwrap();
    facts.append_chunks(chunks[3..].to_vec()).await.unwrap();
    facts.append_chunks([chunks.clone(), chunks.clone()].concat()).await.unwrap();
    assert_eq!(facts.chunks(&id, 0, 100).await.unwrap(), chunks);
}

/// `chunks` returns them in order of sequence from the one asked for, whatever order they came in, run by run.
pub async fn chunks_come_in_order_of_sequence(store: &mut dyn Harness) {
    let (facts, uid) = (store.facts(), JobUid::random());
    let (id, other) = (RunId::for_tick(&uid, at(1), 1, None), RunId::for_tick(&uid, at(2), 1, None));
    let both = (0..300).rev().flat_map(|seq| [chunk(&id, seq), chunk(&other, seq)]);
    facts.append_chunks(both.collect()).await.unwrap();
    let expected: Vec<_> = (0..300).map(|seq| chunk(&id, seq)).collect();
    assert_eq!(facts.chunks(&id, 0, 1000).await.unwrap(), expected);
    assert_eq!(facts.chunks(&id, 120, 50).await.unwrap(), expected[120..170]);
    assert_eq!(facts.chunks(&id, 300, 50).await.unwrap(), []);
    assert_eq!(facts.chunks(&id, u64::MAX, 50).await.unwrap(), []);
}

/// Of ranges with the same job, worker and beginning, the one with the later end stays.
pub async fn range_of_one_beginning_keeps_the_later_end(store: &mut dyn Harness) {
    let (facts, job, uid) = (store.facts(), new_name(), JobUid::random());
    for to in [20, 40, 30] {
        facts.put_ranges(vec![range(&job, &uid, 10, to)]).await.unwrap();
    }
    let ranges = facts.ranges(within_range(&uid, 0, 100)).await.unwrap();
    assert_eq!(ranges, [range(&job, &uid, 10, 40)]);
    let of_worker = RangeRecord { worker: Some(new_worker()), ..range(&job, &uid, 10, 15) };
    facts.put_ranges(vec![of_worker.clone()]).await.unwrap();
    let ranges = facts.ranges(within_range(&uid, 0, 100)).await.unwrap();
    assert_eq!(ranges.len(), 2, "a range of a worker stands for itself: {ranges:?}");
    assert!(ranges.contains(&of_worker));
}

/// `ranges` returns those that end at or after `from` and begin before `to`, oldest first, at most `limit`.
pub async fn ranges_are_found_by_what_they_touch(store: &mut dyn Harness) {
    let (facts, job, uid) = (store.facts(), new_name(), JobUid::random());
    let all: Vec<_> = [(10, 20), (30, 40), (50, 60)].map(|(from, to)| range(&job, &uid, from, to)).into();
    facts.put_ranges(all.iter().rev().cloned().collect()).await.unwrap();
    facts.put_ranges(vec![range(&job, &JobUid::random(), 10, 60)]).await.unwrap();
    let find = async |from, to| facts.ranges(within_range(&uid, from, to)).await.unwrap();
    assert_eq!(find(0, 100).await, all);
    assert_eq!(find(20, 50).await, all[..2], "an end at `from` is in, a beginning at `to` is not");
    assert_eq!(find(21, 51).await, all[1..]);
    assert_eq!(find(21, 30).await, []);
    let first = facts.ranges(TickFilter { limit: 2, ..within_range(&uid, 0, 100) }).await.unwrap();
    assert_eq!(first, all[..2]);
}

/// The pages of `runs`, newest first, together show every record that was there at the first page and matches
/// throughout, once, while new ones are put; records of the same instant are told apart by their id.
pub async fn pages_of_runs_show_each_record_once(store: &mut dyn Harness) {
    let (facts, job) = (store.facts(), new_name());
    // Three records at each instant.
    let uids = [JobUid::random(), JobUid::random(), JobUid::random()];
    let mut expected: Vec<_> = (0..90).map(|i| run(&job, &uids[i % 3], 1000 + i as u64 / 3)).collect();
    facts.put_runs(expected.clone()).await.unwrap();
    expected.sort_by(|a, b| (b.scheduled_at, &b.id).cmp(&(a.scheduled_at, &a.id)));
    let mut seen = Vec::new();
    let mut after = None;
    for newer in 0.. {
        let page = facts.runs(RunQuery { after, limit: 7, ..of(&job) }).await.unwrap();
        assert!(page.len() <= 7);
        let Some(last) = page.last() else { break };
        after = Some(RunCursor { scheduled_at: last.scheduled_at, id: last.id.clone() });
        seen.extend(page);
        facts.put_runs(vec![run(&job, &uids[0], 5000 + newer)]).await.unwrap();
    }
    assert_eq!(seen, expected);
}

/// Filters combine by AND; several statuses or triggers mean any of them; `from` is in, `to` is not.
pub async fn filters_of_runs_combine(store: &mut dyn Harness) {
    let (facts, job, uid, worker) = (store.facts(), new_name(), JobUid::random(), new_worker());
    let statuses = [RunStatus::Succeeded, RunStatus::Failed, RunStatus::Running];
    let triggers = [Trigger::Schedule, Trigger::Manual, Trigger::CatchUp];
    let all: Vec<_> = (0..36)
        .map(|i| RunRecord {
            status: statuses[i % 3],
            trigger: triggers[i / 3 % 3],
            worker: i.is_multiple_of(2).then(|| worker.clone()),
            started_at: Some(at(i as u64)),
            // Runs that go on have no duration, whatever stands there.
            ended_at: Some(at(2 * i as u64)),
            ..run(&job, &uid, i as u64)
        })
        .collect();
    facts.put_runs(all.clone()).await.unwrap();
    facts.put_runs(vec![run(&new_name(), &JobUid::random(), 1)]).await.unwrap();
    let any = of(&job);
    let queries = [
        any.clone(),
        RunQuery { status: vec![RunStatus::Failed], ..any.clone() },
        RunQuery { status: vec![RunStatus::Failed, RunStatus::Running], ..any.clone() },
        RunQuery { trigger: vec![Trigger::Manual, Trigger::CatchUp], ..any.clone() },
        RunQuery { worker: Some(worker.clone()), ..any.clone() },
        RunQuery {
            job: None,
            worker: Some(worker.clone()),
            status: vec![RunStatus::Succeeded],
            ..any.clone()
        },
        RunQuery { from: Some(at(10)), to: Some(at(20)), ..any.clone() },
        RunQuery { status: vec![RunStatus::Killed], ..any.clone() },
        RunQuery { duration_min: Some(Span::from_seconds(10)), ..any.clone() },
        RunQuery {
            duration_min: Some(Span::from_seconds(4)),
            duration_max: Some(Span::from_seconds(20)),
            status: vec![RunStatus::Failed],
            ..any.clone()
        },
        RunQuery {
            worker: Some(worker),
            status: vec![RunStatus::Succeeded, RunStatus::Failed],
            trigger: vec![Trigger::Schedule],
            from: Some(at(5)),
            to: Some(at(30)),
            limit: 3,
            ..any
        },
    ];
    for query in queries {
        let mut expected: Vec<_> = all.iter().filter(|run| matches(run, &query)).cloned().collect();
        expected.reverse();
        expected.truncate(query.limit);
        assert_eq!(facts.runs(query.clone()).await.unwrap(), expected, "{query:?}");
    }
    // Without a job others' runs may show too.
    let status = vec![RunStatus::Failed, RunStatus::Running, RunStatus::Failed];
    let query = RunQuery { job: None, status, from: Some(at(0)), to: Some(at(30)), ..of(&job) };
    let mut found = facts.runs(query.clone()).await.unwrap();
    assert!(
        found.is_sorted_by(|a, b| (a.scheduled_at, &a.id) > (b.scheduled_at, &b.id)),
        "newest first, once"
    );
    found.retain(|run| run.job == job);
    let expected: Vec<_> = all.iter().rev().filter(|run| matches(run, &query)).cloned().collect();
    assert_eq!(found, expected);
}

/// The last runs of many jobs are what `runs` tells of each, in the order of the jobs; a late outcome changes nothing.
pub async fn recent_runs_are_those_of_each_job(store: &mut dyn Harness) {
    let facts = store.facts();
    // More than one question of any store, one that never ran, one that stands there twice.
    let mut jobs: Vec<JobName> = (0..70).map(|_| new_name()).collect();
    let mut all = Vec::new();
    for (n, job) in jobs.iter().enumerate().skip(1) {
        let uid = JobUid::random();
        all.extend((0..n as u64 % 7).map(|tick| match tick % 3 {
            0 => run(job, &uid, tick),
            1 => RunRecord {
                started_at: Some(at(tick + 1)),
                ..ended(&run(job, &uid, tick), RunStatus::Failed)
            },
            _ => RunRecord { trigger: Trigger::Manual, status: RunStatus::Running, ..run(job, &uid, tick) },
        }));
    }
    facts.put_runs(all.clone()).await.unwrap();
    facts.put_late_outcome(&all[0].id, outcome(0)).await.unwrap();
    jobs.push(jobs[5].clone());
    let found = facts.recent_runs(&jobs, 4).await.unwrap();
    assert_eq!(found.len(), jobs.len());
    for (job, recent) in jobs.iter().zip(found) {
        let expected = facts.runs(RunQuery { limit: 4, ..of(job) }).await.unwrap();
        assert_eq!(recent, expected.iter().map(RecentRun::from).collect::<Vec<_>>(), "{job}");
    }
    assert!(facts.recent_runs(&[], 4).await.unwrap().is_empty());
}

/// The plain meaning of a query, as an oracle.
fn matches(run: &RunRecord, query: &RunQuery) -> bool {
    query.job.as_ref().is_none_or(|job| run.job == *job)
        && query.worker.as_ref().is_none_or(|worker| run.worker.as_ref() == Some(worker))
        && (query.status.is_empty() || query.status.contains(&run.status))
        && (query.trigger.is_empty() || query.trigger.contains(&run.trigger))
        && query.from.is_none_or(|from| run.scheduled_at >= from)
        && query.to.is_none_or(|to| run.scheduled_at < to)
        && query.duration_min.is_none_or(|least| took(run).is_some_and(|took| took >= least))
        && query.duration_max.is_none_or(|most| took(run).is_some_and(|took| took <= most))
}

fn took(run: &RunRecord) -> Option<Span> {
    run.duration_ms().map(|millis| Span::from_millis(u64::try_from(millis).unwrap()))
}

/// `tally` counts each record once, in the hour and the status that it has. In hours of its own: others' runs stand in the
/// same store.
pub async fn runs_are_counted_by_hour_and_status(store: &mut dyn Harness) {
    const HOUR: u64 = 3600;
    let (facts, job, uid) = (store.facts(), new_name(), JobUid::random());
    // Far from the other suites, at the beginning of an hour as `START` is.
    let base = 1_000_000 * HOUR;
    let began = |seconds: u64, delay: u64, status: RunStatus| RunRecord {
        status,
        started_at: Some(at(base + seconds) + Span::from_millis(delay)),
        ..run(&job, &uid, base + seconds)
    };
    let late_after = Span::from_seconds(5);
    let manual = RunRecord { trigger: Trigger::Manual, ..began(4, 0, RunStatus::Succeeded) };
    let catch_up = RunRecord { trigger: Trigger::CatchUp, ..began(5, 60_000, RunStatus::Succeeded) };
    let all = vec![
        began(0, 100, RunStatus::Succeeded),
        began(1, 5_000, RunStatus::Succeeded),
        began(2, 5_001, RunStatus::Succeeded),
        began(3, 0, RunStatus::Failed),
        manual,
        catch_up,
        RunRecord { status: RunStatus::Missed, ..run(&job, &uid, base + 6) },
        began(HOUR, 0, RunStatus::Succeeded),
        began(2 * HOUR, 0, RunStatus::Succeeded),
    ];
    facts.put_runs(all.clone()).await.unwrap();
    facts.put_runs(all).await.unwrap();
    let count = async |from: u64, to: u64| {
        let found = facts.tally(at(base + from), at(base + to), late_after).await.unwrap();
        let told = |one: &RunTally| {
            (one.hour.as_seconds() - at(base).as_seconds(), one.status, one.runs, one.on_time, one.late)
        };
        let mut told: Vec<_> = found.iter().map(told).collect();
        told.sort();
        told
    };
    let next = HOUR as i64;
    assert_eq!(
        count(0, 2 * HOUR).await,
        [
            (0, RunStatus::Succeeded, 5, 2, 1),
            (0, RunStatus::Failed, 1, 1, 0),
            (0, RunStatus::Missed, 1, 0, 0),
            (next, RunStatus::Succeeded, 1, 1, 0),
        ]
    );
    assert_eq!(count(1, 3).await, [(0, RunStatus::Succeeded, 2, 1, 1)]);
    assert_eq!(count(3 * HOUR, 4 * HOUR).await, []);
}

/// Ranges of all jobs are found by what they touch.
pub async fn ranges_of_all_jobs_are_found_by_what_they_touch(store: &mut dyn Harness) {
    let facts = store.facts();
    let base = 5_000_000_000;
    let range = |from: u64, to: u64| RangeRecord {
        job: new_name(),
        uid: JobUid::random(),
        from: at(base + from),
        to: at(base + to),
        end: Unrun::Missed { why: MissReason::Window },
        worker: None,
    };
    let all = [range(0, 10), range(5, 20), range(30, 40)];
    facts.put_ranges(all.to_vec()).await.unwrap();
    let ask = async |from: u64, to: u64, limit: usize| {
        facts.ranges_of_all(at(base + from), at(base + to), limit).await.unwrap()
    };
    assert_eq!(ask(0, 50, 100).await, all);
    assert_eq!(ask(10, 30, 100).await, all[..2]);
    assert_eq!(ask(11, 31, 100).await, all[1..]);
    assert_eq!(ask(0, 50, 1).await, all[..1]);
    assert_eq!(ask(21, 30, 100).await, []);
}

/// `watch` gives a hint after each change of a run: its record, its output, its late outcome.
pub async fn watch_hints_at_changes_of_a_run(store: &mut dyn Harness) {
    let (facts, job, uid) = (store.facts(), new_name(), JobUid::random());
    let mut hints = facts.watch().await.unwrap();
    for seconds in 0..3 {
        let record = ended(&run(&job, &uid, seconds), RunStatus::Lost);
        match seconds {
            0 => facts.put_runs(vec![record.clone()]).await.unwrap(),
            1 => facts.append_chunks(vec![chunk(&record.id, 0)]).await.unwrap(),
            _ => facts.put_late_outcome(&record.id, outcome(0)).await.unwrap(),
        }
        let hinted = async {
            while let Some(hint) = hints.next().await {
                if hint == FactsChange::Anything || hint == FactsChange::Run(record.id.clone()) {
                    return;
                }
            }
            panic!("the hints ended");
        };
        within("a hint", hinted).await;
    }
}

async fn prune_all(facts: &dyn Facts, seconds: u64, ranges_days: u32) -> usize {
    let mut pruned = 0;
    loop {
        match facts.prune(at(seconds), ranges_days).await.unwrap() {
            0 => return pruned,
            more => pruned += more,
        }
    }
}

/// `prune` forgets runs whose retention has passed since their end, with their output and late outcome, and ranges
/// that ended long enough ago; it leaves everything else, and what has no end yet.
pub async fn prune_forgets_what_is_past_its_retention(store: &mut dyn Harness) {
    let (facts, job, uid) = (store.facts(), new_name(), JobUid::random());
    let hour = Span::from_minutes(60);
    let brief = |seconds| RunRecord { retention: hour, ..run(&job, &uid, seconds) };
    let old = ended(&brief(0), RunStatus::Lost);
    let young = ended(&brief(3000), RunStatus::Succeeded);
    let endless = RunRecord { status: RunStatus::Running, ..brief(1) };
    let long = ended(&run(&job, &uid, 2), RunStatus::Failed);
    let all = [&old, &young, &endless, &long];
    facts.put_runs(all.map(Clone::clone).to_vec()).await.unwrap();
    facts
        .append_chunks(all.iter().flat_map(|run| [chunk(&run.id, 0), chunk(&run.id, 1)]).collect())
        .await
        .unwrap();
    facts.put_late_outcome(&old.id, outcome(0)).await.unwrap();
    let day = 86_400;
    facts.put_ranges(vec![range(&job, &uid, 0, 10), range(&job, &uid, day, 2 * day)]).await.unwrap();

    // `old` ended at 1 s and is kept for 3600 s.
    prune_all(&*facts, 3600, 30).await;
    assert!(facts.run(&old.id).await.unwrap().is_some(), "its retention has not passed");
    assert!(prune_all(&*facts, 3601, 30).await >= 1);
    assert_eq!(facts.run(&old.id).await.unwrap(), None);
    assert_eq!(facts.chunks(&old.id, 0, 10).await.unwrap(), []);
    for kept in [&young, &endless, &long] {
        assert!(facts.run(&kept.id).await.unwrap().is_some(), "{kept:?}");
        assert_eq!(facts.chunks(&kept.id, 0, 10).await.unwrap().len(), 2);
    }
    assert_eq!(facts.ranges(within_range(&uid, 0, 3 * day)).await.unwrap().len(), 2);
    prune_all(&*facts, 3 * day, 2).await;
    assert_eq!(
        facts.ranges(within_range(&uid, 0, 3 * day)).await.unwrap(),
        [range(&job, &uid, day, 2 * day)]
    );
    assert!(facts.run(&endless.id).await.unwrap().is_some(), "it has no end yet");
    // The same run put again comes without what the one before it had.
    facts.put_runs(vec![old.clone()]).await.unwrap();
    assert_eq!(facts.run(&old.id).await.unwrap(), Some(old));
}

/// `prune` gets to the end of a run with much output and of many runs, in bounded calls.
pub async fn prune_forgets_much_output_in_the_end(store: &mut dyn Harness) {
    let (facts, job, uid) = (store.facts(), new_name(), JobUid::random());
    let records: Vec<_> =
        (0..450).map(|seconds| ended(&run(&job, &uid, seconds), RunStatus::Failed)).collect();
    facts.put_runs(records.clone()).await.unwrap();
    for seqs in [0..900, 900..1800] {
        facts.append_chunks(seqs.map(|seq| chunk(&records[0].id, seq)).collect()).await.unwrap();
    }
    assert!(prune_all(&*facts, 40 * 86_400, 365).await >= records.len());
    assert_eq!(facts.runs(of(&job)).await.unwrap(), []);
    assert_eq!(facts.chunks(&records[0].id, 0, 10).await.unwrap(), []);
}

/// `server_time` goes on, and is of this age.
pub async fn time_of_the_store_goes_on(store: &mut dyn Harness) {
    let facts = store.facts();
    let first = facts.server_time().await.unwrap();
    let second = facts.server_time().await.unwrap();
    assert!(second >= first, "{second} after {first}");
    assert!(first >= START, "{first}");
}
