//! Checks a history against the promises, knowing nothing of how the rules came to it.
//!
//! Flow: `history` → **`checker`** (with `tick_checks`, `claim_checks`) → the first promise that does not hold.

use std::collections::BTreeMap;
use std::fmt;

use super::history::{Call, Commit};
use super::scenario::EPOCH_MS;
use super::world::World;
use crate::policy::{OnWorkerLoss, Overlap};
use crate::state::{
    ACTIVE_MAX, Active, Cause, KEYS_MAX, REQUESTS_MAX, RETRIES_MAX, Spec, UNRECORDED_MAX, due,
};
use crate::time::Timestamp;

/// How far a good clock may mislead, and what a commit may take.
pub(super) const SLACK_MS: u64 = 1_500;

/// A promise that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which one.
    pub promise: &'static str,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise, self.what)
    }
}

pub(super) type Check = Result<(), Violation>;

pub(super) fn violated(promise: &'static str, what: impl Into<String>) -> Check {
    Err(Violation { promise, what: what.into() })
}

/// Returns how long after the beginning an instant lies, in true milliseconds.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millis() - EPOCH_MS as i64
}

/// How much a history had to check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Processes started.
    pub starts: usize,
    /// Ticks whose end was looked for.
    pub ticks: usize,
    /// Ticks that had to run.
    pub must_run: usize,
    /// Changes of the record.
    pub commits: usize,
}

impl Counts {
    /// Adds what another history had to check.
    pub fn add(&mut self, other: Self) {
        self.starts += other.starts;
        self.ticks += other.ticks;
        self.must_run += other.must_run;
        self.commits += other.commits;
    }
}

impl World {
    /// Checks the whole history.
    pub(super) fn check(&self) -> Result<Counts, Violation> {
        self.check_record()?;
        self.check_once()?;
        self.check_settled()?;
        self.check_overlap()?;
        self.check_kills()?;
        self.check_claims()?;
        self.check_pauses()?;
        self.check_saves()?;
        self.check_forbidden()?;
        let ticks = self.check_ends()?;
        let must_run = self.check_must_run()?;
        let (starts, commits) = (self.history.starts.len(), self.history.commits.len());
        Ok(Counts { starts, ticks, must_run, commits })
    }

    /// `resolved` never falls, resolves nothing that is not due, and all lists are bounded.
    fn check_record(&self) -> Check {
        for commit in &self.history.commits {
            let Some(after) = &commit.after else { continue };
            let bounded = after.active.len() <= ACTIVE_MAX
                && after.retries.len() <= RETRIES_MAX
                && after.requests.len() <= REQUESTS_MAX
                && after.unrecorded.len() <= UNRECORDED_MAX
                && after.last_keys.len() <= KEYS_MAX;
            if !bounded {
                return violated("bounded", format!("the record outgrows its bounds at {}", commit.at));
            }
            let Some(before) = commit.before.as_ref().filter(|before| before.uid == after.uid) else {
                continue;
            };
            if after.resolved < before.resolved {
                return violated("resolved rises", format!("it falls at {} by a {}", commit.at, commit.what));
            }
            self.check_due(commit)?;
        }
        Ok(())
    }

    fn check_due(&self, commit: &Commit) -> Check {
        if commit.what == "save" {
            return Ok(()); // It may end what the old text has begun.
        }
        for (tick, falls_due) in self.resolved_by(commit) {
            if falls_due > (commit.at + SLACK_MS) as i64 {
                let what = format!("a {} at {} resolves {tick}, due at {falls_due}", commit.what, commit.at);
                return violated("only what is due is resolved", what);
            }
        }
        Ok(())
    }

    /// Returns the ticks that a commit resolved, with when they fell due.
    pub(super) fn resolved_by(&self, commit: &Commit) -> Vec<(Timestamp, i64)> {
        let (Some(before), Some(after)) = (&commit.before, &commit.after) else { return Vec::new() };
        let Some(text) = self.history.texts.get(&(before.uid.clone(), before.spec_id)) else {
            return Vec::new();
        };
        if before.uid != after.uid || !text.job.enabled {
            return Vec::new();
        }
        let ticks = super::scenario::Every::of(text);
        let spec = Spec { saved: text, ticks: &ticks, worker: None };
        let mut found = Vec::new();
        let mut at = before.resolved;
        while let Some(tick) = spec.ticks.next_after(at).filter(|tick| *tick <= after.resolved) {
            found.push((tick, ms(due(spec, tick))));
            at = tick;
        }
        found
    }

