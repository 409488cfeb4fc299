//! Checks of ticks: each has one end, those that had to run did, and none was called forbidden that was not.

use std::collections::BTreeSet;

use super::checker::{Check, SLACK_MS, Violation, ms, violated};
use super::history::Call;
use super::scenario::Every;
use super::world::World;
use crate::id::{JobUid, RunId};
use crate::job::SavedJob;
use crate::policy::Overlap;
use crate::run::RunStatus;
use crate::state::{Cause, JobState, Skip, SkipReason, Spec, Ticks, Unrecorded, Unrun, due};
use crate::time::Timestamp;

/// How soon after it fell due a tick is claimed when all is well: ranks, a watch's lag, a clock behind.
const PROMPT_MS: u64 = 6_000;
/// Attempts of one tick at most: retries, free repeats, reruns.
const ATTEMPTS_MAX: u32 = 12;

impl World {
    /// P3: each tick that was resolved has exactly one end, and so has each request.
    pub(super) fn check_ends(&self) -> Result<usize, Violation> {
        if !self.is_over() {
            let left = self.store.state.as_ref().map(|(_, state)| state.clone());
            violated("P3", format!("not over in the end: {left:?}"))?;
        }
        for start in &self.history.starts {
            let told = self.facts.runs.get(&start.run).map(|fact| fact.status);
            if let Some(RunStatus::Skipped | RunStatus::Missed | RunStatus::NotStarted) = told {
                // A record of the process itself may be on a disk that is gone.
                if !self.was_claimed_by_one_who_is_gone(|active| active.run == start.run) {
                    violated("P3", format!("run {} is told as {told:?}, and ran", start.run))?;
                }
            }
        }
        let mut count = 0;
        for commit in &self.history.commits {
            let uid = commit.before.as_ref().map(|state| state.uid.clone());
            for (tick, falls_due) in self.resolved_by(commit) {
                count += 1;
                let uid = uid.clone().unwrap_or_else(|| self.scenario.text.uid.clone());
                self.check_end(&uid, tick).map_err(|mut violation| {
                    let how = format!(", due at {falls_due}, resolved by a {} at {}", commit.what, commit.at);
                    violation.what.push_str(&how);
                    violation
                })?;
            }
        }
        for (call, revision) in &self.history.calls {
            if let Call::RunNow(run) = call
                && !self.facts.runs.contains_key(run)
                && !self.was_claimed_by_one_who_is_gone(|active| active.run == *run)
            {
                violated("P3", format!("request {run} of revision {revision} has no end"))?;
            }
        }
        Ok(count)
    }

    fn check_end(&self, uid: &JobUid, tick: Timestamp) -> Check {
        let attempts = 1..=ATTEMPTS_MAX;
        let has_record = attempts
            .map(|attempt| RunId::for_tick(uid, tick, attempt, None))
            .any(|run| self.facts.runs.contains_key(&run));
        if has_record {
            return Ok(());
        }
        let mut ends: Vec<&Unrun> = Vec::new();
        for ((of, from), (to, end)) in &self.facts.ranges {
            let several = matches!(end, Unrun::Skipped(Skip { why: SkipReason::Several, .. }));
            if of == uid
                && *from <= tick
                && tick <= *to
                && !several
                && !ends.iter().any(|other| alike(other, end))
            {
                ends.push(end);
            }
        }
        let covered =
            self.facts.ranges.iter().any(|((of, from), (to, _))| of == uid && *from <= tick && tick <= *to);
        if ends.len() > 1 {
            return violated("P3", format!("tick {tick} has several ends: {ends:?}"));
        }
        let is_it = |cause: &Cause| matches!(cause, Cause::Tick { at, .. } if *at == tick);
        if covered || self.was_claimed_by_one_who_is_gone(|active| active.uid == *uid && is_it(&active.cause))
        {
            return Ok(());
        }
        violated("P3", format!("tick {tick} ({}) has no end", ms(tick)))
    }

    /// A record that was only on a disk that is gone cannot be told.
    fn was_claimed_by_one_who_is_gone(&self, is_it: impl Fn(&crate::state::Active) -> bool) -> bool {
        self.claims().any(|(commit, active)| {
            is_it(active)
                && self
                    .history
                    .gone
                    .iter()
                    .any(|(worker, at)| Self::worker_id(*worker) == active.worker && *at >= commit.at)
        })
    }

    /// A tick that a completion called forbidden fell due before that run's process ended.
    pub(super) fn check_forbidden(&self) -> Check {
        for commit in self.history.commits.iter().filter(|commit| commit.what == "complete") {
            let (Some(before), Some(after)) = (&commit.before, &commit.after) else { continue };
            for entry in after.unrecorded.iter().filter(|entry| !before.unrecorded.contains(entry)) {
                let Unrecorded::Ticks {
                    to,
                    end: Unrun::Skipped(Skip { why: SkipReason::Overlap, run: Some(run), .. }),
                    ..
                } = entry
                else {
                    continue;
                };
                if after.active.iter().any(|active| active.run == *run) {
                    continue;
                }
                let ended = self
                    .history
                    .starts
                    .iter()
                    .find(|start| start.run == *run && start.seen)
                    .and_then(|start| start.end);
                let falls_due =
                    self.resolved_by(commit).into_iter().find(|(tick, _)| tick == to).map(|(_, due)| due);
                if let (Some(ended), Some(falls_due)) = (ended, falls_due)
                    && falls_due > (ended + SLACK_MS) as i64
                {
                    let what = format!(
                        "a tick due at {falls_due} is called forbidden by a run that ended at {ended}"
                    );
                    return violated("P2", what);
                }
            }
        }
        Ok(())
    }

