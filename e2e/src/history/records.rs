//! What the records themselves promise, in the exact order of etcd.
//!
//! I2: a claimed tick is one of the schedule in force, and has come. I3: it is claimed before its deadline. I7: nothing is
//! claimed for an old text, nor after a pause or a delete. I8: a kill ends its run. I9: `resolved` rises, a record stays
//! small, and in the end nothing is left in it.

use super::documents::{Cause, State};
use super::ticks::{ticks_of, told};
use super::timeline::{Claim, Timeline};
use super::{Asked, CLOCKS_MS, Call, Findings, History};

/// Most entries of a record's lists, by its documentation.
const LISTS_MAX: usize = 64;
const UNRECORDED_MAX: usize = 32;
/// Most bytes of a record.
const BYTES_MAX: usize = 256 * 1024;
/// How long a kill may take beside the run's grace, in milliseconds.
const KILL_MS: i64 = 20_000;

pub(super) fn check(history: &History, timeline: &Timeline<'_>, findings: &mut Findings) {
    for claim in &timeline.claims {
        check_tick(claim, findings);
        check_standing(claim, findings);
        check_kill(history, claim, findings);
    }
    check_calls(history, timeline, findings);
    for (job, steps) in &timeline.jobs {
        for step in steps {
            let Some(after) = step.after else { continue };
            let before = step.before.filter(|before| before.uid == after.uid);
            if let Some(before) = before.filter(|before| before.resolved > after.resolved) {
                let fell = format!("from {} to {}", told(before.resolved), told(after.resolved));
                findings.add("I9", format!("`resolved` of `{job}` fell {fell} at {}", step.revision));
            }
            if !is_small(after) {
                findings
                    .add("I9", format!("the record of `{job}` grew beyond its bounds at {}", step.revision));
            }
        }
        if let Some(left) = steps.last().and_then(|step| step.after).and_then(left_in) {
            findings.add("I9", format!("the record of `{job}` still has {left} in the end"));
        }
    }
}

fn is_small(state: &State) -> bool {
    // A worker's record may hold what is asked of the job twice.
    let requests = state.requests.len() / if state.joined.is_some() { 2 } else { 1 };
    let lists = [state.active.len(), state.retries.len(), requests, state.last_keys.len()];
    lists.iter().all(|length| *length <= LISTS_MAX)
        && state.unrecorded.len() <= UNRECORDED_MAX
        && state.bytes <= BYTES_MAX
}

fn left_in(state: &State) -> Option<String> {
    let lists = [
        ("runs", state.active.len()),
        ("a start that waits", usize::from(state.waiting.is_some())),
        ("owed attempts", state.retries.len()),
        ("requests", state.requests.len()),
        ("ends that are not told", state.unrecorded.len()),
        ("orders that no worker took", state.orders.len()),
    ];
    let left: Vec<_> =
        lists.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")).collect();
    (!left.is_empty()).then(|| left.join(", "))
}

fn check_tick(claim: &Claim<'_>, findings: &mut Findings) {
    let Cause::Tick { at, catch_up } = claim.active.cause else { return };
    let what = format!("the claim of {} of `{}` at {}", told(at), claim.job, claim.revision);
    // What falls short of a text is found by `check_standing`.
    let Some(text) = claim.text else { return };
    if !ticks_of(text, at - 1, at).contains(&at) {
        findings.add("I2", format!("{what} is no tick of `{}`", text.job.schedule));
    }
    if at > claim.active.since + CLOCKS_MS {
        findings.add("I2", format!("{what} came {} ms too early", at - claim.active.since));
    }
    let late = claim.active.since - at - text.job.start_deadline;
    let first = claim.active.attempt == 1 && claim.before.is_some_and(|before| before.resolved < at);
    if first && !catch_up && late > 0 {
        findings.add("I3", format!("{what} came {late} ms after its deadline"));
    }
}

/// I7, without any clock: what stood when the claim was made.
fn check_standing(claim: &Claim<'_>, findings: &mut Findings) {
    let active = claim.active;
    let what = format!("run {} of `{}` was claimed at {}", active.run, claim.job, claim.revision);
    match claim.text {
        None => findings.add("I7", format!("{what} after the job was deleted")),
        Some(text) if text.uid != active.uid || text.spec_id != active.spec_id => {
            let [old, new] = [active.spec_id, text.spec_id];
            findings.add("I7", format!("{what} for text {old} when {new} was in force"));
        }
        Some(text) if !text.job.enabled && active.cause.tick().is_some() => {
            findings.add("I7", format!("{what} while it was not enabled"));
        }
        Some(_) => {}
    }
    let Some(before) = claim.before else { return findings.add("I7", format!("{what} without a record")) };
    if before.deleted.is_some() {
        findings.add("I7", format!("{what} after the job was deleted"));
    }
    if before.paused.is_some() && active.cause.tick().is_some() {
        findings.add("I7", format!("{what} while the job was paused"));
    }
}

/// I7, as a user sees it: the call has returned, and no worker claims a tick by its own clock after that.
fn check_calls(history: &History, timeline: &Timeline<'_>, findings: &mut Findings) {
    let ends = |call: &&Call| call.done && matches!(call.asked, Asked::Pause | Asked::Delete);
    for call in history.calls.iter().filter(ends) {
        let next = history.calls.iter().filter(|other| {
            other.job == call.job
                && other.from_ms >= call.until_ms
                && matches!(other.asked, Asked::Save | Asked::Resume)
        });
        let until = next.map(|next| next.from_ms).min().unwrap_or(i64::MAX);
        let of_job = timeline.claims.iter().filter(|claim| claim.job == call.job);
        for claim in of_job.filter(|claim| claim.active.cause.tick().is_some()) {
            let since = claim.active.since;
            if since > call.until_ms + CLOCKS_MS && since < until - CLOCKS_MS {
                let late = since - call.until_ms;
                let what = format!("run {} of `{}`", claim.active.run, call.job);
                findings
                    .add("I7", format!("{what} was claimed {late} ms after a {:?} had returned", call.asked));
            }
        }
    }
}

fn check_kill(history: &History, claim: &Claim<'_>, findings: &mut Findings) {
    let (Some(marked), Some(text)) = (claim.marked_ms, claim.text) else { return };
    // One that is still there in the end is told as what is left.
    let Some((_, left)) = claim.left else { return };
    let took = left - marked;
    let worker = &claim.active.worker;
    if took > text.job.limits.grace + KILL_MS && history.why_not_done(worker, marked, left).is_none() {
        findings
            .add("I8", format!("run {} of `{}` ended {took} ms after its kill", claim.active.run, claim.job));
    }
}
