//! Claims under `allow` and `skip`: late, missed, busy, full, requests, pauses.

use super::*;
use crate::policy::{MissedPolicy, Overlap, PlacementMode};

#[test]
fn a_tick_is_claimed_once_it_is_due_and_only_once() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let state = new(spec);
    assert!(claims_nothing(&state, spec, at(59)));
    let step = claims(&state, spec, at(60));
    assert_eq!(scheduled(&step.starts), [60]);
    assert_eq!(step.state.resolved, at(60));
    assert_eq!(step.state.active[0].run, RunId::for_tick(&saved.uid, at(60), 1, None));
    assert!(claims_nothing(&step.state, spec, at(61)));
}

#[test]
fn a_text_that_is_not_the_states_is_refused() {
    let one = saved(|_| {});
    let state = new(spec(&one, &MINUTELY));
    let two = SavedJob { spec_id: SpecId(2), ..one.clone() };
    let other = SavedJob { uid: uid('b'), ..one.clone() };
    for text in [&two, &other] {
        let refused = claim(&state, spec(text, &MINUTELY), at(60), &claimant("w1"));
        assert_eq!(refused, Err(Refused::OtherSpec));
    }
    let deleted = JobState { deleted: Some(Deleted { by: "ann".into(), at: at(1) }), ..state };
    let refused = claim(&deleted, spec(&one, &MINUTELY), at(60), &claimant("w1"));
    assert_eq!(refused, Err(Refused::Deleted));
}

#[test]
fn allow_claims_every_late_tick_oldest_first_within_the_slots() {
    let saved = saved(|job| job.overlap = Overlap::Allow);
    let spec = spec(&saved, &MINUTELY);
    let by = Claimant { free_slots: 2, ..claimant("w1") };
    let step = claim(&new(spec), spec, at(200), &by).unwrap().unwrap();
    assert_eq!(scheduled(&step.starts), [60, 120]);
    let step = claims(&step.state, spec, at(200));
    assert_eq!(scheduled(&step.starts), [180]);
    assert!(ranges(&step.state).is_empty());
}

#[test]
fn skip_claims_the_newest_late_tick_and_ends_the_others_as_overlap() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let step = claims(&new(spec), spec, at(200));
    assert_eq!(scheduled(&step.starts), [180]);
    assert_eq!(ranges(&step.state), [range(60, 120, "Overlap")]);
}

#[test]
fn a_full_record_ends_ticks_as_too_many_running() {
    let saved = saved(|job| job.overlap = Overlap::Allow);
    let spec = spec(&saved, &Every(1000));
    let by = Claimant { free_slots: 1000, ..claimant("w1") };
    let step = claim(&new(spec), spec, at(100), &by).unwrap().unwrap();
    assert_eq!(step.starts.len(), ACTIVE_MAX);
    assert_eq!(ranges(&step.state), [range(65, 100, "TooManyRunning")]);
    let full = claims(&step.state, spec, at(101));
    assert!(full.starts.is_empty());
    assert_eq!(ranges(&full.state), [range(65, 101, "TooManyRunning")]);
}

/// Ticks every minute from 60; the worker comes at 3600, the deadline is 600 s: 60 to 2940 are missed.
#[test]
fn the_missed_policy_decides_what_is_past_its_deadline() {
    use MissedPolicy as P;
    type Ends = &'static [(i64, i64, &'static str)];
    type Case = (P, u64, u32, Overlap, &'static [i64], Ends);
    let table: [Case; 8] = [
        (
            P::None,
            3600,
            10,
            Overlap::Skip,
            &[3600],
            &[(60, 2940, "missed PolicyNone"), (3000, 3540, "Overlap")],
        ),
        (
            P::Latest,
            3600,
            10,
            Overlap::Skip,
            &[3600],
            &[(60, 2940, "missed NotLatest"), (3000, 3540, "Overlap")],
        ),
        (P::Latest, 3600, 10, Overlap::Allow, &[2940], &[(60, 2880, "missed NotLatest")]),
        (P::Latest, 601, 10, Overlap::Allow, &[], &[(60, 2940, "missed Window")]),
        (P::All, 3600, 3, Overlap::Allow, &[2820, 2880, 2940], &[(60, 2760, "missed Max")]),
        (P::All, 800, 10, Overlap::Allow, &[2820, 2880, 2940], &[(60, 2760, "missed Window")]),
        (P::All, 3600, 3, Overlap::Skip, &[2820], &[(60, 2760, "missed Max"), (3000, 3540, "Overlap")]),
        (
            P::None,
            3600,
            3,
            Overlap::Replace,
            &[3600],
            &[(60, 2940, "missed PolicyNone"), (3000, 3540, "Overlap")],
        ),
    ];
    for (policy, window, max, overlap, starts, ends) in table {
        let saved = saved(|job| {
            (job.missed.policy, job.missed.window, job.missed.max) = (policy, secs(window), max);
            job.overlap = overlap;
        });
        let spec = spec(&saved, &MINUTELY);
        let step = claims(&new(spec), spec, at(3600));
        let expected: Vec<_> = ends.iter().map(|(from, to, word)| range(*from, *to, word)).collect();
        let caught_up: Vec<i64> = scheduled(&step.starts)
            .into_iter()
            .filter(|tick| overlap != Overlap::Allow || *tick < 3000)
            .collect();
        assert_eq!(caught_up, starts, "{policy:?} {overlap:?}");
        assert_eq!(ranges(&step.state), expected, "{policy:?} {overlap:?}");
        // What is told of before anybody looks: no more than what is ended then, and for the same reason.
        let (from, to, why) = surely_missed(&new(spec), spec, at(3600)).unwrap();
        let told = range(from.as_seconds(), to.as_seconds(), &format!("missed {why:?}"));
        assert_eq!((told.0, &told.2), (expected[0].0, &expected[0].2), "{policy:?} {overlap:?}");
        let caught_up_at_most = i64::from(policy == P::Latest && overlap == Overlap::Skip) * 60;
        let caught_up_at_most = if policy == P::All { 240 } else { caught_up_at_most };
        assert!((expected[0].1 - caught_up_at_most..=expected[0].1).contains(&told.1), "{told:?}");
    }
}

