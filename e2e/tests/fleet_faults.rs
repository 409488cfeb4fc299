//! Faults of a fleet: workers killed and frozen, stores killed under load. What started is read from files that the jobs
//! write beside Sandglass: one line for each start, which nothing of ours could hide.
//!
//! Waits are for conditions; how long a fault lasts is told by what the fleet says of it, never by a clock here.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use e2e::Client;
use e2e::evidence::{begun, more_starts, once_each, starts, ticking, ticks_pass, waiting};
use e2e::fleet::{Fleet, until_lives};
use e2e::soak::{millis, now_ms};
use serde_json::Value;

/// Caught: a worker that adopts nothing at its start (the run starts once more), and a shim that dies with its worker (it is
/// told as lost).
#[test]
fn a_run_whose_worker_is_killed_ends_with_its_output_and_starts_once() -> Result<()> {
    let mut fleet = Fleet::start(1, 2)?;
    let evidence = fleet.evidence();
    let run = begun(&mut fleet, "survivor")?;
    let worker = run["worker"].as_str().context("a worker")?.to_owned();
    let id = run["id"].as_str().context("an id")?.to_owned();
    fleet.worker_named(&worker)?.kill()?;
    until_lives(fleet.master(0), &worker, false)?;
    // It ends while nobody is there who could tell: between end and completion.
    fs::write(evidence.join("go"), "")?;
    fleet.worker_named(&worker)?.start()?;
    let ended = fleet.master(0).run_in("survivor", &["succeeded", "lost", "failed"])?;
    assert_eq!((&ended["status"], ended["id"].as_str()), (&"succeeded".into(), Some(id.as_str())), "{ended}");
    let output = fleet.master(0).done(&["run", "logs", &id])?;
    assert_eq!(output.lines().collect::<Vec<_>>(), ["begin", "end"], "{output}");
    assert_eq!(starts(&evidence, "survivor").len(), 1);
    Ok(())
}

/// A worker is frozen past its lease while its `skip` job runs, and another job is due each second.
///
/// Caught: a run that is settled as soon as its worker is gone (`lose_after` returns the lease's end: a second start). Not
/// caught, since the one holds without the other: claims without the comparison of the registration, and claims without that
/// of the revision.
#[test]
fn a_frozen_worker_keeps_its_run_and_starts_nothing_late() -> Result<()> {
    let mut fleet = Fleet::start(1, 2)?;
    let evidence = fleet.evidence();
    let jobs = waiting("held", "* * * * * *", &evidence) + &ticking("ticks", &evidence);
    fleet.master(0).apply(&jobs)?;
    let held = fleet.master(0).run_in("held", &["running"])?;
    let worker = held["worker"].as_str().context("a worker")?.to_owned();
    fleet.worker_named(&worker)?.freeze()?;
    until_lives(fleet.master(0), &worker, false)?;
    // The other one goes on with what is due, for longer than it waits before it looks for runs of workers that are gone.
    more_starts(fleet.master(0), &evidence, "ticks", 25)?;
    assert_eq!(starts(&evidence, "held").len(), 1, "the run goes on, so the job is busy");
    fleet.worker_named(&worker)?.thaw()?;
    until_lives(fleet.master(0), &worker, true)?;
    more_starts(fleet.master(0), &evidence, "ticks", 3)?;
    assert_eq!(starts(&evidence, "held").len(), 1, "the run goes on, so the job is busy");
    fs::write(evidence.join("go"), "")?;
    let id = held["id"].as_str().context("an id")?;
    let master = fleet.master(0);
    let run = master.until("the end of the held run", || {
        let run = master.json(&["run", "show", id])?;
        Ok((run["status"] != "running").then_some(run))
    })?;
    assert_eq!(run["status"], "succeeded", "{run}");
    once_each(&evidence, "held")?;
    once_each(&evidence, "ticks")
}

