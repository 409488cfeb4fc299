//! Counts the runs on each thread, so that no pool is ever asked for more than it has.

use std::sync::{Arc, Mutex, PoisonError};

/// Runs on each thread.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    loads: Arc<Mutex<Vec<usize>>>,
    slots: usize,
}

/// A place on a thread; given back when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    loads: Arc<Mutex<Vec<usize>>>,
    pub(super) thread: usize,
}

impl Slots {
    /// Returns `slots` places, spread evenly over `threads`.
    pub(super) fn new(threads: usize, slots: usize) -> Self {
        Self { loads: Arc::new(Mutex::new(vec![0; threads])), slots }
    }

    /// Takes a place on the thread with the fewest runs; `None` when all are taken.
    ///
    /// Invariant: a thread has at most `slots / threads` runs, rounded up, since the least one is never above the
    /// average.
    pub(super) fn take(&self) -> Option<Slot> {
        let mut loads = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        if loads.iter().sum::<usize>() >= self.slots {
            return None;
        }
        let (thread, load) = loads.iter_mut().enumerate().min_by_key(|(_, load)| **load)?;
        *load += 1;
        Some(Slot { loads: self.loads.clone(), thread })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)[self.thread] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spread_and_come_back() {
        let slots = Slots::new(2, 3);
        let taken: Vec<_> = (0..3).map(|_| slots.take().unwrap()).collect();
        assert_eq!(taken.iter().map(|slot| slot.thread).collect::<Vec<_>>(), [0, 1, 0]);
        assert!(slots.take().is_none());
        drop(taken);
        assert_eq!(slots.take().unwrap().thread, 0);
    }
}
