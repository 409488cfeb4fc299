//! The runs that this worker holds: from before their claim is sent until their end is settled in the store.
//!
//! A run that the store says is ours and that is not in here was never started by this process: the rule by which
//! `recovery` finds what an earlier one left, and why an entry is made before its claim is sent.

use std::collections::HashMap;

use model::id::{Nonce, RunId};
use model::outcome::Stop;
use model::policy::WhenCutOff;
use model::ports::StateKey;
use model::time::{BootTime, Span};
use tokio::sync::watch;

use super::launch::Launch;
use super::note::Note;

/// Where a held run stands.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Its claim is being sent.
    Claiming {
        /// What starts once it has won.
        launch: Box<Launch>,
        /// The claim.
        nonce: Nonce,
        /// When it was sent at the earliest.
        sent_at: BootTime,
    },
    /// It is being started, or runs.
    Running,
    /// It has ended; its end is not settled yet.
    Ended,
}

/// One held run. It takes one slot.
#[derive(Debug)]
pub(crate) struct Held {
    /// The state that it is in.
    pub(crate) key: StateKey,
    /// Where it stands.
    pub(crate) stage: Stage,
    /// What becomes of it when the worker is cut off.
    pub(crate) when_cut_off: WhenCutOff,
    /// How long it may take to end.
    pub(crate) grace: Span,
    /// Whether it goes on when this process ends, for the next one to adopt.
    pub(crate) outlives_worker: bool,
    /// Why it is to be stopped, once it is; the first reason stays.
    stop: watch::Sender<Option<Stop>>,
}

impl Held {
    /// Returns the entry of the run that `note` is of.
    pub(crate) fn new(note: &Note, stage: Stage, outlives_worker: bool) -> Self {
        let Note { when_cut_off, grace, .. } = *note;
        Self { key: note.key(), stage, when_cut_off, grace, outlives_worker, stop: watch::Sender::new(None) }
    }

    /// Returns whether a process that hands over leaves it as it is.
    pub(crate) fn is_left(&self) -> bool {
        self.outlives_worker && matches!(self.stage, Stage::Running)
    }

    /// Returns the end on which the run's task hears that it is to stop.
    pub(crate) fn stopped(&self) -> watch::Receiver<Option<Stop>> {
        self.stop.subscribe()
    }

    /// Asks the run to stop, unless it was asked before. Returns whether this was the first time.
    pub(crate) fn stop(&self, why: Stop) -> bool {
        self.stop.send_if_modified(|reason| {
            let first = reason.is_none();
            reason.get_or_insert(why);
            first
        })
    }
}

/// All held runs.
#[derive(Debug, Default)]
pub(crate) struct Table(HashMap<RunId, Held>);

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn insert(&mut self, run: RunId, held: Held) {
        let before = self.0.insert(run, held);
        debug_assert!(before.is_none(), "a run is held once");
    }

    pub(crate) fn get(&self, run: &RunId) -> Option<&Held> {
        self.0.get(run)
    }

    pub(crate) fn get_mut(&mut self, run: &RunId) -> Option<&mut Held> {
        self.0.get_mut(run)
    }

    pub(crate) fn remove(&mut self, run: &RunId) -> Option<Held> {
        self.0.remove(run)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&RunId, &Held)> {
        self.0.iter()
    }

    /// Returns how many runs a process that hands over waits for.
    pub(crate) fn not_left(&self) -> usize {
        self.0.values().filter(|held| !held.is_left()).count()
    }

    /// Returns the longest grace of the held runs.
    pub(crate) fn grace_max(&self) -> Span {
        self.0.values().map(|held| held.grace).max().unwrap_or(Span::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_to_stop_stays() {
        let (stop, heard) = watch::channel(None);
        let held = Held {
            key: StateKey::job("job".parse().unwrap()),
            stage: Stage::Running,
            when_cut_off: WhenCutOff::Wait,
            grace: Span::ZERO,
            outlives_worker: true,
            stop,
        };
        assert!(held.stop(Stop::Replaced));
        assert!(!held.stop(Stop::Killed));
        assert_eq!(*heard.borrow(), Some(Stop::Replaced));
        assert!(held.is_left());
        assert!(!Held { stage: Stage::Ended, ..held }.is_left(), "its end is to be settled");
    }
}
