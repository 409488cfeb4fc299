//! `soak`: thousands of runs in one process, after which nothing may have piled up.
//!
//! The same test runs a few hundred among the others; this asks it for more.

use anyhow::Result;
use clap::ValueEnum;

use crate::command::{cargo, run_tests};

/// What can be soaked.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Soak {
    /// Scripts: groups, zombies, descriptors, memory of the worker
    Shell,
}

/// Runs it `runs` times and prints what was counted before and after.
pub(crate) fn soak(what: Soak, runs: u32) -> Result<()> {
    let (binary, test) = match what {
        Soak::Shell => ("shell", "groups::soak_of_many_runs"),
    };
    let mut command = cargo()?;
    command.args(["test", "--workspace", "--locked", "--test", binary, "--"]);
    command.args(["--ignored", "--exact", "--nocapture", test]);
    run_tests(command.env("SANDGLASS_SOAK_RUNS", runs.to_string())).map(|_| ())
}
