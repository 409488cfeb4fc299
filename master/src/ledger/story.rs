//! One tick's story: joins what schedule, records, ranges and state say of it.

use std::collections::BTreeMap;

use model::id::{RunId, SpecId, WorkerId};
use model::job::SavedJob;
use model::policy::Overlap;
use model::run::{RangeRecord, RunRecord, RunStatus};
use model::schedule::Schedule;
use model::state::{self, Active, Cause, JobState, Unrun};
use model::time::Timestamp;
use model::worker::Worker;

use super::words;
use crate::api::{TickKind, TickView};
use crate::edit::spec;

/// Whose story is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose<'a> {
    /// The job's, whoever runs it.
    Anybodys,
    /// For placement `all`: what belongs to no worker.
    Nobodys,
    /// For placement `all`: one worker's.
    Workers(&'a WorkerId),
}

impl Whose<'_> {
    /// Returns true when what belongs to `worker` is part of it.
    fn takes(self, worker: Option<&WorkerId>) -> bool {
        match self {
            Self::Anybodys => true,
            Self::Nobodys => worker.is_none(),
            Self::Workers(own) => worker == Some(own),
        }
    }
}

/// All that is known of the ticks on one page.
#[derive(Clone, Copy)]
pub(super) struct Story<'a> {
    pub(super) saved: &'a SavedJob,
    pub(super) schedule: &'a Schedule,
    pub(super) state: &'a JobState,
    pub(super) whose: Whose<'a>,
    /// The workers that are there; for placement `all` alone.
    pub(super) live: &'a [Worker],
    pub(super) runs: &'a BTreeMap<Timestamp, Vec<RunRecord>>,
    pub(super) ranges: &'a [RangeRecord],
    pub(super) now: Timestamp,
}

