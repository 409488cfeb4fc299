//! Stores that are away, or that do not answer.

use std::collections::HashSet;
use std::time::Duration;

use model::run::{Overrides, RunStatus};
use model::time::Span;
use serde_json::json;
use tokio::time::sleep;

use crate::support::{Fault, World, until};

#[tokio::test(flavor = "multi_thread")]
async fn while_the_facts_are_away_jobs_run_and_their_output_waits() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    let line = "x".repeat(200_000);
    world.save("job", &format!("say {line}\nsay end"), json!({})).await;
    world.facts.fail(Fault::Away);
    let mut runs = Vec::new();
    for n in 0..5 {
        runs.push(world.run_now("job", &format!("key-{n}"), Overrides::default()).await);
        world.idle("job").await;
    }
    assert!(world.runs("job").await.is_empty());
    world.facts.fail(Fault::AnswerLost);
    sleep(Duration::from_millis(700)).await;
    world.facts.fail(Fault::None);
    for run in &runs {
        let record = world.end_of(run).await;
        assert_eq!(record.status, RunStatus::Succeeded);
        assert_eq!(world.output(run).await, format!("{line}\nend\n").as_bytes());
        assert_eq!(record.output.unwrap().bytes, 200_005);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_too_many_ends_that_wait_for_the_facts_nothing_is_claimed() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let mut options = world.options("w1");
    options.pipeline.backlog_runs_max = 2;
    let _worker = world.start(options, &puppets);
    world.facts.fail(Fault::Away);
    world.save("job", "say hi", json!({})).await;
    for n in 0..4 {
        world.run_now("job", &format!("key-{n}"), Overrides::default()).await;
    }
    until("two runs", async || (puppets.count("job") == 2).then_some(())).await;
    until("both to be settled", async || world.state("job").await.active.is_empty().then_some(())).await;
    sleep(Duration::from_millis(500)).await;
    assert_eq!(puppets.count("job"), 2);
    world.facts.fail(Fault::None);
    world.ends_of("job", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_that_fall_due_while_intent_is_away_run_late_and_ends_wait() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    let more = json!({ "schedule": "* * * * * *", "overlap": "allow" });
    world.save("job", "sleep 400", more).await;
    world.ends_of("job", 1).await;
    world.intent.fail(Fault::Away);
    let (since, count) = (world.now(), puppets.count("job"));
    sleep(Duration::from_millis(3_200)).await;
    assert!(puppets.count("job") <= count + 1, "without a claim nothing starts");
    world.intent.fail(Fault::None);
    let back = world.now();
    let ticks = until("each tick to have run, the late ones too", async || {
        let mut runs = world.runs("job").await;
        runs.retain(|run| run.status.is_final());
        let mut ticks: Vec<_> = runs.iter().map(|run| run.scheduled_at).collect();
        ticks.sort_unstable();
        // One may be told before the one before it.
        let whole = ticks.windows(2).all(|pair| pair[1].since(pair[0]) == Span::from_seconds(1));
        (whole && ticks.last().is_some_and(|tick| *tick > back)).then_some(ticks)
    })
    .await;
    assert!(ticks.iter().filter(|tick| **tick > since && **tick <= back).count() >= 2);
}

/// Answers that do not come are settled by reading again: what was written counts, what was not is tried again.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_do_not_come_start_nothing_twice() {
    for fault in [Fault::AnswerLost, Fault::RequestLost] {
        let world = World::new();
        let puppets = world.puppets("w1");
        let _worker = world.start(world.options("w1"), &puppets);
        for n in 0..5 {
            let more = json!({ "schedule": "* * * * * *", "overlap": "allow" });
            world.save(&format!("job-{n}"), "sleep 100", more).await;
        }
        world.ends_of("job-0", 1).await;
        world.intent.fail(fault);
        sleep(Duration::from_millis(2_500)).await;
        world.intent.fail(Fault::None);
        let back = world.now();
        for n in 0..5 {
            let name = format!("job-{n}");
            until("runs after the fault", async || {
                let runs = world.runs(&name).await;
                runs.iter().any(|run| run.scheduled_at > back && run.status.is_final()).then_some(())
            })
            .await;
            world.pause(&name).await;
            world.idle(&name).await;
        }
        let started = puppets.started();
        let distinct: HashSet<_> = started.iter().map(|started| started.run.id.clone()).collect();
        assert_eq!(distinct.len(), started.len(), "{fault:?}");
        for n in 0..5 {
            let ended = puppets.count(&format!("job-{n}"));
            let runs = world.ends_of(&format!("job-{n}"), ended).await;
            let mut ticks: Vec<_> = runs.iter().map(|run| run.scheduled_at).collect();
            ticks.sort_unstable();
            for pair in ticks.windows(2) {
                assert_eq!(pair[1].since(pair[0]), Span::from_seconds(1), "{fault:?}: each tick ran once");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_clock_that_was_set_stops_claims_until_it_stands_still() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say hi", json!({ "schedule": "* * * * * *" })).await;
    world.ends_of("job", 1).await;
    world.clock.set_forward(Span::from_minutes(60));
    let registry = world.sqlite.registry();
    let clock_ok = async || registry.workers().await.unwrap()[0].status.clock_ok;
    until("the worker to say so", async || (!clock_ok().await).then_some(())).await;
    until("the clock to be trusted again", async || clock_ok().await.then_some(())).await;
    let now = world.now();
    until("runs by the new time", async || {
        world.runs("job").await.iter().any(|run| run.claimed_at.unwrap() > now).then_some(())
    })
    .await;
}
