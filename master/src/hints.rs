//! Hints that a run changed, from one watch of this master to all who look at that run.
//!
//! The store is watched while somebody looks, by one stream however many they are. A hint is only a reason to read
//! again: it carries nothing, several of them are one, and each time the watch begins anew everybody reads, so that
//! nothing is missed while there was none.
//!
//! Flow: facts (watch) → **`hints`** → live tails.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use model::id::RunId;
use model::ports::{Facts, FactsChange};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Pause before the watch is asked for again.
const BACKOFF: Duration = Duration::from_millis(250);
/// How often it is looked whether anybody still looks.
const LINGER: Duration = Duration::from_secs(30);

/// Hints that a run changed; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Hints(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// The runs that somebody looks at. Invariant: each has a listener.
    runs: Mutex<HashMap<RunId, watch::Sender<()>>>,
    /// Somebody has begun to look.
    begun: Notify,
}

impl Hints {
    /// Follows the facts store while somebody looks, until `shutdown`.
    pub(crate) async fn run(&self, facts: Arc<dyn Facts>, shutdown: CancellationToken) {
        let following = async {
            loop {
                self.somebody().await;
                self.follow(facts.as_ref()).await;
                tokio::time::sleep(BACKOFF).await;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = following => {}
        }
    }

    /// Returns a listener to what changes of `run` from now on.
    pub(crate) fn listen(&self, run: &RunId) -> Listener {
        let receiver = self.0.with(|runs| runs.entry(run.clone()).or_default().subscribe());
        self.0.begun.notify_one();
        Listener { inner: Arc::clone(&self.0), run: run.clone(), receiver }
    }

    async fn somebody(&self) {
        while self.0.with(|runs| runs.is_empty()) {
            self.0.begun.notified().await;
        }
    }

    /// Passes hints on until the watch ends or nobody looks any more.
    async fn follow(&self, facts: &dyn Facts) {
        let watched = facts.watch().await;
        // Whatever changed before there was a watch was not heard.
        self.wake_all();
        let mut changes = match watched {
            Ok(changes) => changes,
            Err(error) => {
                tracing::warn!(%error, "cannot follow the runs; live output comes by polling");
                return;
            }
        };
        let mut look_around = tokio::time::interval(LINGER);
        loop {
            tokio::select! {
                change = changes.next() => match change {
                    Some(FactsChange::Run(run)) => self.wake(&run),
                    Some(FactsChange::Anything) => self.wake_all(),
                    None => return,
                },
                _ = look_around.tick() => {
                    if self.0.with(|runs| runs.is_empty()) {
                        return;
                    }
                }
            }
        }
    }

    fn wake(&self, run: &RunId) {
        self.0.with(|runs| runs.get(run).map(|listeners| listeners.send_replace(())));
    }

    fn wake_all(&self) {
        self.0.with(|runs| runs.values().for_each(|listeners| listeners.send_replace(())));
    }
}

impl Inner {
    fn with<T>(&self, f: impl FnOnce(&mut HashMap<RunId, watch::Sender<()>>) -> T) -> T {
        f(&mut self.runs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One who looks at one run.
pub(crate) struct Listener {
    inner: Arc<Inner>,
    run: RunId,
    receiver: watch::Receiver<()>,
}

impl Listener {
    /// Returns when the run may have changed since this returned last, at the latest after `period`. Cancel-safe.
    pub(crate) async fn changed(&mut self, period: Duration) {
        // The sender stands as long as this listener does.
        let _ = tokio::time::timeout(period, self.receiver.changed()).await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.inner.with(|runs| {
            // The one that is left is this listener's own.
            if runs.get(&self.run).is_some_and(|listeners| listeners.receiver_count() <= 1) {
                runs.remove(&self.run);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(60);

    fn run(n: u64) -> RunId {
        format!("{n:024x}").parse().expect("a run's id")
    }

    async fn woken(listener: &mut Listener) -> bool {
        let changed = listener.receiver.has_changed().expect("the sender stands as long as its listener");
        if changed {
            listener.changed(SOON).await;
        }
        changed
    }

    /// Mutation: without `subscribe` before the look (a channel made at each wait) the early hint is lost.
    #[tokio::test]
    async fn a_hint_wakes_those_who_look_at_its_run_and_waits_for_who_is_busy() {
        let hints = Hints::default();
        let (mut one, mut same, mut other) =
            (hints.listen(&run(1)), hints.listen(&run(1)), hints.listen(&run(2)));
        hints.wake(&run(1));
        hints.wake(&run(1));
        assert!(woken(&mut one).await && woken(&mut same).await, "it came before they waited");
        assert!(!woken(&mut one).await, "two hints are one reason to look");
        assert!(!woken(&mut other).await);
        hints.wake_all();
        assert!(woken(&mut one).await && woken(&mut other).await);
    }

    #[tokio::test]
    async fn what_nobody_looks_at_is_forgotten() {
        let hints = Hints::default();
        let (one, same) = (hints.listen(&run(1)), hints.listen(&run(1)));
        drop(one);
        assert_eq!(hints.0.with(|runs| runs.len()), 1);
        drop(same);
        assert_eq!(hints.0.with(|runs| runs.len()), 0);
        hints.wake(&run(1));
    }
}
