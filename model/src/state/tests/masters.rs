//! What people do to a job: save, delete, pause, resume, run now, kill; and what is recorded of it.

use super::*;
use crate::policy::{MissedPolicy, Overlap, PlacementMode};

/// The text after `one`, changed.
fn next_text(one: &SavedJob, change: impl FnOnce(&mut Job)) -> SavedJob {
    let mut two = SavedJob { spec_id: one.spec_id.next(), author: "bob".into(), ..one.clone() };
    change(&mut two.job);
    two
}

#[test]
fn a_save_that_changes_the_schedule_ends_what_was_due_and_begins_at_now() {
    let one = saved(|job| job.overlap = Overlap::Allow);
    let two = next_text(&one, |job| job.schedule = "other".into());
    let old = spec(&one, &MINUTELY);
    let half = Every(30_000);
    let new_spec = spec(&two, &half);
    let state = save(Some((&new(old), Some(old))), new_spec, at(3601)).unwrap();
    assert_eq!(ranges(&state), [range(60, 2940, "missed NotLatest"), range(3000, 3600, "Edited")]);
    assert_eq!(state.resolved, at(3601));
    assert_eq!(state.spec_id, SpecId(2));
    assert!(claims_nothing(&state, new_spec, at(3601)));
    assert_eq!(scheduled(&claims(&state, new_spec, at(3630)).starts), [3630]);
}

#[test]
fn a_save_settles_what_is_past_its_deadline_by_the_missed_policy() {
    let one = saved(|job| job.missed.policy = MissedPolicy::None);
    let two = next_text(&one, |job| job.schedule = "other".into());
    let old = spec(&one, &MINUTELY);
    let state = save(Some((&new(old), Some(old))), spec(&two, &MINUTELY), at(3600)).unwrap();
    assert_eq!(ranges(&state), [range(60, 2940, "missed PolicyNone"), range(3000, 3600, "Edited")]);
}

#[test]
fn a_save_that_leaves_the_ticks_alone_keeps_them_due_but_ends_what_is_owed() {
    let one = saved(|job| job.retries.max = 1);
    let two = next_text(&one, |job| job.description = "other".into());
    let old = spec(&one, &MINUTELY);
    let kept = save(Some((&new(old), Some(old))), spec(&two, &MINUTELY), at(90)).unwrap();
    assert_eq!((kept.resolved, ranges(&kept)), (at(0), vec![]));
    assert_eq!(scheduled(&claims(&kept, spec(&two, &MINUTELY), at(90)).starts), [60]);
    assert_eq!(claim(&kept, old, at(90), &claimant("w1")), Err(Refused::OtherSpec));

    let running = claims(&new(old), old, at(60)).state;
    let owed = completes(&running, old, at(61), &ended(&running, 0, RunStatus::Failed, at(61)));
    let edited = save(Some((&owed, Some(old))), spec(&two, &MINUTELY), at(65)).unwrap();
    assert!(edited.retries.is_empty());
    assert_eq!(told_runs(&edited), [(2, RunStatus::Skipped)]);
}

#[test]
fn a_tick_whose_jitter_has_not_passed_outlives_a_pause_and_ends_with_its_text() {
    let one = saved(|job| job.jitter = secs(3000));
    let hourly = Every(3_600_000);
    let old = spec(&one, &hourly);
    let due = due(old, at(3600));
    let before = due - Span::from_millis(1);
    assert!(at(3600) < before, "the example needs some jitter");
    let halted = pause(&new(old), old, at(3600), paused(at(3600), None)).unwrap();
    let resumed = resume(&halted, old, before).unwrap();
    assert_eq!(scheduled(&claims(&resumed, old, due).starts), [3600]);

    let other = next_text(&one, |job| job.schedule = "other".into());
    let shifted = Every(7_200_000);
    let edited = save(Some((&new(old), Some(old))), spec(&other, &shifted), before).unwrap();
    assert_eq!(ranges(&edited), [range(3600, 3600, "Edited")]);
    assert_eq!(edited.resolved, before);
    let same_tick = save(Some((&new(old), Some(old))), spec(&other, &hourly), before).unwrap();
    assert_eq!(scheduled(&claims(&same_tick, spec(&other, &hourly), due).starts), [3600]);
}

