//! `bench`: measures what a page or a reader may ask about, each against others in the same run.
//!
//! A bench stands beside its crate (`<crate>/benches/NAME.rs`); a row of the table makes it known here.
//! Not here: how it measures (`model::testing::bench`).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::command::{built, cargo, run};
use crate::{plugins, programs, services};

/// The benches, by the name of their file.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Bench {
    /// When a schedule runs next, against `cron` and `croner`; its bytes; the worst input
    Schedule,
    /// A shell run, against `posix_spawn`, `timeout`, `bwrap` and `runc`; a fork bomb; a flood of output
    Shell,
    /// A run of a module, against a default engine, `wasmtime run` and a shell; its limits, compiling, memory
    Wasm,
    /// What a planned job costs: a million plans, a burst, a worker with 100,000 jobs
    Timetable,
    /// Herds of ticks on a real etcd, by 1 to 32 workers, against a lock per job; lateness; 100,000 jobs
    Coordination,
    /// Output from a pipe to a real MongoDB's acknowledgement, against a bare `insert_many`; segments, memory
    Logs,
    /// A page of ticks ahead and the forecast, of 100,000 jobs
    Upcoming,
}

impl Bench {
    /// Returns the crate beside which it stands.
    fn package(self) -> &'static str {
        match self {
            Self::Schedule => "model",
            Self::Shell | Self::Wasm => "sandbox",
            Self::Timetable | Self::Coordination | Self::Logs => "worker",
            Self::Upcoming => "master",
        }
    }
}

/// The version of `wasmtime run` that modules are measured against: that of the engine inside.
const WASMTIME: &str = "48.0.8";
/// What it needs to run a module with its cache on.
const WASMTIME_FEATURES: &str =
    "run,compile,cranelift,cache,pooling-allocator,parallel-compilation,component-model";
/// A folder in memory, where the runs of a bench stand.
const MEMORY: &str = "/dev/shm";

/// Runs a bench in the profile of what ships; `quick` only sees that it works.
pub(crate) fn bench(bench: Bench, quick: bool, with_wasmtime_cli: bool) -> Result<()> {
    let name = bench.to_possible_value().expect("every bench has a name").get_name().to_owned();
    let mut command = cargo();
    command.args(["bench", "--locked", "--package", bench.package(), "--bench", &name]);
    if quick {
        command.args(["--", "--quick"]);
    }
    if matches!(bench, Bench::Coordination) {
        command.env("SANDGLASS_TEST_ETCD", services::find()?.etcd);
    }
    if matches!(bench, Bench::Logs) {
        command.env("SANDGLASS_TEST_MONGOD", services::find()?.mongod);
    }
    if matches!(bench, Bench::Wasm) {
        command.env("SANDGLASS_TEST_MODULES", plugins::build()?.folder);
        command.env("SANDGLASS_TEST_PROGRAMS", programs::fetch()?);
        if Path::new(MEMORY).is_dir() {
            command.env("TMPDIR", MEMORY);
        }
        if with_wasmtime_cli {
            command.env("SANDGLASS_BENCH_WASMTIME", wasmtime_cli()?);
        }
    } else if with_wasmtime_cli {
        bail!("--with-wasmtime-cli is for `bench wasm`");
    }
    run(&mut command)
}

/// Installs `wasmtime` below the target folder, once, and returns where it is: ten minutes of two processors.
fn wasmtime_cli() -> Result<PathBuf> {
    let folder = built()?.parent().context("the target folder")?.join("wasmtime-cli");
    let installed = folder.join(WASMTIME);
    let program = installed.join("bin/wasmtime");
    if !program.is_file() {
        let mut install = cargo();
        install.args(["install", "wasmtime-cli", "--version", WASMTIME, "--locked", "--no-default-features"]);
        install.args(["--features", WASMTIME_FEATURES, "--root"]).arg(&installed);
        let build = folder.join("build");
        run(install.arg("--target-dir").arg(&build))?;
        fs::remove_dir_all(&build).context("what the build of `wasmtime` left")?;
    }
    Ok(program)
}
