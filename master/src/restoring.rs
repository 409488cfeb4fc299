//! After a store was put back from a backup, and before any server starts: what its records still want is settled.
//!
//! Flow: `sandglass restore` → **`restoring`** → `model::state::restore` for each record → swap; ends → facts.
//! What is under way or waits by a record from then may long have run: the facts say what they know of it, all else is told
//! as lost or not started. Done again from the beginning it goes on where it stopped.
//!
//! Not here: revisions that rise again (`begin_epoch` of a store), and who may not run meanwhile (the command).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::id::{Fence, JobName, RunId, WorkerId};
use model::ports::{
    Accounts, Batch, Clock, Committed, Duty, Election, Facts, Guard, Intent, JobWrite, Registry, StateKey,
    StoreError, Swap, SwapResult, Versioned,
};
use model::state::{self, JobState, Known, Spec};
use model::time::Timestamp;
use serde::Serialize;

use crate::audit;
use crate::catalogue::Text;
use crate::recorder::{self, Due};

/// The stores that were put back.
#[derive(Clone)]
pub struct Stores {
    /// Jobs and their states.
    pub intent: Arc<dyn Intent>,
    /// Who is alive.
    pub registry: Arc<dyn Registry>,
    /// Which master leads.
    pub election: Arc<dyn Election>,
    /// Runs.
    pub facts: Arc<dyn Facts>,
    /// Where lines of the audit wait.
    pub accounts: Arc<dyn Accounts>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What settling did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// Ticks up to here are ended.
    pub resolved_to: Timestamp,
    /// Records that there are.
    pub records: usize,
    /// Those whose ticks were ended.
    pub moved: usize,
    /// Those that named runs.
    pub jobs: Vec<Named>,
}

/// What became of the runs that one record named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The job.
    pub job: JobName,
    /// For placement `all`: whose record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    /// The last tick that had an owner or an end in the backup.
    pub resolved: Timestamp,
    /// Runs under way in the backup that nobody knows the end of: lost.
    pub lost: Vec<RunId>,
    /// Runs that would have started: skipped.
    pub skipped: Vec<RunId>,
    /// Runs whose end the facts have: it stays.
    pub known: Vec<RunId>,
}

/// Returns who is there that must not be: workers with a registration, masters that lead.
///
/// # Errors
/// The store's.
pub async fn who_lives(stores: &Stores) -> Result<Vec<String>, StoreError> {
    let workers = stores.registry.workers().await?.into_iter();
    let mut live: Vec<String> = workers.map(|worker| format!("worker `{}`", worker.identity.id)).collect();
    for duty in Duty::ALL {
        let leader = stores.election.leader(duty).await?;
        live.extend(leader.map(|name| format!("master `{name}`")));
    }
    live.sort();
    live.dedup();
    Ok(live)
}

/// Ends in every record the ticks up to `to` and all that it names; only looks where `dry` is set.
///
/// # Errors
/// The store's; a permanent one where a server changed a record meanwhile.
pub async fn settle(stores: &Stores, to: Timestamp, dry: bool) -> Result<Settled, StoreError> {
    let snapshot = stores.intent.load().await?;
    let texts = snapshot.jobs.into_iter().map(|saved| Arc::new(Text::new(saved.value)));
    let texts: BTreeMap<JobName, Arc<Text>> = texts.map(|text| (text.saved.job.name.clone(), text)).collect();
    let mut settled = Settled { resolved_to: to, records: snapshot.states.len(), moved: 0, jobs: Vec::new() };
    let mut open = snapshot.states;
    let mut first = true;
    while !open.is_empty() {
        let mut swaps = Vec::new();
        for (key, stands) in &open {
            let known = known(&*stores.facts, &stands.value).await?;
            let next = next_of(texts.get(&key.job).map(|text| &**text), key, &stands.value, to, &known);
            if first {
                let moved = next.as_ref().is_some_and(|next| next.resolved > stands.value.resolved);
                settled.moved += usize::from(moved);
                settled.jobs.extend(named(key, &stands.value, &known));
            }
            if next.as_ref() != Some(&stands.value) {
                swaps.push(Swap {
                    key: key.clone(),
                    expect: Some(stands.revision),
                    head: None,
                    state: next,
                    job: JobWrite::Keep,
                });
            }
        }
        if dry {
            return Ok(settled);
        }
        first = false;
        open = write(stores, &texts, swaps).await?;
    }
    let line = audit::at_console(stores.clock.now(), &format!("restore --resolve-to {to}"));
    stores.accounts.put_waiting(line).await?;
    Ok(settled)
}

