//! `soak`: thousands of runs in one process, after which nothing may have piled up; or all cases where tests take some.
//!
//! The same tests run a few hundred among the others; this asks them for more.

use anyhow::Result;
use clap::ValueEnum;

use crate::command::{cargo, run, run_tests};

/// What can be soaked.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Soak {
    /// Scripts: groups, zombies, descriptors, memory of the worker
    Shell,
    /// Schedules: every zone around each change of its clock, and as many random cases of each property
    Schedule,
}

/// Runs it `runs` times and prints what was counted before and after.
pub(crate) fn soak(what: Soak, runs: u32) -> Result<()> {
    match what {
        Soak::Shell => shell(runs),
        Soak::Schedule => schedule(runs),
    }
}

fn shell(runs: u32) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--workspace", "--locked", "--test", "shell", "--"]);
    command.args(["--ignored", "--exact", "--nocapture", "groups::soak_of_many_runs"]);
    run_tests(command.env("SANDGLASS_SOAK_RUNS", runs.to_string())).map(|_| ())
}

fn schedule(runs: u32) -> Result<()> {
    let optimized = ["--release", "--locked", "--package", "model", "--features", "testing"];
    run(cargo().arg("run").args(optimized).args(["--example", "soak"]))?;
    let mut tests = cargo();
    tests.arg("test").args(optimized).args(["--lib", "--", "schedule::tests"]);
    run_tests(tests.env("PROPTEST_CASES", runs.to_string())).map(|_| ())
}
