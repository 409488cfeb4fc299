//! A worker process: registration, views of the store that lag behind, claims.
//!
//! Flow: watch → view → **`attend`** → claim → `runs`. Its time for every judgement is the boot clock with the offset of
//! its last good comparison, so that a wall clock that jumps changes nothing until somebody has looked at it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::rules::Broken;
use super::scenario::{EPOCH_MS, Every};
use super::store::{Guard, JobWrite, LEASE_MS, Record, Text, Txn, Verdict};
use super::world::{Event, Sender, World};
use crate::id::{Nonce, RunId};
use crate::state::{Claimant, JobState, Spec, Start, next_wake};
use crate::time::Timestamp;

/// How far a clock may be from the others, and how far it may have moved since the last comparison.
const CLOCK_MAX_MS: u64 = 500;

/// How long a claim whose answer did not come holds its slots.
const DOUBT_MS: u64 = 4_000;

/// A run that this process holds, from before its claim was sent.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) run: RunId,
    pub(super) nonce: Nonce,
    pub(super) sent_at: u64,
    /// The text that it will execute.
    pub(super) text: Rc<crate::job::SavedJob>,
}

/// A claim whose answer did not come.
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    pub(super) nonce: Nonce,
    pub(super) expect: Option<u64>,
    pub(super) starts: Vec<Start>,
    pub(super) since: u64,
}

/// One worker process; gone with all this when it ends.
#[derive(Default)]
pub(super) struct Process {
    pub(super) life: u32,
    pub(super) up: bool,
    pub(super) frozen: bool,
    pub(super) deferred: Vec<Event>,
    pub(super) registration: Option<u64>,
    pub(super) holds_until: u64,
    pub(super) settled: bool,
    clock_ok: bool,
    good_offset: i64,
    pub(super) job: Text,
    pub(super) state: Record,
    jobs_seen: usize,
    states_seen: usize,
    pub(super) table: Vec<Held>,
    claiming: Option<(Nonce, Option<u64>)>,
    pub(super) doubts: Vec<Doubt>,
    wake_at: Option<u64>,
    pub(super) saw_gone: BTreeMap<usize, u64>,
}

impl Process {
    /// Forgets everything but that another process comes after it.
    pub(super) fn end(&mut self) {
        *self = Self { life: self.life + 1, ..Self::default() };
    }
}

impl World {
    /// A worker process begins: it reads everything, adopts, and registers when its id is free.
    pub(super) fn boot(&mut self, worker: usize) {
        if self.machines[worker].gone || self.processes[worker].up {
            return;
        }
        let (job, state) = (self.store.job.clone(), self.store.state.clone());
        let (jobs_seen, states_seen) = (self.store.job_log.len(), self.store.state_log.len());
        let process = &mut self.processes[worker];
        process.up = true;
        (process.job, process.state) = (job, state);
        (process.jobs_seen, process.states_seen) = (jobs_seen, states_seen);
        let life = process.life;
        self.adopt(worker);
        self.after(1, Event::Renew { worker, life });
        self.after(1_000, Event::Ship { worker, life });
        self.after(2_000, Event::LookAround { worker, life });
    }

    /// Registers or renews, and compares clocks.
    pub(super) fn renew(&mut self, worker: usize) {
        let life = self.processes[worker].life;
        self.after(3_000, Event::Renew { worker, life });
        self.compare_clocks(worker);
        if self.network_bad && self.dice.chance(40) {
            return; // It did not get through.
        }
        // The store may count from later than the worker does.
        let expires = self.now + LEASE_MS + self.dice.between(0, 500);
        let answered = !(self.network_bad && self.dice.chance(20));
        let held = self.processes[worker].registration;
        let revision = match held {
            Some(revision) if self.store.renew(worker, revision, self.now, expires) => Some(revision),
            _ => self.store.register(worker, self.now, expires),
        };
        if answered {
            let now = self.now;
            let process = &mut self.processes[worker];
            process.registration = revision;
            if revision.is_some() {
                process.holds_until = now + LEASE_MS;
                self.machines[worker].lease_until = now + LEASE_MS;
            }
        }
        if self.processes[worker].registration.is_some() && !self.processes[worker].settled {
            self.settle_own(worker);
        }
        self.note(worker);
        self.wake(worker, 0);
    }

