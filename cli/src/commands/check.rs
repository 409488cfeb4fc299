//! `check`: what this host can do for jobs, limit by limit, before anything is started.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use comfy_table::Table;
use model::isolation::Isolation;
use model::limits::Enforceable;
use model::ports::Clock;
use serde::Serialize;
use stores::SystemClock;
use stores::sqlite::Sqlite;

use super::inner;
use super::sandbox::{Executors, Folders, allowed, shell_executor};
use crate::arguments::Check;
#[cfg(all(feature = "etcd", feature = "mongodb"))]
use crate::config;
use crate::config::{Allowed, Given};
use crate::exit::Exit;
use crate::{host, show};

/// The columns of the answer.
pub(super) const COLUMNS: [&str; 3] = ["WHAT", "HELD", "BY"];

/// What was found.
#[derive(Serialize)]
struct Report {
    data: DataReport,
    #[serde(flatten)]
    host: HostReport,
}

/// Whether the data folder could be used now.
#[derive(Serialize)]
struct DataReport {
    folder: String,
    usable: bool,
    why: String,
}

/// What this host can hold.
#[derive(Serialize)]
pub(super) struct HostReport {
    shell: Enforceable,
    wasm: Enforceable,
}

pub(super) fn run(options: &Check) -> Result<Exit> {
    let given = Given { environment: host::options_of_environment(), ..Given::default() };
    #[cfg(all(feature = "etcd", feature = "mongodb"))]
    if let Some(path) = &options.sandbox.config
        && let Some(file) = config::fleet::load_any(path, &given)?
    {
        return super::fleet::check::run(&file, options);
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let host = HostReport::of(&allowed(&options.sandbox, &given)?, clock.clone())?;
    let data = match &options.data {
        Some(data) => data.clone(),
        None => host::data_folder()?,
    };
    let report = Report { data: check_data(&data, clock), host };
    let usable = report.data.usable;
    show::value(options.chosen(), &report, table)?;
    Ok(if usable { Exit::Done } else { Exit::Failed })
}

impl HostReport {
    /// Tries out what this host can hold. To be called before there is a runtime.
    pub(super) fn of(allowed: &Allowed, clock: Arc<dyn Clock>) -> Result<Self> {
        // The executors work in a folder of their own here: nothing of a server's is touched.
        let scratch = tempfile::tempdir().context("could not make a temporary folder")?;
        let runs = scratch.path().to_owned();
        let shell = shell_executor(allowed, Some(inner::SUPERVISOR.command()), runs.clone(), clock.clone())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("could not start a runtime")?;
        let _entered = runtime.enter();
        let store = Sqlite::in_memory(clock.clone()).context("could not set up a store in memory")?;
        let folders = Folders { runs, cache: None };
        let executors = Executors::new(allowed, shell, folders, store.blobs(), clock)?;
        Ok(Self { shell: executors.shell.enforceable(), wasm: executors.wasm.enforceable() })
    }

    /// Adds what people read of it.
    pub(super) fn rows(&self, table: &mut Table) {
        for (kind, host) in [("shell", &self.shell), ("wasm", &self.wasm)] {
            for limit in &host.limits {
                let held = if limit.held { "yes" } else { "no" };
                table.add_row([format!("{kind} limits.{}", limit.limit), held.into(), limit.by.clone()]);
            }
            table.add_row([format!("{kind} kill"), String::new(), host.kill.clone()]);
            if let Some(isolation) = host.isolation {
                let isolated = if isolation == Isolation::Isolated { "yes" } else { "no" };
                table.add_row([format!("{kind} isolation"), isolated.into(), isolation.to_string()]);
            }
            for note in &host.notes {
                table.add_row([format!("{kind} note"), String::new(), note.clone()]);
            }
        }
    }
}

/// Opens the folder as a server would, if it is there; makes nothing.
fn check_data(folder: &std::path::Path, clock: Arc<dyn Clock>) -> DataReport {
    let name = folder.display().to_string();
    if !folder.exists() {
        return DataReport {
            folder: name,
            usable: true,
            why: "is not there yet; the first start makes it".into(),
        };
    }
    match Sqlite::open(folder, clock) {
        Ok(_) => DataReport { folder: name, usable: true, why: "opens".into() },
        Err(error) => DataReport { folder: name, usable: false, why: error.to_string() },
    }
}

fn table(report: &Report) -> Table {
    let mut table = show::table(&COLUMNS);
    let usable = if report.data.usable { "yes" } else { "no" };
    table.add_row([format!("data {}", report.data.folder), usable.into(), report.data.why.clone()]);
    report.host.rows(&mut table);
    table
}
