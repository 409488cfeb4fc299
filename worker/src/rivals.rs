//! Which other workers count for a job: those that start its kind, match its labels, take runs, and have a clock to trust.
//!
//! Two versions of zone data may put a tick of one job at two instants. Where they differ the older steps back, while a
//! newer one lives that counts; UTC is the same in all of them.
//!
//! Flow: `registration` (who lives) → **`rivals`** → `scheduler`.
//! Not here: in which order they try (`rank`).

use std::collections::BTreeMap;

use model::id::WorkerId;
use model::worker::Worker;
use model::workload::Kind;

/// The zone that no version of zone data changes.
const UTC: &str = "UTC";

/// What of a job says who counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// What it runs.
    pub(crate) kind: Kind,
    /// The labels that a worker must have.
    pub(crate) labels: &'a BTreeMap<String, String>,
    /// The zone of its schedule.
    pub(crate) timezone: &'a str,
}

/// Returns the workers that count for a job, whether they are busy or not.
pub(crate) fn matching<'a>(peers: &'a [Worker], wanted: Wanted<'a>) -> impl Iterator<Item = &'a Worker> {
    peers.iter().filter(move |peer| {
        let status = &peer.status;
        status.of(wanted.kind).refuses.is_none()
            && status.clock_ok
            && !status.draining
            && peer.drain.is_none()
            && wanted.labels.iter().all(|(label, value)| status.labels.get(label) == Some(value))
    })
}

/// Returns the workers that could take a job now: with a free slot, and none that steps back.
pub(crate) fn rivals<'a>(peers: &'a [Worker], wanted: Wanted<'a>) -> impl Iterator<Item = &'a WorkerId> {
    let newest = newest(peers, wanted).unwrap_or_default();
    let takes = move |peer: &&Worker| {
        peer.status.busy < peer.status.slots && peer.identity.zone_data.as_str() >= newest
    };
    matching(peers, wanted).filter(takes).map(|peer| &peer.identity.id)
}

/// Returns whether a worker with zone data `version` leaves a job to one that has newer data.
pub(crate) fn steps_back(version: &str, peers: &[Worker], wanted: Wanted<'_>) -> bool {
    newest(peers, wanted).is_some_and(|newest| newest > version)
}

/// Returns the newest zone data among the workers that count, where it matters.
fn newest<'a>(peers: &'a [Worker], wanted: Wanted<'a>) -> Option<&'a str> {
    // Versions are years with letters (`2026a`): they sort as they were made.
    let versions = || matching(peers, wanted).map(|peer| peer.identity.zone_data.as_str());
    if wanted.timezone == UTC { None } else { versions().max() }
}
