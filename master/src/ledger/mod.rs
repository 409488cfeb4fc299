//! What became of each tick of a job, and why: "why did it not run?" always has an answer.
//!
//! Flow: schedule × run records × ranges × state → **`ledger`** → one entry per tick, newest first.
//! The schedule says which ticks there were since the text was saved; what an earlier text's ticks were is known from
//! their runs and ranges alone.
//!
//! For placement `all` there is one entry per tick and worker.
//!
//! Not here: the words (`words`), what is read (`sources`), joining it for one tick (`story`) and for each worker
//! (`workers`).

mod clocks;
mod sources;
mod story;
mod words;
mod workers;

use std::collections::BTreeSet;

use model::id::JobName;
use model::job::SavedJob;
use model::policy::PlacementMode;
use model::state::{JobState, Ticks};
use model::time::{Span, Timestamp};
use model::worker::Worker;

use crate::api::{PAGE_LIMIT_DEFAULT, Problem, TICK_LIMIT_MAX, TickKind, TickPage, TicksQuery};
use crate::app::App;
use crate::edit::Stood;
use crate::offload;
use crate::paging;
use crate::problem::Answer;

use sources::{Ranges, Runs};
use story::{Story, Whose};

/// The window where the request names none.
const WINDOW: Span = Span::from_days(1);
const MILLISECOND: Span = Span::from_millis(1);

/// Returns one page of a job's ticks.
pub(crate) async fn page(app: &App, name: &JobName, query: &TicksQuery) -> Answer<TickPage> {
    let most = paging::limit(query.limit, PAGE_LIMIT_DEFAULT, TICK_LIMIT_MAX)?;
    let stood = Stood::read(app, name).await?;
    stood.job(name)?;
    let to = query.to.unwrap_or(stood.now);
    let from = query.from.unwrap_or(to - WINDOW);
    if from >= to {
        let detail = format!("from: must be earlier than `to` ({to}), got `{from}`");
        return Err(Problem::bad_request("invalid_query", "the query does not read", detail));
    }
    let before = query.cursor.as_deref().map(paging::instant_cursor).transpose()?;
    let before = before.map_or(to, |before| before.min(to));

    let entry = app.catalogue.entry(name);
    let states: Vec<JobState> = match &entry {
        Some(entry) => entry.of_workers().map(|(_, state)| state.value.clone()).collect(),
        None => Vec::new(),
    };
    let live = app.ports.registry.workers().await?;
    let window = Window { most, from, before };
    let asked = Asked { stood, name: name.clone(), states, live, window };

    // Walking a schedule back over a month takes moments of a processor; the stores are asked in between.
    let (asked, mut instants) = offload::run(move || {
        let instants = asked.instants();
        (asked, instants)
    })
    .await?;
    let (saved, _, state) = asked.stood.job(name)?;
    let facts = &*app.ports.facts;
    let limit = asked.limit();
    let oldest_tick = instants.first().copied().filter(|_| instants.len() > limit);
    let job = (&saved.uid, name);
    let runs = Runs::read(facts, job, oldest_tick.unwrap_or(from), before).await?;
    instants.extend(runs.by_tick.keys().copied());
    let low = instants.iter().rev().nth(limit).map_or(from, |tick| *tick + MILLISECOND);
    let low = if runs.whole_from > oldest_tick.unwrap_or(from) { low.max(runs.whole_from) } else { low };
    let facts = (!runs.facts_away).then_some(facts);
    let ranges = Ranges::read(facts, job, asked.states.iter().chain([state]), low, before).await?;
    offload::run(move || asked.tell(&instants.split_off(&low), &runs, &ranges, low)).await?
}

/// What part of a job's ticks is asked for.
#[derive(Clone, Copy)]
struct Window {
    /// Most entries.
    most: usize,
    from: Timestamp,
    before: Timestamp,
}

/// A request, with what it was asked of.
struct Asked {
    stood: Stood,
    name: JobName,
    /// For placement `all`: each worker's.
    states: Vec<JobState>,
    live: Vec<Worker>,
    window: Window,
}

impl Asked {
    fn is_fanned_out(&self) -> bool {
        let saved = self.stood.saved.as_ref();
        let all = saved.is_some_and(|saved| saved.job.placement.mode == PlacementMode::All);
        all || !self.states.is_empty()
    }

    /// Returns how many instants a page has: for placement `all` as many as its workers leave room for.
    fn limit(&self) -> usize {
        let most = self.window.most;
        if self.is_fanned_out() { (most / self.states.len().max(1)).max(1) } else { most }
    }

    /// Returns the ticks of the text as it stands that belong on the page, and one more.
    fn instants(&self) -> BTreeSet<Timestamp> {
        let Window { from, before, .. } = self.window;
        let Ok((saved, schedule, _)) = self.stood.job(&self.name) else { return BTreeSet::new() };
        ticks_before(saved, schedule, from, before, self.limit() + 1)
    }

    /// Tells what became of these instants.
    fn tell(
        &self,
        instants: &BTreeSet<Timestamp>,
        runs: &Runs,
        ranges: &Ranges,
        low: Timestamp,
    ) -> Answer<TickPage> {
        let Window { most, from, before } = self.window;
        let (saved, schedule, state) = self.stood.job(&self.name)?;
        let fanned_out = self.is_fanned_out();
        let whose = if fanned_out { Whose::Nobodys } else { Whose::Anybodys };
        let (live, now) = (&self.live[..], self.stood.now);
        let story = Story { saved, schedule, state, whose, live, runs, ranges, now };
        let instants = instants.iter().copied();
        let mut ticks: Vec<_> = if fanned_out {
            let states: Vec<&JobState> = self.states.iter().collect();
            workers::tell(&story, &states, instants, low, before)
        } else {
            let missed = story.surely_missed();
            instants.map(|at| story.of(at, missed)).chain(story.earlier_ranges(low, before)).collect()
        };
        ticks.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.worker.cmp(&b.worker)));
        // A cursor names an instant: what belongs to one stays together.
        let cut = ticks.get(most.saturating_sub(1)).map(|tick| tick.at);
        let whole = cut.map_or(ticks.len(), |cut| ticks.partition_point(|tick| tick.at >= cut));
        let more = low > from || ticks.len() > whole;
        ticks.truncate(whole);
        if ticks.iter().any(|tick| tick.kind != TickKind::Run) {
            clocks::tell(&mut ticks, live);
        }
        // An empty page may be followed by others: the cursor then goes on from its lower end.
        let end = ticks.last().map_or(low, |tick| tick.at);
        let next = more.then(|| paging::after_instant(end));
        Ok(TickPage { next, facts_away: runs.facts_away, ticks })
    }
}

/// Returns the last `count` ticks of the text in `[from, before)`.
fn ticks_before(
    saved: &SavedJob,
    schedule: &dyn Ticks,
    from: Timestamp,
    before: Timestamp,
    count: usize,
) -> BTreeSet<Timestamp> {
    let mut ticks = BTreeSet::new();
    if !saved.job.enabled {
        return ticks;
    }
    let after = (from - MILLISECOND).max(saved.saved_at);
    let mut until = before - MILLISECOND;
    while ticks.len() < count
        && let Some(tick) = schedule.last_within(after, until)
    {
        ticks.insert(tick);
        until = tick - MILLISECOND;
    }
    ticks
}
