//! Swaps on their way to the store: claims, completions, and the settling of lost runs, each in batches.
//!
//! Flow: `scheduler` decides → **`claim`** → `Intent` → the answer, back to the `scheduler`.
//! A swap that lost is the normal case on all workers but one, so it is a value here and never an error. An answer
//! that did not come is replaced by reading again: the nonce tells whose claim stands there.
//! Not here: what to swap (`scheduler`), and what a claim that has won starts (`runner`).

use std::sync::Arc;

use model::id::{Nonce, RunId};
use model::ports::{Batch, Committed, Guard, Intent, StateKey, StoreError, Swap, SwapResult, Versioned};
use model::state::JobState;
use model::time::BootTime;
use tokio::time::sleep;
use tracing::warn;

use crate::backoff::Backoff;
use crate::view::Id;

/// What the swaps of a batch are for. Batches are never mixed, so that a claim that fails hinders no completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Ticks are taken.
    Claim,
    /// Runs have ended.
    Complete,
    /// Runs are settled whose end nobody saw.
    Lose,
    /// Our records of jobs with placement `all` follow the jobs' own.
    Follow,
}

/// One swap, and the runs that it is about.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) id: Id,
    pub(crate) swap: Swap,
    pub(crate) runs: Vec<RunId>,
    /// The claim, where it is one.
    pub(crate) nonce: Option<Nonce>,
}

/// Swaps that go out together.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) purpose: Purpose,
    pub(crate) guard: Guard,
    pub(crate) parts: Vec<Part>,
    /// When it was sent.
    pub(crate) sent_at: BootTime,
}

impl Order {
    /// Returns the order in two halves, for a store that does not take it whole.
    pub(crate) fn halved(mut self) -> [Self; 2] {
        let parts = self.parts.split_off(self.parts.len() / 2);
        let second = Self { guard: self.guard.clone(), parts, ..self };
        [self, second]
    }
}

/// How an order went.
#[derive(Debug)]
pub(crate) enum Answer {
    /// One result per part.
    Done(Vec<SwapResult>),
    /// The guard did not hold; nothing was written.
    GuardFailed,
    /// The store is away; nothing was written.
    Away(StoreError),
    /// The store does not take it, and will not.
    Refused(StoreError),
}

/// Sends an order and sees to an answer.
pub(crate) async fn send(intent: Arc<dyn Intent>, order: Order) -> (Order, Answer) {
    let swaps = order.parts.iter().map(|part| part.swap.clone()).collect();
    let answer = match intent.commit(Batch { guard: order.guard.clone(), swaps }).await {
        Ok(Committed::Done(results)) => Answer::Done(results),
        Ok(Committed::GuardFailed) => Answer::GuardFailed,
        Err(e @ StoreError::Unavailable(_)) => Answer::Away(e),
        Err(e @ (StoreError::Permanent(_) | StoreError::Refused(_))) => Answer::Refused(e),
        Err(e @ StoreError::Ambiguous(_)) => {
            warn!("a batch of {} swaps may have been written, reading again: {e}", order.parts.len());
            let mut results = Vec::new();
            for part in &order.parts {
                results.push(verdict(part, read(&*intent, &part.swap.key).await));
            }
            Answer::Done(results)
        }
    };
    (order, answer)
}

/// Reads a state, however often it takes.
async fn read(intent: &dyn Intent, key: &StateKey) -> Option<Versioned<JobState>> {
    let mut backoff = Backoff::default();
    loop {
        match intent.state(key).await {
            Ok(state) => return state,
            Err(e) => {
                let wait = backoff.failed(BootTime::from_millis(0)).to_std();
                warn!(job.id = %key.job, "failed to read the state of job `{}` again: {e}", key.job);
                sleep(wait).await;
            }
        }
    }
}

/// Returns how a swap went, by what stands there now. One that may still be written later counts as lost: a claim
/// that comes to stand there after all is found as one of ours that nobody started, and is owed again.
fn verdict(part: &Part, stands: Option<Versioned<JobState>>) -> SwapResult {
    let ours = |state: &JobState| match &part.nonce {
        Some(nonce) => state.active.iter().any(|active| active.nonce == *nonce),
        None => false,
    };
    match stands {
        Some(stands) if ours(&stands.value) || part.swap.state.as_ref() == Some(&stands.value) => {
            SwapResult::Swapped(stands.revision)
        }
        stands => SwapResult::Lost(stands.map(Box::new)),
    }
}
