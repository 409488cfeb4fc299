//! Decisions without a runtime: events in, effects out.

mod changes;
mod clock;
mod others;

use std::sync::Arc;

use model::id::{JobUid, Revision, SpecId};
use model::job::{Job, SavedJob};
use model::ports::{Guard, Registration, Snapshot, StateKey, StoreError, SwapResult, Versioned};
use model::run::RunStatus;
use model::state::{Active, JobState};
use model::time::{BootTime, Span, Timestamp};
use model::workload::Kind;
use serde_json::{Value, json};

use super::{Decisions, Effect, Event, Me, Now};
use crate::claim::{Answer, Order, Purpose};
use crate::clock_guard::Offset;
use crate::drain::Phase;
use crate::pipeline::Settled;
use crate::registration::Standing;
use crate::runner::{Ended, Table};
use crate::watch::News;

/// An instant shortly after `seconds` of the test's own time.
fn now(seconds: u64) -> Now {
    Now {
        wall: Timestamp::from_seconds(1_767_225_600) + Span::from_seconds(seconds),
        boot: BootTime::from_millis(1_000_000 + seconds * 1_000),
    }
}

fn standing(revision: u64) -> Standing {
    Standing {
        registration: Some(Registration {
            id: "w1".parse().unwrap(),
            revision: Revision(revision),
            holds_until: BootTime::NEVER,
        }),
        clock_ok: true,
        offset: Offset::of(now(0).wall, now(0).boot),
        clock_event: None,
        peers: Arc::from([]),
        peers_seen_at: Some(BootTime::from_millis(0)),
    }
}

/// A worker of `slots` slots at second 0, with `jobs` jobs of one tick a second.
struct Bench {
    decisions: Decisions,
    effects: Vec<Effect>,
}

impl Bench {
    fn new(slots: u32, jobs: usize, more: &Value) -> Self {
        Self::with(slots, (0..jobs).map(|n| job(n, more)).collect())
    }

    fn with(slots: u32, jobs: Vec<(SavedJob, JobState)>) -> Self {
        Self::refusing(&[], slots, jobs)
    }

    /// A worker that starts no jobs of these kinds.
    fn refusing(kinds: &[Kind], slots: u32, jobs: Vec<(SavedJob, JobState)>) -> Self {
        let me = Me {
            id: "w1".parse().unwrap(),
            boot: "boot".parse().unwrap(),
            labels: [("role".to_owned(), "db".to_owned())].into(),
            slots,
            refuses: kinds.iter().copied().collect(),
            zone_data: "2026b".to_owned(),
            backlog_max: 100,
            folder_is_new: false,
            shell_outlives: false,
        };
        let decisions = Decisions::new(me, Span::from_seconds(30), Table::default(), standing(7));
        let mut bench = Self { decisions, effects: Vec::new() };
        let mut snapshot = Snapshot { revision: Revision(100), ..Snapshot::default() };
        for (saved, state) in jobs {
            let key = StateKey::job(saved.job.name.clone());
            snapshot.jobs.push(Versioned { revision: Revision(100), value: saved });
            snapshot.states.push((key, Versioned { revision: Revision(100), value: state }));
        }
        bench.on(Event::News(News::Loaded(snapshot)), 0);
        bench
    }

    fn on(&mut self, event: Event, seconds: u64) {
        self.decisions.on(event, 0, now(seconds), &mut self.effects);
    }

    /// Takes the orders that were sent.
    fn orders(&mut self) -> Vec<Order> {
        let mut orders = Vec::new();
        self.effects.retain(|effect| match effect {
            Effect::Send(order) => {
                orders.push(order.clone());
                false
            }
            _ => true,
        });
        orders
    }

    /// Answers an order as written at `revision`.
    fn swapped(&mut self, order: Order, revision: u64, seconds: u64) {
        let results = order.parts.iter().map(|_| SwapResult::Swapped(Revision(revision))).collect();
        self.on(Event::Answered(order, Answer::Done(results)), seconds);
    }

