//! Alerts about workers and stores, each from the fault to a webhook and back: a disk that fills, a clock that is set, output
//! that waits, a worker that is killed, a MongoDB that is away; a run that lasts, told while it runs; and one that is lost.

use std::fs;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use e2e::disk::Small;
use e2e::fleet::{Fleet, Plan, until_lives};
use e2e::{Client, PATIENCE, hook};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

/// What a webhook was told, and what of it was waited for.
struct Told {
    posted: Receiver<Value>,
    notices: Vec<Value>,
}

impl Told {
    /// Waits for a notice of a condition that `is` what is meant, takes it, and leaves the others for later.
    fn of(&mut self, master: &Client, condition: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = |one: &Value| one["condition"] == condition && is(one);
            if let Some(at) = self.notices.iter().position(found) {
                return Ok(self.notices.remove(at));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(message) = self.posted.recv_timeout(left) else {
                bail!("nobody was told of {condition}; told: {:?}; the log:\n{}", self.notices, master.log());
            };
            self.notices.extend(message["notices"].as_array().context("notices")?.iter().cloned());
        }
    }

    /// Waits for a notice about a worker.
    fn of_worker(&mut self, master: &Client, condition: &str, worker: &str, says: &str) -> Result<()> {
        let is = |one: &Value| {
            one["worker"] == worker && one["text"].as_str().is_some_and(|text| text.contains(says))
        };
        self.of(master, condition, is).map(drop)
    }
}

/// Every condition that a test here may bring about, except that of a disk.
const CONDITIONS: [&str; 7] =
    ["worker_down", "clock_off", "store_trouble", "output_waits", "long_running", "lost", "recovered"];

/// Returns a fleet that is up, whose alerts `on` conditions go to a webhook; `prepare` comes before its start.
fn fleet(
    workers: usize,
    on: &[&str],
    worker_variables: &[(&str, &str)],
    prepare: impl FnOnce(&mut Fleet) -> Result<()>,
) -> Result<(Fleet, Told)> {
    let (url, posted) = hook::start()?;
    let variable = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let plan = Plan {
        masters: 1,
        workers,
        master_variables: vec![
            variable(hook::ALLOWED),
            variable(("SANDGLASS_OPT_ALERTS_WORKER_DOWN_AFTER", "2s")),
            variable(("SANDGLASS_OPT_ALERTS_STORE_TROUBLE_AFTER", "2s")),
        ],
        worker_variables: worker_variables.iter().map(|pair| variable(*pair)).collect(),
        ..Plan::default()
    };
    let mut fleet = Fleet::down(&plan)?;
    prepare(&mut fleet)?;
    fleet.up()?;
    let channel =
        json!({ "name": "hook", "via": { "type": "webhook", "url": url }, "group": "0s", "every": "0s" });
    let rule = json!({ "name": "all", "on": on, "channels": ["hook"] });
    for (part, list) in
        [("channels", json!({ "channels": [channel] })), ("rules", json!({ "rules": [rule] }))]
    {
        let file = fleet.folder().join(part);
        fs::write(&file, list.to_string())?;
        fleet.master(0).done(&["alert", "set", part, &file.to_string_lossy()])?;
    }
    Ok((fleet, Told { posted, notices: Vec::new() }))
}

/// Caught: a disk that is told as full, and never as well again.
#[test]
fn a_full_disk_a_clock_that_is_off_and_a_run_that_lasts_are_told_and_the_end_of_each() -> Result<()> {
    let (mut small, mut clock) = (None, None);
    let on = [&CONDITIONS[..], &["disk_full"]].concat();
    let (mut fleet, mut told) = fleet(1, &on, &[], |fleet| {
        let worker = fleet.worker(0);
        small = Small::mount(&worker.folder().join("data/runs"), "16m")?;
        clock = worker.with_settable_clock()?;
        Ok(())
    })?;
    // Unmounted before the fleet's folder goes.
    let (small, clock) = (small, clock);
    let go = fleet.evidence().join("go");
    let master = fleet.master(0);
    let script = format!("while [ ! -e {} ]; do sleep 0.1; done", go.display());
    master.apply(&format!(
        "name: long\nschedule: '@yearly'\nshell: {{ script: '{script}' }}\nalerts: {{ warn_after: 1s }}\n"
    ))?;
    master.done(&["job", "run", "long"])?;
    let long = told.of(master, "long_running", |one| one["job"] == "long")?;
    let run = long["run"].as_str().context("a run")?;
    ensure!(master.json(&["run", "show", run])?["status"] == "running", "it is told while it runs");
    ensure!(long["limit"] == "warn_after 1s" && long["worker"] == "w1", "{long}");
    fs::write(&go, "")?;
    master.run_in("long", &["succeeded"])?;

    if let Some(small) = &small {
        small.fill()?;
    }
    if let Some(clock) = &clock {
        fs::write(clock, "+7\n")?;
        told.of_worker(master, "clock_off", "w1", "it starts nothing")?;
        fs::write(clock, "+0\n")?;
        told.of_worker(master, "recovered", "w1", "well again after clock_off")?;
    }
    if let Some(small) = &small {
        told.of_worker(master, "disk_full", "w1", "nearly full: 0 % are free")?;
        small.empty()?;
        told.of_worker(master, "recovered", "w1", "well again after disk_full")?;
    }
    ensure!(told.notices.is_empty(), "nothing else is told: {:?}", told.notices);
    Ok(())
}

