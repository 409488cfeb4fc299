//! Measures a fleet beside its ancestors and prints the table; for `cargo xtask bench fleet`.
//!
//! ```text
//! sandglass-ancestors [--quick] [--row NAME]…
//! ```
//! Not here: what is measured (`e2e::ancestors`), building and fetching what it needs (`xtask`).
#![forbid(unsafe_code)]

use std::fs;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use e2e::ancestors::{self, Scale};

/// How often the command of the load is run by itself.
const ALONE: u32 = 100;

fn main() -> Result<ExitCode> {
    let (mut scale, mut rows) = (Scale::FULL, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => scale = Scale::QUICK,
            "--row" => rows.push(arguments.next().context("`--row` takes a name")?),
            other => bail!("usage: sandglass-ancestors [--quick] [--row NAME]…, got `{other}`"),
        }
    }
    let before = machine()?;
    let measured = ancestors::measure(&rows, scale)?;
    print!("{}", ancestors::markdown(&measured));
    println!("\nBefore: {before}. After: {}.", machine()?);
    let right = measured.iter().all(|one| one.shown.as_ref().is_ok_and(|shown| shown.right));
    // Slow is told; wrong is a failure.
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns what this machine is at the moment: cores, load, and what the command of the load costs without us.
fn machine() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let mut took = Vec::new();
    for _ in 0..ALONE {
        let began = Instant::now();
        Command::new("/bin/bash").args(["-c", "exec sleep 0.01"]).status().context("bash")?;
        took.push(began.elapsed());
    }
    took.sort();
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    let (half, most) = (ms(took[took.len() / 2]), ms(took[took.len() * 99 / 100]));
    Ok(format!(
        "{cores} cores, load {load}, `bash -c 'exec sleep 0.01'` by itself {half:.1} / {most:.1} ms (p50 / p99)"
    ))
}
