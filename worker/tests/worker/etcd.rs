//! Workers on a real etcd: clocks that differ, answers that come late, workers that sleep, people who change their minds
//! while a herd is due.
//!
//! Each guard is named with the change of the code that its test was seen to catch.

use std::collections::HashSet;
use std::sync::Arc;

use model::run::Overrides;
use model::time::{Span, Timestamp};
use serde_json::json;
use stores::SystemClock;
use stores::testing::EtcdServer;

use crate::support::{Fault, Seat, World, claims, until};

fn assert_started_once(seats: &[&Seat]) {
    let started: Vec<_> = seats.iter().flat_map(|seat| seat.puppets.started()).collect();
    let distinct: HashSet<_> = started.iter().map(|started| started.run.id.clone()).collect();
    assert_eq!(distinct.len(), started.len(), "no tick is started twice");
}

/// One worker is always two seconds early, and the other hears nothing of what it claims: the compare alone holds.
/// Caught: a claim that compares nothing (`commit` without the states' revisions).
#[tokio::test(flavor = "multi_thread")]
async fn workers_whose_clocks_differ_by_two_seconds_start_no_tick_twice() {
    let server = EtcdServer::start().await;
    let world = World::on(&server).await;
    let (one, two) = (world.seat(&server, "w1").await, world.seat(&server, "w2").await);
    two.clock.set_forward(Span::from_seconds(2));
    let (_first, _second) = (world.start_at(&one, 64), world.start_at(&two, 64));
    one.live(2).await;
    for n in 0..20 {
        let more = json!({ "schedule": "* * * * * *", "overlap": "allow" });
        world.save(&format!("job-{n}"), "sleep 10", more).await;
    }
    let starts = || one.puppets.started().len() + two.puppets.started().len();
    until("the first ticks", async || (starts() >= 40).then_some(())).await;
    one.intent.sleep(true);
    let (commits, before) = (one.intent.commits(), starts());
    until("some seconds of ticks", async || {
        (starts() >= before + 100 && one.intent.commits() > commits + 3).then_some(())
    })
    .await;
    one.intent.sleep(false);
    for n in 0..20 {
        world.pause(&format!("job-{n}")).await;
        world.idle(&format!("job-{n}")).await;
    }
    assert_started_once(&[&one, &two]);
    let history = claims(&world.master, world.revision().await).await;
    assert_eq!(history.faults, Vec::<String>::new());
    assert!(history.runs.values().all(|claims| *claims == 1), "each was claimed once");
}

/// The answer did not come, and the state did not show the claim: it is written only after the worker has given it up
/// and claims again. Caught: no look for runs of ours that nobody holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_is_written_late_runs_once() {
    let server = EtcdServer::start().await;
    let world = World::on(&server).await;
    let one = world.seat(&server, "w1").await;
    let _worker = world.start_at(&one, 8);
    one.live(1).await;
    world.save("before", "say hi", json!({})).await;
    let first = world.run_now("before", "key", Overrides::default()).await;
    world.end_of(&first).await;
    world.idle("before").await;

    one.intent.fail(Fault::Late);
    world.save("job", "say hi", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    // The first claim has its answer that says nothing, and is held back; the second one waits behind it.
    until("the worker to try again", async || one.intent.is_late().then_some(())).await;
    one.intent.write_late().await;
    assert!(world.state("job").await.active.iter().any(|active| active.run == run), "written after all");
    one.intent.fail(Fault::None);
    let record = world.end_of(&run).await;
    assert_eq!(record.attempt, 1);
    world.idle("job").await;
    assert_eq!(one.puppets.count("job"), 1);
    let history = claims(&world.master, world.revision().await).await;
    assert_eq!(history.faults, Vec::<String>::new());
    assert_eq!(history.runs[&run], 2, "the late one was given back and claimed anew");
}

