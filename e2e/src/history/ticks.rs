//! I3: every tick that a schedule has, between the first save and the end, has an owner or an end; what did not run has a
//! reason that holds. Ticks are enumerated by `cron`, not by our own engine.
//!
//! The record says with each change up to where it is resolved; every tick that it passes must stand in that same change,
//! as a claim, as one that waits, or in a range with its reason. So no clock is needed to say that one was lost.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use chrono::DateTime;
use cron::Schedule;

use super::documents::{End, State, Text, Unrecorded};
use super::timeline::{Claim, Step, Timeline, parts};
use super::{Findings, History};

/// Most runs of one job at one time, by its documentation.
const ACTIVE_MAX: usize = 64;
/// How long before its removal was seen a record without ends may have had none, in milliseconds.
const SEEN_WITHIN_MS: i64 = 2_000;

/// What became of ticks.
#[derive(Debug, Default)]
pub(super) struct Fates {
    /// How many a schedule had.
    pub(super) ticks: usize,
    /// Of those that did not run: why, with how many.
    pub(super) exempted: BTreeMap<String, usize>,
}

/// Returns the ticks of a text in `(after, to]`.
pub(super) fn ticks_of(text: &Text, after: i64, to: i64) -> Vec<i64> {
    let written = &text.job.schedule;
    // `cron` wants seconds.
    let fields = written.split_whitespace().count();
    let text = if fields == 5 { format!("0 {written}") } else { written.clone() };
    let Ok(schedule) = Schedule::from_str(&text) else { return Vec::new() };
    let Some(from) = DateTime::from_timestamp_millis(after) else { return Vec::new() };
    schedule.after(&from).map(|tick| tick.timestamp_millis()).take_while(|tick| *tick <= to).collect()
}

pub(super) fn check(history: &History, timeline: &Timeline<'_>, findings: &mut Findings) -> Fates {
    let mut fates = Fates::default();
    let claimed: Claimed<'_> = timeline
        .claims
        .iter()
        .filter_map(|claim| Some((claim.active.uid.as_str(), claim.of, claim.active.cause.tick()?)))
        .collect();
    for (record, steps) in &timeline.jobs {
        let (job, of) = parts(record);
        for step in steps {
            let judge = Judge { history, timeline, record, job, of, step, claimed: &claimed };
            judge.passed(&mut fates, findings);
        }
    }
    fates
}

/// Ticks that were won: uid, whose record, instant.
type Claimed<'a> = BTreeSet<(&'a str, Option<&'a str>, i64)>;

/// Judges the ticks that one change passes.
struct Judge<'a> {
    history: &'a History,
    timeline: &'a Timeline<'a>,
    record: &'a str,
    job: &'a str,
    /// For placement `all`: the worker whose record it is.
    of: Option<&'a str>,
    step: &'a Step<'a>,
    claimed: &'a Claimed<'a>,
}

