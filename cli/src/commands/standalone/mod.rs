//! `standalone`: server, worker and page in one process on the embedded store.
//!
//! Opens the folder, binds the address, wires the crates, prints the way in, and ends phase by phase: SIGTERM hands
//! over, SIGINT waits for runs, a second signal ends at once.

mod banner;
mod demo;
mod folder;

use std::sync::Arc;

use anyhow::{Context as _, Result};
use master::{AlertOptions, Master, Tls};
use model::metric::Exposition;
use model::ports::Clock;
use model::time::Span;
use sandbox::wasm::Inspector;
use sha2::{Digest as _, Sha256};
use stores::sqlite::Sqlite;
use stores::{SystemClock, measured};
use worker::Worker;

use super::process::{
    Certificate, Ground, Process, Reload, bind, notify, reached_at, runtime, worker_options,
};
use super::sandbox::{Executors, allowed};
use crate::arguments::Standalone;
use crate::config::effective::Noted;
use crate::config::{Allowed, load_standalone};
use crate::exit::Exit;
use crate::figures::Figures;
use crate::host;
use crate::telemetry::{self, Lines, Service};

/// How long the printed login link opens the page.
pub(super) const LOGIN_LINK_TTL: Span = Span::from_minutes(60);

pub(super) fn run(options: &Standalone) -> Result<Exit> {
    let given = options.log.given();
    let allowed = allowed(&options.sandbox, &given)?;
    let running = given.noted.take();
    let lines = Lines { filter: &options.log.log, json: options.log.log_json };
    let id = options.worker_id.clone().map_or_else(host::worker_id, Ok)?;
    let service = Service { name: "sandglass", instance: id.to_string() };
    let _telemetry = telemetry::start(&lines, allowed.collector.as_ref(), &service)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let data = match &options.data {
        Some(data) => data.clone(),
        None => host::data_folder()?,
    };
    let store = Sqlite::open(&data, clock.clone())?;
    let ground = Ground::lay(&data, &allowed, clock)?;
    let file = options.sandbox.config.clone();
    let read = move || {
        let given = given.clone();
        Ok((load_standalone(file.as_deref(), &given)?, given.noted.take()))
    };
    runtime()?.block_on(async {
        let reload = Reload::hear("standalone", running, read)?;
        serve(options, &allowed, &store, &ground, reload).await
    })
}

async fn serve<R>(
    options: &Standalone,
    allowed: &Allowed,
    store: &Sqlite,
    ground: &Ground,
    reload: Reload<R>,
) -> Result<Exit>
where
    R: FnMut() -> Result<(Allowed, Noted)> + Send + 'static,
{
    let Ground { clock, data, .. } = ground;
    let tls = options.server.certificate().as_ref().map(Certificate::load).transpose()?;
    let listener = bind(&options.listen).await?;
    let address = listener.local_addr().context("the address that was bound")?;
    let token = folder::admin_token(data)?;
    let executors = ground.executors(allowed, store.blobs())?;

    let demo = !options.no_demo && demo::save_on_empty(store, clock.as_ref()).await?;
    let admin = master::Options::default().admin;
    let link = master::mint_login_link(store.accounts().as_ref(), clock.as_ref(), &admin, LOGIN_LINK_TTL)
        .await
        .context("could not make the login link")?;
    let shown = tls.as_ref().map(Certificate::shown);
    let scheme = if shown.is_some() { "https" } else { "http" };
    let url = options.server.url.clone().unwrap_or_else(|| format!("{scheme}://{}", reached_at(address)));
    let alerts = AlertOptions { url: Some(url.clone()), ..allowed.alerts.clone() };
    let figures = Figures::keep()?;
    let master = master(options, store, clock.clone(), (token.as_str(), shown), alerts, figures.exposition());
    let worker = worker(options, store, &executors, ground)?;
    let (tuned, at) = (master.clone(), url.clone());
    let take = move |next: &Allowed| {
        let alerts = AlertOptions { url: Some(at.clone()), ..next.alerts.clone() };
        tuned.change(|options| options.alerts = alerts);
        Ok(())
    };
    let notes = executors.notes();
    let mut process = Process::new()?;
    banner::print(&banner::Facts { url: &url, link: &link, data, demo, notes: &notes })?;
    process.aside(figures.upkeep());
    process.aside(reload.keep(take));
    if let Some(certificate) = tls {
        process.aside(certificate.keep_current()?);
    }
    process.server(|closing| async move {
        master.serve(listener, closing).await;
        Ok(())
    });
    let registered = worker.ready();
    process.aside(async move {
        registered.await;
        notify::ready(&format!("serves at {url}, takes runs"));
    });
    process.worker(|shutdown| async move { worker.run(shutdown).await.context("the worker failed") });
    process.run().await
}

fn master(
    options: &Standalone,
    store: &Sqlite,
    clock: Arc<dyn Clock>,
    (token, tls): (&str, Option<Tls>),
    alerts: AlertOptions,
    exposition: Exposition,
) -> Master {
    let ports = master::Ports {
        intent: measured::intent(store.intent()),
        registry: store.registry(),
        election: store.election(),
        facts: measured::facts(store.facts()),
        blobs: store.blobs(),
        accounts: store.accounts(),
        audit: store.audit(),
        revisions: store.revisions(),
        alerts: store.alerts(),
        alert_log: store.alert_log(),
        inspector: Arc::new(Inspector::default()),
        clock,
        exposition: Some(exposition),
    };
    let master_options = master::Options {
        admin_token_sha256: Some(Sha256::digest(token).into()),
        module_bytes_max: options.module_max.as_bytes(),
        tls,
        proxies: options.server.proxies(),
        connections_max: options.server.connections_max,
        connections_per_address: options.server.connections_per_address,
        requests_per_second: Some(options.server.requests_per_second).filter(|n| *n > 0),
        alerts,
        ..master::Options::default()
    };
    Master::new(master_options, ports)
}

fn worker(options: &Standalone, store: &Sqlite, executors: &Executors, ground: &Ground) -> Result<Worker> {
    let mut worker_options = worker_options(options.worker_id.as_ref(), &ground.runs)?;
    worker_options.drain_timeout = options.drain_timeout;
    worker_options.labels = options.label.iter().cloned().collect();
    if let Some(slots) = options.slots {
        worker_options.slots = slots;
    }
    let ports = worker::Ports {
        intent: measured::intent(store.intent()),
        registry: store.registry(),
        facts: measured::facts(store.facts()),
        shell: executors.shell.clone(),
        wasm: executors.wasm.clone(),
        clock: ground.clock.clone(),
    };
    Ok(Worker::new(worker_options, ports))
}
