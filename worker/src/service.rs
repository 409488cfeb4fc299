//! The worker itself: starts its parts in their order and owns every task of them.
//!
//! Register → settle what an earlier process left → claim; at the end the other way round.
//! Not here: any decision about a job or a run.

use std::future::{Future, pending};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use model::ports::{RegisterError, StoreError};
use model::schedule::zone_data_version;
use model::worker::{OutputWaits, WorkerIdentity, WorkerStatus};
use model::workload::Kind;
use tokio::sync::{Notify, watch as channel};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, info, info_span, warn};

use crate::drain::{Phase, Shutdown};
use crate::options::{Options, Ports};
use crate::pipeline::{self, Shipper};
use crate::recovery::{self, Found};
use crate::registration::{Load, Registrar, Standing};
use crate::runner::{Held, RunPorts, Runner, Stage, Table};
use crate::scheduler::{Decisions, Me, Scheduler};
use crate::watch;

/// How long the last flush may take; what is left is shipped by the next process.
const FLUSH_MAX: Duration = Duration::from_secs(5);
/// The same when somebody wants the process gone at once.
const FLUSH_NOW_MAX: Duration = Duration::from_secs(1);
/// How long giving back the registration may take; else its lease ends by itself.
const RELEASE_MAX: Duration = Duration::from_secs(2);

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
    /// The folder of runs cannot be used.
    #[error("failed to use `{folder}` as the folder of runs: {source}")]
    Folder {
        /// The folder of all runs.
        folder: String,
        /// What the file system says.
        source: io::Error,
    },
}

/// One worker: [`Worker::run`] does its work until it is shut down.
pub struct Worker {
    options: Options,
    ports: Ports,
    /// True once it claims.
    ready: channel::Sender<bool>,
}

impl Worker {
    /// Returns a worker that does nothing until it runs.
    pub fn new(options: Options, ports: Ports) -> Self {
        Self { options, ports, ready: channel::Sender::new(false) }
    }

    /// Returns what ends once this worker holds a registration and has taken over what an earlier process left: from then
    /// on it claims. It never ends when the worker ends before.
    pub fn ready(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut ready = self.ready.subscribe();
        async move {
            if ready.wait_for(|ready| *ready).await.is_err() {
                pending::<()>().await;
            }
        }
    }

    /// Works until `shutdown` and its runs let it end. When the future is dropped instead, the worker is gone as by a
    /// crash: its registration ends by itself, and a later worker of the same id and folder goes on.
    ///
    /// # Errors
    /// [`Error`] when it cannot go on: its id is taken, or its data folder cannot be used.
    pub async fn run(self, shutdown: Shutdown) -> Result<(), Error> {
        let span = info_span!("worker", worker.id = %self.options.id);
        self.run_here(shutdown).instrument(span).await
    }

    async fn run_here(self, shutdown: Shutdown) -> Result<(), Error> {
        let (load, load_seen) = channel::channel(Load::default());
        let hint = Arc::new(Notify::new());
        let registrar = self.registrar(load_seen);
        let mut standing = registrar.standing();
        let stop = CancellationToken::new();
        let mut registering = JoinSet::new();
        registering.spawn(registrar.run(stop.clone(), Arc::clone(&hint)).in_current_span());

        let mut phase = shutdown.subscribe();
        let registered = tokio::select! {
            biased;
            refused = registering.join_next() => return outcome_of(refused),
            _ = phase.wait_for(|phase| *phase != Phase::Run) => false,
            _ = standing.wait_for(|standing| standing.registration.is_some()) => true,
        };
        let worked = if registered {
            self.work(&shutdown, (standing.clone(), load, hint), &mut registering).await
        } else {
            Ok(())
        };
        stop.cancel();
        while registering.join_next().await.is_some() {}
        self.release(&standing).await;
        info!("the worker has ended");
        worked
    }

    /// All between the registration and its end.
    async fn work(
        &self,
        shutdown: &Shutdown,
        (standing, load, registration_hint): (
            channel::Receiver<Standing>,
            channel::Sender<Load>,
            Arc<Notify>,
        ),
        registering: &mut JoinSet<Result<(), RegisterError>>,
    ) -> Result<(), Error> {
        let ports = &self.ports;
        let mut ending = shutdown.subscribe();
        let found = tokio::select! {
            found = recovery::find(&self.options, ports) => found?,
            _ = ending.wait_for(|phase| *phase != Phase::Run) => return Ok(()),
        };
        let (pipeline, inbox, told) = pipeline::channel();
        let shipper = Shipper::new(
            (Arc::clone(&ports.facts), Arc::clone(&ports.clock)),
            self.options.pipeline.clone(),
            (self.options.runs_dir.clone(), found.notes.clone()),
            (inbox, told),
        );
        let (news_sender, news) = watch::channel();
        let mut parts = JoinSet::new();
        parts.spawn(shipper.run().in_current_span());
        let watching = watch::run(Arc::clone(&ports.intent), Arc::clone(&ports.clock), news_sender);
        parts.spawn(watching.in_current_span());

        let (runner, decisions) = self.take_over(found, &pipeline, standing.borrow().clone());
        let scheduler = Scheduler {
            intent: Arc::clone(&ports.intent),
            clock: Arc::clone(&ports.clock),
            pipeline: pipeline.clone(),
            runner,
            decisions,
            news,
            standing,
            phase: shutdown.subscribe(),
            load,
            registration_hint,
        };
        self.ready.send_replace(true);
        let mut scheduling = std::pin::pin!(scheduler.run());
        let refused = tokio::select! {
            () = &mut scheduling => Ok(()),
            Some(Err(e)) = parts.join_next() => std::panic::resume_unwind(e.into_panic()),
            refused = registering.join_next() => {
                // Somebody else has our id: what runs here must not go on beside it.
                shutdown.now();
                scheduling.await;
                outcome_of(refused)
            }
        };
        let flush_max = if shutdown.phase() == Phase::Now { FLUSH_NOW_MAX } else { FLUSH_MAX };
        if timeout(flush_max, pipeline.flush()).await.is_err() {
            warn!("not all output is shipped: the next process of this worker ships the rest");
        } else {
            info!("all output is shipped");
        }
        drop(pipeline);
        parts.shutdown().await;
        refused
    }