/// Caught: a claim without an answer that counts as won (claims never go on), and a watch that is not opened again (a job that
/// is saved afterwards never starts). Not caught: a claim without an answer that counts as lost, since what stands in the
/// record after all is owed again.
#[test]
fn etcd_killed_under_load_costs_no_tick_its_only_start() -> Result<()> {
    let mut fleet = Fleet::start(2, 2)?;
    let evidence = fleet.evidence();
    let names: Vec<String> = (0..4).map(|n| format!("load-{n}")).collect();
    let jobs: String = names.iter().map(|name| ticking(name, &evidence)).collect();
    fleet.master(0).apply(&jobs)?;
    for (n, name) in names.iter().enumerate() {
        more_starts(fleet.master(0), &evidence, name, 3)?;
        // It stands still till claims are on their way, so that none of them is answered; each second time it goes on
        // a moment before its end, and may have taken them.
        fleet.etcd.pause();
        ticks_pass(fleet.master(0))?;
        if n % 2 == 1 {
            fleet.etcd.resume();
        }
        fleet.restart_etcd();
    }
    for name in &names {
        more_starts(fleet.master(0), &evidence, name, 3)?;
    }
    fleet.master(1).ready()?;
    // What is saved now reaches workers by their watches alone.
    fleet.master(1).apply(&ticking("after", &evidence))?;
    more_starts(fleet.master(1), &evidence, "after", 3)?;
    for name in &names {
        fleet.master(1).done(&["job", "pause", name])?;
        once_each(&evidence, name)?;
        all_told(fleet.master(0), &evidence, name)?;
    }
    Ok(())
}

/// For a minute, by the ticks that start meanwhile, under the load of several jobs.
///
/// Caught: output that MongoDB did not answer and that is dropped. Meant to find: records that are dropped likewise (starts
/// without a record), and what is sent again under new names.
#[test]
fn while_mongodb_is_away_for_a_minute_ticks_start_and_all_of_them_are_told_later() -> Result<()> {
    let mut fleet = Fleet::start(1, 2)?;
    let evidence = fleet.evidence();
    let names: Vec<String> = (0..4).map(|n| format!("ticks-{n}")).collect();
    let jobs: String = names.iter().map(|name| ticking(name, &evidence)).collect();
    fleet.master(0).apply(&jobs)?;
    more_starts(fleet.master(0), &evidence, &names[3], 2)?;
    fleet.mongod.kill();
    more_starts(fleet.master(0), &evidence, &names[0], 30)?;
    let master = fleet.master(0);
    master.until("the master not to be ready", || Ok((master.readiness()? == 503).then_some(())))?;
    // A worker that ends and begins anew meanwhile keeps what waits on its disk.
    fleet.worker(0).terminate()?;
    fleet.worker(0).start()?;
    more_starts(fleet.master(0), &evidence, &names[0], 30)?;
    fleet.restart_mongod();
    fleet.master(0).ready()?;
    more_starts(fleet.master(0), &evidence, &names[0], 2)?;
    for name in &names {
        fleet.master(0).done(&["job", "pause", name])?;
        once_each(&evidence, name)?;
        all_told(fleet.master(0), &evidence, name)?;
    }
    Ok(())
}

/// How many outputs of a job are read.
const OUTPUTS: usize = 12;

/// Waits until each start has a run that succeeded, with its one line of output.
fn all_told(master: &Client, evidence: &Path, job: &str) -> Result<()> {
    let started = master.until(&format!("the record of each start of `{job}`"), || {
        let ended = |run: &&Value| run["status"] == "succeeded";
        let told = master.runs(job)?.iter().filter(ended).count();
        let started = starts(evidence, job).len();
        Ok((told == started).then_some(started))
    })?;
    // Some of the whole time: what was printed while a store was away is among them.
    for run in master.runs(job)?.iter().step_by(started.div_ceil(OUTPUTS).max(1)) {
        let id = run["id"].as_str().context("an id")?;
        master.until(&format!("the output of {id}"), || {
            let output = master.done(&["run", "logs", id])?;
            Ok((output.lines().count() == 1).then_some(()))
        })?;
    }
    Ok(())
}

