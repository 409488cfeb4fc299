//! Settles what workers that are gone left, where no worker does: the leading master is the last in their order.
//!
//! Two things wait for it: runs whose end nobody saw, once their time is surely over and every live worker had its
//! turn; and the states of placement `all` whose worker has been away for a day.
//!
//! Flow: catalogue, registry → **`settling`** → `model::state` → swap under the guard that the worker is gone.
//! Not here: the rules (`model::state::lose`, `leave`), and what workers settle themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::id::{RunId, WorkerId};
use model::ports::{Batch, Committed, Guard, JobWrite, StateKey, StoreError, Swap, SwapResult};
use model::state::{self, JobState, Settle, Spec, lose_after};
use model::time::{BootTime, Span, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::app::App;
use crate::catalogue::{Entry, Text};
use crate::fan_out;
use crate::leading::Tenure;

/// How long each live worker has before the next: the same as theirs.
const STAGGER: Span = Span::from_seconds(10);
/// How long a worker is away before its part of a job with placement `all` ends.
const LEAVE_AFTER: Span = Span::from_days(1);

/// Since when workers are gone that something still waits for, as this master saw it: rather later than earlier.
#[derive(Debug, Default)]
struct Absence(HashMap<WorkerId, BootTime>);

impl Absence {
    /// Returns since when `worker` is gone, now at the latest.
    fn since(&mut self, worker: &WorkerId, now: BootTime) -> BootTime {
        *self.0.entry(worker.clone()).or_insert(now)
    }
}

/// Settles until `shutdown`.
pub(crate) async fn run(app: App, tenure: Tenure, shutdown: CancellationToken) {
    let mut absence = Absence::default();
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(app.options.now().settle_every) => {}
        }
        if tenure.holds()
            && app.clock.off(&app.ports).await.is_none()
            && let Err(error) = settle(&app, &tenure, &mut absence).await
        {
            warn!(%error, "cannot settle what lost workers left; trying again");
        }
    }
}

/// The instants that a round judges by.
struct Now {
    wall: Timestamp,
    boot: BootTime,
}

/// One round.
async fn settle(app: &App, tenure: &Tenure, absence: &mut Absence) -> Result<(), StoreError> {
    let workers = app.ports.registry.workers().await?;
    let now = Now { wall: app.ports.clock.now(), boot: app.ports.clock.boot_time() };
    let live: HashSet<WorkerId> = workers.into_iter().map(|worker| worker.identity.id).collect();
    absence.0.retain(|worker, _| !live.contains(worker));
    let turn = Span::from_millis(STAGGER.as_millis().saturating_mul(live.len() as u64));
    let mut swaps: BTreeMap<WorkerId, Vec<Swap>> = BTreeMap::new();
    for entry in app.catalogue.all() {
        for (key, stands) in entry.keyed() {
            for worker in holders(&key, &stands.value) {
                if live.contains(&worker) {
                    continue;
                }
                let gone = now.boot.since(absence.since(&worker, now.boot));
                let next = next_of(&entry, &key, &stands.value, (&worker, gone), turn, &now);
                if let Some(state) = next {
                    let swap = Swap {
                        key: key.clone(),
                        expect: Some(stands.revision),
                        head: None,
                        state,
                        job: JobWrite::Keep,
                    };
                    swaps.entry(worker).or_default().push(swap);
                    // One swap for each state in a round: the next one sees what this one left.
                    break;
                }
            }
        }
    }
    fan_out::tend(app, tenure, &live, now.wall).await?;
    for (worker, swaps) in swaps {
        for pack in swaps.chunks(Batch::SWAPS_MAX) {
            if tenure.holds() {
                send(app, &worker, pack.to_vec()).await?;
            }
        }
    }
    Ok(())
}

/// Returns the workers that a state waits for.
fn holders(key: &StateKey, state: &JobState) -> Vec<WorkerId> {
    let mut holders: Vec<_> = state.active.iter().map(|active| active.worker.clone()).collect();
    holders.extend(key.worker.clone());
    holders.sort();
    holders.dedup();
    holders
}

/// Returns the state that follows once a worker has been gone for so long; none when nothing is to be done yet.
#[expect(clippy::option_option, reason = "the inner one is the port's own: none removes the state")]
fn next_of(
    entry: &Entry,
    key: &StateKey,
    before: &JobState,
    (worker, gone): (&WorkerId, Span),
    turn: Span,
    now: &Now,
) -> Option<Option<JobState>> {
    let spec = spec_of(entry.saved.as_deref(), key, before)?;
    let since = now.wall - gone;
    let over = |run: &&state::Active| run.worker == *worker && lose_after(run, since) + turn <= now.wall;
    let runs: Vec<RunId> = before.active.iter().filter(over).map(|run| run.run.clone()).collect();
    let mut next = Some(before.clone());
    for run in runs {
        let Some(state) = &next else { break };
        match state::lose(state, spec, now.wall, &run, &Settle::WorkerGone { since }) {
            Ok(state) => {
                warn!(run.id = %run, worker.id = %worker, "worker `{worker}` is gone: settling run {run}");
                next = state;
            }
            Err(why) => info!(run.id = %run, "run {run} is not settled yet: {why}"),
        }
    }
    let own = key.worker.as_ref() == Some(worker);
    if own && gone >= LEAVE_AFTER && next.as_ref().is_some_and(|state| state.deleted.is_none()) {
        info!(job.name = %key.job, worker.id = %worker, "worker `{worker}` has been away for a day: it leaves job {}", key.job);
        next = next.and_then(|state| state::leave(&state, spec, now.wall));
    }
    (next.as_ref() != Some(before)).then_some(next)
}

/// Returns the text that a state follows, none inside for one whose job is gone; none while the watch shows only one of
/// two that belong together.
#[expect(clippy::option_option, reason = "not known yet is not the same as gone")]
fn spec_of<'a>(text: Option<&'a Text>, key: &'a StateKey, state: &JobState) -> Option<Option<Spec<'a>>> {
    let Some(text) = text else { return state.deleted.is_some().then_some(None) };
    let saved = &text.saved;
    if state.deleted.is_some() {
        return Some(None);
    }
    if saved.uid != state.uid || saved.spec_id != state.spec_id {
        return None;
    }
    let schedule = text.schedule.as_ref().ok();
    Some(schedule.map(|ticks| Spec { saved, ticks, worker: key.worker.as_ref() }))
}

async fn send(app: &App, worker: &WorkerId, swaps: Vec<Swap>) -> Result<(), StoreError> {
    match app.ports.intent.commit(Batch { guard: Guard::Gone(worker.clone()), swaps }).await? {
        Committed::Done(results) => {
            let lost = results.iter().filter(|result| matches!(result, SwapResult::Lost(_))).count();
            if lost > 0 {
                info!(worker.id = %worker, "{lost} states changed meanwhile: looking again");
            }
        }
        Committed::GuardFailed => {
            info!(worker.id = %worker, "worker `{worker}` is back: it settles by itself");
        }
    }
    Ok(())
}