#[test]
fn a_stale_save_is_refused() {
    let one = saved(|_| {});
    let two = next_text(&one, |_| {});
    let (old, new_spec) = (spec(&one, &MINUTELY), spec(&two, &MINUTELY));
    let state = save(Some((&new(old), Some(old))), new_spec, at(10)).unwrap();
    assert_eq!(save(Some((&state, Some(new_spec))), new_spec, at(20)), Err(Refused::OtherSpec));
    assert_eq!(
        save(Some((&state, Some(old))), spec(&next_text(&two, |_| {}), &MINUTELY), at(20)),
        Err(Refused::OtherSpec)
    );
    let other = SavedJob { uid: uid('b'), ..one.clone() };
    assert_eq!(
        save(Some((&state, Some(new_spec))), spec(&other, &MINUTELY), at(20)),
        Err(Refused::OtherSpec)
    );
}

#[test]
fn disabling_and_enabling_end_the_ticks_in_between() {
    let one = saved(|_| {});
    let two = next_text(&one, |job| job.enabled = false);
    let three = next_text(&two, |job| job.enabled = true);
    let [one, two, three] = [spec(&one, &MINUTELY), spec(&two, &MINUTELY), spec(&three, &MINUTELY)];
    let disabled = save(Some((&new(one), Some(one))), two, at(70)).unwrap();
    assert_eq!(ranges(&disabled), [range(60, 60, "Disabled")]);
    let (asked, run) = requested(&disabled, two, at(80), "k");
    assert_eq!(claims(&asked, two, at(80)).starts[0].run, run, "run-now works all the same");
    let enabled = save(Some((&disabled, Some(two))), three, at(200)).unwrap();
    assert_eq!(ranges(&enabled), [range(60, 60, "Disabled"), range(120, 180, "Disabled")]);
    assert_eq!(scheduled(&claims(&enabled, three, at(240)).starts), [240]);
}

#[test]
fn a_pause_ends_what_was_due_and_owed_and_a_resume_tells_of_the_pause() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let halted = pause(&new(spec), spec, at(130), paused(at(130), None)).unwrap();
    assert_eq!(ranges(&halted), [range(60, 120, "Paused")]);
    let resumed = resume(&halted, spec, at(300)).unwrap();
    assert_eq!(resumed.paused, None);
    assert_eq!(ranges(&resumed), [range(60, 300, "Paused")], "neighbours of one reason merge");
    assert!(claims_nothing(&resumed, spec, at(300)));
    assert_eq!(resume(&resumed, spec, at(310)).unwrap(), resumed);
}

#[test]
fn a_resume_after_the_pauses_own_end_leaves_later_ticks_due() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let halted = pause(&new(spec), spec, at(10), paused(at(10), Some(at(120)))).unwrap();
    let resumed = resume(&halted, spec, at(130)).unwrap();
    assert_eq!(ranges(&resumed), [range(60, 60, "Paused")]);
    assert_eq!(scheduled(&claims(&resumed, spec, at(130)).starts), [120]);
}

#[test]
fn a_clock_behind_lets_nothing_fall() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let state = claims(&new(spec), spec, at(600)).state;
    for next in [
        pause(&state, spec, at(30), paused(at(30), None)).unwrap(),
        delete(&state, spec, at(30), "ann", false).unwrap().unwrap(),
    ] {
        assert_eq!(next.resolved, at(600));
    }
}

#[test]
fn a_deleted_job_starts_nothing_and_a_new_one_takes_its_runs_over() {
    let one = saved(|_| {});
    let old = spec(&one, &MINUTELY);
    let running = claims(&new(old), old, at(60)).state;
    let (asked, _) = requested(&running, old, at(61), "k");
    let deleted = delete(&asked, old, at(190), "ann", true).unwrap().unwrap();
    assert_eq!(claim(&deleted, old, at(200), &claimant("w1")), Err(Refused::Deleted));
    assert_eq!(delete(&deleted, old, at(200), "ann", true), Err(Refused::Deleted));
    assert_eq!(ranges(&deleted), [range(120, 180, "Overlap")]);
    assert_eq!(deleted.active[0].kill.as_ref().unwrap().by.as_deref(), Some("ann"));

    let two = SavedJob { uid: uid('b'), ..one.clone() };
    let fresh = spec(&two, &MINUTELY);
    let taken = save(Some((&deleted, None)), fresh, at(210)).unwrap();
    assert_eq!((taken.resolved, taken.deleted.is_none()), (at(210), true));
    assert_eq!(taken.active[0].uid, one.uid);
    assert!(claims_nothing(&taken, fresh, at(240)), "the run of the job before is still under way");
    let done = completes(&taken, fresh, at(250), &ended(&taken, 0, RunStatus::Killed, at(250)));
    assert_eq!(scheduled(&claims(&done, fresh, at(300)).starts), [300]);
    let entries = done
        .unrecorded
        .iter()
        .filter(|entry| matches!(entry, Unrecorded::Ticks { uid, .. } if *uid == one.uid));
    assert_eq!(entries.count(), 1);
}

