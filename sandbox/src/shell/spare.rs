//! A shim that is asked for before there is a run for it, in a slot of its own: the next start finds one that has done
//! what can be done ahead.
//!
//! There is one at most, made after a start, so a worker that runs no scripts has none, and of many starts at one time
//! the first takes it. It ends with the worker: its end of the stream is all that keeps it.
//!
//! Flow: a run has begun → `reclaim` has **`Spares`** filled → the next start takes it.
//! Not here: what is prepared (`prepared`), and a start without it (`executor`).

use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::generation::Generation;
use super::message::{ToShim, frame};
use crate::cgroup::{Pool, Slot};

/// A shim that waits for its run. Dropped, it goes, and then its slot is given back.
#[derive(Debug)]
pub(super) struct Spare {
    /// The worker's end of its stream. Before the slot, so that it is closed first.
    pub(super) stream: UnixStream,
    /// Where it has prepared the start.
    pub(super) slot: Slot,
}

/// The spare shim of a worker, if there is one.
#[derive(Debug, Default)]
pub(super) struct Spares(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    spare: Option<Spare>,
}

impl Spares {
    /// Takes it; none when there is none.
    pub(super) fn take(&self) -> Option<Spare> {
        self.lock().spare.take()
    }

    /// Puts back what [`Spares::take`] gave and was not used; returns it when there is another by now, or none is wanted.
    pub(super) fn put_back(&self, spare: Spare) -> Option<Spare> {
        let mut state = self.lock();
        if state.closed || state.spare.is_some() { Some(spare) } else { state.spare.replace(spare) }
    }

    /// Makes one unless there is one. What hinders it is no fault: the next start does without.
    pub(super) fn fill(&self, pool: &Arc<Pool>, generation: &Generation) {
        let wanted = |state: &State| !state.closed && state.spare.is_none();
        if !wanted(&self.lock()) {
            return;
        }
        match make(pool, generation) {
            Ok(made) => {
                let mut state = self.lock();
                if wanted(&state) {
                    state.spare = made;
                }
            }
            Err(e) => tracing::debug!("the next run will start without preparation: {e}"),
        }
    }

    /// Ends what there is, and makes none any more. Blocks until it is gone.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let spare = state.spare.take();
        drop(state);
        drop(spare);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a spare; none on a host without groups, where there is nothing that takes long.
fn make(pool: &Arc<Pool>, generation: &Generation) -> io::Result<Option<Spare>> {
    if pool.base().is_none() {
        return Ok(None);
    }
    // With the limits of the run before: the next one often has the same. Who stands by may not fit under them, and then
    // the next start does without.
    let slot = pool.take(Duration::ZERO)?;
    let Some(group) = slot.group().cloned() else { return Ok(None) };
    let mut stream = generation.spare()?;
    stream.write_all(&frame(&ToShim::Prepare { slot: slot.index(), group })?)?;
    Ok(Some(Spare { stream, slot }))
}
