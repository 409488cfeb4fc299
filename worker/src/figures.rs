//! What this worker tells of itself in figures: where what happened becomes a [`model::metric`].
//!
//! Flow: `runner`, `scheduler`, `registration`, `pipeline` → **`figures`** → the process's recorder.

use model::metric;
use model::outcome::Outcome;
use model::ports::{StartError, SwapResult, Whose};
use model::run::{RunRecord, RunStatus, Trigger};
use model::time::{Span, Timestamp};
use model::worker::WorkerStatus;
use model::workload::Kind;

use crate::claim::{Answer, Order, Purpose};

const MILLISECONDS: f64 = 1_000.0;

fn seconds(span: Span) -> f64 {
    span.as_millis() as f64 / MILLISECONDS
}

/// A run was started: `asked` is when the sandbox was asked to.
pub(crate) fn started(record: &RunRecord, asked: Timestamp, now: Timestamp) {
    let kind = [record.kind.as_str()];
    metric::START_SECONDS.took(seconds(now.since(asked)), &kind);
    if record.trigger == Trigger::Schedule && record.attempt == 1 {
        metric::START_LATENESS.took(seconds(now.since(record.scheduled_at)), &kind);
    }
}

/// A run was not started.
pub(crate) fn refused(kind: Kind, error: &StartError) {
    let whose = match error.whose {
        Whose::Job => "job",
        Whose::Worker => "worker",
    };
    metric::STARTS_REFUSED.add(1, &[kind.as_str(), whose]);
}

/// A run ended as `status`.
pub(crate) fn ended(kind: Kind, status: RunStatus, outcome: &Outcome) {
    let by_kind = [kind.as_str()];
    metric::RUNS_ENDED.add(1, &[kind.as_str(), status.as_str()]);
    metric::RUN_SECONDS.took(seconds(outcome.ended_at.since(outcome.started_at)), &by_kind);
    let usage = &outcome.usage;
    if usage.cpu_user.is_some() || usage.cpu_system.is_some() {
        let cpu = [usage.cpu_user, usage.cpu_system].into_iter().flatten().map(seconds).sum();
        metric::RUN_CPU.took(cpu, &by_kind);
    }
    if let Some(fuel) = usage.fuel {
        metric::RUN_FUEL.add(fuel, &[]);
    }
}

/// A transaction was answered.
pub(crate) fn committed(order: &Order, answer: &Answer) {
    let purpose = match order.purpose {
        Purpose::Claim => "claim",
        Purpose::Complete => "complete",
        Purpose::Lose => "lose",
        Purpose::Follow => "follow",
    };
    let told = match answer {
        Answer::Done(_) => "done",
        Answer::GuardFailed => "guard_failed",
        Answer::Away(_) => "away",
        Answer::Refused(_) => "refused",
    };
    metric::COMMITS.add(1, &[purpose, told]);
    metric::SWAPS.add(order.parts.len() as u64, &[purpose]);
    if let (Purpose::Claim, Answer::Done(results)) = (order.purpose, answer) {
        let won = results.iter().filter(|result| matches!(result, SwapResult::Swapped(_))).count();
        metric::CLAIMS.add(won as u64, &["won"]);
        metric::CLAIMS.add((results.len() - won) as u64, &["lost"]);
    }
}

/// How this worker is.
pub(crate) fn status(status: &WorkerStatus, registered: bool) {
    let yes = |is: bool| f64::from(u8::from(is));
    metric::SLOTS.set(status.slots.into(), &[]);
    metric::SLOTS_BUSY.set(status.busy.into(), &[]);
    metric::REGISTERED.set(yes(registered), &[]);
    metric::DRAINING.set(yes(status.draining), &[]);
    metric::CLOCK_OK.set(yes(status.clock_ok), &[]);
    if let Some(ahead) = &status.facts_clock {
        metric::CLOCK_AHEAD.set((ahead.least_ms + ahead.most_ms) as f64 / 2.0 / MILLISECONDS, &[]);
    }
    if let Some(free) = status.disk_free_percent {
        metric::DISK_FREE.set(f64::from(free) / 100.0, &[]);
    }
    metric::OUTPUT_WAITING.set(status.output.waiting_bytes as f64, &[]);
    metric::OUTPUT_HELD_RUNS.set(status.output.held_runs.into(), &[]);
    metric::OUTPUT_DROPPED.total(status.output.truncated_bytes, &[]);
}

/// So many ended runs wait for the facts.
pub(crate) fn backlog(runs: usize) {
    metric::BACKLOG.set(runs as f64, &[]);
}

/// The facts acknowledged output: how many chunks, how many bytes.
pub(crate) fn acknowledged((chunks, bytes): (usize, usize)) {
    metric::CHUNKS.add(chunks as u64, &[]);
    metric::CHUNK_BYTES.add(bytes as u64, &[]);
}
