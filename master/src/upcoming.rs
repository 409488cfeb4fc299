//! The ticks of all jobs that lie ahead, merged in order of their instants.
//!
//! Flow: catalogue → the jobs whose next ticks come first → **merge by a heap** → one page.
//! A page takes one look at each job and then works on as many as it has places, since a job whose next tick comes
//! after those of `limit` others has none on it. A cursor says after which tick of which job a page ended, so that
//! jobs that come, go or change move no other tick from page to page.
//!
//! Not here: what the query may say (`routes::upcoming`), and ticks gone by (`ledger`).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use model::id::JobName;
use model::language::Language;
use model::schedule::{Schedule, Upcoming};
use model::state::{Ticks as _, due_before};
use model::time::{Span, Timestamp};

use crate::api::{Held, UpcomingTick};
use crate::catalogue::Entry;

const MILLISECOND: Span = Span::from_millis(1);
/// How far back the tick before the first one of a page is looked for: changes of the clock since then are told at it.
const LOOK_BACK: Span = Span::from_days(400);

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// The first instant of the window.
    pub(crate) from: Timestamp,
    /// The end of the window, which is not in it.
    pub(crate) to: Timestamp,
    /// This job alone.
    pub(crate) job: Option<JobName>,
    /// Ticks that a pause would end.
    pub(crate) paused: bool,
    /// Ticks of jobs that are not enabled.
    pub(crate) disabled: bool,
    /// After this tick of this job.
    pub(crate) after: Option<(Timestamp, JobName)>,
    /// Most ticks.
    pub(crate) limit: usize,
    /// The language of notes.
    pub(crate) language: Language,
}

/// Returns the first ticks that are asked for; `entries` stand in order of name. Takes some time with many jobs: not
/// for a thread that serves others meanwhile.
pub(crate) fn ticks(entries: &[Arc<Entry>], ask: &Ask) -> Vec<UpcomingTick> {
    // Invariant: of equal instants the one with the lower index, and so the lower name, comes first.
    let mut first: BinaryHeap<(Timestamp, usize)> = BinaryHeap::with_capacity(ask.limit + 1);
    for (index, entry) in entries.iter().enumerate() {
        let Some(at) = Row::of(entry, ask).and_then(|row| row.next_after(ask.begin(entry))) else { continue };
        if first.len() < ask.limit {
            first.push((at, index));
        } else if let Some(mut last) = first.peek_mut()
            && (at, index) < *last
        {
            *last = (at, index);
        }
    }
    let mut next: BinaryHeap<Reverse<(Timestamp, usize)>> = first.into_iter().map(Reverse).collect();
    let mut ticks = Vec::with_capacity(ask.limit.min(next.len()));
    while ticks.len() < ask.limit
        && let Some(Reverse((at, index))) = next.pop()
    {
        let Some(row) = Row::of(&entries[index], ask) else { continue };
        ticks.push(row.tick(at));
        next.extend(row.next_after(at).map(|at| Reverse((at, index))));
    }
    ticks
}

impl Ask {
    /// Returns the instant after which a job's ticks are wanted.
    fn begin(&self, entry: &Entry) -> Timestamp {
        let window = self.from - MILLISECOND;
        match &self.after {
            Some((at, name)) if entry.name <= *name => window.max(*at),
            Some((at, _)) => window.max(*at - MILLISECOND),
            None => window,
        }
    }
}

/// One job's ticks, as far as they are asked for.
struct Row<'a> {
    entry: &'a Entry,
    saved: &'a model::job::SavedJob,
    schedule: &'a Schedule,
    /// Ticks up to here have their end already, or are not asked for.
    after: Timestamp,
    to: Timestamp,
    language: Language,
}

impl<'a> Row<'a> {
    /// Returns none where no tick of the job is asked for.
    fn of(entry: &'a Entry, ask: &Ask) -> Option<Self> {
        let text = entry.saved.as_deref()?;
        let schedule = text.schedule.as_ref().ok()?;
        let wanted = ask.job.as_ref().is_none_or(|job| *job == entry.name);
        if !wanted || !text.saved.job.enabled && !ask.disabled {
            return None;
        }
        let mut after = entry.state().map_or(Timestamp::MIN, |state| state.resolved);
        if let Some(paused) = paused(entry).filter(|_| !ask.paused) {
            after = after.max(paused? - MILLISECOND);
        }
        Some(Self { entry, saved: &text.saved, schedule, after, to: ask.to, language: ask.language })
    }

    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        self.schedule.next_after(after.max(self.after)).filter(|at| *at < self.to)
    }

    fn tick(&self, at: Timestamp) -> UpcomingTick {
        let job = &self.saved.job;
        let Upcoming { local, note, .. } = self.told(at);
        UpcomingTick {
            job: job.name.clone(),
            kind: job.workload.kind(),
            scheduled_at: at,
            local,
            zone: self.schedule.zone().to_owned(),
            due_at: (job.jitter > Span::ZERO)
                .then(|| due_before(&self.saved.uid, job.jitter, at, self.schedule.next_after(at))),
            note,
            held: self.held(at),
        }
    }

    /// Returns the tick as people read it. What the clock did is told from the tick before on, wherever a page began.
    fn told(&self, at: Timestamp) -> Upcoming {
        let before = self.schedule.last_within(at - LOOK_BACK, at - MILLISECOND);
        let before = before.unwrap_or(at - MILLISECOND);
        self.schedule.upcoming(before, 1, self.language).pop().expect("a tick comes after the one before it")
    }

    fn held(&self, at: Timestamp) -> Option<Held> {
        if !self.saved.job.enabled {
            return Some(Held::Disabled);
        }
        let paused = paused(self.entry)?;
        paused.is_none_or(|until| at < until).then_some(Held::Paused)
    }
}

/// Returns until when a job is paused, if it is; inside none without an end.
fn paused(entry: &Entry) -> Option<Option<Timestamp>> {
    entry.state()?.paused.as_ref().map(|paused| paused.until)
}
