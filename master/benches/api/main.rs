//! How fast a master answers beside 100,000 jobs and a million records of runs: on SQLite, and on a real etcd and a real
//! MongoDB, by `wrk`, with the memory of the master's own process.
//!
//! Flow: `fill` (through the ports, in batches) → `served` (a master in a process of its own) → `load` (`wrk`) → tables.
//! The master does not lead and bounds nobody's requests, so that what is measured is answers and nothing else.
//! Not here: how fast jobs start (`bench coordination`), and what attacks cost (`e2e/tests/hostile.rs`).

#[path = "../../tests/common/mod.rs"]
mod common;
mod fill;
mod load;
mod paths;
mod served;

use std::sync::Arc;

use model::testing::bench::{Bench, Row};
use stores::SystemClock;
use stores::sqlite::Sqlite;
use stores::testing::{EtcdServer, MongoServer};
use tokio::runtime::Runtime;

use crate::load::{Answered, Load};
use crate::served::{Place, Served};

/// A page of the list, and one job, of 100,000: 99 of a hundred answers are there within this.
const ANSWER_MS_MAX: f64 = 20.0;
/// Memory of a master that knows 100,000 jobs.
const MEMORY_MIB_MAX: f64 = 400.0;

/// How much a bench fills in and asks.
#[derive(Clone, Copy)]
struct Size {
    jobs: usize,
    runs: usize,
    seconds: u32,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = Runtime::new().expect("a runtime");
    if let Some(place) = Place::read(&arguments) {
        return runtime.block_on(served::serve(place));
    }
    let mut bench = Bench::start("api");
    let size = match bench.is_quick() {
        true => Size { jobs: 600, runs: 3_000, seconds: 1 },
        false => Size { jobs: 100_000, runs: 1_000_000, seconds: 10 },
    };
    runtime.block_on(on_sqlite(&mut bench, size));
    runtime.block_on(on_a_fleet(&mut bench, size));
    bench.finish();
}

async fn on_sqlite(bench: &mut Bench, size: Size) {
    let folder = tempfile::Builder::new().prefix("sandglass-bench-").tempdir().expect("a temporary folder");
    let store = Sqlite::open(folder.path(), Arc::new(SystemClock)).expect("an empty folder is a new store");
    fill::jobs(store.intent().as_ref(), size.jobs).await;
    fill::runs(store.facts().as_ref(), size).await;
    // Closed, so that the master can have the folder.
    drop(store);
    measure(bench, "SQLite", &Place::Sqlite(folder.path().to_owned()), size);
}

async fn on_a_fleet(bench: &mut Bench, size: Size) {
    let clock = Arc::new(SystemClock);
    let (etcd, mongod) = tokio::join!(EtcdServer::start(), MongoServer::start());
    fill::jobs(etcd.connect("master", clock.clone()).await.intent().as_ref(), size.jobs).await;
    fill::runs(mongod.connect("master", clock).await.facts().as_ref(), size).await;
    let place = Place::Fleet { etcd: etcd.endpoint(), mongodb: mongod.uri() };
    measure(bench, "etcd and MongoDB", &place, size);
}

/// Starts a master where all of it lies, asks it, and prints what came of it.
fn measure(bench: &mut Bench, stores: &str, place: &Place, size: Size) {
    let master = Served::start(place);
    master.wait_for(size.jobs);
    let idle = master.memory_mib();
    let mut rows = Vec::new();
    for (what, paths, bounded) in paths::all(&master, size) {
        let Answered { p50_ms, p99_ms, per_second } =
            Load { url: &master.url, paths: &paths, seconds: size.seconds }.run();
        let limit = bounded.then_some((1, ANSWER_MS_MAX));
        rows.push(Row { name: what.to_owned(), values: vec![p50_ms, p99_ms, per_second], limit });
    }
    let title =
        format!("{stores}: {} jobs, {} runs, {} at one time", size.jobs, size.runs, load::AT_ONE_TIME);
    bench.table(&title, &["p50 ms", "p99 ms", "requests/s"], rows);
    bench.figure(&format!("{stores}: memory of the master, jobs known"), idle, "MiB", Some(MEMORY_MIB_MAX));
    let most = master.memory_most_mib();
    bench.figure(&format!("{stores}: memory of the master, most"), most, "MiB", Some(MEMORY_MIB_MAX));
}
