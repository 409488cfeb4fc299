//! Faults of a fleet: workers killed and frozen, stores killed under load. What started is read from files that the jobs
//! write beside Sandglass: one line for each start, which nothing of ours could hide.
//!
//! Waits are for conditions; how long a fault lasts is told by what the fleet says of it, never by a clock here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use e2e::Client;
use e2e::fleet::{Fleet, live_workers};
use serde_json::Value;

/// A job that says it began, waits to be told to go on, and ends.
fn waiting(name: &str, schedule: &str, evidence: &Path) -> String {
    let folder = evidence.display();
    let script = format!(
        "echo begin; echo \"$SANDGLASS_SCHEDULED_AT $SANDGLASS_ATTEMPT $SANDGLASS_WORKER\" >> {folder}/{name}; \
         while [ ! -e {folder}/go ]; do sleep 0.1; done; echo end"
    );
    format!(
        "name: {name}\nschedule: '{schedule}'\noverlap: skip\nshell: {{ script: '{script}' }}\n\
         limits: {{ timeout: 20m }}\n---\n"
    )
}

/// A job that is due each second and only says that it began.
fn ticking(name: &str, evidence: &Path) -> String {
    let line = "$SANDGLASS_SCHEDULED_AT $SANDGLASS_ATTEMPT $SANDGLASS_WORKER";
    let script = format!("echo \"{line}\" >> {}/{name}; echo \"{line}\"", evidence.display());
    format!("name: {name}\nschedule: '* * * * * *'\noverlap: allow\nshell: {{ script: '{script}' }}\n---\n")
}

/// Returns the starts of a job: instant, attempt and worker of each.
fn starts(evidence: &Path, job: &str) -> Vec<[String; 3]> {
    let text = fs::read_to_string(evidence.join(job)).unwrap_or_default();
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    text.lines().filter_map(|line| words(line).try_into().ok()).collect()
}

/// No tick may have started twice in one attempt, whoever started it.
fn once_each(evidence: &Path, job: &str) -> Result<()> {
    let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
    for [at, attempt, worker] in starts(evidence, job) {
        let before = seen.insert((at.clone(), attempt), worker.clone());
        ensure!(before.is_none(), "the tick {at} of `{job}` started twice: {before:?} and {worker}");
    }
    Ok(())
}

/// Waits until a job has so many more starts than now.
fn more_starts(client: &Client, evidence: &Path, job: &str, more: usize) -> Result<()> {
    let wanted = starts(evidence, job).len() + more;
    client.until(&format!("{more} more starts of `{job}`"), || {
        Ok((starts(evidence, job).len() >= wanted).then_some(()))
    })
}

/// Waits until the lease of a worker has ended, or until it is back.
fn until_lives(master: &Client, worker: &str, lives: bool) -> Result<()> {
    let state = if lives { "live" } else { "be gone" };
    master.until(&format!("{worker} to {state}"), || {
        Ok((live_workers(master)?.iter().any(|id| id == worker) == lives).then_some(()))
    })
}

/// Saves a waiting job, runs it and returns its run, once its script has begun.
fn begun(fleet: &mut Fleet, name: &str) -> Result<Value> {
    let evidence = fleet.evidence();
    let master = fleet.master(0);
    master.apply(&waiting(name, "0 0 1 1 *", &evidence))?;
    master.done(&["job", "run", name])?;
    master.until("the script to begin", || Ok((!starts(&evidence, name).is_empty()).then_some(())))?;
    master.run_in(name, &["running"])
}

/// Meant to find: a worker that adopts nothing at its start (the run is lost); a shim that dies with its worker.
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
/// Meant to find: a job whose worker is gone does not count as busy (a second start meanwhile); a worker that claims under
/// the registration it had before (a tick starts twice).
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
    // The other one goes on with what is due.
    more_starts(fleet.master(0), &evidence, "ticks", 3)?;
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

