//! A sandbox in a temporary folder, modules as text, and the output of a run read back from its folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use model::chunk::Stream;
use model::id::{Digest, Fence, ModuleTag};
use model::limits::Limits;
use model::module::{Module, ModuleReport, ModuleShape, Tag};
use model::outcome::{End, Outcome};
use model::ports::{
    Blobs, Executor as _, Hold, LeaseTerms, Removed, RunRef, Running, StartError, StoreError, Tagged, Upload,
};
use model::quantity::ByteSize;
use model::run_folder::RunFolder;
use model::time::{Span, Timestamp};
use model::workload::{DirGrant, DirMode, Wasm, Workload};
use sandbox::InnerCommand;
use sandbox::wasm::{Options, WasmExecutor};
use tempfile::TempDir;

pub(crate) use crate::clocks::MachineClock;

/// Longer than anything here takes, also on a crowded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Modules by digest, in memory.
#[derive(Default)]
pub(crate) struct Shelf {
    modules: Mutex<HashMap<Digest, (String, Bytes)>>,
    /// Held by a test, nobody gets any bytes.
    pub(crate) door: tokio::sync::Mutex<()>,
    /// How often bytes were asked for: what is fetched is compiled.
    pub(crate) asked: AtomicUsize,
}

impl Shelf {
    /// Keeps bytes under a name, whatever they are.
    pub(crate) fn put(&self, name: &str, bytes: Vec<u8>) -> Digest {
        let digest = Digest::of(&bytes);
        self.modules.lock().unwrap().insert(digest.clone(), (name.to_owned(), bytes.into()));
        digest
    }

    /// Keeps other bytes under a digest than it stands for.
    pub(crate) fn damage(&self, digest: &Digest, bytes: &'static [u8]) {
        self.modules.lock().unwrap().insert(digest.clone(), (String::new(), Bytes::from_static(bytes)));
    }
}

#[async_trait]
impl Blobs for Shelf {
    async fn begin(&self) -> Result<Box<dyn Upload>, StoreError> {
        Err(StoreError::Permanent("nothing is uploaded here".into()))
    }

    async fn bytes(&self, digest: &Digest) -> Result<Option<Bytes>, StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let _open = self.door.lock().await;
        Ok(self.modules.lock().unwrap().get(digest).map(|(_, bytes)| bytes.clone()))
    }

    async fn module(&self, digest: &Digest) -> Result<Option<Module>, StoreError> {
        let found = self.modules.lock().unwrap().get(digest).cloned();
        Ok(found.map(|(name, bytes)| Module {
            digest: digest.clone(),
            name,
            size: ByteSize::from_bytes(bytes.len() as u64),
            uploaded_by: "test".into(),
            uploaded_at: Timestamp::from_millis(0),
            report: ModuleReport {
                shape: ModuleShape::Core,
                imports: Vec::new(),
                exports: Vec::new(),
                memory_min: ByteSize::from_bytes(0),
                producers: Vec::new(),
            },
        }))
    }

    async fn modules(&self) -> Result<Vec<Module>, StoreError> {
        Ok(Vec::new())
    }

    async fn remove(&self, digest: &Digest, _now: Timestamp) -> Result<Removed, StoreError> {
        let removed = self.modules.lock().unwrap().remove(digest);
        Ok(removed.map_or(Removed::Missing, |_| Removed::Gone))
    }

    async fn hold(&self, _digest: &Digest, _until: Timestamp) -> Result<Option<Hold>, StoreError> {
        Ok(None)
    }

    async fn release(&self, _hold: Hold) -> Result<(), StoreError> {
        Ok(())
    }

    async fn tag(&self, _tag: Tag) -> Result<Tagged, StoreError> {
        Ok(Tagged::NoModule)
    }

    async fn untag(&self, _tag: &ModuleTag) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn tagged(&self, _tag: &ModuleTag) -> Result<Option<Tag>, StoreError> {
        Ok(None)
    }

    async fn tags(&self) -> Result<Vec<Tag>, StoreError> {
        Ok(Vec::new())
    }
}

/// A sandbox with its own folder of runs.
pub(crate) struct Sandbox {
    pub(crate) folder: TempDir,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) executor: WasmExecutor,
    /// A place that lives as long as the sandbox.
    pub(crate) place: Option<TempDir>,
    next: Mutex<u64>,
}

/// A run that was started.
pub(crate) struct Started {
    pub(crate) run: RunRef,
    pub(crate) running: Box<dyn Running>,
}

/// A run that has ended, with what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Ended {
    /// Returns the exit code of a run that ended by itself.
    pub(crate) fn code(&self) -> i32 {
        match self.outcome.end {
            End::Exited { code } => code,
            ref end => {
                panic!("the run should have exited: {end:?}, {}", String::from_utf8_lossy(&self.stderr))
            }
        }
    }

    /// Returns the kind of the trap that ended the run.
    pub(crate) fn trap(&self) -> &str {
        match &self.outcome.end {
            End::Trapped { trap, .. } => trap,
            end => panic!("the run should have trapped: {end:?}"),
        }
    }
}

