//! Rows without a fault: load, a herd, and what etcd had to agree on for it.

use anyhow::{Context as _, Result};

use super::load::Load;
use super::{Scale, Shown, fleet};
use crate::http;

/// How many jobs are few.
const FEW: usize = 20;
/// What is ahead of the faster of the ancestors: half and most, in seconds after the second.
const AHEAD_OF: (f64, f64) = (0.045, 0.082);
/// By when most of many must have started, in seconds after the second.
const MANY_WITHIN: f64 = 0.1;
/// By when the last of a herd must have started, in seconds.
const HERD_WITHIN: f64 = 2.0;
/// What etcd may agree on for a tick.
const PROPOSALS_MAX: f64 = 2.0;

pub(super) fn few(scale: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let counted = Load::each_second(&mut fleet, FEW, scale.seconds)?.counted()?;
    Ok(Shown {
        words: format!("{}; {}", counted.words(), counted.lateness()),
        right: counted.is_once(),
        fast: counted.late(50) < AHEAD_OF.0 && counted.late(99) < AHEAD_OF.1,
    })
}

pub(super) fn many(scale: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let counted = Load::each_second(&mut fleet, scale.many, scale.seconds)?.counted()?;
    Ok(Shown {
        words: format!("{}; {}", counted.words(), counted.lateness()),
        right: counted.is_once(),
        fast: counted.late(99) <= MANY_WITHIN,
    })
}

pub(super) fn herd(scale: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let counted = Load::at_once(&mut fleet, scale.herd)?.counted()?;
    Ok(Shown {
        words: format!("{}; last start {:.2} s", counted.words(), counted.late(100)),
        right: counted.is_once(),
        fast: counted.late(100) <= HERD_WITHIN,
    })
}

/// All that etcd agrees on counts, registrations and heartbeats included.
pub(super) fn proposals(scale: Scale) -> Result<Shown> {
    let mut fleet = fleet()?;
    let load = Load::each_second(&mut fleet, FEW, scale.seconds)?;
    load.wait_until(std::time::Duration::ZERO);
    let before = agreed(&fleet.etcd.endpoint())?;
    load.wait_until_due();
    let after = agreed(&fleet.etcd.endpoint())?;
    let counted = load.counted()?;
    // From the first instant to the last there is one second less than there are ticks of a job.
    let ticks = FEW as f64 * (scale.seconds - 1) as f64;
    let each = (after - before) / ticks;
    Ok(Shown { words: format!("{each:.2}"), right: counted.is_once(), fast: each <= PROPOSALS_MAX })
}

/// Returns how many proposals an etcd has applied.
fn agreed(endpoint: &str) -> Result<f64> {
    let answer = http::send("GET", &format!("{endpoint}/metrics"), &[], "")?;
    let mut lines = answer.body.lines();
    let line = lines.find_map(|line| line.strip_prefix("etcd_server_proposals_applied_total "));
    line.and_then(|count| count.trim().parse().ok()).context("etcd counts its proposals")
}
