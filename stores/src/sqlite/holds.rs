//! Which modules are held, so that nobody removes them: in memory, since whoever holds one is this very process.
//!
//! Invariant: looked at and changed only while `Folder::changing` is locked, together with the module's row.
//! Not here: who holds what for how long; the callers of the port say.

use std::collections::HashMap;

use model::id::Digest;
use model::ports::Hold;
use model::time::Timestamp;

/// The holds of all modules.
#[derive(Default)]
pub(super) struct Holds {
    next: u64,
    /// When each hold of a module ends by itself.
    held: HashMap<Digest, HashMap<u64, Timestamp>>,
}

impl Holds {
    /// Holds a module until `until`.
    pub(super) fn add(&mut self, digest: &Digest, until: Timestamp) -> Hold {
        self.next += 1;
        self.held.entry(digest.clone()).or_default().insert(self.next, until);
        Hold { digest: digest.clone(), id: self.next }
    }

    /// Gives a hold back.
    pub(super) fn release(&mut self, hold: &Hold) {
        if let Some(holds) = self.held.get_mut(&hold.digest) {
            holds.remove(&hold.id);
            if holds.is_empty() {
                self.held.remove(&hold.digest);
            }
        }
    }

    /// Returns until when a module is held, if it is at `now`; forgets the holds whose time has passed.
    pub(super) fn until(&mut self, digest: &Digest, now: Timestamp) -> Option<Timestamp> {
        let holds = self.held.get_mut(digest)?;
        holds.retain(|_, until| *until > now);
        let last = holds.values().max().copied();
        if last.is_none() {
            self.held.remove(digest);
        }
        last
    }
}
