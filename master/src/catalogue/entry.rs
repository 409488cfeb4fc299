//! One job in the catalogue: its text, its compiled schedule, its states.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::fault::Faults;
use model::id::{JobName, WorkerId};
use model::job::SavedJob;
use model::policy::PlacementMode;
use model::ports::{Change, Snapshot, StateKey, Versioned};
use model::schedule::Schedule;
use model::state::{JobState, Spec};

use super::Entries;

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
    pub(crate) states: BTreeMap<Option<WorkerId>, Arc<Versioned<JobState>>>,
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
    fn new(name: JobName) -> Self {
        Self { name, saved: None, earlier: None, states: BTreeMap::new() }
    }

    /// Returns the job's own state.
    pub(crate) fn state(&self) -> Option<&JobState> {
        self.states.get(&None).map(|state| &state.value)
    }

    /// Returns the states of workers, of placement `all`.
    pub(crate) fn of_workers(&self) -> impl Iterator<Item = (&WorkerId, &Arc<Versioned<JobState>>)> {
        self.states.iter().filter_map(|(worker, state)| Some((worker.as_ref()?, state)))
    }

    /// Returns all states with their keys.
    pub(crate) fn keyed(&self) -> impl Iterator<Item = (StateKey, &Arc<Versioned<JobState>>)> {
        self.states
            .iter()
            .map(|(worker, state)| (StateKey { job: self.name.clone(), worker: worker.clone() }, state))
    }

    fn is_empty(&self) -> bool {
        self.saved.is_none() && self.states.is_empty()
    }
}

pub(super) fn entries_of(snapshot: Snapshot) -> Entries {
    let mut entries: BTreeMap<JobName, Entry> = BTreeMap::new();
    for job in snapshot.jobs {
        let name = job.value.job.name.clone();
        let entry = entries.entry(name.clone()).or_insert_with(|| Entry::new(name));
        entry.saved = Some(Arc::new(Text::new(job.value)));
    }
    for (key, state) in snapshot.states {
        let entry = entries.entry(key.job.clone()).or_insert_with(|| Entry::new(key.job));
        entry.states.insert(key.worker, Arc::new(state));
    }
    entries.into_iter().map(|(name, entry)| (name, Arc::new(entry))).collect()
}

/// Takes a change; returns true when it changes which ticks lie ahead.
pub(super) fn apply(entries: &mut Entries, change: Change) -> bool {
    let name = match &change {
        Change::Job(name, ..) => name.clone(),
        Change::State(key, ..) => key.job.clone(),
    };
    let entry = entries.entry(name.clone()).or_insert_with(|| Arc::new(Entry::new(name.clone())));
    let entry = Arc::make_mut(entry);
    let pause = |entry: &Entry| entry.state().and_then(|state| state.paused.clone());
    let (paused, is_text) = (pause(entry), matches!(change, Change::Job(..)));
    match change {
        Change::Job(_, _, saved) => {
            let earlier = std::mem::replace(&mut entry.saved, saved.map(|saved| Arc::new(Text::new(*saved))));
            entry.earlier = earlier.filter(|text| text.is_fanned_out());
        }
        Change::State(key, revision, Some(state)) => {
            entry.states.insert(key.worker, Arc::new(Versioned { revision, value: *state }));
        }
        Change::State(key, _, None) => {
            entry.states.remove(&key.worker);
        }
    }
    let changed = is_text || pause(entry) != paused;
    if entry.is_empty() {
        entries.remove(&name);
    }
    changed
}
