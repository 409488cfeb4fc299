//! More than one worker on one store.

use std::collections::HashSet;

use model::run::Overrides;
use model::state::Unrecorded;
use model::time::Span;
use serde_json::json;

use crate::support::{World, until};

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_the_ticks_and_start_none_twice() {
    let world = World::new();
    let (one, two) = (world.puppets("w1"), world.puppets("w2"));
    let first = world.start(world.options("w1"), &one);
    let second = world.start(world.options("w2"), &two);
    let registry = world.sqlite.registry();
    until("both to live", async || (registry.workers().await.unwrap().len() == 2).then_some(())).await;
    for n in 0..20 {
        world.save(&format!("job-{n}"), "say hi", json!({ "schedule": "* * * * * *" })).await;
    }
    until("some runs", async || (one.started().len() + two.started().len() >= 120).then_some(())).await;
    for worker in [&first, &second] {
        worker.shutdown.hand_over();
    }
    first.ended().await.unwrap();
    second.ended().await.unwrap();
    let starts: Vec<_> = one.started().into_iter().chain(two.started()).collect();
    let distinct: HashSet<_> = starts.iter().map(|started| started.run.id.clone()).collect();
    assert_eq!(distinct.len(), starts.len(), "no tick is started twice");
    assert!(!one.started().is_empty() && !two.started().is_empty(), "both take their part");
    for started in &starts {
        assert!(world.run(&started.run.id).await.unwrap().status.is_final());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_survivor_settles_the_runs_of_a_worker_that_is_gone() {
    let world = World::new();
    let (one, two) = (world.puppets("w1"), world.puppets("w2"));
    let gone = world.start(world.options("w1"), &one);
    let text = json!({ "limits": { "timeout": "2s", "grace": "1s" }, "on_worker_loss": "rerun" });
    world.save("job", "hang", text).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the run to start", async || (one.count("job") == 1).then_some(())).await;
    gone.crash().await;
    one.vanish();
    let _survivor = world.start(world.options("w2"), &two);
    let registry = world.sqlite.registry();
    until("the survivor to live", async || {
        registry
            .workers()
            .await
            .unwrap()
            .iter()
            .any(|worker| worker.identity.id.as_str() == "w2")
            .then_some(())
    })
    .await;
    // The lease of the other ends, and with it the time that its run may have taken.
    world.clock.pass(Span::from_seconds(60));
    until("the run to be settled and another to start", async || (two.count("job") == 1).then_some(())).await;
    let state = world.state("job").await;
    let lost = |entry: &Unrecorded| matches!(entry, Unrecorded::Run { run: lost, .. } if *lost == run);
    assert!(state.unrecorded.iter().any(lost), "{:?}", state.unrecorded);
    assert_eq!(two.started()[0].run.attempt, 2);
}
