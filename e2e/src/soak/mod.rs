//! A fleet under random jobs, operations and faults, all by one seed; then heal, quiet, and a check of everything.
//!
//! Flow: `jobs` are saved → `people` ask either master for this and that while `nemesis` breaks things → all is healed and
//! paused → `history` judges.
//! Not here: what is judged and how (`history`), a single fault by itself (`e2e/tests/fleet_faults.rs`).

mod jobs;
mod nemesis;
mod people;

use std::fs;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::fleet::{Fleet, Plan};
use crate::history::{History, Recorder, Report, What, check, read_evidence, read_facts};

pub use crate::history::millis;
use nemesis::Nemesis;
use people::People;

/// How many masters and workers; the last worker joins when the others have been there for some time.
const MASTERS: usize = 2;
const WORKERS: usize = 4;
/// After which part of the soak it joins.
const JOINS_AFTER: u32 = 4;
/// Between two looks at what is to be done.
const STEP: Duration = Duration::from_millis(150);
/// How long the fleet may take to come to rest once all is healed.
const QUIET_WITHIN: Duration = Duration::from_secs(240);
/// Ends of runs that are not told yet.
const OPEN: [&str; 4] = ["claimed", "running", "waiting", "retrying"];

/// What a soak is.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// By what everything is drawn.
    pub seed: u64,
    /// How long things are broken.
    pub lasts: Duration,
}

/// Returns this machine's time in milliseconds since 1970; the faults set the clocks of processes, never this one.
#[expect(clippy::disallowed_methods, reason = "a soak has the machine's own clock, as its jobs do")]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Runs it and returns what the checker says.
///
/// # Errors
/// When the fleet does not come up, or does not come to rest once all is healed.
pub fn run(options: Options) -> Result<Report> {
    let plan = Plan {
        masters: MASTERS,
        workers: WORKERS,
        worker_variables: vec![("SANDGLASS_OPT_SLOTS".into(), "64".into())],
        ..Plan::default()
    };
    let booted_ms = booted_ms()?;
    // Each draws from dice of its own: how often one looks changes nothing for the other.
    let [mut asks, mut breaks] = [0, 1].map(|n| StdRng::seed_from_u64(options.seed ^ n));
    let mut fleet = Fleet::down(&plan)?;
    let recorder = fleet.spawn(|runtime, endpoint| Recorder::start(runtime, endpoint, now_ms));
    let mut nemesis = Nemesis::prepare(&mut fleet, WORKERS)?;
    fleet.up_but(1)?;
    nemesis.joins(&format!("w{WORKERS}"), options.lasts / JOINS_AFTER);
    let mut people = People::new(&fleet, jobs::mix(&fleet.evidence())?);
    people.save_all(&mut fleet)?;
    let end = Instant::now() + options.lasts;
    while Instant::now() < end {
        people.step(&mut fleet, &mut asks);
        nemesis.step(&mut fleet, &recorder, &mut breaks)?;
        thread::sleep(STEP);
    }
    nemesis.heal(&mut fleet, &recorder)?;
    people.pause_all(&mut fleet)?;
    let mut history = rest(&mut fleet, recorder)?;
    history.evidence = read_evidence(&fleet.evidence(), booted_ms)?;
    (history.faults, history.calls) = (nemesis.told(), people.told());
    history.workers = (1..=WORKERS).map(|n| format!("w{n}")).collect();
    let report = check(&history);
    if !report.findings.is_empty() {
        keep(&fleet, &history, options.seed);
    }
    Ok(report)
}

/// Waits until nothing is under way any more, and all of it is told.
fn rest(fleet: &mut Fleet, recorder: Recorder) -> Result<History> {
    let deadline = Instant::now() + QUIET_WITHIN;
    loop {
        let busy = recorder.so_far(busy);
        let root = fleet.block_on(fleet.mongod.root());
        let (runs, ranges, chunks) = fleet.block_on(read_facts(&root))?;
        let open = runs.iter().filter(|run| OPEN.contains(&run.status.as_str())).count();
        let silent = runs.iter().filter(|run| run.status == "succeeded" && run.output.is_none()).count();
        if busy.is_empty() && open + silent == 0 {
            let changes = fleet.block_on(recorder.finish())?;
            return Ok(History { changes, runs, ranges, chunks, ..History::default() });
        }
        if Instant::now() > deadline {
            // The checker says what is left, run by run.
            eprintln!("no rest: {busy:?} are busy, {open} runs are open, {silent} without output");
            let changes = fleet.block_on(recorder.finish())?;
            return Ok(History { changes, runs, ranges, chunks, ..History::default() });
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// Returns the jobs whose records still have something to do or to tell.
fn busy(changes: &[crate::history::Change]) -> Vec<String> {
    let mut busy = std::collections::BTreeSet::new();
    for change in changes {
        if let What::State(name, state) = &change.what {
            match state {
                Some(state) if !state.is_at_rest() => drop(busy.insert(name.clone())),
                _ => drop(busy.remove(name)),
            }
        }
    }
    busy.into_iter().collect()
}

fn booted_ms() -> Result<i64> {
    let uptime = fs::read_to_string("/proc/uptime")?;
    let seconds = uptime.split_whitespace().next().context("an uptime")?;
    Ok(now_ms() - seconds.replace('.', "").parse::<i64>()? * 10)
}

/// Keeps the logs and the history of a soak that found something, and says where.
fn keep(fleet: &Fleet, history: &History, seed: u64) {
    let kept = std::env::temp_dir().join(format!("sandglass-soak-{seed}"));
    let copied = copy(fleet, history, &kept);
    eprintln!("logs and history are in `{}` ({copied:?})", kept.display());
}

fn copy(fleet: &Fleet, history: &History, kept: &std::path::Path) -> Result<()> {
    fs::create_dir_all(kept)?;
    for name in ["m1", "m2", "w1", "w2", "w3", "w4"] {
        fs::copy(fleet.folder().join(name).join("log"), kept.join(format!("{name}.log")))?;
    }
    let text = |part: &dyn std::fmt::Debug| format!("{part:#?}\n");
    fs::write(kept.join("changes"), history.changes.iter().map(|c| format!("{c:?}\n")).collect::<String>())?;
    fs::write(
        kept.join("evidence"),
        history.evidence.iter().map(|c| format!("{c:?}\n")).collect::<String>(),
    )?;
    fs::write(kept.join("runs"), history.runs.iter().map(|c| format!("{c:?}\n")).collect::<String>())?;
    fs::write(kept.join("ranges"), history.ranges.iter().map(|c| format!("{c:?}\n")).collect::<String>())?;
    fs::write(kept.join("faults"), text(&history.faults))?;
    fs::write(kept.join("calls"), text(&history.calls))?;
    Ok(())
}

/// Fails when something does not hold.
///
/// # Errors
/// With the whole report.
pub fn judge(report: &Report) -> Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    bail!("{report}")
}
