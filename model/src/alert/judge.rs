//! What is worth a notice: ends of runs, ticks that nobody starts, runs that last, and what is over again.
//!
//! Each function looks at one thing, changes the memory of its subject, and returns the notice, if any. Looked at twice
//! it makes the same notice, so that whoever looks may die between any two steps.

use super::condition::Condition;
use super::memory::Memory;
use super::notice::Notice;
use super::settings::{AlertSettings, NamedChannels};
use super::why::{NoticeWhy, in_a_row};
use crate::id::{JobName, NoticeId, WorkerId};
use crate::job::{Job, SavedJob};
use crate::policy::Overlap;
use crate::run::{RangeRecord, RunRecord, RunStatus};
use crate::state::{Active, JobState, Spec, Unrun, due};
use crate::time::Timestamp;
use crate::untaken::Untaken;

/// What looking at something came to.
pub type Judged = Option<Notice>;

/// All that decides who is told.
fn blank(
    id: NoticeId,
    condition: Condition,
    at: Timestamp,
    now: Timestamp,
    (why, text): (Option<NoticeWhy>, String),
) -> Notice {
    Notice {
        id,
        condition,
        at,
        made_at: now,
        job: None,
        uid: None,
        run: None,
        scheduled_at: None,
        attempt: None,
        worker: None,
        limit: None,
        text,
        why,
        deliveries: Vec::new(),
    }
}

/// Returns what a notice tells, with its words.
fn told(why: NoticeWhy) -> (Option<NoticeWhy>, String) {
    let text = why.to_string();
    (Some(why), text)
}

/// Returns the text only where it is that of this very job: a name deleted and saved anew is another.
fn same<'a>(saved: Option<&'a SavedJob>, uid: &crate::id::JobUid) -> Option<&'a Job> {
    saved.filter(|saved| saved.uid == *uid).map(|saved| &saved.job)
}

/// Returns true when another attempt of this tick is to come: then its end is told, and this one is not.
fn is_retried(run: &RunRecord, job: Option<&Job>) -> bool {
    let Some(job) = job else { return false };
    run.attempt <= job.retries.max && job.retries.on.contains(&run.status)
}

/// Looks at a run that has ended.
pub fn run_ended(
    run: &RunRecord,
    saved: Option<&SavedJob>,
    memory: &mut Memory,
    settings: &AlertSettings,
    now: Timestamp,
) -> Judged {
    let job = same(saved, &run.uid);
    if run.status == RunStatus::Succeeded {
        return job_recovered(run, job, memory, settings, now);
    }
    let condition = Condition::of_status(run.status)?;
    if is_retried(run, job) {
        return None;
    }
    let streak = if condition.is_failure() { memory.count(&run.id) } else { 0 };
    let channels = settings.for_job(&run.job, job, run.worker.as_ref(), condition, streak);
    if channels.is_empty() {
        return None;
    }
    let at = run.ended_at.unwrap_or(run.scheduled_at);
    if condition.is_open_until_success() {
        memory.opened(condition, at, &channels);
    }
    let id = NoticeId::of(&["run", run.id.as_str(), condition.as_str()]);
    let notice = Notice {
        limit: limit_of(run, condition),
        ..of_run(run, blank(id, condition, at, now, end_of(run, streak)))
    };
    Some(notice.addressed(channels, settings, job.map(|job| &job.labels)))
}

/// Returns how a run ended. A record says in the words of its own time.
fn end_of(run: &RunRecord, streak: u32) -> (Option<NoticeWhy>, String) {
    let words = match &run.outcome {
        Some(outcome) if outcome.words.is_empty() => outcome.in_words(),
        Some(outcome) => outcome.words.clone(),
        None if run.reason.is_empty() => run.status.to_string(),
        None => run.reason.clone(),
    };
    let outcome = run.outcome.clone().map(|outcome| Box::new(outcome.brief()));
    let settled = run.settled.clone().map(|how| NoticeWhy::Settled { how, streak });
    let why = outcome.map(|outcome| NoticeWhy::Ended { outcome, streak }).or(settled);
    (why, words + &in_a_row(streak))
}

/// Returns the limit that a run reached, in words.
fn limit_of(run: &RunRecord, condition: Condition) -> Option<String> {
    let limits = run.outcome.as_ref()?.limits.as_ref()?;
    Some(match condition {
        Condition::TimedOut => format!("timeout {}", limits.timeout),
        Condition::OutOfMemory => format!("memory {}", limits.memory?),
        Condition::OutOfFuel => format!("fuel {}", limits.fuel?),
        _ => return None,
    })
}

