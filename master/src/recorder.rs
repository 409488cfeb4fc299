//! Moves ends that wait in states into the facts store, and removes what has been kept long enough.
//!
//! Flow: state (`unrecorded`) → **`recorder`** → facts (majority) → swap that takes them out of the state.
//! Written before they are removed, and written the same when they are written twice: a crash between loses nothing.
//!
//! Runs in the leading master only (`leading`).

use std::sync::Arc;
use std::time::Duration;

use model::id::Fence;
use model::ports::{
    Batch, Committed, Facts, Guard, Intent, JobWrite, StateKey, StoreError, Swap, SwapResult, Versioned,
};
use model::run::{Beginning, RangeRecord, RunRecord};
use model::state::{self, JobState, Unrecorded};
use model::time::Span;
use model::workload::Kind;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::catalogue::Text;
use crate::leading::Tenure;
use crate::settings;

/// How often it looks without a hint.
const PERIOD: Duration = Duration::from_secs(5);
/// Changes that come together are taken together.
const GATHER: Duration = Duration::from_millis(50);
/// How often old records are removed.
const PRUNE_PERIOD: Duration = Duration::from_secs(600);
/// How often one round of pruning asks again while there is more.
const PRUNE_CALLS_MAX: usize = 100;
/// What is kept of a run whose job is gone and whose record never was.
const RETENTION_UNKNOWN: Span = Span::from_days(30);

/// A state with ends that wait.
pub(crate) struct Due {
    /// Its key.
    pub(crate) key: StateKey,
    /// The state.
    pub(crate) state: Arc<Versioned<JobState>>,
    /// The job's text, where there is one.
    pub(crate) saved: Option<Arc<Text>>,
}

/// Records until `shutdown`.
pub(crate) async fn run(app: App, tenure: Tenure, shutdown: CancellationToken) {
    let mut changes = app.catalogue.changes();
    let mut prune = tokio::time::interval(PRUNE_PERIOD);
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            _ = prune.tick() => prune_all(&app, &tenure).await,
            _ = changes.changed() => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(PERIOD) => {}
        }
        changes.mark_unchanged();
        if let Err(error) = record_all(&app, &tenure).await {
            tracing::warn!(%error, "cannot record ends; they wait in their states");
        }
    }
}

/// Records every end that waits now; returns how many states it took them out of.
pub(crate) async fn record_all(app: &App, tenure: &Tenure) -> Result<usize, StoreError> {
    let due = app.catalogue.select(
        |entry| {
            let waits = |state: &Arc<Versioned<JobState>>| !state.value.unrecorded.is_empty();
            entry.states.values().any(waits).then(|| entry.clone())
        },
        usize::MAX,
    );
    let due: Vec<Due> = due
        .into_iter()
        .flat_map(|entry| {
            let keyed: Vec<_> = entry.keyed().map(|(key, state)| (key, state.clone())).collect();
            keyed.into_iter().map(move |(key, state)| Due { key, state, saved: entry.saved.clone() })
        })
        .filter(|due| !due.state.value.unrecorded.is_empty())
        .collect();
    let mut recorded = 0;
    for pack in due.chunks(Batch::SWAPS_MAX) {
        if !tenure.holds() {
            break;
        }
        recorded += record(&*app.ports.intent, &*app.ports.facts, pack).await?;
    }
    Ok(recorded)
}

/// Records the ends of some states; returns how many states it took them out of.
pub(crate) async fn record(
    intent: &dyn Intent,
    facts: &dyn Facts,
    pack: &[Due],
) -> Result<usize, StoreError> {
    let mut ranges = Vec::new();
    let mut runs = Vec::new();
    for due in pack {
        for end in &due.state.value.unrecorded {
            match end {
                Unrecorded::Ticks { uid, from, to, end } => ranges.push(RangeRecord {
                    job: due.key.job.clone(),
                    uid: uid.clone(),
                    from: *from,
                    to: *to,
                    end: end.clone(),
                    worker: due.key.worker.clone(),
                }),
                Unrecorded::Run { .. } => runs.extend(run_record(facts, due, end).await?),
            }
        }
    }
    if !ranges.is_empty() {
        facts.put_ranges(ranges).await?;
    }
    if !runs.is_empty() {
        facts.put_runs(runs).await?;
    }
    let swaps = pack.iter().map(|due| Swap {
        key: due.key.clone(),
        expect: Some(due.state.revision),
        head: None,
        state: state::recorded(&due.state.value, &due.state.value.unrecorded),
        job: JobWrite::Keep,
    });
    match intent.commit(Batch { swaps: swaps.collect(), guard: Guard::None }).await? {
        // Who lost is seen again with its next change.
        Committed::Done(results) => {
            Ok(results.iter().filter(|result| matches!(result, SwapResult::Swapped(_))).count())
        }
        Committed::GuardFailed => Ok(0),
    }
}

