//! What ran by the hour: counts by status, on time, late, missed.
//!
//! Runs are counted by the store along one index, without reading a record; ticks that never became a run are told by their
//! ranges and counted by the schedule as it stands. One answer is made at a time and kept for some seconds, so that many
//! open pages ask no more than one.
//!
//! Flow: facts (tallies, ranges), catalogue (schedules) → **`stats`** → `routes::stats`.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::ports::RunTally;
use model::run::{RangeRecord, RunStatus};
use model::state::{Ticks as _, Unrun};
use model::time::{Span, Timestamp};
use tokio::sync::Mutex;

use crate::api::{HourStats, RunCounts, StatsReply};
use crate::app::App;
use crate::catalogue::Entry;
use crate::offload;
use crate::problem::Answer;

/// A tick that starts later than this after its instant is late.
pub(crate) const LATE_AFTER: Span = Span::from_seconds(5);
/// The longest window.
pub(crate) const WINDOW_MAX: Span = Span::from_days(31);
const HOUR_MS: i64 = 3_600_000;
const MILLISECOND: Span = Span::from_millis(1);
/// How long an answer is good for.
const KEPT: Span = Span::from_seconds(5);
/// Most ranges that are looked at, and most ticks that are counted in them; beyond that the answer says "at least".
const RANGES_MAX: usize = 1000;
const TICKS_MAX: u64 = 200_000;

/// The last answer.
#[derive(Clone, Default)]
pub(crate) struct Stats(Arc<Mutex<Option<(Timestamp, StatsReply)>>>);

/// Returns the counts of the hours that `[from, to)` touches.
pub(crate) async fn of(app: &App, from: Timestamp, to: Timestamp) -> Answer<StatsReply> {
    let mut kept = Arc::clone(&app.stats.0).lock_owned().await;
    let now = app.ports.clock.now();
    let fits = |(at, reply): &&(Timestamp, StatsReply)| {
        *at <= now && now.since(*at) <= KEPT && (reply.from, reply.to) == (from, to)
    };
    if let Some((_, reply)) = kept.as_ref().filter(fits) {
        return Ok(reply.clone());
    }
    app.catalogue.ready().await?;
    let tallies = app.ports.facts.tally(from, to, LATE_AFTER).await?;
    let ranges = app.ports.facts.ranges_of_all(from, to, RANGES_MAX).await?;
    let entries = ranges.iter().filter_map(|range| app.catalogue.entry(&range.job));
    let entries: BTreeMap<_, _> = entries.map(|entry| (entry.name.clone(), entry)).collect();
    let reply = offload::run(move || {
        let mut hours = hours(from, to);
        let runs = tallies.iter().fold(RunCounts::default(), |mut all, tally| {
            add(&mut all, tally);
            if let Some(hour) = hours.get_mut(&tally.hour) {
                add(hour, tally);
            }
            all
        });
        let mut total = runs;
        let complete =
            count_ranges(&ranges, |range| entries.get(&range.job), (from, to), &mut hours, &mut total);
        let hours = hours.into_iter().map(|(at, counts)| HourStats { at, counts: rated(counts) }).collect();
        StatsReply { from, to, late_after: LATE_AFTER, complete, total: rated(total), hours }
    })
    .await?;
    *kept = Some((now, reply.clone()));
    Ok(reply)
}

/// Returns the beginning of the hour that holds an instant.
pub(crate) fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(HOUR_MS) * HOUR_MS)
}

fn hours(from: Timestamp, to: Timestamp) -> BTreeMap<Timestamp, RunCounts> {
    let hour = Span::from_millis(HOUR_MS.unsigned_abs());
    let all = std::iter::successors(Some(hour_of(from)), |at| Some(*at + hour));
    all.take_while(|at| *at < to).map(|at| (at, RunCounts::default())).collect()
}

fn add(counts: &mut RunCounts, tally: &RunTally) {
    *counts.statuses.entry(tally.status.as_str().to_owned()).or_default() += tally.runs;
    counts.runs += tally.runs;
    counts.on_time += tally.on_time;
    counts.late += tally.late;
    match tally.status {
        RunStatus::Missed => counts.missed += tally.runs,
        RunStatus::Skipped => counts.skipped += tally.runs,
        _ => {}
    }
}

/// Adds what succeeded among what ended by itself.
fn rated(mut counts: RunCounts) -> RunCounts {
    let of = |status: RunStatus| counts.statuses.get(status.as_str()).copied().unwrap_or_default();
    let aside = [RunStatus::Skipped, RunStatus::Missed];
    let ended: u64 = RunStatus::ALL
        .into_iter()
        .filter(|status| status.is_final() && !aside.contains(status))
        .map(of)
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "a share of a count")]
    let rate = (ended > 0).then(|| of(RunStatus::Succeeded) as f64 / ended as f64);
    counts.success_rate = rate;
    counts
}

/// Counts ticks that have no record; returns false where they are more than are counted, or their schedule is gone.
fn count_ranges<'a>(
    ranges: &[RangeRecord],
    entry: impl Fn(&RangeRecord) -> Option<&'a Arc<Entry>>,
    (from, to): (Timestamp, Timestamp),
    hours: &mut BTreeMap<Timestamp, RunCounts>,
    total: &mut RunCounts,
) -> bool {
    let mut complete = ranges.len() < RANGES_MAX;
    let mut left = TICKS_MAX;
    for range in ranges {
        let text = entry(range).and_then(|entry| entry.saved.as_ref());
        let text = text.filter(|text| text.saved.uid == range.uid);
        let Some(schedule) = text.and_then(|text| text.schedule.as_ref().ok()) else {
            complete = false;
            continue;
        };
        let until = range.to.min(to - MILLISECOND);
        let first = schedule.next_after(range.from.max(from) - MILLISECOND);
        let ticks = std::iter::successors(first, |at| schedule.next_after(*at));
        for at in ticks.take_while(|at| *at <= until) {
            if left == 0 {
                return false;
            }
            left -= 1;
            let of_hour = hours.get_mut(&hour_of(at));
            for counts in of_hour.into_iter().chain([&mut *total]) {
                match range.end {
                    Unrun::Missed { .. } => counts.missed += 1,
                    Unrun::Skipped(_) => counts.skipped += 1,
                }
            }
        }
    }
    complete
}
