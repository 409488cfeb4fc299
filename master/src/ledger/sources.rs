//! What the store of facts and the states know of a job's ticks: runs, of which a few words are kept each, and ranges of ticks
//! that did not run.
//!
//! While the store of facts is away the states alone are told of: what fell due since, and why it waits, they know.
//! Not here: what it means for one tick (`story`).

use std::collections::{BTreeMap, HashSet};

use model::id::{JobName, JobUid, RunId, WorkerId};
use model::outcome::{End, Outcome};
use model::ports::{Facts, RunCursor, RunQuery, StoreError, TickFilter};
use model::run::{RangeRecord, RunRecord, RunStatus, Trigger};
use model::state::{JobState, Unrecorded};
use model::time::{Span, Timestamp};

use crate::api::TickWhy;

/// Runs and ranges read at one time, and how often: a full page, each tick tried twice.
const AT_ONCE: usize = 1_000;
const READS_MAX: usize = 100;
const MILLISECOND: Span = Span::from_millis(1);

/// What is told of a run: a page may hold a month of them.
pub(super) struct Ran {
    pub(super) id: RunId,
    pub(super) worker: Option<WorkerId>,
    pub(super) status: RunStatus,
    pub(super) reason: String,
    /// The reason as facts, where the record has them.
    pub(super) why: Option<TickWhy>,
    pub(super) attempt: u32,
    pub(super) order: (u64, u8),
    pub(super) started_at: Option<Timestamp>,
}

impl Ran {
    fn of(run: RunRecord) -> Self {
        let order = run.order();
        let RunRecord { id, worker, status, reason, attempt, started_at, outcome, settled, .. } = run;
        let settled = settled.map(|how| TickWhy::Settled { how });
        let outcome = outcome.map(|outcome| if outcome.words.is_empty() { outcome.told() } else { outcome });
        let why = settled.or(outcome.filter(|outcome| outcome.words == reason).map(why));
        Self { id, worker, status, reason, why, attempt, order, started_at }
    }
}

/// Returns an end as facts, without what its words do not say.
fn why(outcome: Outcome) -> TickWhy {
    match outcome.end {
        End::Exited { code } if outcome.words == format!("exit code {code}") => TickWhy::Exited { code },
        _ => TickWhy::Ended { outcome: Box::new(outcome.brief()) },
    }
}

/// The runs of a job's ticks in a window.
#[derive(Default)]
pub(super) struct Runs {
    /// By tick.
    pub(super) by_tick: BTreeMap<Timestamp, Vec<Ran>>,
    /// From where on they are all there: the beginning of the window, unless they were too many.
    pub(super) whole_from: Timestamp,
    /// True when the store of facts did not answer.
    pub(super) facts_away: bool,
}

impl Runs {
    /// Reads those of ticks in `[from, before)`.
    pub(super) async fn read(
        facts: &dyn Facts,
        (uid, name): (&JobUid, &JobName),
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut runs = Self { whole_from: from, ..Self::default() };
        let mut query = RunQuery {
            job: Some(name.clone()),
            trigger: vec![Trigger::Schedule, Trigger::CatchUp],
            from: Some(from),
            to: Some(before),
            limit: AT_ONCE,
            ..RunQuery::default()
        };
        for _ in 0..READS_MAX {
            let page = match facts.runs(query.clone()).await {
                Err(StoreError::Unavailable(_) | StoreError::Ambiguous(_)) => {
                    return Ok(Self { facts_away: true, whole_from: from, ..Self::default() });
                }
                answer => answer?,
            };
            let last = page.last().filter(|_| page.len() == AT_ONCE);
            let after = last.map(|run| RunCursor { scheduled_at: run.scheduled_at, id: run.id.clone() });
            for run in page.into_iter().filter(|run| run.uid == *uid) {
                runs.by_tick.entry(run.scheduled_at).or_default().push(Ran::of(run));
            }
            match after {
                Some(after) => query.after = Some(after),
                None => return Ok(runs),
            }
        }
        // Those of one tick may be on both sides of the last page's end.
        let reached = query.after.map_or(from, |after| after.scheduled_at + MILLISECOND);
        runs.by_tick = runs.by_tick.split_off(&reached);
        runs.whole_from = reached;
        Ok(runs)
    }
}

