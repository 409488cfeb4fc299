//! How long a worker waits for those that come before it: as long as a claim and its news took lately, and longer while
//! one of them is seen to claim.
//!
//! Flow: answers of the store, and the watch → **`pace`** → `claims` (is it our turn?).
//! The wait saves lost swaps; that a tick is claimed once is the swap's doing alone, so nothing here need be right.

use std::collections::{HashMap, VecDeque};

use model::id::{Revision, WorkerId};
use model::state::JobState;
use model::time::{BootTime, Span};

/// Waits of each rank for the one before it: the shortest, for a store that answers at once.
const STAGGER_MIN: Span = Span::from_millis(500);
/// The longest, for a store under which everything takes long.
const STAGGER_MAX: Span = Span::from_seconds(5);
/// How many claims a worker has time for that comes before us.
const CLAIMS: u64 = 3;
/// How long at most a worker is waited for because it claims other jobs: it may have a reason not to claim this one.
const BUSY_MAX: Span = Span::from_seconds(10);
/// Claims that count as recent.
const RECENT: usize = 128;
/// Writes of ours that may wait for their news.
const UNSEEN_MAX: usize = 64;

/// What was seen lately of the store and of the others.
#[derive(Debug)]
pub(super) struct Pace {
    claims: VecDeque<u64>,
    lags: VecDeque<u64>,
    /// Our own writes that the watch has not shown yet.
    unseen: VecDeque<(Revision, BootTime)>,
    seen: Revision,
    /// When each of the others was last seen to claim.
    claimed: HashMap<WorkerId, BootTime>,
    stagger: Span,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            claims: VecDeque::new(),
            lags: VecDeque::new(),
            unseen: VecDeque::new(),
            seen: Revision::default(),
            claimed: HashMap::new(),
            stagger: STAGGER_MIN,
        }
    }
}

impl Pace {
    /// Notes how long a claim took.
    pub(super) fn answered(&mut self, took: Span) {
        push(&mut self.claims, took.as_millis());
        self.set();
    }

    /// Notes that a claim of ours was written.
    pub(super) fn wrote(&mut self, revision: Revision, now: BootTime) {
        if revision <= self.seen {
            self.lagged(Span::ZERO);
        } else if self.unseen.len() < UNSEEN_MAX
            && self.unseen.back().is_none_or(|(last, _)| *last < revision)
        {
            self.unseen.push_back((revision, now));
        }
    }

    /// Notes up to which revision the watch has shown everything.
    pub(super) fn shown(&mut self, revision: Revision, now: BootTime) {
        self.seen = self.seen.max(revision);
        while let Some((_, wrote)) = self.unseen.pop_front_if(|(wrote, _)| *wrote <= revision) {
            self.lagged(now.since(wrote));
        }
    }

    /// Notes who claimed last in a state that the watch has shown.
    pub(super) fn look(&mut self, state: &JobState, me: &WorkerId, now: BootTime) {
        if let Some(last) = state.active.last().filter(|last| last.worker != *me) {
            match self.claimed.get_mut(&last.worker) {
                Some(at) => *at = now,
                None => drop(self.claimed.insert(last.worker.clone(), now)),
            }
        }
    }

    /// Forgets workers that do not live.
    pub(super) fn keep(&mut self, lives: impl Fn(&WorkerId) -> bool) {
        self.claimed.retain(|worker, _| lives(worker));
    }

    /// Returns when it is our turn for what is due since `due_since`, with these workers before us.
    pub(super) fn turn<'a>(
        &self,
        due_since: BootTime,
        before: impl Iterator<Item = &'a WorkerId>,
    ) -> BootTime {
        let (mut ranks, mut busy) = (0, None);
        for worker in before {
            ranks += 1;
            busy = busy.max(self.claimed.get(worker).copied());
        }
        let turn = due_since + Span::from_millis(self.stagger.as_millis() * ranks);
        match busy {
            // It is at work and may come to this one yet.
            Some(claimed) => turn.max((claimed + self.stagger).min(turn + BUSY_MAX)),
            None => turn,
        }
    }

    fn lagged(&mut self, lag: Span) {
        push(&mut self.lags, lag.as_millis());
        self.set();
    }

    fn set(&mut self) {
        let lag = self.lags.iter().max().copied().unwrap_or(0);
        let wanted = Span::from_millis((CLAIMS * p99(&self.claims)).saturating_add(lag));
        self.stagger = wanted.clamp(STAGGER_MIN, STAGGER_MAX);
    }
}

fn push(recent: &mut VecDeque<u64>, ms: u64) {
    if recent.len() == RECENT {
        recent.pop_front();
    }
    recent.push_back(ms);
}

fn p99(recent: &VecDeque<u64>) -> u64 {
    let mut sorted: Vec<u64> = recent.iter().copied().collect();
    sorted.sort_unstable();
    let rank = (sorted.len() * 99).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> BootTime {
        BootTime::from_millis(ms)
    }

    fn worker(name: &str) -> WorkerId {
        name.parse().unwrap()
    }

    fn turn(pace: &Pace, before: &[WorkerId]) -> u64 {
        pace.turn(at(10_000), before.iter()).since(at(10_000)).as_millis()
    }

    /// Caught: a fixed stagger, and ranks beyond some number that never try.
    #[test]
    fn the_stagger_follows_the_store_and_the_last_rank_has_its_turn_too() {
        let mut pace = Pace::default();
        let others: Vec<_> = (0..31).map(|n| worker(&format!("w{n}"))).collect();
        assert_eq!(turn(&pace, &[]), 0, "the first does not wait");
        assert_eq!(turn(&pace, &others[..1]), 500);
        for _ in 0..RECENT {
            pace.answered(Span::from_millis(300));
        }
        assert_eq!(turn(&pace, &others[..1]), 900);
        pace.wrote(Revision(7), at(1_000));
        pace.shown(Revision(9), at(1_250));
        assert_eq!(turn(&pace, &others[..1]), 1_150, "and the watch's lag");
        // More than one in a hundred.
        for _ in 0..RECENT / 10 {
            pace.answered(Span::from_seconds(60));
        }
        assert_eq!(turn(&pace, &others[..1]), 5_000, "bounded");
        assert_eq!(turn(&pace, &others), 31 * 5_000);
    }

    #[test]
    fn news_before_the_answer_are_no_lag() {
        let mut pace = Pace::default();
        pace.shown(Revision(9), at(1_000));
        pace.wrote(Revision(9), at(4_000));
        assert_eq!(turn(&pace, &[worker("a")]), 500);
    }

    /// Caught: no wait for a worker that is seen to claim, and a wait for it without end.
    #[test]
    fn a_worker_at_work_is_waited_for_but_not_for_ever() {
        let mut pace = Pace::default();
        let (busy, idle) = (worker("busy"), worker("idle"));
        pace.claimed.insert(busy.clone(), at(11_800));
        assert_eq!(turn(&pace, std::slice::from_ref(&idle)), 500, "it does not come before us");
        assert_eq!(turn(&pace, std::slice::from_ref(&busy)), 2_300, "a stagger after its last claim");
        pace.claimed.insert(busy.clone(), at(60_000));
        assert_eq!(turn(&pace, &[busy]), 10_500);
        pace.keep(|_| false);
        assert!(pace.claimed.is_empty());
    }
}
