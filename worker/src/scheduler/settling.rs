//! Runs whose end nobody saw: those of earlier processes of this worker, and those of workers that are gone.
//!
//! What the store says is ours and is not in the table was never started by this process; if an earlier one started
//! it, its folder would have been taken over before the first look. So it never ran, or ended with the machine.

use std::collections::BTreeMap;

use model::id::{RunId, WorkerId};
use model::outcome::Stop;
use model::ports::{Batch, Guard, JobWrite, StateKey, Swap, SwapResult};
use model::state::{self, Refused, Settle, lose_after};
use model::time::{Span, Timestamp};
use tracing::{info, warn};

use super::Now;
use super::decisions::Decisions;
use crate::claim::{Answer, Order, Part, Purpose};
use crate::drain::Phase;
use crate::rank::rank;
use crate::view::{Fit, Id};

/// How often runs of workers that are gone are looked for.
const LOOK_EVERY: Span = Span::from_seconds(10);
/// How long each rank waits for the one before it.
const STAGGER: Span = Span::from_seconds(10);

impl Decisions {
    /// Looks for runs of ours in a state: stops those that are marked, and notes those that we do not hold.
    pub(super) fn look_for_mine(&mut self, id: Id) {
        let Some(entry) = self.view.get(id) else { return };
        let mut orphans = self.orphans.remove(&entry.key).unwrap_or_default();
        orphans.clear();
        for active in entry.state.iter().flat_map(|state| &state.active) {
            if active.worker != self.me.id {
                continue;
            }
            match (self.table.get(&active.run), &active.kill) {
                (None, _) => drop(orphans.insert(active.run.clone())),
                (Some(held), Some(mark)) => {
                    let why = if mark.by.is_some() { Stop::Killed } else { Stop::Replaced };
                    if held.stop(why) {
                        info!(run.id = %active.run, "run {} is being stopped: {why}", active.run);
                    }
                }
                (Some(_), None) => {}
            }
        }
        if !orphans.is_empty() {
            self.orphans.insert(entry.key.clone(), orphans);
        }
    }

    /// Settles runs of ours that we do not hold.
    pub(super) fn settle_orphans(&mut self, now: Now) {
        if self.orphans.is_empty() || !self.has_room_for(Purpose::Lose) {
            return;
        }
        let Some(held) = self.standing.registration.clone() else { return };
        let keys: Vec<StateKey> = self.orphans.keys().take(Batch::SWAPS_MAX).cloned().collect();
        let mut parts = Vec::new();
        for key in keys {
            if self.is_in_flight(&key) {
                continue;
            }
            // What cannot be settled as its record stands is noted again when the record changes.
            let runs = self.orphans.remove(&key).unwrap_or_default();
            let part = self.lose(&key, runs.clone(), now, |decisions, active| {
                let same_boot = active.boot == decisions.me.boot;
                let unknown = decisions.me.folder_is_new && decisions.is_recovering();
                match (same_boot, unknown) {
                    (false, _) => Settle::NoFolderOtherBoot,
                    (true, true) => Settle::NewFolder,
                    (true, false) => Settle::NoFolderSameBoot,
                }
            });
            if let Some(part) = part {
                self.orphans.insert(key, runs);
                parts.push(part);
            }
        }
        self.send(Purpose::Lose, Guard::Alive(held.id, held.revision), parts, now);
    }

    /// Settles runs of workers that are gone, when their time is surely over and it is our turn.
    pub(super) fn settle_gone(&mut self, now: Now) {
        let fresh = self.standing.peers_seen_at.is_some_and(|at| now.boot.since(at) < LOOK_EVERY);
        let due = now.boot.since(self.looked_for_absent) >= LOOK_EVERY;
        if !fresh || !due || self.phase() != Phase::Run || self.is_recovering() || !self.is_clock_good(now) {
            return;
        }
        self.looked_for_absent = now.boot;
        let mut found: BTreeMap<WorkerId, BTreeMap<StateKey, Vec<RunId>>> = BTreeMap::new();
        let mut absent = std::mem::take(&mut self.absent);
        let peers = &self.standing.peers;
        for (_, entry, state) in self.view.states() {
            for active in &state.active {
                let worker = &active.worker;
                if *worker == self.me.id || peers.iter().any(|peer| peer.identity.id == *worker) {
                    continue;
                }
                let since = *absent.entry(worker.clone()).or_insert(now.wall);
                let before = rank(&entry.key.job, &self.me.id, peers.iter().map(|peer| &peer.identity.id));
                let turn = Span::from_millis(STAGGER.as_millis() * u64::from(before));
                let over = lose_after(active, since) + turn + self.seems_older(active.since);
                if over <= now.wall {
                    let runs = found.entry(worker.clone()).or_default().entry(entry.key.clone()).or_default();
                    runs.push(active.run.clone());
                }
            }
        }
        absent.retain(|worker, _| !peers.iter().any(|peer| peer.identity.id == *worker));
        self.absent = absent;
        for (worker, states) in found {
            self.settle_worker(worker, states, now);
        }
    }

