//! Who does what: workers look, follow, claim, complete and die; people change the job; the leading master looks after it.

use super::Broken;
use super::world::{Asked, Minutely, Swap, View, WORKERS, World};
use crate::id::WorkerId;
use crate::job::SavedJob;
use crate::run::{Overrides, RunStatus};
use crate::state::{
    self, Claimant, CompleteStep, Completion, FollowStep, Following, JobState, KillTarget, Ordered, Paused,
    RunEverywhereStep, RunNow, Spec,
};
use crate::time::Span;

fn spec<'a>(saved: &'a SavedJob, worker: Option<&'a WorkerId>) -> Spec<'a> {
    Spec { saved, ticks: &Minutely, worker }
}

impl World {
    /// Something happens.
    pub(super) fn anything(&mut self) {
        let worker = self.dice.between(0, WORKERS as u64 - 1) as usize;
        match self.dice.between(0, 99) {
            0..28 => self.look(worker),
            28..50 => self.follow(worker),
            50..73 => self.claim(worker),
            73..82 => self.complete(worker),
            82..89 => self.arrive(),
            89..92 => self.die_or_come_back(worker),
            92..95 => self.lead(),
            95 => self.ask_for_a_run(),
            _ => self.change(),
        }
    }

    /// Everybody looks and does what is left.
    pub(super) fn settle(&mut self) {
        self.flights.clear();
        for worker in 0..WORKERS {
            for _ in 0..3 {
                self.look(worker);
                self.follow(worker);
                self.look(worker);
                self.claim(worker);
            }
        }
        self.lead();
    }

    fn look(&mut self, worker: usize) {
        self.workers[worker].view = View {
            text: self.text.clone(),
            before: self.before.clone(),
            head: self.head.clone(),
            record: self.records.get(&worker).cloned(),
        };
    }

    fn follow(&mut self, worker: usize) {
        let (id, now) = (Self::id(worker), self.now);
        if !self.workers[worker].up {
            return;
        }
        let view = self.workers[worker].view.clone();
        if let Some(swap) = self.follows(worker, &id, &view, now, true) {
            self.send(swap);
        }
    }

    fn follows(
        &self,
        worker: usize,
        id: &WorkerId,
        view: &View,
        now: crate::time::Timestamp,
        matches: bool,
    ) -> Option<Swap> {
        let mut head = view.head.as_ref().map(|(_, head)| head.clone());
        if let Some(head) = &mut head {
            if self.is(Broken::TakesOrdersAgain) {
                let newest = head.edition.number;
                head.orders.iter_mut().for_each(|order| order.edition = newest);
            } else if self.is(Broken::ForgetsOrders) {
                head.orders.clear();
            }
        }
        let record = view.record.as_ref().map(|(_, record)| record);
        let following = Following {
            worker: id,
            head: head.as_ref(),
            text: view.text.as_ref().map(|text| spec(text, Some(id))),
            before: view.before.as_ref().map(|text| spec(text, Some(id))),
            matches,
        };
        let mut state = match state::follow(record, following, now).ok()? {
            FollowStep::InStep => return None,
            FollowStep::Becomes(next) => Some(*next),
            FollowStep::Goes => None,
        };
        if let Some(state) = &mut state {
            if record.is_none() && self.is(Broken::JoinsFromTheBeginning) {
                state.resolved = crate::time::Timestamp::from_seconds(1_000_000_000);
            }
            if self.is(Broken::FollowsWithoutTelling) {
                let told = record.map(|record| record.unrecorded.clone()).unwrap_or_default();
                state.unrecorded.retain(|end| told.contains(end));
            }
        }
        let expect = view.record.as_ref().map(|(revision, _)| *revision);
        let head = view.head.as_ref().map(|(revision, _)| *revision);
        let life = self.workers[worker].life;
        Some(Swap { worker, life, expect, head, state, starts: Vec::new() })
    }

