//! Hints that a run changed, from one watch to all who look.
//!
//! Flow: facts (watch) → **`hints`** → live tails. A hint is only a reason to read again: who misses one reads on its own
//! period.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use model::id::RunId;
use model::ports::{Facts, FactsChange};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Hints that wait for one who looks; who is slower reads anyway.
const WAITING_MAX: usize = 1024;
/// Pause before the watch is asked for again.
const BACKOFF: Duration = Duration::from_secs(1);

/// Hints that a run changed.
pub(crate) struct Hints {
    sender: broadcast::Sender<FactsChange>,
}

impl Hints {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::Sender::new(WAITING_MAX) }
    }

    /// Follows the facts store until `shutdown`.
    pub(crate) async fn run(&self, facts: Arc<dyn Facts>, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.follow(facts.as_ref()) => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(BACKOFF) => {}
            }
        }
    }

    async fn follow(&self, facts: &dyn Facts) {
        match facts.watch().await {
            Ok(mut changes) => {
                while let Some(change) = changes.next().await {
                    // Nobody looks: nothing to send to.
                    let _ = self.sender.send(change);
                }
            }
            Err(error) => tracing::warn!(%error, "cannot follow the runs; live output comes by polling"),
        }
    }

    /// Returns a receiver of what changes from now on.
    pub(crate) fn listen(&self) -> Listener {
        Listener { receiver: self.sender.subscribe() }
    }
}

/// One who looks.
pub(crate) struct Listener {
    receiver: broadcast::Receiver<FactsChange>,
}

impl Listener {
    /// Returns when `run` may have changed, at the latest after `period`. Cancel-safe.
    pub(crate) async fn changed(&mut self, run: &RunId, period: Duration) {
        let hint = async {
            loop {
                match self.receiver.recv().await {
                    Ok(FactsChange::Run(changed)) if changed != *run => {}
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        let _ = tokio::time::timeout(period, hint).await;
    }
}