    fn settle_worker(&mut self, worker: WorkerId, states: BTreeMap<StateKey, Vec<RunId>>, now: Now) {
        if !self.has_room_for(Purpose::Lose) {
            return;
        }
        let since = self.absent.get(&worker).copied().unwrap_or(Timestamp::MAX);
        let mut parts = Vec::new();
        for (key, runs) in states.into_iter().take(Batch::SWAPS_MAX) {
            parts.extend(self.lose(&key, runs, now, |_, _| Settle::WorkerGone { since }));
        }
        if !parts.is_empty() {
            warn!(worker.id = %worker, "worker `{worker}` is gone: settling its runs of {} jobs", parts.len());
        }
        self.send(Purpose::Lose, Guard::Gone(worker), parts, now);
    }

    /// Returns the swap that settles `runs` of one record.
    fn lose(
        &self,
        key: &StateKey,
        runs: impl IntoIterator<Item = RunId>,
        now: Now,
        how: impl Fn(&Self, &state::Active) -> Settle,
    ) -> Option<Part> {
        let id = self.view.id(key)?;
        let entry = self.view.get(id).filter(|entry| !entry.in_flight)?;
        let before = entry.state.as_deref()?;
        let fit = match self.view.fit(key, before) {
            Fit::Behind => return None,
            Fit::Ready(compiled) => Some(compiled),
            Fit::Gone => None,
        };
        let spec = fit.as_ref().map(|compiled| compiled.spec(key));
        let (mut next, mut lost) = (Some(before.clone()), Vec::new());
        for run in runs {
            let Some(state) = &next else { break };
            let Some(active) = state.active.iter().find(|active| active.run == run) else { continue };
            match state::lose(state, spec, now.wall, &run, &how(self, active)) {
                Ok(state) => {
                    next = state;
                    lost.push(run);
                }
                Err(Refused::NoSuchRun | Refused::TooEarly) => {}
                Err(e) => warn!(run.id = %run, "run {run} cannot be settled yet: {e}"),
            }
        }
        let swap = Swap {
            key: key.clone(),
            expect: Some(entry.revision),
            head: None,
            state: next,
            job: JobWrite::Keep,
        };
        (!lost.is_empty()).then_some(Part { id, swap, runs: lost })
    }

    pub(super) fn lose_answered(&mut self, order: Order, answer: Answer, now: Now) {
        match answer {
            Answer::Done(results) => {
                for (part, result) in order.parts.into_iter().zip(results) {
                    match result {
                        SwapResult::Swapped(revision) => {
                            self.view.put_state(&part.swap.key, revision, part.swap.state);
                            for run in &part.runs {
                                warn!(run.id = %run, job.id = %part.swap.key.job, "run {run} is settled: nobody saw its end");
                            }
                        }
                        SwapResult::Lost(Some(stands)) => {
                            let stands = *stands;
                            self.view.put_state(&part.swap.key, stands.revision, Some(stands.value));
                        }
                        SwapResult::Lost(None) => drop(self.orphans.remove(&part.swap.key)),
                    }
                    self.changed(part.id, now);
                }
            }
            Answer::GuardFailed => {
                if matches!(order.guard, Guard::Alive(..)) {
                    self.registration_gone(now);
                }
            }
            Answer::Away(_) => {}
            Answer::Refused(e) => {
                self.store.failed(now.boot);
                warn!("the store does not take the settling of lost runs: {e}");
            }
        }
        let view = &self.view;
        self.orphans.retain(|key, _| view.id(key).is_some());
    }
}
