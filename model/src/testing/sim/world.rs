//! The world: one queue of events in true time, the network, the stores, the machines.
//!
//! Flow: `scenario` → **`world`** (with `worker`, `machine`, `people`) → `history` → `checker`.
//! A message may be lost or late, its answer too; what arrives is applied, whether or not somebody still waits.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::dice::Dice;
use super::history::{Call, Commit, History};
use super::machine::Machine;
use super::rules::Rules;
use super::scenario::{CALM_ENDS_MS, EPOCH_MS, OVER_MS, Scenario, TROUBLE_ENDS_MS};
use super::store::{Facts, Store, Txn, Verdict};
use super::worker::Process;
use crate::id::{Nonce, RunId, WorkerId};
use crate::state::{Start, Unrecorded};
use crate::time::Timestamp;

/// How long a sender waits for an answer.
pub(super) const ANSWER_WITHIN_MS: u64 = 2_000;
/// How late a message may arrive.
pub(super) const LATE_MAX_MS: u64 = 15_000;

/// What happens next, and to whom. `life` counts a worker's processes: what was meant for an earlier one is dropped.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Arrive(u64),
    Answer(u64),
    GiveUp(u64),
    SeeJob { worker: usize, life: u32, upto: usize },
    SeeState { worker: usize, life: u32, upto: usize },
    Attend { worker: usize, life: u32 },
    Renew { worker: usize, life: u32 },
    LookAround { worker: usize, life: u32 },
    Doubt { worker: usize, life: u32, nonce: Nonce },
    Exec { worker: usize, life: u32, run: RunId, nonce: Nonce },
    Complete { worker: usize, life: u32, run: RunId },
    Ship { worker: usize, life: u32 },
    Thaw { worker: usize, life: u32 },
    Finish { worker: usize, run: RunId, nonce: Nonce, killed: bool },
    CutOff { worker: usize, run: RunId, nonce: Nonce },
    Boot { worker: usize },
    Misfortune,
    Act,
    Record,
    Recorded { told: Vec<Unrecorded> },
    MasterLooks,
    NetworkHeals,
    FactsReturn,
    Calm,
    Disable,
}

/// Who sent a transaction, and what for.
#[derive(Debug, Clone)]
pub(super) enum Sender {
    Claim {
        worker: usize,
        life: u32,
        nonce: Nonce,
        starts: Vec<Start>,
    },
    Complete {
        worker: usize,
        life: u32,
        run: RunId,
    },
    /// Nobody waits for this one: it is tried again when the next look finds it undone.
    Nobody,
    Master {
        call: Call,
    },
    Disable,
}

pub(super) struct InFlight {
    pub(super) txn: Txn,
    pub(super) sender: Sender,
    sent_at: u64,
    verdict: Option<Verdict>,
    heard: bool,
}

/// Everything there is.
pub(super) struct World {
    pub(super) now: u64,
    queue: BTreeMap<(u64, u64), Event>,
    count: u64,
    pub(super) dice: Dice,
    pub(super) scenario: Scenario,
    pub(super) rules: Rules,
    pub(super) store: Store,
    pub(super) facts: Facts,
    pub(super) flights: BTreeMap<u64, InFlight>,
    pub(super) machines: Vec<Machine>,
    pub(super) processes: Vec<Process>,
    pub(super) history: History,
    pub(super) network_bad: bool,
    pub(super) disabled: bool,
    pub(super) keys: u64,
    pub(super) uids: u64,
    /// When the leading master first saw no registration of a worker.
    pub(super) master_saw_gone: BTreeMap<usize, u64>,
}

