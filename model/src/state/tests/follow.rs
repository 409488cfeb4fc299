//! Placement `all`: workers' records follow the job's own, whatever they have missed.

use super::*;
use crate::policy::{Overlap, PlacementMode};

fn all(change: impl FnOnce(&mut Job)) -> SavedJob {
    saved(|job| {
        job.placement.mode = PlacementMode::All;
        change(job);
    })
}

fn w(name: &str) -> WorkerId {
    name.parse().unwrap()
}

/// The next save of a text, at `at`.
fn edited(saved: &SavedJob, now: Timestamp, change: impl FnOnce(&mut Job)) -> SavedJob {
    let mut next = SavedJob { spec_id: saved.spec_id.next(), saved_at: now, ..saved.clone() };
    change(&mut next.job);
    next
}

/// How worker `w1` follows, with everything known.
fn step(
    state: Option<&JobState>,
    head: Option<&JobState>,
    texts: (Option<&SavedJob>, Option<&SavedJob>),
    now: Timestamp,
) -> FollowStep {
    let worker = w("w1");
    let own = |saved| Spec { saved, ticks: &MINUTELY, worker: Some(&worker) };
    let (before, text) = (texts.0.map(own), texts.1.map(own));
    let matches = text.is_some_and(|text| text.saved.job.placement.labels.is_empty());
    follow(state, Following { worker: &worker, head, text, before, matches }, now).unwrap()
}

fn becomes(step: FollowStep) -> JobState {
    match step {
        FollowStep::Becomes(next) => *next,
        other => panic!("the record becomes another: {other:?}"),
    }
}

/// A job with placement `all`, and `w1`'s record, which joined at 10.
fn joined(saved: &SavedJob) -> (JobState, JobState) {
    let head = new(spec(saved, &MINUTELY));
    let record = becomes(step(None, Some(&head), (None, Some(saved)), at(10)));
    (head, record)
}

fn everywhere(head: &JobState, saved: &SavedJob, key: &str, workers: &[&str]) -> (JobState, Vec<WorkerRun>) {
    let workers: Vec<_> = workers.iter().map(|name| w(name)).collect();
    match run_everywhere(head, spec(saved, &MINUTELY), at(70), request(key), &workers).unwrap() {
        RunEverywhereStep::Added(next, runs) => (*next, runs),
        RunEverywhereStep::Known(runs) => panic!("known: {runs:?}"),
    }
}

#[test]
fn a_worker_joins_once_and_runs_no_tick_from_before() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    assert!(is_in_step(&head, &record));
    assert_eq!((record.resolved, record.joined), (at(10), Some(at(10))));
    assert_eq!(step(Some(&record), Some(&head), (None, Some(&saved)), at(20)), FollowStep::InStep);
    let late = SavedJob { saved_at: at(100), ..saved };
    let record = becomes(step(None, Some(&head), (None, Some(&late)), at(99)));
    assert_eq!(record.resolved, at(100), "a clock that is behind makes no tick from before the save");
}

#[test]
fn a_job_with_placement_one_has_no_editions_and_no_workers_records() {
    let one = saved(|_| {});
    let head = new(spec(&one, &MINUTELY));
    let paused = pause(&head, spec(&one, &MINUTELY), at(5), paused(at(5), None)).unwrap();
    let killed = kill(&paused, at(6), "ann", &KillTarget::All).unwrap().state;
    assert_eq!((killed.edition, killed.orders.len()), (Edition::default(), 0));
    assert_eq!(step(None, Some(&head), (None, Some(&one)), at(10)), FollowStep::InStep);
}