    fn starts(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, Effect::Start(..))).count()
    }
}

fn job(n: usize, more: &Value) -> (SavedJob, JobState) {
    let mut text = json!({
        "name": format!("job-{n}"), "schedule": "* * * * * *", "overlap": "allow", "shell": { "script": "true" },
    });
    for (field, value) in more.as_object().unwrap() {
        text[field] = value.clone();
    }
    let at = now(0).wall;
    let saved = SavedJob {
        version: SavedJob::VERSION,
        uid: JobUid::random(),
        spec_id: SpecId::FIRST,
        author: "test".into(),
        reason: String::new(),
        saved_at: at,
        anchor: at,
        job: Job::parse(&text).unwrap(),
    };
    let state = JobState::new(saved.uid.clone(), saved.spec_id, None, at);
    (saved, state)
}

#[test]
fn nothing_is_sent_before_a_tick_is_due_and_one_claim_after() {
    let mut bench = Bench::new(8, 3, &json!({}));
    assert!(bench.orders().is_empty());
    assert_eq!(bench.decisions.wait(now(0)).as_millis(), 1_000, "it sleeps until the tick");
    bench.on(Event::Wake, 1);
    let orders = bench.orders();
    assert_eq!((orders.len(), orders[0].parts.len()), (1, 3), "together");
    assert_eq!(orders[0].guard, Guard::Alive("w1".parse().unwrap(), Revision(7)));
    assert_eq!(bench.starts(), 0, "nothing starts before the answer");
    bench.on(Event::Wake, 1);
    assert!(bench.orders().is_empty(), "a state takes one swap at a time");
    bench.swapped(orders[0].clone(), 101, 1);
    assert_eq!(bench.starts(), 3);
}

#[test]
fn a_lost_claim_starts_nothing_and_frees_its_slots() {
    let mut bench = Bench::new(1, 1, &json!({}));
    bench.on(Event::Wake, 1);
    let order = bench.orders().remove(0);
    let mut theirs = order.parts[0].swap.state.clone().unwrap();
    theirs.active[0].worker = "w2".parse().unwrap();
    let stands = Versioned { revision: Revision(101), value: theirs };
    let lost = Answer::Done(vec![SwapResult::Lost(Some(Box::new(stands)))]);
    bench.on(Event::Answered(order, lost), 1);
    assert_eq!((bench.starts(), bench.decisions.load().busy), (0, 0));
    bench.on(Event::Wake, 2);
    let next = bench.orders().remove(0);
    assert_eq!(next.parts[0].swap.expect, Some(Revision(101)), "made from the record that won");
}

#[test]
fn a_guard_that_fails_stops_claims_until_there_is_a_new_registration() {
    let mut bench = Bench::new(8, 1, &json!({}));
    bench.on(Event::Wake, 1);
    let order = bench.orders().remove(0);
    bench.on(Event::Answered(order, Answer::GuardFailed), 1);
    assert!(bench.effects.iter().any(|effect| matches!(effect, Effect::CheckRegistration)));
    bench.on(Event::Wake, 2);
    assert!(bench.orders().is_empty());
    bench.on(Event::Standing(standing(9)), 3);
    assert_eq!(bench.orders()[0].guard, Guard::Alive("w1".parse().unwrap(), Revision(9)));
}

#[test]
fn a_claim_that_won_under_an_older_registration_starts_nothing() {
    let mut bench = Bench::new(8, 1, &json!({}));
    bench.on(Event::Wake, 1);
    let order = bench.orders().remove(0);
    bench.on(Event::Standing(standing(9)), 1);
    bench.swapped(order, 101, 1);
    let refused = bench.effects.iter().find_map(|effect| match effect {
        Effect::Start(launch, ..) => launch.refused.clone(),
        _ => None,
    });
    assert_eq!(refused.unwrap().message, "the worker's registration had ended");
}

