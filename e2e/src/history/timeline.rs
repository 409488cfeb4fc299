//! The order of etcd, job by job: each change of a record with what was there before, each claim with its revision, and
//! when it left the record.
//!
//! Flow: changes → **`timeline`** → the checks. Nothing is judged here.

use std::collections::BTreeMap;

use super::History;
use super::documents::{Active, Change, State, Text, What};

/// A change of one job: all that one transaction did to it.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) revision: u64,
    pub(super) seen_ms: i64,
    pub(super) text_before: Option<&'a Text>,
    pub(super) text: Option<&'a Text>,
    pub(super) before: Option<&'a State>,
    pub(super) after: Option<&'a State>,
}

/// A run that a worker won.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    pub(super) job: &'a str,
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

/// All jobs, and all claims in the order of etcd.
#[derive(Debug)]
pub(super) struct Timeline<'a> {
    pub(super) jobs: BTreeMap<&'a str, Vec<Step<'a>>>,
    pub(super) claims: Vec<Claim<'a>>,
    /// The claims of a run, by its id.
    by_run: BTreeMap<&'a str, Vec<usize>>,
}

/// What stands at a moment for one job.
#[derive(Debug, Default, Clone, Copy)]
struct Standing<'a> {
    text: Option<&'a Text>,
    state: Option<&'a State>,
}

impl<'a> Timeline<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        let mut timeline = Self { jobs: BTreeMap::new(), claims: Vec::new(), by_run: BTreeMap::new() };
        let mut standing: BTreeMap<&str, Standing<'_>> = BTreeMap::new();
        for changes in history.changes.chunk_by(|one, next| one.revision == next.revision) {
            let before = of_jobs(changes).map(|name| (name, standing.get(name).copied().unwrap_or_default()));
            let before: BTreeMap<&str, Standing<'_>> = before.collect();
            for change in changes {
                match &change.what {
                    What::Job(name, text) => standing.entry(name).or_default().text = text.as_deref(),
                    What::State(name, state) => standing.entry(name).or_default().state = state.as_deref(),
                    What::Worker(..) | What::Status(..) => {}
                }
            }
            for (name, before) in before {
                let after = standing[name];
                timeline.add(
                    name,
                    Step {
                        revision: changes[0].revision,
                        seen_ms: changes[0].seen_ms,
                        text_before: before.text,
                        text: after.text,
                        before: before.state,
                        after: after.state,
                    },
                );
            }
        }
        timeline
    }

    fn add(&mut self, name: &'a str, step: Step<'a>) {
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
        for active in after.iter().filter(|active| !before.iter().any(|other| same(active, other))) {
            self.by_run.entry(&active.run).or_default().push(self.claims.len());
            self.claims.push(Claim {
                job: name,
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

    /// Returns the claims of a run: more than one when it was won, not started, and won again.
    pub(super) fn claims_of(&self, run: &str) -> impl Iterator<Item = &Claim<'a>> {
        self.by_run.get(run).into_iter().flatten().map(|index| &self.claims[*index])
    }
}

/// Returns the jobs that a transaction changed, each once.
fn of_jobs(changes: &[Change]) -> impl Iterator<Item = &str> {
    changes.iter().filter_map(|change| match &change.what {
        What::Job(name, _) | What::State(name, _) => Some(name.as_str()),
        What::Worker(..) | What::Status(..) => None,
    })
}
