//! What really happened, seen from outside: every commit, every start and end of a process, every call that returned.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::id::{JobUid, Nonce, RunId, SpecId};
use crate::job::SavedJob;
use crate::state::{Cause, JobState};

/// One change of the record.
pub(super) struct Commit {
    pub(super) what: &'static str,
    pub(super) revision: u64,
    /// When it was applied.
    pub(super) at: u64,
    /// When its sender made it: a message may be late.
    pub(super) made_at: u64,
    pub(super) before: Option<Rc<JobState>>,
    pub(super) after: Option<Rc<JobState>>,
}

/// One process of a run, as the machine saw it.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) run: RunId,
    pub(super) uid: JobUid,
    pub(super) cause: Cause,
    pub(super) attempt: u32,
    /// The text that was really executed.
    pub(super) executed: SpecId,
    pub(super) nonce: Nonce,
    pub(super) at: u64,
    pub(super) end: Option<u64>,
    /// True when somebody saw the end.
    pub(super) seen: bool,
}

/// A call that returned as done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    Save(JobUid, SpecId),
    Pause(JobUid),
    RunNow(RunId),
    Other,
}

/// From when to when; open while it lasts.
pub(super) type Interval = (u64, Option<u64>);

/// What really happened.
#[derive(Default)]
pub(super) struct History {
    pub(super) commits: Vec<Commit>,
    pub(super) starts: Vec<Start>,
    pub(super) calls: Vec<(Call, u64)>,
    pub(super) texts: BTreeMap<(JobUid, SpecId), Rc<SavedJob>>,
    /// When the network or the facts store was in trouble, with the time that late messages may take.
    pub(super) troubles: Vec<Interval>,
    /// When each worker was well: up, registered, settled, its clock good.
    pub(super) well: BTreeMap<usize, Vec<Interval>>,
    /// Machines (and data folders) that are gone with what they had not delivered, and when.
    pub(super) gone: Vec<(usize, u64)>,
}

impl History {
    pub(super) fn begin_trouble(&mut self, at: u64) {
        self.troubles.push((at, None));
    }

    pub(super) fn end_trouble(&mut self, at: u64) {
        if let Some(open) = self.troubles.iter_mut().find(|interval| interval.1.is_none()) {
            open.1 = Some(at);
        }
    }

    /// Notes whether a worker is well from now on.
    pub(super) fn note_well(&mut self, worker: usize, at: u64, is_well: bool) {
        let intervals = self.well.entry(worker).or_default();
        match intervals.last_mut() {
            Some((_, end @ None)) if !is_well => *end = Some(at),
            Some((_, None)) => {}
            _ if is_well => intervals.push((at, None)),
            _ => {}
        }
    }

    pub(super) fn is_calm(&self, from: u64, to: u64) -> bool {
        self.troubles.iter().all(|(begin, end)| *begin > to || end.is_some_and(|end| end < from))
    }

    /// Returns the workers that were well all the time.
    pub(super) fn well_during(&self, from: u64, to: u64) -> Vec<usize> {
        let covers = |interval: &Interval| interval.0 <= from && interval.1.is_none_or(|end| end >= to);
        self.well.iter().filter(|(_, row)| row.iter().any(covers)).map(|(worker, _)| *worker).collect()
    }

    /// Returns the record as it stood at `at`.
    pub(super) fn state_at(&self, at: u64) -> Option<&Rc<JobState>> {
        let index = self.commits.partition_point(|commit| commit.at <= at);
        self.commits[..index].last()?.after.as_ref()
    }

    /// Returns the commit that made a claim.
    pub(super) fn claim_of(&self, run: &RunId, nonce: &Nonce) -> Option<&Commit> {
        self.commits.iter().find(|commit| {
            commit.after.as_ref().is_some_and(|state| {
                state.active.iter().any(|active| active.run == *run && active.nonce == *nonce)
            })
        })
    }
}
