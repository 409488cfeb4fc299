//! A pool of groups that are used by one run after the other.
//!
//! A group for each run would leave a dying memory group behind for each file that a run wrote: the kernel keeps it
//! while the file is cached. So a worker has as many groups as it runs jobs at once; each has an index, which is
//! also what a user id of its own is told apart by. On a host without control groups the slots are indices alone.
//!
//! Invariant: nobody lives in a free slot's group, and at most [`CHARGED_MAX`](super::residue::CHARGED_MAX) bytes
//! are charged to it. A slot that cannot be brought to that is *retired*: its group is removed and made anew; if
//! even that fails, its index is not given out again until it succeeds.
//!
//! A slot may be *returned*: readied later, by whoever has the time. Who needs one and finds none ready does it
//! himself rather than have another made, so a slow thread never makes the pool grow.
//!
//! Not here: what a run does in its group (`stay`), and what a slot of an earlier process still holds (`base`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::limits::Limits;
use model::outcome::Applied;

use super::base::Base;
use super::group::Group;
use super::limits::Refusal;
use super::residue;

/// Most time that processes which a run left in its slot are given to die.
const EMPTY_WITHIN: Duration = Duration::from_secs(10);

/// Slots whose groups' files stay open, the lowest: as many descriptors as a few runs have, which few workers exceed.
const HELD_OPEN: u32 = 8;

/// The slots of one worker.
#[derive(Debug)]
pub(crate) struct Pool {
    base: Arc<Base>,
    slots: u32,
    state: Mutex<State>,
    given_back: Condvar,
}

#[derive(Debug, Default)]
struct State {
    taken: BTreeSet<u32>,
    /// Taken slots whose run is over and that nobody has readied yet.
    returned: VecDeque<u32>,
    /// Free slots whose group could not be emptied or removed.
    stuck: BTreeSet<u32>,
    /// Slots that exist, by index, with their groups where the host has them.
    made: BTreeMap<u32, Option<Group>>,
}

impl State {
    fn is_free(&self, index: u32) -> bool {
        !self.taken.contains(&index) && !self.stuck.contains(&index)
    }
}

impl Pool {
    /// Returns a pool of `slots` (at least one) in `base`. Makes no group yet.
    pub(crate) fn new(base: Arc<Base>, slots: u32) -> Arc<Self> {
        Arc::new(Self { base, slots: slots.max(1), state: Mutex::default(), given_back: Condvar::new() })
    }

    /// Returns the base in which the groups stand.
    pub(crate) fn base(&self) -> &Base {
        &self.base
    }

