//! Settling: runs that have ended leave their job's record, and with that their slots.
//!
//! Tried until it is done; a completion compares the record that it was made from, so each try begins with the newest.

use std::ops::Bound;

use model::id::RunId;
use model::policy::Overlap;
use model::ports::{Batch, Guard, JobWrite, StateKey, Swap, SwapResult};
use model::state::{self, CompleteStep, Completion, JobState, Owed, Unrecorded};
use model::time::Span;
use tracing::{error, warn};

use super::decisions::Decisions;
use super::gather::Gather;
use super::{Effect, Now};
use crate::claim::{Answer, Order, Part, Purpose};
use crate::drain::Phase;
use crate::pipeline::Settled;
use crate::runner::{Ended, Stage};
use crate::view::Fit;

impl Decisions {
    /// Notes that a run has ended.
    pub(super) fn ended(&mut self, ended: Ended, now: Now) {
        if ended.for_workers_sake {
            let kind = ended.kind;
            let wait = self.starts.entry(kind).or_default().failed(now.boot);
            warn!("a {kind} run could not be started for this worker's sake: none is claimed for {wait}");
        } else {
            self.starts.remove(&ended.kind);
        }
        // A clock that was set while it ran would end ticks that are not due yet.
        let ended_at = ended.ended_at.min(self.trusted_wall(now));
        let Some(held) = self.table.get_mut(&ended.run) else { return };
        held.stage = Stage::Ended;
        let key = held.key.clone();
        let completion = Completion {
            run: ended.run,
            worker: self.me.id.clone(),
            status: ended.status,
            for_workers_sake: ended.for_workers_sake,
            ended_at,
        };
        if self.is_waited_for(&key, now) {
            self.gather.hurry();
        }
        self.ends.entry(key).or_default().push(completion);
    }

    /// Returns whether something of a job waits until its run is out of the record, or will before ends were gathered.
    fn is_waited_for(&self, key: &StateKey, now: Now) -> bool {
        let Some(entry) = self.view.id(key).and_then(|id| self.view.get(id)) else { return false };
        let Some(state) = entry.state.as_deref() else { return false };
        let Fit::Ready(compiled) = self.view.fit(key, state) else { return false };
        if compiled.saved.job.overlap == Overlap::Allow {
            return false;
        }
        let soon = now.wall + self.gathering();
        let falls_due = || compiled.spec(key).ticks.next_after(state.resolved);
        !state.requests.is_empty() || state.waiting.is_some() || falls_due().is_some_and(|tick| tick <= soon)
    }

    /// Returns how long ends are gathered now: hardly, where what is due waits for slots, or a worker wants to end.
    fn gathering(&self) -> Span {
        let alone = self.free_slots() == 0 || self.phase() != Phase::Run;
        Gather::window(if alone { 1 } else { self.standing.peers.len() })
    }

    /// Sends completions, as far as their records are free and they need not wait for others.
    pub(super) fn settle_ends(&mut self, now: Now) {
        let (mut after, window) = (None, self.gathering());
        let herd = self.claims_a_herd();
        self.gather.look();
        while self.has_room_for(Purpose::Complete) {
            let ready = self.ends.len().saturating_sub(self.completing);
            if !self.gather.may_send(ready, window, herd, now.boot) {
                return;
            }
            let mut parts = Vec::new();
            while parts.len() < Batch::SWAPS_MAX {
                let Some(key) = self.next_end(after.take()) else { break };
                parts.extend(self.complete(&key, now));
                after = Some(key);
            }
            self.gather.sent(now.boot);
            self.completing += parts.len();
            self.send(Purpose::Complete, Guard::None, parts, now);
            if after.is_none() {
                return;
            }
        }
    }