/// Ranges of ticks that did not run, to be asked for one instant.
pub(super) struct Ranges {
    /// In order of their beginnings.
    all: Vec<RangeRecord>,
    /// The latest end of each and of all before it.
    ends: Vec<Timestamp>,
}

impl Ranges {
    /// Reads those that touch `[from, before)`: what is recorded, and what waits in a state.
    pub(super) async fn read(
        facts: Option<&dyn Facts>,
        (uid, name): (&JobUid, &JobName),
        states: impl Iterator<Item = &JobState> + Send,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut all: Vec<RangeRecord> = states.flat_map(|state| waiting(state, uid, name)).collect();
        let mut filter = TickFilter { uid: uid.clone(), from, to: before, limit: AT_ONCE };
        let mut seen: HashSet<(Timestamp, Option<WorkerId>)> = HashSet::new();
        for _ in 0..READS_MAX {
            let Some(facts) = facts else { break };
            let page = facts.ranges(filter.clone()).await?;
            let last = page.last().filter(|_| page.len() == AT_ONCE).map(|range| range.from);
            all.extend(page.into_iter().filter(|range| seen.insert((range.from, range.worker.clone()))));
            match last.filter(|last| *last > filter.from) {
                Some(last) => filter.from = last,
                None => break,
            }
        }
        Ok(Self::of(all))
    }

    fn of(mut all: Vec<RangeRecord>) -> Self {
        all.sort_by_key(|range| range.from);
        let mut end = Timestamp::MIN;
        let ends = all.iter().map(|range| {
            end = end.max(range.to);
            end
        });
        Self { ends: ends.collect(), all }
    }

    /// Returns the range that holds an instant, of those that `is_ours` takes; of several the one that begins last.
    pub(super) fn holding(
        &self,
        at: Timestamp,
        is_ours: impl Fn(&RangeRecord) -> bool,
    ) -> Option<&RangeRecord> {
        let begun = self.all.partition_point(|range| range.from <= at);
        let reach =
            self.all[..begun].iter().zip(&self.ends[..begun]).rev().take_while(|(_, end)| **end >= at);
        reach.map(|(range, _)| range).find(|range| range.to >= at && is_ours(range))
    }

    /// Returns all of them, those that begin first before the others.
    pub(super) fn iter(&self) -> impl Iterator<Item = &RangeRecord> {
        self.all.iter()
    }
}

/// Returns the ranges that a state still holds.
fn waiting<'a>(
    state: &'a JobState,
    uid: &'a JobUid,
    name: &'a JobName,
) -> impl Iterator<Item = RangeRecord> + 'a {
    state.unrecorded.iter().filter_map(move |end| match end {
        Unrecorded::Ticks { uid: whose, from, to, end } if whose == uid => Some(RangeRecord {
            job: name.clone(),
            uid: whose.clone(),
            from: *from,
            to: *to,
            end: end.clone(),
            worker: state.worker.clone(),
        }),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use model::state::{MissReason, Unrun};

    use super::*;

    fn range(from: i64, to: i64) -> RangeRecord {
        RangeRecord {
            job: "a".parse().unwrap(),
            uid: "0".repeat(32).parse().unwrap(),
            from: Timestamp::from_seconds(from),
            to: Timestamp::from_seconds(to),
            end: Unrun::Missed { why: MissReason::PolicyNone },
            worker: None,
        }
    }

    /// A long range may begin before many short ones.
    #[test]
    fn the_range_of_an_instant_is_found_behind_others() {
        let ranges =
            Ranges::of(vec![range(40, 50), range(0, 100), range(20, 20), range(30, 31), range(200, 300)]);
        let found = |at: i64| {
            let range = ranges.holding(Timestamp::from_seconds(at), |_| true)?;
            Some((range.from.as_seconds(), range.to.as_seconds()))
        };
        let table =
            [(0, (0, 100)), (20, (20, 20)), (31, (30, 31)), (35, (0, 100)), (50, (40, 50)), (100, (0, 100))];
        for (at, is) in table {
            assert_eq!(found(at), Some(is), "{at}");
        }
        assert_eq!((found(-1), found(101), found(199), found(300)), (None, None, None, Some((200, 300))));
        assert!(ranges.holding(Timestamp::from_seconds(45), |range| range.from.as_seconds() == 7).is_none());
    }
}
