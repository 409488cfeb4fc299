//! What people ask for: run now, kill.

use std::collections::BTreeMap;

use model::ports::{StartError, Whose};
use model::run::{Overrides, RunStatus, Trigger};
use model::time::Span;
use model::workload::{Env, Workload};
use serde_json::json;

use crate::support::{Stage, World, until};

#[tokio::test(flavor = "multi_thread")]
async fn run_now_runs_once_per_key_with_what_it_changes() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    let text = json!({ "shell": { "script": "say hi", "env": { "A": "job", "B": "job" } } });
    world.save("job", "say hi", text).await;
    let overrides = Overrides {
        env: Some(Env(BTreeMap::from([("B".into(), "run".into())]))),
        args: None,
        stdin: None,
        timeout: Some(Span::from_seconds(33)),
    };
    let run = world.run_now("job", "key-1", overrides.clone()).await;
    let record = world.end_of(&run).await;
    assert_eq!((record.status, record.trigger), (RunStatus::Succeeded, Trigger::Manual));
    assert_eq!(record.requested_by.as_deref(), Some("test"));
    assert_eq!(world.run_now("job", "key-1", overrides).await, run, "the same key is the same run");
    let other = world.run_now("job", "key-2", Overrides::default()).await;
    world.end_of(&other).await;

    let started = puppets.started();
    assert_eq!(started.len(), 2);
    let Workload::Shell(shell) = &started[0].workload else { panic!("a shell job") };
    assert_eq!((shell.env.0["A"].as_str(), shell.env.0["B"].as_str()), ("job", "run"));
    assert_eq!(started[0].limits.timeout, Span::from_seconds(33));
    let Workload::Shell(shell) = &started[1].workload else { panic!("a shell job") };
    assert_eq!(shell.env.0["B"], "job", "a change is for its one run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wasm_job_goes_to_the_executor_of_its_kind_with_other_arguments() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    let module = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let wasm = json!({ "module": module, "args": ["say job"] });
    world.save_text(&json!({ "name": "job", "schedule": "@yearly", "wasm": wasm })).await;
    let overrides = Overrides { args: Some(vec!["say run".into()]), ..Overrides::default() };
    let run = world.run_now("job", "key", overrides).await;
    assert_eq!(world.end_of(&run).await.status, RunStatus::Succeeded);
    assert_eq!(world.output(&run).await, b"run\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_stops_what_runs_and_removes_what_waits() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say begun\nhang", json!({ "retries": { "max": 3 } })).await;
    let running = world.run_now("job", "running", Overrides::default()).await;
    until("the run to start", async || (puppets.count("job") == 1).then_some(())).await;
    let waiting = world.run_now("job", "waiting", Overrides::default()).await;
    let (marked, removed) = world.kill("job").await;
    assert_eq!((marked, removed), (vec![running.clone()], vec![waiting]));
    let record = world.end_of(&running).await;
    assert_eq!((record.status, record.reason.as_str()), (RunStatus::Killed, "stopped: killed by a user"));
    assert_eq!(world.output(&running).await, b"begun\n");
    world.idle("job").await;
    assert_eq!(puppets.count("job"), 1, "nothing is started after a kill, not even again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_start_says_why_and_is_over() {
    let world = World::new();
    let puppets = world.puppets("w1");
    puppets.refuse(Some(StartError::job(Stage::User, "user `nobody-here` is not there")));
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say hi", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    let record = world.end_of(&run).await;
    assert_eq!(record.status, RunStatus::NotStarted);
    assert_eq!(record.reason, "not started (user): user `nobody-here` is not there");
    assert_eq!((record.started_at, record.output.unwrap().chunks), (None, 0));
    world.idle("job").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_does_not_start_for_the_workers_sake_is_owed_again() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let refused = StartError { stage: Stage::Folder, message: "no space".into(), whose: Whose::Worker };
    puppets.refuse(Some(refused));
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say hi", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the run to be owed again", async || (!world.state("job").await.retries.is_empty()).then_some(()))
        .await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let commits = world.intent.commits.load(std::sync::atomic::Ordering::SeqCst);
    assert!(commits < 40, "it waits longer each time: {commits}");
    assert!(!world.run(&run).await.unwrap().status.is_final(), "what is owed again has no end yet");
    puppets.refuse(None);
    let record = world.end_of(&run).await;
    assert_eq!((record.status, record.attempt), (RunStatus::Succeeded, 1));
    assert_eq!(puppets.count("job"), 1);
}

/// Caught: a stop that is looked at once before the start and not while a module is compiled (the end never comes), and an
/// outcome that does not keep who stopped it (told as not started).
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_reaches_a_run_whose_module_is_still_compiled() {
    let world = World::new();
    let puppets = world.puppets("w1");
    puppets.compiled(false);
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("job", "say hi", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    until("the run to wait for its module", async || (puppets.waiting() == 1).then_some(())).await;
    assert_eq!(world.kill("job").await.0, std::slice::from_ref(&run));
    let record = world.end_of(&run).await;
    assert_eq!((record.status, record.started_at), (RunStatus::Killed, None));
    assert_eq!(record.reason, "not started (claim): stopped before it was started: killed by a user");
    puppets.compiled(true);
    world.idle("job").await;
    assert_eq!(puppets.count("job"), 0, "it is not started later either");
}
