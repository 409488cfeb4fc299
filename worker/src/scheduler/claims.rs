//! Claiming: which due jobs to try for, and what to do once the store has answered.
//!
//! A run is in the table before its claim is sent, and only an answered claim of this process starts it.

use model::id::{Fence, Nonce, Revision, RunId};
use model::outcome::Stage as StartStage;
use model::ports::{Batch, Guard, JobWrite, StartError, Swap, SwapResult};
use model::state::{self, Claimant, START_WITHIN};
use model::time::{BootTime, Span};
use tracing::{debug, error};

use super::decisions::Decisions;
use super::{Effect, Now};
use crate::claim::{Answer, Order, Part, Purpose};
use crate::drain::Phase;
use crate::rank::before;
use crate::rivals::{rivals, steps_back};
use crate::runner::{Held, Launch, Stage};
use crate::view::{Fit, Id};

/// When to look again at a job that looked due and was not.
const RECHECK: Span = Span::from_seconds(1);
/// When to look again at a job that is left to workers with newer zone data.
const STEP_BACK_RECHECK: Span = Span::from_seconds(5);
/// When to try again what the store does not take.
const REFUSED_RECHECK: Span = Span::from_seconds(30);

impl Decisions {
    /// Claims what is due, as far as there are slots.
    pub(super) fn claim(&mut self, now: Now) {
        while let Some(held) = self.may_claim(now) {
            let mut parts = Vec::new();
            while parts.len() < Batch::SWAPS_MAX {
                let Some(id) = self.next_due(now) else { break };
                parts.extend(self.consider(id, now));
            }
            if parts.is_empty() {
                return;
            }
            self.send(Purpose::Claim, Guard::Alive(held.id, held.revision), parts, now);
        }
    }

    /// Takes the next job that is due and that needs no more slots than there are.
    fn next_due(&mut self, now: Now) -> Option<Id> {
        let replacing = self.replacing.pop_due(now.wall);
        replacing.or_else(|| if self.free_slots() > 0 { self.timetable.pop_due(now.wall) } else { None })
    }

    /// Returns the claim of a due job; none when it is not ours to try yet, or there is nothing to do.
    fn consider(&mut self, id: Id, now: Now) -> Option<Part> {
        if self.steps_back(id) {
            self.plan_at(id, now.wall + STEP_BACK_RECHECK);
            return None;
        }
        let entry = self.view.get_mut(id).filter(|entry| !entry.in_flight)?;
        let due_since = *entry.due_since.get_or_insert(now.boot);
        let turn = self.turn_for(id, due_since)?;
        if turn > now.boot {
            self.plan_at(id, now.wall + turn.since(now.boot));
            return None;
        }
        let entry = self.view.get(id)?;
        let state = entry.state.as_deref()?;
        let Fit::Ready(compiled) = self.view.fit(&entry.key, state) else { return None };
        if !self.is_ours(&entry.key, state) {
            return None; // It is planned again once it has followed.
        }
        let head = entry.key.worker.as_ref().and_then(|_| self.view.lead(&entry.key.job).head);
        let head = head.map(|(revision, _)| revision);
        let starts = self.starts.get(&compiled.saved.job.workload.kind());
        if let Some(until) = starts.and_then(|starts| starts.until(now.boot)) {
            self.plan_at(id, now.wall + until.since(now.boot));
            return None;
        }
        let spec = compiled.spec(&entry.key);
        let nonce = Nonce::random();
        let claimant = Claimant {
            worker: self.me.id.clone(),
            boot: self.me.boot.clone(),
            nonce: nonce.clone(),
            free_slots: self.free_slots(),
        };
        let step = match state::claim(state, spec, now.wall, &claimant) {
            Ok(Some(step)) => step,
            Ok(None) => {
                let at = state::next_wake(state, spec, now.wall).map(|at| at.max(now.wall + RECHECK));
                at.into_iter().for_each(|at| self.plan_at(id, at));
                return None;
            }
            // The watch brings what is newer, and with it the next plan.
            Err(_) => return None,
        };
        let mut runs = Vec::new();
        for start in step.starts {
            let run = start.run.clone();
            let launch = Box::new(Launch::new(&compiled.saved, &entry.key, start, &self.me.id, now.wall));
            let (note, outlives) = (launch.note.clone(), self.me.outlives(launch.workload.kind()));
            let stage = Stage::Claiming { launch, nonce: nonce.clone(), sent_at: now.boot };
            self.table.insert(run.clone(), Held::new(&note, stage, outlives));
            runs.push(run);
        }
        let swap = Swap {
            key: entry.key.clone(),
            expect: Some(entry.revision),
            head,
            state: Some(step.state),
            job: JobWrite::Keep,
        };
        Some(Part { id, swap, runs })
    }