impl Judge<'_> {
    fn passed(&self, fates: &mut Fates, findings: &mut Findings) {
        let (Some(before), Some(text)) = (self.step.before, self.step.text_before) else { return };
        if !text.job.enabled || before.uid != text.uid || before.deleted.is_some() {
            return;
        }
        if text.job.is_everywhere() != self.of.is_some() {
            // The job's own record has no ticks where each worker has its own, and a worker's none where it has them.
            return;
        }
        let Some(after) = self.step.after.filter(|after| after.uid == before.uid) else {
            return self.gone(before, text, findings);
        };
        for tick in ticks_of(text, before.resolved, after.resolved) {
            fates.ticks += 1;
            let at = format!("tick {} of `{}`", told(tick), self.record);
            if self.claimed.contains(&(before.uid.as_str(), self.of, tick)) {
                continue;
            }
            let ends = ends_of(after, tick);
            if ends.is_empty() {
                if self.waits(after, tick) {
                    self.in_the_end(tick, &at, fates, findings);
                } else {
                    findings
                        .add("I3", format!("{at} was passed over at {} without an end", self.step.revision));
                }
                continue;
            }
            match ends.iter().map(|end| self.reason(tick, text, before, after, end)).find_map(Result::ok) {
                Some(reason) => *fates.exempted.entry(reason).or_default() += 1,
                None => {
                    let said = format!("{} {}", ends[0].status, ends[0].why);
                    findings.add("I3", format!("{at} ended as `{said}`, which does not hold"));
                }
            }
            if !self.is_told(before, tick) {
                findings.add("I3", format!("{at} ended, and MongoDB does not know how"));
            }
        }
    }

    /// A record that went with its job had nothing to tell: nothing had fallen due.
    fn gone(&self, before: &State, text: &Text, findings: &mut Findings) {
        if self.step.text.is_some() || before.paused.is_some() || !self.history.is_calm(self.step.seen_ms) {
            return;
        }
        // A worker's record may follow the job's end long after that.
        let until = self.step.removed_ms.unwrap_or(self.step.seen_ms).min(self.step.seen_ms);
        for tick in ticks_of(text, before.resolved, until - SEEN_WITHIN_MS) {
            findings.add("I3", format!("tick {} of `{}` went with the job, untold", told(tick), self.record));
        }
    }

    /// What waited and never ran must have ended, and told why.
    fn in_the_end(&self, tick: i64, at: &str, fates: &mut Fates, findings: &mut Findings) {
        let uid = self.step.before.map(|before| before.uid.as_str()).unwrap_or_default();
        let mut ranges = self.history.ranges.iter();
        match ranges.find(|range| range.tells(uid, self.of, tick)) {
            Some(range) => {
                let reason = format!("waited, then {} {}", range.end.status, range.end.why);
                *fates.exempted.entry(reason).or_default() += 1;
            }
            None => findings.add("I3", format!("{at} waited and has no end")),
        }
    }

    fn waits(&self, after: &State, tick: i64) -> bool {
        after.waiting.iter().chain(&after.retries).any(|waiting| waiting.cause.tick() == Some(tick))
    }

    fn is_told(&self, before: &State, tick: i64) -> bool {
        self.history.ranges.iter().any(|range| range.tells(&before.uid, self.of, tick))
    }

    /// Returns the reason by its name, where it holds.
    fn reason(&self, tick: i64, text: &Text, before: &State, after: &State, end: &End) -> Result<String, ()> {
        let busy =
            |state: &State| !(state.active.is_empty() && state.retries.is_empty() && state.waiting.is_none());
        let holds = match (end.status.as_str(), end.why.as_str()) {
            ("skipped", "overlap" | "replaced") => {
                text.job.overlap != "allow" && (busy(before) || busy(after))
            }
            ("skipped", "paused") => before.paused.is_some() || after.paused.is_some(),
            ("skipped", "edited") => after.spec_id != before.spec_id,
            ("skipped", "disabled") => self.step.text.is_some_and(|text| !text.job.enabled),
            ("skipped", "deleted") => after.deleted.is_some(),
            ("skipped", "too_many_running") => after.active.len() >= ACTIVE_MAX,
            // Reasons are put together while they cannot be told.
            ("skipped", "several") => self.history.is_without_facts(tick, self.step.seen_ms),
            ("missed", _) => return self.missed(tick, text).map(|why| format!("missed: {why}")).ok_or(()),
            _ => false,
        };
        if holds { Ok(end.why.clone()) } else { Err(()) }
    }

    /// Returns why nobody could start a tick in time.
    fn missed(&self, tick: i64, text: &Text) -> Option<&'static str> {
        let until = tick + text.job.start_deadline;
        if let Some(why) = self.history.why_not_claimed(self.of, tick, until) {
            return Some(why);
        }
        // Under `skip` and `replace` the job is busy until the worker of its run can say how that ended.
        let own = |claim: &&Claim<'_>| claim.job == self.job && claim.of == self.of;
        let mut claims = self.timeline.claims.iter().filter(own);
        let is_busy =
            |from: i64, left: Option<(u64, i64)>| from <= until && left.is_none_or(|(_, at)| at >= tick);
        (text.job.overlap != "allow").then(|| {
            claims.find_map(|claim| {
                let worker = &claim.active.worker;
                is_busy(claim.seen_ms, claim.left)
                    .then(|| self.history.why_not_started(worker, tick, until))?
            })
        })?
    }
}

fn ends_of(state: &State, tick: i64) -> Vec<&End> {
    let of = |entry| match entry {
        &Unrecorded::Ticks { ref uid, from, to, ref end }
            if *uid == state.uid && (from..=to).contains(&tick) =>
        {
            Some(end)
        }
        _ => None,
    };
    state.unrecorded.iter().filter_map(of).collect()
}

/// Returns an instant as people read it.
pub(super) fn told(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms).map_or_else(|| at_ms.to_string(), |at| at.to_rfc3339())
}
