//! What this worker knows of jobs and states: the last answer of the store, from whichever side it came.
//!
//! Flow: `watch`, and the answers to our own swaps → **`view`** → `scheduler`.
//! A swap's answer may be newer than the watch, and the watch brings older news after it: per state the higher
//! revision stays. Everything here is a hint; a decision made on it is compared with the store when it is sent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::id::{JobName, Revision};
use model::job::SavedJob;
use model::policy::PlacementMode;
use model::ports::{Change, Changes, Snapshot, StateKey};
use model::schedule::Schedule;
use model::state::{Following, JobState, Spec};
use model::time::BootTime;
use tracing::error;

use crate::rivals::Wanted;
use crate::scheduler::Me;

/// A state by its place in the view; used again once its state is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(u32);

impl Id {
    pub(crate) fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).expect("a fleet has fewer than 2³² states"))
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A saved job with its schedule, compiled once.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) saved: SavedJob,
    schedule: Option<Schedule>,
}

impl Compiled {
    fn new(saved: SavedJob) -> Self {
        let schedule = Schedule::of(&saved).map_err(|faults| {
            let name = &saved.job.name;
            error!(job.id = %name, "job `{name}` does not run: its schedule cannot be read: {faults}");
        });
        Self { schedule: schedule.ok(), saved }
    }
}

/// One state as last seen.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: StateKey,
    pub(crate) revision: Revision,
    /// None: it was removed at `revision`, and the watch has not said so yet.
    pub(crate) state: Option<Box<JobState>>,
    /// True while a swap of ours is under way: one at a time, so that our own never pass one another.
    pub(crate) in_flight: bool,
    /// When it was first seen due at this revision, on the clock that nobody sets.
    pub(crate) due_since: Option<BootTime>,
}

/// How a state and the saved job fit together.
pub(crate) enum Fit {
    /// The job's text is the state's.
    Ready(Arc<Compiled>),
    /// One of the two is newer: the watch brings the other.
    Behind,
    /// The job is gone, or its schedule cannot be read: nothing is owed.
    Gone,
}

/// Jobs and states.
#[derive(Debug, Default)]
pub(crate) struct View {
    jobs: HashMap<JobName, Arc<Compiled>>,
    /// The texts before those that stand, of jobs with placement `all`: a worker's record follows a little later.
    earlier: HashMap<JobName, Arc<Compiled>>,
    ids: BTreeMap<StateKey, Id>,
    entries: Vec<Option<Entry>>,
    free: Vec<Id>,
    /// Removed states whose entries stay until the watch has passed them.
    removed: Vec<Id>,
}

impl View {
    /// Takes a snapshot in place of all that the watch said. Returns every state whose view may have changed.
    pub(crate) fn reset(&mut self, snapshot: Snapshot) -> Vec<Id> {
        let compiled = snapshot.jobs.into_iter().map(|job| {
            let name = job.value.job.name.clone();
            match self.jobs.remove(&name) {
                Some(known) if known.saved == job.value => (name, known),
                known => {
                    keep_earlier(&mut self.earlier, known);
                    (name, Arc::new(Compiled::new(job.value)))
                }
            }
        });
        let compiled = compiled.collect();
        for (_, gone) in std::mem::replace(&mut self.jobs, compiled) {
            keep_earlier(&mut self.earlier, Some(gone));
        }
        let mut gone: BTreeMap<StateKey, Id> = self.ids.clone();
        for (key, versioned) in snapshot.states {
            gone.remove(&key);
            self.put_state(&key, versioned.revision, Some(versioned.value));
        }
        for key in gone.into_keys() {
            self.put_state(&key, snapshot.revision, None);
        }
        let changed = self.ids.values().copied().collect();
        self.forget_removed(snapshot.revision);
        changed
    }

    /// Takes what the watch says. Returns the states whose view may have changed.
    pub(crate) fn apply(&mut self, changes: Changes) -> Vec<Id> {
        let mut changed = Vec::new();
        for change in changes.changes {
            match change {
                Change::Job(name, _, saved) => {
                    let earlier = match saved {
                        Some(saved) => self.jobs.insert(name.clone(), Arc::new(Compiled::new(*saved))),
                        None => self.jobs.remove(&name),
                    };
                    keep_earlier(&mut self.earlier, earlier);
                    let states = self.ids.range(StateKey::job(name.clone())..);
                    changed.extend(states.take_while(|(key, _)| key.job == name).map(|(_, id)| *id));
                }
                Change::State(key, revision, state) => {
                    changed.extend(self.put_state(&key, revision, state.map(|state| *state)));
                }
            }
        }
        changed.sort_unstable();
        changed.dedup();
        self.forget_removed(changes.revision);
        changed
    }

    /// Takes one state as it stands at `revision`; returns its id unless something newer is known.
    pub(crate) fn put_state(
        &mut self,
        key: &StateKey,
        revision: Revision,
        state: Option<JobState>,
    ) -> Option<Id> {
        let id = match self.ids.get(key) {
            Some(id) => *id,
            None if state.is_none() => return None,
            None => self.add(key),
        };
        let entry = self.entries[id.index()].as_mut().expect("every id has its entry");
        if revision <= entry.revision {
            return None;
        }
        if state.is_none() {
            self.removed.push(id);
        }
        (entry.revision, entry.state, entry.due_since) = (revision, state.map(Box::new), None);
        Some(id)
    }