    /// Takes the lowest slot that is ready; else readies a returned one, else makes one, else waits, at most `within`.
    /// Blocks.
    ///
    /// # Errors
    /// When all stay taken, or the group cannot be made (with its path).
    pub(crate) fn take(self: &Arc<Self>, within: Duration) -> io::Result<Slot> {
        let deadline = Instant::now() + within;
        let mut state = self.lock();
        let index = loop {
            let ready = state.made.keys().copied().find(|index| *index < self.slots && state.is_free(*index));
            if let Some(index) = ready {
                break index;
            }
            if let Some(index) = state.returned.pop_front() {
                drop(state);
                self.give_back(index);
                state = self.lock();
                continue;
            }
            if let Some(index) = (0..self.slots).find(|index| state.is_free(*index)) {
                break index;
            }
            if let Some(index) = self.unstick(&mut state) {
                break index;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let (all, stuck) = (self.slots, state.stuck.len());
                return Err(io::Error::other(format!(
                    "none of the {all} slots for scripts is free ({stuck} of them hold processes that do not die)"
                )));
            }
            state = self.given_back.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        self.hold(state, index)
    }

    /// Readies one slot that was returned, if nobody has done so before.
    pub(crate) fn ready_returned(&self) {
        let returned = self.lock().returned.pop_front();
        returned.into_iter().for_each(|index| self.give_back(index));
    }

    /// Takes the slot that a run of an earlier process still holds, also one beyond this pool's number. Touches
    /// nothing that is in it.
    ///
    /// # Errors
    /// When it is taken already, or its group is not there and cannot be made.
    pub(crate) fn occupy(self: &Arc<Self>, index: u32) -> io::Result<Slot> {
        let state = self.lock();
        if state.taken.contains(&index) {
            return Err(io::Error::other(format!("slot {index} is taken already")));
        }
        self.hold(state, index)
    }

    /// Readies what was returned, and removes the groups of free slots. One that is left behind by its process is the
    /// next process's to take over.
    pub(crate) fn close(&self) {
        while let Some(index) = { self.lock().returned.pop_front() } {
            self.give_back(index);
        }
        let mut state = self.lock();
        let State { made, taken, stuck, .. } = &mut *state;
        made.retain(|index, group| {
            let kept = taken.contains(index) || stuck.contains(index);
            if let Some(group) = group.as_ref().filter(|_| !kept) {
                group.remove();
            }
            kept
        });
        self.base.remove();
    }

    fn hold(self: &Arc<Self>, mut state: MutexGuard<'_, State>, index: u32) -> io::Result<Slot> {
        let group = match state.made.get(&index) {
            Some(group) => group.clone(),
            None => {
                let group = if self.base.is_none() { None } else { Some(self.make(index)?) };
                state.made.insert(index, group.clone());
                group
            }
        };
        state.taken.insert(index);
        Ok(Slot { pool: self.clone(), index, group, gone: false })
    }

    fn make(&self, index: u32) -> io::Result<Group> {
        let mut group = self.base.group(&name(index))?;
        if index < HELD_OPEN {
            group.hold_open();
        }
        Ok(group)
    }

    fn unstick(&self, state: &mut State) -> Option<u32> {
        let index = state.stuck.iter().copied().find(|index| match state.made.get(index) {
            Some(Some(group)) => group.members().is_empty() && group.remove(),
            _ => true,
        })?;
        state.stuck.remove(&index);
        state.made.remove(&index);
        (index < self.slots).then_some(index)
    }

    /// Takes a slot back: empties it, and retires it if it is unfit for another run.
    fn give_back(&self, index: u32) {
        let group = self.lock().made.get(&index).cloned().flatten();
        let fate = group.map_or(Fate::Kept, |group| self.settle(index, &group));
        let mut state = self.lock();
        match fate {
            Fate::Kept => {}
            Fate::Removed => {
                state.made.remove(&index);
            }
            Fate::Stuck => {
                state.stuck.insert(index);
            }
        }
        state.taken.remove(&index);
        drop(state);
        self.given_back.notify_one();
    }

    fn settle(&self, index: u32, group: &Group) -> Fate {
        // Who ran here has killed its leftovers already; this is for those that could not.
        if !group.members().is_empty() && !group.kill(EMPTY_WITHIN) {
            tracing::error!("slot {index}: processes {:?} do not die of SIGKILL", group.members());
            return Fate::Stuck;
        }
        let why = residue::settle(group);
        if let Some(why) = &why {
            tracing::info!("slot {index} is made anew: {why}");
        }
        let wanted = index < self.slots;
        if wanted && why.is_none() {
            Fate::Kept
        } else if group.remove() {
            Fate::Removed
        } else {
            Fate::Stuck
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

enum Fate {
    Kept,
    Removed,
    Stuck,
}

/// Returns the name of a slot's group.
pub(super) fn name(index: u32) -> String {
    format!("slot-{index}")
}

/// Returns the index of the slot whose group has this name.
pub(super) fn index_of(name: &str) -> Option<u32> {
    let index = name.strip_prefix("slot-")?.parse().ok()?;
    (self::name(index) == name).then_some(index)
}

/// One slot, taken until it is dropped. Dropping blocks until nobody lives in its group.
#[derive(Debug)]
pub(crate) struct Slot {
    pool: Arc<Pool>,
    index: u32,
    group: Option<Group>,
    /// Whether somebody else gives it back, or nobody does.
    gone: bool,
}

impl Slot {
    /// Returns its number, from 0; no two slots that are taken have the same.
    pub(crate) fn index(&self) -> u32 {
        self.index
    }

    /// Returns its group; `None` on a host without control groups.
    pub(crate) fn group(&self) -> Option<&Group> {
        self.group.as_ref()
    }

    /// Sets the limits of its next run, and lifts those of the last one. A group that does not take them is made
    /// anew once.
    ///
    /// # Errors
    /// The first limit that a new group did not take either.
    pub(crate) fn limit(&mut self, limits: &Limits) -> Result<Vec<Applied>, Refusal> {
        let Some(group) = &self.group else { return Ok(Vec::new()) };
        let refusal = match group.limit(limits) {
            Ok(applied) => return Ok(applied),
            Err(refusal) => refusal,
        };
        let Some(anew) = self.made_anew() else { return Err(refusal) };
        tracing::info!("slot {} was made anew: `{}`: {}", self.index, refusal.path.display(), refusal.error);
        let applied = anew.limit(limits);
        self.group = Some(anew);
        applied
    }

    fn made_anew(&self) -> Option<Group> {
        self.group.as_ref()?.remove().then_some(())?;
        let anew = self.pool.make(self.index).ok()?;
        self.pool.lock().made.insert(self.index, Some(anew.clone()));
        Some(anew)
    }

    /// Leaves the group to whoever lives in it: the run goes on and the next process adopts it.
    pub(crate) fn leave(mut self) {
        // Neither emptied nor given out again by this process.
        self.gone = true;
    }

    /// Returns the slot without readying it. Nobody may live in it any more; call [`Pool::ready_returned`] once for
    /// each, soon.
    pub(crate) fn return_later(mut self) -> Arc<Pool> {
        self.gone = true;
        self.pool.lock().returned.push_back(self.index);
        self.pool.given_back.notify_one();
        self.pool.clone()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if !self.gone {
            self.pool.give_back(self.index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_WAIT: Duration = Duration::ZERO;

    fn without_groups(slots: u32) -> Arc<Pool> {
        let nothing = tempfile::tempdir().unwrap();
        Pool::new(Arc::new(Base::open(nothing.path(), None, "sandglass-test", &BTreeSet::new())), slots)
    }

    #[test]
    fn slots_have_numbers_where_the_host_has_no_groups() {
        let pool = without_groups(2);
        let (a, b) = (pool.take(NO_WAIT).unwrap(), pool.take(NO_WAIT).unwrap());
        assert_eq!((a.index(), b.index()), (0, 1));
        assert!(a.group().is_none());
        assert!(pool.take(NO_WAIT).unwrap_err().to_string().contains("none of the 2 slots"));
        drop(a);
        assert_eq!(pool.take(NO_WAIT).unwrap().index(), 0, "the lowest free one");
    }

    #[test]
    fn who_waits_gets_the_slot_that_is_given_back() {
        let pool = without_groups(1);
        let only = pool.take(NO_WAIT).unwrap();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| pool.take(Duration::from_secs(60)).map(|slot| slot.index()));
            drop(only);
            assert_eq!(waits.join().unwrap().unwrap(), 0);
        });
    }

    #[test]
    fn an_adopted_slot_is_nobody_elses() {
        let pool = without_groups(2);
        let adopted = pool.occupy(0).unwrap();
        assert_eq!(pool.take(NO_WAIT).unwrap().index(), 1);
        assert!(pool.occupy(0).is_err());
        let beyond = pool.occupy(7).unwrap();
        assert_eq!((adopted.index(), beyond.index()), (0, 7));
    }

    // Fails when `take` makes a slot before it looks among the returned ones: a batch after the other then has slots of
    // its own as long as the thread that readies them has not come that far.
    #[test]
    fn the_pool_does_not_grow_while_nobody_readies_what_was_returned() {
        let pool = without_groups(64);
        for batch in 0..5 {
            let slots: Vec<_> = (0..8).map(|_| pool.take(NO_WAIT).unwrap()).collect();
            let taken: BTreeSet<u32> = slots.iter().map(Slot::index).collect();
            assert_eq!(taken, (0..8).collect(), "batch {batch}");
            for slot in slots {
                slot.return_later();
            }
        }
        (0..8).for_each(|_| pool.ready_returned());
        let state = pool.lock();
        assert_eq!((state.made.len(), state.returned.len(), state.taken.len()), (8, 0, 0));
    }

    #[test]
    fn who_waits_readies_what_is_returned_meanwhile() {
        let pool = without_groups(1);
        let only = pool.take(NO_WAIT).unwrap();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| pool.take(Duration::from_secs(60)).map(|slot| slot.index()));
            only.return_later();
            assert_eq!(waits.join().unwrap().unwrap(), 0);
        });
    }

    #[test]
    fn a_slots_name_is_read_back_only_as_it_is_written() {
        assert_eq!(index_of(&name(12)), Some(12));
        assert_eq!(index_of("slot-012"), None);
        assert_eq!(index_of("run-1"), None);
    }
}
