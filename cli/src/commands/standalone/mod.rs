//! `standalone`: server, worker and page in one process on the embedded store.
//!
//! Opens the folder, binds the address, wires the crates, prints the way in, and ends phase by phase: SIGTERM hands
//! over, SIGINT waits for runs, a second signal ends at once.

mod banner;
mod demo;
mod folder;
mod signals;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use master::Master;
use model::ports::{Clock, Executor};
use model::time::Span;
use sandbox::wasm::Inspector;
use sha2::{Digest as _, Sha256};
use stores::SystemClock;
use stores::sqlite::Sqlite;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use worker::{Shutdown, Worker};

use super::sandbox::{Executors, Folders, shell_executor};
use super::supervisor;
use crate::arguments::Standalone;
use crate::exit::{BadUsage, Exit};
use crate::{host, telemetry};

/// How long the printed login link opens the page.
const LOGIN_LINK_TTL: Span = Span::from_minutes(60);
/// Who comes in by the link and the token of a standalone server.
const ADMIN: &str = "admin";

pub(super) fn run(options: Standalone) -> Result<Exit> {
    telemetry::start(&options.log)?;
    let ground = Ground::lay(&options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("could not start a runtime")?;
    runtime.block_on(serve(options, ground))
}

/// What stands before there is a runtime.
struct Ground {
    clock: Arc<dyn Clock>,
    store: Sqlite,
    data: PathBuf,
    runs: PathBuf,
    shell: Arc<dyn Executor>,
}

impl Ground {
    fn lay(options: &Standalone) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let data = match &options.data {
            Some(data) => data.clone(),
            None => host::data_folder()?,
        };
        let store = Sqlite::open(&data, clock.clone())?;
        let data = data.canonicalize().with_context(|| format!("the data folder `{}`", data.display()))?;
        let runs = folder::runs(&data)?;
        let supervisor = Some(supervisor::command());
        let shell = shell_executor(&options.sandbox, supervisor, runs.clone(), clock.clone())?;
        Ok(Self { clock, store, data, runs, shell })
    }
}

async fn serve(options: Standalone, ground: Ground) -> Result<Exit> {
    let Ground { clock, store, data, runs, shell } = ground;
    let listener = bind(&options.listen).await?;
    let address = listener.local_addr().context("the address that was bound")?;
    let token = folder::admin_token(&data)?;
    let executors = Executors::new(
        &options.sandbox,
        shell,
        Folders { runs: runs.clone(), cache: Some(data.join("cache/wasm")) },
        store.blobs(),
        clock.clone(),
    )?;

    let demo = !options.no_demo && demo::save_on_empty(&store, clock.as_ref()).await?;
    let link = master::mint_login_link(store.accounts().as_ref(), clock.as_ref(), ADMIN, LOGIN_LINK_TTL)
        .await
        .context("could not make the login link")?;
    let master = master(&options, &store, clock.clone(), &token);
    let worker = worker(&options, &store, clock, &executors, &runs)?;
    let notes = executors.notes();
    banner::print(&banner::Facts { address, link: &link, data: &data, demo, notes: &notes })?;
    supervise(master, worker, listener).await
}

async fn bind(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "address `{address}` is in use by another program\nhint: name another with --listen, such as \
             127.0.0.1:7481, or 127.0.0.1:0 for any that is free"
        ),
        std::io::ErrorKind::InvalidInput => BadUsage(format!(
            "--listen `{address}` is not an address\nhint: write HOST:PORT, like 127.0.0.1:7480"
        ))
        .into(),
        _ => anyhow::Error::new(error).context(format!("could not listen on `{address}`")),
    })
}

fn master(options: &Standalone, store: &Sqlite, clock: Arc<dyn Clock>, token: &str) -> Master {
    let ports = master::Ports {
        intent: store.intent(),
        registry: store.registry(),
        election: store.election(),
        facts: store.facts(),
        blobs: store.blobs(),
        accounts: store.accounts(),
        inspector: Arc::new(Inspector::default()),
        clock,
    };
    let master_options = master::Options {
        admin: ADMIN.to_owned(),
        admin_token_sha256: Some(Sha256::digest(token).into()),
        module_bytes_max: options.module_max.as_bytes(),
        ..master::Options::default()
    };
    Master::new(master_options, ports)
}

fn worker(
    options: &Standalone,
    store: &Sqlite,
    clock: Arc<dyn Clock>,
    executors: &Executors,
    runs: &Path,
) -> Result<Worker> {
    let id = match &options.worker_id {
        Some(id) => id.clone(),
        None => host::worker_id()?,
    };
    let mut worker_options = worker::Options::new(id, host::boot_id()?, runs.to_owned());
    worker_options.drain_timeout = options.drain_timeout;
    worker_options.labels = options.label.iter().cloned().collect();
    if let Some(slots) = options.slots {
        worker_options.slots = slots;
    }
    let ports = worker::Ports {
        intent: store.intent(),
        registry: store.registry(),
        facts: store.facts(),
        shell: executors.shell.clone(),
        wasm: executors.wasm.clone(),
        clock,
    };
    Ok(Worker::new(worker_options, ports))
}

/// Runs master and worker until a signal has ended both. The page stays up while the worker ends, so that one can
/// see what it waits for.
async fn supervise(master: Master, worker: Worker, listener: TcpListener) -> Result<Exit> {
    let shutdown = Shutdown::new();
    let closing = CancellationToken::new();
    let mut parts: JoinSet<(&'static str, Result<()>)> = JoinSet::new();
    let token = closing.clone();
    parts.spawn(async move { ("server", master.serve(listener, token).await.context("the server failed")) });
    let handle = shutdown.clone();
    parts.spawn(async move { ("worker", worker.run(handle).await.context("the worker failed")) });
    let mut signals = signals::Signals::new()?;
    let mut failure = None;
    loop {
        tokio::select! {
            signal = signals.next() => signals::apply(signal, &shutdown),
            ended = parts.join_next() => {
                let Some(ended) = ended else { break };
                let (part, result) = ended.context("a part of the process panicked")?;
                if let Err(error) = result {
                    failure.get_or_insert(error);
                }
                // Without the one, the other has no use here.
                match part {
                    "worker" => closing.cancel(),
                    _ => shutdown.hand_over(),
                }
            }
        }
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(Exit::Done),
    }
}