    fn compare_clocks(&mut self, worker: usize) {
        let offset = self.machines[worker].offset;
        let process = &mut self.processes[worker];
        process.clock_ok = offset.unsigned_abs() <= CLOCK_MAX_MS;
        if process.clock_ok {
            process.good_offset = offset;
        }
    }

    /// Returns true when a worker may claim: registered, settled, its clock good and not moved since.
    fn is_well(&self, worker: usize) -> bool {
        let process = &self.processes[worker];
        let moved = (self.machines[worker].offset - process.good_offset).unsigned_abs() > CLOCK_MAX_MS;
        let clock = process.clock_ok && !moved || self.rules.broken(Broken::BadClockClaims);
        process.up
            && !process.frozen
            && process.settled
            && process.registration.is_some()
            && self.now < process.holds_until
            && clock
    }

    pub(super) fn note(&mut self, worker: usize) {
        let is_well = self.is_well(worker);
        self.history.note_well(worker, self.now, is_well);
    }

    /// What a worker takes the time to be.
    pub(super) fn time_of(&self, worker: usize) -> Timestamp {
        self.wall(self.offset_of(worker))
    }

    pub(super) fn offset_of(&self, worker: usize) -> i64 {
        if self.rules.broken(Broken::BadClockClaims) {
            self.machines[worker].offset
        } else {
            self.processes[worker].good_offset
        }
    }

    pub(super) fn see_job(&mut self, worker: usize, upto: usize) {
        let process = &mut self.processes[worker];
        if upto > process.jobs_seen {
            process.jobs_seen = upto;
            process.job = self.store.job_log[upto - 1].clone();
            self.wake(worker, 0);
        }
    }

    pub(super) fn see_state(&mut self, worker: usize, upto: usize) {
        let process = &mut self.processes[worker];
        if upto > process.states_seen {
            process.states_seen = upto;
            process.state = self.store.state_log[upto - 1].clone();
            self.see_kills(worker);
            self.start_from_watch(worker);
            self.wake(worker, 0);
        }
    }

    /// Asks for attention after `delay`, unless it comes sooner anyway.
    pub(super) fn wake(&mut self, worker: usize, delay: u64) {
        let at = self.now + delay;
        let process = &mut self.processes[worker];
        if process.wake_at.is_none_or(|planned| planned > at || planned < self.now) {
            process.wake_at = Some(at);
            let life = process.life;
            self.after(delay, Event::Attend { worker, life });
        }
    }

    /// Claims what there is to claim, by the view as it stands.
    pub(super) fn attend(&mut self, worker: usize) {
        if self.processes[worker].wake_at != Some(self.now) {
            return;
        }
        self.processes[worker].wake_at = None;
        self.note(worker);
        if !self.is_well(worker) || self.processes[worker].claiming.is_some() {
            return;
        }
        let now = self.time_of(worker);
        let process = &self.processes[worker];
        let (Some((_, text)), Some((revision, state))) = (process.job.clone(), process.state.clone()) else {
            return;
        };
        let ticks = Every::of(&text);
        let spec = Spec { saved: &text, ticks: &ticks, worker: None };
        let nonce: Nonce = self.dice.hex16().parse().expect("16 digits are a nonce");
        let free_slots = self.scenario.slots.saturating_sub(process.table.len() as u32);
        let by = Claimant {
            worker: Self::worker_id(worker),
            boot: self.machines[worker].boot_id(),
            nonce: nonce.clone(),
            free_slots,
        };
        match self.rules.claim(&state, spec, now, &by) {
            Err(_) => {}
            Ok(None) => self.wake_in_time(worker, &state, spec, now),
            Ok(Some(step)) => {
                let held =
                    |start: &Start| self.processes[worker].table.iter().any(|held| held.run == start.run);
                if step.starts.iter().any(held) {
                    return; // A run of ours that is not over yet comes back when it is.
                }
                for start in &step.starts {
                    let held = Held {
                        run: start.run.clone(),
                        nonce: nonce.clone(),
                        sent_at: self.now,
                        text: text.clone(),
                    };
                    self.processes[worker].table.push(held);
                }
                if !self.may_crash(worker) {
                    self.send_claim(worker, revision, step.state, step.starts, nonce);
                }
            }
        }
    }

    fn send_claim(&mut self, worker: usize, revision: u64, next: JobState, starts: Vec<Start>, nonce: Nonce) {
        let process = &mut self.processes[worker];
        process.claiming = Some((nonce.clone(), Some(revision)));
        let life = process.life;
        let registration = process.registration.unwrap_or_default();
        let txn = Txn {
            what: "claim",
            guard: Guard::Alive(worker, registration),
            expect: Some(revision),
            state: Some(Rc::new(next)),
            job: JobWrite::Keep,
        };
        self.send(txn, Sender::Claim { worker, life, nonce, starts });
        self.may_crash(worker);
    }

