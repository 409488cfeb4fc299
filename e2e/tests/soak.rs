//! A soak of a fleet: random jobs, operations and faults for a while; then everything is checked against what the jobs
//! themselves wrote down. `cargo xtask soak fleet` runs the same for longer, or by a seed.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::soak::{Options, judge, run};

/// How long it is broken among the other tests, in seconds.
const SECONDS: u64 = 90;

/// Returns a number that the command told, or none.
#[expect(clippy::disallowed_methods, reason = "the project's own commands tell tests by the environment")]
fn told(name: &str) -> Result<Option<u64>> {
    let value = std::env::var(name).ok();
    value
        .map(|value| value.parse().with_context(|| format!("{name} must be a number, got `{value}`")))
        .transpose()
}

/// Meant to find, each by its invariant: a claim that compares no revision (I1, I9); one that ignores a pause (I7); a
/// worker that starts what it claimed although its lease was over; a shipper that numbers chunks anew (I10).
#[test]
fn a_fleet_in_random_faults_keeps_every_promise() -> Result<()> {
    let seed = told("SANDGLASS_SOAK_SEED")?.unwrap_or_else(rand::random);
    let seconds = told("SANDGLASS_SOAK_SECONDS")?.unwrap_or(SECONDS);
    eprintln!("seed {seed}, {seconds} s: `cargo xtask soak fleet --seed {seed}` draws the same again");
    let report = run(Options { seed, lasts: Duration::from_secs(seconds) })?;
    println!("{report}\nseed {seed}");
    judge(&report).with_context(|| format!("seed {seed}"))
}
