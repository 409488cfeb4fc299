//! How jobs and states show themselves: from the model's nouns to the interface's words.

use model::id::{JobUid, WorkerId};
use model::job::{Job, SavedJob};
use model::language::Language;
use model::schedule::{Schedule, Upcoming};
use model::state::{self, Active, Cause, JobState};
use model::time::{Span, Timestamp};
use model::worker::Worker;

use crate::api::{
    ActiveRun, JobSummary, JobView, PendingRun, PendingWhy, SavedView, ScheduleStatus, ScheduleView,
    StateView, WorkerStanding, WorkerState,
};
use crate::app::App;
use crate::catalogue::Entry;
use crate::problem::Answer;

/// How many next ticks a job shows.
pub(crate) const NEXT_TICKS: usize = 5;

/// A pause ends before the ticks of its `until`.
const MILLISECOND: Span = Span::from_millis(1);

/// Returns what names this text of a job.
pub(crate) fn etag(saved: &SavedJob) -> String {
    format!("\"{}-{}\"", saved.uid, saved.spec_id)
}

/// Returns a job as it stands.
pub(crate) fn job(
    saved: &SavedJob,
    schedule: &Schedule,
    state: &JobState,
    now: Timestamp,
    language: Language,
) -> JobView {
    let next = next_ticks(saved, schedule, Some(state), now, NEXT_TICKS, language);
    let status = stands(saved, Some(state), now);
    JobView {
        job: text(saved, schedule),
        saved: saved_view(saved),
        schedule: schedule_view(schedule, status, now, next, language),
        state: state_view(state, now),
        resolved: None,
    }
}

/// Returns the text of a job, complete: saved anywhere else, it has the same ticks.
fn text(saved: &SavedJob, schedule: &Schedule) -> Job {
    let mut job = saved.job.clone();
    job.anchor = job.anchor.or(schedule.anchor());
    job
}

/// Returns whether a job lets its schedule have ticks.
fn stands(saved: &SavedJob, state: Option<&JobState>, now: Timestamp) -> ScheduleStatus {
    let paused = state.and_then(|state| state.paused.as_ref());
    if !saved.job.enabled {
        ScheduleStatus::Disabled
    } else if paused.is_some_and(|paused| paused.until.is_none_or(|until| until > now)) {
        ScheduleStatus::Paused
    } else {
        ScheduleStatus::Active
    }
}

pub(crate) fn saved_view(saved: &SavedJob) -> SavedView {
    SavedView {
        uid: saved.uid.clone(),
        spec_id: saved.spec_id,
        author: saved.author.clone(),
        reason: saved.reason.clone(),
        saved_at: saved.saved_at,
        etag: etag(saved),
    }
}

/// Returns a schedule as people read it; `status` is what its job says, and gives way to its end.
pub(crate) fn schedule_view(
    schedule: &Schedule,
    status: ScheduleStatus,
    from: Timestamp,
    next: Vec<Upcoming>,
    language: Language,
) -> ScheduleView {
    let ended = schedule.ended(from, language);
    ScheduleView {
        words: schedule.in_words(language),
        zone: schedule.zone().to_owned(),
        clock_changes: schedule.clock_changes(from, language),
        anchor: schedule.anchor(),
        warnings: schedule.warnings(language),
        status: if ended.is_some() { ScheduleStatus::Ended } else { status },
        ended,
        next,
    }
}

/// Returns the next ticks that the job will have: none while it is not enabled, none before its pause ends, none that
/// has its end already (a wall clock that was set back comes by ticks a second time, and they do not run again).
pub(crate) fn next_ticks(
    saved: &SavedJob,
    schedule: &Schedule,
    state: Option<&JobState>,
    now: Timestamp,
    count: usize,
    language: Language,
) -> Vec<Upcoming> {
    if !saved.job.enabled {
        return Vec::new();
    }
    let after = state.map_or(now, |state| state.resolved.max(now));
    match state.and_then(|state| state.paused.as_ref()).map(|paused| paused.until) {
        None => schedule.upcoming(after, count, language),
        Some(None) => Vec::new(),
        Some(Some(until)) => schedule.upcoming(after.max(until - MILLISECOND), count, language),
    }
}

/// Returns where a job stands. A pause whose end has passed is none.
pub(crate) fn state_view(state: &JobState, now: Timestamp) -> StateView {
    let mut view = StateView {
        paused: state.paused.clone().filter(|paused| paused.until.is_none_or(|until| until > now)),
        resolved: state.resolved,
        active: state.active.iter().map(active).collect(),
        waiting: pending(state),
        workers: Vec::new(),
    };
    view.waiting.sort_by_key(|run| run.scheduled_at);
    view
}

