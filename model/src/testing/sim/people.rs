//! Masters: what people ask for, what the leading master does by itself.
//!
//! Flow: read what stands → transition → swap; who loses the swap reads again; an answer that does not come is
//! told as unknown. The leading master tells the facts store and is the last to settle lost runs.

use std::rc::Rc;

use super::history::Call;
use super::rules::Broken;
use super::scenario::{Every, uid};
use super::store::{Guard, JobWrite, Txn, Verdict};
use super::world::{Event, Sender, World};
use crate::id::SpecId;
use crate::job::SavedJob;
use crate::run::Overrides;
use crate::state::{
    JobState, KillTarget, Paused, RunNow, RunNowStep, Spec, Unrecorded, delete, kill, recorded, run_now,
};
use crate::time::{Span, Timestamp};

impl World {
    /// What the leading master takes the time to be.
    fn master_time(&self) -> Timestamp {
        self.wall(150)
    }

    pub(super) fn first_save(&mut self) {
        let text = Rc::new(self.scenario.text.clone());
        self.put_new(text);
    }

    fn put_new(&mut self, text: Rc<SavedJob>) {
        let record = self.store.state.clone();
        let ticks = Every::of(&text);
        let new = Spec { saved: &text, ticks: &ticks, worker: None };
        let before = record.as_ref().map(|(_, state)| (&**state, None));
        let Ok(next) = self.rules.save(before, new, self.master_time()) else { return };
        let call = Call::Save(text.uid.clone(), text.spec_id);
        self.swap("save", Some(next), JobWrite::Put(text), call);
    }

    fn swap(&mut self, what: &'static str, state: Option<JobState>, job: JobWrite, call: Call) {
        let expect = self.store.state.as_ref().map(|(revision, _)| *revision);
        let txn = Txn { what, guard: Guard::None, expect, state: state.map(Rc::new), job };
        self.send(txn, Sender::Master { call });
    }

    /// A call that won has returned; one that lost or was not answered told its caller so.
    pub(super) fn call_answered(&mut self, call: Call, verdict: Option<&Verdict>) {
        if let Some(Verdict::Won(revision)) = verdict {
            self.history.calls.push((call, *revision));
        }
    }

    /// Somebody does something.
    pub(super) fn act(&mut self) {
        if !self.in_trouble() || !self.scenario.troubles.people {
            return;
        }
        let next = self.dice.between(1_000, 15_000);
        self.after(next, Event::Act);
        let (job, record) = (self.store.job.clone(), self.store.state.clone());
        let Some((_, text)) = job else { return self.create_anew() };
        let Some((_, state)) = record else { return };
        let ticks = Every::of(&text);
        let spec = Spec { saved: &text, ticks: &ticks, worker: None };
        match self.dice.between(0, 11) {
            0 | 1 => self.edit(&text, &state, spec),
            2 | 3 => self.pause(&state, spec),
            4 | 5 => {
                if let Ok(next) = self.rules.resume(&state, spec, self.master_time()) {
                    self.swap("resume", Some(next), JobWrite::Keep, Call::Other);
                }
            }
            6 => {
                let kills = self.dice.chance(50);
                if let Ok(next) = delete(&state, spec, self.master_time(), "ann", kills) {
                    self.swap("delete", next, JobWrite::Delete, Call::Other);
                }
            }
            7..=9 => self.ask_for_run(&state, spec),
            _ => {
                if let Ok(step) = kill(&state, self.master_time(), "ann", &KillTarget::All) {
                    self.swap("kill", Some(step.state), JobWrite::Keep, Call::Other);
                }
            }
        }
    }

    fn create_anew(&mut self) {
        if self.store.state.as_ref().is_none_or(|(_, state)| state.deleted.is_some()) {
            self.uids += 1;
            let text = SavedJob { uid: uid(self.uids), spec_id: SpecId::FIRST, ..self.scenario.text.clone() };
            self.put_new(Rc::new(text));
        }
    }

    fn edit(&mut self, text: &SavedJob, state: &JobState, old: Spec<'_>) {
        let mut new = SavedJob { spec_id: text.spec_id.next(), ..text.clone() };
        match self.dice.between(0, 3) {
            0 => new.job.description = format!("edited to {}", new.spec_id),
            1 => new.job.enabled = !new.job.enabled,
            2 => new.job.jitter = Span::from_millis(self.dice.pick(&[0, 4_000])),
            _ => new.job.schedule = self.dice.pick(&["2000", "5000", "9000"]).to_owned(),
        }
        self.put_edit(new, state, old);
    }

