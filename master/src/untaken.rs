//! Why nobody takes the ticks of a job, as far as the workers show it.
//!
//! Told by the ledger of each tick that is overdue, and by alerts of the first one.
//! Not here: what becomes of the tick then (`model::state`).

use std::collections::BTreeMap;

use model::id::WorkerId;
use model::job::SavedJob;
use model::untaken::{Obstacle, Obstructed, Untaken};
use model::worker::Worker;
use model::workload::Kind;

/// Returns what keeps a worker from taking anything of a kind.
fn obstacle(worker: &Worker, kind: Kind) -> Option<Obstacle> {
    let status = &worker.status;
    if status.of(kind).refuses.is_some() {
        Some(match kind {
            Kind::Shell => Obstacle::NoScripts,
            Kind::Wasm => Obstacle::NoModules,
        })
    } else if status.draining || worker.drain.is_some() {
        Some(Obstacle::Draining)
    } else if !status.clock_ok {
        Some(Obstacle::ClockOff)
    } else if status.output.ends_full {
        Some(Obstacle::WaitsForFacts)
    } else {
        (status.busy >= status.slots).then_some(Obstacle::Full)
    }
}

/// Returns why nobody takes the ticks of a job; none when somebody could. `whose` is the worker in question for placement
/// `all`.
pub(crate) fn why(saved: &SavedJob, whose: Option<&WorkerId>, workers: &[Worker]) -> Option<Untaken> {
    let kind = saved.job.workload.kind();
    if let Some(id) = whose {
        let Some(worker) = workers.iter().find(|worker| worker.identity.id == *id) else {
            return Some(Untaken::Away { worker: id.clone() });
        };
        return obstacle(worker, kind).map(|obstacle| Untaken::There { worker: id.clone(), obstacle });
    }
    if workers.is_empty() {
        return Some(Untaken::NoWorker);
    }
    let wanted = &saved.job.placement.labels;
    let matches =
        |worker: &&Worker| wanted.iter().all(|(key, value)| worker.status.labels.get(key) == Some(value));
    let matching: Vec<&Worker> = workers.iter().filter(matches).collect();
    if matching.is_empty() {
        let workers = u32::try_from(workers.len()).unwrap_or(u32::MAX);
        return Some(Untaken::NoLabels { labels: wanted.clone(), workers });
    }
    let obstacles: Option<Vec<Obstacle>> =
        matching.into_iter().map(|worker| obstacle(worker, kind)).collect();
    let mut counts: BTreeMap<Obstacle, u32> = BTreeMap::new();
    for obstacle in obstacles? {
        *counts.entry(obstacle).or_default() += 1;
    }
    let obstacles = counts.into_iter().map(|(obstacle, workers)| Obstructed { obstacle, workers }).collect();
    Some(Untaken::Obstacles { obstacles })
}
