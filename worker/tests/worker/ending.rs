//! How a worker ends: hand over, drain, at once.

use model::outcome::Stop;
use model::run::{Overrides, RunStatus};
use model::time::Span;
use serde_json::json;
use worker::Error;

use crate::support::{World, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_waits_for_short_runs_and_takes_nothing_new() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say one\nsleep 700\nsay two", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the run to start", async || (puppets.count("job") == 1).then_some(())).await;
    worker.shutdown.hand_over();
    let later = world.run_now("job", "later", Overrides::default()).await;
    worker.ended().await.unwrap();
    let record = world.run(&run).await.unwrap();
    assert_eq!(record.status, RunStatus::Succeeded, "told before the worker went");
    assert_eq!(world.output(&run).await, b"one\ntwo\n");
    assert_eq!(world.run(&later).await, None);
    assert!(world.sqlite.registry().workers().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_stops_what_is_left_after_its_time() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let mut options = world.options("w1");
    options.drain_timeout = Span::from_millis(500);
    let worker = world.start(options, &puppets);
    world.save("job", "say begun\nhang", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the run to start", async || (puppets.count("job") == 1).then_some(())).await;
    worker.shutdown.hand_over();
    worker.ended().await.unwrap();
    let record = world.run(&run).await.unwrap();
    assert_eq!(record.status, RunStatus::Lost);
    assert_eq!(record.outcome.unwrap().stop, Some(Stop::HandedOver));
    assert!(world.state("job").await.active.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_waits_and_a_second_signal_ends_it() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let mut options = world.options("w1");
    options.drain_timeout = Span::from_millis(1);
    let worker = world.start(options, &puppets);
    world.save("job", "hang", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the run to start", async || (puppets.count("job") == 1).then_some(())).await;
    worker.shutdown.drain();
    let registry = world.sqlite.registry();
    until("the worker to say that it drains", async || {
        registry.workers().await.unwrap()[0].status.draining.then_some(())
    })
    .await;
    assert_eq!(world.state("job").await.active.len(), 1, "the drain waits");
    worker.shutdown.drain();
    worker.ended().await.unwrap();
    assert_eq!(world.run(&run).await.unwrap().status, RunStatus::Lost);
}

/// A registration that is gone: others may settle our runs, so what says so is stopped and the rest goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_cut_off_stops_what_says_so_and_claims_under_a_new_registration() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("kill", "hang", json!({ "when_cut_off": "kill" })).await;
    world.save("wait", "hang", json!({ "when_cut_off": "wait" })).await;
    let killed = world.run_now("kill", "key", Overrides::default()).await;
    world.run_now("wait", "key", Overrides::default()).await;
    until("both to start", async || (puppets.started().len() == 2).then_some(())).await;
    let registration =
        async || world.sqlite.registry().workers().await.unwrap().first().map(|w| w.registration);
    let before = registration().await.unwrap();
    world.clock.pass(Span::from_seconds(11));
    let record = world.end_of(&killed).await;
    assert_eq!(record.outcome.unwrap().stop, Some(Stop::CutOff));
    assert_eq!(world.state("wait").await.active.len(), 1, "the other goes on");
    until("a new registration", async || registration().await.filter(|now| *now != before)).await;
    let next = world.run_now("kill", "next", Overrides::default()).await;
    until("a run under it", async || puppets.started().iter().any(|s| s.run.id == next).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_id_is_refused_with_a_message_that_says_so() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    until("the worker to live", async || {
        (!world.sqlite.registry().workers().await.unwrap().is_empty()).then_some(())
    })
    .await;
    let second = world.start(world.options("w1"), &world.puppets("other"));
    let refused = second.ended().await.unwrap_err();
    assert!(matches!(&refused, Error::Register(_)));
    assert_eq!(
        refused.to_string(),
        "failed to register: worker id `w1` is taken by a live worker; two workers need two ids"
    );
}