    fn put_edit(&mut self, new: SavedJob, state: &JobState, old: Spec<'_>) {
        let new = Rc::new(new);
        let ticks = Every::of(&new);
        let spec = Spec { saved: &new, ticks: &ticks, worker: None };
        if let Ok(next) = self.rules.save(Some((state, Some(old))), spec, self.master_time()) {
            let call = Call::Save(new.uid.clone(), new.spec_id);
            self.swap("save", Some(next), JobWrite::Put(new), call);
        }
    }

    fn pause(&mut self, state: &JobState, spec: Spec<'_>) {
        let now = self.master_time();
        let until = if self.dice.chance(50) {
            Some(now + Span::from_millis(self.dice.between(1_000, 30_000)))
        } else {
            None
        };
        let text = Paused { by: "ann".to_owned(), why: String::new(), since: now, until };
        if let Ok(next) = self.rules.pause(state, spec, now, text) {
            self.swap("pause", Some(next), JobWrite::Keep, Call::Pause(state.uid.clone()));
        }
    }

    fn ask_for_run(&mut self, state: &JobState, spec: Spec<'_>) {
        // Some keys are used again.
        self.keys += self.dice.between(0, 1);
        let request =
            RunNow { key: format!("k{}", self.keys), by: "ann".to_owned(), overrides: Overrides::default() };
        if let Ok(RunNowStep::Added(next, run)) = run_now(state, spec, self.master_time(), request) {
            self.swap("run now", Some(*next), JobWrite::Keep, Call::RunNow(run));
        }
    }

    /// The leading master tells the facts store what waits in the record.
    pub(super) fn record(&mut self) {
        let next = self.dice.between(1_000, 5_000);
        self.after(next, Event::Record);
        let Some((revision, state)) = self.store.state.clone() else { return };
        if state.unrecorded.is_empty() {
            return;
        }
        let told = state.unrecorded.clone();
        if self.rules.broken(Broken::ForgetBeforeTelling) {
            return self.recorded(&told);
        }
        if self.facts.away {
            return;
        }
        self.facts.put_ends(revision, &told);
        let delay = self.dice.between(1, 1_500);
        self.after(delay, Event::Recorded { told });
    }

    /// What was told leaves the record as it stands now.
    pub(super) fn recorded(&mut self, told: &[Unrecorded]) {
        let Some((revision, state)) = self.store.state.clone() else { return };
        let next = recorded(&state, told);
        if next.as_ref() != Some(&*state) {
            let txn = Txn {
                what: "recorded",
                guard: Guard::None,
                expect: Some(revision),
                state: next.map(Rc::new),
                job: JobWrite::Keep,
            };
            self.send(txn, Sender::Nobody);
        }
    }

    /// The leading master settles lost runs too: the last rank.
    pub(super) fn master_looks(&mut self) {
        self.after(6_000, Event::MasterLooks);
        let mut seen = std::mem::take(&mut self.master_saw_gone);
        let (record, now) = (self.store.state.clone(), self.master_time());
        self.settle_gone(record, &mut seen, now, None);
        self.master_saw_gone = seen;
    }

    /// The end: the job is disabled, and what it left behind is seen to its end.
    pub(super) fn disable(&mut self) {
        let (Some((_, text)), Some((revision, state))) = (self.store.job.clone(), self.store.state.clone())
        else {
            self.disabled = true;
            return;
        };
        let mut new = SavedJob { spec_id: text.spec_id.next(), ..(*text).clone() };
        new.job.enabled = false;
        let new = Rc::new(new);
        let (old_ticks, ticks) = (Every::of(&text), Every::of(&new));
        let old = Spec { saved: &text, ticks: &old_ticks, worker: None };
        let spec = Spec { saved: &new, ticks: &ticks, worker: None };
        // Not by the broken rules: the end is the checker's own.
        let next = crate::state::save(Some((&state, Some(old))), spec, self.master_time());
        let Ok(next) = next else { return };
        let txn = Txn {
            what: "save",
            guard: Guard::None,
            expect: Some(revision),
            state: Some(Rc::new(next)),
            job: JobWrite::Put(new),
        };
        self.send(txn, Sender::Disable);
    }

    pub(super) fn disable_answered(&mut self, verdict: Option<&Verdict>) {
        if matches!(verdict, Some(Verdict::Won(_))) {
            self.disabled = true;
        } else {
            self.after(100, Event::Disable);
        }
    }
}
