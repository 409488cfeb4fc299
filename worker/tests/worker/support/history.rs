//! All that happened to all jobs, as etcd tells it, and the promises that must hold in it whoever did what when.
//!
//! Knows none of the rules: what it holds against each other are texts, records and the order of their revisions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt as _;
use model::id::{JobName, Revision, RunId};
use model::job::SavedJob;
use model::ports::{Change, Intent, StateKey};
use model::state::JobState;

use super::within;

/// The claims that were written.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// How often each run was claimed.
    pub(crate) runs: BTreeMap<RunId, usize>,
    /// Claims after which the same run was claimed again although its worker had not given it back.
    pub(crate) faults: Vec<String>,
}

/// Reads all changes from the first up to `upto`, and checks each claim against the text and the record before it.
pub(crate) async fn claims(intent: &Arc<dyn Intent>, upto: Revision) -> Claims {
    let mut changes = intent.watch(Revision(1)).await.unwrap();
    let (mut jobs, mut states) =
        (BTreeMap::<JobName, SavedJob>::new(), BTreeMap::<StateKey, JobState>::new());
    let mut claims = Claims::default();
    loop {
        let next = within("the history", changes.next()).await.unwrap().unwrap();
        for change in next.changes {
            match change {
                Change::Job(name, _, Some(saved)) => drop(jobs.insert(name, *saved)),
                Change::Job(name, _, None) => drop(jobs.remove(&name)),
                Change::State(key, revision, Some(state)) => {
                    claims.look(jobs.get(&key.job), states.get(&key), &state, revision);
                    states.insert(key, *state);
                }
                Change::State(key, _, None) => drop(states.remove(&key)),
            }
        }
        if next.revision >= upto {
            return claims;
        }
    }
}

impl Claims {
    fn look(&mut self, job: Option<&SavedJob>, before: Option<&JobState>, now: &JobState, at: Revision) {
        let known: BTreeSet<_> =
            before.iter().flat_map(|state| &state.active).map(|run| &run.nonce).collect();
        for run in now.active.iter().filter(|run| !known.contains(&run.nonce)) {
            *self.runs.entry(run.run.clone()).or_default() += 1;
            let what = format!("run {} at revision {at}", run.run);
            match job {
                None => self.faults.push(format!("{what}: the job is deleted")),
                Some(job) if job.uid != run.uid || job.spec_id != run.spec_id => {
                    self.faults.push(format!("{what}: claimed for a text that was not in force"));
                }
                Some(_) => {}
            }
            let scheduled = matches!(run.cause, model::state::Cause::Tick { .. });
            if scheduled && before.is_some_and(|state| state.paused.is_some()) {
                self.faults.push(format!("{what}: the job was paused"));
            }
            let busy = before.is_some_and(|state| state.active.iter().any(|other| other.run == run.run));
            if busy {
                self.faults.push(format!("{what}: it was under way"));
            }
        }
        if let Some(before) = before.filter(|before| before.uid == now.uid && before.resolved > now.resolved)
        {
            self.faults.push(format!("`resolved` fell from {} to {} at {at}", before.resolved, now.resolved));
        }
    }
}
