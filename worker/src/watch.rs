//! Follows jobs and states: loads all of them, watches from there, and loads again when the watch breaks.
//!
//! Flow: `Intent` → **`watch`** → `scheduler`. Never ends by itself.
//! Not here: what the news mean; that nothing is ever started because of them is `claim`'s rule.

use std::sync::Arc;

use futures::StreamExt as _;
use model::ports::{Changes, Clock, Intent, Snapshot, WatchError};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::backoff::Backoff;

/// Messages that wait for the scheduler before the watch itself waits.
const NEWS_MAX: usize = 64;

/// What is new of jobs and states.
#[derive(Debug)]
pub(crate) enum News {
    /// All of them.
    Loaded(Snapshot),
    /// What changed since.
    Changed(Changes),
}

/// Returns the two ends of the way from the watch to the scheduler.
pub(crate) fn channel() -> (mpsc::Sender<News>, mpsc::Receiver<News>) {
    mpsc::channel(NEWS_MAX)
}

/// Follows jobs and states until nobody listens.
pub(crate) async fn run(intent: Arc<dyn Intent>, clock: Arc<dyn Clock>, news: mpsc::Sender<News>) {
    let mut backoff = Backoff::default();
    while !news.is_closed() {
        match follow(&*intent, &news, &mut backoff).await {
            None => return,
            Some(WatchError::Compacted(revision)) => {
                info!("the changes since revision {revision} are gone: loading all jobs again");
            }
            Some(WatchError::Store(e)) => warn!("failed to watch jobs, trying again: {e}"),
        }
        sleep(backoff.failed(clock.boot_time()).to_std()).await;
    }
}

/// One load and the watch after it. Returns why it ended; none when nobody listens.
async fn follow(intent: &dyn Intent, news: &mpsc::Sender<News>, backoff: &mut Backoff) -> Option<WatchError> {
    let snapshot = match intent.load().await {
        Ok(snapshot) => snapshot,
        Err(e) => return Some(e.into()),
    };
    let from = snapshot.revision;
    let mut changes = match intent.watch(from).await {
        Ok(changes) => changes,
        Err(e) => return Some(e.into()),
    };
    news.send(News::Loaded(snapshot)).await.ok()?;
    loop {
        let next = tokio::select! {
            () = news.closed() => return None,
            next = changes.next() => next,
        };
        match next {
            Some(Ok(changed)) => {
                backoff.worked();
                news.send(News::Changed(changed)).await.ok()?;
            }
            Some(Err(e)) => return Some(e),
            None => return Some(WatchError::Compacted(from)),
        }
    }
}