impl Story<'_> {
    /// Returns what became of one tick. The strongest word first: a run, then an owner, then an end, then what is to come.
    pub(super) fn of(&self, at: Timestamp) -> TickView {
        self.known(at).unwrap_or_else(|| self.open(at))
    }

    /// Returns what is written of a tick.
    pub(super) fn known(&self, at: Timestamp) -> Option<TickView> {
        let told = self.owed(at).or_else(|| self.recorded(at)).or_else(|| self.active(at));
        told.or_else(|| self.ranged(at))
    }

    /// Returns the ranges of earlier texts that begin in `[from, before)`, one entry each: which ticks those texts had is
    /// not known any more.
    pub(super) fn earlier_ranges(
        &self,
        from: Timestamp,
        before: Timestamp,
    ) -> impl Iterator<Item = TickView> {
        let has_earlier = self.saved.spec_id > SpecId::FIRST;
        self.ranges
            .iter()
            .filter(move |range| has_earlier && range.from <= self.saved.saved_at)
            .filter(move |range| from <= range.from && range.from < before)
            .filter(|range| self.whose.takes(range.worker.as_ref()))
            .map(|range| {
                let until = Some(range.to.min(self.saved.saved_at)).filter(|to| *to > range.from);
                TickView { until, worker: range.worker.clone(), ..ended(range.from, &range.end) }
            })
    }

    fn recorded(&self, at: Timestamp) -> Option<TickView> {
        let runs = self.runs.get(&at)?;
        let ours = runs.iter().filter(|run| self.whose.takes(run.worker.as_ref()));
        let last = ours.max_by_key(|run| (run.attempt, run.order()))?;
        let reason = match &last.worker {
            Some(worker) if last.reason.is_empty() => format!("{} on `{worker}`", last.status),
            _ => last.reason.clone(),
        };
        let mut view = ran(at, last.status, reason, last.attempt);
        view.run = Some(last.id.clone());
        view.worker = last.worker.clone();
        if matches!(last.status, RunStatus::Skipped | RunStatus::Missed) {
            view.kind = if last.status == RunStatus::Skipped { TickKind::Skipped } else { TickKind::Missed };
        }
        Some(view)
    }

    /// Returns the story of a tick that is owed another attempt, or waits for the run before it.
    fn owed(&self, at: Timestamp) -> Option<TickView> {
        let is_it = |cause: &Cause| matches!(cause, Cause::Tick { at: tick, .. } if *tick == at);
        if let Some(retry) = self.state.retries.iter().find(|retry| is_it(&retry.cause)) {
            let reason = format!("attempt {} is owed, not before {}", retry.attempt, retry.not_before);
            return Some(ran(at, RunStatus::Retrying, reason, retry.attempt.saturating_sub(1)));
        }
        let waiting = self.state.waiting.as_ref().filter(|waiting| is_it(&waiting.cause))?;
        let reason =
            format!("it waits until the run before it is stopped, until {} at the latest", waiting.until);
        Some(TickView { kind: TickKind::Pending, ..ran(at, RunStatus::Waiting, reason, 0) })
    }

    fn active(&self, at: Timestamp) -> Option<TickView> {
        let is_it = |run: &&Active| matches!(run.cause, Cause::Tick { at: tick, .. } if tick == at);
        let run = self.state.active.iter().find(is_it)?;
        let reason = format!("claimed by `{}`", run.worker);
        let mut view = ran(at, RunStatus::Claimed, reason, run.attempt);
        view.run = Some(run.run.clone());
        view.worker = Some(run.worker.clone());
        Some(view)
    }

    fn ranged(&self, at: Timestamp) -> Option<TickView> {
        let ours = |range: &&RangeRecord| self.whose.takes(range.worker.as_ref());
        let range = self.ranges.iter().filter(ours).find(|range| (range.from..=range.to).contains(&at))?;
        Some(ended(at, &range.end))
    }

    /// Returns the run that keeps a due tick from starting, where overlap is skipped.
    fn in_the_way(&self) -> Option<&RunId> {
        let skips = self.saved.job.overlap == Overlap::Skip;
        let running = self.state.active.iter().find(|run| run.uid == self.saved.uid)?;
        skips.then_some(&running.run)
    }

    /// Returns why the worker whose story this is takes nothing now.
    fn not_taken(&self) -> Option<String> {
        let Whose::Workers(worker) = self.whose else { return None };
        match self.live.iter().find(|peer| peer.identity.id == *worker) {
            None => Some(format!("worker `{worker}` is away")),
            Some(peer) if peer.status.draining || peer.drain.is_some() => {
                Some(format!("worker `{worker}` is draining"))
            }
            Some(peer) if !peer.status.clock_ok => Some(format!("the clock of worker `{worker}` is off")),
            Some(_) => None,
        }
    }

    /// Returns the story of a tick of which nothing is written yet.
    fn open(&self, at: Timestamp) -> TickView {
        if at <= self.state.resolved {
            let reason =
                "it has an owner or an end, of which the record has not been delivered yet".to_owned();
            return view(at, TickKind::Taken, reason);
        }
        let due = state::due(spec(self.saved, self.schedule), at);
        if let Some(paused) =
            self.state.paused.as_ref().filter(|paused| paused.until.is_none_or(|until| at < until))
        {
            let kind = if due <= self.now { TickKind::Skipped } else { TickKind::Pending };
            let why = if paused.why.is_empty() { String::new() } else { format!(": {}", paused.why) };
            return view(at, kind, format!("the job is paused by `{}`{why}", paused.by));
        }
        if due > self.now {
            return view(at, TickKind::Pending, format!("due at {due}"));
        }
        if let Some(run) = self.in_the_way() {
            let reason = format!("run {run} goes on; it is skipped when that ends");
            return view(at, TickKind::Pending, reason);
        }
        let deadline = due + self.saved.job.start_deadline;
        let reason = if let Some(why) = self.not_taken() {
            let then = if deadline > self.now {
                format!("it may start until {deadline}")
            } else {
                "the missed policy decides once it is back, within a day".to_owned()
            };
            format!("{why}; {then}")
        } else if deadline > self.now {
            format!("late: no worker has taken it yet; it may start until {deadline}")
        } else {
            "no worker started it in time; the missed policy decides once a worker is there".to_owned()
        };
        view(at, TickKind::Pending, reason)
    }
}

pub(super) fn view(at: Timestamp, kind: TickKind, reason: String) -> TickView {
    TickView { at, until: None, kind, status: None, reason, run: None, attempts: 0, worker: None }
}

fn ran(at: Timestamp, status: RunStatus, reason: String, attempts: u32) -> TickView {
    TickView { status: Some(status), attempts, ..view(at, TickKind::Run, reason) }
}

fn ended(at: Timestamp, end: &Unrun) -> TickView {
    match end {
        Unrun::Skipped { run, .. } => {
            TickView { run: run.clone(), ..view(at, TickKind::Skipped, words::of(end)) }
        }
        Unrun::Missed { .. } => view(at, TickKind::Missed, words::of(end)),
    }
}
