//! Machines: what lives on without the worker process. Run folders, the runs' own processes, clocks; and misfortune.
//!
//! Not here: what a worker decides (`worker`).

use super::dice::Dice;
use super::scenario::EPOCH_MS;
use super::world::{Event, LATE_MAX_MS, World};
use crate::id::{BootId, Nonce, RunId};
use crate::run::RunStatus;
use crate::state::{ADOPT_WINDOW, Active};

/// A run's folder on disk, and whether its process lives.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) run: RunId,
    pub(super) entry: Active,
    pub(super) fence: u64,
    /// Where its start stands in the history; none: it was never executed.
    pub(super) start: Option<usize>,
    pub(super) alive: bool,
    pub(super) ended: Option<(RunStatus, u64)>,
    pub(super) completed: bool,
    pub(super) shipped: bool,
}

/// One machine.
pub(super) struct Machine {
    pub(super) boots: u32,
    /// Gone for good, with its disk.
    pub(super) gone: bool,
    pub(super) folder_is_new: bool,
    pub(super) folders: Vec<Folder>,
    /// How far its clock is from true time.
    pub(super) offset: i64,
    /// How far it may be when all is well.
    pub(super) usual_offset: i64,
    /// Until when the lease was confirmed to the machine's supervisor.
    pub(super) lease_until: u64,
}

impl Machine {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let usual_offset = dice.between(0, 600) as i64 - 300;
        Self {
            boots: 1,
            gone: false,
            folder_is_new: false,
            folders: Vec::new(),
            offset: usual_offset,
            usual_offset,
            lease_until: 0,
        }
    }

    pub(super) fn boot_id(&self) -> BootId {
        format!("boot{}", self.boots).parse().expect("letters and a number are a boot's id")
    }

    pub(super) fn has_nothing_to_tell(&self) -> bool {
        self.gone || self.folders.iter().all(|folder| folder.ended.is_none() || folder.shipped)
    }

    pub(super) fn folder(&mut self, run: &RunId, nonce: &Nonce) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|folder| folder.run == *run && folder.entry.nonce == *nonce)
    }
}

impl World {
    /// Executes a run whose folder is synced.
    pub(super) fn execute(&mut self, worker: usize, run: &RunId, nonce: &Nonce, start: usize) {
        let lasts = self.dice.between(20, self.scenario.run_max_ms);
        let Some(folder) = self.machines[worker].folder(run, nonce) else { return };
        folder.alive = true;
        folder.start = Some(start);
        let kills_itself = folder.entry.when_cut_off == crate::policy::WhenCutOff::Kill;
        self.after(lasts, Event::Finish { worker, run: run.clone(), nonce: nonce.clone(), killed: false });
        if kills_itself {
            self.after(1_000, Event::CutOff { worker, run: run.clone(), nonce: nonce.clone() });
        }
    }

    /// A run's process ends, by itself or killed.
    pub(super) fn finish(&mut self, worker: usize, run: &RunId, nonce: &Nonce, killed: bool) {
        let failed = self.dice.chance(40);
        let broken = !self.scenario.sound_sandbox && self.dice.chance(20);
        let (now, life) = (self.now, self.processes[worker].life);
        let Some(folder) = self.machines[worker].folder(run, nonce).filter(|folder| folder.alive) else {
            return;
        };
        folder.alive = false;
        let status = match (killed, broken, failed) {
            (true, _, _) => RunStatus::Killed,
            (_, true, _) => RunStatus::HostError,
            (_, _, true) => RunStatus::Failed,
            _ => RunStatus::Succeeded,
        };
        folder.ended = Some((status, now));
        let run = folder.run.clone();
        if let Some(start) = folder.start {
            self.history.starts[start].end = Some(now);
            self.history.starts[start].seen = true;
        }
        let slow = if self.in_trouble() { 3_000 } else { 100 };
        let delay = self.dice.between(5, slow);
        self.after(delay, Event::Complete { worker, life, run });
    }

    /// The supervisor's dead-man timer: without a confirmed lease it kills 5 s before the adopt window is over.
    pub(super) fn cut_off(&mut self, worker: usize, run: &RunId, nonce: &Nonce) {
        let machine = &mut self.machines[worker];
        let fires = machine.lease_until + ADOPT_WINDOW.as_millis() - 5_000;
        if machine.folder(run, nonce).is_none_or(|folder| !folder.alive) {
            return;
        }
        if self.now >= fires {
            self.finish(worker, run, nonce, true);
        } else {
            let delay = (fires - self.now).max(1);
            self.after(delay, Event::CutOff { worker, run: run.clone(), nonce: nonce.clone() });
        }
    }