#[test]
fn a_deleted_jobs_record_goes_when_all_is_told() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    assert_eq!(delete(&new(spec), spec, at(30), "ann", false).unwrap(), None);
    let deleted = delete(&new(spec), spec, at(70), "ann", false).unwrap().unwrap();
    assert_eq!(ranges(&deleted), [range(60, 60, "Deleted")]);
    assert_eq!(recorded(&deleted, &deleted.unrecorded), None);
}

#[test]
fn an_entry_that_has_grown_since_it_was_told_stays() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let halted = pause(&new(spec), spec, at(70), paused(at(70), None)).unwrap();
    let told = halted.unrecorded.clone();
    let resumed = resume(&halted, spec, at(130)).unwrap();
    assert_eq!(ranges(&recorded(&resumed, &told).unwrap()), [range(60, 120, "Paused")]);
    assert!(recorded(&resumed, &resumed.unrecorded).unwrap().unrecorded.is_empty());
}

/// An owed tick ended after later ones were told: its range must not grow across them.
#[test]
fn a_range_does_not_grow_across_one_that_was_told() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let halted = pause(&running, spec, at(130), paused(at(130), None)).unwrap();
    assert_eq!(ranges(&halted), [range(120, 120, "Overlap")]);
    let told = recorded(&halted, &halted.unrecorded).unwrap();
    let resumed = resume(&told, spec, at(140)).unwrap();
    let run = running.active[0].run.clone();
    let owed = lose(&resumed, Some(spec), at(150), &run, &Settle::NoFolderSameBoot).unwrap().unwrap();
    let deleted = delete(&owed, spec, at(190), "ann", false).unwrap().unwrap();
    assert_eq!(ranges(&deleted), [range(180, 180, "Deleted"), range(60, 60, "Deleted")]);
}

#[test]
fn a_key_that_is_remembered_gives_the_same_run_and_adds_nothing() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let (mut state, first) = requested(&new(spec), spec, at(1), "k0");
    assert_eq!(run_now(&state, spec, at(2), request("k0")), Ok(RunNowStep::Known(first.clone())));
    for n in 1..=KEYS_MAX {
        (state, _) = requested(&state, spec, at(2), &format!("k{n}"));
    }
    assert_eq!(state.last_keys.len(), KEYS_MAX);
    assert_eq!(
        run_now(&state, spec, at(3), request("k0")),
        Ok(RunNowStep::Known(first.clone())),
        "it still waits"
    );
    state.requests.clear();
    let (_, again) = requested(&state, spec, at(3), "k0");
    assert_ne!(again, first, "a forgotten key is another run, never the same one twice");
}

#[test]
fn requests_are_bounded() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let mut state = new(spec);
    for n in 0..REQUESTS_MAX {
        (state, _) = requested(&state, spec, at(1), &format!("k{n}"));
    }
    assert_eq!(run_now(&state, spec, at(1), request("more")), Err(Refused::TooManyRequests));
    let step = kill(&state, at(2), "ann", &KillTarget::All).unwrap();
    assert_eq!(step.removed.len(), REQUESTS_MAX);
    let mut state = step.state;
    assert!(claims_nothing(&state, spec, at(2)), "killed requests do not start");
    let mut told = 0;
    while !state.unrecorded.is_empty() {
        assert!(state.unrecorded.len() <= UNRECORDED_MAX);
        told += state.unrecorded.len();
        state = recorded(&state, &state.unrecorded).unwrap();
    }
    assert_eq!((told, state.requests.len()), (REQUESTS_MAX, 0), "each is told in its turn");
}

#[test]
fn a_kill_marks_runs_and_removes_starts() {
    let saved = saved(|job| job.retries.max = 1);
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let (asked, wanted) = requested(&running, spec, at(61), "k");
    let run = running.active[0].run.clone();
    let one = kill(&asked, at(62), "ann", &KillTarget::Run(wanted.clone())).unwrap();
    assert_eq!((one.marked, one.removed), (vec![], vec![wanted.clone()]));
    let all = kill(&asked, at(62), "ann", &KillTarget::All).unwrap();
    assert_eq!((all.marked, all.removed), (vec![run.clone()], vec![wanted.clone()]));
    assert_eq!(kill(&running, at(62), "ann", &KillTarget::Run(wanted)), Err(Refused::NoSuchRun));
    let failed = completes(&running, spec, at(70), &ended(&running, 0, RunStatus::Failed, at(70)));
    let step = kill(&failed, at(71), "ann", &KillTarget::Run(run)).unwrap();
    assert!(step.state.retries.is_empty(), "a retry goes by the id of the run before too");
}

