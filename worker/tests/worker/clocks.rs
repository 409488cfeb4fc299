//! Clocks that are set and machines that sleep, seen from outside: what starts, what is missed, and what is told.

use std::collections::BTreeSet;

use model::state::{Unrecorded, Unrun};
use model::time::Span;
use model::worker::{ClockChange, ClockEvent};
use serde_json::json;

use crate::support::{Running, World, once_after, until};

/// A worker with a job a minute for each missed policy.
async fn world() -> (World, std::sync::Arc<crate::support::Puppets>, Running) {
    let world = World::new();
    let puppets = world.puppets("w1");
    let worker = world.start(world.options("w1"), &puppets);
    world.lives("w1").await; // Who sets a clock before has set it for a worker that knows no other.
    for policy in ["none", "latest", "all"] {
        let more = json!({ "schedule": "* * * * *", "overlap": "allow", "start_deadline": "5m",
            "missed": { "policy": policy, "window": "1h", "max": 3 } });
        world.save(policy, "say hi", more).await;
    }
    (world, puppets, worker)
}

async fn told(world: &World) -> ClockEvent {
    until("the worker to tell of its clock", async || {
        world.sqlite.registry().workers().await.unwrap().first()?.status.clock_event
    })
    .await
}

/// Returns the ticks of a job that started, each once.
async fn started(world: &World, job: &str) -> BTreeSet<i64> {
    let runs = world.runs(job).await;
    let ticks: BTreeSet<i64> = runs.iter().map(|run| run.scheduled_at.as_seconds() / 60).collect();
    assert_eq!(ticks.len(), runs.len(), "no tick of `{job}` starts twice");
    assert!(runs.iter().all(|run| run.attempt == 1));
    ticks
}

/// Asserts what became of the ticks of `ahead`, which the clock went by.
async fn assert_late(world: &World, ahead: Span) {
    let minutes = i64::try_from(ahead.as_millis() / 60_000).unwrap();
    for (policy, caught_up) in [("none", 0), ("latest", 1), ("all", 3)] {
        let state = until(&format!("`{policy}` to have settled what is late"), async || {
            let state = world.state(policy).await;
            let settled = state.resolved + Span::from_minutes(2) > world.now() && state.active.is_empty();
            settled.then_some(state)
        })
        .await;
        world.idle(policy).await;
        let ticks = started(world, policy).await;
        let late = ticks.len() as i64 - caught_up;
        // Five minutes are late, give or take the minutes that pass while the test runs.
        assert!((4..=8).contains(&late), "`{policy}` started {ticks:?}");
        let missed: i64 = state
            .unrecorded
            .iter()
            .map(|end| match end {
                Unrecorded::Ticks { from, to, end: Unrun::Missed { .. }, .. } => {
                    (to.as_seconds() - from.as_seconds()) / 60 + 1
                }
                other => panic!("{other:?}"),
            })
            .sum();
        let all = missed + ticks.len() as i64;
        assert!(
            (minutes..=minutes + 3).contains(&all),
            "each tick of {ahead} has its end: {missed} missed, {ticks:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_forward_by_an_hour_makes_ticks_late_and_is_told() {
    let (world, _puppets, _worker) = world().await;
    world.clock.set_forward(Span::from_minutes(60));
    let event = told(&world).await;
    assert_eq!(event.change, ClockChange::SetForward);
    assert!(event.by.as_millis().abs_diff(3_600_000) < 1_000, "{event}");
    assert_late(&world, Span::from_minutes(60)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_forward_by_a_day_makes_ticks_late() {
    let (world, _puppets, _worker) = world().await;
    world.clock.set_forward(Span::from_days(1));
    assert_late(&world, Span::from_days(1)).await;
}

/// The lease ends meanwhile: the worker registers anew, and only then claims.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_slept_for_three_hours_finds_its_ticks_late_and_tells() {
    let (world, _puppets, _worker) = world().await;
    let registry = world.sqlite.registry();
    let before = until("the registration", async || {
        registry.workers().await.unwrap().first().map(|worker| worker.registration)
    })
    .await;
    world.clock.pass(Span::from_minutes(180));
    assert_late(&world, Span::from_minutes(180)).await;
    let event = told(&world).await;
    assert_eq!(event.change, ClockChange::Slept);
    assert!(event.by.as_millis().abs_diff(3 * 3_600_000) < 5_000, "{event}");
    let worker = registry.workers().await.unwrap().remove(0);
    assert!(worker.status.clock_ok && worker.registration > before);
}

/// The hour comes again, and what ran in it does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_starts_nothing_again() {
    for back in [Span::from_minutes(60), Span::from_days(1)] {
        let world = World::new();
        let puppets = world.puppets("w1");
        let _worker = world.start(world.options("w1"), &puppets);
        world.lives("w1").await;
        world.save("often", "say hi", json!({ "schedule": "* * * * * *" })).await;
        world.ends_of("often", 2).await;
        world.clock.set_back(back);
        assert_eq!(told(&world).await.change, ClockChange::SetBack);
        world.idle("often").await;
        let count = puppets.count("often");
        // Another job by the new time shows that the worker claims again.
        world.save("other", "say hi", json!({ "schedule": "* * * * * *" })).await;
        world.ends_of("other", 3).await;
        assert_eq!(
            puppets.count("often"),
            count,
            "its ticks up to {} have their ends",
            world.state("often").await.resolved
        );
        started_once(&world, &puppets, "often").await;
        // Once it is saved anew it still has no ticks that it had before.
        world.save("often", "say hi", json!({ "schedule": once_after(world.now()) })).await;
        assert!(world.state("often").await.resolved > world.now());
    }
}

async fn started_once(world: &World, puppets: &crate::support::Puppets, job: &str) {
    let runs = world.runs(job).await;
    let ids: BTreeSet<String> = runs.iter().map(|run| run.id.to_string()).collect();
    assert_eq!((ids.len(), runs.len()), (runs.len(), puppets.count(job)));
}
