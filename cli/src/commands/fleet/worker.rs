//! `worker`: what runs the jobs of a fleet on this machine.
//!
//! The data folder is held and the supervisor of scripts started before anything is asked of a store, so that runs of
//! an earlier process are taken over as soon as etcd answers.

use std::sync::Arc;

use ::master::serve_metrics;
use ::stores::SystemClock;
use ::stores::measured;
use ::stores::sqlite::DataFolder;
use ::worker::{Ports, Shutdown, Worker};
use anyhow::{Context as _, Result};
use model::ports::Clock;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::{named, stores};
use crate::arguments;
use crate::commands::process::{Ground, Process, Reload, bind, notify, runtime, worker_options};
use crate::config::fleet::{WorkerConfig, load_worker};
use crate::exit::Exit;
use crate::figures::Figures;
use crate::host;
use crate::telemetry::{self, Service};

pub(in crate::commands) fn run(options: &arguments::fleet::Worker) -> Result<Exit> {
    let path = match named(options.both.config.as_deref(), "worker")? {
        Ok(path) => path,
        Err(exit) => return Ok(exit),
    };
    let given = options.given();
    let mut config = load_worker(path, &given)?;
    let running = given.noted.take();
    let id = config.id.clone().map_or_else(host::worker_id, Ok)?;
    let service = Service { name: "sandglass-worker", instance: id.to_string() };
    let telemetry = telemetry::start(&config.log.lines(), config.collector.as_ref(), &service)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let data = match &config.data {
        Some(data) => data.clone(),
        None => host::data_folder()?,
    };
    // Held until the process ends: two workers on one folder would take each other's runs for their own.
    let held = DataFolder::take(&data)?;
    let ground = Ground::lay(held.path(), &config.allowed, clock)?;
    let path = path.to_owned();
    let read = move || {
        let given = given.clone();
        Ok((load_worker(&path, &given)?, given.noted.take()))
    };
    runtime()?.block_on(async {
        let mut process = Process::new()?;
        let (reload, printed) = (Reload::hear("worker", running, read)?, telemetry.printed());
        process.aside(reload.keep(move |config: &WorkerConfig| printed.set(&config.log.filter)));
        let figures = Figures::keep()?;
        if let Some(metrics) = config.metrics.take() {
            let listener = bind(&metrics.listen).await?;
            info!("tells figures at {}", listener.local_addr().context("the address that was bound")?);
            let (exposition, stop) = (figures.exposition(), CancellationToken::new());
            process.aside(serve_metrics(listener, exposition, metrics.token_sha256, stop));
        }
        process.aside(figures.upkeep());
        process.worker(|shutdown| work(config, ground, shutdown));
        process.run().await
    })
}

async fn work(config: WorkerConfig, ground: Ground, shutdown: Shutdown) -> Result<()> {
    let clock = ground.clock.clone();
    let connect = async {
        let mongo = stores::mongodb(&config.stores.mongodb, clock.clone()).await?;
        let etcd = stores::etcd(&config.stores.etcd, clock.clone()).await?;
        anyhow::Ok((etcd, mongo))
    };
    let (etcd, mongo) = tokio::select! {
        biased;
        () = shutdown.asked() => return Ok(()),
        connected = connect => connected?,
    };
    let executors = ground.executors(&config.allowed, mongo.blobs())?;
    for note in executors.notes() {
        info!("on this host: {note}");
    }
    let mut options = worker_options(config.id.as_ref(), &ground.runs)?;
    options.drain_timeout = config.drain_timeout;
    options.labels = config.labels;
    options.pipeline = config.pipeline;
    if let Some(slots) = config.slots {
        options.slots = slots;
    }
    let ports = Ports {
        intent: measured::intent(etcd.intent()),
        registry: etcd.registry(),
        facts: measured::facts(mongo.facts()),
        shell: executors.shell.clone(),
        wasm: executors.wasm.clone(),
        clock,
    };
    let name = options.id.to_string();
    let worker = Worker::new(options, ports);
    let registered = worker.ready();
    let mut working = std::pin::pin!(worker.run(shutdown));
    let ended = tokio::select! {
        biased;
        ended = &mut working => ended,
        () = registered => {
            notify::ready(&format!("takes runs as `{name}`"));
            working.await
        }
    };
    ended.context("the worker failed")
}