/// Returns the record of a run that nobody else tells of: what is known of it already, with its end.
async fn run_record(facts: &dyn Facts, due: &Due, end: &Unrecorded) -> Result<Option<RunRecord>, StoreError> {
    let Unrecorded::Run {
        run, uid, spec_id, cause, attempt, worker, status, reason, settled, at, fence, ..
    } = end
    else {
        return Ok(None);
    };
    let record = match facts.run(run).await? {
        Some(known) => known,
        None => {
            let (kind, retention) = kind_and_retention(facts, due, uid).await?;
            let beginning = Beginning {
                id: run.clone(),
                job: due.key.job.clone(),
                uid: uid.clone(),
                spec_id: *spec_id,
                kind,
                trigger: cause.trigger(),
                scheduled_at: cause.scheduled_at(),
                attempt: *attempt,
                retention,
            };
            let requested_by = match cause {
                state::Cause::Request { by, .. } => Some(by.clone()),
                state::Cause::Tick { .. } => None,
            };
            RunRecord { requested_by, ..RunRecord::begin(beginning) }
        }
    };
    Ok(Some(RunRecord {
        status: *status,
        reason: reason.clone(),
        settled: settled.clone(),
        ended_at: Some(*at),
        worker: worker.clone().or(record.worker),
        // The record's own revision is later than any claim in it: what that claim's worker still writes stays below.
        fence: fence.or(Some(Fence(due.state.revision.0))),
        ..record
    }))
}

/// Returns what a run's text said, from the text that is there, or from the last run of the same job.
async fn kind_and_retention(
    facts: &dyn Facts,
    due: &Due,
    uid: &model::id::JobUid,
) -> Result<(Kind, Span), StoreError> {
    if let Some(text) = due.saved.as_ref().filter(|text| text.saved.uid == *uid) {
        return Ok((text.saved.job.workload.kind(), text.saved.job.retention));
    }
    let query = model::ports::RunQuery {
        job: Some(due.key.job.clone()),
        limit: 1,
        ..model::ports::RunQuery::default()
    };
    let last = facts.runs(query).await?.into_iter().next();
    Ok(last.map_or((Kind::Shell, RETENTION_UNKNOWN), |run| (run.kind, run.retention)))
}

/// Removes what has been kept long enough: runs, lines of the audit, texts of jobs, and sessions that have ended.
async fn prune_all(app: &App, tenure: &Tenure) {
    if app.clock.off(&app.ports).await.is_some() {
        return;
    }
    let kept = match settings::in_force(app).await {
        Ok(kept) => kept,
        Err(error) => {
            // What an admin wants to keep longer than the configuration says must not go meanwhile.
            tracing::warn!(%error, "cannot read how long things are kept; removing nothing for now");
            return;
        }
    };
    let now = app.ports.clock.now();
    for _ in 0..PRUNE_CALLS_MAX {
        if !tenure.holds() {
            return;
        }
        match app.ports.facts.prune(now, kept.ranges_days).await {
            Ok(0) => break,
            Ok(runs) => tracing::info!(runs, "removed {runs} runs whose retention has passed"),
            Err(error) => {
                tracing::warn!(%error, "cannot remove old runs; trying again later");
                break;
            }
        }
    }
    let before = now - Span::from_days(u64::from(kept.audit_days));
    if let Err(error) = app.ports.audit.prune_audit(before).await {
        tracing::warn!(%error, "cannot remove old lines of the audit; trying again later");
    }
    if let Err(error) = app.ports.alert_log.prune_history(before).await {
        tracing::warn!(%error, "cannot remove old notices; trying again later");
    }
    let before = now - Span::from_days(u64::from(kept.revisions_days));
    if let Err(error) = app.ports.revisions.prune_revisions(before).await {
        tracing::warn!(%error, "cannot remove old texts of jobs; trying again later");
    }
    if let Err(error) = app.ports.accounts.prune_accounts(now).await {
        tracing::warn!(%error, "cannot remove old sessions; trying again later");
    }
}
