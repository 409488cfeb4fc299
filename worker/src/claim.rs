//! Swaps on their way to the store: claims, completions, and the settling of lost runs, each in batches.
//!
//! Flow: `scheduler` decides → **`claim`** → `Intent` → the answer, back to the `scheduler`.
//! A swap that lost is the normal case on all workers but one, so it is a value here and never an error. An answer
//! that did not come is replaced by reading again: the swap has won where what it wrote stands there.
//! Not here: what to swap (`scheduler`), and what a claim that has won starts (`runner`).

use std::sync::Arc;

use model::id::RunId;
use model::ports::{Batch, Committed, Guard, Intent, StateKey, StoreError, Swap, SwapResult, Versioned};
use model::state::JobState;
use model::time::BootTime;
use tokio::time::sleep;
use tracing::warn;

use crate::backoff::Backoff;
use crate::figures;
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
    figures::committed(&order, &answer);
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

/// Returns how a swap went, by what stands there now: it has won where the record is still the very one that was sent.
///
/// Where others have changed it since, it counts as lost even when the claim stands in it: what was sent is not what
/// stands, and what stands has another revision than the claim (no fence to start under). The view would hold an old
/// record under a new revision, and the next swap from it would undo the changes of all others. A claim of ours that
/// stands there after all, now or later, is found as one that nobody started, and is owed again.
fn verdict(part: &Part, stands: Option<Versioned<JobState>>) -> SwapResult {
    match stands {
        Some(stands) if part.swap.state.as_ref() == Some(&stands.value) => {
            SwapResult::Swapped(stands.revision)
        }
        stands => SwapResult::Lost(stands.map(Box::new)),
    }
}

#[cfg(test)]
mod tests {
    use model::id::{JobUid, Revision, SpecId};
    use model::ports::JobWrite;
    use model::state::Active;
    use model::time::Timestamp;

    use super::*;
    use crate::view::View;

    /// A worker that was frozen in its claim reads the record long after others have changed it. Taken for won, the record
    /// that it had sent stood in its view under the newest revision, and its next swap undid all that others had done:
    /// `resolved` fell, runs vanished. Mutation: a claim counts as won where its nonce is found.
    #[test]
    fn a_claim_whose_answer_never_came_has_won_only_where_nobody_changed_the_record_since() {
        let key = StateKey::job("job".parse().unwrap());
        let resolved = Timestamp::from_seconds(60);
        let mut sent = JobState::new(JobUid::random(), SpecId::FIRST, None, resolved);
        sent.active.push(active());
        let id = View::default().put_state(&key, Revision(1), Some(sent.clone())).unwrap();
        let swap = Swap {
            key,
            expect: Some(Revision(1)),
            head: None,
            state: Some(sent.clone()),
            job: JobWrite::Keep,
        };
        let part = Part { id, swap, runs: Vec::new() };
        let stands =
            |state: JobState, revision| Some(Versioned { revision: Revision(revision), value: state });

        let won = verdict(&part, stands(sent.clone(), 2));
        assert!(matches!(won, SwapResult::Swapped(Revision(2))), "{won:?}");
        // The claim stands there, and others have gone on.
        let newer = JobState { resolved: Timestamp::from_seconds(90), ..sent };
        let lost = verdict(&part, stands(newer.clone(), 9));
        let SwapResult::Lost(Some(stands)) = lost else { panic!("{lost:?}") };
        assert_eq!((stands.revision, stands.value), (Revision(9), newer));
        assert!(matches!(verdict(&part, None), SwapResult::Lost(None)));
    }

    fn active() -> Active {
        let text = r#"{ "run": "0f3c9a7be2d14c58a1b2c3d4", "uid": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "spec_id": 1,
            "cause": { "kind": "tick", "at": "2026-01-01T00:00:00Z" }, "attempt": 1, "retried": 0, "repeated": 0,
            "worker": "w1", "boot": "boot", "since": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:10:00Z",
            "nonce": "00000000000000aa", "budget": "1m", "when_cut_off": "wait" }"#;
        serde_json::from_str(text).unwrap()
    }
}