fn of_run(run: &RunRecord, notice: Notice) -> Notice {
    Notice {
        job: Some(run.job.clone()),
        uid: Some(run.uid.clone()),
        run: Some(run.id.clone()),
        scheduled_at: Some(run.scheduled_at),
        attempt: Some(run.attempt),
        worker: run.worker.clone(),
        ..notice
    }
}

/// Looks at a run that succeeded: all that the job was is over.
fn job_recovered(
    run: &RunRecord,
    job: Option<&Job>,
    memory: &mut Memory,
    settings: &AlertSettings,
    now: Timestamp,
) -> Judged {
    memory.streak.clear();
    let at = run.ended_at.unwrap_or(run.scheduled_at);
    let (why, to) = close(memory, Condition::is_open_until_success, at)?;
    // Who was told, as far as they want to hear of the end too.
    let wants = settings.for_job(&run.job, job, run.worker.as_ref(), Condition::Recovered, 0);
    let channels: NamedChannels = to.intersection(&wants).cloned().collect();
    if channels.is_empty() {
        return None;
    }
    let id = NoticeId::of(&["run", run.id.as_str(), Condition::Recovered.as_str()]);
    let notice = of_run(run, blank(id, Condition::Recovered, at, now, told(why)));
    Some(notice.addressed(channels, settings, job.map(|job| &job.labels)))
}

/// Takes what is over out of a memory; returns what it was and who was told.
fn close(
    memory: &mut Memory,
    over: impl Fn(Condition) -> bool,
    at: Timestamp,
) -> Option<(NoticeWhy, NamedChannels)> {
    let (closed, open): (Vec<_>, Vec<_>) = memory.open.drain(..).partition(|open| over(open.condition));
    memory.open = open;
    let since = closed.iter().map(|open| open.since).min()?;
    let after = closed.iter().map(|open| open.condition).collect();
    let why = NoticeWhy::Recovered { after, lasted: at.since(since) };
    Some((why, closed.into_iter().flat_map(|open| open.channels).collect()))
}

/// Returns the first tick of a record that nobody has taken by its start deadline, with that deadline.
pub fn overdue(state: &JobState, spec: Spec<'_>, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let ours = state.uid == spec.saved.uid && state.spec_id == spec.saved.spec_id;
    if state.deleted.is_some() || !ours || !spec.has_ticks() {
        return None;
    }
    // What falls due while a run is in its way is skipped, not missed.
    let busy = !state.active.is_empty() || !state.retries.is_empty();
    if spec.saved.job.overlap == Overlap::Skip && busy {
        return None;
    }
    let after = match &state.paused {
        Some(paused) => state.resolved.max(paused.until?),
        None => state.resolved,
    };
    let tick = spec.ticks.next_after(after)?;
    let deadline = due(spec, tick) + spec.saved.job.start_deadline;
    (deadline < now).then_some((tick, deadline))
}

/// Returns true when somebody was told of this tick.
pub fn missed_was_told(memory: &Memory, spec: Spec<'_>, tick: Timestamp) -> bool {
    memory.was_told(&missed_id(&spec.saved.uid, tick, spec.worker))
}

fn missed_id(uid: &crate::id::JobUid, tick: Timestamp, worker: Option<&WorkerId>) -> NoticeId {
    let whose = worker.map_or("", WorkerId::as_str);
    NoticeId::of(&["tick", uid.as_str(), &tick.as_millis().to_string(), whose, "missed"])
}

/// Looks at a tick that is overdue; `untaken` says what keeps it.
pub fn missed(
    spec: Spec<'_>,
    (tick, deadline): (Timestamp, Timestamp),
    untaken: Option<Untaken>,
    memory: &mut Memory,
    settings: &AlertSettings,
    now: Timestamp,
) -> Judged {
    let job = &spec.saved.job;
    let why = NoticeWhy::Overdue { tick, deadline, start_deadline: job.start_deadline, untaken };
    tell_missed(&job.name, &spec.saved.uid, Some(job), (tick, spec.worker), why, memory, settings, now)
}

