//! Runs whose end nobody saw.

use super::*;
use crate::policy::{OnWorkerLoss, WhenCutOff};

fn gone(since: i64) -> Settle {
    Settle::WorkerGone { since: at(since) }
}

/// A run claimed at 86,400 with a budget of 60 s.
fn running(change: impl FnOnce(&mut Job)) -> (SavedJob, JobState) {
    let saved = saved(|job| {
        (job.limits.timeout, job.limits.grace) = (secs(55), secs(5));
        change(job);
    });
    let state = claims(&new(spec(&saved, &DAILY)), spec(&saved, &DAILY), at(DAY)).state;
    (saved, state)
}

const DAY: i64 = 86_400;
const DAILY: Every = Every(DAY * 1000);

#[test]
fn a_run_that_waits_when_cut_off_is_lost_when_its_budget_has_surely_passed() {
    let (saved, state) = running(|_| {});
    let run = state.active[0].run.clone();
    let over = at(DAY) + START_WITHIN + secs(60) + CLOCK_SLACK;
    let settle = |now| lose(&state, Some(spec(&saved, &DAILY)), now, &run, &gone(DAY + 10));
    assert_eq!(settle(over - Span::from_millis(1)), Err(Refused::TooEarly));
    let next = settle(over).unwrap().unwrap();
    assert!(next.active.is_empty() && next.retries.is_empty());
    assert_eq!(told_runs(&next), [(1, RunStatus::Lost)]);
}

#[test]
fn a_run_that_is_killed_when_cut_off_is_lost_after_the_adopt_window() {
    let (saved, state) = running(|job| {
        job.when_cut_off = WhenCutOff::Kill;
        job.limits.timeout = secs(7200);
    });
    let run = state.active[0].run.clone();
    let settle = |now| lose(&state, Some(spec(&saved, &DAILY)), at(now), &run, &gone(DAY + 10));
    assert_eq!(settle(DAY + 69), Err(Refused::TooEarly));
    assert!(settle(DAY + 70).is_ok());
}

#[test]
fn a_run_that_is_not_there_cannot_be_lost() {
    let (saved, state) = running(|_| {});
    let run = RunId::for_tick(&saved.uid, at(1), 1, None);
    assert_eq!(lose(&state, None, at(DAY * 2), &run, &gone(0)), Err(Refused::NoSuchRun));
}

#[test]
fn a_lost_run_is_rerun_twice_as_new_attempts_where_the_job_says_so() {
    let (saved, mut state) = running(|job| job.on_worker_loss = OnWorkerLoss::Rerun);
    let spec = spec(&saved, &DAILY);
    let mut attempts = Vec::new();
    let mut now = DAY;
    loop {
        attempts.push(state.active[0].attempt);
        now += 100;
        let run = state.active[0].run.clone();
        state = lose(&state, Some(spec), at(now), &run, &gone(now - 90)).unwrap().unwrap();
        if state.retries.is_empty() {
            break;
        }
        state = claims(&state, spec, at(now)).state;
    }
    assert_eq!(attempts, [1, 2, 3]);
    assert_eq!(told_runs(&state).len(), 3);
}

#[test]
fn the_same_workers_next_process_owes_what_has_no_folder_on_the_same_boot() {
    let (saved, state) = running(|_| {});
    let spec = spec(&saved, &DAILY);
    let run = state.active[0].run.clone();
    let settle = |now, how| lose(&state, Some(spec), at(now), &run, &how).unwrap().unwrap();
    let owed = settle(DAY + 3, Settle::NoFolderSameBoot);
    assert_eq!(claims(&owed, spec, at(DAY + 3)).starts[0].run, run);
    assert!(told_runs(&owed).is_empty());
    let late = settle(DAY + 601, Settle::NoFolderSameBoot);
    assert_eq!(told_runs(&late), [(1, RunStatus::NotStarted)]);
    let rebooted = settle(DAY + 3, Settle::NoFolderOtherBoot);
    assert_eq!(told_runs(&rebooted), [(1, RunStatus::Lost)]);
    let elsewhere = settle(DAY + 3, Settle::NewFolder);
    assert_eq!(told_runs(&elsewhere), [(1, RunStatus::Lost)]);
    let by_hand = settle(DAY + 3, Settle::ByHand { by: "ann".into() });
    assert_eq!(told_runs(&by_hand), [(1, RunStatus::Lost)]);
}

#[test]
fn ticks_after_the_lost_runs_time_are_not_its_doing() {
    let saved = saved(|job| (job.limits.timeout, job.limits.grace) = (secs(60), secs(0)));
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let run = running.active[0].run.clone();
    // Over at 60 + 30 + 60 + 2 = 152; settled hours later.
    let settled = lose(&running, Some(spec), at(7200), &run, &gone(70)).unwrap().unwrap();
    assert_eq!(ranges(&settled), [range(120, 120, "Overlap")]);
    assert_eq!(scheduled(&claims(&settled, spec, at(7200)).starts), [7200]);
}

#[test]
fn a_loss_that_cannot_be_told_waits() {
    let saved = saved(|job| job.overlap = crate::policy::Overlap::Allow);
    let every = Every(1000);
    let spec = spec(&saved, &every);
    let by = Claimant { free_slots: 64, ..claimant("w1") };
    let mut state = claim(&new(spec), spec, at(64), &by).unwrap().unwrap().state;
    let mut lost = 0;
    let how = Settle::ByHand { by: "ann".into() };
    let refused = loop {
        let run = state.active[0].run.clone();
        match lose(&state, Some(spec), at(70), &run, &how) {
            Ok(next) => state = next.unwrap(),
            Err(refused) => break refused,
        }
        lost += 1;
    };
    assert_eq!((lost, refused), (UNRECORDED_MAX / 2, Refused::TooManyUnrecorded));
    let told = state.unrecorded.clone();
    let state = recorded(&state, &told).unwrap();
    assert!(lose(&state, Some(spec), at(70), &state.active[0].run.clone(), &how).is_ok());
}
