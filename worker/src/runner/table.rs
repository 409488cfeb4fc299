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
    /// Why it is to be stopped, once it is; the first reason stays.
    stop: watch::Sender<Option<Stop>>,
}

impl Held {
    pub(crate) fn new(key: StateKey, stage: Stage, when_cut_off: WhenCutOff, grace: Span) -> Self {
        Self { key, stage, when_cut_off, grace, stop: watch::Sender::new(None) }
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
        let key = StateKey::job("job".parse().unwrap());
        let held = Held::new(key, Stage::Running, WhenCutOff::Wait, Span::ZERO);
        let heard = held.stopped();
        assert!(held.stop(Stop::Replaced));
        assert!(!held.stop(Stop::Killed));
        assert_eq!(*heard.borrow(), Some(Stop::Replaced));
    }
}
