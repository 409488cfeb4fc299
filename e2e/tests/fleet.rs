//! The walk of one job through a fleet with credentials: saved at one master, run by a worker, read at the other master.

use std::fs;

use anyhow::{Context as _, Result};
use e2e::fleet::{Fleet, Plan};
use e2e::{alone, http, told};

/// A job of each kind, which run when they are asked to.
fn jobs(module: &str) -> String {
    format!(
        "name: script\nschedule: '0 0 1 1 *'\nshell: {{ script: 'echo on $SANDGLASS_WORKER' }}\n---\n\
         name: module\nschedule: '0 0 1 1 *'\nwasm: {{ module: '{module}' }}\n"
    )
}

/// A module that greets.
const GREETING: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\20\00\00\00\0f\00\00\00") (data (i32.const 32) "hello, the walk")
    (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#;

#[test]
fn a_job_saved_at_one_master_runs_on_a_worker_and_is_read_at_the_other() -> Result<()> {
    let mut fleet = Fleet::start(2, 3)?;
    let file = fleet.folder().join("greeting.wasm");
    fs::write(&file, wat::parse_str(GREETING)?)?;
    let one = fleet.master(0);
    let pushed = one.json(&["module", "push", &file.to_string_lossy()])?;
    one.apply(&jobs(pushed["digest"].as_str().context("a digest")?))?;
    for (job, says) in [("script", "on w"), ("module", "hello, the walk")] {
        let other = fleet.master(1);
        other.until(&format!("`{job}` at the other master"), || {
            Ok(other.ask(&["job", "get", job])?.status.success().then_some(()))
        })?;
        // What one master is asked for, the other shows.
        fleet.master(0).done(&["job", "run", job])?;
        let run = fleet.master(1).run_in(job, &["succeeded", "failed", "not_started"])?;
        let id = run["id"].as_str().context("an id")?;
        assert_eq!(run["status"], "succeeded", "{run}");
        let output = fleet.master(1).done(&["run", "logs", id])?;
        assert!(output.contains(says), "{output}");
    }
    for n in 0..2 {
        assert!(fleet.master(n).terminate()?.success(), "{}", fleet.master(n).log());
    }
    for n in 0..3 {
        assert!(fleet.worker(n).terminate()?.success(), "{}", fleet.worker(n).log());
    }
    Ok(())
}

/// Everything that people ask for, each time at one master, and seen at the other.
///
/// Caught: a master that answers with the record that it wrote last itself (the pause of the other is not told).
#[test]
fn what_is_asked_of_either_master_holds_at_the_other() -> Result<()> {
    let mut fleet = Fleet::start(2, 3)?;
    for (asked, other) in [(0, 1), (1, 0)] {
        let name = format!("walk-{asked}");
        let job = |schedule: &str, script: &str| {
            format!("name: {name}\nschedule: '{schedule}'\nshell: {{ script: '{script}' }}\n")
        };
        fleet.master(asked).apply(&job("0 0 1 1 *", "sleep 600"))?;
        fleet.master(other).done(&["job", "run", &name])?;
        fleet.master(asked).run_in(&name, &["running"])?;
        fleet.master(asked).done(&["job", "kill", &name])?;
        fleet.master(other).run_in(&name, &["killed"])?;

        fleet.master(asked).apply(&job("* * * * * *", "echo edited"))?;
        let run = fleet.master(other).run_in(&name, &["succeeded"])?;
        assert_eq!(run["trigger"], "schedule", "{run}");
        fleet.master(asked).done(&["job", "pause", &name])?;
        let view = fleet.master(other).json(&["job", "get", &name])?;
        assert!(view.to_string().contains("\"paused\":{"), "{view}");
        fleet.master(other).done(&["job", "run", &name])?;
        let master = fleet.master(asked);
        master.until("the run-now of a paused job", || {
            let is_it = |run: &serde_json::Value| run["trigger"] == "manual" && run["status"] == "succeeded";
            Ok(master.runs(&name)?.iter().any(is_it).then_some(()))
        })?;
        fleet.master(other).done(&["job", "resume", &name])?;
        let before = fleet.master(asked).runs(&name)?.len();
        let master = fleet.master(asked);
        master.until("a tick after the resume", || Ok((master.runs(&name)?.len() > before).then_some(())))?;
        fleet.master(asked).done(&["job", "pause", &name])?;

        // Drained by one master, all but one worker; a run that the other is asked for goes to that one.
        for worker in ["w1", "w2"] {
            fleet.master(asked).done(&["workers", "drain", worker])?;
        }
        let master = fleet.master(other);
        master.until("the other master to show both drains", || {
            let list = master.json(&["workers", "list"])?;
            let drains = |worker: &&serde_json::Value| worker["status"]["draining"] == true;
            let count = list["workers"].as_array().map_or(0, |all| all.iter().filter(drains).count());
            Ok((count == 2).then_some(()))
        })?;
        let accepted = master.json(&["job", "run", &name])?;
        let master = fleet.master(asked);
        let run = master.until("a run while two workers drain", || {
            let is_it =
                |run: &serde_json::Value| run["id"] == accepted["run"] && run["status"] == "succeeded";
            Ok(master.runs(&name)?.into_iter().find(is_it))
        })?;
        assert_eq!(run["worker"], "w3", "{run}");
        for worker in ["w1", "w2"] {
            fleet.master(other).done(&["workers", "undrain", worker])?;
        }
        fleet.master(asked).done(&["job", "delete", &name])?;
        let gone = fleet.master(other).ask(&["job", "get", &name])?;
        assert_eq!(gone.status.code(), Some(2), "{}", told(&gone));
    }
    Ok(())
}

/// Caught: a start that ends when etcd does not answer.
#[test]
fn a_fleet_started_before_its_stores_waits_for_them_and_says_so() -> Result<()> {
    let mut fleet = Fleet::down(&Plan { masters: 1, workers: 1, ..Plan::default() })?;
    fleet.etcd.kill();
    fleet.mongod.kill();
    fleet.master(0).start()?;
    fleet.worker(0).start()?;
    let master = fleet.master(0);
    master.until("the master to answer", || Ok((master.readiness()? == 503).then_some(())))?;
    assert_eq!(http::send("GET", &format!("{}/healthz", master.url), &[], "")?.status, 200);
    let refused = master.ask(&["job", "list"])?;
    assert!(told(&refused).contains("starting"), "{}", told(&refused));
    let endpoint = fleet.etcd.endpoint();
    for worker in [false, true] {
        let node = if worker { fleet.worker(0) } else { fleet.master(0) };
        node.until(&format!("{} to say what it waits for", node.name), || {
            let log = node.whole_log();
            let says = ["waits for it, and tries again", endpoint.as_str(), "mongodb at", "does not answer"];
            Ok(says.iter().all(|words| log.contains(words)).then_some(()))
        })?;
    }
    fleet.restart_etcd();
    fleet.restart_mongod();
    fleet.master(0).ready()?;
    fleet.master(0).apply("name: late\nschedule: '0 0 1 1 *'\nshell: { script: echo late }\n")?;
    fleet.master(0).done(&["job", "run", "late"])?;
    fleet.master(0).run_in("late", &["succeeded"])?;
    Ok(())
}

#[test]
fn without_a_configuration_a_role_prints_its_help_and_exits_with_64() -> Result<()> {
    for role in ["master", "worker"] {
        let output = alone(&[role])?;
        let told = told(&output);
        assert_eq!(output.status.code(), Some(64), "{told}");
        assert!(
            told.contains(&format!("Usage: sandglass {role}")) && told.contains("--config FILE"),
            "{told}"
        );
    }
    Ok(())
}

/// Caught: a check that tries no right, of either store, and one that says of MongoDB that all is well without asking it.
#[test]
fn check_tells_what_the_stores_are_and_what_a_role_lacks() -> Result<()> {
    let mut fleet = Fleet::down(&Plan { masters: 1, workers: 1, ..Plan::default() })?;
    let check = |file: &std::path::Path| alone(&["check", "--json", "--config", &file.to_string_lossy()]);
    let master = fleet.master(0).folder().join("config.toml");
    let worker = fleet.worker(0).folder().join("config.toml");
    let output = check(&worker)?;
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    for store in found["stores"].as_array().context("stores")? {
        assert!(
            store["reachable"] == true && store["asks_who"] == true && store["user"] == "worker",
            "{store}"
        );
        assert!(store["version"].as_str().is_some_and(|version| version.contains('.')), "{store}");
    }
    assert_eq!(found["stores"][1]["replica_set"], "rs0", "{found}");
    assert!(found["shell"].is_object(), "a worker's host is told too: {found}");
    // A master that comes as a worker lacks what only masters may do; and no index is made yet.
    let text = fs::read_to_string(&master)?;
    let output = check(&master)?;
    assert!(told(&output).contains("the indexes are not made yet"), "{}", told(&output));
    // Nobody has to do anything about it: who checks before the first start goes on.
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let as_worker = fleet.folder().join("as-worker.toml");
    fs::write(&as_worker, text.replace("\"master\"", "\"worker\"").replace("/master\"", "/worker\""))?;
    let output = check(&as_worker)?;
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let words = told(&output);
    assert!(words.contains("may not write jobs") && words.contains("may not remove"), "{words}");
    fleet.mongod.kill();
    let output = check(&worker)?;
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("failed to connect to mongodb"), "{}", told(&output));
    Ok(())
}