    fn wake_in_time(&mut self, worker: usize, state: &JobState, spec: Spec<'_>, now: Timestamp) {
        let Some(at) = next_wake(state, spec, now) else { return };
        // Whoever is not first in rank waits a little; slots that are all taken are looked at again.
        let stagger = if self.dice.chance(50) { 0 } else { self.dice.between(1, 300) };
        let wait = if at <= now { 500 } else { at.since(now).as_millis() + stagger };
        self.wake(worker, wait);
    }

    pub(super) fn claim_answered(
        &mut self,
        worker: usize,
        nonce: &Nonce,
        starts: &[Start],
        verdict: Option<Verdict>,
    ) {
        let Some((_, expect)) = self.processes[worker].claiming.take() else { return };
        if self.may_crash(worker) {
            return;
        }
        match verdict {
            Some(Verdict::Won(revision)) => self.claim_won(worker, nonce, starts, revision),
            Some(Verdict::Lost(record)) => {
                self.forget(worker, nonce);
                if self.processes[worker].state.as_ref().map(|(revision, _)| *revision) == expect {
                    self.processes[worker].state = record;
                }
            }
            Some(Verdict::GuardFailed) => {
                self.forget(worker, nonce);
                self.processes[worker].registration = None;
            }
            None if self.rules.broken(Broken::AmbiguousIsWon) => self.claim_won(worker, nonce, starts, 0),
            None => {
                let since = self.now;
                let doubt = Doubt { nonce: nonce.clone(), expect, starts: starts.to_vec(), since };
                self.processes[worker].doubts.push(doubt);
                self.doubt(worker, nonce);
            }
        }
        self.wake(worker, 10);
    }

    /// Settles a claim whose answer did not come: while the record has the revision that the claim compares, it may
    /// still be applied; once it has moved on, it names our claim or it never will. It holds its slots for seconds at
    /// most: given up, it is settled as not started if it is applied after all.
    pub(super) fn doubt(&mut self, worker: usize, nonce: &Nonce) {
        let doubts = &self.processes[worker].doubts;
        let Some(doubt) = doubts.iter().find(|doubt| doubt.nonce == *nonce).cloned() else { return };
        let record = self.store.state.clone();
        let open = record.as_ref().map(|(revision, _)| *revision) == doubt.expect;
        if open && self.now < doubt.since + DOUBT_MS {
            let life = self.processes[worker].life;
            self.after(1_000, Event::Doubt { worker, life, nonce: nonce.clone() });
            return;
        }
        self.processes[worker].doubts.retain(|doubt| doubt.nonce != *nonce);
        let ours = record.filter(|(_, state)| state.active.iter().any(|active| active.nonce == *nonce));
        match ours {
            Some((revision, _)) => self.claim_won(worker, nonce, &doubt.starts, revision),
            None => self.forget(worker, nonce),
        }
    }

    fn claim_won(&mut self, worker: usize, nonce: &Nonce, starts: &[Start], _revision: u64) {
        let life = self.processes[worker].life;
        let slow = self.scenario.troubles.slow_starts && self.in_trouble() && self.dice.chance(15);
        for start in starts {
            let delay = if slow { self.dice.between(1_000, 45_000) } else { self.dice.between(1, 80) };
            self.after(delay, Event::Exec { worker, life, run: start.run.clone(), nonce: nonce.clone() });
        }
        if slow {
            self.history.note_well(worker, self.now, false);
        }
    }

    fn forget(&mut self, worker: usize, nonce: &Nonce) {
        self.processes[worker].table.retain(|held| held.nonce != *nonce);
    }

    /// The frozen process goes on, as if no time had passed.
    pub(super) fn thaw(&mut self, worker: usize) {
        self.processes[worker].frozen = false;
        for event in std::mem::take(&mut self.processes[worker].deferred) {
            self.after(0, event);
        }
    }

    /// What the machine's wall clock shows at `at`, as the process reckons.
    pub(super) fn reckoned(&self, worker: usize, at: u64) -> Timestamp {
        Timestamp::from_millis(EPOCH_MS as i64 + at as i64 + self.offset_of(worker))
    }
}
