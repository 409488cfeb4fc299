//! What a worker process does with runs: starts what it claimed, completes what ended, adopts, settles.
//!
//! Flow: claim → **`exec`** → machine → **`complete`** → ship. Looks around for runs of workers that are gone.

use std::rc::Rc;

use super::history::Start as Evidence;
use super::machine::Folder;
use super::rules::Broken;
use super::scenario::Every;
use super::store::{Guard, JobWrite, RunFact, Txn, Verdict};
use super::world::{Event, Sender, World};
use crate::id::{Nonce, RunId};
use crate::job::SavedJob;
use crate::run::RunStatus;
use crate::state::{Active, CompleteStep, Completion, JobState, START_WITHIN, Settle, Spec};

impl World {
    /// Starts a run that this process claimed: looks at the lease, syncs the folder, executes.
    pub(super) fn exec(&mut self, worker: usize, run: &RunId, nonce: &Nonce) {
        self.note(worker);
        let process = &self.processes[worker];
        let Some(held) = process.table.iter().find(|held| held.nonce == *nonce && held.run == *run).cloned()
        else {
            return;
        };
        if self.machines[worker].folder(run, nonce).is_some() {
            return;
        }
        let in_time = self.now < process.holds_until && self.now <= held.sent_at + START_WITHIN.as_millis();
        let Some(claim) =
            self.history.claim_of(run, nonce).map(|commit| (commit.revision, commit.after.clone()))
        else {
            // Only a broken rule starts what nobody claimed.
            return self.exec_unclaimed(&held);
        };
        let entry = claim.1.and_then(|state| state.active.iter().find(|active| active.run == *run).cloned());
        let entry = entry.expect("the claim's commit names the run");
        if self.may_crash(worker) {
            return;
        }
        let not_started = !in_time && !self.rules.broken(Broken::NoLeaseCheck);
        self.machines[worker].folders.push(Folder {
            run: run.clone(),
            entry: entry.clone(),
            fence: claim.0,
            start: None,
            alive: false,
            ended: not_started.then_some((RunStatus::NotStarted, self.now)),
            completed: false,
            shipped: false,
        });
        if not_started {
            return self.complete(worker, run);
        }
        if self.may_crash(worker) {
            return;
        }
        let start = self.evidence(&entry, &held.text);
        self.execute(worker, run, nonce, start);
        self.see_kills(worker);
        self.may_crash(worker);
    }

    fn exec_unclaimed(&mut self, held: &super::worker::Held) {
        let flights = self.flights.values();
        let entry = flights.filter_map(|flight| flight.txn.state.as_ref()).find_map(|state| {
            state.active.iter().find(|active| active.nonce == held.nonce && active.run == held.run).cloned()
        });
        if let Some(entry) = entry {
            self.evidence(&entry, &held.text);
        }
    }

    fn evidence(&mut self, entry: &Active, text: &Rc<SavedJob>) -> usize {
        self.history.starts.push(Evidence {
            run: entry.run.clone(),
            uid: entry.uid.clone(),
            cause: entry.cause.clone(),
            attempt: entry.attempt,
            executed: text.spec_id,
            nonce: entry.nonce.clone(),
            at: self.now,
            end: None,
            seen: false,
        });
        self.history.starts.len() - 1
    }

    /// Stops runs that the record says to stop.
    pub(super) fn see_kills(&mut self, worker: usize) {
        let Some((_, state)) = self.processes[worker].state.clone() else { return };
        for active in state.active.iter().filter(|active| active.kill.is_some()) {
            let folder = self.machines[worker].folder(&active.run, &active.nonce);
            if folder.is_some_and(|folder| folder.alive) {
                let delay = self.dice.between(5, 1_500);
                self.after(
                    delay,
                    Event::Finish {
                        worker,
                        run: active.run.clone(),
                        nonce: active.nonce.clone(),
                        killed: true,
                    },
                );
            }
        }
    }