    /// Returns the first record after `after` with runs that have ended and no swap under way.
    fn next_end(&self, after: Option<StateKey>) -> Option<StateKey> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.ends.range((from, Bound::Unbounded)).map(|(key, _)| key);
        rest.find(|key| !self.is_in_flight(key)).cloned()
    }

    /// Returns the swap that completes all runs of one record that have ended.
    fn complete(&mut self, key: &StateKey, now: Now) -> Option<Part> {
        let Some(id) = self.view.id(key) else {
            self.all_gone(key);
            return None;
        };
        let entry = self.view.get(id).filter(|entry| !entry.in_flight)?;
        let Some(state) = entry.state.as_deref() else {
            self.all_gone(key);
            return None;
        };
        let fit = match self.view.fit(key, state) {
            Fit::Behind => return None,
            Fit::Ready(compiled) => Some(compiled),
            Fit::Gone => None,
        };
        let spec = fit.as_ref().map(|compiled| compiled.spec(key));
        let wall = self.trusted_wall(now);
        let (mut next, mut runs, mut late) = (Some(state.clone()), Vec::new(), Vec::new());
        for end in self.ends.get(key)? {
            match next.as_ref().map_or(CompleteStep::Late, |state| state::complete(state, spec, wall, end)) {
                CompleteStep::Done(state) => {
                    next = state;
                    runs.push(end.run.clone());
                }
                CompleteStep::Late => late.push((end.run.clone(), how(state, &end.run))),
            }
        }
        let swap = Swap {
            key: key.clone(),
            expect: Some(entry.revision),
            head: None,
            state: next,
            job: JobWrite::Keep,
        };
        for (run, how) in late {
            self.settled(key, &run, how);
        }
        (!runs.is_empty()).then_some(Part { id, swap, runs })
    }

    pub(super) fn complete_answered(&mut self, order: Order, answer: Answer, now: Now) {
        self.completing -= order.parts.len();
        match answer {
            Answer::Done(results) => {
                for (part, result) in order.parts.into_iter().zip(results) {
                    match result {
                        SwapResult::Swapped(revision) => {
                            let next = part.swap.state;
                            for run in &part.runs {
                                let owed = next.as_ref().is_some_and(|state| is_owed(state, run));
                                let how = if owed { Settled::Owed } else { Settled::Done };
                                self.settled(&part.swap.key, run, how);
                            }
                            self.view.put_state(&part.swap.key, revision, next);
                        }
                        SwapResult::Lost(Some(stands)) => {
                            let stands = *stands;
                            self.view.put_state(&part.swap.key, stands.revision, Some(stands.value));
                        }
                        SwapResult::Lost(None) => self.all_gone(&part.swap.key),
                    }
                    self.changed(part.id, now);
                }
            }
            // A completion has no guard; whatever this is, it is tried again.
            Answer::GuardFailed | Answer::Away(_) => {}
            Answer::Refused(e) => {
                self.store.failed(now.boot);
                for part in &order.parts {
                    let job = &part.swap.key.job;
                    error!(job.id = %job, "the store does not take the end of a run of job `{job}`: {e}");
                }
            }
        }
    }

    /// Settles all that has ended of a record that is gone.
    fn all_gone(&mut self, key: &StateKey) {
        for end in self.ends.get(key).cloned().unwrap_or_default() {
            self.settled(key, &end.run, Settled::Unclear);
        }
    }

    /// Frees the slot of a run and has its end told.
    fn settled(&mut self, key: &StateKey, run: &RunId, how: Settled) {
        if let Some(ends) = self.ends.get_mut(key) {
            ends.retain(|end| end.run != *run);
            if ends.is_empty() {
                self.ends.remove(key);
            }
        }
        self.table.remove(run);
        self.effects.push(Effect::Settled(run.clone(), how));
    }
}

/// Returns whether the same run is owed again: nothing of it ran.
fn is_owed(state: &JobState, run: &RunId) -> bool {
    let same = |owed: &Owed| owed.cause.run(&state.uid, owed.attempt, state.worker.as_ref()) == *run;
    state.retries.iter().any(same)
}

/// Returns how a run was settled that its record no longer names.
fn how(state: &JobState, run: &RunId) -> Settled {
    let told = |entry: &Unrecorded| matches!(entry, Unrecorded::Run { run: other, .. } if other == run);
    if is_owed(state, run) {
        Settled::Owed
    } else if state.unrecorded.iter().any(told) {
        Settled::Late
    } else {
        Settled::Unclear
    }
}
