//! I4: what was claimed has one end, and the end is true. I10: the output of a run is there once, in order, and is what the
//! job printed.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::documents::{Chunk, Run};
use super::evidence::{Evidence, Mark};
use super::timeline::{Claim, Timeline};
use super::{Findings, History};

/// Ends of a run that never ran.
const NEVER_RAN: [&str; 3] = ["not_started", "skipped", "missed"];
/// Where a run stands that has not ended.
const OPEN: [&str; 4] = ["claimed", "running", "waiting", "retrying"];

/// What is known of one run.
#[derive(Default)]
struct Known<'a> {
    records: Vec<&'a Run>,
    chunks: Vec<&'a Chunk>,
    started: Option<&'a Evidence>,
    ended: Option<&'a Evidence>,
}

pub(super) fn check(history: &History, timeline: &Timeline<'_>, findings: &mut Findings) {
    let mut runs: BTreeMap<&str, Known<'_>> = BTreeMap::new();
    for claim in &timeline.claims {
        runs.entry(&claim.active.run).or_default();
    }
    for record in &history.runs {
        runs.entry(&record.id).or_default().records.push(record);
    }
    for chunk in &history.chunks {
        runs.entry(&chunk.run).or_default().chunks.push(chunk);
    }
    for line in &history.evidence {
        let known = runs.entry(&line.run).or_default();
        match line.mark {
            Mark::Start => known.started = Some(line),
            Mark::End => known.ended = Some(line),
        }
    }
    for (run, known) in runs {
        let claim = timeline.claims_of(run).last();
        let job = claim.map(|claim| claim.job).or(known.records.first().map(|record| record.job.as_str()));
        let what = format!("run {run} of `{}`", job.unwrap_or("?"));
        check_end(history, claim, &known, &what, findings);
        check_output(history, claim, &known, &what, findings);
    }
}

fn check_end(
    history: &History,
    claim: Option<&Claim<'_>>,
    known: &Known<'_>,
    what: &str,
    findings: &mut Findings,
) {
    let [record] = known.records[..] else {
        let told = claim.is_some_and(|claim| ended_without_a_record(history, claim, known));
        if !told {
            findings.add("I4", format!("{what} has {} records", known.records.len()));
        }
        return;
    };
    let status = record.status.as_str();
    if OPEN.contains(&status) {
        findings.add("I4", format!("{what} is still told as `{status}` in the end"));
    }
    if claim.is_none() && !["skipped", "missed"].contains(&status) {
        findings.add("I4", format!("{what} ended as `{status}` and was never claimed"));
    }
    match (known.started, known.ended) {
        (Some(start), _) if NEVER_RAN.contains(&status) => {
            findings.add("I4", format!("{what} is told as `{status}`, and it started on {}", start.worker));
        }
        (None, _) if status == "succeeded" => {
            findings.add("I4", format!("{what} is told as `{status}`, and it never started"));
        }
        (Some(_), None) if status == "succeeded" => {
            findings.add("I4", format!("{what} is told as `{status}`, and it never came to its end"));
        }
        _ => {}
    }
    let lost = ["lost", "host_error", "not_started"].contains(&status);
    let worker = claim.map(|claim| (claim, claim.active.worker.as_str()));
    if let Some((claim, worker)) = worker.filter(|_| lost) {
        let until = claim.left.map_or(i64::MAX, |(_, at)| at);
        let why = match status {
            "not_started" => history.why_not_started(worker, claim.seen_ms, until),
            _ => history.why_not_done(worker, claim.seen_ms, until),
        };
        if why.is_none() {
            let why = &record.reason;
            findings.add("I4", format!("{what} ended as `{status}` ({why}) without a fault"));
        }
    }
}

/// A claim that came to nothing may be told by a range, or by the attempt that followed under the same id.
fn ended_without_a_record(history: &History, claim: &Claim<'_>, known: &Known<'_>) -> bool {
    let Some(tick) = claim.active.cause.tick() else { return false };
    let covers = |range: &super::Range| range.tells(&claim.active.uid, claim.of, tick);
    known.started.is_none() && known.records.is_empty() && history.ranges.iter().any(covers)
}

fn check_output(
    history: &History,
    claim: Option<&Claim<'_>>,
    known: &Known<'_>,
    what: &str,
    findings: &mut Findings,
) {
    let Some(output) = known.records.first().and_then(|record| record.output.as_ref()) else {
        if known.ended.is_some() && known.records.iter().any(|record| record.status == "succeeded") {
            findings.add("I10", format!("{what} succeeded, and nothing is said of its output"));
        }
        return;
    };
    let mut chunks = known.chunks.clone();
    chunks.sort_by_key(|chunk| chunk.seq);
    let in_order = chunks.iter().zip(0..).all(|(chunk, seq)| chunk.seq == seq);
    if !in_order || chunks.len() as u64 != output.chunks {
        let found: Vec<i64> = chunks.iter().map(|chunk| chunk.seq).take(20).collect();
        let of = output.chunks;
        findings.add("I10", format!("{what} has {of} chunks by its record; there are {found:?}"));
        return;
    }
    let bytes: Vec<u8> = chunks.iter().filter_map(|chunk| chunk.bytes.as_ref()).flatten().copied().collect();
    let sha256 = hex(&Sha256::digest(&bytes));
    if bytes.len() as u64 != output.bytes || sha256 != output.sha256 {
        findings.add("I10", format!("{what} has output that is not what its record says"));
        return;
    }
    let printed = known.ended.and_then(|end| end.sha256.as_ref());
    if printed.is_some_and(|printed| *printed != sha256) {
        // What a full disk did not take is counted.
        let full = claim.is_some_and(|claim| {
            let until = claim.left.map_or(i64::MAX, |(_, at)| at);
            let worker = &claim.active.worker;
            output.dropped > 0 && history.is_without_disk(worker, claim.seen_ms, until)
        });
        if !full {
            findings.add("I10", format!("{what} printed something else than what is kept"));
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
