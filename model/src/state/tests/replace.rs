//! Overlap policy `replace`.

use super::*;
use crate::policy::Overlap;

fn replacing(change: impl FnOnce(&mut Job)) -> SavedJob {
    saved(|job| {
        job.overlap = Overlap::Replace;
        change(job);
    })
}

#[test]
fn a_newer_tick_marks_the_run_and_starts_when_it_is_gone() {
    let saved = replacing(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let by = Claimant { free_slots: 0, ..claimant("w1") };
    let marked = claim(&running, spec, at(120), &by).unwrap().expect("marking needs no slot");
    assert!(marked.starts.is_empty());
    assert_eq!(marked.state.active[0].kill, Some(KillMark { by: None, at: at(120) }));
    assert!(marked.state.waiting.is_some());
    assert!(claims_nothing(&marked.state, spec, at(121)));
    let end = ended(&marked.state, 0, RunStatus::Killed, at(122));
    let freed = completes(&marked.state, spec, at(122), &end);
    assert_eq!(next_wake(&freed, spec, at(122)), Some(at(122)));
    assert_eq!(scheduled(&claims(&freed, spec, at(122)).starts), [120]);
}

#[test]
fn a_newer_tick_ends_the_older_one_that_waits() {
    let saved = replacing(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let marked = claims(&running, spec, at(120)).state;
    let again = claims(&marked, spec, at(180)).state;
    assert_eq!(again.waiting.as_ref().map(|waiting| waiting.cause.scheduled_at()), Some(at(180)));
    assert_eq!(ranges(&again), [range(120, 120, "Replaced")]);
    assert_eq!(again.active[0].kill.as_ref().map(|mark| mark.at), Some(at(120)));
}

#[test]
fn what_waits_past_its_deadline_is_missed() {
    let saved = replacing(|_| {});
    let spec = spec(&saved, &Every(3_600_000));
    let running = claims(&new(spec), spec, at(3600)).state;
    let waiting = claims(&running, spec, at(7200)).state;
    let missed = claims(&waiting, spec, at(7801)).state;
    assert_eq!(missed.waiting, None);
    assert_eq!(ranges(&missed), [range(7200, 7200, "missed Deadline")]);
}

#[test]
fn a_request_replaces_too_and_the_newest_of_both_wins() {
    let saved = replacing(|_| {});
    let spec = spec(&saved, &MINUTELY);
    let (state, older) = requested(&new(spec), spec, at(50), "one");
    let tick = claims(&state, spec, at(60));
    assert_eq!(scheduled(&tick.starts), [60]);
    assert_eq!(told_runs(&tick.state), [(1, RunStatus::Skipped)], "{older} was older than the tick");
    let (state, newer) = requested(&tick.state, spec, at(70), "two");
    let marked = claims(&state, spec, at(70)).state;
    assert!(marked.active[0].kill.is_some());
    let freed = completes(&marked, spec, at(72), &ended(&marked, 0, RunStatus::Killed, at(72)));
    assert_eq!(claims(&freed, spec, at(72)).starts[0].run, newer);
}

#[test]
fn an_owed_attempt_is_replaced_by_a_newer_tick() {
    let saved = replacing(|job| job.retries.max = 1);
    let spec = spec(&saved, &MINUTELY);
    let running = claims(&new(spec), spec, at(60)).state;
    let owed = completes(&running, spec, at(115), &ended(&running, 0, RunStatus::Failed, at(115)));
    assert_eq!(owed.retries.len(), 1);
    let step = claims(&owed, spec, at(120));
    assert_eq!(scheduled(&step.starts), [120]);
    assert!(step.state.retries.is_empty());
    assert_eq!(told_runs(&step.state), [(2, RunStatus::Skipped)]);
}

#[test]
fn missed_ticks_run_in_order_and_a_newer_tick_replaces_them_all() {
    let saved = replacing(|job| {
        job.missed.policy = crate::policy::MissedPolicy::All;
        job.start_deadline = secs(60);
        job.missed.window = secs(200);
    });
    let spec = spec(&saved, &Every(100_000));
    // At 399 the ticks 100 to 300 are past their deadline; 200 and 300 lie in the window.
    let step = claims(&new(spec), spec, at(399));
    assert_eq!(scheduled(&step.starts), [200]);
    assert_eq!(step.state.retries.len(), 1);
    let newer = claims(&step.state, spec, at(400)).state;
    assert_eq!(newer.waiting.as_ref().map(|waiting| waiting.cause.scheduled_at()), Some(at(400)));
    assert_eq!(ranges(&newer), [range(100, 100, "missed Window"), range(300, 300, "Replaced")]);
}