    fn claim(&mut self, worker: usize) {
        let id = Self::id(worker);
        let view = self.workers[worker].view.clone();
        let (Some((revision, record)), Some((head_at, head)), Some(text)) =
            (&view.record, &view.head, &view.text)
        else {
            return;
        };
        let in_step = state::is_in_step(head, record);
        if !self.workers[worker].up || !in_step && !self.is(Broken::ClaimsOutOfStep) {
            return;
        }
        // One that does not look whether it has followed runs what it has by the text that it had.
        let older = view.before.as_ref().filter(|before| before.spec_id == record.spec_id);
        let text = if record.spec_id == text.spec_id { text } else { older.unwrap_or(text) };
        let nonce = self.dice.hex16().parse().expect("16 digits are a nonce");
        let boot = "boot".parse().expect("letters are a boot's id");
        let by = Claimant { worker: id.clone(), boot, nonce, free_slots: 4 };
        let Ok(Some(step)) = state::claim(record, spec(text, Some(&id)), self.now, &by) else { return };
        let swap = Swap {
            worker,
            life: self.workers[worker].life,
            expect: Some(*revision),
            head: Some(*head_at),
            state: Some(step.state),
            starts: step.starts,
        };
        self.send(swap);
    }

    /// Sends a swap; it may arrive later.
    fn send(&mut self, swap: Swap) {
        if !self.calm && self.dice.chance(30) {
            self.flights.push(swap);
        } else {
            self.apply(swap);
        }
    }

    fn arrive(&mut self) {
        if self.flights.is_empty() {
            return;
        }
        let index = self.dice.between(0, self.flights.len() as u64 - 1) as usize;
        let swap = self.flights.swap_remove(index);
        self.apply(swap);
    }

    /// The first run of a worker ends. Its completion needs neither a registration nor the job's own record.
    fn complete(&mut self, worker: usize) {
        let id = Self::id(worker);
        let Some((_, record)) = self.records.get(&worker) else { return };
        let Some(active) = record.active.first() else { return };
        let end = Completion {
            run: active.run.clone(),
            worker: id.clone(),
            status: if active.kill.is_some() { RunStatus::Killed } else { RunStatus::Succeeded },
            for_workers_sake: false,
            ended_at: self.now,
        };
        let text = self.text.as_ref().filter(|text| text.uid == record.uid && record.deleted.is_none());
        let text = text.filter(|text| text.spec_id == record.spec_id).map(|text| spec(text, Some(&id)));
        let CompleteStep::Done(next) = state::complete(record, text, self.now, &end) else { return };
        self.revision += 1;
        match next {
            Some(next) => drop(self.records.insert(worker, (self.revision, next))),
            None => drop(self.records.remove(&worker)),
        }
    }

    fn die_or_come_back(&mut self, worker: usize) {
        let back = self.dice.chance(80);
        let worker = &mut self.workers[worker];
        if !worker.up && !back {
            return;
        }
        worker.up = !worker.up;
        worker.life += 1;
        worker.view = View::default();
    }

    /// The leading master: follows for who is away, tells what waits, takes orders out that all have taken.
    fn lead(&mut self) {
        for worker in 0..WORKERS {
            if self.workers[worker].up || !self.records.contains_key(&worker) {
                continue;
            }
            let view = View {
                text: self.text.clone(),
                before: self.before.clone(),
                head: self.head.clone(),
                record: self.records.get(&worker).cloned(),
            };
            let matches = view.record.as_ref().is_some_and(|(_, record)| record.deleted.is_none());
            if let Some(swap) = self.follows(worker, &Self::id(worker), &view, self.now, matches) {
                self.workers[worker].up = true;
                self.apply(swap);
                self.workers[worker].up = false;
            }
        }
        self.record();
        let Some((_, head)) = self.head.clone() else { return };
        let next = match state::fanned_out(&head, self.records.values().map(|(_, state)| state), self.now) {
            FollowStep::InStep => return,
            FollowStep::Becomes(next) => Some(*next),
            FollowStep::Goes => None,
        };
        self.revision += 1;
        self.head = next.map(|next| (self.revision, next));
    }

