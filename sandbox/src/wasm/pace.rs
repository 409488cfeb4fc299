//! Makes a guest that calls the host again and again give way as one that computes does.
//!
//! Fuel counts what a guest itself does, and that is where it yields: after a million instructions, a third of a
//! millisecond. A loop around a host function uses five of them a turn, and a function of the host may take a
//! millisecond: the yield would come minutes late, and with it every timeout, kill and other guest of the thread.
//! So each call to the host looks at the clock, and once a guest has had its slice it is made to yield at its
//! next loop or function, by the engine's epoch. No ticker: an idle thread stays idle.
//!
//! Not here: one call that itself takes long; each has its own bound (`guest`, `open`, `lookup`).

use std::time::{Duration, Instant};

use wasmtime::{Engine, Store, UpdateDeadline};

use super::guest::Guest;

/// How long a guest may call the host before it gives way.
const SLICE: Duration = Duration::from_millis(2);
/// Epochs from one yield to the next.
const NEXT: u64 = 1;

/// The slice of one guest.
pub(super) struct Pace {
    engine: Engine,
    since: Instant,
}

impl Pace {
    /// Returns a slice that begins now.
    pub(super) fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), since: Instant::now() }
    }

    /// Says that the guest calls the host.
    pub(super) fn call(&mut self) {
        if self.since.elapsed() >= SLICE {
            self.engine.increment_epoch();
        }
    }
}

/// Has a guest yield when its engine's epoch says so.
pub(super) fn hold(store: &mut Store<Guest>) {
    store.set_epoch_deadline(NEXT);
    store.epoch_deadline_callback(|mut guest| {
        guest.data_mut().pace.since = Instant::now();
        Ok(UpdateDeadline::Yield(NEXT))
    });
}