/// What was due under the old text ends under it as of the save, however late the record follows; what the new text has
/// since then is still to be claimed. Mutation: following as of `now` loses the tick at 120.
#[test]
fn a_save_is_followed_as_of_its_own_instant() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let next = edited(&saved, at(100), |job| job.jitter = Span::from_millis(1));
    let head = save(Some((&head, Some(spec(&saved, &MINUTELY)))), spec(&next, &MINUTELY), at(100)).unwrap();
    assert!(!is_in_step(&head, &record));
    let record = becomes(step(Some(&record), Some(&head), (Some(&saved), Some(&next)), at(150)));
    assert!(is_in_step(&head, &record));
    assert_eq!(ranges(&record), [range(60, 60, "Edited")]);
    assert_eq!(record.resolved, at(100));
    let worker = w("w1");
    let own = Spec { saved: &next, ticks: &MINUTELY, worker: Some(&worker) };
    assert_eq!(scheduled(&claims(&record, own, at(150)).starts), [120]);
}

#[test]
fn a_save_after_which_the_old_text_is_forgotten_still_ends_what_was_due() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let next = edited(&saved, at(100), |job| job.enabled = false);
    let head = save(Some((&head, Some(spec(&saved, &MINUTELY)))), spec(&next, &MINUTELY), at(100)).unwrap();
    let record = becomes(step(Some(&record), Some(&head), (None, Some(&next)), at(150)));
    assert_eq!(ranges(&record).len(), 1);
    assert_eq!((record.resolved, is_in_step(&head, &record)), (at(100), true));
}

/// Mutation: `complete` without `close_gaps` leaves the ticks that the new text has before the old one's without an end.
#[test]
fn a_run_that_ends_after_a_save_not_yet_followed_leaves_no_tick_of_the_new_text_open() {
    for (overlap, until, expected) in [
        (Overlap::Allow, Some(170), vec![range(70, 120, "Paused")]),
        (Overlap::Skip, Some(170), vec![range(70, 120, "Paused"), range(120, 180, "Overlap")]),
        (Overlap::Skip, None, vec![range(60, 180, "Overlap")]),
    ] {
        let saved = all(|job| job.overlap = overlap);
        let (mut head, record) = joined(&saved);
        let (job, worker) = (spec(&saved, &MINUTELY), w("w1"));
        let own = Spec { worker: Some(&worker), ..job };
        let mut record = claims(&record, own, at(65)).state;
        if let Some(until) = until {
            head = pause(&head, job, at(70), paused(at(70), Some(at(until)))).unwrap();
            record = becomes(step(Some(&record), Some(&head), (None, Some(&saved)), at(71)));
        }
        let next = edited(&saved, at(100), |job| job.jitter = Span::from_millis(1));
        head = save(Some((&head, Some(job))), spec(&next, &MINUTELY), at(100)).unwrap();
        let end = ended(&record, 0, RunStatus::Succeeded, at(190));
        let record = completes(&record, own, at(190), &end);
        let record = becomes(step(Some(&record), Some(&head), (Some(&saved), Some(&next)), at(200)));
        assert_eq!(ranges(&record), expected, "{overlap:?} {until:?}");
        assert!(is_in_step(&head, &record));
    }
}

/// Mutation: `catch_up` without `end_owed_by` starts what waited.
#[test]
fn a_pause_that_came_and_went_unseen_ends_what_waited() {
    let saved = all(|job| job.overlap = Overlap::Replace);
    let (head, record) = joined(&saved);
    let (job, worker) = (spec(&saved, &MINUTELY), w("w1"));
    let own = Spec { worker: Some(&worker), ..job };
    let record = claims(&claims(&record, own, at(65)).state, own, at(121)).state;
    assert!(record.waiting.is_some(), "the tick at 120 waits for the run of 60");
    let record = completes(&record, own, at(122), &ended(&record, 0, RunStatus::Killed, at(122)));
    let held = pause(&head, job, at(130), paused(at(130), None)).unwrap();
    let resumed = resume(&held, job, at(140)).unwrap();
    let record = becomes(step(Some(&record), Some(&resumed), (None, Some(&saved)), at(150)));
    assert_eq!(ranges(&record), [range(120, 120, "Paused")]);
    assert!(claims_nothing(&record, own, at(151)));
}

