//! Completions: what they end, and what they owe.

use super::*;
use crate::policy::{OnWorkerLoss, Overlap};

#[test]
fn forbidden_ticks_end_up_to_the_runs_end_and_not_up_to_the_write() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let done = completes(&running, spec, at(305), &ended(&running, 0, RunStatus::Succeeded, at(250)));
    assert_eq!(ranges(&done), [range(120, 240, "Overlap")]);
    assert_eq!(done.resolved, at(240));
    assert_eq!(scheduled(&claims(&done, spec, at(305)).starts), [300], "it fell due after the run");
}

#[test]
fn a_clock_that_ran_ahead_makes_no_tick_fall_due() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let done = completes(&running, spec, at(130), &ended(&running, 0, RunStatus::Succeeded, at(900)));
    assert_eq!(done.resolved, at(120));
}

#[test]
fn allow_and_replace_forbid_nothing() {
    for overlap in [Overlap::Allow, Overlap::Replace] {
        let saved = saved(|job| job.overlap = overlap);
        let spec = spec(&saved, &MINUTELY);
        let running = claims(&new(spec), spec, at(60)).state;
        let done = completes(&running, spec, at(250), &ended(&running, 0, RunStatus::Succeeded, at(250)));
        assert_eq!((done.resolved, ranges(&done)), (at(60), vec![]), "{overlap:?}");
    }
}

#[test]
fn a_run_that_is_gone_gives_its_outcome_as_a_late_one() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let end = ended(&running, 0, RunStatus::Succeeded, at(61));
    let done = completes(&running, spec, at(61), &end);
    assert_eq!(complete(&done, Some(spec), at(62), &end), CompleteStep::Late);
}

#[test]
fn a_worker_completes_no_run_that_has_gone_to_another() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &Every(86_400_000));
    let running = claims(&new(spec), spec, at(86_400)).state;
    let asked_twice =
        Completion { for_workers_sake: true, ..ended(&running, 0, RunStatus::NotStarted, at(86_401)) };
    let owed = completes(&running, spec, at(86_401), &asked_twice);
    let theirs = claim(&owed, spec, at(86_402), &claimant("w2")).unwrap().unwrap().state;
    assert_eq!(theirs.active[0].run, asked_twice.run);
    assert_eq!(complete(&theirs, Some(spec), at(86_403), &asked_twice), CompleteStep::Late);
}

/// Status, what the job says, and the attempt that is owed (its number and how long it waits).
#[test]
fn what_is_owed_follows_the_retry_policy() {
    use RunStatus as S;
    type Case = (S, u32, OnWorkerLoss, Option<(u32, u64)>);
    let table: [Case; 9] = [
        (S::Failed, 0, OnWorkerLoss::Skip, None),
        (S::Failed, 1, OnWorkerLoss::Skip, Some((2, 10))),
        (S::TimedOut, 1, OnWorkerLoss::Skip, Some((2, 10))),
        (S::OutOfMemory, 1, OnWorkerLoss::Skip, None),
        (S::Succeeded, 1, OnWorkerLoss::Skip, None),
        (S::Killed, 1, OnWorkerLoss::Rerun, None),
        (S::HostError, 0, OnWorkerLoss::Skip, Some((2, 10))),
        (S::Lost, 0, OnWorkerLoss::Rerun, Some((2, 0))),
        (S::Lost, 1, OnWorkerLoss::Skip, None),
    ];
    for (status, max, on_worker_loss, owed) in table {
        let saved = saved(|job| {
            job.retries.max = max;
            job.on_worker_loss = on_worker_loss;
        });
        let spec = spec(&saved, &Every(86_400_000));
        let running = claims(&new(spec), spec, at(86_400)).state;
        let end = at(86_410);
        let done = completes(&running, spec, end, &ended(&running, 0, status, end));
        let got =
            done.retries.first().map(|owed| (owed.attempt, owed.not_before.since(end).as_millis() / 1000));
        assert_eq!(got, owed, "{status} {on_worker_loss:?}");
    }
}

#[test]
fn retries_wait_twice_as_long_each_time_and_end_at_their_maximum() {
    let saved = saved(|job| job.retries.max = 2);
    let spec = spec(&saved, &Every(86_400_000));
    let mut state = claims(&new(spec), spec, at(86_400)).state;
    let mut now = at(86_400);
    let mut waits = Vec::new();
    loop {
        state = completes(&state, spec, now, &ended(&state, 0, RunStatus::Failed, now));
        let Some(owed) = state.retries.first() else { break };
        waits.push(owed.not_before.since(now).as_millis() / 1000);
        now = owed.not_before;
        state = claims(&state, spec, now).state;
    }
    assert_eq!(waits, [10, 20]);
}

#[test]
fn a_sandbox_that_fails_is_forgiven_twice() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &Every(86_400_000));
    let mut state = claims(&new(spec), spec, at(86_400)).state;
    let mut now = at(86_400);
    let mut attempts = Vec::new();
    loop {
        attempts.push(state.active[0].attempt);
        state = completes(&state, spec, now, &ended(&state, 0, RunStatus::HostError, now));
        let Some(owed) = state.retries.first() else { break };
        now = owed.not_before;
        state = claims(&state, spec, now).state;
    }
    assert_eq!(attempts, [1, 2, 3]);
}