    /// P1: an attempt starts once; without retries, reruns and failures of the sandbox, so does a tick.
    fn check_once(&self) -> Check {
        let mut seen = BTreeMap::new();
        let mut tries: BTreeMap<_, usize> = BTreeMap::new();
        for start in &self.history.starts {
            if let Some(earlier) = seen.insert(&start.run, start.at) {
                let what = format!("run {} starts at {earlier} and again at {}", start.run, start.at);
                return violated("P1", what);
            }
            if let Cause::Tick { at, .. } = start.cause {
                *tries.entry((&start.uid, at)).or_default() += 1;
            }
        }
        let job = &self.scenario.text.job;
        let once =
            job.retries.max == 0 && job.on_worker_loss == OnWorkerLoss::Skip && self.scenario.sound_sandbox;
        match tries.iter().find(|(_, count)| once && **count > 1) {
            Some(((_, tick), count)) => violated("P1", format!("tick {tick} runs {count} times")),
            None => Ok(()),
        }
    }

    /// P1: what was settled, or given to another, is not started any more.
    fn check_settled(&self) -> Check {
        for start in &self.history.starts {
            let holds = |commit: &Commit| {
                commit.after.as_ref().is_some_and(|state| {
                    state.active.iter().any(|active| active.run == start.run && active.nonce == start.nonce)
                })
            };
            let commits = &self.history.commits;
            let Some(claimed) = commits.iter().position(holds) else { continue };
            let settled = commits[claimed..].iter().find(|commit| !holds(commit));
            if let Some(commit) = settled.filter(|commit| commit.at < start.at) {
                let what = format!("run {} is settled by a {} at {}", start.run, commit.what, commit.at);
                return violated("P1", format!("{what} and starts at {}", start.at));
            }
        }
        Ok(())
    }

    /// P4: under `skip` and `replace` no run starts while another goes on.
    fn check_overlap(&self) -> Check {
        if self.scenario.text.job.overlap == Overlap::Allow {
            return Ok(());
        }
        for (index, start) in self.history.starts.iter().enumerate() {
            let beside =
                self.history.starts[..index].iter().find(|other| other.end.is_none_or(|end| end > start.at));
            if let Some(other) = beside {
                let what = format!(
                    "run {} starts at {} while {} goes on from {} to {:?}",
                    start.run, start.at, other.run, other.at, other.end
                );
                return violated("P4", what);
            }
        }
        Ok(())
    }

    /// A run that was killed is tried no more.
    fn check_kills(&self) -> Check {
        for commit in &self.history.commits {
            let Some(state) = &commit.after else { continue };
            for active in state.active.iter().filter(|active| active.kill.is_some()) {
                let again = self.history.starts.iter().find(|start| {
                    start.uid == active.uid && start.cause == active.cause && start.attempt > active.attempt
                });
                if let Some(start) = again {
                    let what = format!("run {} was killed, and attempt {} starts", active.run, start.attempt);
                    return violated("a kill is final", what);
                }
            }
        }
        Ok(())
    }

    /// Returns each claim of a run with its commit.
    pub(super) fn claims(&self) -> impl Iterator<Item = (&Commit, &Active)> {
        self.history.commits.iter().filter(|commit| commit.what == "claim").flat_map(|commit| {
            let known = |active: &Active| {
                commit.before.as_ref().is_some_and(|before| {
                    before.active.iter().any(|old| old.run == active.run && old.nonce == active.nonce)
                })
            };
            let after = commit.after.iter().flat_map(|state| state.active.iter());
            after.filter(move |active| !known(active)).map(move |active| (commit, active))
        })
    }

    /// Returns true when a call of this kind returned with this revision.
    pub(super) fn has_returned(&self, revision: u64, is_it: impl Fn(&Call) -> bool) -> bool {
        self.history.calls.iter().any(|(call, at)| *at == revision && is_it(call))
    }
}