    /// Ends every process of the machine; nobody sees how.
    fn end_all(&mut self, worker: usize) {
        let now = self.now;
        for folder in &mut self.machines[worker].folders {
            if std::mem::take(&mut folder.alive)
                && let Some(start) = folder.start
            {
                self.history.starts[start].end = Some(now);
            }
        }
    }

    /// The worker process ends at once.
    pub(super) fn crash(&mut self, worker: usize) {
        let process = &mut self.processes[worker];
        process.end();
        self.history.note_well(worker, self.now, false);
        if !self.scenario.adoptable {
            self.end_all(worker);
        }
        match self.dice.between(0, 9) {
            0 | 1 => {
                self.end_all(worker);
                self.machines[worker].boots += 1;
            }
            2 => {
                self.end_all(worker);
                let machine = &mut self.machines[worker];
                machine.folders.clear();
                machine.folder_is_new = true;
                self.history.gone.push((worker, self.now));
            }
            3 if worker > 0 => {
                self.end_all(worker);
                self.machines[worker].gone = true;
                self.history.gone.push((worker, self.now));
                return;
            }
            4 if worker > 0 => {
                // The process never comes back; its runs go on to their end, and nobody tells.
                self.machines[worker].gone = true;
                self.history.gone.push((worker, self.now));
                return;
            }
            _ => {}
        }
        let delay = self.dice.between(200, 40_000);
        self.after(delay, Event::Boot { worker });
    }

    /// Crashes the process here, perhaps: called between any two steps.
    pub(super) fn may_crash(&mut self, worker: usize) -> bool {
        let crashes = self.scenario.troubles.crashes && self.in_trouble() && self.dice.chance(3);
        if crashes {
            self.crash(worker);
        }
        crashes
    }

    /// Something goes wrong somewhere.
    pub(super) fn misfortune(&mut self) {
        if !self.in_trouble() {
            return;
        }
        let next = self.dice.between(3_000, 15_000);
        self.after(next, Event::Misfortune);
        let troubles = self.scenario.troubles;
        let worker = self.dice.between(0, self.scenario.workers as u64 - 1) as usize;
        match self.dice.between(0, 4) {
            0 if troubles.network && !self.network_bad => {
                self.network_bad = true;
                self.history.begin_trouble(self.now);
                let lasts = self.dice.between(2_000, 20_000);
                self.after(lasts, Event::NetworkHeals);
            }
            1 if troubles.crashes && self.processes[worker].up => self.crash(worker),
            2 if troubles.freezes && self.processes[worker].up && !self.processes[worker].frozen => {
                self.processes[worker].frozen = true;
                self.history.note_well(worker, self.now, false);
                let (lasts, life) = (self.dice.between(500, 60_000), self.processes[worker].life);
                self.after(lasts, Event::Thaw { worker, life });
            }
            3 if troubles.clocks => self.jump(worker),
            4 if troubles.facts && !self.facts.away => {
                self.facts.away = true;
                let lasts = self.dice.between(5_000, 60_000);
                self.after(lasts, Event::FactsReturn);
            }
            _ => {}
        }
    }

    fn jump(&mut self, worker: usize) {
        let far = self.dice.pick(&[0, 200, 3_000, 40_000, 600_000]);
        let sign = if self.dice.chance(50) { 1 } else { -1 };
        let machine = &mut self.machines[worker];
        machine.offset = machine.usual_offset + sign * far;
        debug_assert!(machine.offset.unsigned_abs() < EPOCH_MS, "the clock shows a year of ours");
        self.history.note_well(worker, self.now, false);
    }

    pub(super) fn heal_network(&mut self) {
        self.network_bad = false;
        // Messages of the bad time may still arrive.
        self.history.end_trouble(self.now + LATE_MAX_MS + 1_000);
    }

    /// Every trouble ends: whoever can come back does.
    pub(super) fn calm(&mut self) {
        if self.network_bad {
            self.heal_network();
        }
        self.facts.away = false;
        for machine in &mut self.machines {
            machine.offset = machine.usual_offset;
        }
    }
}
