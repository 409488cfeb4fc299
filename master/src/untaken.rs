//! Why nobody takes the ticks of a job, as far as the workers show it.
//!
//! Told by the ledger of each tick that is overdue, and by alerts of the first one.
//! Not here: what becomes of the tick then (`model::state`).

use std::collections::BTreeMap;
use std::fmt;

use model::id::WorkerId;
use model::job::SavedJob;
use model::worker::Worker;
use model::workload::Kind;

/// What keeps a worker from taking anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Obstacle {
    /// It starts no jobs of this kind at all.
    StartsNone(Kind),
    Drains,
    ClockIsOff,
    /// Too many ends wait for the store of facts.
    WaitsForFacts,
    IsFull,
}

impl Obstacle {
    fn of(worker: &Worker, kind: Kind) -> Option<Self> {
        let status = &worker.status;
        if status.of(kind).refuses.is_some() {
            Some(Self::StartsNone(kind))
        } else if status.draining || worker.drain.is_some() {
            Some(Self::Drains)
        } else if !status.clock_ok {
            Some(Self::ClockIsOff)
        } else if status.output.ends_full {
            Some(Self::WaitsForFacts)
        } else {
            (status.busy >= status.slots).then_some(Self::IsFull)
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StartsNone(Kind::Shell) => "starts no scripts (`sandglass job check` says why)",
            Self::StartsNone(Kind::Wasm) => "starts no modules (`sandglass job check` says why)",
            Self::Drains => "is draining",
            Self::ClockIsOff => "has a clock that is off",
            Self::WaitsForFacts => "waits for the store of facts (MongoDB) to take the ends of earlier runs",
            Self::IsFull => "has no free slot",
        })
    }
}

/// Returns why nobody takes the ticks of a job; none when somebody could. `whose` is the worker in question for placement
/// `all`.
pub(crate) fn why(saved: &SavedJob, whose: Option<&WorkerId>, workers: &[Worker]) -> Option<String> {
    let kind = saved.job.workload.kind();
    if let Some(id) = whose {
        let Some(worker) = workers.iter().find(|worker| worker.identity.id == *id) else {
            return Some(format!("worker `{id}` is away"));
        };
        return Obstacle::of(worker, kind).map(|why| format!("worker `{id}` {why}"));
    }
    if workers.is_empty() {
        return Some("no worker is alive".to_owned());
    }
    let wanted = &saved.job.placement.labels;
    let matches =
        |worker: &&Worker| wanted.iter().all(|(key, value)| worker.status.labels.get(key) == Some(value));
    let matching: Vec<&Worker> = workers.iter().filter(matches).collect();
    if matching.is_empty() {
        let labels: Vec<_> = wanted.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let alive = match workers.len() {
            1 => "the worker that is alive has not".to_owned(),
            many => format!("none of the {many} workers that are alive has"),
        };
        return Some(format!("{alive} the labels {}", labels.join(", ")));
    }
    let obstacles: Option<Vec<Obstacle>> =
        matching.into_iter().map(|worker| Obstacle::of(worker, kind)).collect();
    let mut counts: BTreeMap<Obstacle, usize> = BTreeMap::new();
    for obstacle in obstacles? {
        *counts.entry(obstacle).or_default() += 1;
    }
    if let [(obstacle, _)] = counts.iter().collect::<Vec<_>>()[..] {
        return Some(format!("every worker that matches {obstacle}"));
    }
    let words: Vec<_> = counts.iter().map(|(obstacle, count)| format!("{count} {obstacle}")).collect();
    Some(format!("of the workers that match, {}", words.join(", ")))
}
