//! A record whose store was put back from a backup.

use super::*;
use crate::id::Fence;
use crate::policy::{Overlap, PlacementMode};

fn nothing(_: &RunId) -> Known {
    Known::Nothing
}

/// Ticks of each minute from 60 on; the first was claimed at 60 and runs, and then the backup was made.
fn backup(change: impl FnOnce(&mut Job)) -> (SavedJob, JobState) {
    let saved = saved(change);
    let state = claims(&new(spec(&saved, &MINUTELY)), spec(&saved, &MINUTELY), at(60)).state;
    (saved, state)
}

/// The reasons and fences of the single runs that a record tells of.
fn told(state: &JobState) -> Vec<(RunStatus, String, Option<u64>)> {
    let entries = state.unrecorded.iter().filter_map(|entry| match entry {
        Unrecorded::Run { status, reason, fence, .. } => {
            Some((*status, reason.clone(), fence.map(|fence| fence.0)))
        }
        Unrecorded::Ticks { .. } => None,
    });
    entries.collect()
}

#[test]
fn ticks_since_the_backup_end_and_none_of_them_starts() {
    let (saved, state) = backup(|job| job.overlap = Overlap::Allow);
    let spec = spec(&saved, &MINUTELY);
    let next = restore(&state, Some(spec), at(300), &nothing).unwrap();
    assert_eq!(next.resolved, at(300));
    // It begins between two ticks: a range that was told after the backup begins with one.
    let from = Timestamp::from_millis(60_001);
    let whole = |entry: &&Unrecorded| matches!(entry, Unrecorded::Ticks { from: f, to, .. } if *f == from && *to == at(300));
    assert!(next.unrecorded.iter().any(|entry| whole(&entry)), "{:?}", next.unrecorded);
    assert_eq!(ranges(&next), [range(60, 300, "Restored")]);
    assert!(claims_nothing(&next, spec, at(300)));
    assert_eq!(scheduled(&claims(&next, spec, at(360)).starts), [360]);
}

#[test]
fn a_backup_that_is_newer_than_the_instant_keeps_its_ticks() {
    let (saved, state) = backup(|_| {});
    let next = restore(&state, Some(spec(&saved, &MINUTELY)), at(59), &nothing).unwrap();
    assert_eq!((next.resolved, ranges(&next)), (state.resolved, vec![]));
}

#[test]
fn a_tick_whose_jitter_has_not_passed_still_starts() {
    let saved = saved(|job| {
        job.overlap = Overlap::Allow;
        job.jitter = secs(50);
    });
    let spec = spec(&saved, &MINUTELY);
    let state = new(spec);
    let due = due(spec, at(300));
    assert!(due > at(300), "the uid was chosen for it");
    let next = restore(&state, Some(spec), due - Span::from_millis(1), &nothing).unwrap();
    assert!(next.resolved < at(300));
    assert_eq!(scheduled(&claims(&next, spec, due).starts), [300]);
}

#[test]
fn ticks_of_a_text_that_is_gone_end_as_one_range() {
    let (_, state) = backup(|_| {});
    let next = restore(&state, None, at(100), &nothing).unwrap();
    assert_eq!((next.resolved, ranges(&next)), (at(100), vec![range(60, 100, "Restored")]));
}