/// Pause and delete while a herd is due each second: what was claimed after the call had returned breaks the promise.
///
/// Caught: `state::pause` that leaves `paused` unset in the record (claims go on), and a claim that compares no revision (the
/// worker that hears of it late starts a tick that the other has started).
#[test]
fn after_a_pause_or_a_delete_has_returned_nothing_is_claimed() -> Result<()> {
    let mut fleet = Fleet::start(2, 2)?;
    let evidence = fleet.evidence();
    let names: Vec<String> = (0..6).map(|n| format!("herd-{n}")).collect();
    let jobs: String = names.iter().map(|name| ticking(name, &evidence)).collect();
    fleet.master(0).apply(&jobs)?;
    more_starts(fleet.master(0), &evidence, &names[5], 2)?;
    let mut returned = Vec::new();
    // One of the workers hears of it late, when its jobs have fallen due again.
    fleet.worker(0).freeze()?;
    for (n, name) in names.iter().enumerate() {
        let what = if n % 2 == 0 { "pause" } else { "delete" };
        // From either master.
        fleet.master(n / 2 % 2).done(&["job", what, name])?;
        returned.push(now_ms());
    }
    ticks_pass(fleet.master(0))?;
    fleet.worker(0).thaw()?;
    // A job that is saved last shows by its starts that the fleet has gone on since.
    fleet.master(1).apply(&ticking("after", &evidence))?;
    more_starts(fleet.master(1), &evidence, "after", 3)?;
    for (name, returned) in names.iter().zip(returned) {
        for [at, ..] in starts(&evidence, name) {
            ensure!(
                millis(&at)? <= returned,
                "`{name}` started its tick of {at} after it was ended at {returned}"
            );
        }
        once_each(&evidence, name)?;
    }
    Ok(())
}

/// Edits while a herd is due each second: the old text and the new one write into files of their own.
///
/// Caught: a claim that compares no revision (the worker that hears of it late puts the record of the old text back). Not
/// caught: a claim that does not look whether its text is the record's (`state::check`), since each save changes the revision
/// and a watch brings text and record together.
#[test]
fn after_an_edit_has_returned_no_tick_runs_the_old_text() -> Result<()> {
    let mut fleet = Fleet::start(2, 2)?;
    let evidence = fleet.evidence();
    let (old, new) = (evidence.join("old"), evidence.join("new"));
    for folder in [&old, &new] {
        fs::create_dir(folder)?;
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o777))?;
    }
    let names: Vec<String> = (0..6).map(|n| format!("herd-{n}")).collect();
    fleet.master(0).apply(&names.iter().map(|name| ticking(name, &old)).collect::<String>())?;
    more_starts(fleet.master(0), &old, &names[5], 2)?;
    let mut returned = Vec::new();
    // One of the workers hears of it late, when its jobs have fallen due again.
    fleet.worker(0).freeze()?;
    for (n, name) in names.iter().enumerate() {
        // From either master.
        fleet.master(n % 2).apply(&ticking(name, &new))?;
        returned.push(now_ms());
    }
    ticks_pass(fleet.master(0))?;
    fleet.worker(0).thaw()?;
    for (name, returned) in names.iter().zip(returned) {
        more_starts(fleet.master(1), &new, name, 3)?;
        for [at, ..] in starts(&old, name) {
            ensure!(millis(&at)? <= returned, "`{name}` ran its old text at {at}, edited before {returned}");
        }
        let both = starts(&new, name);
        let twice = starts(&old, name).into_iter().find(|old| both.iter().any(|new| new[0] == old[0]));
        ensure!(twice.is_none(), "`{name}` ran both texts: {twice:?}");
        once_each(&old, name)?;
        once_each(&new, name)?;
    }
    Ok(())
}