    pub(super) fn start_from_watch(&mut self, worker: usize) {
        if !self.rules.broken(Broken::StartFromWatch) {
            return;
        }
        let process = &self.processes[worker];
        let (Some((_, text)), Some((_, state))) = (process.job.clone(), process.state.clone()) else {
            return;
        };
        let (me, life) = (Self::worker_id(worker), process.life);
        for active in state.active.iter().filter(|active| active.worker == me) {
            let mut table = self.processes[worker].table.iter();
            let known = table.any(|held| held.run == active.run && held.nonce == active.nonce);
            if !known && self.machines[worker].folder(&active.run, &active.nonce).is_none() {
                self.processes[worker].table.push(super::worker::Held {
                    run: active.run.clone(),
                    nonce: active.nonce.clone(),
                    sent_at: self.now,
                    text: text.clone(),
                });
                let (run, nonce) = (active.run.clone(), active.nonce.clone());
                self.after(1, Event::Exec { worker, life, run, nonce });
            }
        }
    }

    /// Completes a run that has ended, or that did not start. Reads what stands, then swaps; asks again until it is done.
    pub(super) fn complete(&mut self, worker: usize, run: &RunId) {
        if self.may_crash(worker) {
            return;
        }
        let Some(end) = self.end_of(worker, run) else { return };
        if self.network_bad && self.dice.chance(30) {
            return self.complete_later(worker, run);
        }
        let (record, job) = (self.store.state.clone(), self.store.job.clone());
        let Some((revision, state)) = record else { return self.completed(worker, run) };
        let now = self.time_of(worker);
        let step = match &job {
            Some((_, text)) => {
                let ticks = Every::of(text);
                let spec = Spec { saved: text, ticks: &ticks, worker: None };
                self.rules.complete(&state, Some(spec), now, &end)
            }
            None => self.rules.complete(&state, None, now, &end),
        };
        let CompleteStep::Done(next) = step else { return self.completed(worker, run) };
        let txn = Txn {
            what: "complete",
            guard: Guard::None,
            expect: Some(revision),
            state: next.map(Rc::new),
            job: JobWrite::Keep,
        };
        let life = self.processes[worker].life;
        self.send(txn, Sender::Complete { worker, life, run: run.clone() });
    }

    fn end_of(&mut self, worker: usize, run: &RunId) -> Option<Completion> {
        let me = Self::worker_id(worker);
        let folders = &self.machines[worker].folders;
        let (status, at) = folders.iter().rfind(|folder| folder.run == *run && !folder.completed)?.ended?;
        Some(Completion {
            run: run.clone(),
            worker: me,
            status,
            for_workers_sake: status == RunStatus::NotStarted,
            ended_at: self.reckoned(worker, at),
        })
    }

    fn complete_later(&mut self, worker: usize, run: &RunId) {
        let (delay, life) = (self.dice.between(300, 2_000), self.processes[worker].life);
        self.after(delay, Event::Complete { worker, life, run: run.clone() });
    }

    pub(super) fn complete_answered(&mut self, worker: usize, run: &RunId, verdict: Option<&Verdict>) {
        match verdict {
            Some(Verdict::Won(_)) => self.completed(worker, run),
            _ => self.complete_later(worker, run),
        }
    }

    fn completed(&mut self, worker: usize, run: &RunId) {
        self.processes[worker].table.retain(|held| held.run != *run);
        for folder in &mut self.machines[worker].folders {
            folder.completed |= folder.run == *run && folder.ended.is_some();
        }
        self.wake(worker, 1);
    }

    /// Delivers final records, as far as the facts store is there.
    pub(super) fn ship(&mut self, worker: usize) {
        let life = self.processes[worker].life;
        self.after(2_000, Event::Ship { worker, life });
        if self.facts.away {
            return;
        }
        for folder in &mut self.machines[worker].folders {
            if let (Some((status, _)), false) = (folder.ended, folder.shipped) {
                folder.shipped = true;
                self.facts.put_run(folder.run.clone(), RunFact { order: folder.fence, status });
            }
        }
    }

    /// Takes over what an earlier process left on this machine.
    pub(super) fn adopt(&mut self, worker: usize) {
        let (now, life) = (self.now, self.processes[worker].life);
        let text = self.store.job.as_ref().map(|(_, text)| text.clone());
        let mut ended = Vec::new();
        for folder in self.machines[worker].folders.iter_mut().filter(|folder| !folder.completed) {
            if !folder.alive && folder.ended.is_none() {
                let status = if folder.start.is_some() { RunStatus::Lost } else { RunStatus::NotStarted };
                folder.ended = Some((status, now));
            }
            if folder.ended.is_some() {
                ended.push(folder.run.clone());
            }
            if let Some(text) = &text {
                self.processes[worker].table.push(super::worker::Held {
                    run: folder.run.clone(),
                    nonce: folder.entry.nonce.clone(),
                    sent_at: now,
                    text: text.clone(),
                });
            }
        }
        for run in ended {
            self.after(5, Event::Complete { worker, life, run });
        }
    }

