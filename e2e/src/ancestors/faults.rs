//! Rows with a fault: a wrong clock, a worker frozen or killed, a store away.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::load::Load;
use super::{Scale, Shown, fleet, plan};
use crate::evidence::{begun, starts};
use crate::fleet::Fleet;

/// How many jobs are due each second while something is wrong.
const JOBS: usize = 20;
/// How long it is calm before and after, in seconds.
const CALM: u64 = 5;
/// Later than this no tick may run because of a fault that others were there for, in seconds.
const LATE_MAX: f64 = 15.0;

/// Sets the clock of one worker ahead while it works.
pub(super) fn clock(scale: Scale) -> Result<Shown> {
    let mut fleet = Fleet::down(&plan())?;
    let file = fleet.worker(0).with_settable_clock()?.context("this machine has no libfaketime")?;
    fleet.up()?;
    let load = Load::each_second(&mut fleet, JOBS, scale.seconds.max(3 * CALM))?;
    load.wait_until(Duration::from_secs(CALM));
    fs::write(&file, "+2\n")?;
    let counted = load.counted()?;
    Ok(Shown { words: counted.words(), right: counted.is_once(), fast: true })
}

pub(super) fn freeze(scale: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let load = Load::each_second(&mut fleet, JOBS, scale.frozen.as_secs() + 3 * CALM)?;
    load.wait_until(Duration::from_millis(CALM * 1_000 + 5));
    fleet.worker(0).freeze()?;
    thread::sleep(scale.frozen);
    fleet.worker(0).thaw()?;
    let counted = load.counted()?;
    Ok(Shown {
        words: format!("{}; latest {:.1} s", counted.words(), counted.late(100)),
        right: counted.is_once(),
        fast: counted.late(100) < LATE_MAX,
    })
}

/// Kills a worker in a run and starts it again while that goes on.
pub(super) fn kill(_: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let evidence = fleet.evidence();
    let run = begun(&mut fleet, "survivor")?;
    let worker = run["worker"].as_str().context("a worker")?.to_owned();
    fleet.worker_named(&worker)?.kill()?;
    thread::sleep(Duration::from_secs(CALM));
    fleet.worker_named(&worker)?.start()?;
    thread::sleep(Duration::from_secs(CALM));
    fs::write(evidence.join("go"), "")?;
    let ended = fleet.master(0).run_in("survivor", &["succeeded", "failed", "lost", "host_error"])?;
    let (copies, records) = (starts(&evidence, "survivor").len(), fleet.master(0).runs("survivor")?.len());
    let output = fleet.master(0).done(&["run", "logs", ended["id"].as_str().context("an id")?])?;
    let whole = output.lines().eq(["begin", "end"]);
    let status = ended["status"].as_str().unwrap_or_default();
    Ok(Shown {
        words: format!("adopted and {status}, copies {copies}, records {records}"),
        right: status == "succeeded" && (copies, records) == (1, 1) && whole && ended["id"] == run["id"],
        fast: true,
    })
}

pub(super) fn facts_away(scale: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let load = Load::each_second(&mut fleet, JOBS, scale.facts_away.as_secs() + 3 * CALM)?;
    load.wait_until(Duration::from_secs(CALM));
    fleet.mongod.kill();
    thread::sleep(scale.facts_away);
    fleet.start_mongod();
    let counted = load.counted()?;
    let lost = counted.records_lost(&fleet)?;
    Ok(Shown {
        words: format!("{lost} of {} records lost; {}", counted.runs.len(), counted.words()),
        right: lost == 0 && counted.is_once(),
        fast: true,
    })
}

pub(super) fn intent_away(scale: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let load = Load::each_second(&mut fleet, JOBS, scale.intent_away.as_secs() + 3 * CALM)?;
    load.wait_until(Duration::from_millis(CALM * 1_000 + 500));
    fleet.etcd.kill();
    thread::sleep(scale.intent_away);
    fleet.start_etcd();
    let counted = load.counted()?;
    // What did not run must be told.
    let told = counted.told(&mut fleet)?;
    let mut words = format!("{}; latest {:.1} s", counted.words(), counted.late(100));
    if counted.missing > 0 {
        words.push_str(&format!("; {told} recorded"));
    }
    Ok(Shown { words, right: counted.doubled == 0 && told == counted.missing, fast: true })
}
