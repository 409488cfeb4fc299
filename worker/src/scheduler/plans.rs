//! When to look at which state next, and whether its job is ours to run at all.

use std::collections::HashSet;

use model::id::JobName;
use model::job::Job;
use model::policy::{Overlap, PlacementMode};
use model::state::next_wake;
use model::time::Timestamp;
use tracing::warn;

use super::Now;
use super::decisions::{Decisions, Me};
use crate::view::{Fit, Id};

impl Decisions {
    /// Looks at a state that may have changed.
    pub(super) fn changed(&mut self, id: Id, now: Now) {
        self.look_for_mine(id);
        self.plan(id, now);
    }

    /// Plans when to look at a state next.
    pub(super) fn plan(&mut self, id: Id, now: Now) {
        self.timetable.forget(id);
        self.replacing.forget(id);
        let Some(entry) = self.view.get(id).filter(|entry| !entry.in_flight) else { return };
        let Some(state) = entry.state.as_deref() else { return };
        let Fit::Ready(compiled) = self.view.fit(&entry.key, state) else { return };
        if !takes(&self.me, &mut self.said, &compiled.saved.job) {
            return;
        }
        if let Some(at) = next_wake(state, compiled.spec(&entry.key), now.wall) {
            self.plan_at(id, at);
        }
    }

    /// Plans to look at a state at `at`.
    pub(super) fn plan_at(&mut self, id: Id, at: Timestamp) {
        let replaces = self.view.get(id).is_some_and(|entry| {
            let state = entry.state.as_deref();
            state.is_some_and(|state| match self.view.fit(&entry.key, state) {
                Fit::Ready(compiled) => {
                    compiled.saved.job.overlap == Overlap::Replace && !state.active.is_empty()
                }
                Fit::Behind | Fit::Gone => false,
            })
        });
        if replaces { self.replacing.plan(id, at) } else { self.timetable.plan(id, at) }
    }
}

/// Returns whether this worker may run the job at all. Says so once where it may not for a reason of ours.
fn takes(me: &Me, said: &mut HashSet<JobName>, job: &Job) -> bool {
    if job.placement.mode == PlacementMode::All {
        if said.insert(job.name.clone()) {
            let name = &job.name;
            warn!(job.id = %name, "job `{name}` is not run: this version does not run `placement.mode: all` yet");
        }
        return false;
    }
    job.placement.labels.iter().all(|(label, value)| me.labels.get(label) == Some(value))
}
