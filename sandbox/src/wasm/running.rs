//! A run as the worker holds it: one that goes on, and one that an earlier process left behind.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use model::outcome::{End, LostWhy, Outcome, Stop};
use model::ports::{Adopted, Clock, Running};
use model::workload::Kind;
use tokio::sync::watch;

use crate::folder::{self, LeftBehind};

/// A run on one of the executor's threads.
pub(super) struct Watched {
    stop: watch::Sender<Option<Stop>>,
    ended: watch::Receiver<Option<Outcome>>,
    clock: Arc<dyn Clock>,
}

impl Watched {
    /// Returns the worker's end of a run.
    pub(super) fn new(
        stop: watch::Sender<Option<Stop>>,
        ended: watch::Receiver<Option<Outcome>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { stop, ended, clock }
    }
}

#[async_trait]
impl Running for Watched {
    async fn wait(&self) -> Outcome {
        ended_or_lost(&self.ended, &*self.clock).await
    }

    async fn stop(&self, why: Stop) {
        self.stop.send_if_modified(|reason| {
            let first = reason.is_none();
            if first {
                *reason = Some(why);
            }
            first
        });
    }
}

/// Waits for a run's end.
pub(super) async fn ended_or_lost(ended: &watch::Receiver<Option<Outcome>>, clock: &dyn Clock) -> Outcome {
    let mut ended = ended.clone();
    let known = ended.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
    // The executor went away under its run; the next process settles the folder in the same way.
    known.unwrap_or_else(|| Outcome::bare(End::Lost { why: LostWhy::WorkerEnded }, clock.now()))
}

/// A run whose end is known.
struct Settled(Outcome);

#[async_trait]
impl Running for Settled {
    async fn wait(&self) -> Outcome {
        self.0.clone()
    }

    async fn stop(&self, _why: Stop) {}
}

/// Returns the runs that an earlier process left under `runs`, each with its end. Blocks.
pub(super) fn adopt(runs: &Path, clock: &dyn Clock) -> io::Result<Vec<Adopted>> {
    folder::left_behind(runs, Kind::Wasm)?
        .into_iter()
        .map(|left| {
            let run = left.run.clone();
            Ok(Adopted { run, running: Box::new(Settled(settled(left, clock)?)) })
        })
        .collect()
}

fn settled(left: LeftBehind, clock: &dyn Clock) -> io::Result<Outcome> {
    if let Some(outcome) = left.outcome {
        return Ok(outcome);
    }
    let mut outcome = Outcome::bare(End::Lost { why: LostWhy::WorkerEnded }, clock.now());
    outcome.output = folder::settle(left.folder.names(), &left.run.id)?;
    left.folder.finish(&outcome)?;
    Ok(outcome)
}
