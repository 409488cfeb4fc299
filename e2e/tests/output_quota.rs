//! A script prints more than may wait for a MongoDB that is away: it waits, or what it prints is dropped and counted, as
//! the worker's owner wants it; and the worker's status says so. By real shims, stores and a real pipe.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use e2e::fleet::{Fleet, Plan};
use serde_json::Value;

/// Lines that the script prints: 2.6 MiB, many times what may wait.
const LINES: usize = 400_000;
/// After so many it rests a tenth of a second: to be held back takes a while, and all of it would be out before.
const SLICE: usize = 4_000;

/// Returns a fleet whose worker holds back what waits beyond 256 KiB, and a run of it that is about to print.
fn about_to_print(when_full: &str) -> Result<(Fleet, String)> {
    let variable = |name: &str, value: &str| (format!("SANDGLASS_OPT_PIPELINE_{name}"), value.to_owned());
    let worker_variables = vec![
        variable("WHEN_FULL", when_full),
        variable("QUOTA_PER_RUN", "256KiB"),
        variable("BATCH_BYTES", "64KiB"),
    ];
    let mut fleet = Fleet::start_as(&Plan { masters: 1, workers: 1, worker_variables, ..Plan::default() })?;
    let evidence = fleet.evidence();
    let folder = evidence.display();
    let script = format!(
        "echo > {folder}/begun; while [ ! -e {folder}/go ]; do sleep 0.1; done; \
         for n in $(seq 1 {SLICE} {LINES}); do seq $n $((n + {SLICE} - 1)); sleep 0.1; done; \
         echo > {folder}/printed"
    );
    let master = fleet.master(0);
    master.apply(&format!("name: much\nschedule: '@yearly'\nshell: {{ script: '{script}' }}\n"))?;
    master.done(&["job", "run", "much"])?;
    let run = master.run_in("much", &["running"])?;
    master.until("the script to begin", || Ok(evidence.join("begun").exists().then_some(())))?;
    Ok((fleet, run["id"].as_str().context("an id")?.to_owned()))
}

/// Returns what of the worker's output waits once `is` holds of it.
fn waits(fleet: &mut Fleet, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
    let master = fleet.master(0);
    master.until(what, || {
        let waits = master.json(&["workers", "list"])?["workers"][0]["status"]["output"].clone();
        Ok(is(&waits).then_some(waits))
    })
}

/// Caught: a shim that looks at no brake (it prints all while MongoDB is away); a worker that never lets go.
#[test]
fn a_script_waits_while_too_much_waits_for_mongodb_and_nothing_is_lost() -> Result<()> {
    let (mut fleet, run) = about_to_print("block")?;
    let evidence = fleet.evidence();
    fleet.mongod.kill();
    fs::write(evidence.join("go"), "")?;
    let held = waits(&mut fleet, "the run to be held back", |waits| waits["held_runs"] == 1)?;
    assert!(held["waiting_bytes"].as_u64() >= Some(256 << 10), "{held}");
    assert_eq!(held["truncated_bytes"], 0, "{held}");
    assert!(!evidence.join("printed").exists(), "it waits in the middle of what it prints");
    fleet.restart_mongod();
    let ended = fleet.master(0).run_in("much", &["succeeded", "failed", "timed_out", "lost"])?;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let output = fleet.master(0).done(&["run", "logs", &run])?;
    ensure!(output.lines().count() == LINES, "{} lines", output.lines().count());
    ensure!(output.lines().zip(1..).all(|(line, n)| line == n.to_string()), "in order, each once");
    waits(&mut fleet, "nothing to wait any more", |waits| waits.is_null() || waits["held_runs"] == 0)?;
    Ok(())
}

/// Caught: a shim that waits although its owner wants it to go on; what is dropped and not told.
#[test]
fn a_script_goes_on_while_mongodb_is_away_and_what_is_dropped_is_told() -> Result<()> {
    let (mut fleet, run) = about_to_print("truncate")?;
    let evidence = fleet.evidence();
    fleet.mongod.kill();
    fs::write(evidence.join("go"), "")?;
    let master = fleet.master(0);
    master.until("the script to print all", || Ok(evidence.join("printed").exists().then_some(())))?;
    fleet.restart_mongod();
    let ended = fleet.master(0).run_in("much", &["succeeded", "failed", "timed_out", "lost"])?;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let shown = fleet.master(0).json(&["run", "show", &run])?;
    let dropped = shown["outcome"]["output"]["dropped"].as_u64().context("what was dropped")?;
    ensure!(dropped > 256 << 10, "{shown}");
    let output = fleet.master(0).done(&["run", "logs", &run])?;
    ensure!(output.starts_with("1\n2\n3\n"), "it begins as it was printed");
    ensure!(output.contains("too much output waited for the store"), "a line stands for what is missing");
    let told = waits(&mut fleet, "the count", |waits| waits["truncated_bytes"].as_u64() > Some(0))?;
    assert_eq!(told["truncated_bytes"].as_u64(), Some(dropped), "{told}");
    Ok(())
}