impl World {
    pub(super) fn new(seed: u64, rules: Rules) -> Self {
        let mut dice = Dice::new(seed);
        let scenario = Scenario::new(&mut dice);
        let machines = (0..scenario.workers).map(|_| Machine::new(&mut dice)).collect();
        let processes = (0..scenario.workers).map(|_| Process::default()).collect();
        let mut world = Self {
            now: 0,
            queue: BTreeMap::new(),
            count: 0,
            dice,
            scenario,
            rules,
            store: Store::default(),
            facts: Facts::default(),
            flights: BTreeMap::new(),
            machines,
            processes,
            history: History::default(),
            network_bad: false,
            disabled: false,
            keys: 0,
            uids: 0,
            master_saw_gone: BTreeMap::new(),
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        self.first_save();
        for worker in 0..self.scenario.workers {
            let after = self.dice.between(0, 3_000);
            self.after(after, Event::Boot { worker });
        }
        self.after(2_000, Event::Misfortune);
        self.after(4_000, Event::Act);
        self.after(1_500, Event::Record);
        self.after(5_000, Event::MasterLooks);
        self.after(TROUBLE_ENDS_MS, Event::Calm);
        self.after(CALM_ENDS_MS, Event::Disable);
    }

    /// Plays until everything is over, or until it should long have been.
    pub(super) fn play(&mut self) {
        while let Some(((at, _), event)) = self.queue.pop_first() {
            if at > OVER_MS || self.is_over() {
                break;
            }
            self.now = at;
            self.handle(event);
        }
    }

    /// Returns true when the job is disabled and nothing of it is under way or untold.
    pub(super) fn is_over(&self) -> bool {
        let still = |record: &(u64, Rc<crate::state::JobState>)| {
            let state = &record.1;
            state.active.is_empty()
                && state.retries.is_empty()
                && state.waiting.is_none()
                && state.requests.is_empty()
                && state.unrecorded.is_empty()
        };
        let shipped = self.machines.iter().all(Machine::has_nothing_to_tell);
        self.disabled && self.store.state.as_ref().is_none_or(still) && shipped
    }

    pub(super) fn after(&mut self, delay: u64, event: Event) {
        self.count += 1;
        self.queue.insert((self.now + delay, self.count), event);
    }

    pub(super) fn in_trouble(&self) -> bool {
        self.now < TROUBLE_ENDS_MS
    }

    /// What a clock shows that is `offset` away from true time.
    pub(super) fn wall(&self, offset: i64) -> Timestamp {
        Timestamp::from_millis(EPOCH_MS as i64 + self.now as i64 + offset)
    }

    fn handle(&mut self, event: Event) {
        if let Some((worker, life)) = event.process() {
            let process = &mut self.processes[worker];
            if process.life != life || !process.up {
                return;
            }
            if process.frozen && !matches!(event, Event::Thaw { .. }) {
                process.deferred.push(event);
                return;
            }
        }
        match event {
            Event::Arrive(id) => self.arrive(id),
            Event::Answer(id) => self.hear(id, true),
            Event::GiveUp(id) => self.hear(id, false),
            Event::SeeJob { worker, upto, .. } => self.see_job(worker, upto),
            Event::SeeState { worker, upto, .. } => self.see_state(worker, upto),
            Event::Attend { worker, .. } => self.attend(worker),
            Event::Renew { worker, .. } => self.renew(worker),
            Event::LookAround { worker, .. } => self.look_around(worker),
            Event::Doubt { worker, nonce, .. } => self.doubt(worker, &nonce),
            Event::Exec { worker, run, nonce, .. } => self.exec(worker, &run, &nonce),
            Event::Complete { worker, run, .. } => self.complete(worker, &run),
            Event::Ship { worker, .. } => self.ship(worker),
            Event::Thaw { worker, .. } => self.thaw(worker),
            Event::Finish { worker, run, nonce, killed } => self.finish(worker, &run, &nonce, killed),
            Event::CutOff { worker, run, nonce } => self.cut_off(worker, &run, &nonce),
            Event::Boot { worker } => self.boot(worker),
            Event::Misfortune => self.misfortune(),
            Event::Act => self.act(),
            Event::Record => self.record(),
            Event::Recorded { told } => self.recorded(&told),
            Event::MasterLooks => self.master_looks(),
            Event::NetworkHeals => self.heal_network(),
            Event::FactsReturn => self.facts.away = false,
            Event::Calm => self.calm(),
            Event::Disable => self.disable(),
        }
    }

    /// Sends a transaction. It may arrive late or never, and so may its answer.
    pub(super) fn send(&mut self, txn: Txn, sender: Sender) {
        self.count += 1;
        let id = self.count;
        let waits = !matches!(sender, Sender::Nobody);
        self.flights.insert(id, InFlight { txn, sender, sent_at: self.now, verdict: None, heard: false });
        if let Some(delay) = self.travel() {
            self.after(delay, Event::Arrive(id));
        }
        if waits {
            self.after(ANSWER_WITHIN_MS, Event::GiveUp(id));
        }
    }

    /// Returns how long a message takes; none when it is lost.
    fn travel(&mut self) -> Option<u64> {
        if !self.network_bad {
            return Some(self.dice.between(1, 20));
        }
        match self.dice.between(0, 9) {
            0 => None,
            1 | 2 => Some(self.dice.between(1, LATE_MAX_MS)),
            _ => Some(self.dice.between(1, 200)),
        }
    }

    fn arrive(&mut self, id: u64) {
        let flight = self.flights.get(&id).map(|flight| (flight.txn.clone(), flight.sent_at));
        let Some((txn, made_at)) = flight else { return };
        let before = self.store.state.clone();
        let jobs = self.store.job_log.len();
        let verdict = self.store.apply(self.now, &txn, self.rules);
        if let Verdict::Won(revision) = verdict {
            let state = |record: &super::store::Record| record.as_ref().map(|(_, state)| state.clone());
            self.history.commits.push(Commit {
                what: txn.what,
                revision,
                at: self.now,
                made_at,
                before: state(&before),
                after: state(&self.store.state),
            });
            if let super::store::JobWrite::Put(text) = &txn.job {
                self.history.texts.insert((text.uid.clone(), text.spec_id), text.clone());
            }
            self.spread(self.store.job_log.len() > jobs);
        }
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.verdict = Some(verdict);
        }
        if let Some(delay) = self.travel() {
            self.after(delay, Event::Answer(id));
        }
    }

