//! Ticks that fall due while a run of their job goes on.

use model::run::RunStatus;
use model::state::{Skip, SkipReason, Unrecorded, Unrun};
use serde_json::json;

use crate::support::{World, until};

#[tokio::test(flavor = "multi_thread")]
async fn skip_runs_one_at_a_time_and_says_what_was_skipped() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("job", "sleep 2300", json!({ "schedule": "* * * * * *", "overlap": "skip" })).await;
    let runs = world.ends_of("job", 2).await;
    for pair in runs.windows(2) {
        assert!(pair[1].started_at >= pair[0].ended_at, "{pair:?}");
    }
    let state = world.state("job").await;
    let skipped = state.unrecorded.iter().find_map(|entry| match entry {
        Unrecorded::Ticks { end: Unrun::Skipped(Skip { why: SkipReason::Overlap, run, .. }), .. } => {
            Some(run.clone())
        }
        _ => None,
    });
    assert_eq!(skipped.flatten(), Some(runs[0].id.clone()), "{:?}", state.unrecorded);
}

#[tokio::test(flavor = "multi_thread")]
async fn allow_runs_them_side_by_side() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let _worker = world.start(world.options("w1"), &puppets);
    world.save("job", "sleep 2500", json!({ "schedule": "* * * * * *", "overlap": "allow" })).await;
    until("two runs at one time", async || (world.state("job").await.active.len() >= 2).then_some(())).await;
    let runs = world.ends_of("job", 2).await;
    assert!(runs.iter().all(|run| run.status == RunStatus::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn replace_stops_the_run_under_way() {
    let world = World::new();
    let puppets = world.puppets("w1");
    let mut options = world.options("w1");
    options.slots = 1; // The new run takes the place of the old one, so one is enough.
    let _worker = world.start(options, &puppets);
    // Far enough apart that each has begun, and said so, before the next falls due.
    world.save("job", "say begun\nhang", json!({ "schedule": "@every 4s", "overlap": "replace" })).await;
    let runs = world.ends_of("job", 2).await;
    for run in &runs[..2] {
        assert_eq!(
            (run.status, run.reason.as_str()),
            (RunStatus::Killed, "stopped: replaced by a newer tick")
        );
        assert_eq!(world.output(&run.id).await, b"begun\n");
    }
    assert!(runs[1].started_at >= runs[0].ended_at);
}