/// Nothing is told as missed that a claim would still start, or that a pause ends otherwise.
#[test]
fn what_is_surely_missed_is_past_its_deadline_and_no_pause() {
    let saved = saved(|job| job.missed.policy = MissedPolicy::None);
    let spec = spec(&saved, &MINUTELY);
    let state = new(spec);
    assert_eq!(surely_missed(&state, spec, at(660)), None, "its deadline is not past");
    let missed = Some((at(60), at(60), MissReason::PolicyNone));
    assert_eq!(surely_missed(&state, spec, at(661)), missed);
    let held = JobState { paused: Some(paused(at(10), None)), ..state.clone() };
    assert_eq!(surely_missed(&held, spec, at(5000)), None);
    // The ticks of a pause that has passed are skipped; those after it are missed.
    let lapsed = JobState { paused: Some(paused(at(10), Some(at(180)))), ..state };
    assert_eq!(surely_missed(&lapsed, spec, at(900)), Some((at(180), at(240), MissReason::PolicyNone)));
}

#[test]
fn missed_policy_all_runs_one_after_the_other_under_skip() {
    let saved = saved(|job| job.missed.policy = MissedPolicy::All);
    let spec = spec(&saved, &MINUTELY);
    let mut state = JobState { resolved: at(2700), ..new(spec) };
    let mut ran = Vec::new();
    for _ in 0..5 {
        let now = at(3600);
        let step = claims(&state, spec, now);
        ran.extend(scheduled(&step.starts));
        state = completes(&step.state, spec, now, &ended(&step.state, 0, RunStatus::Succeeded, now));
    }
    assert_eq!(ran, [2760, 2820, 2880, 2940, 3600]);
    assert_eq!(ranges(&state), [range(3000, 3540, "Overlap")]);
    assert!(state.retries.is_empty());
}

#[test]
fn a_tick_of_every_second_asleep_for_a_year_costs_one_range() {
    let year = 365 * 86_400;
    let saved = saved(|_| {});
    let every = Every(1000);
    let step = claims(&new(spec(&saved, &every)), spec(&saved, &every), at(year));
    assert_eq!(scheduled(&step.starts), [year]);
    let ends = [range(1, year - 601, "missed NotLatest"), range(year - 600, year - 1, "Overlap")];
    assert_eq!(ranges(&step.state), ends);
}

#[test]
fn without_a_free_slot_a_claim_only_ends_ticks() {
    let saved = saved(|job| job.missed.policy = MissedPolicy::None);
    let spec = spec(&saved, &Every(3_600_000));
    let by = Claimant { free_slots: 0, ..claimant("w1") };
    assert_eq!(claim(&new(spec), spec, at(3600), &by).unwrap(), None);
    let step = claim(&new(spec), spec, at(4201), &by).unwrap().unwrap();
    assert!(step.starts.is_empty());
    assert_eq!(ranges(&step.state), [range(3600, 3600, "missed PolicyNone")]);
}