    /// Returns the entry of `id`; none once its state is gone and forgotten.
    pub(crate) fn get(&self, id: Id) -> Option<&Entry> {
        self.entries.get(id.index())?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut Entry> {
        self.entries.get_mut(id.index())?.as_mut()
    }

    /// Returns the id of a state.
    pub(crate) fn id(&self, key: &StateKey) -> Option<Id> {
        self.ids.get(key).copied()
    }

    /// Forgets since when states are due; returns all that exist.
    pub(crate) fn not_due(&mut self) -> Vec<Id> {
        let entries = self.entries.iter_mut().enumerate();
        entries
            .filter_map(|(index, entry)| {
                entry.as_mut()?.due_since = None;
                Some(Id::from_index(index))
            })
            .collect()
    }

    /// Returns all states that exist.
    pub(crate) fn states(&self) -> impl Iterator<Item = (Id, &Entry, &JobState)> {
        self.ids.values().filter_map(|id| {
            let entry = self.get(*id)?;
            Some((*id, entry, entry.state.as_deref()?))
        })
    }

    /// Returns what the workers' records of a job follow.
    pub(crate) fn lead(&self, job: &JobName) -> Lead<'_> {
        let head = self.id(&StateKey::job(job.clone())).and_then(|id| self.get(id));
        let head = head.and_then(|entry| Some((entry.revision, entry.state.as_deref()?)));
        Lead { head, text: self.jobs.get(job), before: self.earlier.get(job) }
    }

    /// Returns true for a job whose runs are those of workers' records.
    pub(crate) fn is_fanned_out(&self, job: &JobName) -> bool {
        self.jobs.get(job).is_some_and(|compiled| compiled.is_fanned_out())
    }

    /// Returns the id of a state, with an empty place where there is none.
    pub(crate) fn place(&mut self, key: &StateKey) -> Id {
        self.id(key).unwrap_or_else(|| self.add(key))
    }

    /// Returns how a state and its job fit together.
    pub(crate) fn fit(&self, key: &StateKey, state: &JobState) -> Fit {
        if key.worker.is_some() && state.deleted.is_some() {
            return Fit::Gone; // It has ended, whatever becomes of the job.
        }
        let Some(compiled) = self.jobs.get(&key.job) else {
            return if state.deleted.is_some() { Fit::Gone } else { Fit::Behind };
        };
        let saved = &compiled.saved;
        let same = saved.uid == state.uid && saved.spec_id == state.spec_id && state.deleted.is_none();
        match (same, compiled.schedule.is_some()) {
            (true, true) => Fit::Ready(Arc::clone(compiled)),
            (true, false) => Fit::Gone,
            (false, _) => Fit::Behind,
        }
    }

    fn add(&mut self, key: &StateKey) -> Id {
        let id = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            Id::from_index(self.entries.len() - 1)
        });
        self.entries[id.index()] = Some(Entry {
            key: key.clone(),
            revision: Revision::default(),
            state: None,
            in_flight: false,
            due_since: None,
        });
        self.ids.insert(key.clone(), id);
        id
    }

    /// Forgets removed states of which the watch brings no older news any more.
    fn forget_removed(&mut self, seen: Revision) {
        for id in std::mem::take(&mut self.removed) {
            match self.get(id) {
                Some(entry) if entry.state.is_some() => {}
                Some(entry) if entry.in_flight || entry.revision > seen => self.removed.push(id),
                Some(entry) => {
                    let key = entry.key.clone();
                    self.ids.remove(&key);
                    if key.worker.is_none() && !self.jobs.contains_key(&key.job) {
                        self.earlier.remove(&key.job);
                    }
                    self.entries[id.index()] = None;
                    self.free.push(id);
                }
                None => {}
            }
        }
    }
}

/// Keeps a text that has been replaced, where records may have to follow from it.
fn keep_earlier(earlier: &mut HashMap<JobName, Arc<Compiled>>, text: Option<Arc<Compiled>>) {
    if let Some(text) = text.filter(|text| text.is_fanned_out()) {
        earlier.insert(text.saved.job.name.clone(), text);
    }
}

/// What the workers' records of one job follow.
#[derive(Clone, Copy)]
pub(crate) struct Lead<'a> {
    /// The job's own record, with its revision.
    pub(crate) head: Option<(Revision, &'a JobState)>,
    text: Option<&'a Arc<Compiled>>,
    before: Option<&'a Arc<Compiled>>,
}

impl<'a> Lead<'a> {
    /// Returns this for the record with `key`; none where the text cannot be read.
    pub(crate) fn following(self, key: &'a StateKey, me: &'a Me) -> Option<Following<'a>> {
        let text = match self.text {
            Some(text) if text.schedule.is_none() => return None,
            text => text,
        };
        Some(Following {
            worker: &me.id,
            head: self.head.map(|(_, head)| head),
            text: text.map(|text| text.spec(key)),
            before: self.before.filter(|text| text.schedule.is_some()).map(|text| text.spec(key)),
            matches: text.is_some_and(|text| me.matches(&text.saved.job)),
        })
    }
}

impl Compiled {
    /// Returns true for a job whose runs are those of workers' records.
    pub(crate) fn is_fanned_out(&self) -> bool {
        self.saved.job.placement.mode == PlacementMode::All
    }

    /// Returns what of the job says which workers count for it.
    pub(crate) fn wanted(&self) -> Wanted<'_> {
        let job = &self.saved.job;
        Wanted { kind: job.workload.kind(), labels: &job.placement.labels, timezone: &job.timezone }
    }

    /// Returns the job as the rules see it.
    ///
    /// # Panics
    /// Without a schedule: [`View::fit`] returns none such as ready.
    pub(crate) fn spec<'a>(&'a self, key: &'a StateKey) -> Spec<'a> {
        let ticks = self.schedule.as_ref().expect("a job that fits its state has a schedule");
        Spec { saved: &self.saved, ticks, worker: key.worker.as_ref() }
    }
}
