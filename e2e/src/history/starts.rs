//! What the jobs say of their starts, against the claims.
//!
//! I1: once per attempt, and once in all where nothing is owed again. I5: the fence is its claim's revision. I11: not
//! before its tick. I3: not after its deadline.

use std::collections::BTreeMap;

use super::evidence::{Evidence, Mark};
use super::ticks::told;
use super::timeline::{Claim, Timeline};
use super::{CLOCKS_MS, Findings, History};

/// How long a claim stands before it is started or given back, in milliseconds, by the documentation.
const CLAIM_STANDS_MS: i64 = 30_000;
/// How long after its process a script may write its first line, in milliseconds.
const BEGINS_WITHIN_MS: i64 = 10_000;
/// How finely the machine's uptime is told, in milliseconds.
const UPTIME_MS: i64 = 10;

pub(super) fn check(history: &History, timeline: &Timeline<'_>, findings: &mut Findings) {
    let mut by_run: BTreeMap<&str, &Evidence> = BTreeMap::new();
    let mut by_tick: BTreeMap<(&str, Option<&str>, i64), &Evidence> = BTreeMap::new();
    for start in history.evidence.iter().filter(|line| line.mark == Mark::Start) {
        let what = format!("run {} of `{}` ({})", start.run, start.job, told(start.scheduled_at));
        if let Some(first) = by_run.insert(&start.run, start) {
            findings.add("I1", format!("{what} started twice: on {} and on {}", first.worker, start.worker));
            continue;
        }
        let Some(claim) = claim_of(timeline, start) else {
            let fences: Vec<u64> = timeline.claims_of(&start.run).map(|claim| claim.revision).collect();
            findings.add("I5", format!("{what} started with fence {}; its claims: {fences:?}", start.fence));
            continue;
        };
        check_time(start, claim, &what, findings);
        if claim.active.cause.tick().is_none() {
            continue;
        }
        // Two ticks of one instant are one job's only under two of its uids, or of two workers' records.
        let again = by_tick.insert((&claim.active.uid, claim.of, start.scheduled_at), start);
        if let Some(first) = again.filter(|first| is_once(history, claim, first)) {
            findings.add("I1", format!("{what} started before, as attempt {}", first.attempt));
        }
    }
}

/// Returns true when nothing allows another attempt after the first one.
fn is_once(history: &History, claim: &Claim<'_>, first: &Evidence) -> bool {
    let once = claim.text.is_some_and(|text| text.job.retries.max == 0 && text.job.on_worker_loss == "skip");
    // A sandbox that failed is tried again for free.
    let failed = |run: &&super::Run| run.id == first.run && run.status == "host_error";
    once && !history.runs.iter().any(|run| failed(&run))
}

fn claim_of<'a>(timeline: &'a Timeline<'a>, start: &Evidence) -> Option<&'a Claim<'a>> {
    timeline.claims_of(&start.run).find(|claim| {
        let active = claim.active;
        claim.revision == start.fence
            && active.worker == start.worker
            && active.attempt == start.attempt
            && active.cause.at() == start.scheduled_at
    })
}

fn check_time(start: &Evidence, claim: &Claim<'_>, what: &str, findings: &mut Findings) {
    let early = claim.active.cause.at() - start.at_ms;
    if early > CLOCKS_MS + UPTIME_MS {
        findings.add("I11", format!("{what} started {early} ms before its time"));
    }
    let late = start.at_ms - claim.active.since;
    if late > CLAIM_STANDS_MS + BEGINS_WITHIN_MS {
        findings.add("I3", format!("{what} started {late} ms after its claim"));
    }
}