    /// Returns when it is our turn: after the live workers that match, could take it and come before us.
    fn turn_for(&self, id: Id, due_since: BootTime) -> Option<BootTime> {
        let entry = self.view.get(id)?;
        let Fit::Ready(compiled) = self.view.fit(&entry.key, entry.state.as_deref()?) else { return None };
        if entry.key.worker.is_some() {
            return Some(due_since); // Nobody else takes it.
        }
        let rivals = rivals(&self.standing.peers, compiled.wanted());
        let before = before(&entry.key.job, &self.me.id, rivals);
        Some(self.pace.turn(due_since, before))
    }

    /// Returns true for a job that is left to workers with newer zone data.
    fn steps_back(&self, id: Id) -> bool {
        let Some(entry) = self.view.get(id) else { return false };
        let Some(state) = entry.state.as_deref().filter(|_| entry.key.worker.is_none()) else { return false };
        let Fit::Ready(compiled) = self.view.fit(&entry.key, state) else { return false };
        steps_back(&self.me.zone_data, &self.standing.peers, compiled.wanted())
    }

    pub(super) fn claim_answered(&mut self, order: Order, answer: Answer, now: Now) {
        match answer {
            Answer::Done(results) => {
                self.pace.answered(now.boot.since(order.sent_at));
                for (part, result) in order.parts.into_iter().zip(results) {
                    match result {
                        SwapResult::Swapped(revision) => self.won(part, &order.guard, revision, now),
                        SwapResult::Lost(stands) => {
                            debug!(job.id = %part.swap.key.job, "somebody else was first");
                            self.give_up(&part.runs);
                            match stands {
                                // The job's own record has changed: the watch brings it.
                                Some(stands) if Some(stands.revision) == part.swap.expect => {
                                    self.plan_at(part.id, now.wall + RECHECK);
                                }
                                Some(stands) => {
                                    let stands = *stands;
                                    // Who was first may be at the rest of what we would try next.
                                    self.pace.look(&stands.value, &self.me.id, now.boot);
                                    self.view.put_state(&part.swap.key, stands.revision, Some(stands.value));
                                    self.changed(part.id, now);
                                }
                                // The watch brings its removal.
                                None => self.plan_at(part.id, now.wall + RECHECK),
                            }
                        }
                    }
                }
            }
            Answer::GuardFailed => {
                self.registration_gone(now);
                self.try_later(order.parts, now);
            }
            Answer::Away(_) => self.try_later(order.parts, now),
            Answer::Refused(e) => {
                for part in order.parts {
                    let job = &part.swap.key.job;
                    error!(job.id = %job, "the store does not take a claim of job `{job}`: {e}");
                    self.give_up(&part.runs);
                    self.plan_at(part.id, now.wall + REFUSED_RECHECK);
                }
            }
        }
    }

    fn won(&mut self, part: Part, guard: &Guard, revision: Revision, now: Now) {
        self.pace.wrote(revision, now.boot);
        self.view.put_state(&part.swap.key, revision, part.swap.state);
        for run in &part.runs {
            self.launch(run, guard, revision, now);
        }
        self.changed(part.id, now);
    }

    /// Starts a run whose claim has won, or has it end as not started.
    fn launch(&mut self, run: &RunId, guard: &Guard, revision: Revision, now: Now) {
        let phase = self.phase();
        let Some(held) = self.table.get_mut(run) else { return };
        let Stage::Claiming { mut launch, nonce, sent_at } =
            std::mem::replace(&mut held.stage, Stage::Running)
        else {
            return;
        };
        let state = self.view.id(&held.key).and_then(|id| self.view.get(id)).and_then(|e| e.state.as_deref());
        let active = state.and_then(|state| state.active.iter().find(|a| a.run == *run && a.nonce == nonce));
        let registration = self.standing.registration.as_ref();
        let registration =
            registration.filter(|held| matches!(guard, Guard::Alive(_, made) if *made == held.revision));
        let not_after = registration.map_or(BootTime::from_millis(0), |held| held.holds_until);
        let refused = match active {
            Some(active) if active.kill.is_some() => {
                Some(StartError::job(StartStage::Claim, "killed before it was started"))
            }
            None => {
                Some(StartError::worker(StartStage::Claim, "the claim was settled before it was started"))
            }
            Some(_) if phase != Phase::Run => {
                Some(StartError::worker(StartStage::Claim, "the worker was ending"))
            }
            Some(_) if now.boot >= not_after => {
                Some(StartError::worker(StartStage::Claim, "the worker's registration had ended"))
            }
            Some(_) => None,
        };
        if let Some(refused) = refused {
            launch.refused.get_or_insert(refused);
        }
        let launch = Box::new(launch.won(Fence(revision.0)));
        let not_after = not_after.min(sent_at + START_WITHIN);
        self.effects.push(Effect::Start(launch, not_after, held.stopped()));
    }

    /// Takes runs whose claim was not written out of the table.
    fn give_up(&mut self, runs: &[RunId]) {
        for run in runs {
            self.table.remove(run);
        }
    }

    fn try_later(&mut self, parts: Vec<Part>, now: Now) {
        for part in parts {
            self.give_up(&part.runs);
            self.changed(part.id, now);
        }
    }
}
