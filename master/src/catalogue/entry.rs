//! One job in the catalogue: its text, its compiled schedule, its states.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::fault::Faults;
use model::id::{JobName, WorkerId};
use model::job::SavedJob;
use model::policy::PlacementMode;
use model::ports::{StateKey, Versioned};
use model::schedule::Schedule;
use model::state::{JobState, Spec};

/// One job: deleted ones stay while they have a state.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: JobName,
    /// The text; none once it is deleted.
    pub(crate) saved: Option<Arc<Text>>,
    /// The text before, of a job with placement `all`: records of workers that are away follow from it.
    pub(crate) earlier: Option<Arc<Text>>,
    /// Its states: its own, and for placement `all` one per worker.
    pub(crate) states: States,
}

/// The states of one job. Most have their own alone, which a map of all would make some four times as large.
#[derive(Debug, Clone, Default)]
pub(crate) struct States {
    own: Option<Arc<Versioned<JobState>>>,
    of_workers: BTreeMap<WorkerId, Arc<Versioned<JobState>>>,
}

impl States {
    /// Returns the state of a worker, or the job's own.
    pub(crate) fn get(&self, worker: Option<&WorkerId>) -> Option<&Arc<Versioned<JobState>>> {
        worker.map_or(self.own.as_ref(), |worker| self.of_workers.get(worker))
    }

    /// Returns all with whose they are, the job's own first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Option<&WorkerId>, &Arc<Versioned<JobState>>)> {
        let own = self.own.iter().map(|state| (None, state));
        own.chain(self.of_workers.iter().map(|(worker, state)| (Some(worker), state)))
    }

    /// Returns all, the job's own first.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Arc<Versioned<JobState>>> {
        self.own.iter().chain(self.of_workers.values())
    }

    pub(super) fn insert(&mut self, worker: Option<WorkerId>, state: Arc<Versioned<JobState>>) {
        match worker {
            Some(worker) => drop(self.of_workers.insert(worker, state)),
            None => self.own = Some(state),
        }
    }

    pub(super) fn remove(&mut self, worker: Option<&WorkerId>) {
        match worker {
            Some(worker) => drop(self.of_workers.remove(worker)),
            None => self.own = None,
        }
    }

    fn is_empty(&self) -> bool {
        self.own.is_none() && self.of_workers.is_empty()
    }
}

/// A saved text with its schedule.
#[derive(Debug)]
pub(crate) struct Text {
    /// As it was saved.
    pub(crate) saved: SavedJob,
    /// The schedule; faults only where another version saved it.
    pub(crate) schedule: Result<Schedule, Faults>,
}

impl Text {
    /// Compiles the schedule of a saved text.
    pub(crate) fn new(saved: SavedJob) -> Self {
        Self { schedule: Schedule::of(&saved), saved }
    }

    /// Returns true for a job that runs on every matching worker.
    pub(crate) fn is_fanned_out(&self) -> bool {
        self.saved.job.placement.mode == PlacementMode::All
    }

    /// Returns the text as the rules see it for the record of `worker`; none where it cannot be read.
    pub(crate) fn spec_for<'a>(&'a self, worker: &'a WorkerId) -> Option<Spec<'a>> {
        let ticks = self.schedule.as_ref().ok()?;
        Some(Spec { saved: &self.saved, ticks, worker: Some(worker) })
    }
}

impl Entry {
    pub(super) fn new(name: JobName) -> Self {
        Self { name, saved: None, earlier: None, states: States::default() }
    }

    /// Returns the job's own state.
    pub(crate) fn state(&self) -> Option<&JobState> {
        self.states.get(None).map(|state| &state.value)
    }

    /// Returns the states of workers, of placement `all`.
    pub(crate) fn of_workers(&self) -> impl Iterator<Item = (&WorkerId, &Arc<Versioned<JobState>>)> {
        self.states.of_workers.iter()
    }

    /// Returns all states with their keys.
    pub(crate) fn keyed(&self) -> impl Iterator<Item = (StateKey, &Arc<Versioned<JobState>>)> {
        self.states
            .iter()
            .map(|(worker, state)| (StateKey { job: self.name.clone(), worker: worker.cloned() }, state))
    }

    /// Returns true when nothing is left of the job.
    pub(super) fn is_empty(&self) -> bool {
        self.saved.is_none() && self.states.is_empty()
    }
}