/// The worker hears nothing of it, and its plans are those of the job as it was. Caught: a claim that compares nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_deleted_saved_again_and_paused_under_a_sleeping_worker_starts_nothing() {
    let server = EtcdServer::start().await;
    let world = World::on(&server).await;
    let one = world.seat(&server, "w1").await;
    let _worker = world.start_at(&one, 8);
    one.live(1).await;
    let at = Timestamp::from_seconds(world.now().as_seconds() + 60);
    let more = json!({ "schedule": format!("@at {at}") });
    for name in ["job", "other"] {
        world.save(name, "say old", more.clone()).await;
    }
    let seen = world.save("seen", "say hi", json!({})).await;
    let run = world.run_now(seen.job.name.as_str(), "key", Overrides::default()).await;
    world.end_of(&run).await; // So it knows of all that was saved before.

    one.intent.sleep(true);
    world.delete("job").await;
    world.save("job", "say new", more).await;
    world.pause("job").await;
    let commits = one.intent.commits();
    for clock in [&world.clock, &one.clock] {
        clock.pass(Span::from_seconds(61));
    }
    until("the worker to claim what it believes is due", async || {
        (one.puppets.count("other") == 1 && one.intent.commits() > commits).then_some(())
    })
    .await;
    one.intent.sleep(false);
    world.resume("job").await;
    let next = world.run_now("job", "key", Overrides::default()).await;
    world.end_of(&next).await;
    assert_eq!(one.puppets.count("job"), 1, "the run that was asked for, and nothing before it");
    assert_eq!(claims(&world.master, world.revision().await).await.faults, Vec::<String>::new());
}

/// What it slept through is gone from etcd. Caught: a watch that overlooks that it was cancelled, and one that goes on
/// after the gap.
#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_was_compacted_under_a_sleeping_worker_is_followed_by_a_new_load() {
    let mut server = EtcdServer::start().await;
    let mut world = World::on(&server).await;
    let one = world.seat(&server, "w1").await;
    let _worker = world.start_at(&one, 8);
    one.live(1).await;
    world.save("job", "say hi", json!({})).await;
    let run = world.run_now("job", "key", Overrides::default()).await;
    world.end_of(&run).await;
    world.idle("job").await;

    one.intent.sleep(true);
    world.save("first", "say hi", json!({})).await;
    until("news that wait", async || one.intent.holds_news().then_some(())).await;
    // While they wait the stream breaks, and what is changed then is gone before the worker looks again.
    server.kill();
    server.restart().await;
    world.master = server.connect("master", Arc::new(SystemClock)).await.intent();
    world.save("unheard", "say hi", json!({})).await;
    let later = world.run_now("unheard", "key", Overrides::default()).await;
    let upto = world.revision().await;
    let at = i64::try_from(upto.0).unwrap();
    server.root().await.compact(at, None).await.unwrap();
    one.intent.sleep(false);
    world.end_of(&later).await;
    assert_eq!((one.puppets.count("job"), one.puppets.count("unheard")), (1, 1));
}

/// A herd is due while people edit, pause and delete its jobs: no claim is written that the text and the record before
/// it do not allow. Caught: a claim that compares nothing. That a claim looks whether its text is the record's
/// (`state::check`) is what the simulation holds by itself (`NoSpecCheck`): here the compare finds the same claims.
/// A run whose start came too late on a busy machine is given back and claimed again: what counts is what started.
#[tokio::test(flavor = "multi_thread")]
async fn edits_pauses_and_deletes_that_race_with_a_herd_leave_no_claim_of_before() {
    let server = EtcdServer::start().await;
    let world = World::on(&server).await;
    let (one, two) = (world.seat(&server, "w1").await, world.seat(&server, "w2").await);
    let (_first, _second) = (world.start_at(&one, 500), world.start_at(&two, 500));
    one.live(2).await;
    let jobs = 150;
    let more = json!({ "schedule": "* * * * * *", "overlap": "allow" });
    for n in 0..jobs {
        world.save(&format!("job-{n}"), "say old", more.clone()).await;
    }
    until("the herd to run", async || {
        (one.puppets.started().len() + two.puppets.started().len() > jobs).then_some(())
    })
    .await;
    for n in 0..jobs {
        let name = format!("job-{n}");
        match n % 3 {
            0 => drop(world.save(&name, "say new", more.clone()).await),
            1 => world.pause(&name).await,
            _ => world.delete(&name).await,
        }
    }
    for n in (0..jobs).filter(|n| n % 3 == 0) {
        world.pause(&format!("job-{n}")).await;
        world.idle(&format!("job-{n}")).await;
    }
    let history = claims(&world.master, world.revision().await).await;
    assert_eq!(history.faults, Vec::<String>::new());
    assert_started_once(&[&one, &two]);
}
