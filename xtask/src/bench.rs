//! `bench`: measures what a page or a reader may ask about, each against others in the same run.
//!
//! A bench stands beside its crate (`<crate>/benches/NAME.rs`); a row of the table makes it known here.
//! Not here: how it measures (`model::testing::bench`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::command::{built, cargo, run};
use crate::{packages, page, plugins, programs, services};

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
    /// A fleet with real stores and faults, beside the table of its ancestors; prints Markdown
    Fleet,
    /// A page of ticks ahead and the forecast, of 100,000 jobs
    Upcoming,
    /// The interface beside 100,000 jobs and a million runs, by `wrk`, on SQLite and on etcd and MongoDB
    Api,
}

impl Bench {
    /// Returns the crate beside which it stands.
    fn package(self) -> &'static str {
        match self {
            Self::Schedule => "model",
            Self::Shell | Self::Wasm => "sandbox",
            Self::Timetable | Self::Coordination | Self::Logs => "worker",
            Self::Fleet => "e2e",
            Self::Upcoming | Self::Api => "master",
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

/// What is asked of a bench.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// Only see that it works; the figures mean little
    #[arg(long)]
    quick: bool,
    /// With `wasmtime run`, which is installed from source the first time (`bench wasm`)
    #[arg(long)]
    with_wasmtime_cli: bool,
    /// One row of the table; may be given again (`bench fleet`)
    #[arg(long, value_name = "NAME")]
    row: Vec<String>,
}

/// Runs a bench in the profile of what ships; `quick` only sees that it works.
pub(crate) fn bench(bench: Bench, asked: &Asked) -> Result<()> {
    let Asked { quick, with_wasmtime_cli, ref row } = *asked;
    if matches!(bench, Bench::Fleet) {
        return fleet(quick, row);
    }
    if !row.is_empty() {
        bail!("--row is for `bench fleet`");
    }
    let name = bench.to_possible_value().expect("every bench has a name").get_name().to_owned();
    let mut command = cargo();
    if matches!(bench, Bench::Api | Bench::Upcoming) {
        // The master has the page inside.
        page::build()?;
    }
    if matches!(bench, Bench::Api) {
        packages::see_to("wrk", "`bench api` asks by `wrk`")?;
        services::find()?.tell(&mut command);
    }
    if quick && matches!(bench, Bench::Api) {
        // What the tests have built; an optimized one takes minutes more than it.
        command.args(["test", "--workspace", "--locked", "--bench", &name]);
    } else {
        command.args(["bench", "--locked", "--package", bench.package(), "--bench", &name]);
    }
    if quick {
        command.args(["--", "--quick"]);
    }
    if matches!(bench, Bench::Coordination) {
        command.env("SANDGLASS_TEST_ETCD", services::find()?.etcd);
    }
    if matches!(bench, Bench::Shell)
        && let Some(busybox) = busybox()?
    {
        command.env("SANDGLASS_BENCH_BUSYBOX", busybox);
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

/// Builds the binary that ships, and what measures it, and has it measured; `quick` is content with a daily build.
fn fleet(quick: bool, rows: &[String]) -> Result<()> {
    let services = services::find()?;
    page::build()?;
    let profile = if quick { "dev" } else { "release" };
    run(cargo().args(["build", "--workspace", "--bins", "--locked", "--profile", profile]))?;
    let folder = built()?.parent().context("the target folder")?.join(if quick { "debug" } else { profile });
    let mut command = Command::new(folder.join("sandglass-ancestors"));
    command.args(quick.then_some("--quick")).args(rows.iter().flat_map(|row| ["--row", row.as_str()]));
    run(services.tell(&mut command))
}

/// Returns the program that `runc` runs in its bundle, which has no libraries: the host's, else one that is unpacked below the
/// target folder, once. Without it that row is left out, which the bench says.
fn busybox() -> Result<Option<PathBuf>> {
    let folder = built()?.parent().context("the target folder")?.join("busybox");
    let places = [Path::new("/").to_owned(), folder.clone()];
    let found = || {
        let places =
            places.iter().flat_map(|place| [place.join("usr/bin/busybox"), place.join("bin/busybox")]);
        places.into_iter().find(|path| path.is_file())
    };
    if let Some(path) = found() {
        return Ok(Some(path));
    }
    if let Err(e) = packages::unpack(&["busybox-static"], &folder) {
        eprintln!("── `busybox-static` could not be had: {e:#}");
    }
    Ok(found())
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
