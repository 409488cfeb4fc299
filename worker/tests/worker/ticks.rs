//! A tick's whole way: due, claimed, run, told.

use std::sync::atomic::Ordering;
use std::time::Duration;

use model::id::Digest;
use model::run::{RunStatus, Trigger};
use model::state::{Skip, SkipReason, Unrecorded, Unrun};
use model::time::{Span, Timestamp};
use serde_json::json;

use crate::support::{World, once_after, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_runs_once_and_its_record_and_output_are_told() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let worker = world.start(world.options("w1"), &puppets);
    world.save("hello", "say one\nsay two", json!({ "schedule": once_after(world.now()) })).await;

    let run = world.ends_of("hello", 1).await.remove(0);
    assert_eq!((run.status, run.trigger, run.attempt), (RunStatus::Succeeded, Trigger::Schedule, 1));
    assert_eq!(run.reason, "exit code 0");
    assert_eq!(run.worker.as_ref().unwrap().as_str(), "w1");
    assert!(run.claimed_at.unwrap() >= run.scheduled_at && run.started_at >= run.claimed_at);
    assert_eq!(world.output(&run.id).await, b"one\ntwo\n");
    let output = run.output.unwrap();
    assert_eq!((output.chunks, output.bytes, output.dropped), (2, 8, 0));
    assert_eq!(format!("sha256:{}", output.sha256), Digest::of(b"one\ntwo\n").as_str());

    world.idle("hello").await;
    let started = puppets.started();
    assert_eq!(started.len(), 1);
    assert_eq!((&started[0].run.id, Some(started[0].run.fence)), (&run.id, run.fence));
    until("the run's folder to go", async || {
        let left = std::fs::read_dir(world.runs_dir("w1")).unwrap().count();
        (left == 1).then_some(()) // The worker's own.
    })
    .await;
    worker.shutdown.hand_over();
    worker.ended().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_second_runs_every_second() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    let more = json!({ "schedule": "* * * * * *", "overlap": "allow" });
    let saved = world.save("often", "say hi", more).await;
    let first = Timestamp::from_seconds(saved.saved_at.as_seconds() + 1);
    let wanted: Vec<_> = (0..4).map(|n| first + Span::from_seconds(n)).collect();
    until("the first four ticks to have run", async || {
        let mut ran = world.runs("often").await;
        ran.retain(|run| run.status == RunStatus::Succeeded);
        wanted.iter().all(|tick| ran.iter().any(|run| run.scheduled_at == *tick)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_over_its_timeout_ends_as_timed_out() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    let more = json!({ "schedule": once_after(world.now()), "limits": { "timeout": "1s" } });
    world.save("slow", "say begun\nhang", more).await;
    let run = world.ends_of("slow", 1).await.remove(0);
    assert_eq!(run.status, RunStatus::TimedOut);
    assert_eq!(world.output(&run.id).await, b"begun\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_runs_are_tried_again_after_their_backoff() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    let more = json!({
        "schedule": once_after(world.now()),
        "retries": { "max": 2, "on": ["failed"], "backoff": "1s" },
    });
    world.save("flaky", "exit 3", more).await;
    let mut runs = world.ends_of("flaky", 3).await;
    runs.sort_by_key(|run| run.attempt);
    assert_eq!(runs.iter().map(|run| run.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(runs.iter().all(|run| run.status == RunStatus::Failed && run.reason == "exit code 3"));
    world.idle("flaky").await;
    let at: Vec<_> = puppets.started().iter().map(|started| started.at).collect();
    assert_eq!(at.len(), 3, "no more than the job allows");
    assert!(at[1] - at[0] >= Duration::from_millis(900) && at[2] - at[1] >= Duration::from_millis(1_900));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_job_starts_nothing_until_it_is_resumed() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("often", "say hi", json!({ "schedule": "* * * * * *" })).await;
    world.save("other", "say hi", json!({ "schedule": "* * * * * *" })).await;
    world.ends_of("often", 1).await;
    world.pause("often").await;
    let paused_at = world.now();
    let others = puppets.count("other");
    until("the other job to go on", async || (puppets.count("other") >= others + 3).then_some(())).await;
    let claimed_later = |run: &model::run::RunRecord| run.claimed_at.unwrap() > paused_at;
    assert!(!world.runs("often").await.iter().any(claimed_later));
    world.resume("often").await;
    until("a run after the pause", async || {
        world.runs("often").await.iter().any(claimed_later).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_leaves_the_run_under_way_alone_and_rules_the_next() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    let old = world
        .save("job", "say old\nsleep 1500\nexit 7", json!({ "schedule": once_after(world.now()) }))
        .await;
    until("the old text to run", async || (puppets.count("job") == 1).then_some(())).await;
    let more = json!({ "schedule": once_after(world.now()), "success_codes": [0, 7] });
    let new = world.save("job", "say new", more).await;
    let runs = world.ends_of("job", 2).await;
    let of = |spec| runs.iter().find(|run| run.spec_id == spec).unwrap();
    assert_eq!(of(old.spec_id).status, RunStatus::Failed, "judged by the text that it ran");
    assert_eq!(world.output(&of(old.spec_id).id).await, b"old\n");
    assert_eq!(world.output(&of(new.spec_id).id).await, b"new\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_runs_only_what_its_labels_match() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let mut options = world.options("w1");
    options.labels.insert("role".into(), "db".into());
    let _worker = world.start(options, &puppets);
    let placed =
        |role: &str| json!({ "schedule": "* * * * * *", "placement": { "labels": { "role": role } } });
    world.save("here", "say hi", placed("db")).await;
    world.save("elsewhere", "say hi", placed("web")).await;
    world.ends_of("here", 2).await;
    assert_eq!(puppets.count("elsewhere"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_wait_for_a_slot() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let mut options = world.options("w1");
    options.slots = 1;
    let _worker = world.start(options, &puppets);
    for name in ["a", "b", "c"] {
        world.save(name, "sleep 300", json!({ "schedule": once_after(world.now()) })).await;
    }
    for name in ["a", "b", "c"] {
        assert_eq!(world.ends_of(name, 1).await[0].status, RunStatus::Succeeded);
    }
    let mut runs = Vec::new();
    for name in ["a", "b", "c"] {
        runs.extend(world.runs(name).await);
    }
    runs.sort_by_key(|run| run.started_at);
    for pair in runs.windows(2) {
        assert!(pair[1].claimed_at >= pair[0].ended_at, "one at a time: {pair:?}");
    }
}

/// Claims of many jobs that are due go out in full batches, and while the store is slow, so do completions. Caught: a
/// claim for each job; completions that do not wait for those under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_herd_goes_out_in_few_batches() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let mut options = world.options("w1");
    options.slots = 500;
    // Due once the clock has passed it, however long the saves take.
    let hour = Span::from_minutes(60);
    let schedule = format!("@at {}", Timestamp::from_seconds((world.now() + hour).as_seconds()));
    for n in 0..300 {
        world.save(&format!("job-{n}"), "wait\nsay hi", json!({ "schedule": schedule })).await;
    }
    world.clock.pass(hour);
    let _worker = world.start(options, &puppets);
    until("all to have started", async || (puppets.started().len() == 300).then_some(())).await;
    assert_eq!(world.intent.commits.load(Ordering::SeqCst), 3, "of 120, 120 and 60 claims");

    world.intent.hold(true);
    puppets.go();
    until("completions on their way", async || (world.intent.under_way() == 4).then_some(())).await;
    until("all to have ended", async || (puppets.ended() == 300).then_some(())).await;
    assert_eq!(world.intent.under_way(), 4, "what ends meanwhile waits for the next batch");
    world.intent.hold(false);
    for n in 0..300 {
        assert_eq!(world.ends_of(&format!("job-{n}"), 1).await[0].status, RunStatus::Succeeded);
        world.idle(&format!("job-{n}")).await;
    }
    assert_eq!(world.intent.swaps.load(Ordering::SeqCst), 600, "one claim and one completion each");
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_that_fell_due_while_no_worker_lived_follow_the_missed_policy() {
    let world = World::new();
    let more = json!({ "schedule": "* * * * * *", "start_deadline": "1s", "missed": { "policy": "none" } });
    world.save("job", "say hi", more).await;
    world.clock.pass(Span::from_seconds(60));
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    world.ends_of("job", 1).await;
    let state = world.state("job").await;
    let missed = state.unrecorded.iter().any(|entry| {
        matches!(entry, Unrecorded::Ticks { from, to, end: Unrun::Missed { .. }, .. } if to.since(*from).as_millis() > 50_000)
    });
    assert!(missed, "{:?}", state.unrecorded);
    let overlap = |entry: &Unrecorded| {
        matches!(entry, Unrecorded::Ticks { end: Unrun::Skipped(Skip { why: SkipReason::Edited, .. }), .. })
    };
    assert!(!state.unrecorded.iter().any(overlap));
}