    /// Makes the runs that were found this process's own.
    fn take_over(
        &self,
        found: Found,
        pipeline: &pipeline::Handle,
        standing: Standing,
    ) -> (Runner, Decisions) {
        let ports = &self.ports;
        let mut runner = Runner::new(RunPorts {
            shell: Arc::clone(&ports.shell),
            wasm: Arc::clone(&ports.wasm),
            clock: Arc::clone(&ports.clock),
            pipeline: pipeline.clone(),
            notes: found.notes,
        });
        let shell_outlives = ports.shell.outlives_worker();
        let kinds = [(Kind::Shell, &ports.shell), (Kind::Wasm, &ports.wasm)];
        let refused = kinds.into_iter().filter(|(_, executor)| executor.enforceable().refuses.is_some());
        let refuses = refused.map(|(kind, _)| kind).collect();
        let mut table = Table::default();
        for (note, running) in found.adopted {
            let outlives = note.record.kind == Kind::Shell && shell_outlives;
            let held = Held::new(&note, Stage::Running, outlives);
            let stopped = held.stopped();
            table.insert(note.record.id.clone(), held);
            runner.adopt(note, running, stopped);
        }
        for (note, outcome) in found.concluded {
            let held = Held::new(&note, Stage::Running, false);
            table.insert(note.record.id.clone(), held);
            runner.conclude(note, outcome);
        }
        let me = Me {
            id: self.options.id.clone(),
            boot: self.options.boot.clone(),
            labels: self.options.labels.clone(),
            slots: self.options.slots,
            refuses,
            zone_data: zone_data_version().to_owned(),
            backlog_max: self.options.pipeline.backlog_runs_max,
            folder_is_new: found.folder_is_new,
            shell_outlives,
        };
        (runner, Decisions::new(me, self.options.drain_timeout, table, standing))
    }

    async fn release(&self, standing: &channel::Receiver<Standing>) {
        let Some(registration) = standing.borrow().registration.clone() else { return };
        // Survivors count from now, not from when the lease would have ended.
        let now = self.ports.clock.boot_time();
        if timeout(RELEASE_MAX, self.ports.lease_holds(now)).await.is_err() {
            warn!("failed to note that the lease is given back: it ends by itself");
            return;
        }
        match timeout(RELEASE_MAX, self.ports.registry.release(&registration)).await {
            Ok(Ok(())) => info!("the registration is given back"),
            Ok(Err(e)) => warn!("failed to give back the registration, its lease ends by itself: {e}"),
            Err(_) => warn!("failed to give back the registration in time, its lease ends by itself"),
        }
    }

    fn registrar(&self, load: channel::Receiver<Load>) -> Registrar {
        let (options, ports) = (&self.options, &self.ports);
        let identity = WorkerIdentity {
            id: options.id.clone(),
            boot: options.boot.clone(),
            host: options.host.clone(),
            version: options.version.clone(),
            zone_data: zone_data_version().to_owned(),
            started_at: ports.clock.now(),
        };
        let status = WorkerStatus {
            slots: options.slots,
            busy: 0,
            labels: options.labels.clone(),
            clock_ok: true,
            clock_off: None,
            facts_clock: None,
            clock_event: None,
            disk_free_percent: None,
            output: OutputWaits::default(),
            draining: false,
            shell: ports.shell.enforceable(),
            wasm: ports.wasm.enforceable(),
            at: ports.clock.now(),
        };
        Registrar::new(ports.clone(), options.runs_dir.clone(), identity, status, load)
    }
}

/// Returns why the registrar ended by itself.
fn outcome_of(ended: Option<Result<Result<(), RegisterError>, tokio::task::JoinError>>) -> Result<(), Error> {
    match ended {
        Some(Ok(ended)) => ended.map_err(Error::from),
        Some(Err(e)) if e.is_panic() => std::panic::resume_unwind(e.into_panic()),
        Some(Err(_)) | None => Ok(()),
    }
}
