//! Checks a history of placement `all` against the promises, by what was started and told alone.

use std::collections::HashSet;

use super::super::sim::Violation;
use super::Counts;
use super::world::{Joined, Minutely, World};
use crate::state::{Cause, JobState, Ticks as _, Unrecorded};
use crate::time::Timestamp;

impl World {
    /// Returns what the history held, or the first promise that it breaks.
    pub(super) fn check(&self) -> Result<Counts, Violation> {
        self.starts_once()?;
        self.changes_hold()?;
        self.runs_asked_for_are_told()?;
        self.ticks_are_told()?;
        if let Some(run) = self.unkilled.first() {
            return broken("kill", format!("run {run} goes on after all had followed the kill"));
        }
        Ok(self.counts)
    }

    /// P1: each attempt at a tick or request starts at most once on a worker, and none from before it joined.
    fn starts_once(&self) -> Result<(), Violation> {
        let mut seen = HashSet::new();
        for start in &self.started {
            if !seen.insert(&start.run) {
                return broken("P1", format!("run {} started twice on w{}", start.run, start.worker));
            }
            let mine = |joined: &&Joined| joined.worker == start.worker && joined.uid == start.uid;
            let from = self.joined.iter().filter(mine).map(|joined| joined.from).min();
            if !start.manual && start.attempt == 1 && from.is_none_or(|from| start.at <= from) {
                return broken(
                    "P1",
                    format!("w{} ran the tick {} from before it joined", start.worker, start.at),
                );
            }
        }
        Ok(())
    }

    /// P9: what a claim was written over allowed it.
    fn changes_hold(&self) -> Result<(), Violation> {
        match self.started.iter().find_map(|start| start.forbidden.map(|why| (start, why))) {
            Some((start, why)) => broken("P9", format!("run {} was claimed though {why}", start.run)),
            None => Ok(()),
        }
    }

    /// P3: each run that was asked for started, ended, or waits.
    fn runs_asked_for_are_told(&self) -> Result<(), Violation> {
        for asked in &self.asked {
            let started = self.started.iter().any(|start| start.run == asked.run);
            let told =
                self.ends().any(|(_, end)| matches!(end, Unrecorded::Run { run, .. } if *run == asked.run));
            let waits = |state: &JobState| {
                let worker = state.worker.as_ref();
                let causes = state.requests.iter().map(|request| request.cause());
                causes.into_iter().any(|cause| cause.run(&state.uid, 1, worker) == asked.run)
            };
            let waits = self.records.values().any(|(_, state)| waits(state));
            if !started && !told && !waits {
                return broken("P3", format!("of run {}, which was asked for, nothing is known", asked.run));
            }
        }
        Ok(())
    }

    /// P3: each tick of a time in which a worker had a record started there, ended there, or has yet to be decided.
    fn ticks_are_told(&self) -> Result<(), Violation> {
        for joined in &self.joined {
            let record = self.records.get(&joined.worker).map(|(_, state)| state);
            let open = record.filter(|state| state.uid == joined.uid && state.joined == Some(joined.from));
            let until = joined.until.min(open.map_or(joined.until, |state| state.resolved)).min(self.now);
            let mut tick = Minutely.next_after(joined.from);
            while let Some(at) = tick.filter(|at| *at <= until) {
                if !self.is_told(joined, at) {
                    return broken("P3", format!("of the tick {at} on w{} nothing is known", joined.worker));
                }
                tick = Minutely.next_after(at);
            }
        }
        Ok(())
    }

    fn is_told(&self, joined: &Joined, at: Timestamp) -> bool {
        let started = self.started.iter().any(|start| {
            start.worker == joined.worker && start.uid == joined.uid && start.at == at && !start.manual
        });
        let covers = |end: &Unrecorded| match end {
            Unrecorded::Ticks { uid, from, to, .. } => *uid == joined.uid && *from <= at && at <= *to,
            Unrecorded::Run { uid, cause, .. } => {
                *uid == joined.uid && matches!(cause, Cause::Tick { at: tick, .. } if *tick == at)
            }
        };
        let owed = |state: &JobState| {
            state.retries.iter().any(|owed| matches!(owed.cause, Cause::Tick { at: tick, .. } if tick == at))
        };
        started
            || self.ends().any(|(whose, end)| whose == Some(joined.worker) && covers(end))
            || self.records.get(&joined.worker).is_some_and(|(_, state)| owed(state))
    }

    /// Returns all ends that were told or wait to be.
    fn ends(&self) -> impl Iterator<Item = (Option<usize>, &Unrecorded)> {
        let told = self.told.iter().map(|(whose, end)| (*whose, end));
        let of_workers = self
            .records
            .iter()
            .flat_map(|(worker, (_, state))| state.unrecorded.iter().map(|end| (Some(*worker), end)));
        let of_head = self.head.iter().flat_map(|(_, head)| head.unrecorded.iter().map(|end| (None, end)));
        told.chain(of_workers).chain(of_head)
    }
}

fn broken<T>(promise: &'static str, what: String) -> Result<T, Violation> {
    Err(Violation { promise, what })
}