#[test]
fn pauses_are_followed_once_each() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let job = spec(&saved, &MINUTELY);
    let texts = (None, Some(&saved));
    let held = pause(&head, job, at(100), paused(at(100), Some(at(200)))).unwrap();
    // One that was away meanwhile sees it when it is over already: its ticks are told as paused.
    let late = becomes(step(Some(&record), Some(&held), texts, at(250)));
    let worker = w("w1");
    let own = Spec { worker: Some(&worker), ..job };
    let claimed = claims(&late, own, at(250));
    assert_eq!(scheduled(&claimed.starts), [240]);
    assert_eq!(ranges(&claimed.state), [range(60, 180, "Paused")]);
    // The pause is over in its own record; another change does not begin it anew.
    let running = claimed.state;
    let asked = kill(&held, at(260), "ann", &KillTarget::All).unwrap().state;
    let after = becomes(step(Some(&running), Some(&asked), texts, at(261)));
    assert_eq!((after.paused.clone(), after.resolved), (None, running.resolved));
    // A resume ends the pause as of its own instant.
    let record = becomes(step(Some(&record), Some(&held), texts, at(101)));
    let resumed = resume(&held, job, at(130)).unwrap();
    let record = becomes(step(Some(&record), Some(&resumed), texts, at(190)));
    assert_eq!(ranges(&record), [range(60, 120, "Paused")]);
    assert_eq!(scheduled(&claims(&record, own, at(190)).starts), [180]);
}

/// A master whose clock is behind the one before it pauses: the record must not take the pause for one it has seen.
/// Mutation: without `renew`'s instant in the pause it is passed over.
#[test]
fn a_pause_by_a_clock_that_is_behind_is_followed() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let job = spec(&saved, &MINUTELY);
    let asked = kill(&head, at(100), "ann", &KillTarget::All).unwrap().state;
    let record = becomes(step(Some(&record), Some(&asked), (None, Some(&saved)), at(100)));
    let held = pause(&asked, job, at(99), paused(at(99), None)).unwrap();
    let record = becomes(step(Some(&record), Some(&held), (None, Some(&saved)), at(101)));
    assert!(record.paused.is_some());
}

/// Mutation: taking orders of all editions anew adds the request twice.
#[test]
fn a_run_now_is_taken_once_by_each_worker_that_it_names() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let (asked, runs) = everywhere(&head, &saved, "k", &["w1", "w2"]);
    assert_eq!(runs.len(), 2);
    assert_ne!(runs[0].run, runs[1].run);
    let texts = (None, Some(&saved));
    let record = becomes(step(Some(&record), Some(&asked), texts, at(71)));
    assert_eq!(record.requests.len(), 1);
    let worker = w("w1");
    let own = Spec { saved: &saved, ticks: &MINUTELY, worker: Some(&worker) };
    let claimed = claims(&record, own, at(72)).state;
    assert!(claimed.active.iter().any(|run| run.run == runs[0].run) || claimed.requests.len() == 1);
    let (again, _) = everywhere(&asked, &saved, "l", &["w3"]);
    let record = becomes(step(Some(&claimed), Some(&again), texts, at(73)));
    assert_eq!(record.requests, claimed.requests, "neither the same one again nor another worker's");
    let workers = [w("w1"), w("w2")];
    let known = run_everywhere(&again, spec(&saved, &MINUTELY), at(75), request("k"), &workers);
    assert_eq!(known, Ok(RunEverywhereStep::Known(runs)));
}

/// One that joins after a run-now was not asked.
#[test]
fn a_worker_that_joins_later_takes_no_earlier_order() {
    let saved = all(|_| {});
    let head = new(spec(&saved, &MINUTELY));
    let (asked, _) = everywhere(&head, &saved, "k", &["w1"]);
    let record = becomes(step(None, Some(&asked), (None, Some(&saved)), at(71)));
    assert!(record.requests.is_empty() && is_in_step(&asked, &record));
}

