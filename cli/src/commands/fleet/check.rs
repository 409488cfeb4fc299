//! `check --config` of a fleet's server: what each store is, and what is missing there, before anything starts.

use std::sync::Arc;

use ::stores::etcd::Etcd;
use ::stores::inspection::{Inspection, Role};
use ::stores::mongodb::Mongo;
use ::stores::{SystemClock, etcd, mongodb};
use anyhow::Result;
use comfy_table::Table;
use model::ports::Clock;
use serde::Serialize;

use crate::arguments::Check;
use crate::commands::check::{COLUMNS, HostReport};
use crate::commands::process::runtime;
use crate::config::fleet::{File, Stores};
use crate::exit::Exit;
use crate::show;

/// A clock that differs by more is named: workers claim nothing then.
const OFFSET_MAX_MS: i64 = 500;

/// What was found of one store.
#[derive(Debug, Serialize)]
struct StoreReport {
    store: &'static str,
    at: String,
    reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// As whom we come; none when we do not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// Whether it refuses those who do not say who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    asks_who: Option<bool>,
    tls: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_set: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_offset_ms: Option<i64>,
    /// What is missing or wrong, each as one sentence.
    missing: Vec<String>,
    /// What is not there yet and comes by itself, likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pending: Vec<String>,
}

impl StoreReport {
    /// Returns true when nothing is missing.
    fn is_fine(&self) -> bool {
        self.reachable && self.missing.is_empty()
    }

    /// Adds what people read of it.
    fn rows(&self, table: &mut Table) {
        let mut facts = vec![self.at.clone()];
        facts.extend(self.version.as_ref().map(|version| format!("version {version}")));
        facts.push(match (self.asks_who, &self.user) {
            (Some(false), _) => "asks nobody who they are".to_owned(),
            (_, Some(user)) => format!("as `{user}`"),
            (_, None) => "without saying who we are".to_owned(),
        });
        facts.push(if self.tls { "TLS".to_owned() } else { "no TLS".to_owned() });
        facts.extend(self.latency_ms.map(|ms| format!("{ms:.1} ms")));
        facts.extend(self.replica_set.as_ref().map(|name| format!("replica set {name}")));
        facts.extend(self.clock_offset_ms.map(|ms| format!("clock {ms:+} ms")));
        let state = if self.is_fine() { "yes" } else { "no" };
        table.add_row([format!("store {}", self.store), state.to_owned(), facts.join(", ")]);
        for missing in &self.missing {
            table.add_row([format!("store {} lacks", self.store), String::new(), missing.clone()]);
        }
        for pending in &self.pending {
            table.add_row([format!("store {} later", self.store), String::new(), pending.clone()]);
        }
    }

    fn with(mut self, found: Result<Inspection, String>) -> Self {
        let found = match found {
            Ok(found) => found,
            Err(why) => {
                self.missing.push(why);
                return self;
            }
        };
        self.reachable = true;
        self.version = Some(found.version);
        self.asks_who = Some(found.asks_who);
        self.latency_ms = Some(found.latency.as_secs_f64() * 1_000.0);
        self.replica_set = found.replica_set;
        self.clock_offset_ms = found.clock_offset_ms;
        (self.missing, self.pending) = (found.missing, found.pending);
        if let Some(ms) = found.clock_offset_ms.filter(|ms| ms.abs() > OFFSET_MAX_MS) {
            self.missing.push(format!("its clock differs from ours by {ms} ms: one service should set both"));
        }
        self
    }
}

/// What was found.
#[derive(Serialize)]
struct Report {
    stores: Vec<StoreReport>,
    /// Of a worker: what its host can hold.
    #[serde(flatten)]
    host: Option<HostReport>,
}

/// Checks what the file of a master or a worker names.
pub(in crate::commands) fn run(file: &File, options: &Check) -> Result<Exit> {
    let (asked, role, host) = match file {
        File::Master(config) => (&config.stores, Role::Master, None),
        File::Worker(config) => {
            (&config.stores, Role::Worker, Some(HostReport::of(&config.allowed, Arc::new(SystemClock))?))
        }
    };
    let report = Report { stores: runtime()?.block_on(stores(asked, role)), host };
    show::value(options.chosen(), &report, table)?;
    Ok(if report.stores.iter().all(StoreReport::is_fine) { Exit::Done } else { Exit::Failed })
}

fn table(report: &Report) -> Table {
    let mut table = show::table(&COLUMNS);
    report.stores.iter().for_each(|store| store.rows(&mut table));
    report.host.iter().for_each(|host| host.rows(&mut table));
    table
}

/// Asks both stores as a server of `role` would come to them.
async fn stores(stores: &Stores, role: Role) -> Vec<StoreReport> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (etcd, mongo) = tokio::join!(
        etcd_found(&stores.etcd, role, clock.clone()),
        mongo_found(&stores.mongodb, role, clock)
    );
    let blank = |store, at, user, tls| StoreReport {
        store,
        at,
        reachable: false,
        version: None,
        user,
        asks_who: None,
        tls,
        latency_ms: None,
        replica_set: None,
        clock_offset_ms: None,
        missing: Vec::new(),
        pending: Vec::new(),
    };
    let user = stores.etcd.credentials.as_ref().map(|credentials| credentials.user.clone());
    let of_etcd = blank("etcd", stores.etcd.endpoints.join(", "), user, stores.etcd.tls.is_some());
    let user = stores.mongodb.credentials.as_ref().map(|credentials| credentials.user.clone());
    let tls = stores.mongodb.ca_file.is_some() || stores.mongodb.certificate_file.is_some();
    let of_mongo = blank("mongodb", stores.mongodb.shown(), user, tls);
    vec![of_etcd.with(etcd), of_mongo.with(mongo)]
}

async fn etcd_found(
    options: &etcd::Options,
    role: Role,
    clock: Arc<dyn Clock>,
) -> Result<Inspection, String> {
    let etcd = Etcd::connect(options, clock).await.map_err(|e| e.to_string())?;
    etcd.inspect(options, role).await.map_err(|e| e.to_string())
}

async fn mongo_found(
    options: &mongodb::Options,
    role: Role,
    clock: Arc<dyn Clock>,
) -> Result<Inspection, String> {
    let mongo = Mongo::connect(options, clock).await.map_err(|e| e.to_string())?;
    mongo.inspect(options, role).await.map_err(|e| e.to_string())
}
