//! Workers that are away, late or wrong about the time, in a real fleet: what is claimed, started and told meanwhile.
//!
//! Waits are for what the fleet or its jobs show. Where a fault must fall between two steps of ours, etcd stands still
//! meanwhile, so that it falls there each time.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use e2e::evidence::{begun, more_starts, once_each, starts, ticking, waiting};
use e2e::fleet::{Fleet, Plan, until_lives};
use e2e::history::{Recorder, What};
use e2e::{Client, soak};
use serde_json::Value;

/// How many ticks of a job of every second pass while a worker is away: some five seconds, in which its lease goes on, some
/// forty, and five minutes.
const MOMENTS: usize = 5;
const SHORT: usize = 40;
const LONG: usize = 300;

/// Returns how many starts of a job were on this worker.
fn starts_on(evidence: &Path, job: &str, worker: &str) -> usize {
    starts(evidence, job).iter().filter(|[_, _, on]| on == worker).count()
}

/// Returns a worker as a master shows it.
fn shown(master: &Client, worker: &str) -> Result<Value> {
    let list = master.json(&["workers", "list"])?;
    let workers = list["workers"].as_array().cloned().unwrap_or_default();
    Ok(workers.into_iter().find(|one| one["identity"]["id"] == worker).unwrap_or_default())
}

/// Mutation: a worker that does not compare its clock (`model::clocks`) claims the ticks of tomorrow.
#[test]
fn a_worker_whose_clock_is_a_day_ahead_starts_nothing_and_the_other_goes_on() -> Result<()> {
    let mut fleet = Fleet::down(&Plan { masters: 1, workers: 2, ..Plan::default() })?;
    let Some(clock) = fleet.worker(0).with_settable_clock()? else {
        eprintln!("skipped: this machine has no libfaketime (`cargo xtask test` brings it)");
        return Ok(());
    };
    fleet.up()?;
    let evidence = fleet.evidence();
    // Of many jobs each worker is the first one for some.
    let names: Vec<String> = (0..8).map(|n| format!("ticks-{n}")).collect();
    fleet.master(0).apply(&names.iter().map(|name| ticking(name, &evidence)).collect::<String>())?;
    let on_first = || names.iter().map(|name| starts_on(&evidence, name, "w1")).sum::<usize>();
    let master = fleet.master(0);
    master.until("a start on w1", || Ok((on_first() > 0).then_some(())))?;

    fs::write(&clock, "+86400\n")?;
    master.until("w1 to say that its clock is off", || {
        Ok((shown(master, "w1")?["status"]["clock_ok"] == false).then_some(()))
    })?;
    // What it had claimed before may still begin.
    more_starts(master, &evidence, &names[0], 3)?;
    let before = on_first();
    more_starts(master, &evidence, &names[0], 10)?;
    assert_eq!(on_first(), before, "a worker whose clock is off claims nothing");
    let tomorrow = soak::now_ms() + 12 * 3_600_000;
    for name in &names {
        for [at, ..] in starts(&evidence, name) {
            ensure!(soak::millis(&at)? < tomorrow, "`{name}` started its tick of {at}");
        }
    }

    fs::write(&clock, "+0\n")?;
    master.until("w1 to start something again", || Ok((on_first() > before).then_some(())))?;
    names.iter().try_for_each(|name| once_each(&evidence, name))
}

/// Kills the worker of a `skip` job, and starts it again after so many ticks of another job; twice.
fn away(ticks: usize) -> Result<()> {
    let mut fleet = Fleet::start(1, 2)?;
    let evidence = fleet.evidence();
    let jobs = waiting("held", "* * * * * *", &evidence) + &ticking("ticks", &evidence);
    fleet.master(0).apply(&jobs)?;
    let held = fleet.master(0).run_in("held", &["running"])?;
    let worker = held["worker"].as_str().context("a worker")?.to_owned();
    let id = held["id"].as_str().context("an id")?.to_owned();
    let taken_over = format!("run {id} is taken over");
    for time in 1..=2 {
        fleet.worker_named(&worker)?.kill()?;
        if ticks > MOMENTS {
            until_lives(fleet.master(0), &worker, false)?;
        }
        more_starts(fleet.master(0), &evidence, "ticks", ticks)?;
        assert_eq!(starts(&evidence, "held").len(), 1, "the run goes on, so the job is busy");
        let node = fleet.worker_named(&worker)?;
        node.start()?;
        node.until("the next process to take the run over", || {
            Ok((node.whole_log().matches(&taken_over).count() == time).then_some(()))
        })?;
        until_lives(fleet.master(0), &worker, true)?;
        more_starts(fleet.master(0), &evidence, "ticks", 3)?;
        assert_eq!(starts(&evidence, "held").len(), 1, "it was adopted, so the job is busy");
        assert_eq!(fleet.master(0).json(&["run", "show", &id])?["status"], "running");
    }
    fleet.master(0).done(&["job", "pause", "held"])?;
    fs::write(evidence.join("go"), "")?;
    let master = fleet.master(0);
    let run = master.until("the end of the held run", || {
        let run = master.json(&["run", "show", &id])?;
        Ok((run["status"] != "running").then_some(run))
    })?;
    assert_eq!(run["status"], "succeeded", "{run}");
    let output = master.done(&["run", "logs", &id])?;
    assert_eq!(output.lines().collect::<Vec<_>>(), ["begin", "end"], "{output}");
    once_each(&evidence, "held")?;
    once_each(&evidence, "ticks")
}

