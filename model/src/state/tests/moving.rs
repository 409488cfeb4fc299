//! A job that moves: each tick has one owner, at the source or at the destination.

use super::*;
use crate::policy::{Missed, MissedPolicy, Overlap, PlacementMode};

/// A job whose ticks are missed after a second and then run, all of them.
fn minutely(overlap: Overlap) -> SavedJob {
    saved(|job| {
        job.overlap = overlap;
        job.start_deadline = secs(1);
        job.missed = Missed { policy: MissedPolicy::All, ..Missed::default() };
    })
}

/// The same job, as the destination saves it.
fn moved(saved: &SavedJob) -> SavedJob {
    SavedJob { spec_id: saved.spec_id.next(), ..saved.clone() }
}

fn export(now: Timestamp) -> Paused {
    Paused { by: "eve".into(), why: "exported".into(), since: now, until: None }
}

/// Claims and completes until nothing is due; returns what ran.
fn runs(mut state: JobState, spec: Spec<'_>, now: Timestamp) -> (JobState, Vec<i64>) {
    let mut ran = Vec::new();
    while let Some(step) = claim(&state, spec, now, &claimant("w1")).unwrap() {
        ran.extend(scheduled(&step.starts));
        state = step.state;
        while !state.active.is_empty() {
            let end = ended(&state, 0, RunStatus::Succeeded, now);
            state = completes(&state, spec, now, &end);
        }
    }
    (state, ran)
}

/// Goal: no tick twice, none forgotten. The tick at 120 had fallen due when the job left, and nobody had claimed it; those
/// at 180 and 240 fell due on the way.
///
/// Mutation: `depart` settles as a pause does, and 120 is gone; `arrive` begins at `now`, and all three are.
#[test]
fn each_tick_around_a_move_runs_once() {
    for overlap in [Overlap::Allow, Overlap::Skip, Overlap::Replace] {
        let text = minutely(overlap);
        let source = spec(&text, &MINUTELY);
        let (state, ran) = runs(new(source), source, at(60));
        assert_eq!(ran, [60]);
        let left = depart(&state, source, at(120), export(at(120))).unwrap();
        assert!(claims_nothing(&left, source, at(500)), "{overlap:?}");
        let text = moved(&text);
        let there = spec(&text, &MINUTELY);
        let begun = arrive(None, there, &left.anchor(), at(290)).unwrap();
        assert_eq!((begun.uid.clone(), begun.paused.clone()), (state.uid, None));
        let (state, ran) = runs(begun, there, at(290));
        assert_eq!(ran, [120, 180, 240], "{overlap:?}");
        assert!(ranges(&state).is_empty(), "{overlap:?}: {:?}", ranges(&state));
    }
}

/// What a run forbids up to the export ends at the source; its retry runs there too.
#[test]
fn what_is_under_way_ends_at_the_source() {
    let mut text = minutely(Overlap::Skip);
    text.job.retries.max = 1;
    let source = spec(&text, &MINUTELY);
    let running = claims(&new(source), source, at(60)).state;
    let left = depart(&running, source, at(125), export(at(125))).unwrap();
    assert_eq!((left.resolved, ranges(&left)), (at(120), vec![range(120, 120, "Overlap")]));
    assert_eq!(left.under_way(), 1);
    let failed = completes(&left, source, at(200), &ended(&left, 0, RunStatus::Failed, at(200)));
    assert_eq!((failed.under_way(), failed.resolved), (1, at(120)), "its retry is owed");
    let retried = claims(&failed, source, at(210));
    assert_eq!((scheduled(&retried.starts), retried.state.resolved), (vec![60], at(120)));
    let end = ended(&retried.state, 0, RunStatus::Succeeded, at(211));
    let over = completes(&retried.state, source, at(211), &end);
    assert_eq!((over.under_way(), over.anchor()), (0, left.anchor()));
}