#[test]
fn a_batch_that_the_store_does_not_take_goes_out_in_halves() {
    let mut bench = Bench::new(8, 3, &json!({}));
    bench.on(Event::Wake, 1);
    let order = bench.orders().remove(0);
    let refused = || Answer::Refused(StoreError::Permanent("too large".into()));
    bench.on(Event::Answered(order, refused()), 1);
    let halves = bench.orders();
    assert_eq!(halves.iter().map(|half| half.parts.len()).collect::<Vec<_>>(), [1, 2]);
    bench.on(Event::Answered(halves[0].clone(), refused()), 1);
    bench.swapped(halves[1].clone(), 101, 1);
    assert_eq!(
        (bench.starts(), bench.decisions.load().busy),
        (2, 2),
        "who is refused alone is given up for now"
    );
}

#[test]
fn while_the_store_is_away_nothing_is_sent() {
    let mut bench = Bench::new(8, 1, &json!({}));
    bench.on(Event::Wake, 1);
    let order = bench.orders().remove(0);
    bench.on(Event::Answered(order, Answer::Away(StoreError::Unavailable("gone".into()))), 1);
    assert!(bench.orders().is_empty());
    assert_eq!(bench.decisions.load().busy, 0);
    bench.on(Event::Wake, 8);
    assert_eq!(bench.orders().len(), 1);
}

#[test]
fn what_is_ours_and_not_held_is_settled_before_anything_is_claimed() {
    let (saved, mut state) = job(0, &json!({}));
    let claimant = model::state::Claimant {
        worker: "w1".parse().unwrap(),
        boot: "boot".parse().unwrap(),
        nonce: "00000000000000aa".parse().unwrap(),
        free_slots: 1,
    };
    let ticks = model::schedule::Schedule::of(&saved).unwrap();
    let spec = model::state::Spec { saved: &saved, ticks: &ticks, worker: None };
    state = model::state::claim(&state, spec, now(1).wall, &claimant).unwrap().unwrap().state;
    let run = state.active[0].run.clone();
    let mut bench = Bench::with(8, vec![(saved, state), job(1, &json!({}))]);
    let orders = bench.orders();
    assert_eq!((orders.len(), orders[0].purpose), (1, Purpose::Lose));
    assert!(matches!(orders[0].guard, Guard::Alive(..)), "only who is registered may say so");
    bench.on(Event::Wake, 2);
    assert!(bench.orders().is_empty(), "no claim before it is settled");
    bench.swapped(orders[0].clone(), 101, 2);
    let claims = bench.orders();
    assert!(claims.iter().all(|order| order.purpose == Purpose::Claim));
    let again = |active: &Active| active.run == run;
    let owed = claims.iter().flat_map(|order| &order.parts).filter_map(|part| part.swap.state.as_ref());
    assert!(owed.flat_map(|state| &state.active).any(again), "it never ran, so it is owed the same attempt");
}