#[test]
fn jitter_puts_a_tick_off_and_never_to_the_next() {
    let saved = saved(|job| job.jitter = secs(600));
    let spec = spec(&saved, &MINUTELY);
    let mut distinct = std::collections::HashSet::new();
    for minute in 1..200 {
        let tick = at(minute * 60);
        let due = due(spec, tick);
        assert!(tick <= due && due < at(minute * 60 + 60));
        distinct.insert(due.since(tick));
    }
    assert!(distinct.len() > 10, "ticks are spread");
    let state = JobState { resolved: at(0), ..new(spec) };
    let due = due(spec, at(60));
    assert!(claims_nothing(&state, spec, due - Span::from_millis(1)));
    assert_eq!(next_wake(&state, spec, at(60)), Some(due));
    assert_eq!(scheduled(&claims(&state, spec, due).starts), [60]);
}

#[test]
fn skip_is_busy_while_a_run_goes_on_or_an_attempt_is_owed() {
    let saved = saved(|job| job.retries.max = 1);
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let (running, _) = requested(&running, spec, at(70), "k");
    assert!(claims_nothing(&running, spec, at(130)));
    let owed = completes(&running, spec, at(140), &ended(&running, 0, RunStatus::Failed, at(140)));
    assert_eq!(ranges(&owed), [range(120, 120, "Overlap")]);
    assert!(claims_nothing(&owed, spec, at(149)), "the retry waits, and keeps the job busy");
    let again = claims(&owed, spec, at(181));
    assert_eq!(again.starts[0].attempt, 2);
    assert_eq!(ranges(&again.state), [range(120, 120, "Overlap"), range(180, 180, "Overlap")]);
    let over = completes(&again.state, spec, at(190), &ended(&again.state, 0, RunStatus::Succeeded, at(190)));
    assert_eq!(claims(&over, spec, at(190)).starts[0].trigger, crate::run::Trigger::Manual);
}

#[test]
fn a_request_waits_for_its_turn_until_its_deadline_and_is_missed_then() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &Every(86_400_000));
    let (state, first) = requested(&new(spec), spec, at(10), "one");
    let step = claims(&state, spec, at(10));
    assert_eq!(step.starts[0].run, first);
    let (state, _) = requested(&step.state, spec, at(20), "two");
    assert!(claims_nothing(&state, spec, at(620)));
    assert_eq!(next_wake(&state, spec, at(620)), Some(at(620) + Span::from_millis(1)));
    let missed = claims(&state, spec, at(621));
    assert!(missed.starts.is_empty() && missed.state.requests.is_empty());
    assert_eq!(told_runs(&missed.state), [(1, RunStatus::Missed)]);
}

#[test]
fn a_paused_job_runs_requests_only() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let state = pause(&new(spec), spec, at(10), paused(at(10), None)).unwrap();
    assert!(claims_nothing(&state, spec, at(500)));
    let (state, run) = requested(&state, spec, at(500), "k");
    assert_eq!(claims(&state, spec, at(500)).starts[0].run, run);
}

#[test]
fn a_pause_whose_until_has_passed_reads_as_none_and_the_next_claim_tells_of_it() {
    let saved = saved(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let state = pause(&new(spec), spec, at(10), paused(at(10), Some(at(180)))).unwrap();
    assert_eq!(next_wake(&state, spec, at(70)), Some(at(180)));
    let step = claims(&state, spec, at(180));
    assert_eq!(scheduled(&step.starts), [180]);
    assert_eq!(step.state.paused, None);
    assert_eq!(ranges(&step.state), [range(60, 120, "Paused")]);
}

#[test]
fn a_job_that_is_not_enabled_has_no_ticks() {
    let saved = saved(|job| job.enabled = false);
    let spec = spec(&saved, &MINUTELY);
    assert!(claims_nothing(&new(spec), spec, at(500)));
    assert_eq!(next_wake(&new(spec), spec, at(500)), None);
}

#[test]
fn placement_all_claims_in_the_workers_own_record_alone() {
    let saved = saved(|job| job.placement.mode = PlacementMode::All);
    let (w1, w2): (WorkerId, WorkerId) = ("w1".parse().unwrap(), "w2".parse().unwrap());
    let job = spec(&saved, &MINUTELY);
    let main = new(job);
    assert!(claims_nothing(&main, job, at(60)));
    let own = Spec { worker: Some(&w1), ..job };
    let state = join(&main, None, own, at(30)).unwrap();
    let step = claims(&state, own, at(60));
    assert_eq!(step.starts[0].run, RunId::for_tick(&saved.uid, at(60), 1, Some(&w1)));
    assert_eq!(claim(&state, own, at(60), &claimant("w2")).unwrap(), None);
    let theirs = claim(&state, Spec { worker: Some(&w2), ..job }, at(60), &claimant("w2"));
    assert_eq!(theirs, Err(Refused::OtherSpec));
}
