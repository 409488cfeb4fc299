//! What became of each tick of a job, and why: "why did it not run?" always has an answer.
//!
//! Flow: schedule × run records × ranges × state → **`ledger`** → one entry per tick, newest first.
//! The schedule says which ticks there were since the text was saved; what an earlier text's ticks were is known from
//! their runs and ranges alone.
//!
//! For placement `all` there is one entry per tick and worker.
//!
//! Not here: the words (`words`), joining the sources for one tick (`story`), and that for each worker (`workers`).

mod clocks;
mod story;
mod words;
mod workers;

use std::collections::{BTreeMap, BTreeSet};

use model::id::{JobName, JobUid};
use model::job::SavedJob;
use model::policy::PlacementMode;
use model::ports::{RunQuery, TickFilter};
use model::run::{RangeRecord, RunRecord, Trigger};
use model::state::{JobState, Ticks, Unrecorded};
use model::time::{Span, Timestamp};

use crate::api::{Problem, TickKind, TickPage, TicksQuery};
use crate::app::App;
use crate::edit::Stood;
use crate::paging;
use crate::problem::Answer;

use story::{Story, Whose};

/// The window where the request names none.
const WINDOW: Span = Span::from_days(1);
const MILLISECOND: Span = Span::from_millis(1);
/// Runs read at one time, and how often: retries of the ticks on one page.
const RUNS_AT_ONCE: usize = 500;
const RUN_READS_MAX: usize = 20;
const RANGES_MAX: usize = 2000;

/// Returns one page of a job's ticks.
pub(crate) async fn page(app: &App, name: &JobName, query: &TicksQuery) -> Answer<TickPage> {
    let limit = paging::page_limit(query.limit)?;
    let stood = Stood::read(app, name).await?;
    let (saved, schedule, state) = stood.job(name)?;
    let to = query.to.unwrap_or(stood.now);
    let from = query.from.unwrap_or(to - WINDOW);
    if from >= to {
        let detail = format!("from: must be earlier than `to` ({to}), got `{from}`");
        return Err(Problem::bad_request("invalid_query", "the query does not read", detail));
    }
    let before = query.cursor.as_deref().map(paging::instant_cursor).transpose()?;
    let before = before.map_or(to, |before| before.min(to));

    let entry = app.catalogue.entry(name);
    let states: Vec<&JobState> = match &entry {
        Some(entry) => entry.of_workers().map(|(_, state)| &state.value).collect(),
        None => Vec::new(),
    };
    let fanned_out = saved.job.placement.mode == PlacementMode::All || !states.is_empty();
    // For placement `all` a page has as many instants as its workers leave room for.
    let most = limit;
    let limit = if fanned_out { (most / states.len().max(1)).max(1) } else { most };

    let mut instants = ticks_before(saved, schedule, from, before, limit + 1);
    let oldest_tick = instants.first().copied().filter(|_| instants.len() > limit);
    let runs = runs_between(app, &saved.uid, name, oldest_tick.unwrap_or(from), before).await?;
    instants.extend(runs.keys().copied());
    let low = instants.iter().rev().nth(limit).map_or(from, |tick| *tick + MILLISECOND);
    let ranges =
        ranges_between(app, name, &saved.uid, states.iter().copied().chain([state]), low, before).await?;

    let live = if fanned_out { app.ports.registry.workers().await? } else { Vec::new() };
    let story = Story {
        saved,
        schedule,
        state,
        whose: if fanned_out { Whose::Nobodys } else { Whose::Anybodys },
        runs: &runs,
        ranges: &ranges,
        live: &live,
        now: stood.now,
    };
    let instants = instants.range(low..).copied();
    let mut ticks: Vec<_> = if fanned_out {
        workers::tell(&story, &states, instants, low, before)
    } else {
        instants.map(|at| story.of(at)).chain(story.earlier_ranges(low, before)).collect()
    };
    ticks.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.worker.cmp(&b.worker)));
    // A cursor names an instant: what belongs to one stays together.
    let cut = ticks.get(most.saturating_sub(1)).map(|tick| tick.at);
    let whole = cut.map_or(ticks.len(), |cut| ticks.partition_point(|tick| tick.at >= cut));
    let more = low > from || ticks.len() > whole;
    ticks.truncate(whole);
    if ticks.iter().any(|tick| tick.kind != TickKind::Run) {
        clocks::tell(&mut ticks, &app.ports.registry.workers().await?, stood.now);
    }
    // An empty page may be followed by others: the cursor then goes on from its lower end.
    let end = ticks.last().map_or(low, |tick| tick.at);
    Ok(TickPage { next: more.then(|| paging::after_instant(end)), ticks })
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

/// Returns the runs of ticks in `[from, before)`, by tick.
async fn runs_between(
    app: &App,
    uid: &JobUid,
    name: &JobName,
    from: Timestamp,
    before: Timestamp,
) -> Answer<BTreeMap<Timestamp, Vec<RunRecord>>> {
    let mut runs: BTreeMap<Timestamp, Vec<RunRecord>> = BTreeMap::new();
    let mut query = RunQuery {
        job: Some(name.clone()),
        trigger: vec![Trigger::Schedule, Trigger::CatchUp],
        from: Some(from),
        to: Some(before),
        limit: RUNS_AT_ONCE,
        ..RunQuery::default()
    };
    for _ in 0..RUN_READS_MAX {
        let page = app.ports.facts.runs(query.clone()).await?;
        let last = page.last().filter(|_| page.len() == RUNS_AT_ONCE);
        query.after =
            last.map(|run| model::ports::RunCursor { scheduled_at: run.scheduled_at, id: run.id.clone() });
        for run in page.into_iter().filter(|run| run.uid == *uid) {
            runs.entry(run.scheduled_at).or_default().push(run);
        }
        if query.after.is_none() {
            break;
        }
    }
    Ok(runs)
}

/// Returns the ranges that touch `[from, before)`: those that are recorded, and those that wait in a state.
async fn ranges_between<'a>(
    app: &App,
    name: &JobName,
    uid: &JobUid,
    states: impl Iterator<Item = &'a JobState>,
    from: Timestamp,
    before: Timestamp,
) -> Answer<Vec<RangeRecord>> {
    let filter = TickFilter { uid: uid.clone(), from, to: before, limit: RANGES_MAX };
    let mut ranges = app.ports.facts.ranges(filter).await?;
    for (state, end) in states.flat_map(|state| state.unrecorded.iter().map(move |end| (state, end))) {
        if let Unrecorded::Ticks { uid: whose, from, to, end } = end
            && whose == uid
        {
            ranges.push(RangeRecord {
                job: name.clone(),
                uid: whose.clone(),
                from: *from,
                to: *to,
                end: end.clone(),
                worker: state.worker.clone(),
            });
        }
    }
    Ok(ranges)
}