impl Sandbox {
    /// Returns a sandbox of one thread and four slots.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// Returns a sandbox whose guests run in a process of their own, and whose modules are kept on disk.
    pub(crate) fn hosted() -> Self {
        Self::hosted_with(|_| {})
    }

    /// Returns the same with options changed.
    pub(crate) fn hosted_with(change: impl FnOnce(&mut Options)) -> Self {
        let cache = tempfile::tempdir().unwrap();
        let mut sandbox = Self::with(|options| {
            options.host = Some(host());
            options.cache = Some(cache.path().join("cache"));
            change(options);
        });
        sandbox.place = Some(cache);
        sandbox
    }

    /// Returns a sandbox with options changed.
    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::new(folder.path().join("runs"));
        (options.threads, options.slots, options.memory_max) = (1, 4, ByteSize::from_mib(64));
        change(&mut options);
        let shelf = Arc::new(Shelf::default());
        let executor = WasmExecutor::new(options, shelf.clone(), Arc::new(MachineClock)).unwrap();
        Self { folder, shelf, executor, place: None, next: Mutex::new(0) }
    }

    /// Returns the folder of all runs.
    pub(crate) fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    /// Returns a job for a module written as text.
    pub(crate) fn job(&self, text: &str) -> Wasm {
        self.job_of(wat::parse_str(text).expect("the text is a module"))
    }

    /// Returns a job for a module's bytes.
    pub(crate) fn job_of(&self, bytes: Vec<u8>) -> Wasm {
        let module = self.shelf.put("test.wasm", bytes);
        Wasm {
            module,
            args: Vec::new(),
            env: model::workload::Env::default(),
            stdin: model::workload::HiddenText::default(),
            dirs: Vec::new(),
            network: Vec::new(),
            user: None,
        }
    }

    /// Returns what the next run knows of itself.
    pub(crate) fn next_run(&self) -> RunRef {
        let mut next = self.next.lock().unwrap();
        *next += 1;
        RunRef {
            id: format!("{:024x}", *next).parse().unwrap(),
            job: "nightly".parse().unwrap(),
            attempt: 2,
            scheduled_at: Timestamp::from_seconds(1_700_000_000),
            fence: Fence(42),
            worker: "w1".parse().unwrap(),
            timezone: "Europe/Berlin".into(),
        }
    }

    /// Starts a run.
    pub(crate) async fn start(&self, job: &Wasm, limits: &Limits) -> Result<Started, StartError> {
        let run = self.next_run();
        let workload = Workload::Wasm(job.clone());
        let running = self.executor.start(run.clone(), workload, limits.clone(), LeaseTerms::NONE).await?;
        Ok(Started { run, running })
    }

    /// Waits for a run's end and reads what it printed.
    pub(crate) async fn end(&self, started: Started) -> Ended {
        let outcome = tokio::time::timeout(PATIENCE, started.running.wait()).await.expect("the run ends");
        self.read(&started.run, outcome)
    }

    /// Runs a job to its end.
    pub(crate) async fn run(&self, job: &Wasm, limits: &Limits) -> Ended {
        let started = self.start(job, limits).await.expect("the run starts");
        self.end(started).await
    }

    /// Runs a module written as text to its end, under the usual limits.
    pub(crate) async fn run_text(&self, text: &str) -> Ended {
        self.run(&self.job(text), &Limits::default()).await
    }

    fn read(&self, run: &RunRef, outcome: Outcome) -> Ended {
        let folder = RunFolder::new(&self.runs(), &run.id);
        let file = std::fs::read(folder.output()).unwrap();
        let (mut stdout, mut stderr, mut at, mut seq) = (Vec::new(), Vec::new(), 0, 0);
        while at < file.len() {
            let (chunk, used) = model::segment::decode(&run.id, &file[at..]).expect("the segment is whole");
            assert_eq!(chunk.seq, seq, "chunks are numbered without a gap");
            match chunk.stream {
                Stream::Stdout => stdout.extend_from_slice(&chunk.bytes),
                Stream::Stderr => stderr.extend_from_slice(&chunk.bytes),
            }
            at += used;
            seq += 1;
        }
        assert_eq!((stdout.len() + stderr.len()) as u64, outcome.output.kept);
        let written: Outcome = serde_json::from_slice(&std::fs::read(folder.exit()).unwrap()).unwrap();
        assert_eq!(written, outcome, "exit.json says what `wait` says");
        Ended { outcome, stdout, stderr }
    }
}

/// Returns how the process is started in which guests run.
pub(crate) fn host() -> InnerCommand {
    InnerCommand { program: env!("CARGO_BIN_EXE_wasm-host").into(), arguments: Vec::new() }
}

/// Returns limits with a timeout.
pub(crate) fn timeout(millis: u64) -> Limits {
    Limits { timeout: Span::from_millis(millis), ..Limits::default() }
}

/// Returns a grant of `host` as `guest`.
pub(crate) fn grant(host: &Path, guest: &str, mode: DirMode) -> DirGrant {
    DirGrant { host: host.to_str().unwrap().into(), guest: guest.into(), mode }
}

/// Returns a command around `body`, with the functions that most modules here import, and a page of memory.
pub(crate) fn command(body: &str) -> String {
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open"
            (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (memory (export "memory") 1)
        {body})"#
    )
}
