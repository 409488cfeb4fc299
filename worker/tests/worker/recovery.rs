//! A worker that is gone from one moment to the next, and the one that comes after it.

use std::collections::HashSet;
use std::sync::Arc;

use model::id::Nonce;
use model::run::{Overrides, RunStatus};
use model::schedule::Schedule;
use model::state::{self, Claimant, Spec};
use model::time::Span;
use serde_json::json;

use crate::support::{Fault, Puppets, Running, World, until};

/// Lets the lease of a worker that is gone end, and starts another in its place.
fn start_anew(world: &World, puppets: &Arc<Puppets>) -> Running {
    world.clock.pass(Span::from_seconds(11));
    world.start(world.options("w1"), puppets)
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_go_on_over_a_crash_of_the_worker_and_are_told_by_the_next() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say one\nsleep 1500\nsay two\nexit 4", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the first output", async || (!world.output(&run).await.is_empty()).then_some(())).await;
    worker.crash().await;
    let _worker = start_anew(&world, &puppets);
    let record = world.end_of(&run).await;
    assert_eq!((record.status, record.reason.as_str()), (RunStatus::Failed, "exit code 4"));
    assert_eq!(world.output(&run).await, b"one\ntwo\n");
    assert_eq!(record.output.unwrap().chunks, 2);
    world.idle("job").await;
    assert_eq!(puppets.count("job"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_vanished_with_the_worker_is_lost_and_keeps_its_output() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say begun\nhang", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the run to start", async || (puppets.count("job") == 1).then_some(())).await;
    worker.crash().await;
    puppets.vanish();
    let _worker = start_anew(&world, &puppets);
    let record = world.end_of(&run).await;
    assert_eq!(record.status, RunStatus::Lost);
    assert_eq!(world.output(&run).await, b"begun\n");
    world.idle("job").await;
    assert_eq!(puppets.count("job"), 1);
}

/// An end that is known before the jobs are: it waits for them, and is not taken for one that somebody settled.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_known_before_the_jobs_are_is_settled_by_them() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say begun\nhang", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the run to start", async || (puppets.count("job") == 1).then_some(())).await;
    worker.crash().await;
    puppets.vanish();
    world.intent.fail(Fault::Away);
    let _worker = start_anew(&world, &puppets);
    until("the output to be shipped", async || (world.output(&run).await == b"begun\n").then_some(())).await;
    world.intent.fail(Fault::None);
    assert_eq!(world.end_of(&run).await.status, RunStatus::Lost);
    world.idle("job").await;
    assert_eq!(puppets.count("job"), 1, "it is not started again");
}

/// A claim that the crash left without a start: written as the worker of before would have.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_was_never_started_is_owed_again_and_runs_once() {
    let world = World::new();
    let puppets = world.puppets("w1");
    // So that the folder of runs is known, and what is not in it surely never ran.
    let before = world.start(world.options("w1"), &puppets);
    until("the worker to live", async || {
        (!world.sqlite.registry().workers().await.unwrap().is_empty()).then_some(())
    })
    .await;
    until("the folder to be there", async || {
        world.runs_dir("w1").join(".worker/owner").exists().then_some(())
    })
    .await;
    before.shutdown.hand_over();
    before.ended().await.unwrap();

    let saved = world.save("job", "say hi", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    let ticks = Schedule::of(&saved).unwrap();
    let claimant = Claimant {
        worker: "w1".parse().unwrap(),
        boot: "boot-1".parse().unwrap(),
        nonce: Nonce::random(),
        free_slots: 1,
    };
    world
        .change("job", |state, _| {
            let spec = Spec { saved: &saved, ticks: &ticks, worker: None };
            let step = state::claim(state, spec, world.now(), &claimant).unwrap().unwrap();
            assert_eq!(step.starts[0].run, run);
            (step.state, ())
        })
        .await;
    let _worker = world.start(world.options("w1"), &puppets);
    let record = world.end_of(&run).await;
    assert_eq!((record.status, record.attempt), (RunStatus::Succeeded, 1));
    world.idle("job").await;
    assert_eq!(puppets.count("job"), 1);
}

