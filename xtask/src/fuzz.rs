//! `fuzz`: a search for inputs that break what must hold.
//!
//! Schedules are texts, guided by the code that they reach: the fuzzer is libFuzzer on the stable toolchain. The compiler
//! is told by flags to count which code is reached, so the crate (`model/fuzz`) stands apart from the workspace and has a
//! target folder of its own. Modules are made at random, each from a number, by a program (`sandbox/fuzz`) that stands apart
//! too, and a test of the sandbox uploads and runs them.
//! Not here: what must hold (`model::testing::schedule`, `sandbox/tests/wasm/smith.rs`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::command::{built, cargo, output, root, run, run_tests};

/// What makes a build count which code is reached, as `cargo fuzz` sets it, and no sanitizer: the code is safe.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Ccodegen-units=1",
];
/// The longest input: a text of 256 bytes and what steers it.
const BYTES_MAX: u32 = 264;
/// How an input from a seed is steered: a zone, a rule and a change of the clock, any.
const STEERING: [u8; 8] = [1, 0, 1, 5, 0, 1, 0, 0];

/// How long a search for schedules goes on.
const MINUTES: u32 = 10;
/// How many modules a search feeds.
const MODULES: u64 = 10_000;
/// What tells the tests where the program is that makes random modules.
pub(crate) const MAKER: &str = "SANDGLASS_TEST_MODULE_MAKER";
/// A folder in memory: what a run writes is read by nobody here.
const MEMORY: &str = "/dev/shm";

/// What can be fuzzed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Target {
    /// Any text as a schedule, against a naive reading and walk
    Schedule,
    /// Random modules: uploaded and, where they are taken, run
    Wasm,
}

/// How much is fed.
#[derive(Debug, Args)]
pub(crate) struct Bounds {
    /// How long at most; 10 for schedules, without end for modules
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    minutes: Option<u32>,
    /// How many modules; 10,000 unless said, and with `--minutes` as many as there is time for
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    modules: Option<u64>,
    /// The number of the first module; one of the clock's unless said
    #[arg(long)]
    seed: Option<u64>,
}

/// Searches for inputs that break what must hold; fails when one was found, and says which.
pub(crate) fn fuzz(target: Target, bounds: &Bounds) -> Result<()> {
    match target {
        Target::Schedule if bounds.modules.is_some() || bounds.seed.is_some() => {
            bail!("--modules and --seed are for `fuzz wasm`; schedules are searched for --minutes")
        }
        Target::Schedule => texts(target, bounds.minutes.unwrap_or(MINUTES)),
        Target::Wasm => modules(bounds),
    }
}

/// Builds the program that makes random modules and returns where it is.
pub(crate) fn module_maker() -> Result<PathBuf> {
    let folder = built()?.parent().context("the target folder")?.join("fuzz");
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--target-dir"]).arg(&folder);
    run(build.current_dir(root().join("sandbox/fuzz")))?;
    Ok(folder.join("release/random-modules"))
}

/// Feeds random modules, each made from a number of its own.
fn modules(bounds: &Bounds) -> Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?;
    let seed = bounds.seed.unwrap_or(since.as_secs() * MODULES);
    let many = bounds.modules.unwrap_or(if bounds.minutes.is_some() { u64::MAX } else { MODULES });
    let mut command = cargo();
    command.env(MAKER, module_maker()?);
    command.args(["test", "--workspace", "--locked", "--test", "wasm", "--"]);
    command.args(["--ignored", "--exact", "--nocapture"]);
    command.arg("smith::thousands_of_random_modules_leave_nothing_behind");
    command.env("SANDGLASS_FUZZ_SEED", seed.to_string()).env("SANDGLASS_FUZZ_MODULES", many.to_string());
    if let Some(minutes) = bounds.minutes {
        command.env("SANDGLASS_FUZZ_SECONDS", (minutes * 60).to_string());
    }
    if Path::new(MEMORY).is_dir() {
        command.env("TMPDIR", MEMORY);
    }
    run_tests(&mut command).map(|_| ())
}

/// Feeds texts, guided by the code that they reach.
fn texts(target: Target, minutes: u32) -> Result<()> {
    let name = target.to_possible_value().expect("every target has a name").get_name().to_owned();
    let folder = built()?.parent().context("the target folder")?.join("fuzz");
    let version = output(cargo().args(["--version", "--verbose"]))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("the host of cargo")?;
    run(cargo()
        .args(["build", "--release", "--target", host, "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", FLAGS.join(" "))
        .current_dir(root().join("model/fuzz")))?;
    let found = folder.join("found").join(&name);
    let seeds = seeds(&folder, &name)?;
    let corpus = folder.join("corpus").join(&name);
    fs::create_dir_all(&corpus).context("a folder for inputs that reach new code")?;
    fs::create_dir_all(&found).context("a folder for inputs that break something")?;
    let dictionary = root().join("model/fuzz").join(format!("{name}.dict"));
    run(Command::new(folder.join(host).join("release").join(&name))
        .args([&corpus, &seeds])
        .arg(format!("-dict={}", dictionary.display()))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .arg(format!("-max_len={BYTES_MAX}"))
        .arg(format!("-max_total_time={}", minutes * 60))
        .args(["-timeout=2", "-print_final_stats=1"]))
}

/// Writes a file for each seed, since the fuzzer reads folders.
fn seeds(folder: &Path, name: &str) -> Result<PathBuf> {
    let list = root().join("model/fuzz").join(format!("{name}.seeds"));
    let list = fs::read_to_string(list).context("the seeds")?;
    let seeds = folder.join("seeds").join(name);
    fs::create_dir_all(&seeds).context("a folder for seeds")?;
    for (i, seed) in list.lines().enumerate() {
        fs::write(seeds.join(i.to_string()), [&STEERING, seed.as_bytes()].concat()).context("a seed")?;
    }
    Ok(seeds)
}
