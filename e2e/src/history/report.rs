//! What a check tells: the findings, and the figures of a history.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::evidence::Mark;
use super::exempt::Whom;
use super::ticks::Fates;
use super::timeline::Timeline;
use super::{Finding, History};

/// How many findings of one invariant are told.
const TOLD_MAX: usize = 10;

/// What a check has found.
#[derive(Debug)]
pub struct Report {
    /// The promises that do not hold; empty when all do.
    pub findings: Vec<Finding>,
    /// How much there was to check, and how long it took.
    pub figures: Figures,
}

/// The figures of a history.
#[derive(Debug, Default)]
pub struct Figures {
    /// Changes of etcd.
    pub changes: usize,
    /// Ticks of all schedules, by another library's reckoning.
    pub ticks: usize,
    /// Starts, by what the jobs wrote.
    pub starts: usize,
    /// Claims.
    pub claims: usize,
    /// Chunks of output.
    pub chunks: usize,
    /// Ticks that did not run, by reason.
    pub exempted: BTreeMap<String, usize>,
    /// How late first attempts at ticks started, in milliseconds, sorted: in calm, and while something was wrong.
    pub lateness_ms: [Vec<i64>; 2],
    /// From the heal of each fault to the fleet's being back, in milliseconds, by what had happened.
    pub recovery_ms: BTreeMap<String, Vec<i64>>,
}

pub(super) fn report(
    history: &History,
    timeline: &Timeline<'_>,
    fates: Fates,
    findings: Vec<Finding>,
) -> Report {
    let mut lateness_ms = [Vec::new(), Vec::new()];
    let starts = history.evidence.iter().filter(|line| line.mark == Mark::Start);
    for start in starts.clone().filter(|start| start.attempt == 1) {
        let Some(claim) = timeline.claims_of(&start.run).next() else { continue };
        if claim.active.cause.tick().is_some() {
            let calm = history.is_calm(start.scheduled_at) && history.is_calm(start.at_ms);
            lateness_ms[usize::from(!calm)].push(start.at_ms - start.scheduled_at);
        }
    }
    lateness_ms.iter_mut().for_each(|list| list.sort_unstable());
    let mut recovery_ms: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for fault in &history.faults {
        let whom = match &fault.whom {
            Whom::Etcd => "etcd",
            Whom::Mongod => "mongod",
            Whom::Worker(_) | Whom::Absent(_) => "worker",
            Whom::Master(_) => "master",
            Whom::Disk(_) => "disk",
        };
        let of = recovery_ms.entry(format!("{whom}: {}", fault.what)).or_default();
        of.push(fault.until_ms - fault.healed_ms);
    }
    let figures = Figures {
        changes: history.changes.len(),
        ticks: fates.ticks,
        starts: starts.count(),
        claims: timeline.claims.len(),
        chunks: history.chunks.len(),
        exempted: fates.exempted,
        lateness_ms,
        recovery_ms,
    };
    Report { findings, figures }
}

/// Returns what so many percent of a sorted list are not above; none of an empty one.
pub fn percentile(list: &[i64], percent: usize) -> Option<i64> {
    let index = (list.len() * percent).div_ceil(100).saturating_sub(1);
    list.get(index).copied()
}

impl Report {
    fn count(&self, invariant: &str) -> usize {
        self.findings.iter().filter(|finding| finding.invariant == invariant).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { changes, ticks, starts, claims, chunks, exempted, lateness_ms, recovery_ms } =
            &self.figures;
        writeln!(
            f,
            "changes of etcd {changes}, claims {claims}, ticks {ticks}, starts {starts}, chunks {chunks}"
        )?;
        let [doubles, misses, output] = ["I1", "I3", "I10"].map(|invariant| self.count(invariant));
        writeln!(f, "double starts {doubles}, unexplained misses {misses}, lost or doubled output {output}")?;
        for (when, list) in ["in calm", "in faults"].iter().zip(lateness_ms) {
            let [half, most, all] = [50, 99, 100].map(|percent| {
                percentile(list, percent).map_or_else(|| "–".to_owned(), |late| format!("{late} ms"))
            });
            writeln!(f, "lateness {when}: p50 {half}, p99 {most}, most {all} ({} starts)", list.len())?;
        }
        writeln!(f, "ticks that did not run:")?;
        for (reason, count) in exempted {
            writeln!(f, "  {count:>6}  {reason}")?;
        }
        writeln!(f, "back after a heal:")?;
        for (what, list) in recovery_ms {
            let most = list.iter().max().copied().unwrap_or_default();
            let mean = list.iter().sum::<i64>() / i64::try_from(list.len().max(1)).unwrap_or(1);
            writeln!(f, "  {what}: {} times, mean {mean} ms, most {most} ms", list.len())?;
        }
        let kinds: BTreeSet<&str> = self.findings.iter().map(|finding| finding.invariant).collect();
        for kind in kinds {
            writeln!(f, "{kind} does not hold, {} times:", self.count(kind))?;
            for finding in self.findings.iter().filter(|finding| finding.invariant == kind).take(TOLD_MAX) {
                writeln!(f, "  {}", finding.what)?;
            }
        }
        write!(f, "{}", if self.findings.is_empty() { "all of it holds" } else { "it does not hold" })
    }
}
