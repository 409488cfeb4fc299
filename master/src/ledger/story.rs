//! One tick's story: joins what schedule, records, ranges and state say of it.

use model::id::{SpecId, WorkerId};
use model::job::SavedJob;
use model::policy::Overlap;
use model::run::RunStatus;
use model::schedule::Schedule;
use model::state::{self, Active, Cause, JobState, MissReason, Spec, Unrun};
use model::time::Timestamp;
use model::untaken::Untaken;
use model::worker::Worker;

use super::sources::{Ranges, Runs};
use crate::api::{TickKind, TickView, TickWhy};
use crate::edit::spec;
use crate::untaken;

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
    /// The workers that are there.
    pub(super) live: &'a [Worker],
    pub(super) runs: &'a Runs,
    pub(super) ranges: &'a Ranges,
    pub(super) now: Timestamp,
}

/// Ticks that end as missed as soon as somebody writes it down, and why.
pub(super) type SurelyMissed = Option<(Timestamp, Timestamp, MissReason)>;

impl Story<'_> {
    /// Returns what became of one tick. The strongest word first: a run, then an owner, then an end, then what is to come.
    pub(super) fn of(&self, at: Timestamp, missed: SurelyMissed) -> TickView {
        self.known(at).unwrap_or_else(|| self.open(at, missed))
    }

    /// Returns which ticks end as missed although nobody is there to write it down.
    pub(super) fn surely_missed(&self) -> SurelyMissed {
        let worker = if let Whose::Workers(worker) = self.whose { Some(worker) } else { None };
        let spec = Spec { saved: self.saved, ticks: self.schedule, worker };
        state::surely_missed(self.state, spec, self.now)
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
        let ours = || {
            let runs = self.runs.by_tick.get(&at).into_iter().flatten();
            runs.filter(|run| self.whose.takes(run.worker.as_ref()))
        };
        let last = ours().max_by_key(|run| (run.attempt, run.order))?;
        let stands = || {
            let worker = last.worker.clone().filter(|_| last.reason.is_empty())?;
            Some(TickWhy::Stands { status: last.status, worker })
        };
        let why = last.why.clone().or_else(stands);
        // A record says in the words of its own time.
        let told = why.as_ref().filter(|_| last.reason.is_empty());
        let reason = told.map_or_else(|| last.reason.clone(), ToString::to_string);
        let (status, attempts) = (Some(last.status), last.attempt);
        let mut view = TickView { status, attempts, why, ..said(at, TickKind::Run, reason) };
        view.run = Some(last.id.clone());
        view.worker = last.worker.clone();
        view.late = ours().filter_map(|run| run.started_at).min().map(|started| started.since(at));
        if matches!(last.status, RunStatus::Skipped | RunStatus::Missed) {
            view.kind = if last.status == RunStatus::Skipped { TickKind::Skipped } else { TickKind::Missed };
        }
        Some(view)
    }

    /// Returns the story of a tick that is owed another attempt, or waits for the run before it.
    fn owed(&self, at: Timestamp) -> Option<TickView> {
        let is_it = |cause: &Cause| matches!(cause, Cause::Tick { at: tick, .. } if *tick == at);
        if let Some(retry) = self.state.retries.iter().find(|retry| is_it(&retry.cause)) {
            let (attempt, not_before) = (retry.attempt, retry.not_before);
            let why = TickWhy::Retry { attempt, not_before };
            return Some(ran(at, RunStatus::Retrying, why, attempt.saturating_sub(1)));
        }
        let waiting = self.state.waiting.as_ref().filter(|waiting| is_it(&waiting.cause))?;
        let why = TickWhy::Replaces { until: waiting.until };
        Some(TickView { kind: TickKind::Pending, ..ran(at, RunStatus::Waiting, why, 0) })
    }

    fn active(&self, at: Timestamp) -> Option<TickView> {
        let is_it = |run: &&Active| matches!(run.cause, Cause::Tick { at: tick, .. } if tick == at);
        let run = self.state.active.iter().find(is_it)?;
        let why = TickWhy::Claimed { worker: run.worker.clone() };
        let mut view = ran(at, RunStatus::Claimed, why, run.attempt);
        view.run = Some(run.run.clone());
        view.worker = Some(run.worker.clone());
        Some(view)
    }

    fn ranged(&self, at: Timestamp) -> Option<TickView> {
        let range = self.ranges.holding(at, |range| self.whose.takes(range.worker.as_ref()))?;
        Some(ended(at, &range.end))
    }

    /// Returns what keeps a due tick from starting, where overlap is skipped: a run, or an attempt that is owed.
    fn in_the_way(&self) -> Option<TickWhy> {
        if self.saved.job.overlap != Overlap::Skip {
            return None;
        }
        let ours = |run: &&Active| run.uid == self.saved.uid;
        if let Some(run) = self.state.active.iter().find(ours) {
            return Some(TickWhy::RunInTheWay { run: run.run.clone() });
        }
        let retry = self.state.retries.first()?;
        Some(TickWhy::RetryInTheWay { attempt: retry.attempt, not_before: retry.not_before })
    }

    /// Returns why nobody takes a tick now, as far as the workers show.
    fn not_taken(&self) -> Option<Untaken> {
        let whose = if let Whose::Workers(worker) = self.whose { Some(worker) } else { None };
        untaken::why(self.saved, whose, self.live)
    }

    /// Returns the story of a tick of which nothing is written yet.
    fn open(&self, at: Timestamp, missed: SurelyMissed) -> TickView {
        if at <= self.state.resolved {
            let why = if self.runs.facts_away { TickWhy::FactsAway } else { TickWhy::Undelivered };
            return view(at, TickKind::Taken, why);
        }
        let due = state::due(spec(self.saved, self.schedule), at);
        if let Some(paused) =
            self.state.paused.as_ref().filter(|paused| paused.until.is_none_or(|until| at < until))
        {
            let kind = if due <= self.now { TickKind::Skipped } else { TickKind::Pending };
            return view(at, kind, TickWhy::Paused { by: paused.by.clone(), note: paused.why.clone() });
        }
        if due > self.now {
            return view(at, TickKind::Pending, TickWhy::NotDue { due });
        }
        if let Some(why) = self.in_the_way() {
            return view(at, TickKind::Pending, why);
        }
        self.overdue(at, due + self.saved.job.start_deadline, missed)
    }

    /// Returns the story of a tick that has fallen due and that nobody has taken.
    fn overdue(&self, at: Timestamp, deadline: Timestamp, missed: SurelyMissed) -> TickView {
        let untaken = self.not_taken();
        if let Some((.., why)) = missed.filter(|(from, to, _)| (*from..=*to).contains(&at)) {
            return view(at, TickKind::Missed, TickWhy::Missed { why, untaken });
        }
        let why = if deadline > self.now {
            TickWhy::Late { until: deadline, untaken }
        } else if let Whose::Workers(_) = self.whose {
            TickWhy::PolicyDecidesThere { untaken }
        } else {
            TickWhy::PolicyDecides { untaken }
        };
        view(at, TickKind::Overdue, why)
    }
}

/// Returns the entry of a tick with why, as facts and in words.
pub(super) fn view(at: Timestamp, kind: TickKind, why: TickWhy) -> TickView {
    let reason = why.to_string();
    TickView { why: Some(why), ..said(at, kind, reason) }
}

/// Returns the entry of a tick of which the words alone are known.
fn said(at: Timestamp, kind: TickKind, reason: String) -> TickView {
    TickView {
        at,
        until: None,
        kind,
        status: None,
        late: None,
        reason,
        why: None,
        clocks: Vec::new(),
        run: None,
        attempts: 0,
        worker: None,
    }
}

fn ran(at: Timestamp, status: RunStatus, why: TickWhy, attempts: u32) -> TickView {
    TickView { status: Some(status), attempts, ..view(at, TickKind::Run, why) }
}

fn ended(at: Timestamp, end: &Unrun) -> TickView {
    match end.clone() {
        Unrun::Skipped(skip) => {
            TickView { run: skip.run.clone(), ..view(at, TickKind::Skipped, TickWhy::Skipped(skip)) }
        }
        Unrun::Missed { why } => view(at, TickKind::Missed, TickWhy::Missed { why, untaken: None }),
    }
}
