//! A worker whose runs write a pipe: read, framed and synced into the run's segment as a shim does it, and shipped by the
//! worker's own pipeline.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use model::chunk::{CHUNK_BYTES_MAX, Chunk, Stream};
use model::id::{JobUid, RunId, SpecId};
use model::job::{Job, SavedJob};
use model::limits::{Enforceable, Limits};
use model::outcome::{End, Outcome, OutputCount, Stop};
use model::ports::{
    Adopted, Batch, Clock, Executor, Facts, Intent, JobWrite, LeaseTerms, RunRef, Running, StartError,
    StateKey, StoreError, Swap,
};
use model::run_folder::RunFolder;
use model::segment;
use model::state::JobState;
use model::time::Timestamp;
use model::workload::Workload;
use serde_json::json;
use stores::SystemClock;
use stores::sqlite::Sqlite;
use stores::testing::MongoServer;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use worker::{Options, Ports, Shutdown, Worker};

/// How often a segment is synced: as a shim does it.
const SYNC_EVERY: Duration = Duration::from_millis(200);
/// How often it is asked whether all was acknowledged.
const ASK_EVERY: Duration = Duration::from_millis(5);

/// How an output was shipped.
pub(crate) struct Shipped {
    /// From the first byte in the pipe until all were acknowledged.
    pub(crate) took: Duration,
    pub(crate) segment_bytes: u64,
}

/// A worker.
pub(crate) struct House {
    intent: Arc<dyn Intent>,
    facts: Arc<dyn Facts>,
    pipes: Arc<Pipes>,
    begun: tokio::sync::Mutex<mpsc::Receiver<Begun>>,
    shutdown: Shutdown,
    tasks: JoinSet<Result<(), worker::Error>>,
    _folder: TempDir,
}

/// A run that has begun.
struct Begun {
    run: RunId,
    at: Instant,
}

impl House {
    /// Starts a worker that ships to `server`; jobs are kept in memory.
    pub(crate) async fn start(server: &MongoServer) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let sqlite = Sqlite::in_memory(Arc::clone(&clock)).expect("a store in memory");
        let facts = server.connect("worker", Arc::clone(&clock)).await.facts();
        let folder = TempDir::new().expect("a folder for runs");
        let (begins, begun) = mpsc::channel(1);
        let pipes = Arc::new(Pipes {
            runs: folder.path().to_owned(),
            text: Mutex::default(),
            begins,
            segment_bytes: Mutex::default(),
        });
        let ports = Ports {
            intent: sqlite.intent(),
            registry: sqlite.registry(),
            facts: Arc::clone(&facts),
            shell: Arc::new(Piped(Arc::clone(&pipes))),
            wasm: Arc::new(Piped(Arc::clone(&pipes))),
            clock,
        };
        let boot = "boot".parse().expect("a boot");
        let options = Options::new("w1".parse().expect("an id"), boot, folder.path().to_owned());
        let shutdown = Shutdown::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(Worker::new(options, ports).run(shutdown.clone()));
        let begun = tokio::sync::Mutex::new(begun);
        Self { intent: sqlite.intent(), facts, pipes, begun, shutdown, tasks, _folder: folder }
    }

    /// Has a run write `text` and waits until MongoDB has acknowledged all of it, and its end.
    pub(crate) async fn ship(&self, text: &Arc<[u8]>) -> Shipped {
        *self.pipes.text.lock().expect("nobody panics with it") = Some(Arc::clone(text));
        self.save().await;
        let begun = self.begun.lock().await.recv().await.expect("the worker lives");
        loop {
            let record = self.facts.run(&begun.run).await;
            let output = record.ok().flatten().and_then(|record| record.output);
            if let Some(output) = output {
                assert_eq!(output.bytes, text.len() as u64, "every byte is there");
                break;
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        let took = begun.at.elapsed();
        let segment_bytes = *self.pipes.segment_bytes.lock().expect("nobody panics with it");
        Shipped { took, segment_bytes }
    }

    /// Saves a job that runs once, now.
    async fn save(&self) {
        let now = SystemClock.now();
        let (uid, at) = (JobUid::random(), Timestamp::from_seconds(now.as_seconds() + 1));
        let text = json!({ "name": format!("job-{}", now.as_millis()), "schedule": format!("@at {at}"),
            "shell": { "script": "true" } });
        let job = Job::parse(&text).expect("the job of the bench is right");
        let saved = SavedJob {
            version: SavedJob::VERSION,
            uid: uid.clone(),
            spec_id: SpecId::FIRST,
            author: "bench".into(),
            reason: String::new(),
            saved_at: now,
            anchor: now,
            job,
        };
        let swap = Swap {
            key: StateKey::job(saved.job.name.clone()),
            expect: None,
            head: None,
            state: Some(JobState::new(uid, SpecId::FIRST, None, now)),
            job: JobWrite::Put(Box::new(saved)),
        };
        self.intent.commit(Batch::one(swap)).await.expect("the store takes the job");
    }

    /// Ends the worker.
    pub(crate) async fn end(mut self) {
        self.shutdown.now();
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("no panic").expect("a worker ends well");
        }
    }
}