    /// Settles what this id still has in the record without a folder. Claims begin after that.
    pub(super) fn settle_own(&mut self, worker: usize) {
        if self.rules.broken(Broken::NoSettleAtStart) {
            self.processes[worker].settled = true;
            return;
        }
        let me = Self::worker_id(worker);
        let Some((revision, state)) = self.store.state.clone() else {
            self.processes[worker].settled = true;
            return;
        };
        let held = |active: &Active| {
            let process = &self.processes[worker];
            let folders = &self.machines[worker].folders;
            process.table.iter().any(|held| held.run == active.run && held.nonce == active.nonce)
                || folders.iter().any(|folder| folder.run == active.run && folder.entry.nonce == active.nonce)
        };
        let Some(active) = state.active.iter().find(|active| active.worker == me && !held(active)).cloned()
        else {
            self.processes[worker].settled = true;
            self.machines[worker].folder_is_new = false;
            return;
        };
        let machine = &self.machines[worker];
        let anew = machine.folder_is_new && !self.rules.broken(Broken::NewFolderIsNotStarted);
        let same = active.boot == machine.boot_id() && !anew;
        let how = if same { Settle::NoFolderSameBoot } else { Settle::NoFolderOtherBoot };
        let registration = self.processes[worker].registration.unwrap_or_default();
        self.lose(
            revision,
            &state,
            &active.run,
            &how,
            Guard::Alive(worker, registration),
            self.time_of(worker),
        );
    }

    /// Looks for runs of workers that are gone, and for claims of its own that it does not know.
    pub(super) fn look_around(&mut self, worker: usize) {
        let life = self.processes[worker].life;
        self.after(4_000, Event::LookAround { worker, life });
        self.note(worker);
        let process = &self.processes[worker];
        if !process.settled || process.registration.is_none() || self.now >= process.holds_until {
            return;
        }
        if self.history.well.get(&worker).is_some_and(|row| row.last().is_some_and(|(_, end)| end.is_some()))
        {
            return; // Its clock is not good: it judges nothing.
        }
        if !self.rules.broken(Broken::NoSettleAtStart) {
            self.settle_own(worker);
        }
        let now = self.time_of(worker);
        let mut seen = std::mem::take(&mut self.processes[worker].saw_gone);
        let record = self.processes[worker].state.clone();
        self.settle_gone(record, &mut seen, now, Some(worker));
        self.processes[worker].saw_gone = seen;
    }

    /// Settles runs of workers that have no registration, once their time is over.
    pub(super) fn settle_gone(
        &mut self,
        record: super::store::Record,
        seen: &mut std::collections::BTreeMap<usize, u64>,
        now: crate::time::Timestamp,
        me: Option<usize>,
    ) {
        let Some((revision, state)) = record else { return };
        for worker in (0..self.scenario.workers).filter(|worker| Some(*worker) != me) {
            if self.store.registration(worker, self.now).is_some() {
                seen.remove(&worker);
                continue;
            }
            let since = *seen.entry(worker).or_insert(self.now);
            let id = Self::worker_id(worker);
            let Some(active) = state.active.iter().find(|active| active.worker == id) else { continue };
            let since = now - crate::time::Span::from_millis(self.now - since);
            let how = Settle::WorkerGone { since };
            return self.lose(revision, &state, &active.run.clone(), &how, Guard::Gone(worker), now);
        }
    }

    fn lose(
        &mut self,
        revision: u64,
        state: &Rc<JobState>,
        run: &RunId,
        how: &Settle,
        guard: Guard,
        now: crate::time::Timestamp,
    ) {
        let job = self.store.job.clone();
        let next = match &job {
            Some((_, text)) => {
                let ticks = Every::of(text);
                let spec = Spec { saved: text, ticks: &ticks, worker: None };
                self.rules.lose(state, Some(spec), now, run, how)
            }
            None => self.rules.lose(state, None, now, run, how),
        };
        let Ok(next) = next else { return };
        let txn = Txn {
            what: "lose",
            guard,
            expect: Some(revision),
            state: next.map(Rc::new),
            job: JobWrite::Keep,
        };
        self.send(txn, Sender::Nobody);
    }
}
