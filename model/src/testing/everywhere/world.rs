//! The world: one job's records with their revisions, who is alive, what was started and told, and time.
//!
//! Flow: **`world`** → `actors` → swaps, which may arrive later than they were sent → history → `checks`.

use std::collections::BTreeMap;

use super::super::sim::Dice;
use super::{Broken, Counts};
use crate::id::{JobUid, RunId, WorkerId};
use crate::job::{Job, SavedJob};
use crate::state::{JobState, Start, Ticks, Unrecorded};
use crate::time::{Span, Timestamp};

/// How many workers there are.
pub(super) const WORKERS: usize = 3;
/// How many things happen in a history, and how many of them at its end without trouble.
const STEPS: usize = 600;

/// A tick each minute.
pub(super) struct Minutely;

impl Ticks for Minutely {
    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        Some(Timestamp::from_millis((after.as_millis().div_euclid(60_000) + 1) * 60_000))
    }
}

/// A value with the revision of its last change; none: it does not exist.
pub(super) type At<T> = Option<(u64, T)>;

/// The stores as somebody saw them.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    pub(super) text: Option<SavedJob>,
    pub(super) before: Option<SavedJob>,
    pub(super) head: At<JobState>,
    pub(super) record: At<JobState>,
}

/// A swap of a worker's record on its way.
#[derive(Debug, Clone)]
pub(super) struct Swap {
    pub(super) worker: usize,
    pub(super) life: u32,
    pub(super) expect: Option<u64>,
    pub(super) head: Option<u64>,
    pub(super) state: Option<JobState>,
    pub(super) starts: Vec<Start>,
}

/// One worker.
#[derive(Debug, Clone, Default)]
pub(super) struct Worker {
    pub(super) up: bool,
    pub(super) life: u32,
    pub(super) view: View,
}

/// A run that began.
#[derive(Debug, Clone)]
pub(super) struct Started {
    pub(super) worker: usize,
    pub(super) run: RunId,
    pub(super) uid: JobUid,
    pub(super) at: Timestamp,
    pub(super) attempt: u32,
    pub(super) manual: bool,
    /// What the store held when its claim was written: whether that forbade it.
    pub(super) forbidden: Option<&'static str>,
    /// The revision of the claim.
    pub(super) revision: u64,
}

/// A time in which a worker had a record of one job.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    pub(super) worker: usize,
    pub(super) uid: JobUid,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// A run that was asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) run: RunId,
}

/// Everything there is.
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) broken: Option<Broken>,
    pub(super) now: Timestamp,
    pub(super) revision: u64,
    pub(super) text: Option<SavedJob>,
    pub(super) before: Option<SavedJob>,
    pub(super) head: At<JobState>,
    pub(super) records: BTreeMap<usize, (u64, JobState)>,
    pub(super) workers: Vec<Worker>,
    pub(super) flights: Vec<Swap>,
    pub(super) started: Vec<Started>,
    pub(super) told: Vec<(Option<usize>, Unrecorded)>,
    pub(super) joined: Vec<Joined>,
    pub(super) asked: Vec<Asked>,
    /// The revision of the last kill of all, with the job's own id.
    pub(super) killed: Option<(u64, JobUid)>,
    pub(super) unkilled: Vec<RunId>,
    pub(super) counts: Counts,
    pub(super) uids: u64,
    pub(super) calm: bool,
}

impl World {
    pub(super) fn new(seed: u64, broken: Option<Broken>) -> Self {
        Self {
            dice: Dice::new(seed),
            broken,
            now: Timestamp::from_seconds(1_000_000_020),
            revision: 0,
            text: None,
            before: None,
            head: None,
            records: BTreeMap::new(),
            workers: vec![Worker { up: true, ..Worker::default() }; WORKERS],
            flights: Vec::new(),
            started: Vec::new(),
            told: Vec::new(),
            joined: Vec::new(),
            asked: Vec::new(),
            killed: None,
            unkilled: Vec::new(),
            counts: Counts::default(),
            uids: 0,
            calm: false,
        }
    }

    pub(super) fn is(&self, broken: Broken) -> bool {
        self.broken == Some(broken)
    }

    /// Plays: first anything may happen, then everybody is there and does what is left to do.
    pub(super) fn play(&mut self) {
        self.create();
        for _ in 0..STEPS {
            self.pass();
            self.anything();
        }
        self.calm = true;
        for worker in &mut self.workers {
            worker.up = true;
        }
        for _ in 0..6 {
            self.now = self.now + Span::from_seconds(1);
            self.settle();
        }
        self.note_unkilled();
    }

    fn pass(&mut self) {
        let most = self.dice.pick(&[100, 3_000, 3_000, 30_000]);
        self.now = self.now + Span::from_millis(self.dice.between(1, most));
    }

