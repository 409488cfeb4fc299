//! The order of etcd, job by job: each change of a record with what was there before, each claim with its revision, and
//! when it left the record.
//!
//! For placement `all` each worker's record is one of its own, under `job@worker`, with the job's text.
//!
//! Flow: changes → **`timeline`** → the checks. Nothing is judged here.

use std::collections::BTreeMap;

use super::History;
use super::documents::{Active, Change, State, Text, What};

/// A change of one record: all that one transaction did to it.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) revision: u64,
    pub(super) seen_ms: i64,
    /// The text that the record before belonged to.
    pub(super) text_before: Option<&'a Text>,
    /// The job's text as it stands.
    pub(super) text: Option<&'a Text>,
    pub(super) before: Option<&'a State>,
    pub(super) after: Option<&'a State>,
    /// When the job's text was seen to be removed, where it is.
    pub(super) removed_ms: Option<i64>,
}

/// A run that a worker won.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    pub(super) job: &'a str,
    /// For placement `all`: the worker whose record it is.
    pub(super) of: Option<&'a str>,
    /// For placement `all`: the job's own record, and the worker's as it is claimed from.
    pub(super) head: Option<&'a State>,
    pub(super) after: &'a State,
    pub(super) revision: u64,
    pub(super) seen_ms: i64,
    pub(super) active: &'a Active,
    /// The text that was in force.
    pub(super) text: Option<&'a Text>,
    pub(super) before: Option<&'a State>,
    /// Where and when it left the record.
    pub(super) left: Option<(u64, i64)>,
    /// When it was first marked to be stopped.
    pub(super) marked_ms: Option<i64>,
}

/// All records, and all claims in the order of etcd.
#[derive(Debug)]
pub(super) struct Timeline<'a> {
    /// By job, and for placement `all` by `job@worker` too.
    pub(super) jobs: BTreeMap<&'a str, Vec<Step<'a>>>,
    pub(super) claims: Vec<Claim<'a>>,
    /// The claims of a run, by its id.
    by_run: BTreeMap<&'a str, Vec<usize>>,
    /// When each worker was seen to register, and its registration to end.
    registered: BTreeMap<&'a str, Vec<(i64, bool)>>,
}

/// What stands at a moment for one job.
#[derive(Debug, Default, Clone, Copy)]
struct Standing<'a> {
    text: Option<&'a Text>,
    state: Option<&'a State>,
    removed_ms: Option<i64>,
}

/// Returns the job of a record, and for placement `all` the worker whose it is.
pub(super) fn parts(record: &str) -> (&str, Option<&str>) {
    record.split_once('@').map_or((record, None), |(job, worker)| (job, Some(worker)))
}

impl<'a> Timeline<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut timeline = Self {
            jobs: BTreeMap::new(),
            claims: Vec::new(),
            by_run: BTreeMap::new(),
            registered: BTreeMap::new(),
        };
        let mut standing: BTreeMap<&str, Standing<'_>> = BTreeMap::new();
        let mut texts: BTreeMap<(&str, u64), &Text> = BTreeMap::new();
        for changes in history.changes.chunk_by(|one, next| one.revision == next.revision) {
            let (revision, seen_ms) = (changes[0].revision, changes[0].seen_ms);
            let before = of_jobs(changes).map(|name| (name, standing.get(name).copied().unwrap_or_default()));
            let before: BTreeMap<&str, Standing<'_>> = before.collect();
            for change in changes {
                match &change.what {
                    What::Job(name, text) => {
                        let stands = standing.entry(name).or_default();
                        stands.text = text.as_deref();
                        stands.removed_ms = text.is_none().then_some(seen_ms);
                        texts.extend(text.iter().map(|text| ((text.uid.as_str(), text.spec_id), &**text)));
                    }
                    What::State(name, state) => standing.entry(name).or_default().state = state.as_deref(),
                    What::Worker(id, lives) => {
                        timeline.registered.entry(id).or_default().push((seen_ms, *lives));
                    }
                    What::Status(..) => {}
                }
            }
            for (name, before) in before {
                let (job, worker) = parts(name);
                let (after, head) = (standing[name].state, standing.get(job).copied().unwrap_or_default());
                // A worker's record may belong to an older text for a while.
                let own = |state: &State| texts.get(&(state.uid.as_str(), state.spec_id)).copied();
                let text_before = worker.map_or(before.text, |_| before.state.and_then(own));
                let (before, text, removed_ms) = (before.state, head.text, head.removed_ms);
                let step = Step { revision, seen_ms, text_before, text, before, after, removed_ms };
                timeline.add(name, step, head.state);
            }
        }
        timeline
    }

    fn add(&mut self, name: &'a str, step: Step<'a>, head: Option<&'a State>) {
        let (job, of) = parts(name);
        let before = step.before.map(|state| &state.active[..]).unwrap_or_default();
        let after = step.after.map(|state| &state.active[..]).unwrap_or_default();
        let same = |one: &Active, other: &Active| one.run == other.run && one.nonce == other.nonce;
        for active in before {
            let now = after.iter().find(|other| same(active, other));
            let index = self.by_run.get(active.run.as_str()).and_then(|of_run| of_run.last());
            let Some(claim) = index.map(|index| &mut self.claims[*index]) else { continue };
            if now.is_none() {
                claim.left = Some((step.revision, step.seen_ms));
            }
            if now.is_some_and(|now| now.kill.is_some()) && claim.marked_ms.is_none() {
                claim.marked_ms = Some(step.seen_ms);
            }
        }
        let new = after.iter().filter(|active| !before.iter().any(|other| same(active, other)));
        for (active, after) in new.zip(std::iter::repeat(step.after)) {
            let Some(after) = after else { continue };
            self.by_run.entry(&active.run).or_default().push(self.claims.len());
            self.claims.push(Claim {
                job,
                of,
                head: head.filter(|_| of.is_some()),
                after,
                revision: step.revision,
                seen_ms: step.seen_ms,
                active,
                text: step.text,
                before: step.before,
                left: None,
                marked_ms: None,
            });
        }
        self.jobs.entry(name).or_default().push(step);
    }

    /// Returns true when a worker was registered at a moment.
    pub(super) fn lives(&self, worker: &str, at_ms: i64) -> bool {
        let known = self.registered.get(worker).into_iter().flatten();
        known.take_while(|(seen_ms, _)| *seen_ms <= at_ms).last().is_some_and(|(_, lives)| *lives)
    }

    /// Returns the claims of a run: more than one when it was won, not started, and won again.
    pub(super) fn claims_of(&self, run: &str) -> impl Iterator<Item = &Claim<'a>> {
        self.by_run.get(run).into_iter().flatten().map(|index| &self.claims[*index])
    }
}

/// Returns the records that a transaction changed, each once.
fn of_jobs(changes: &[Change]) -> impl Iterator<Item = &str> {
    changes.iter().filter_map(|change| match &change.what {
        What::Job(name, _) | What::State(name, _) => Some(name.as_str()),
        What::Worker(..) | What::Status(..) => None,
    })
}
