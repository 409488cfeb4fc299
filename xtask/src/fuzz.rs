//! `fuzz`: a search for inputs that break what must hold, guided by the code that they reach.
//!
//! The fuzzer is libFuzzer on the stable toolchain: the compiler is told by flags to count which code is reached, so
//! the crate (`model/fuzz`) stands apart from the workspace and has a target folder of its own.
//! Not here: what must hold (`model::testing::schedule`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::command::{built, cargo, output, root, run};

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

/// What can be fuzzed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Target {
    /// Any text as a schedule, against a naive reading and walk
    Schedule,
}

/// Searches for inputs that break what must hold; fails when one was found, and says where it lies.
pub(crate) fn fuzz(target: Target, minutes: u32) -> Result<()> {
    let name = target.to_possible_value().expect("every target has a name").get_name().to_owned();
    let folder = built()?.parent().context("the target folder")?.join("fuzz");
    let version = output(cargo()?.args(["--version", "--verbose"]))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("the host of cargo")?;
    run(cargo()?
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