    /// Lets every watch see a change, each in its own time; job and record are watched apart.
    fn spread(&mut self, job_too: bool) {
        let (states, jobs) = (self.store.state_log.len(), self.store.job_log.len());
        for worker in 0..self.processes.len() {
            let life = self.processes[worker].life;
            let delay = self.watch_lag();
            self.after(delay, Event::SeeState { worker, life, upto: states });
            if job_too {
                let slow = self.in_trouble() && self.dice.chance(20);
                let delay = if slow { self.dice.between(500, 8_000) } else { self.watch_lag() };
                self.after(delay, Event::SeeJob { worker, life, upto: jobs });
            }
        }
    }

    fn watch_lag(&mut self) -> u64 {
        let (often, lag_max) = if self.network_bad { (25, 8_000) } else { (5, 2_000) };
        if self.in_trouble() && self.dice.chance(often) {
            self.dice.between(100, lag_max)
        } else {
            self.dice.between(1, 60)
        }
    }

    /// A sender hears the answer, or waits no more. Only the first of both counts.
    fn hear(&mut self, id: u64, answered: bool) {
        let Some(flight) = self.flights.get_mut(&id) else { return };
        if flight.heard {
            return;
        }
        flight.heard = true;
        let verdict = flight.verdict.clone().filter(|_| answered);
        match flight.sender.clone() {
            Sender::Claim { worker, life, nonce, starts } => {
                self.let_react(worker, life, |world| world.claim_answered(worker, &nonce, &starts, verdict));
            }
            Sender::Complete { worker, life, run } => {
                self.let_react(worker, life, |world| world.complete_answered(worker, &run, verdict.as_ref()));
            }
            Sender::Nobody => {}
            Sender::Master { call } => self.call_answered(call, verdict.as_ref()),
            Sender::Disable => self.disable_answered(verdict.as_ref()),
        }
    }

    /// Lets a process react, unless it is gone. A frozen one has waited in vain: it learns nothing of the answer.
    fn let_react(&mut self, worker: usize, life: u32, react: impl FnOnce(&mut Self)) {
        let process = &self.processes[worker];
        if process.up && process.life == life {
            react(self);
        }
    }

    pub(super) fn worker_id(worker: usize) -> WorkerId {
        format!("w{worker}").parse().expect("a letter and a number are a worker's id")
    }
}

impl Event {
    /// Returns the process that an event is for, if it is for one.
    fn process(&self) -> Option<(usize, u32)> {
        match self {
            Self::SeeJob { worker, life, .. }
            | Self::SeeState { worker, life, .. }
            | Self::Attend { worker, life }
            | Self::Renew { worker, life }
            | Self::LookAround { worker, life }
            | Self::Doubt { worker, life, .. }
            | Self::Exec { worker, life, .. }
            | Self::Complete { worker, life, .. }
            | Self::Ship { worker, life }
            | Self::Thaw { worker, life } => Some((*worker, *life)),
            _ => None,
        }
    }
}