#[test]
fn a_kill_stops_what_runs_and_what_was_asked_before_it_and_nothing_after() {
    let saved = all(|job| job.overlap = Overlap::Allow);
    let (head, record) = joined(&saved);
    let worker = w("w1");
    let own = Spec { saved: &saved, ticks: &MINUTELY, worker: Some(&worker) };
    let running = claims(&record, own, at(60)).state;
    let (asked, _) = everywhere(&head, &saved, "before", &["w1"]);
    let killed = kill(&asked, at(80), "ann", &KillTarget::All).unwrap().state;
    let (asked, runs) = everywhere(&killed, &saved, "after", &["w1"]);
    let record = becomes(step(Some(&running), Some(&asked), (None, Some(&saved)), at(81)));
    assert!(record.active[0].kill.is_some());
    assert_eq!(told_runs(&record), [(1, RunStatus::Skipped)]);
    assert_eq!(record.requests[0].cause().run(&saved.uid, 1, Some(&worker)), runs[0].run);
    let twice = kill(&asked, at(90), "bob", &KillTarget::All).unwrap().state;
    let kills = twice.orders.iter().filter(|order| matches!(order.what, Ordered::Kill { .. })).count();
    assert_eq!(kills, 1, "a later kill stands for the one before it");
}

#[test]
fn a_deleted_job_stays_until_every_worker_has_heard_and_its_runs_go_on_unless_killed() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let worker = w("w1");
    let own = Spec { saved: &saved, ticks: &MINUTELY, worker: Some(&worker) };
    let running = claims(&record, own, at(60)).state;
    for kill in [false, true] {
        let deleted = delete(&head, spec(&saved, &MINUTELY), at(130), "ann", kill).unwrap().unwrap();
        assert_eq!(fanned_out(&deleted, [&running].into_iter(), at(131)), FollowStep::InStep);
        let ended = becomes(step(Some(&running), Some(&deleted), (Some(&saved), None), at(131)));
        assert_eq!((ended.deleted.is_some(), ended.active[0].kill.is_some()), (true, kill));
        assert_eq!(fanned_out(&deleted, [&ended].into_iter(), at(132)), FollowStep::Goes);
        assert_eq!(step(Some(&ended), None, (Some(&saved), None), at(140)), FollowStep::InStep);
    }
}

/// A name deleted with its runs killed and saved anew before any worker heard: the kill holds, then the worker joins.
#[test]
fn a_kill_outlives_the_job_that_it_was_for() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let worker = w("w1");
    let own = Spec { saved: &saved, ticks: &MINUTELY, worker: Some(&worker) };
    let running = claims(&record, own, at(60)).state;
    let deleted = delete(&head, spec(&saved, &MINUTELY), at(70), "ann", true).unwrap().unwrap();
    let anew = SavedJob { uid: uid('b'), saved_at: at(80), ..saved.clone() };
    let head = save(Some((&deleted, None)), spec(&anew, &MINUTELY), at(80)).unwrap();
    let ended = becomes(step(Some(&running), Some(&head), (Some(&saved), Some(&anew)), at(81)));
    assert!(ended.deleted.is_some() && ended.active[0].kill.is_some());
    let joined = becomes(step(Some(&ended), Some(&head), (Some(&saved), Some(&anew)), at(82)));
    assert_eq!((joined.uid.clone(), joined.active.len()), (uid('b'), 1));
    assert!(is_in_step(&head, &joined));
}

