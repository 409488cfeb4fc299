//! The worker itself: starts its parts in their order and owns every task of them.
//!
//! Register → settle what an earlier process left → claim; at the end the other way round.
//! Not here: any decision about a job or a run.

use std::sync::Arc;

use model::ports::{RegisterError, StoreError};
use model::schedule::zone_data_version;
use model::worker::{WorkerIdentity, WorkerStatus};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::drain::{Phase, Shutdown};
use crate::options::{Options, Ports};
use crate::registration::{Load, Registrar};

/// Why a worker ended that nobody asked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It has no registration and gets none.
    #[error("failed to register: {0}")]
    Register(#[from] RegisterError),
    /// What an earlier process left behind cannot be taken over.
    #[error("failed to take over what an earlier process left in `{folder}`: {source}")]
    Adopt {
        /// The folder of all runs.
        folder: String,
        /// What the executor says.
        source: StoreError,
    },
}

/// One worker: [`Worker::run`] does its work until it is shut down.
pub struct Worker {
    options: Options,
    ports: Ports,
}

impl Worker {
    /// Returns a worker that does nothing until it runs.
    pub fn new(options: Options, ports: Ports) -> Self {
        Self { options, ports }
    }

    /// Works until `shutdown` and its runs let it end.
    ///
    /// # Errors
    /// [`Error`] when it cannot go on: its id is taken, or its data folder cannot be read.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), Error> {
        let (load, load_seen) = watch::channel(Load::default());
        let registrar = Registrar::new(
            Arc::clone(&self.ports.registry),
            Arc::clone(&self.ports.clock),
            self.identity(),
            self.status(),
            load_seen,
        );
        let mut standing = registrar.standing();
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(registrar.run(stop.clone(), Arc::new(Notify::new())));
        let mut phase = shutdown.subscribe();
        tokio::select! {
            ended = tasks.join_next() => {
                if let Some(Ok(Err(e))) = ended {
                    return Err(e.into());
                }
            }
            _ = phase.wait_for(|phase| *phase != Phase::Run) => {}
        }
        load.send_replace(Load { busy: 0, draining: true });
        stop.cancel();
        while tasks.join_next().await.is_some() {}
        if let Some(registration) = standing.borrow_and_update().registration.clone()
            && let Err(e) = self.ports.registry.release(&registration).await
        {
            tracing::warn!("failed to release the registration: {e}");
        }
        Ok(())
    }

    fn identity(&self) -> WorkerIdentity {
        WorkerIdentity {
            id: self.options.id.clone(),
            boot: self.options.boot.clone(),
            host: self.options.host.clone(),
            version: self.options.version.clone(),
            zone_data: zone_data_version().to_owned(),
            started_at: self.ports.clock.now(),
        }
    }

    fn status(&self) -> WorkerStatus {
        WorkerStatus {
            slots: self.options.slots,
            busy: 0,
            labels: self.options.labels.clone(),
            clock_ok: true,
            draining: false,
            shell: self.ports.shell.enforceable(),
            wasm: self.ports.wasm.enforceable(),
            at: self.ports.clock.now(),
        }
    }
}