    /// P2: a tick that falls due while all is well, and that its overlap policy allows, is started in time.
    pub(super) fn check_must_run(&self) -> Result<usize, Violation> {
        let started: BTreeSet<(&JobUid, Timestamp)> = self
            .history
            .starts
            .iter()
            .filter_map(|start| match start.cause {
                Cause::Tick { at, .. } => Some((&start.uid, at)),
                Cause::Request { .. } => None,
            })
            .collect();
        let mut count = 0;
        for ((uid, id), text) in &self.history.texts {
            if text.job.start_deadline.as_millis() < PROMPT_MS || !text.job.enabled {
                continue;
            }
            let ticks = Every::of(text);
            let spec = Spec { saved: text, ticks: &ticks, worker: None };
            for (from, to) in self.in_force(uid, *id) {
                let mut at = from;
                while let Some(tick) = ticks.next_after(at).filter(|tick| *tick <= to) {
                    at = tick;
                    if !self.must_run(ms(due(spec, tick)), text, tick) {
                        continue;
                    }
                    count += 1;
                    if !started.contains(&(uid, tick)) {
                        violated("P2", format!("tick {tick} ({}) had to run and did not", ms(tick)))?;
                    }
                }
            }
        }
        Ok(count)
    }

    /// Returns when a text was the record's: from each save to the next change of text.
    fn in_force(&self, uid: &JobUid, id: crate::id::SpecId) -> Vec<(Timestamp, Timestamp)> {
        let is_it = |state: &Option<std::rc::Rc<JobState>>| {
            state
                .as_ref()
                .is_some_and(|state| state.uid == *uid && state.spec_id == id && state.deleted.is_none())
        };
        let at = |ms: u64| Timestamp::from_millis((super::scenario::EPOCH_MS + ms) as i64);
        let mut spans = Vec::new();
        let mut since = None;
        for commit in &self.history.commits {
            match (since, is_it(&commit.after)) {
                (None, true) => since = Some(commit.at),
                (Some(from), false) => {
                    spans.push((at(from), at(commit.at)));
                    since = None;
                }
                _ => {}
            }
        }
        spans.extend(since.map(|from| (at(from), at(self.now))));
        spans
    }

    /// Returns true when a tick due at `falls_due` has to run: all is well around it, and nothing of the job is in its way.
    fn must_run(&self, falls_due: i64, text: &SavedJob, tick: Timestamp) -> bool {
        let uid = &text.uid;
        let Ok(falls_due) = u64::try_from(falls_due) else { return false };
        let (from, to) = (falls_due.saturating_sub(2_000), falls_due + PROMPT_MS);
        let well = self.history.well_during(from, to);
        if from < 2_000
            || to > self.now
            || well.is_empty()
            || self.history.state_at(from).is_none()
            || !self.history.is_calm(from, to)
        {
            return false;
        }
        let around = self.history.commits.iter().filter(|commit| from <= commit.at && commit.at <= to);
        let mut records = self
            .history
            .state_at(from)
            .into_iter()
            .chain(around.clone().filter_map(|commit| commit.after.as_ref()));
        let unmoved = |state: &std::rc::Rc<JobState>| {
            let of_text = state.uid == *uid && state.spec_id == text.spec_id;
            of_text && state.paused.is_none() && state.deleted.is_none()
        };
        let by_workers =
            around.clone().all(|commit| matches!(commit.what, "claim" | "complete" | "lose" | "recorded"));
        if !by_workers || !records.clone().all(unmoved) {
            return false;
        }
        let is_it = |cause: &Cause| matches!(cause, Cause::Tick { at, .. } if *at == tick);
        // Whoever was not well may have taken it and failed.
        let taken = self.claims().find(|(_, active)| active.uid == *uid && is_it(&active.cause));
        if taken
            .is_some_and(|(_, active)| !well.iter().any(|worker| Self::worker_id(*worker) == active.worker))
        {
            return false;
        }
        let slots = self.scenario.slots as usize;
        let claimed_at = taken.map_or(to, |(commit, _)| commit.at);
        records.all(|state| {
            let busy =
                state.active.iter().filter(|active| !is_it(&active.cause)).count() + state.retries.len();
            busy == 0 && state.waiting.is_none() && state.requests.is_empty()
                || self.scenario.text.job.overlap == Overlap::Allow && busy + state.requests.len() + 2 < slots
        }) && self
            .history
            .starts
            .iter()
            .filter(|start| start.at < claimed_at && start.end.is_none_or(|end| end > from))
            .count()
            < slots
    }
}

/// Two ends of one reason; which run was in the way may differ.
fn alike(a: &Unrun, b: &Unrun) -> bool {
    match (a, b) {
        (Unrun::Skipped(one), Unrun::Skipped(other)) => one.why == other.why,
        (a, b) => a == b,
    }
}