/// What all runs share.
struct Pipes {
    runs: PathBuf,
    /// What the next run writes.
    text: Mutex<Option<Arc<[u8]>>>,
    begins: mpsc::Sender<Begun>,
    segment_bytes: Mutex<u64>,
}

/// The executor.
struct Piped(Arc<Pipes>);

/// A run: the thread that reads its pipe, awaited once.
struct Reading {
    reading: tokio::sync::Mutex<Option<JoinHandle<u64>>>,
    pipes: Arc<Pipes>,
    started_at: Timestamp,
}

#[async_trait]
impl Executor for Piped {
    async fn start(
        &self,
        run: RunRef,
        _: Workload,
        _: Limits,
        _: LeaseTerms,
    ) -> Result<Box<dyn Running>, StartError> {
        let text = self.0.text.lock().expect("nobody panics with it").take().expect("one run for each text");
        let folder = RunFolder::new(&self.0.runs, &run.id);
        std::fs::create_dir_all(folder.path()).expect("the folder of runs takes another");
        let (pipe, mut end) = std::io::pipe().expect("the kernel has a pipe");
        let begun = Begun { run: run.id.clone(), at: Instant::now() };
        // The script: a process of its own would take longer to start than a small output to ship.
        let writing = thread::spawn(move || end.write_all(&text).expect("the reader reads to the end"));
        let (path, id) = (folder.output(), run.id);
        let reading = tokio::task::spawn_blocking(move || {
            let bytes = write_segment(&path, &id, pipe);
            writing.join().expect("no panic");
            bytes
        });
        self.0.begins.send(begun).await.expect("the house listens");
        let reading = tokio::sync::Mutex::new(Some(reading));
        Ok(Box::new(Reading { reading, pipes: Arc::clone(&self.0), started_at: SystemClock.now() }))
    }

    async fn adopt(&self) -> Result<Vec<Adopted>, StoreError> {
        Ok(Vec::new())
    }

    fn enforceable(&self) -> Enforceable {
        Enforceable::default()
    }
}

#[async_trait]
impl Running for Reading {
    async fn wait(&self) -> Outcome {
        let reading = self.reading.lock().await.take().expect("waited for once");
        let segment = reading.await.expect("no panic");
        let mut noted = self.pipes.segment_bytes.lock().expect("nobody panics with it");
        *noted = segment;
        let output = OutputCount::default();
        Outcome {
            output,
            started_at: self.started_at,
            ..Outcome::bare(End::Exited { code: 0 }, SystemClock.now())
        }
    }

    async fn stop(&self, _: Stop) {}
}

/// Reads a pipe to its end into a segment; returns the segment's size.
fn write_segment(path: &Path, run: &RunId, mut pipe: impl std::io::Read) -> u64 {
    let mut file = File::create(path).expect("a segment");
    let (mut seq, mut frame, mut synced) = (0, Vec::new(), Instant::now());
    loop {
        let mut bytes = Vec::with_capacity(CHUNK_BYTES_MAX);
        pipe.by_ref().take(CHUNK_BYTES_MAX as u64).read_to_end(&mut bytes).expect("a pipe is read");
        if bytes.is_empty() {
            break;
        }
        let bytes = Bytes::from(bytes);
        let chunk =
            Chunk { run: run.clone(), seq, stream: Stream::Stdout, at: SystemClock.now(), bytes, gap: None };
        frame.clear();
        segment::encode(&chunk, &mut frame);
        file.write_all(&frame).expect("the disk takes a frame");
        seq += 1;
        if synced.elapsed() >= SYNC_EVERY {
            file.sync_data().expect("the disk syncs");
            synced = Instant::now();
        }
    }
    file.sync_data().expect("the disk syncs");
    file.metadata().expect("an open file").len()
}
