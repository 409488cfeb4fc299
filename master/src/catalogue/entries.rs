//! All entries by name, with what a list needs to pass over most of them.
//!
//! Not here: who changes them (`catalogue`), what an entry is (`entry`).

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use model::id::JobName;
use model::ports::{Change, Snapshot, Versioned};

use super::bloom::Bloom;
use super::entry::{Entry, Text};

/// How many of a list are taken before the memory behind them goes back.
const GIVEN_BACK_AFTER: usize = 4_096;

/// Entries by name, also those of jobs that are deleted and still have a state.
#[derive(Default)]
pub(super) struct Entries {
    by_name: BTreeMap<JobName, Slot>,
    /// How many have a text.
    saved: usize,
}

/// An entry, and what can be told of it without touching it.
struct Slot {
    /// None for a job that is deleted.
    bloom: Option<Bloom>,
    entry: Arc<Entry>,
}

impl Slot {
    fn new(entry: Entry) -> Self {
        Self { bloom: entry.saved.as_ref().map(|text| Bloom::of(&text.saved.job)), entry: Arc::new(entry) }
    }
}

impl Entries {
    /// Takes over a snapshot piece by piece: both whole would be half as much again as what is kept.
    pub(super) fn of(snapshot: Snapshot) -> Self {
        let mut slots = Vec::with_capacity(snapshot.jobs.len());
        drain(snapshot.jobs, |job| {
            let mut entry = Entry::new(job.value.job.name.clone());
            entry.saved = Some(Arc::new(Text::new(job.value)));
            slots.push((entry.name.clone(), Slot::new(entry)));
        });
        let mut entries = Self { saved: slots.len(), by_name: slots.into_iter().collect() };
        drain(snapshot.states, |(key, state)| {
            let slot = entries.by_name.entry(key.job.clone());
            let slot = slot.or_insert_with(|| Slot::new(Entry::new(key.job)));
            Arc::make_mut(&mut slot.entry).states.insert(key.worker, Arc::new(state));
        });
        entries
    }

    /// Takes a change; returns true when it changes which ticks lie ahead.
    pub(super) fn apply(&mut self, change: Change) -> bool {
        let name = name_of(&change).clone();
        let empty = || Slot::new(Entry::new(name.clone()));
        let slot = self.by_name.entry(name.clone()).or_insert_with(empty);
        let entry = Arc::make_mut(&mut slot.entry);
        let pause = |entry: &Entry| entry.state().and_then(|state| state.paused.clone());
        let (paused, is_text) = (pause(entry), matches!(change, Change::Job(..)));
        match change {
            Change::Job(_, _, saved) => {
                self.saved -= usize::from(entry.saved.is_some());
                self.saved += usize::from(saved.is_some());
                let saved = saved.map(|saved| Arc::new(Text::new(*saved)));
                slot.bloom = saved.as_ref().map(|text| Bloom::of(&text.saved.job));
                let earlier = std::mem::replace(&mut entry.saved, saved);
                entry.earlier = earlier.filter(|text| text.is_fanned_out());
            }
            Change::State(key, revision, Some(state)) => {
                entry.states.insert(key.worker, Arc::new(Versioned { revision, value: *state }));
            }
            Change::State(key, _, None) => entry.states.remove(key.worker.as_ref()),
        }
        let changed = is_text || pause(entry) != paused;
        if entry.is_empty() {
            self.by_name.remove(&name);
        }
        changed
    }

    /// Returns the entry of a job.
    pub(super) fn get(&self, name: &JobName) -> Option<&Arc<Entry>> {
        self.by_name.get(name).map(|slot| &slot.entry)
    }

    /// Returns all, in order of name.
    pub(super) fn values(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.by_name.values().map(|slot| &slot.entry)
    }

    /// Returns how many jobs there are.
    pub(super) fn saved(&self) -> usize {
        self.saved
    }

    /// Returns the jobs after `after`, in order of name.
    pub(super) fn saved_after(&self, after: Option<&JobName>) -> impl Iterator<Item = &Arc<Entry>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let slots = self.by_name.range((from, Bound::Unbounded));
        slots.filter(|(_, slot)| slot.bloom.is_some()).map(|(_, slot)| &slot.entry)
    }

    /// Returns the jobs that may have what is asked for, in order of name.
    pub(super) fn that_may_have(&self, asked: Bloom) -> impl Iterator<Item = &Arc<Entry>> {
        let may = move |slot: &&Slot| slot.bloom.is_some_and(|bloom| bloom.may_have(asked));
        self.by_name.values().filter(may).map(|slot| &slot.entry)
    }
}

/// Hands over what a list holds, from its end, and gives back its memory meanwhile.
fn drain<T>(mut list: Vec<T>, mut take: impl FnMut(T)) {
    while let Some(last) = list.pop() {
        take(last);
        if list.len().is_multiple_of(GIVEN_BACK_AFTER) {
            list.shrink_to_fit();
        }
    }
}

/// Returns whose change it is.
pub(super) fn name_of(change: &Change) -> &JobName {
    match change {
        Change::Job(name, ..) => name,
        Change::State(key, ..) => &key.job,
    }
}