/// Adds to a job with placement `all` where it stands on each worker, as the watch shows it.
pub(crate) async fn with_workers(app: &App, mut view: JobView) -> Answer<JobView> {
    let Some(entry) = app.catalogue.entry(&view.job.name) else { return Ok(view) };
    let (Some(head), true) = (entry.state(), entry.of_workers().next().is_some()) else { return Ok(view) };
    let live = app.ports.registry.workers().await?;
    for (worker, state) in entry.of_workers() {
        let state = &state.value;
        let peer = live.iter().find(|peer| peer.identity.id == *worker);
        let drains = |peer: &Worker| peer.status.draining || peer.drain.is_some();
        view.state.workers.push(WorkerState {
            worker: worker.clone(),
            standing: match peer {
                _ if state.deleted.is_some() => WorkerStanding::Ended,
                None => WorkerStanding::Away,
                Some(_) if !state::is_in_step(head, state) => WorkerStanding::Behind,
                Some(peer) if drains(peer) => WorkerStanding::Draining,
                Some(_) => WorkerStanding::Ready,
            },
            joined: state.joined,
            resolved: state.resolved,
            running: state.active.len(),
            waiting: owed_count(state),
        });
        view.state.active.extend(state.active.iter().map(active));
        view.state.waiting.extend(pending(state));
    }
    view.state.waiting.sort_by_key(|run| run.scheduled_at);
    Ok(view)
}

fn active(run: &Active) -> ActiveRun {
    ActiveRun {
        run: run.run.clone(),
        trigger: run.cause.trigger(),
        scheduled_at: run.cause.scheduled_at(),
        attempt: run.attempt,
        worker: run.worker.clone(),
        since: run.since,
        stopping: run.kill.is_some(),
    }
}

/// Returns the starts that a state owes.
pub(crate) fn pending(state: &JobState) -> Vec<PendingRun> {
    let (uid, worker) = (&state.uid, state.worker.as_ref());
    let requests = state.requests.iter().map(|request| {
        let cause = Cause::Request {
            key: request.key.clone(),
            by: request.by.clone(),
            at: request.at,
            overrides: request.overrides.clone(),
        };
        PendingRun { until: Some(request.until), ..owed(uid, worker, &cause, 1, PendingWhy::Requested) }
    });
    let retries = state.retries.iter().map(|retry| PendingRun {
        not_before: Some(retry.not_before),
        until: Some(retry.until),
        ..owed(uid, worker, &retry.cause, retry.attempt, PendingWhy::Retry)
    });
    let waiting = state.waiting.iter().map(|waiting| PendingRun {
        until: Some(waiting.until),
        ..owed(uid, worker, &waiting.cause, 1, PendingWhy::Replacing)
    });
    requests.chain(retries).chain(waiting).collect()
}

fn owed(uid: &JobUid, worker: Option<&WorkerId>, cause: &Cause, attempt: u32, why: PendingWhy) -> PendingRun {
    PendingRun {
        run: cause.run(uid, attempt, worker),
        why,
        trigger: cause.trigger(),
        scheduled_at: cause.scheduled_at(),
        attempt,
        not_before: None,
        until: None,
        requested_by: match cause {
            Cause::Request { by, .. } => Some(by.clone()),
            Cause::Tick { .. } => None,
        },
    }
}

/// Returns a job as lists show it; none when it is deleted.
pub(crate) fn summary(
    entry: &Entry,
    now: Timestamp,
    with_next: bool,
    language: Language,
) -> Option<JobSummary> {
    let text = entry.saved.as_ref()?;
    let saved = &text.saved;
    let state = entry.state();
    let schedule = text.schedule.as_ref().ok();
    let count = if with_next { NEXT_TICKS } else { 1 };
    let next =
        schedule.map(|schedule| next_ticks(saved, schedule, state, now, count, language)).unwrap_or_default();
    // Where a tick comes, the schedule need not be asked whether it has ended.
    let ended = schedule.filter(|_| next.is_empty()).and_then(|schedule| schedule.ended(now, language));
    Some(JobSummary {
        name: entry.name.clone(),
        description: saved.job.description.clone(),
        labels: saved.job.labels.clone(),
        kind: saved.job.workload.kind(),
        enabled: saved.job.enabled,
        schedule: saved.job.schedule.clone(),
        timezone: saved.job.timezone.clone(),
        zone: schedule.map_or_else(|| saved.job.timezone.clone(), |schedule| schedule.zone().to_owned()),
        words: match &text.schedule {
            Ok(schedule) => schedule.in_words(language),
            Err(_) => "cannot be read by this version".to_owned(),
        },
        status: if ended.is_some() { ScheduleStatus::Ended } else { stands(saved, state, now) },
        ended,
        paused: paused(entry, now),
        running: entry.states.values().map(|state| state.value.active.len()).sum(),
        waiting: entry.states.values().map(|state| owed_count(&state.value)).sum(),
        next_at: next.first().map(|tick| tick.at),
        author: saved.author.clone(),
        saved_at: saved.saved_at,
        etag: etag(saved),
        next: with_next.then_some(next),
        recent: None,
    })
}

/// Returns the pause that holds now.
pub(crate) fn paused(entry: &Entry, now: Timestamp) -> Option<state::Paused> {
    let paused = entry.state()?.paused.clone()?;
    paused.until.is_none_or(|until| until > now).then_some(paused)
}

fn owed_count(state: &JobState) -> usize {
    state.requests.len() + state.retries.len() + usize::from(state.waiting.is_some())
}