/// Caught: output that waits and of which nobody is told; alerts that wait for the MongoDB that they are about.
#[test]
fn output_that_waits_a_worker_that_is_killed_and_a_mongodb_that_is_away_are_told_and_the_end_of_each()
-> Result<()> {
    let small =
        [("SANDGLASS_OPT_PIPELINE_QUOTA_PER_RUN", "256KiB"), ("SANDGLASS_OPT_PIPELINE_BATCH_BYTES", "64KiB")];
    let (mut fleet, mut told) = fleet(2, &CONDITIONS, &small, |_| Ok(()))?;
    let go = fleet.evidence().join("go");
    // It rests between its lines: to be held back takes a while.
    let script = format!(
        "while [ ! -e {} ]; do sleep 0.1; done; for n in $(seq 1 4000 400000); do seq $n $((n + 3999)); sleep 0.1; done",
        go.display()
    );
    let master = fleet.master(0);
    master.apply(&format!("name: much\nschedule: '@yearly'\nshell: {{ script: '{script}' }}\n"))?;
    master.done(&["job", "run", "much"])?;
    let run = master.run_in("much", &["running"])?;
    let prints = run["worker"].as_str().context("a worker")?.to_owned();
    let other = if prints == "w1" { "w2" } else { "w1" };
    fleet.mongod.kill();
    fs::write(&go, "")?;
    fleet.worker_named(other)?.kill()?;
    let master = fleet.master(0);
    told.of(master, "store_trouble", |one| {
        one["text"].as_str().is_some_and(|text| text.contains("MongoDB"))
    })?;
    told.of_worker(master, "output_waits", &prints, "1 run is held back")?;
    told.of_worker(master, "worker_down", other, "has not been there for")?;
    fleet.start_mongod();
    fleet.worker_named(other)?.start()?;
    let master = fleet.master(0);
    told.of(master, "recovered", |one| {
        one["text"].as_str().is_some_and(|text| text.contains("store_trouble"))
    })?;
    told.of_worker(master, "recovered", &prints, "well again after output_waits")?;
    told.of_worker(master, "recovered", other, "well again after worker_down")?;
    ensure!(told.notices.is_empty(), "nothing else is told: {:?}", told.notices);
    master.until("the history to have all of it", || {
        let history = master.json(&["alert", "list"])?;
        let items = history["items"].as_array().context("items")?;
        // The disk of this host may be nearly full too, and the history has what no rule asks for.
        let of_test = items.iter().filter(|one| one["condition"] != "disk_full");
        Ok((of_test.count() == 6).then_some(()))
    })
}

/// Goal: a worker is killed while it runs a job that nobody may try again, and its disk is gone: whose run that was is told.
#[test]
fn a_run_that_is_lost_with_its_worker_is_told_with_job_run_and_worker() -> Result<()> {
    let (mut fleet, mut told) = fleet(2, &CONDITIONS, &[], |_| Ok(()))?;
    let pid = fleet.evidence().join("pid");
    let master = fleet.master(0);
    master.apply(&format!(
        "name: once\nschedule: '@yearly'\nlimits: {{ timeout: 20m }}\nretries: {{ max: 0 }}\n\
         shell: {{ script: 'echo $$ > {}; exec sleep 600' }}\n",
        pid.display()
    ))?;
    master.done(&["job", "run", "once"])?;
    let run = master.run_in("once", &["running"])?;
    let (id, ran) = (run["id"].as_str().context("an id")?, run["worker"].as_str().context("a worker")?);
    let number = master.until("its number", || {
        Ok(fs::read_to_string(&pid).ok().and_then(|text| text.trim().parse().ok()))
    })?;

    fleet.worker_named(ran)?.kill()?;
    until_lives(fleet.master(0), ran, false)?;
    kill(Pid::from_raw(number), Signal::SIGKILL)?;
    let data = fleet.worker_named(ran)?.folder().join("data");
    // Who looked after the run may still be writing there.
    fleet.master(0).until("its disk to be gone", || {
        drop(fs::remove_dir_all(&data));
        Ok((!data.exists()).then_some(()))
    })?;
    told.of_worker(fleet.master(0), "worker_down", ran, "has not been there for")?;
    ensure!(told.notices.iter().all(|one| one["condition"] != "lost"), "its worker may still come back");
    fleet.worker_named(ran)?.start()?;

    let master = fleet.master(0);
    let lost = told.of(master, "lost", |one| one["job"] == "once")?;
    ensure!(lost["run"] == id && lost["worker"] == ran, "of run {id} on {ran}: {lost}");
    let text = lost["text"].as_str().context("a text")?;
    ensure!(text.contains("lost: the worker's data folder is new"), "{text}");
    let runs = master.runs("once")?;
    ensure!(runs.len() == 1 && runs[0]["status"] == "lost", "nobody tries it again: {runs:?}");
    told.of_worker(master, "recovered", ran, "well again after worker_down")?;
    ensure!(told.notices.is_empty(), "nothing else is told: {:?}", told.notices);
    Ok(())
}
