//! `master`: page and interface of a fleet. Stateless: any number stand side by side.
//!
//! It listens at once and says that it is not ready until etcd answers.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use ::master::{Master, Options, Ports, Tls};
use ::stores::SystemClock;
use ::stores::etcd::Etcd;
use ::stores::measured;
use ::stores::mongodb::Mongo;
use anyhow::{Context as _, Result};
use model::metric::Exposition;
use model::ports::Clock;
use sandbox::wasm::Inspector;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{named, stores};
use crate::arguments;
use crate::commands::process::{Certificate, Process, Reload, bind, notify, reached_at, runtime};
use crate::commands::standalone::LOGIN_LINK_TTL;
use crate::config::effective::Noted;
use crate::config::fleet::{MasterConfig, load_master};
use crate::exit::Exit;
use crate::figures::Figures;
use crate::telemetry::{self, Filter, Service};
use crate::{host, show};

pub(in crate::commands) fn run(options: &arguments::fleet::Master) -> Result<Exit> {
    let path = match named(options.both.config.as_deref(), "master")? {
        Ok(path) => path,
        Err(exit) => return Ok(exit),
    };
    let given = options.given();
    let config = load_master(path, &given)?;
    let running = given.noted.take();
    let port = config.listen.rsplit_once(':').map_or("", |(_, port)| port);
    let service = Service { name: "sandglass-master", instance: format!("{}:{port}", host::worker_id()?) };
    let telemetry = telemetry::start(&config.log.lines(), config.collector.as_ref(), &service)?;
    let path = path.to_owned();
    let read = move || {
        let given = given.clone();
        Ok((load_master(&path, &given)?, given.noted.take()))
    };
    runtime()?
        .block_on(async { serve(config, Reload::hear("master", running, read)?, telemetry.printed()).await })
}

async fn serve<R>(config: MasterConfig, reload: Reload<R>, printed: Filter) -> Result<Exit>
where
    R: FnMut() -> Result<(MasterConfig, Noted)> + Send + 'static,
{
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let listener = bind(&config.listen).await?;
    info!("listens at {}", listener.local_addr().context("the address that was bound")?);
    let mongo = Arc::new(stores::mongodb(&config.stores.mongodb, clock.clone()).await?);
    let mut process = Process::new()?;
    let figures = Figures::keep()?;
    let exposition = figures.exposition();
    process.aside(figures.upkeep());
    process.aside(stores::prepare(mongo.clone()));
    let tls = config.tls.as_ref().map(Certificate::load).transpose()?;
    let shown = tls.as_ref().map(Certificate::shown);
    if let Some(certificate) = tls {
        process.aside(certificate.keep_current()?);
    }
    let ready = CancellationToken::new();
    let door = (listener, shown);
    let tuned = Arc::new(OnceLock::new());
    let (master, told) = (tuned.clone(), ready.clone());
    process.server(|closing| {
        serve_when_ready(config, door, mongo, (clock, exposition), (closing, tuned, ready))
    });
    process.aside(async move {
        // There is nothing to change before.
        told.cancelled().await;
        let take = |config: &MasterConfig| {
            printed.set(&config.log.filter)?;
            master
                .get()
                .into_iter()
                .for_each(|master: &Master| master.change(|options| tune(options, config)));
            Ok(())
        };
        reload.keep(take).await;
    });
    process.run().await
}

async fn serve_when_ready(
    config: MasterConfig,
    (listener, tls): (TcpListener, Option<Tls>),
    mongo: Arc<Mongo>,
    (clock, exposition): (Arc<dyn Clock>, Exposition),
    (closing, tuned, ready): (CancellationToken, Arc<OnceLock<Master>>, CancellationToken),
) -> Result<()> {
    let address = listener.local_addr().context("the address that was bound")?;
    let (waiting, listener) = twice(listener).context("could not listen twice on one address")?;
    let Some(etcd) = connected(&config, clock.clone(), (waiting, tls.clone()), &closing).await? else {
        return Ok(());
    };
    let link = link(&config, &etcd, clock.as_ref()).await;
    let master = master(&config, &etcd, &mongo, (clock, exposition), (name_at(address), tls));
    banner(&config, address, link.as_deref())?;
    notify::ready(&format!("serves at {address}"));
    tuned.get_or_init(|| master.clone());
    ready.cancel();
    master.serve(listener, closing).await;
    Ok(())
}