    /// Applies a swap of a worker's record, whole or not at all.
    pub(super) fn apply(&mut self, swap: Swap) -> bool {
        let worker = &self.workers[swap.worker];
        if worker.life != swap.life || !worker.up && swap.life != u32::MAX {
            return false;
        }
        let stands = self.records.get(&swap.worker).map(|(revision, _)| *revision);
        let head = self.head.as_ref().map(|(revision, _)| *revision);
        let compared = swap.head == head || self.is(Broken::NoHeadCompare) && !swap.starts.is_empty();
        if stands != swap.expect || !compared {
            self.counts.overtaken += usize::from(!compared && !swap.starts.is_empty());
            return false;
        }
        self.revision += 1;
        self.note_joining(&swap);
        self.note_starts(&swap);
        match swap.state {
            Some(state) => drop(self.records.insert(swap.worker, (self.revision, state))),
            None => drop(self.records.remove(&swap.worker)),
        }
        true
    }

    fn note_starts(&mut self, swap: &Swap) {
        let Some(state) = &swap.state else { return };
        for start in &swap.starts {
            let manual = start.requested_by.is_some();
            let started = Started {
                worker: swap.worker,
                run: start.run.clone(),
                uid: state.uid.clone(),
                at: start.scheduled_at,
                attempt: start.attempt,
                manual,
                forbidden: self.forbids(state, manual),
                revision: self.revision,
            };
            self.counts.ticks += usize::from(!manual);
            self.counts.requests += usize::from(manual);
            self.started.push(started);
        }
    }

    /// Returns why the job as it stands forbids a claim from this record.
    fn forbids(&self, state: &JobState, manual: bool) -> Option<&'static str> {
        let Some((_, head)) = &self.head else { return Some("the job is gone") };
        let paused = head.paused.as_ref().is_some_and(|p| p.until.is_none_or(|until| until > self.now));
        match () {
            () if head.deleted.is_some() || head.uid != state.uid => Some("the job is deleted"),
            () if head.spec_id != state.spec_id => Some("the job has another text"),
            () if paused && !manual => Some("the job is paused"),
            () => None,
        }
    }

    /// Notes since when and until when a worker has a record of one job.
    fn note_joining(&mut self, swap: &Swap) {
        let before = self.records.get(&swap.worker).map(|(_, state)| state);
        let of = |state: &JobState| state.deleted.is_none().then(|| (state.uid.clone(), state.joined));
        let (was, is) = (before.and_then(of), swap.state.as_ref().and_then(of));
        if was.is_some() && was != is {
            // One that goes at once had nothing to tell up to the instant at which its job ended.
            let head = self.head.as_ref().map(|(_, head)| head);
            let deleted = head.and_then(|head| head.deleted.as_ref()).map(|deleted| deleted.at);
            let ended = deleted.or(self.text.as_ref().map(|text| text.saved_at)).unwrap_or(self.now);
            let until = swap.state.as_ref().map_or(ended, |state| state.resolved);
            if let Some(open) = self.joined.iter_mut().rfind(|joined| joined.worker == swap.worker) {
                open.until = until.min(self.now);
            }
        }
        if let Some((uid, Some(from))) = is.filter(|is| was.as_ref() != Some(is)) {
            self.joined.push(Joined { worker: swap.worker, uid, from, until: Timestamp::MAX });
        }
    }

    /// Notes what a kill should have reached, once everybody has followed.
    fn note_unkilled(&mut self) {
        let Some((killed, uid)) = self.killed.clone() else { return };
        for (_, state) in self.records.values() {
            for active in state.active.iter().filter(|active| active.uid == uid && active.kill.is_none()) {
                let began = self.started.iter().find(|started| started.run == active.run);
                if began.is_some_and(|began| began.revision < killed) {
                    self.unkilled.push(active.run.clone());
                }
            }
        }
    }

    pub(super) fn id(worker: usize) -> WorkerId {
        format!("w{worker}").parse().expect("a letter and a number are a worker's id")
    }

    /// Returns the first text of the next job of the name.
    pub(super) fn first_text(&mut self) -> SavedJob {
        self.uids += 1;
        let text = r#"{ "name": "j", "schedule": "* * * * *", "placement": { "mode": "all" },
            "missed": { "policy": "all" }, "shell": { "script": "true" } }"#;
        let mut job: Job = serde_json::from_str(text).expect("the sample is a job");
        job.overlap = self.dice.pick(&[crate::policy::Overlap::Allow, crate::policy::Overlap::Skip]);
        SavedJob {
            version: SavedJob::VERSION,
            uid: format!("{:032x}", self.uids).parse().expect("32 digits are a uid"),
            spec_id: crate::id::SpecId::FIRST,
            author: "ann".to_owned(),
            reason: String::new(),
            saved_at: self.now,
            anchor: self.now,
            job,
        }
    }
}
