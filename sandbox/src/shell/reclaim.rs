//! What no run waits for: readying the slot of one that has ended, and a shim for one that is to come.
//!
//! One thread, which begins with the first of it and is awaited by the executor's end, so that no group of a worker
//! that ended well is left behind.
//!
//! Flow: a run is over and nobody lives in its slot → **`Reclaimer`** → the slot is given back to the pool.
//! Not here: killing what a run left (`supervise`), what makes a slot unfit (`cgroup::residue`), the spare shim (`spare`).

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::cgroup::Slot;

/// Chores that wait at one time; one more is done by who brings it.
const WAITING_MAX: usize = 64;
/// Stack of the thread, which calls nothing deep.
const STACK_BYTES: usize = 256 * 1024;

type Chore = Box<dyn FnOnce() + Send>;

/// Gives slots back, and does what else can wait.
#[derive(Debug, Default)]
pub(super) struct Reclaimer(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    thread: Option<(SyncSender<Chore>, JoinHandle<()>)>,
}

impl Reclaimer {
    /// Gives back the slot of a run that is over, some moments later; sooner if a start needs it.
    pub(super) fn take(&self, slot: Slot) {
        let pool = slot.return_later();
        self.later(move || pool.ready_returned());
    }

    /// Has something done after what was brought before. Done here and now only when much waits, or nothing is taken
    /// any more.
    pub(super) fn later(&self, chore: impl FnOnce() + Send + 'static) {
        let chore: Chore = Box::new(chore);
        let mut state = self.lock();
        if state.thread.is_none() && !state.closed {
            let (sender, chores) = sync_channel::<Chore>(WAITING_MAX);
            let body = move || chores.into_iter().for_each(|chore| chore());
            let named = thread::Builder::new().name("shell-slots".to_owned()).stack_size(STACK_BYTES);
            state.thread = named.spawn(body).ok().map(|thread| (sender, thread));
        }
        let sent = match &state.thread {
            Some((sender, _)) => sender.try_send(chore),
            None => Err(TrySendError::Disconnected(chore)),
        };
        drop(state);
        if let Err(TrySendError::Full(chore) | TrySendError::Disconnected(chore)) = sent {
            chore();
        }
    }

    /// Takes no more, and waits until all that it took are given back.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let thread = state.thread.take();
        drop(state);
        if let Some((sender, thread)) = thread {
            drop(sender);
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::cgroup::{Base, Pool};

    #[test]
    fn a_slot_that_was_taken_is_given_back_before_the_close_returns_and_one_that_comes_later_at_once() {
        let nothing = tempfile::tempdir().unwrap();
        let base = Base::open(nothing.path(), None, "sandglass-test", &BTreeSet::new());
        let pool = Pool::new(Arc::new(base), 2);
        let [first, second] = [0, 1].map(|_| pool.take(Duration::ZERO).unwrap());
        let reclaimer = Reclaimer::default();
        reclaimer.take(first);
        reclaimer.close();
        assert_eq!(pool.take(Duration::ZERO).unwrap().index(), 0);
        let held = pool.take(Duration::ZERO).unwrap();
        assert!(pool.take(Duration::ZERO).is_err());
        reclaimer.take(second);
        assert_eq!((held.index(), pool.take(Duration::ZERO).unwrap().index()), (0, 1));
    }
}