    fn record(&mut self) {
        let mut ends: Vec<(Option<usize>, JobState)> =
            self.records.iter().map(|(worker, (_, state))| (Some(*worker), state.clone())).collect();
        ends.extend(self.head.iter().map(|(_, head)| (None, head.clone())));
        for (whose, state) in ends.into_iter().filter(|(_, state)| !state.unrecorded.is_empty()) {
            self.told.extend(state.unrecorded.iter().map(|end| (whose, end.clone())));
            self.revision += 1;
            let next = state::recorded(&state, &state.unrecorded).map(|next| (self.revision, next));
            match (whose, next) {
                (Some(worker), Some(next)) => drop(self.records.insert(worker, next)),
                (Some(worker), None) => drop(self.records.remove(&worker)),
                (None, next) => self.head = next,
            }
        }
    }

    pub(super) fn create(&mut self) {
        let text = self.first_text();
        let left = self.head.as_ref().map(|(_, head)| (head, None));
        let Ok(head) = state::save(left, spec(&text, None), self.now) else { return };
        self.write(Some(head), Some(text));
    }

    /// Writes the job's own record and its text in one step.
    fn write(&mut self, head: Option<JobState>, text: Option<SavedJob>) {
        self.revision += 1;
        self.counts.changes += 1;
        self.head = head.map(|head| (self.revision, head));
        if self.text != text {
            self.before = std::mem::replace(&mut self.text, text);
        }
    }

    /// A person does something to the job.
    fn change(&mut self) {
        let (Some((_, head)), Some(text)) = (self.head.clone(), self.text.clone()) else {
            self.create();
            return;
        };
        let own = spec(&text, None);
        match self.dice.between(0, 9) {
            0..3 => {
                let mut next = SavedJob { spec_id: text.spec_id.next(), saved_at: self.now, ..text.clone() };
                next.job.jitter = Span::from_millis(self.dice.between(0, 1));
                if let Ok(head) = state::save(Some((&head, Some(own))), spec(&next, None), self.now) {
                    self.write(Some(head), Some(next));
                }
            }
            3 => {
                let until = self.dice.chance(50).then(|| self.now + Span::from_seconds(90));
                let paused = Paused { by: "ann".into(), why: String::new(), since: self.now, until };
                if let Ok(head) = state::pause(&head, own, self.now, paused) {
                    self.write(Some(head), Some(text));
                }
            }
            4 | 5 => {
                if let Ok(head) = state::resume(&head, own, self.now) {
                    self.write(Some(head), Some(text));
                }
            }
            6 => {
                if let Ok(step) = state::kill(&head, self.now, "ann", &KillTarget::All) {
                    self.write(Some(step.state), Some(text.clone()));
                    self.killed = Some((self.revision, text.uid));
                }
            }
            7..9 => self.ask(&head, own),
            _ if self.dice.chance(30) => {
                let kill = self.dice.chance(50);
                if let Ok(head) = state::delete(&head, own, self.now, "ann", kill) {
                    self.write(head, None);
                    self.killed = if kill { Some((self.revision, text.uid)) } else { None };
                }
            }
            _ => {}
        }
    }

    fn ask_for_a_run(&mut self) {
        if let (Some((_, head)), Some(text)) = (self.head.clone(), self.text.clone()) {
            self.ask(&head, spec(&text, None));
        }
    }

    fn ask(&mut self, head: &JobState, own: Spec<'_>) {
        let joined = self.records.iter().filter(|(worker, (_, record))| {
            self.workers[**worker].up && record.deleted.is_none() && record.uid == head.uid
        });
        let workers: Vec<WorkerId> = joined.map(|(worker, _)| Self::id(*worker)).collect();
        let key = self.dice.hex16();
        let request = RunNow { key, by: "ann".into(), overrides: Overrides::default() };
        let asked = state::run_everywhere(head, own, self.now, request, &workers);
        let Ok(RunEverywhereStep::Added(next, runs)) = asked else { return };
        debug_assert!(
            next.orders.iter().any(|order| matches!(order.what, Ordered::Run { .. })),
            "it is ordered"
        );
        let text = own.saved.clone();
        self.write(Some(*next), Some(text));
        self.asked.extend(runs.into_iter().map(|on| Asked { run: on.run }));
    }
}