/// Caught: a worker that adopts nothing (no run is taken over). Its lease goes on meanwhile, so what a survivor settles before
/// its time is not for this one.
#[test]
fn a_skip_run_is_adopted_each_time_its_worker_was_away_for_five_seconds() -> Result<()> {
    away(MOMENTS)
}

/// Its lease is over each time. Caught: a survivor that settles a run as soon as its worker is gone (a second start).
#[test]
fn a_skip_run_is_adopted_each_time_its_worker_was_away_for_forty_seconds() -> Result<()> {
    away(SHORT)
}

/// As above; run by `cargo xtask soak fleet`.
#[test]
#[ignore = "takes eleven minutes: `cargo xtask soak fleet` runs it"]
fn a_skip_run_is_adopted_each_time_its_worker_was_away_for_five_minutes() -> Result<()> {
    away(LONG)
}

/// etcd stands still while a worker claims, the worker is frozen, and etcd goes on: so the claim has won, and its worker
/// neither knows nor can start it. Once its lease is over it is thawed.
///
/// Mutation: a start that does not look at its deadline (`not_after`) begins under a claim of a lease that is over.
#[test]
fn a_worker_frozen_between_its_claim_and_the_start_starts_nothing_under_that_claim() -> Result<()> {
    let mut fleet = Fleet::start(1, 1)?;
    let recorder = fleet.spawn(|runtime, endpoint| Recorder::start(runtime, endpoint, soak::now_ms));
    let evidence = fleet.evidence();
    let line = "$SANDGLASS_SCHEDULED_AT $SANDGLASS_FENCE $SANDGLASS_WORKER";
    let script = format!("echo \"{line}\" >> {}/fenced", evidence.display());
    let job =
        format!("name: fenced\nschedule: '*/2 * * * * *'\noverlap: allow\nshell: {{ script: '{script}' }}\n");
    fleet.master(0).apply(&job)?;
    more_starts(fleet.master(0), &evidence, "fenced", 1)?;

    let fence = loop {
        fleet.etcd.pause();
        let began = soak::now_ms();
        // A tick falls due, and its claim is on the way.
        let sent = began + 2_500;
        fleet.master(0).until("a tick to fall due", || Ok((soak::now_ms() > sent).then_some(())))?;
        fleet.worker(0).freeze()?;
        fleet.etcd.resume();
        let master = fleet.master(0);
        until_lives(master, "w1", false)?;
        // It may have sent nothing: then once more.
        let claimed = recorder.so_far(|changes| {
            changes.iter().find_map(|change| match &change.what {
                What::State(_, Some(state)) => state.claimed_since(began).then_some(change.revision),
                _ => None,
            })
        });
        if let Some(fence) = claimed {
            break fence;
        }
        fleet.worker(0).thaw()?;
        until_lives(fleet.master(0), "w1", true)?;
    };
    let with_fence = |fence: u64| {
        let is_it = |[_, with, _]: &[String; 3]| *with == fence.to_string();
        starts(&evidence, "fenced").iter().filter(|start| is_it(start)).count()
    };
    assert_eq!(with_fence(fence), 0, "it is frozen before its start");
    fleet.worker(0).thaw()?;
    until_lives(fleet.master(0), "w1", true)?;
    more_starts(fleet.master(0), &evidence, "fenced", 3)?;
    assert_eq!(with_fence(fence), 0, "its lease was over");
    let mut ticks: Vec<_> = starts(&evidence, "fenced").into_iter().map(|[at, ..]| at).collect();
    let all = ticks.len();
    ticks.sort();
    ticks.dedup();
    assert_eq!(ticks.len(), all, "each tick starts once");
    Ok(())
}

/// The run has ended, and its worker knows; etcd stands still, so nobody is told; then the worker is killed.
///
/// Caught: a worker that forgets a run (folder and note) before its completion has gone through (the run starts once more).
#[test]
fn a_worker_killed_between_an_end_and_its_completion_tells_it_when_it_is_back() -> Result<()> {
    let mut fleet = Fleet::start(1, 1)?;
    let evidence = fleet.evidence();
    let run = begun(&mut fleet, "told-late")?;
    let id = run["id"].as_str().context("an id")?.to_owned();
    fleet.etcd.pause();
    fs::write(evidence.join("go"), "")?;
    let worker = fleet.worker(0);
    worker.until("the worker to see the end", || {
        Ok(worker.whole_log().contains(&format!("run {id} ended as succeeded")).then_some(()))
    })?;
    fleet.worker(0).kill()?;
    fleet.etcd.resume();
    fleet.worker(0).start()?;
    let master = fleet.master(0);
    let ended = master.run_in("told-late", &["succeeded", "lost", "failed", "not_started"])?;
    assert_eq!((&ended["status"], ended["id"].as_str()), (&"succeeded".into(), Some(id.as_str())), "{ended}");
    let output = master.done(&["run", "logs", &id])?;
    assert_eq!(output.lines().collect::<Vec<_>>(), ["begin", "end"], "{output}");
    assert_eq!(starts(&evidence, "told-late").len(), 1, "it was told, and not run once more");
    // The job is free again: its next run starts.
    master.done(&["job", "run", "told-late"])?;
    master.until("the next run", || Ok((starts(&evidence, "told-late").len() == 2).then_some(())))?;
    Ok(())
}
