//! Placement `all`: each tick's story on each worker.
//!
//! A worker that has a record is told of from when it joined; one that has left, by its runs and ranges. A tick of which no
//! worker has anything to say has a story too: nobody was there.
//!
//! Not here: what is said of one tick on one worker (`story`).

use std::collections::BTreeSet;

use model::id::WorkerId;
use model::state::{self, JobState};
use model::time::Timestamp;

use super::story::{Story, Whose, view};
use crate::api::{TickKind, TickView, TickWhy};
use crate::edit::spec;

/// Returns the entries of `instants`, one per worker; `job` is the story of what belongs to no worker.
pub(super) fn tell(
    job: &Story<'_>,
    states: &[&JobState],
    instants: impl Iterator<Item = Timestamp> + Clone,
    from: Timestamp,
    before: Timestamp,
) -> Vec<TickView> {
    let mut ticks: Vec<TickView> = job.earlier_ranges(from, before).collect();
    let workers = workers(job, states);
    for worker in &workers {
        ticks.extend(story_of(job, states, worker).0.earlier_ranges(from, before));
    }
    let stories = workers.iter().map(|worker| {
        let (story, since) = story_of(job, states, worker);
        (worker, story, since, since.and_then(|_| story.surely_missed()))
    });
    let stories: Vec<_> = stories.collect();
    for at in instants {
        let told = stories.iter().filter_map(|(worker, story, since, missed)| {
            let known = story.known(at);
            let tick = known.or_else(|| since.filter(|since| at > *since).map(|_| story.of(at, *missed)))?;
            Some(TickView { worker: Some((*worker).clone()), ..tick })
        });
        let before = ticks.len();
        ticks.extend(told);
        if ticks.len() == before {
            ticks.push(job.known(at).unwrap_or_else(|| nobodys(job, at)));
        }
    }
    ticks
}

/// Returns the workers of which anything is known.
fn workers(job: &Story<'_>, states: &[&JobState]) -> BTreeSet<WorkerId> {
    let records = states.iter().filter_map(|state| state.worker.clone());
    let ran = job.runs.by_tick.values().flatten().filter_map(|run| run.worker.clone());
    let ended = job.ranges.iter().filter_map(|range| range.worker.clone());
    records.chain(ran).chain(ended).collect()
}

/// Returns a worker's story, and since when ticks are its concern; none when they are not any more.
fn story_of<'a>(
    job: &Story<'a>,
    states: &[&'a JobState],
    worker: &'a WorkerId,
) -> (Story<'a>, Option<Timestamp>) {
    let record = states.iter().copied().find(|state| state.worker.as_ref() == Some(worker));
    let open = record.filter(|state| state.deleted.is_none() && state.uid == job.saved.uid);
    // What runs in the job's own record (from before it had this placement) is told with its worker.
    let state = record.unwrap_or(job.state);
    (Story { state, whose: Whose::Workers(worker), ..*job }, open.and_then(|state| state.joined))
}

/// Returns the story of a tick that was no worker's concern.
fn nobodys(job: &Story<'_>, at: Timestamp) -> TickView {
    let due = state::due(spec(job.saved, job.schedule), at);
    if due > job.now {
        return view(at, TickKind::Pending, TickWhy::NotDue { due });
    }
    view(at, TickKind::Missed, TickWhy::NobodyPlaced)
}
