//! When to look at which job next: one planned instant per job, the earliest first.
//!
//! Flow: `view` (a state changed) → **`timetable`** → `scheduler` (it is due).
//! A plan that was replaced stays in the heap until it comes up or the heap is rebuilt: planning is cheap, and a
//! million jobs fit. Not here: what a job is due for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use model::time::Timestamp;

use crate::view::Id;

/// Replaced plans that are kept before the heap is rebuilt, besides as many as there are plans.
const STALE_SLACK: usize = 64;

/// The planned instants of all jobs.
#[derive(Debug, Default)]
pub(crate) struct Timetable {
    /// The plan of each job, by its id.
    planned: Vec<Option<Timestamp>>,
    /// Invariant: holds every plan; what differs from `planned` is stale.
    heap: BinaryHeap<Reverse<(Timestamp, Id)>>,
    plans: usize,
}

impl Timetable {
    /// Plans to look at `id` at `at`, in place of any earlier plan.
    pub(crate) fn plan(&mut self, id: Id, at: Timestamp) {
        if self.planned.len() <= id.index() {
            self.planned.resize(id.index() + 1, None);
        }
        let before = self.planned[id.index()].replace(at);
        if before == Some(at) {
            return;
        }
        self.plans += usize::from(before.is_none());
        self.heap.push(Reverse((at, id)));
        if self.heap.len() > 2 * self.plans + STALE_SLACK {
            self.rebuild();
        }
    }

    /// Forgets the plan of `id`.
    pub(crate) fn forget(&mut self, id: Id) {
        if let Some(planned) = self.planned.get_mut(id.index())
            && planned.take().is_some()
        {
            self.plans -= 1;
        }
    }

    /// Returns the earliest plan.
    pub(crate) fn earliest(&mut self) -> Option<Timestamp> {
        while let Some(Reverse((at, id))) = self.heap.peek() {
            if self.planned[id.index()] == Some(*at) {
                return Some(*at);
            }
            self.heap.pop();
        }
        None
    }

    /// Takes the earliest plan at or before `now` out.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Id> {
        if self.earliest()? > now {
            return None;
        }
        let Reverse((_, id)) = self.heap.pop()?;
        self.forget(id);
        Some(id)
    }

    fn rebuild(&mut self) {
        let plans = self.planned.iter().enumerate();
        self.heap =
            plans.filter_map(|(index, at)| at.map(|at| Reverse((at, Id::from_index(index))))).collect();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn id(index: usize) -> Id {
        Id::from_index(index)
    }

    #[test]
    fn the_earliest_comes_first_and_only_when_due() {
        let mut timetable = Timetable::default();
        timetable.plan(id(2), at(20));
        timetable.plan(id(1), at(10));
        timetable.plan(id(3), at(30));
        assert_eq!(timetable.earliest(), Some(at(10)));
        assert_eq!(timetable.pop_due(at(9)), None);
        assert_eq!(timetable.pop_due(at(20)), Some(id(1)));
        assert_eq!(timetable.pop_due(at(20)), Some(id(2)));
        assert_eq!(timetable.pop_due(at(20)), None);
        assert_eq!(timetable.earliest(), Some(at(30)));
    }

    #[test]
    fn a_new_plan_takes_the_place_of_the_old_one() {
        let mut timetable = Timetable::default();
        timetable.plan(id(0), at(10));
        timetable.plan(id(0), at(30));
        timetable.plan(id(1), at(20));
        timetable.forget(id(1));
        assert_eq!(timetable.pop_due(at(29)), None);
        assert_eq!(timetable.pop_due(at(30)), Some(id(0)));
        assert_eq!(timetable.earliest(), None);
    }

    #[test]
    fn planning_the_same_instant_again_makes_it_due_once() {
        let mut timetable = Timetable::default();
        timetable.plan(id(0), at(10));
        timetable.plan(id(0), at(20));
        timetable.plan(id(0), at(10));
        assert_eq!(timetable.pop_due(at(50)), Some(id(0)));
        assert_eq!(timetable.pop_due(at(50)), None);
    }

    /// Random plans against a sorted map; the heap stays within twice the plans.
    #[test]
    fn it_agrees_with_a_sorted_map_and_stays_small() {
        let (mut timetable, mut plain) = (Timetable::default(), BTreeMap::<usize, i64>::new());
        let mut seed = 1u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for now in 0..20_000i64 {
            let index = usize::try_from(random(50)).unwrap();
            match random(10) {
                0 => {
                    timetable.forget(id(index));
                    plain.remove(&index);
                }
                1..=7 => {
                    let due = now + i64::try_from(random(200)).unwrap();
                    timetable.plan(id(index), at(due));
                    plain.insert(index, due);
                }
                _ => {
                    while let Some(due) = timetable.pop_due(at(now)) {
                        let planned = plain.remove(&due.index()).unwrap();
                        assert!(planned <= now && plain.values().all(|other| *other >= planned));
                    }
                }
            }
            assert_eq!(timetable.earliest(), plain.values().min().map(|due| at(*due)));
            assert!(timetable.heap.len() <= 2 * 50 + STALE_SLACK);
        }
    }
}
