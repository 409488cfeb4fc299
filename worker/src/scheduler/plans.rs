//! When to look at which state next, and whether its job is ours to run at all.

use model::policy::Overlap;
use model::ports::StateKey;
use model::state::{is_in_step, next_wake};
use model::time::Timestamp;

use super::Now;
use super::decisions::Decisions;
use crate::view::{Fit, Id};

impl Decisions {
    /// Looks at a state that may have changed.
    pub(super) fn changed(&mut self, id: Id, now: Now) {
        self.look_for_mine(id);
        self.plan(id, now);
        if let Some(ours) = self.look_to_follow(id) {
            self.plan(ours, now);
        }
    }

    /// Returns whether a record is one that we may claim from: a job's own, or ours when it has followed that.
    pub(super) fn is_ours(&self, key: &StateKey, state: &model::state::JobState) -> bool {
        let Some(worker) = &key.worker else { return true };
        *worker == self.me.id
            && self.view.lead(&key.job).head.is_some_and(|(_, head)| is_in_step(head, state))
    }

    /// Plans when to look at a state next.
    pub(super) fn plan(&mut self, id: Id, now: Now) {
        self.timetable.forget(id);
        self.replacing.forget(id);
        let Some(entry) = self.view.get(id).filter(|entry| !entry.in_flight) else { return };
        let Some(state) = entry.state.as_deref() else { return };
        let Fit::Ready(compiled) = self.view.fit(&entry.key, state) else { return };
        if !self.is_ours(&entry.key, state) || !self.me.matches(&compiled.saved.job) {
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