/// Meant to find: ticks that start twice, or claims that never go on, after etcd was away.
#[test]
fn etcd_killed_under_load_costs_no_tick_its_only_start() -> Result<()> {
    let mut fleet = Fleet::start(2, 2)?;
    let evidence = fleet.evidence();
    let names: Vec<String> = (0..4).map(|n| format!("load-{n}")).collect();
    let jobs: String = names.iter().map(|name| ticking(name, &evidence)).collect();
    fleet.master(0).apply(&jobs)?;
    for name in &names[..2] {
        more_starts(fleet.master(0), &evidence, name, 3)?;
        fleet.restart_etcd();
    }
    for name in &names {
        more_starts(fleet.master(0), &evidence, name, 3)?;
    }
    fleet.master(1).ready()?;
    for name in &names {
        fleet.master(1).done(&["job", "pause", name])?;
        once_each(&evidence, name)?;
        all_told(fleet.master(0), &evidence, name)?;
    }
    Ok(())
}

/// Meant to find: a batch that MongoDB did not answer is dropped (starts without a record), or sent under new names.
#[test]
fn while_mongodb_is_away_ticks_start_and_all_of_them_are_told_later() -> Result<()> {
    let mut fleet = Fleet::start(1, 2)?;
    let evidence = fleet.evidence();
    fleet.master(0).apply(&ticking("ticks", &evidence))?;
    more_starts(fleet.master(0), &evidence, "ticks", 2)?;
    fleet.mongod.kill();
    more_starts(fleet.master(0), &evidence, "ticks", 5)?;
    let master = fleet.master(0);
    master.until("the master not to be ready", || Ok((master.readiness()? == 503).then_some(())))?;
    // A worker that ends and begins anew meanwhile keeps what waits on its disk.
    fleet.worker(0).terminate()?;
    fleet.worker(0).start()?;
    fleet.restart_mongod();
    fleet.master(0).ready()?;
    more_starts(fleet.master(0), &evidence, "ticks", 2)?;
    fleet.master(0).done(&["job", "pause", "ticks"])?;
    once_each(&evidence, "ticks")?;
    all_told(fleet.master(0), &evidence, "ticks")
}

/// Waits until each start has a run that succeeded, with its one line of output.
fn all_told(master: &Client, evidence: &Path, job: &str) -> Result<()> {
    let started = master.until(&format!("the record of each start of `{job}`"), || {
        let ended = |run: &&Value| run["status"] == "succeeded";
        let told = master.runs(job)?.iter().filter(ended).count();
        let started = starts(evidence, job).len();
        Ok((told == started).then_some(started))
    })?;
    for run in master.runs(job)?.iter().take(started.min(5)) {
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
/// Meant to find: `state::pause` leaves `paused` unset in the record (claims go on).
#[test]
fn after_a_pause_or_a_delete_has_returned_nothing_is_claimed() -> Result<()> {
    let mut fleet = Fleet::start(2, 2)?;
    let evidence = fleet.evidence();
    let names: Vec<String> = (0..6).map(|n| format!("herd-{n}")).collect();
    let jobs: String = names.iter().map(|name| ticking(name, &evidence)).collect();
    fleet.master(0).apply(&jobs)?;
    more_starts(fleet.master(0), &evidence, &names[5], 2)?;
    let mut returned = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let what = if n % 2 == 0 { "pause" } else { "delete" };
        // From either master.
        fleet.master(n / 2 % 2).done(&["job", what, name])?;
        returned.push(now_ms()?);
    }
    // A job that is saved last shows by its starts that the fleet has gone on since.
    fleet.master(1).apply(&ticking("after", &evidence))?;
    more_starts(fleet.master(1), &evidence, "after", 3)?;
    for (name, returned) in names.iter().zip(returned) {
        for [at, ..] in starts(&evidence, name) {
            ensure!(
                ms(&at)? <= returned,
                "`{name}` started its tick of {at} after it was ended at {returned}"
            );
        }
        once_each(&evidence, name)?;
    }
    Ok(())
}

/// Returns the time of this machine, which all of the fleet shares.
fn now_ms() -> Result<i64> {
    let output = std::process::Command::new("date").arg("+%s%3N").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Returns an RFC 3339 instant in milliseconds.
fn ms(at: &str) -> Result<i64> {
    let output = std::process::Command::new("date").args(["-d", at, "+%s%3N"]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