#[test]
fn ranges_stay_bounded_and_say_several_at_last() {
    let saved = saved(|job| job.overlap = Overlap::Skip);
    let spec = spec(&saved, &MINUTELY);
    let mut state = new(spec);
    for round in 0..200i64 {
        let (from, to) = (at(60 + round * 240), at(60 + round * 240 + 100));
        state = pause(&state, spec, from, paused(from, None)).unwrap();
        state = resume(&state, spec, to).unwrap();
        let step = claims(&state, spec, at(60 + round * 240 + 180));
        let end = at(60 + round * 240 + 181);
        state = completes(&step.state, spec, end, &ended(&step.state, 0, RunStatus::Succeeded, end));
        assert!(state.unrecorded.len() <= UNRECORDED_MAX);
    }
    let told = ranges(&state);
    assert_eq!(told[0].2, "Several");
    assert!(told.windows(2).all(|pair| pair[0].1 < pair[1].0), "{told:?}");
}

#[test]
fn a_name_deleted_and_saved_too_often_while_nothing_can_be_told_is_refused() {
    let one = saved(|_| {});
    let mut state = new(spec(&one, &MINUTELY));
    let mut text = one.clone();
    let mut saves = 0;
    let refused = loop {
        let now = i64::from(saves) * 300;
        let deleted = delete(&state, spec(&text, &MINUTELY), at(now + 200), "ann", false).unwrap().unwrap();
        let uid = format!("{saves:032x}").parse().unwrap();
        text = SavedJob { uid, ..one.clone() };
        match save(Some((&deleted, None)), spec(&text, &MINUTELY), at(now + 290)) {
            Ok(next) => state = next,
            Err(refused) => break refused,
        }
        saves += 1;
    };
    assert_eq!((saves, refused), (8, Refused::TooManyUnrecorded));
}

#[test]
fn a_worker_joins_at_now_shares_the_pause_and_leaves_with_its_ticks_missed() {
    let saved = saved(|job| job.placement.mode = PlacementMode::All);
    let w1: WorkerId = "w1".parse().unwrap();
    let job = spec(&saved, &MINUTELY);
    let own = Spec { worker: Some(&w1), ..job };
    let main = pause(&new(job), job, at(10), paused(at(10), None)).unwrap();
    assert!(ranges(&main).is_empty());
    let joined = join(&main, None, own, at(130)).unwrap();
    assert_eq!((joined.resolved, joined.paused.is_some()), (at(130), true));
    assert_eq!(join(&main, Some(&joined), own, at(131)), Err(Refused::OtherSpec), "it has joined already");
    let joined = resume(&joined, own, at(140)).unwrap();
    let left = leave(&joined, Some(own), at(86_540)).unwrap();
    assert_eq!(ranges(&left), [range(180, 86_520, "missed WorkerAway")]);
    assert!(recorded(&left, &left.unrecorded).is_none());
    let back = join(&main, Some(&left), own, at(86_600)).unwrap();
    assert_eq!((back.resolved, back.unrecorded.len()), (at(86_600), 1));
}

#[test]
fn a_job_that_leaves_placement_all_starts_nothing_from_a_workers_record() {
    let one = saved(|job| job.placement.mode = PlacementMode::All);
    let two = next_text(&one, |job| job.placement.mode = PlacementMode::One);
    let w1: WorkerId = "w1".parse().unwrap();
    let own = |saved| Spec { saved, ticks: &MINUTELY, worker: Some(&w1) };
    let joined = join(&new(spec(&one, &MINUTELY)), None, own(&one), at(10)).unwrap();
    let edited = save(Some((&joined, Some(own(&one)))), own(&two), at(70)).unwrap();
    assert_eq!(ranges(&edited), [range(60, 60, "Edited")]);
    assert_eq!(claim(&edited, own(&two), at(130), &claimant("w1")), Ok(None));
    assert_eq!(next_wake(&edited, own(&two), at(130)), None);
    let main =
        save(Some((&new(spec(&one, &MINUTELY)), Some(spec(&one, &MINUTELY)))), spec(&two, &MINUTELY), at(70));
    assert_eq!(scheduled(&claims(&main.unwrap(), spec(&two, &MINUTELY), at(120)).starts), [120]);
}

#[test]
fn a_record_survives_its_json() {
    let saved = saved(|job| job.overlap = Overlap::Replace);
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let (asked, _) = requested(&running, spec, at(61), "k");
    let full = claims(&asked, spec, at(120)).state;
    let full = pause(&full, spec, at(200), paused(at(200), Some(at(900)))).unwrap();
    let text = serde_json::to_string(&full).unwrap();
    assert_eq!(serde_json::from_str::<JobState>(&text).unwrap(), full);
}