/// Returns what the facts know of the runs that a record names.
async fn known(facts: &dyn Facts, state: &JobState) -> Result<HashMap<RunId, Known>, StoreError> {
    let mut all = HashMap::new();
    for run in state::in_doubt(state) {
        let known = match facts.run(&run).await? {
            None => Known::Nothing,
            Some(record) if record.status.is_final() => Known::Ended,
            Some(record) => Known::Open(record.fence.unwrap_or(Fence(0))),
        };
        all.insert(run, known);
    }
    Ok(all)
}

fn next_of(
    text: Option<&Text>,
    key: &StateKey,
    state: &JobState,
    to: Timestamp,
    known: &HashMap<RunId, Known>,
) -> Option<JobState> {
    let spec = text.and_then(|text| {
        let ticks = text.schedule.as_ref().ok()?;
        Some(Spec { saved: &text.saved, ticks, worker: key.worker.as_ref() })
    });
    state::restore(state, spec, to, &|run| known.get(run).copied().unwrap_or(Known::Nothing))
}

fn named(key: &StateKey, state: &JobState, known: &HashMap<RunId, Known>) -> Option<Named> {
    let is_known = |run: &RunId| known.get(run) == Some(&Known::Ended);
    let is_active = |run: &RunId| state.active.iter().any(|active| active.run == *run);
    let (known, open): (Vec<_>, Vec<_>) = state::in_doubt(state).into_iter().partition(is_known);
    let (lost, skipped): (Vec<_>, Vec<_>) = open.into_iter().partition(is_active);
    let none = known.is_empty() && lost.is_empty() && skipped.is_empty();
    let (job, worker) = (key.job.clone(), key.worker.clone());
    (!none).then_some(Named { job, worker, resolved: state.resolved, lost, skipped, known })
}

/// Writes what follows; returns the records in which something found no room, after what had was recorded.
async fn write(
    stores: &Stores,
    texts: &BTreeMap<JobName, Arc<Text>>,
    swaps: Vec<Swap>,
) -> Result<Vec<(StateKey, Versioned<JobState>)>, StoreError> {
    let mut open = Vec::new();
    for pack in swaps.chunks(Batch::SWAPS_MAX) {
        let batch = Batch { guard: Guard::None, swaps: pack.to_vec() };
        let Committed::Done(results) = stores.intent.commit(batch).await? else {
            return Err(StoreError::Permanent("a batch without a guard failed by one".to_owned()));
        };
        for (swap, result) in pack.iter().zip(results) {
            let SwapResult::Swapped(revision) = result else {
                return Err(StoreError::Permanent(format!(
                    "somebody changed job `{}` meanwhile\nhint: end every server of this store, then restore again",
                    swap.key.job
                )));
            };
            let left = swap.state.clone().filter(|state| !state::in_doubt(state).is_empty());
            let Some(value) = left else { continue };
            let due = Due {
                key: swap.key.clone(),
                state: Arc::new(Versioned { revision, value }),
                saved: texts.get(&swap.key.job).cloned(),
            };
            recorder::record(&*stores.intent, &*stores.facts, &[due]).await?;
            let stands = stores.intent.state(&swap.key).await?;
            open.extend(stands.map(|stands| (swap.key.clone(), stands)));
        }
    }
    Ok(open)
}
