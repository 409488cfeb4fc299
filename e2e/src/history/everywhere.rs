//! I12: placement `all`. A worker's record is its own to claim from, only in step with the job's, and no tick from before it
//! joined; a worker that was there and well joins in time; and what one worker's record has come to, each of them has.
//!
//! Together with I3, which holds for every record by itself, each tick is once on every worker that lived then.

use std::collections::BTreeMap;

use super::documents::{State, Text};
use super::ticks::{ticks_of, told};
use super::timeline::{Step, Timeline, parts};
use super::{CLOCKS_MS, Findings, History};

/// How long a worker may be there and well before it has joined, in milliseconds, on a busy machine.
const JOINS_WITHIN_MS: i64 = 20_000;
/// How far the records of one job may differ in what they have come to, in the end, in milliseconds.
const APART_MS: i64 = 2_000;

/// What is known of one job under one uid.
#[derive(Default)]
struct Life<'a> {
    texts: Vec<&'a Text>,
    /// When the job was seen to go, or another one of its name to come.
    ended_ms: Option<i64>,
    /// By worker.
    records: BTreeMap<&'a str, Record>,
}

/// What is known of a worker's record.
#[derive(Clone, Copy)]
struct Record {
    joined: i64,
    resolved: i64,
    /// True once it has ended or gone; I3 sees that it told everything.
    ended: bool,
}

pub(super) fn check(history: &History, timeline: &Timeline<'_>, findings: &mut Findings) {
    check_claims(timeline, findings);
    for (&(job, uid), life) in &lives_of(history, timeline, findings) {
        check_life(history, timeline, (job, uid), life, findings);
    }
}

fn lives_of<'a>(
    history: &'a History,
    timeline: &Timeline<'a>,
    findings: &mut Findings,
) -> BTreeMap<(&'a str, &'a str), Life<'a>> {
    let mut lives: BTreeMap<(&str, &str), Life<'_>> = BTreeMap::new();
    for (&record, steps) in &timeline.jobs {
        let (job, of) = parts(record);
        for step in steps {
            match of {
                None => head_step(job, step, &mut lives),
                Some(worker) => {
                    let uid = step.after.or(step.before).map(|state| state.uid.as_str()).unwrap_or_default();
                    let records = &mut lives.entry((job, uid)).or_default().records;
                    record_step(history, (record, worker), step, records, findings);
                }
            }
        }
    }
    lives
}

fn head_step<'a>(job: &'a str, step: &Step<'a>, lives: &mut BTreeMap<(&'a str, &'a str), Life<'a>>) {
    let everywhere = |text: &&'a Text| text.job.is_everywhere();
    if let Some(before) = step.text_before.filter(everywhere)
        && step.text.is_none_or(|text| text.uid != before.uid)
    {
        lives.entry((job, &before.uid)).or_default().ended_ms = Some(step.seen_ms);
    }
    if let Some(text) = step.text.filter(everywhere).filter(|text| step.text_before != Some(*text)) {
        lives.entry((job, &text.uid)).or_default().texts.push(text);
    }
}

fn record_step<'a>(
    history: &History,
    (name, worker): (&str, &'a str),
    step: &Step<'a>,
    records: &mut BTreeMap<&'a str, Record>,
    findings: &mut Findings,
) {
    let Some(after) = step.after else {
        records.entry(worker).and_modify(|record| record.ended = true);
        return;
    };
    let Some(joined) = after.joined else {
        return findings.add("I12", format!("the record `{name}` does not say when it joined"));
    };
    let new = Record { joined, resolved: after.resolved, ended: false };
    let known = records.entry(worker).or_insert_with(|| {
        check_join(history, name, joined, step.seen_ms, findings);
        new
    });
    (known.resolved, known.ended) = (after.resolved, after.deleted.is_some());
}