/// Mutation: a second export takes the first one's pause for a person's.
#[test]
fn a_persons_pause_travels_and_that_of_an_export_does_not() {
    let text = minutely(Overlap::Skip);
    let source = spec(&text, &MINUTELY);
    let held = pause(&new(source), source, at(70), paused(at(70), Some(at(400)))).unwrap();
    let left = depart(&held, source, at(130), export(at(130))).unwrap();
    assert_eq!(left.anchor().paused, held.paused);
    assert!(claims_nothing(&left, source, at(500)), "the person's pause does not lapse under the export's");
    assert_eq!(depart(&left, source, at(190), export(at(190))).unwrap(), left);
    let only_left = depart(&new(source), source, at(130), export(at(130))).unwrap();
    assert_eq!(only_left.anchor().paused, None);
    let again = depart(&only_left, source, at(190), export(at(190))).unwrap();
    assert_eq!(again.anchor(), only_left.anchor());
    // Whoever gives up the move has the jobs as they stood.
    assert_eq!(resume(&only_left, source, at(200)).unwrap().paused, None);
    let back = resume(&left, source, at(200)).unwrap();
    assert_eq!((back.paused, back.moved), (held.paused, None));
    // A pause by hand takes the place of the export's.
    let by_hand = pause(&only_left, source, at(200), paused(at(200), None)).unwrap();
    assert_eq!(by_hand.anchor().paused, Some(paused(at(200), None)));
    // There it lapses by its own end; 60 was due before it.
    let there = moved(&text);
    let there = spec(&there, &MINUTELY);
    let begun = arrive(None, there, &left.anchor(), at(410)).unwrap();
    assert!(begun.paused.is_some());
    let (state, ran) = runs(begun, there, at(430));
    assert_eq!((ran, state.paused), (vec![420], None));
}

/// Goal: a job comes back to where it left from, and goes on where it stood; nothing else is overwritten.
#[test]
fn a_job_comes_back_to_the_record_that_it_left() {
    let text = minutely(Overlap::Skip);
    let source = spec(&text, &MINUTELY);
    let left = depart(&new(source), source, at(30), export(at(30))).unwrap();
    let back = moved(&moved(&text));
    let back = spec(&back, &MINUTELY);
    let anchor = Anchor { resolved: at(120), paused: None };
    let here = arrive(Some(&left), back, &anchor, at(190)).unwrap();
    assert_eq!((here.resolved, here.paused.as_ref(), here.moved.as_ref()), (at(120), None, None));
    assert_eq!(runs(here.clone(), back, at(190)).1, [180]);
    // A file from before never sets a record back.
    let old = Anchor { resolved: at(-1), paused: None };
    assert_eq!(arrive(Some(&left), back, &old, at(190)).unwrap().resolved, left.resolved);
    // It goes on here, or was saved anew, or another job stands here.
    assert_eq!(arrive(Some(&here), back, &anchor, at(190)), Err(Refused::OtherSpec));
    let mut anew = text.clone();
    anew.spec_id = text.spec_id.next();
    anew.job.description = "changed".into();
    let edited = save(Some((&left, Some(source))), spec(&anew, &MINUTELY), at(60)).unwrap();
    assert!(!edited.has_departed());
    assert_eq!(arrive(Some(&edited), back, &anchor, at(190)), Err(Refused::OtherSpec));
    let mut other = new(source);
    other.uid = uid('b');
    assert_eq!(arrive(Some(&other), back, &anchor, at(190)), Err(Refused::OtherSpec));
}

/// Workers' records follow a move as they follow a pause and its end.
#[test]
fn workers_records_follow_a_job_that_leaves_and_comes_back() {
    let text = saved(|job| job.placement.mode = PlacementMode::All);
    let worker = "w1".parse::<WorkerId>().unwrap();
    let of = |saved| Spec { saved, ticks: &MINUTELY, worker: None };
    let at_worker = |saved| Spec { saved, ticks: &MINUTELY, worker: Some(&worker) };
    let followed = |state: &JobState, head: &JobState, text, before, now| {
        let following =
            Following { worker: &worker, head: Some(head), text: Some(text), before, matches: true };
        match follow(Some(state), following, now).unwrap() {
            FollowStep::Becomes(next) => *next,
            other => panic!("the record follows: {other:?}"),
        }
    };
    let head = save(None, of(&text), at(0)).unwrap();
    let record = join(&head, None, at_worker(&text), at(0)).unwrap();
    let left = depart(&head, of(&text), at(70), export(at(70))).unwrap();
    let record = followed(&record, &left, at_worker(&text), None, at(71));
    assert!(record.paused.is_some() && record.resolved == at(70));
    assert!(claims_nothing(&record, at_worker(&text), at(130)));
    let back = moved(&moved(&text));
    let here = arrive(Some(&left), of(&back), &left.anchor(), at(200)).unwrap();
    assert_eq!(here.resolved, at(200));
    let record = followed(&record, &here, at_worker(&back), Some(at_worker(&text)), at(201));
    assert_eq!((record.paused.as_ref(), record.resolved), (None, at(200)));
    assert_eq!(scheduled(&claims(&record, at_worker(&back), at(241)).starts), [240]);
}