/// The same on a machine that was started anew: nobody knows whether it ran.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_from_before_a_reboot_is_lost_and_does_not_run_again() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let saved = world.save("job", "say hi", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    let ticks = Schedule::of(&saved).unwrap();
    let claimant = Claimant {
        worker: "w1".parse().unwrap(),
        boot: "boot-0".parse().unwrap(),
        nonce: Nonce::random(),
        free_slots: 1,
    };
    world
        .change("job", |state, _| {
            let spec = Spec { saved: &saved, ticks: &ticks, worker: None };
            (state::claim(state, spec, world.now(), &claimant).unwrap().unwrap().state, ())
        })
        .await;
    let _worker = world.start(world.options("w1"), &puppets);
    world.idle("job").await;
    let state = world.state("job").await;
    let told = serde_json::to_string(&state.unrecorded).unwrap();
    assert!(told.contains(run.as_str()) && told.contains("lost"), "{told}");
    assert_eq!(puppets.count("job"), 0);
}

/// Crashes at no particular moment: of all ticks each has one end, none is started twice, no output is missing.
#[tokio::test(flavor = "multi_thread")]
async fn over_many_crashes_each_tick_ends_once() {
    let world = World::new();
    let puppets = world.puppets("w1");
    for n in 0..4 {
        let more = json!({ "schedule": "* * * * * *", "overlap": "allow", "missed": { "policy": "all" } });
        world.save(&format!("job-{n}"), "say a\nsleep 130\nsay b", more).await;
    }
    for crash in 0..6u64 {
        let worker = world.start(world.options("w1"), &puppets);
        let before = puppets.started().len();
        until("some runs", async || (puppets.started().len() > before + 2).then_some(())).await;
        tokio::time::sleep(std::time::Duration::from_millis(crash * 47)).await;
        worker.crash().await;
        world.clock.pass(Span::from_seconds(11));
    }
    let worker = world.start(world.options("w1"), &puppets);
    for n in 0..4 {
        world.pause(&format!("job-{n}")).await;
        world.idle(&format!("job-{n}")).await;
    }
    worker.shutdown.drain();
    worker.ended().await.unwrap();

    let starts = puppets.started();
    let distinct: HashSet<_> = starts.iter().map(|started| started.run.id.clone()).collect();
    assert_eq!(distinct.len(), starts.len(), "nothing is started twice");
    let mut ticks = HashSet::new();
    for started in &starts {
        let run = world.run(&started.run.id).await.expect("each start has its record");
        assert_eq!(run.status, RunStatus::Succeeded, "{run:?}");
        assert_eq!(world.output(&run.id).await, b"a\nb\n");
        assert!(ticks.insert((run.job.clone(), run.scheduled_at)), "one run of each tick");
    }
    let folders = std::fs::read_dir(world.runs_dir("w1")).unwrap().count();
    assert_eq!(folders, 1, "all folders are told of and gone");
}

/// A run that was settled as lost while its worker was away, and that ended after all.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_after_the_run_was_settled_is_kept_as_the_late_one() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say begun\nsleep 600", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the run to start", async || (puppets.count("job") == 1).then_some(())).await;
    worker.crash().await;
    world
        .change("job", |state, spec| {
            let by = state::Settle::ByHand { by: "test".into() };
            (state::lose(state, Some(spec), world.now(), &run, &by).unwrap().unwrap(), ())
        })
        .await;
    let _worker = start_anew(&world, &puppets);
    let record = until("the late outcome", async || {
        world.run(&run).await.filter(|record| record.late_outcome.is_some())
    })
    .await;
    assert_eq!(record.late_outcome.unwrap().in_words(), "exit code 0");
    assert_eq!(world.output(&run).await, b"begun\n");
}