#[test]
fn a_worker_without_the_labels_ends_and_may_come_back() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let other = edited(&saved, at(100), |job| {
        job.placement.labels.insert("role".into(), "web".into());
    });
    let moved = save(Some((&head, Some(spec(&saved, &MINUTELY)))), spec(&other, &MINUTELY), at(100)).unwrap();
    let ended = becomes(step(Some(&record), Some(&moved), (Some(&saved), Some(&other)), at(101)));
    assert_eq!(ranges(&ended), [range(60, 60, "Edited")]);
    assert!(recorded(&ended, &ended.unrecorded).is_none(), "once it is told nothing is left");
    let back = edited(&other, at(200), |job| job.placement.labels.clear());
    let head = save(Some((&moved, Some(spec(&other, &MINUTELY)))), spec(&back, &MINUTELY), at(200)).unwrap();
    let again = becomes(step(Some(&ended), Some(&head), (Some(&other), Some(&back)), at(201)));
    assert_eq!((again.deleted.is_none(), again.resolved), (true, at(201)));
    // A worker that was started with other labels: the job has not changed.
    let worker = w("w1");
    let own = Spec { saved: &back, ticks: &MINUTELY, worker: Some(&worker) };
    let following =
        Following { worker: &worker, head: Some(&head), text: Some(own), before: None, matches: false };
    let gone = becomes(follow(Some(&again), following, at(250)).unwrap());
    assert_eq!(ranges(&gone).last(), Some(&range(240, 240, "Unplaced")));
}

#[test]
fn a_job_that_becomes_one_again_ends_the_records_and_runs_from_its_own() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let one = edited(&saved, at(100), |job| job.placement.mode = PlacementMode::One);
    let head = save(Some((&head, Some(spec(&saved, &MINUTELY)))), spec(&one, &MINUTELY), at(100)).unwrap();
    let ended = becomes(step(Some(&record), Some(&head), (Some(&saved), Some(&one)), at(101)));
    assert!(ended.deleted.is_some());
    assert_eq!(scheduled(&claims(&head, spec(&one, &MINUTELY), at(120)).starts), [120]);
}

/// Watches may show the text before the record, or after it: nothing is decided until both are there.
#[test]
fn half_of_a_change_is_not_followed() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let next = edited(&saved, at(100), |job| job.enabled = false);
    let worker = w("w1");
    let own = |saved| Some(Spec { saved, ticks: &MINUTELY, worker: Some(&worker) });
    for (head, text) in [(Some(&head), own(&next)), (None, own(&saved)), (Some(&head), None)] {
        let following = Following { worker: &worker, head, text, before: None, matches: true };
        assert_eq!(follow(Some(&record), following, at(101)), Err(Refused::OtherSpec));
        assert_eq!(follow(None, following, at(101)), Err(Refused::OtherSpec));
    }
}

/// A run asked of a worker whose record is gone is told as missed, below what that worker may say of it.
#[test]
fn an_order_goes_when_all_have_taken_it_and_strays_are_told() {
    let saved = all(|_| {});
    let (head, record) = joined(&saved);
    let (asked, runs) = everywhere(&head, &saved, "k", &["w1", "w2"]);
    assert_eq!(fanned_out(&asked, [&record].into_iter(), at(71)), FollowStep::InStep);
    let record = becomes(step(Some(&record), Some(&asked), (None, Some(&saved)), at(72)));
    let done = becomes(fanned_out(&asked, [&record].into_iter(), at(73)));
    assert!(done.orders.is_empty() && is_in_step(&done, &record));
    let Unrecorded::Run { run, status, fence, .. } = &done.unrecorded[0] else { panic!("one run is told") };
    assert_eq!((run, *status, fence.map(|fence| fence.0)), (&runs[1].run, RunStatus::Missed, Some(0)));
}

#[test]
fn what_is_asked_at_one_time_is_bounded() {
    let saved = all(|_| {});
    let (mut head, _) = joined(&saved);
    let many: Vec<WorkerId> = (0..orders::ORDERED_RUNS_MAX / 2).map(|n| w(&format!("w{n}"))).collect();
    let mut accepted = 0;
    let refused = loop {
        let key = request(&format!("k{accepted}"));
        match run_everywhere(&head, spec(&saved, &MINUTELY), at(70), key, &many) {
            Ok(RunEverywhereStep::Added(next, _)) => head = *next,
            Ok(RunEverywhereStep::Known(_)) => panic!("each key is new"),
            Err(refused) => break refused,
        }
        accepted += 1;
    };
    assert_eq!((accepted, refused), (2, Refused::TooManyRequests));
    assert!(serde_json::to_vec(&head).unwrap().len() < 512 * 1024);
}