fn check_claims(timeline: &Timeline<'_>, findings: &mut Findings) {
    for claim in &timeline.claims {
        let (active, after) = (claim.active, claim.after);
        let what = format!("run {} of `{}` was claimed at {}", active.run, claim.job, claim.revision);
        let everywhere = claim.text.is_some_and(|text| text.job.is_everywhere());
        let Some(of) = claim.of else {
            if everywhere {
                findings.add("I12", format!("{what} from the job's own record"));
            }
            continue;
        };
        if active.worker != of {
            findings.add("I12", format!("{what} by {} from the record of {of}", active.worker));
        }
        if !claim.head.is_some_and(|head| in_step(head, after)) {
            findings.add("I12", format!("{what} by {of}, whose record was not in step with the job's own"));
        }
        if active.cause.tick().is_some_and(|tick| after.joined.is_some_and(|joined| tick <= joined)) {
            findings.add("I12", format!("{what} by {of}, for a tick from before it joined"));
        }
    }
}

fn in_step(head: &State, record: &State) -> bool {
    let same = head.uid == record.uid && head.spec_id == record.spec_id && head.edition == record.edition;
    same && head.deleted.is_none()
        && record.deleted.is_none()
        && head.paused.is_some() <= record.paused.is_some()
}

/// Ticks begin for a worker when it joins, by its own clock: neither before, nor later than it wrote so.
fn check_join(history: &History, record: &str, joined: i64, seen_ms: i64, findings: &mut Findings) {
    let off = seen_ms - joined;
    if history.is_calm(joined) && history.is_calm(seen_ms) && !(-CLOCKS_MS..=JOINS_WITHIN_MS).contains(&off) {
        findings
            .add("I12", format!("`{record}` was seen {off} ms after the instant that it gives as joined"));
    }
}

fn check_life(
    history: &History,
    timeline: &Timeline<'_>,
    (job, uid): (&str, &str),
    life: &Life<'_>,
    findings: &mut Findings,
) {
    let first = life.texts.iter().map(|text| text.saved_at).min().unwrap_or(i64::MAX);
    let come_to = |record: &&Record| (!record.ended).then_some(record.resolved);
    // What one of them has come to, all that stand have in the end.
    let standing = life.records.values().filter_map(|record| come_to(&record)).max();
    let last = life.records.values().map(|record| record.resolved).max().unwrap_or(first);
    let ticks = ticks_under(life, last.min(life.ended_ms.unwrap_or(i64::MAX)) - APART_MS);
    for worker in &history.workers {
        let record = life.records.get(worker.as_str());
        let behind = |resolved: &i64| standing.is_some_and(|standing| *resolved < standing - APART_MS);
        if let Some(resolved) = record.and_then(|record| come_to(&record)).filter(behind) {
            let (at, other) = (told(resolved), told(standing.unwrap_or_default()));
            findings
                .add("I12", format!("`{job}@{worker}` has come to {at} in the end, another's to {other}"));
        }
        let joined = record.map_or(i64::MAX, |record| record.joined);
        let owed = |tick: &i64| *tick < joined && is_well(history, timeline, worker, first, *tick);
        if let Some(tick) = ticks.iter().copied().find(owed) {
            let at = told(tick);
            findings.add("I12", format!("{worker} lived, and had no record of `{job}` ({uid}) for {at}"));
        }
    }
}

/// Returns the ticks of a life until some instant, each under the text that was in force.
fn ticks_under(life: &Life<'_>, until: i64) -> Vec<i64> {
    let mut ticks = Vec::new();
    for (n, text) in life.texts.iter().enumerate() {
        let next = life.texts.get(n + 1).map_or(until, |next| next.saved_at.min(until));
        if text.job.enabled && text.saved_at < next {
            ticks.extend(ticks_of(text, text.saved_at, next));
        }
    }
    ticks
}

/// Returns true when a worker was registered and nothing was wrong with what it needs for so long before a tick that it must
/// have joined.
fn is_well(history: &History, timeline: &Timeline<'_>, worker: &str, first: i64, tick: i64) -> bool {
    let since = tick - JOINS_WITHIN_MS;
    let lives = timeline.lives(worker, since) && timeline.lives(worker, tick);
    first <= since && lives && history.why_not_done(worker, since, tick).is_none()
}
