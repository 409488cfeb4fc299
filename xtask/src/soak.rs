//! `soak`: thousands of runs in one process, after which nothing may have piled up; all cases where tests take some; or a
//! fleet in random faults for as long as is asked.
//!
//! The same tests run a few hundred among the others; this asks them for more.

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::command::{built, cargo, run, run_tests};
use crate::random::{self, Load};
use crate::{containers, dist, packages, services, test};

/// What can be soaked.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Soak {
    /// Scripts: groups, zombies, descriptors, memory of the worker
    Shell,
    /// Schedules: every zone around each change of its clock, and as many random cases of each property
    Schedule,
    /// Crontabs that packages of Debian bring, imported: the same minutes as cron's, over months and changes of the clock
    Crontab,
    /// The interface: random requests as each role, by a seed, each answer held against the OpenAPI document
    Api,
    /// A fleet: random jobs, operations and faults by a seed, then everything is checked
    Fleet,
    /// Two masters behind nginx, killed in turn under `wrk` while a browser follows a log and jobs are saved
    Proxy,
    /// The Dockerfile and the composition, read by linters; nothing is run
    Containers,
    /// Alerts and the ledger at full length: MongoDB away for a minute, nobody there for five
    Alerts,
    /// The service below each systemd that there is a unit for
    Systemd,
    /// The package for Debian in a clean root: installed, upgraded under a running job, removed, purged
    Package,
}

/// How much is asked for; each soak has a use for some of it.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Bounds {
    /// How many times (`shell`, `schedule`)
    #[arg(long, default_value_t = 10_000)]
    runs: u32,
    /// How long things are broken (`fleet`), or asked (`api`)
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// By what everything is drawn (`fleet`, `api`); else another one each time, which is printed
    #[arg(long)]
    seed: Option<u64>,
    /// With the test of a worker that is away for five minutes, twice (`fleet`)
    #[arg(long)]
    away: bool,
}

/// Runs it as often or as long as is asked, and prints what was counted.
pub(crate) fn soak(what: Soak, bounds: Bounds) -> Result<()> {
    match what {
        Soak::Shell => shell(bounds.runs),
        Soak::Schedule => schedule(bounds.runs),
        Soak::Crontab => crontab(),
        Soak::Containers => containers::lint(),
        Soak::Proxy => test::browser_behind_a_proxy(),
        Soak::Fleet => fleet(bounds),
        Soak::Alerts => alerts(),
        Soak::Systemd => test::below_each_systemd(),
        Soak::Package => dist::tried::try_package(),
        Soak::Api => api(bounds),
    }
}

/// Packages that bring a crontab.
const WITH_CRONTABS: [&str; 22] = [
    "amavisd-new",
    "anacron",
    "awstats",
    "backupninja",
    "cacti",
    "certbot",
    "clamav-unofficial-sigs",
    "cron-apt",
    "dirvish",
    "e2fsprogs",
    "ganeti",
    "logcheck",
    "mailman3",
    "mdadm",
    "munin",
    "munin-node",
    "ntpsec",
    "php-common",
    "roundcube-core",
    "rsnapshot",
    "sysstat",
    "tiger",
];

fn crontab() -> Result<()> {
    let folder = built()?.parent().context("the target folder")?.join("crontabs");
    packages::unpack(&WITH_CRONTABS, &folder)?;
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked", "--bins", "--", "--nocapture", "crontab::oracle"]);
    run_tests(command.env("SANDGLASS_TEST_CRONTABS", &folder)).map(|_| ())
}

fn fleet(bounds: Bounds) -> Result<()> {
    let services = services::find()?;
    run(cargo().args(["build", "--workspace", "--bins", "--locked"]))?;
    let test = |name: &str, words: &[&str]| {
        let mut command = cargo();
        command.args(["test", "--workspace", "--locked", "--test", name, "--", "--nocapture"]).args(words);
        command.env("SANDGLASS_SOAK_SECONDS", (bounds.minutes * 60).to_string());
        if let Some(seed) = bounds.seed {
            command.env("SANDGLASS_SOAK_SEED", seed.to_string());
        }
        run_tests(services.tell(&mut command)).map(|_| ())
    };
    test("soak", &[])?;
    if bounds.away { test("fleet_away", &["--ignored"]) } else { Ok(()) }
}

fn alerts() -> Result<()> {
    let services = services::find()?;
    run(cargo().args(["build", "--workspace", "--bins", "--locked"]))?;
    for test in ["fleet_alerts", "fleet_unattended"] {
        let mut command = cargo();
        command.args(["test", "--workspace", "--locked", "--test", test, "--", "--nocapture", "--ignored"]);
        run_tests(services.tell(&mut command))?;
    }
    Ok(())
}

fn api(bounds: Bounds) -> Result<()> {
    let schemathesis = random::find()?;
    run(cargo().args(["build", "--package", "cli", "--locked"]))?;
    let seed = bounds.seed.unwrap_or_else(|| u64::from(std::process::id()));
    random::ask(&schemathesis, &Load::of_minutes(bounds.minutes, seed)).map(|_| ())
}

fn shell(runs: u32) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked", "--test", "shell", "--"]);
    // One after the other: each counts what is in its process.
    command.args(["--ignored", "--nocapture", "--test-threads=1", "groups::soak_of_many_runs"]);
    run_tests(command.env("SANDGLASS_SOAK_RUNS", runs.to_string())).map(|_| ())
}

fn schedule(runs: u32) -> Result<()> {
    let optimized = ["--release", "--locked", "--package", "model", "--features", "testing"];
    run(cargo().arg("run").args(optimized).args(["--example", "soak"]))?;
    let mut tests = cargo();
    tests.arg("test").args(optimized).args(["--lib", "--", "schedule::tests"]);
    run_tests(tests.env("PROPTEST_CASES", runs.to_string())).map(|_| ())
}
