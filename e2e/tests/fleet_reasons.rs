//! Why a tick does not run, brought about in a real fleet one after the other, and asked by command line: no labels, no slot, a
//! drain, a clock that is off, a MongoDB that is away, no worker; and a run that is lost with its worker's disk.
//!
//! Not here: what policies and people decide (`master/tests/ledger.rs`).

use std::fs;

use anyhow::{Context as _, Result, ensure};
use e2e::Client;
use e2e::fleet::{Fleet, Plan, until_lives};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// Waits until a tick of a job is overdue for this reason.
fn overdue(master: &Client, job: &str, why: &str) -> Result<()> {
    master.until(&format!("a tick of `{job}` to be overdue since {why}"), || {
        let page = master.json(&["job", "history", job, "--ticks", "-n", "20"])?;
        let is = |tick: &Value| {
            tick["kind"] == "overdue" && tick["reason"].as_str().is_some_and(|reason| reason.contains(why))
        };
        Ok(page["ticks"].as_array().is_some_and(|ticks| ticks.iter().any(is)).then_some(()))
    })
}

/// Caught: a reason that only the rules know, and that no worker reports or no master reads (ends that wait).
#[test]
fn each_reason_why_nobody_takes_a_tick_is_told_while_it_lasts() -> Result<()> {
    let variable = |name: &str, value: &str| (format!("SANDGLASS_OPT_{name}"), value.to_owned());
    let worker_variables = vec![variable("SLOTS", "1"), variable("PIPELINE_BACKLOG_RUNS", "1")];
    let mut fleet = Fleet::down(&Plan { masters: 1, workers: 1, worker_variables, ..Plan::default() })?;
    let clock = fleet.worker(0).with_settable_clock()?;
    fleet.up()?;
    let evidence = fleet.evidence();
    let pid = evidence.join("pid");
    let each_second = |name: &str, more: &str| {
        format!("name: {name}\nschedule: '* * * * * *'\nshell: {{ script: 'true' }}\n{more}---\n")
    };
    let held = format!(
        "name: held\nschedule: '@yearly'\nlimits: {{ timeout: 20m }}\n\
         shell: {{ script: 'echo $$ > {}; exec sleep 600' }}\n---\n",
        pid.display()
    );
    let placed = each_second("placed", "placement: { labels: { role: db } }\n");
    fleet.master(0).apply(&(held + &placed + &each_second("ticks", "")))?;
    let master = fleet.master(0);
    master.run_in("ticks", &["succeeded"])?;
    overdue(master, "placed", "late: the worker that is alive has not the labels role=db")?;

    master.done(&["job", "run", "held"])?;
    let run = master.run_in("held", &["running"])?;
    overdue(master, "ticks", "late: every worker that matches has no free slot")?;
    master.done(&["workers", "drain", "w1"])?;
    overdue(master, "ticks", "late: every worker that matches is draining")?;
    master.done(&["workers", "undrain", "w1"])?;

    // Its machine is gone, with its disk: nobody will ever know how the run ended.
    let id = run["id"].as_str().context("an id")?.to_owned();
    fleet.worker(0).kill()?;
    until_lives(fleet.master(0), "w1", false)?;
    overdue(fleet.master(0), "ticks", "late: no worker is alive")?;
    kill(Pid::from_raw(fs::read_to_string(&pid)?.trim().parse()?), Signal::SIGKILL)?;
    let data = fleet.worker(0).folder().join("data");
    // Who looked after the run may still be writing there.
    fleet.master(0).until("its disk to be gone", || {
        drop(fs::remove_dir_all(&data));
        Ok((!data.exists()).then_some(()))
    })?;
    fleet.worker(0).start()?;
    let lost = fleet.master(0).run_in("held", &["lost", "failed", "killed", "not_started"])?;
    ensure!(lost["id"] == id.as_str() && lost["status"] == "lost" && lost["worker"] == "w1", "{lost}");

    let started = |master: &Client| -> Result<usize> {
        Ok(master.runs("ticks")?.iter().filter(|run| run["status"] == "succeeded").count())
    };
    let goes_on = |master: &Client| {
        let before = started(master)?;
        master.until("ticks to run again", || Ok((started(master)? > before).then_some(())))
    };
    goes_on(fleet.master(0))?;
    match clock {
        Some(clock) => {
            fs::write(&clock, "+3600\n")?;
            overdue(fleet.master(0), "ticks", "late: every worker that matches has a clock that is off")?;
            fs::write(&clock, "+0\n")?;
            goes_on(fleet.master(0))?;
        }
        None => eprintln!("left out: a clock that is off, for which this machine has no libfaketime"),
    }

    // One end that waits is as many as may.
    fleet.mongod.kill();
    let master = fleet.master(0);
    overdue(master, "ticks", "late: every worker that matches waits for the store of facts (MongoDB)")?;
    let told = master.ask(&["job", "history", "ticks", "--ticks"])?;
    ensure!(
        String::from_utf8_lossy(&told.stderr).contains("(MongoDB) does not answer"),
        "it says what it lacks"
    );
    fleet.start_mongod();
    goes_on(fleet.master(0))
}
