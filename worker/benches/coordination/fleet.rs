//! Workers in this process, each with its own connection, and the jobs that a master would have saved.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use model::id::{JobUid, SpecId};
use model::job::{Job, SavedJob};
use model::ports::{Batch, Clock, Committed, Facts, JobWrite, StateKey, Swap, SwapResult};
use model::state::JobState;
use model::time::Timestamp;
use serde_json::Value;
use stores::SystemClock;
use stores::testing::EtcdServer;
use tempfile::TempDir;
use tokio::task::JoinSet;
use worker::{Options, Ports, Shutdown, Worker};

use crate::count::{Count, counted};
use crate::idle::{Idle, Nowhere, Tally};

/// Jobs saved in one transaction, each with its state.
const SAVES: usize = 60;

/// Workers that live.
pub(crate) struct Fleet {
    pub(crate) workers: usize,
    pub(crate) count: Arc<Count>,
    pub(crate) tally: Arc<Tally>,
    shutdowns: Vec<Shutdown>,
    tasks: JoinSet<Result<(), worker::Error>>,
    _folders: TempDir,
}

impl Fleet {
    /// Starts `workers` workers of so many slots each.
    pub(crate) async fn start(server: &EtcdServer, workers: usize, slots: u32) -> Self {
        let (count, tally) = (Arc::new(Count::default()), Tally::new());
        let folders = TempDir::new().expect("a folder for runs");
        let (mut shutdowns, mut tasks) = (Vec::new(), JoinSet::new());
        for n in 0..workers {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            let etcd = server.connect("worker", Arc::clone(&clock)).await;
            let ports = Ports {
                intent: counted(etcd.intent(), &count),
                registry: etcd.registry(),
                facts: Arc::new(Nowhere(Arc::clone(&tally))) as Arc<dyn Facts>,
                shell: Arc::new(Idle(Arc::clone(&tally))),
                wasm: Arc::new(Idle(Arc::clone(&tally))),
                clock,
            };
            let id = format!("w{n}").parse().expect("an id");
            let boot = "boot".parse().expect("a boot");
            let options = Options { slots, ..Options::new(id, boot, folders.path().join(n.to_string())) };
            let shutdown = Shutdown::new();
            tasks.spawn(Worker::new(options, ports).run(shutdown.clone()));
            shutdowns.push(shutdown);
        }
        Self { workers, count, tally, shutdowns, tasks, _folders: folders }
    }

    pub(crate) fn now(&self) -> Timestamp {
        now()
    }

    /// Ends all of them.
    pub(crate) async fn end(mut self) {
        self.shutdowns.iter().for_each(Shutdown::now);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("no panic").expect("a worker ends well");
        }
    }
}

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// Saves jobs as a master would; `job` gives the text of the `n`th and where its periods count from.
pub(crate) async fn seed(server: &EtcdServer, count: usize, job: impl Fn(usize) -> (Value, Timestamp)) {
    let intent = server.connect("master", Arc::new(SystemClock)).await.intent();
    for first in (0..count).step_by(SAVES) {
        let swaps = (first..count.min(first + SAVES)).map(|n| {
            let (text, anchor) = job(n);
            let job = Job::parse(&text).expect("the jobs of the bench are right");
            let uid = JobUid::random();
            let saved = SavedJob {
                version: SavedJob::VERSION,
                uid: uid.clone(),
                spec_id: SpecId::FIRST,
                author: "bench".into(),
                reason: String::new(),
                saved_at: now(),
                anchor,
                job,
            };
            let key = StateKey::job(saved.job.name.clone());
            let state = Some(JobState::new(uid, SpecId::FIRST, None, now()));
            Swap { key, expect: None, head: None, state, job: JobWrite::Put(Box::new(saved)) }
        });
        let batch = Batch { guard: model::ports::Guard::None, swaps: swaps.collect() };
        match intent.commit(batch).await.expect("etcd takes the jobs") {
            Committed::Done(results) => {
                assert!(results.iter().all(|result| matches!(result, SwapResult::Swapped(_))), "all are new");
            }
            Committed::GuardFailed => unreachable!("there is no guard"),
        }
    }
}

/// Returns what an etcd counted, of the lines that have `label`.
pub(crate) fn metric(endpoint: &str, name: &str, label: &str) -> Option<u64> {
    let address = endpoint.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let wanted = format!("\"{label}\"");
    let lines = text.lines().filter(|line| line.starts_with(name) && line.contains(&wanted));
    let counts = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    Some(counts.sum::<f64>() as u64)
}

/// Returns how much of this process is resident.
pub(crate) fn resident_mib() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("a bench runs on Linux");
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
    pages * 4_096.0 / 1_048_576.0
}