/// Returns etcd once it answers; none when the process ends before. Meanwhile it says that it is not ready.
async fn connected(
    config: &MasterConfig,
    clock: Arc<dyn Clock>,
    door: (TcpListener, Option<Tls>),
    closing: &CancellationToken,
) -> Result<Option<Etcd>> {
    let stop = CancellationToken::new();
    let (listener, tls) = door;
    let mut waiting = std::pin::pin!(::master::serve_waiting(listener, tls, stop.clone()));
    let etcd = tokio::select! {
        biased;
        () = closing.cancelled() => None,
        () = &mut waiting => return Ok(None),
        etcd = stores::etcd(&config.stores.etcd, clock) => Some(etcd?),
    };
    stop.cancel();
    waiting.await;
    Ok(etcd)
}

/// Returns two listeners on one address: who comes while the first is closed waits for the second.
fn twice(listener: TcpListener) -> std::io::Result<(TcpListener, TcpListener)> {
    let first = listener.into_std()?;
    let second = first.try_clone()?;
    Ok((TcpListener::from_std(first)?, TcpListener::from_std(second)?))
}

/// Returns what other masters call the one at this address.
fn name_at(address: SocketAddr) -> String {
    let host = host::worker_id().map_or_else(|_| address.ip().to_string(), String::from);
    format!("{host}:{}", address.port())
}

fn master(
    config: &MasterConfig,
    etcd: &Etcd,
    mongo: &Mongo,
    (clock, exposition): (Arc<dyn Clock>, Exposition),
    (name, tls): (String, Option<Tls>),
) -> Master {
    let ports = Ports {
        intent: measured::intent(etcd.intent()),
        registry: etcd.registry(),
        election: etcd.election(),
        facts: measured::facts(mongo.facts()),
        blobs: mongo.blobs(),
        accounts: etcd.accounts(),
        audit: mongo.audit(),
        revisions: mongo.revisions(),
        alerts: etcd.alerts(),
        alert_log: mongo.alert_log(),
        inspector: Arc::new(Inspector::default()),
        clock,
        exposition: Some(exposition),
    };
    let mut options = Options {
        name,
        tls,
        admin: config.admin.clone(),
        connections_max: config.bounds.connections_max,
        header_timeout: config.bounds.header_timeout,
        drain_timeout: config.bounds.drain_timeout,
        ..Options::default()
    };
    tune(&mut options, config);
    Master::new(options, ports)
}

/// Sets what a running master takes too: the options of `config::reloaded`.
fn tune(options: &mut Options, config: &MasterConfig) {
    options.admin_token_sha256 = config.admin_token_sha256;
    options.session_ttl = config.session_ttl;
    options.module_bytes_max = config.module_max.as_bytes();
    options.ranges_days = config.ranges_days;
    options.audit_days = config.audit_days;
    options.revisions_max = config.revisions_max;
    options.revisions_days = config.revisions_days;
    options.proxies.clone_from(&config.proxies);
    options.connections_per_address = config.bounds.connections_per_address;
    options.body_timeout = config.bounds.body_timeout;
    options.request_timeout = config.bounds.request_timeout;
    options.requests_per_second = config.bounds.requests_per_second;
    options.alerts.clone_from(&config.alerts);
}

/// Makes the admin's login link. A master without one serves all the same.
async fn link(config: &MasterConfig, etcd: &Etcd, clock: &dyn Clock) -> Option<String> {
    let accounts = etcd.accounts();
    let made = ::master::mint_login_link(accounts.as_ref(), clock, &config.admin, LOGIN_LINK_TTL).await;
    made.inspect_err(|error| warn!("could not make a login link, the next start makes one: {error}")).ok()
}

fn banner(config: &MasterConfig, address: SocketAddr, link: Option<&str>) -> Result<()> {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let url = config.url.clone().unwrap_or_else(|| format!("{scheme}://{}", reached_at(address)));
    let mut text = format!(
        "\nSandglass {} master is up at {address}\n\n  etcd      {}\n  mongodb   {}\n",
        env!("CARGO_PKG_VERSION"),
        config.stores.etcd.endpoints.join(", "),
        config.stores.mongodb.shown(),
    );
    if let Some(link) = link {
        text.push_str(&format!(
            "  open      {url}/login#{link}\n            (this link works once, within an hour)\n"
        ));
    }
    if config.admin_token_sha256.is_some() {
        text.push_str(&format!(
            "  scripts   export SANDGLASS_SERVER={url}, and the admin's token as SANDGLASS_TOKEN\n"
        ));
    }
    show::line(&text)
}
