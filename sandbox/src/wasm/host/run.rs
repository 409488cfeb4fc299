//! A run in a host process, as the worker holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use model::outcome::{Outcome, Stop};
use model::ports::{Clock, Running};
use tokio::sync::watch;

use super::keeper::Host;
use super::message::ToHost;
use crate::wasm::running::ended_or_lost;

/// A run in a host process.
pub(super) struct HostedRun {
    host: Arc<Host>,
    seq: u64,
    ended: watch::Receiver<Option<Outcome>>,
    stopped: AtomicBool,
    overdue: Duration,
    clock: Arc<dyn Clock>,
}

impl HostedRun {
    /// Returns the worker's end of the run `seq` of `host`, which must end within `overdue` once it is told to.
    pub(super) fn new(
        host: Arc<Host>,
        seq: u64,
        ended: watch::Receiver<Option<Outcome>>,
        overdue: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { host, seq, ended, stopped: AtomicBool::new(false), overdue, clock }
    }
}

#[async_trait]
impl Running for HostedRun {
    async fn wait(&self) -> Outcome {
        ended_or_lost(&self.ended, &*self.clock).await
    }

    async fn stop(&self, why: Stop) {
        if self.stopped.swap(true, Ordering::Relaxed) {
            return;
        }
        self.host.runs.stopping(self.seq, self.overdue);
        let message = ToHost::Stop { seq: self.seq, why };
        let said = self.host.link.send(&message, &[]);
        // A host that does not listen is ended by its keeper, and the run with it.
        let _ = tokio::time::timeout(self.overdue, said).await;
    }
}