#[test]
fn a_run_under_way_is_lost_unless_the_facts_have_its_end() {
    let (saved, state) = backup(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let lost = |known| restore(&state, Some(spec), at(300), &move |_| known).unwrap();
    let words = "lost: the store was restored from a backup".to_owned();
    // Below all that its worker may yet tell, where nothing is known; else just above the claim.
    assert_eq!(told(&lost(Known::Nothing)), [(RunStatus::Lost, words.clone(), Some(0))]);
    assert_eq!(told(&lost(Known::Open(Fence(41)))), [(RunStatus::Lost, words, Some(41))]);
    assert_eq!(told(&lost(Known::Ended)), []);
    for known in [Known::Nothing, Known::Open(Fence(41)), Known::Ended] {
        assert_eq!(lost(known).active, []);
    }
}

/// A job with a run under way, an attempt owed and a request.
fn busy() -> (SavedJob, JobState) {
    let (saved, mut state) = backup(|job| {
        job.overlap = Overlap::Allow;
        job.retries.max = 3;
    });
    let spec = spec(&saved, &MINUTELY);
    state = completes(&state, spec, at(70), &ended(&state, 0, RunStatus::Failed, at(70)));
    let RunNowStep::Added(state, _) = run_now(&state, spec, at(71), request("k")).unwrap() else { panic!() };
    assert_eq!((state.retries.len(), state.requests.len()), (1, 1));
    (saved, *state)
}

#[test]
fn owed_attempts_and_requests_end_and_their_keys_are_remembered() {
    let (saved, state) = busy();
    let spec = spec(&saved, &MINUTELY);
    let next = restore(&state, Some(spec), at(80), &nothing).unwrap();
    assert!(next.retries.is_empty() && next.requests.is_empty());
    let words = "the store was restored from a backup".to_owned();
    assert_eq!(told(&next), vec![(RunStatus::Skipped, words, Some(0)); 2]);
    assert!(claims_nothing(&next, spec, at(80)));
    let asked = run_now(&next, spec, at(81), request("k")).unwrap();
    assert!(matches!(asked, RunNowStep::Known(_)), "the key makes no second run");
    // Where they ran meanwhile, their own records tell.
    let known = restore(&state, Some(spec), at(80), &|_| Known::Ended).unwrap();
    assert!(known.retries.is_empty() && known.requests.is_empty());
    assert_eq!(told(&known), []);
}

#[test]
fn ends_that_waited_are_kept() {
    let (saved, mut state) = backup(|_| {});
    let spec = spec(&saved, &MINUTELY);
    state = pause(
        &state,
        spec,
        at(200),
        Paused { by: "ann".into(), why: String::new(), since: at(200), until: None },
    )
    .unwrap();
    let before = state.unrecorded.clone();
    assert!(!before.is_empty());
    let next = restore(&state, Some(spec), at(300), &nothing).unwrap();
    assert!(before.iter().all(|entry| next.unrecorded.contains(entry)), "{:?}", next.unrecorded);
    assert_eq!(next.paused, state.paused);
}

#[test]
fn what_finds_no_room_stays_in_doubt_until_the_others_are_recorded() {
    let (saved, mut state) = backup(|job| job.overlap = Overlap::Allow);
    let spec = spec(&saved, &MINUTELY);
    for key in 0..40 {
        let RunNowStep::Added(next, _) = run_now(&state, spec, at(61), request(&key.to_string())).unwrap()
        else {
            panic!()
        };
        state = *next;
    }
    let (mut left, mut rounds) = (in_doubt(&state).len(), 0);
    while left > 0 {
        state = restore(&state, Some(spec), at(120), &nothing).unwrap();
        assert!(state.unrecorded.len() <= UNRECORDED_MAX && in_doubt(&state).len() < left);
        left = in_doubt(&state).len();
        state = recorded(&state, &state.unrecorded.clone()).unwrap();
        rounds += 1;
    }
    assert_eq!(rounds, 3, "41 runs, 16 at a time");
}

#[test]
fn the_record_of_a_deleted_job_goes_with_its_last_run() {
    let (saved, state) = backup(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let deleted = delete(&state, spec, at(61), "ann", false).unwrap().unwrap();
    let lost = restore(&deleted, None, at(300), &nothing).unwrap();
    assert_eq!((lost.active.len(), told(&lost).len(), lost.resolved), (0, 1, deleted.resolved));
    assert_eq!(restore(&deleted, None, at(300), &|_| Known::Ended), None);
}

#[test]
fn an_order_for_all_workers_is_taken_by_none_of_them() {
    let saved = saved(|job| job.placement.mode = PlacementMode::All);
    let own = Spec { saved: &saved, ticks: &MINUTELY, worker: None };
    let worker: WorkerId = "w1".parse().unwrap();
    let state = save(None, own, at(0)).unwrap();
    let step = run_everywhere(&state, own, at(10), request("k"), std::slice::from_ref(&worker)).unwrap();
    let RunEverywhereStep::Added(state, runs) = step else { panic!() };
    assert_eq!(in_doubt(&state), [runs[0].run.clone()]);
    let next = restore(&state, Some(own), at(20), &nothing).unwrap();
    assert_eq!(in_doubt(&next), []);
    assert!(
        matches!(&next.unrecorded[..], [Unrecorded::Run { run, worker: Some(_), .. }] if *run == runs[0].run)
    );
    let text = Spec { worker: Some(&worker), ..own };
    let record = join(&state, None, text, at(5)).unwrap();
    let record = JobState { edition: Edition { number: 1, at: at(0) }, ..record };
    let following =
        Following { worker: &worker, head: Some(&next), text: Some(text), before: None, matches: true };
    let FollowStep::Becomes(record) = follow(Some(&record), following, at(21)).unwrap() else { panic!() };
    assert_eq!(record.requests, []);
}