/// Caught: ends that go out one by one while they come; a sleep past the moment at which those gathered may go; and one
/// of no length while nothing more may go.
#[test]
fn ends_go_out_together_and_free_their_slots_when_they_are_settled() {
    let mut bench = Bench::new(8, 7, &json!({ "schedule": "@at 2026-01-01T00:00:01Z" }));
    bench.on(Event::Wake, 1);
    let claims = bench.orders().remove(0);
    bench.swapped(claims.clone(), 101, 1);
    let mut runs = claims.parts.iter().map(|part| part.runs[0].clone());
    let mut end = |bench: &mut Bench, seconds| {
        let run = runs.next().unwrap();
        let (kind, status, ended_at) = (Kind::Shell, RunStatus::Succeeded, now(seconds).wall);
        bench.on(Event::Ended(Ended { run, kind, status, for_workers_sake: false, ended_at }), seconds);
    };
    (0..3).for_each(|_| end(&mut bench, 1));
    let ends = |bench: &mut Bench| -> Vec<Order> {
        bench.orders().into_iter().filter(|order| order.purpose == Purpose::Complete).collect()
    };
    let mut sent = ends(&mut bench);
    assert_eq!((sent.len(), sent[0].parts.len()), (1, 1), "the first goes at once, the others are gathered");
    let soon = bench.decisions.wait(now(1)).as_millis();
    assert!((1..=20).contains(&soon), "it wakes for them, after {soon} ms");
    bench.on(Event::Wake, 2);
    sent.extend(ends(&mut bench));
    assert_eq!((sent.len(), sent[1].parts.len()), (2, 2), "together");
    assert!(sent.iter().all(|order| order.guard == Guard::None));
    // As many as may be on their way at one time: the next end waits for an answer, not for a moment.
    for seconds in 3..6 {
        end(&mut bench, seconds);
        bench.on(Event::Wake, seconds);
        sent.extend(ends(&mut bench));
    }
    assert_eq!((sent.len(), bench.decisions.load().busy), (4, 7));
    assert_eq!(bench.decisions.wait(now(7)).as_millis(), 5_000, "it does not spin");
    for order in sent {
        bench.swapped(order, 102, 7);
    }
    for order in ends(&mut bench) {
        bench.swapped(order, 103, 7);
    }
    assert_eq!(bench.decisions.load().busy, 1, "one goes on");
    let settled = |effect: &&Effect| matches!(effect, Effect::Settled(_, Settled::Done));
    assert_eq!(bench.effects.iter().filter(settled).count(), 6);
}

/// Caught: an end that is gathered although the next tick of its job is due and forbidden by it.
#[test]
fn an_end_that_the_next_tick_waits_for_goes_at_once() {
    let once = json!({ "schedule": "@at 2026-01-01T00:00:01Z" });
    let jobs = vec![job(0, &once), job(1, &once), job(2, &json!({ "overlap": "skip" }))];
    let mut bench = Bench::with(8, jobs);
    bench.on(Event::Wake, 1);
    let claims = bench.orders().remove(0);
    bench.swapped(claims.clone(), 101, 1);
    let mut sent = Vec::new();
    for part in &claims.parts {
        let (run, ended_at) = (part.runs[0].clone(), now(2).wall);
        let (kind, status) = (Kind::Shell, RunStatus::Succeeded);
        bench.on(Event::Ended(Ended { run, kind, status, for_workers_sake: false, ended_at }), 2);
        sent.push(bench.orders().iter().map(|order| order.parts.len()).collect::<Vec<_>>());
    }
    let skips = claims.parts.iter().position(|part| part.swap.key.job.as_str() == "job-2").unwrap();
    assert_eq!(skips, 2, "the last of them");
    assert_eq!(sent, [vec![1], vec![], vec![2]], "with what was gathered");
}

#[test]
fn a_worker_that_ends_claims_nothing_and_is_over_without_runs() {
    let mut bench = Bench::new(8, 1, &json!({}));
    bench.on(Event::Phase(Phase::HandOver), 1);
    assert!(bench.orders().is_empty());
    assert!(bench.decisions.is_over() && bench.decisions.load().draining);
}

#[test]
fn jobs_for_other_labels_and_for_all_workers_are_left_alone() {
    for placement in
        [json!({ "labels": { "role": "web" } }), json!({ "mode": "all", "labels": { "role": "web" } })]
    {
        let mut bench = Bench::new(8, 1, &json!({ "placement": placement }));
        bench.on(Event::Wake, 5);
        assert!(bench.orders().is_empty());
    }
    let mut bench = Bench::new(8, 1, &json!({ "placement": { "labels": { "role": "db" } } }));
    bench.on(Event::Wake, 5);
    assert_eq!(bench.orders().len(), 1);
}

/// Caught: a claim of what this worker will not start, which ends the tick.
#[test]
fn jobs_of_a_kind_that_the_worker_does_not_start_are_left_to_others() {
    for (refused, orders) in [(Kind::Shell, 0), (Kind::Wasm, 1)] {
        let mut bench = Bench::refusing(&[refused], 8, vec![job(0, &json!({}))]);
        bench.on(Event::Wake, 5);
        assert_eq!(bench.orders().len(), orders, "{refused}");
    }
}
