//! The stores as the simulation has them: one record, one job, registrations, all with revisions; and the facts.
//!
//! A transaction is applied when its message arrives, whole or not at all, whoever still waits for the answer.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::rules::{Broken, Rules};
use crate::id::{JobUid, RunId};
use crate::job::SavedJob;
use crate::run::RunStatus;
use crate::state::{JobState, Unrecorded, Unrun};
use crate::time::Timestamp;

/// How long a registration lives without being renewed, in milliseconds.
pub(super) const LEASE_MS: u64 = 10_000;

/// A record with the revision of its last change; none: it does not exist.
pub(super) type Record = Option<(u64, Rc<JobState>)>;
/// The saved job with its revision; none: it does not exist.
pub(super) type Text = Option<(u64, Rc<SavedJob>)>;

/// What must hold beside the revision.
#[derive(Debug, Clone, Copy)]
pub(super) enum Guard {
    None,
    /// This worker's registration has this revision still.
    Alive(usize, u64),
    /// This worker has none.
    Gone(usize),
}

/// What happens to the saved job in the same step.
#[derive(Debug, Clone)]
pub(super) enum JobWrite {
    Keep,
    Put(Rc<SavedJob>),
    Delete,
}

/// One compare-and-set.
#[derive(Debug, Clone)]
pub(super) struct Txn {
    /// Which transition it is, for the history.
    pub(super) what: &'static str,
    pub(super) guard: Guard,
    pub(super) expect: Option<u64>,
    pub(super) state: Option<Rc<JobState>>,
    pub(super) job: JobWrite,
}

/// How a transaction went.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    Won(u64),
    Lost(Record),
    GuardFailed,
}

#[derive(Debug, Clone, Copy)]
struct Registration {
    revision: u64,
    expires: u64,
}

/// Intent: the job, its record, and who is alive.
#[derive(Default)]
pub(super) struct Store {
    revision: u64,
    pub(super) job: Text,
    pub(super) state: Record,
    pub(super) job_log: Vec<Text>,
    pub(super) state_log: Vec<Record>,
    registrations: BTreeMap<usize, Registration>,
}

impl Store {
    /// Applies a transaction that arrives at `now`.
    pub(super) fn apply(&mut self, now: u64, txn: &Txn, rules: Rules) -> Verdict {
        let guarded = match txn.guard {
            Guard::None => true,
            Guard::Alive(worker, revision) => self.registration(worker, now) == Some(revision),
            Guard::Gone(worker) => self.registration(worker, now).is_none(),
        };
        if !guarded {
            return Verdict::GuardFailed;
        }
        let stands = self.state.as_ref().map(|(revision, _)| *revision);
        if stands != txn.expect && !rules.broken(Broken::NoRevisionCompare) {
            return Verdict::Lost(self.state.clone());
        }
        self.revision += 1;
        self.state = txn.state.clone().map(|state| (self.revision, state));
        self.state_log.push(self.state.clone());
        match &txn.job {
            JobWrite::Keep => {}
            JobWrite::Put(job) => self.job = Some((self.revision, job.clone())),
            JobWrite::Delete => self.job = None,
        }
        if !matches!(txn.job, JobWrite::Keep) {
            self.job_log.push(self.job.clone());
        }
        Verdict::Won(self.revision)
    }

    /// Returns the revision of a worker's live registration.
    pub(super) fn registration(&self, worker: usize, now: u64) -> Option<u64> {
        self.registrations.get(&worker).filter(|entry| entry.expires > now).map(|entry| entry.revision)
    }

    /// Registers a worker; none while an earlier registration of its id lives.
    pub(super) fn register(&mut self, worker: usize, now: u64, expires: u64) -> Option<u64> {
        if self.registration(worker, now).is_some() {
            return None;
        }
        self.revision += 1;
        self.registrations.insert(worker, Registration { revision: self.revision, expires });
        Some(self.revision)
    }

    /// Renews a registration; false when it is gone.
    pub(super) fn renew(&mut self, worker: usize, revision: u64, now: u64, expires: u64) -> bool {
        let held = self.registration(worker, now) == Some(revision);
        if held && let Some(entry) = self.registrations.get_mut(&worker) {
            entry.expires = entry.expires.max(expires);
        }
        held
    }
}

/// What the facts store knows of one run.
#[derive(Debug, Clone)]
pub(super) struct RunFact {
    pub(super) order: u64,
    pub(super) status: RunStatus,
}

/// Facts: runs and ranges.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) away: bool,
    pub(super) runs: BTreeMap<RunId, RunFact>,
    pub(super) ranges: BTreeMap<(JobUid, Timestamp), (Timestamp, Unrun)>,
}

impl Facts {
    /// Keeps the version of a run's record that stands higher.
    pub(super) fn put_run(&mut self, run: RunId, fact: RunFact) {
        let known = self.runs.get(&run);
        if known.is_none_or(|known| known.order <= fact.order) {
            self.runs.insert(run, fact);
        }
    }

    /// Keeps what waited in a record that was read at `revision`.
    pub(super) fn put_ends(&mut self, revision: u64, ends: &[Unrecorded]) {
        for end in ends {
            match end {
                Unrecorded::Run { run, status, .. } => {
                    self.put_run(run.clone(), RunFact { order: revision, status: *status });
                }
                Unrecorded::Ticks { uid, from, to, end } => {
                    let entry = self.ranges.entry((uid.clone(), *from)).or_insert((*to, end.clone()));
                    if entry.0 <= *to {
                        *entry = (*to, end.clone());
                    }
                }
            }
        }
    }
}
