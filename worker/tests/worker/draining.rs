//! Workers that somebody wants to take nothing new.

use model::id::WorkerId;
use model::worker::{Drain, Worker};
use serde_json::json;

use crate::support::{World, until};

fn id(id: &str) -> WorkerId {
    id.parse().unwrap()
}

async fn worker(world: &World, name: &str) -> Option<Worker> {
    let workers = world.sqlite.registry().workers().await.unwrap();
    workers.into_iter().find(|worker| worker.identity.id == id(name))
}

async fn drain(world: &World, name: &str) {
    let drain = Drain { by: "test".into(), reason: "a disk".into(), since: world.now() };
    world.sqlite.registry().drain(&id(name), drain).await.unwrap();
}

async fn drains(world: &World, name: &str) {
    until("the worker to say that it drains", async || {
        worker(world, name).await?.status.draining.then_some(())
    })
    .await;
}

/// Goal: a drained worker takes nothing new and keeps what runs; the other one takes all; taken back, it takes part.
/// Catches: `may_claim` without a look at the wish, and a rank that counts it.
#[tokio::test(flavor = "multi_thread")]
async fn a_drained_worker_takes_nothing_new_and_keeps_what_runs() {
    let world = World::new();
    let (one, two) = (world.puppets("w1"), world.puppets("w2"));
    let _first = world.start(world.options("w1"), &one);
    until("the first to live", async || worker(&world, "w1").await).await;
    world.save("long", "hang", json!({})).await;
    world.run_now("long", "key", model::run::Overrides::default()).await;
    until("the long run to start", async || (one.count("long") == 1).then_some(())).await;
    drain(&world, "w1").await;
    drains(&world, "w1").await;
    let _second = world.start(world.options("w2"), &two);
    for n in 0..5 {
        world.save(&format!("job-{n}"), "say hi", json!({ "schedule": "* * * * * *" })).await;
    }
    until("the other to take all", async || (two.started().len() >= 15).then_some(())).await;
    assert_eq!(one.started().len(), 1, "nothing but what ran before");
    let status = worker(&world, "w1").await.unwrap().status;
    assert_eq!((status.busy, world.state("long").await.active.len()), (1, 1), "what runs goes on");
    world.sqlite.registry().undrain(&id("w1")).await.unwrap();
    until("the first to take part again", async || (one.started().len() > 1).then_some(())).await;
}

/// Catches: a wish that is looked for only after the first claim, and one that goes with the registration.
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_holds_for_the_next_process_of_the_worker() {
    let world = World::new();
    let (one, two) = (world.puppets("w1"), world.puppets("w2"));
    for n in 0..5 {
        world.save(&format!("job-{n}"), "say hi", json!({ "schedule": "* * * * * *" })).await;
    }
    drain(&world, "w1").await;
    let first = world.start(world.options("w1"), &one);
    drains(&world, "w1").await;
    first.shutdown.hand_over();
    first.ended().await.unwrap();
    let _next = world.start(world.options("w1"), &one);
    drains(&world, "w1").await;
    let _other = world.start(world.options("w2"), &two);
    until("the other to take all", async || (two.started().len() >= 10).then_some(())).await;
    assert!(one.started().is_empty(), "{:?}", one.started());
}