/// Looks at ticks that a worker settled as missed.
pub fn range_missed(
    range: &RangeRecord,
    saved: Option<&SavedJob>,
    memory: &mut Memory,
    settings: &AlertSettings,
    now: Timestamp,
) -> Judged {
    let Unrun::Missed { why } = &range.end else { return None };
    let job = same(saved, &range.uid);
    let why = NoticeWhy::Missed { from: range.from, to: range.to, why: *why };
    let whose = (range.from, range.worker.as_ref());
    tell_missed(&range.job, &range.uid, job, whose, why, memory, settings, now)
}

#[expect(clippy::too_many_arguments, reason = "what two callers have in common")]
fn tell_missed(
    name: &JobName,
    uid: &crate::id::JobUid,
    job: Option<&Job>,
    (tick, worker): (Timestamp, Option<&WorkerId>),
    why: NoticeWhy,
    memory: &mut Memory,
    settings: &AlertSettings,
    now: Timestamp,
) -> Judged {
    let id = missed_id(uid, tick, worker);
    if memory.was_told(&id) {
        return None;
    }
    let channels = settings.for_job(name, job, worker, Condition::Missed, 0);
    if channels.is_empty() {
        return None;
    }
    memory.opened(Condition::Missed, tick, &channels);
    memory.note_told(id.clone(), now);
    let notice = Notice {
        job: Some(name.clone()),
        uid: Some(uid.clone()),
        scheduled_at: Some(tick),
        worker: worker.cloned(),
        ..blank(id, Condition::Missed, tick, now, told(why))
    };
    Some(notice.addressed(channels, settings, job.map(|job| &job.labels)))
}

/// Looks at a run that goes on.
pub fn long_running(
    run: &Active,
    saved: &SavedJob,
    memory: &mut Memory,
    settings: &AlertSettings,
    now: Timestamp,
) -> Judged {
    let warn_after = saved.job.alerts.warn_after?;
    if run.uid != saved.uid || run.since + warn_after > now {
        return None;
    }
    let id = NoticeId::of(&["run", run.run.as_str(), Condition::LongRunning.as_str()]);
    if memory.was_told(&id) {
        return None;
    }
    let job = &saved.job;
    let channels = settings.for_job(&job.name, Some(job), Some(&run.worker), Condition::LongRunning, 0);
    if channels.is_empty() {
        return None;
    }
    memory.note_told(id.clone(), now);
    let why = NoticeWhy::LongRunning { lasts: now.since(run.since), warn_after };
    let notice = Notice {
        job: Some(job.name.clone()),
        uid: Some(saved.uid.clone()),
        run: Some(run.run.clone()),
        scheduled_at: Some(run.cause.scheduled_at()),
        attempt: Some(run.attempt),
        worker: Some(run.worker.clone()),
        limit: Some(format!("warn_after {warn_after}")),
        ..blank(id, Condition::LongRunning, run.since + warn_after, now, told(why))
    };
    Some(notice.addressed(channels, settings, Some(&job.labels)))
}

/// Looks at a worker or a store that is not well: told once until it is.
pub fn other(
    condition: Condition,
    worker: Option<&WorkerId>,
    why: NoticeWhy,
    memory: &mut Memory,
    settings: &AlertSettings,
    now: Timestamp,
) -> Judged {
    if memory.is_open(condition) {
        return None;
    }
    let channels = settings.for_other(worker, condition);
    memory.episode += 1;
    memory.opened(condition, now, &channels);
    if channels.is_empty() {
        return None;
    }
    let id = other_id(memory, condition);
    let notice = Notice { worker: worker.cloned(), ..blank(id, condition, now, now, told(why)) };
    Some(notice.addressed(channels, settings, None))
}

/// Looks at a worker or a store that is well.
pub fn recovered(
    condition: Condition,
    worker: Option<&WorkerId>,
    memory: &mut Memory,
    settings: &AlertSettings,
    now: Timestamp,
) -> Judged {
    let (why, to) = close(memory, |open| open == condition, now)?;
    memory.episode += 1;
    let wants = settings.for_other(worker, Condition::Recovered);
    let channels: NamedChannels = to.intersection(&wants).cloned().collect();
    if channels.is_empty() {
        return None;
    }
    let id = other_id(memory, Condition::Recovered);
    let notice = Notice { worker: worker.cloned(), ..blank(id, Condition::Recovered, now, now, told(why)) };
    Some(notice.addressed(channels, settings, None))
}

fn other_id(memory: &Memory, condition: Condition) -> NoticeId {
    NoticeId::of(&[memory.subject.as_str(), &memory.episode.to_string(), condition.as_str()])
}

#[cfg(test)]
mod tests;