#[test]
fn a_killed_run_is_never_owed_again() {
    let saved = saved(|job| {
        job.retries.max = 5;
        job.retries.on.push(RunStatus::Killed);
    });
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let marked = kill(&running, at(61), "ann", &KillTarget::All).unwrap().state;
    for status in [RunStatus::Failed, RunStatus::Killed, RunStatus::HostError, RunStatus::Lost] {
        let done = completes(&marked, spec, at(62), &ended(&marked, 0, status, at(62)));
        assert!(done.retries.is_empty(), "{status}");
    }
    let unmarked = completes(&running, spec, at(62), &ended(&running, 0, RunStatus::Killed, at(62)));
    assert!(unmarked.retries.is_empty());
}

#[test]
fn a_run_that_did_not_start_for_its_workers_sake_is_owed_as_the_same_run_until_its_deadline() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &Every(86_400_000));
    let day = 86_400;
    let running = claims(&new(spec), spec, at(day)).state;
    let not_started =
        |now| Completion { for_workers_sake: true, ..ended(&running, 0, RunStatus::NotStarted, now) };
    let owed = completes(&running, spec, at(day + 5), &not_started(at(day + 5)));
    let again = claims(&owed, spec, at(day + 5));
    assert_eq!(again.starts[0].run, running.active[0].run);
    assert_eq!(again.starts[0].attempt, 1);
    let expired = claims(&owed, spec, at(day + 601)).state;
    assert_eq!(ranges(&expired), [range(day, day, "missed Deadline")]);
    let late = completes(&running, spec, at(day + 601), &not_started(at(day + 601)));
    assert!(late.retries.is_empty());
}

/// The worker may have told the facts of its claim before it gave it back: without an end of its own the run would show
/// as claimed for ever. Mutation: the end of an owed attempt is a range alone.
#[test]
fn a_run_that_was_given_back_and_ends_before_it_is_claimed_again_is_told_by_its_own_end() {
    let saved = saved(|job| job.overlap = Overlap::Replace);
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let given_back =
        Completion { for_workers_sake: true, ..ended(&running, 0, RunStatus::NotStarted, at(61)) };
    let owed = completes(&running, spec, at(61), &given_back);
    let ends = [
        (claims(&owed, spec, at(120)).state, "Replaced", RunStatus::Skipped),
        (pause(&owed, spec, at(62), paused(at(62), None)).unwrap(), "Paused", RunStatus::Skipped),
        (kill(&owed, at(62), "ann", &KillTarget::All).unwrap().state, "Killed", RunStatus::Skipped),
    ];
    for (state, why, status) in ends {
        assert_eq!(ranges(&state)[0], range(60, 60, why));
        assert_eq!(told_runs(&state), [(1, status)], "{why}");
        let of_run =
            |entry: &Unrecorded| matches!(entry, Unrecorded::Run { run, .. } if *run == given_back.run);
        assert!(state.unrecorded.iter().any(of_run), "{why}: {:?}", state.unrecorded);
    }
}

#[test]
fn an_old_texts_run_is_owed_nothing_after_an_edit() {
    let one = saved(|job| job.retries.max = 3);
    let old = spec(&one, &MINUTELY);
    let running = claims(&new(old), old, at(60)).state;
    let two = SavedJob { spec_id: SpecId(2), ..one.clone() };
    let edited = save(Some((&running, Some(old))), spec(&two, &MINUTELY), at(70)).unwrap();
    let end = ended(&edited, 0, RunStatus::Failed, at(80));
    assert!(completes(&edited, spec(&two, &MINUTELY), at(80), &end).retries.is_empty());
    let CompleteStep::Done(Some(stale)) = complete(&edited, Some(old), at(80), &end) else {
        panic!("the run is done")
    };
    assert!(stale.retries.is_empty() && stale.active.is_empty());
}

#[test]
fn a_tick_is_owed_nothing_while_paused_but_a_request_is() {
    let saved = saved(|job| job.retries.max = 1);
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let halted = pause(&running, spec, at(65), paused(at(65), None)).unwrap();
    let done = completes(&halted, spec, at(70), &ended(&halted, 0, RunStatus::Failed, at(70)));
    assert!(done.retries.is_empty());
    let (asked, _) = requested(&done, spec, at(71), "k");
    let running = claims(&asked, spec, at(71)).state;
    let failed = completes(&running, spec, at(72), &ended(&running, 0, RunStatus::Failed, at(72)));
    assert_eq!(failed.retries.len(), 1);
    assert_eq!(claims(&failed, spec, at(82)).starts[0].attempt, 2);
}

#[test]
fn a_deleted_jobs_record_goes_with_its_last_run() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let deleted = delete(&running, spec, at(65), "ann", false).unwrap().unwrap();
    assert_eq!(deleted.active[0].kill, None);
    let end = ended(&deleted, 0, RunStatus::Failed, at(70));
    assert_eq!(complete(&deleted, None, at(70), &end), CompleteStep::Done(None));
}
