//! The executor of modules: checks what a job asks for, fetches and compiles, makes the folder, hands to a host.
//!
//! Flow: worker's runner → **`WasmExecutor::start`** → `modules`, `folder` → `host::Hosts`, or `threads` where guests run
//! in this process. Not here: what happens on a thread (`launch`, `guest`).

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use model::host_note::HostNote;
use model::limits::{Enforceable, LimitSupport, Limits};
use model::outcome::{Outcome, Stage};
use model::ports::{Adopted, Blobs, Clock, Executor, LeaseTerms, RunRef, Running, StartError, StoreError};
use model::time::BootTime;
use model::workload::{Kind, Wasm, Workload};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::task::spawn_blocking;

use super::code::Code;
use super::compiler::Compiler;
use super::host::{Confinement, HostOrder, Hosts};
use super::launch::Asker;
use super::modules::Modules;
use super::running::{self, Watched};
use super::threads::{Order, Threads, all_taken, bounds};
use super::{Options, engine, held, held_by};
use crate::folder::{Folder, SegmentWriter};

/// Why the sandbox for modules could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("failed to set up the sandbox for modules: {0}")]
pub struct SetupError(String);

impl SetupError {
    pub(super) fn new(why: String) -> Self {
        Self(why)
    }
}

/// Runs WASI modules. Dropped, it stops what still runs and waits for its threads and processes.
pub struct WasmExecutor {
    options: Options,
    clock: Arc<dyn Clock>,
    modules: Modules,
    slots: Arc<Semaphore>,
    place: Place,
}

/// Where guests run.
enum Place {
    Here(Threads),
    Hosts(Arc<Hosts>),
}

impl WasmExecutor {
    /// Starts the process or the threads that run guests. Where a pool for instances cannot be reserved they go on
    /// without; a host that does not come up is told of by [`Executor::enforceable`] and tried again by each start.
    /// Blocks; call it before the runtime is busy.
    ///
    /// # Errors
    /// [`SetupError`] when the engine or a thread cannot be made on this host.
    pub fn new(options: Options, blobs: Arc<dyn Blobs>, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        let compiler = engine::for_compiling().map_err(|e| SetupError(format!("{e:#}")))?;
        let (place, process) = match options.host.clone() {
            Some(command) => {
                let hosts = Hosts::open(command, &options, clock.clone());
                let compiler = hosts.compiler();
                (Place::Hosts(Arc::new(hosts)), Some(compiler))
            }
            None => {
                let threads = Threads::new(&options, &clock)?;
                if let Some(why) = threads.unpooled() {
                    tracing::warn!("modules run without a pool of instances, which is slower: {why}");
                }
                let process = options.compiler.clone().map(|command| (command, Confinement::to(None)));
                (Place::Here(threads), process)
            }
        };
        let compiler = Compiler::new(compiler, process, options.compiling);
        let modules = Modules::new(blobs, compiler, &options, clock.clone());
        let slots = Arc::new(Semaphore::new(options.slots.max(1)));
        Ok(Self { options, clock, modules, slots, place })
    }

    /// Returns the numbers of the processes that run modules now; none where this process does.
    pub fn host_pids(&self) -> Vec<u32> {
        match &self.place {
            Place::Here(_) => Vec::new(),
            Place::Hosts(hosts) => hosts.pids(),
        }
    }

    fn in_time(&self, not_after: BootTime) -> Result<(), StartError> {
        if self.clock.boot_time() > not_after {
            return Err(late());
        }
        Ok(())
    }

    /// Checks what can be checked before the module's code is there.
    async fn allowed(&self, wasm: &Wasm, lease: LeaseTerms) -> Result<(), StartError> {
        self.in_time(lease.not_after)?;
        match (&self.place, wasm.user.as_deref()) {
            (Place::Hosts(hosts), user) => hosts.check(user).await,
            (Place::Here(_), Some(user)) => Err(no_user(user)),
            (Place::Here(_), None) => Ok(()),
        }
    }

    /// Returns the module's code, if that is there before the lease has passed.
    async fn code(&self, wasm: &Wasm, not_after: BootTime) -> Result<Arc<Code>, StartError> {
        let code = self.modules.code(&wasm.module);
        if not_after == BootTime::NEVER {
            return code.await;
        }
        let left = not_after.since(self.clock.boot_time()).to_std();
        // A compilation that has begun goes on; the next try finds its result.
        tokio::time::timeout(left, code).await.unwrap_or_else(|_| Err(not_compiled_yet()))
    }

    /// Makes the run's folder, and in it what `make` makes; on an error nothing of it is left.
    async fn make_folder<T: Send + 'static>(
        &self,
        run: &RunRef,
        make: impl FnOnce(&Folder) -> Result<T, StartError> + Send + 'static,
    ) -> Result<(Folder, T), StartError> {
        let (runs, run) = (self.options.runs.clone(), run.clone());
        blocking(Stage::Folder, move || {
            let folder = Folder::create(&runs, &run, Kind::Wasm)?;
            match make(&folder) {
                Ok(made) => Ok((folder, made)),
                Err(e) => {
                    folder.discard();
                    Err(e)
                }
            }
        })
        .await
    }

    async fn start_here(
        &self,
        threads: &Threads,
        (run, wasm, limits): (RunRef, Wasm, Limits),
        (code, permit): (Arc<Code>, OwnedSemaphorePermit),
        not_after: BootTime,
    ) -> Result<Box<dyn Running>, StartError> {
        let (id, limit, clock) = (run.id.clone(), limits.output, self.clock.clone());
        let chunking = self.options.chunking;
        let make = move |folder: &Folder| {
            SegmentWriter::create(folder, &id, limit, clock).map(|writer| writer.chunked(chunking))
        };
        let (folder, writer) = self.make_folder(&run, make).await?;
        let (stop, stopped) = watch::channel(None);
        let (outcome, ended) = watch::channel(None);
        let (started, start) = oneshot::channel();
        let (folder_of_it, limits_of_it) = (folder.clone(), limits.clone());
        let asker =
            Here { started: Some(started), folder: folder_of_it, limits: limits_of_it, outcome, permit };
        let asker = Box::new(asker);
        threads.start(Order { run, wasm, limits, not_after, code, writer, stop: stopped, asker }).await;
        match start.await {
            Ok(Ok(())) => Ok(Box::new(Watched::new(stop, ended, self.clock.clone()))),
            Ok(Err(error)) => {
                folder.discard();
                Err(error)
            }
            Err(_) => Err(StartError::worker(Stage::Claim, "the sandbox for modules is shutting down")),
        }
    }

    async fn start_there(
        &self,
        hosts: &Arc<Hosts>,
        (run, wasm, limits): (RunRef, Wasm, Limits),
        (code, permit): (Arc<Code>, OwnedSemaphorePermit),
        not_after: BootTime,
    ) -> Result<Box<dyn Running>, StartError> {
        let (folder, files) = self.make_folder(&run, Folder::output_files).await?;
        let permit = Arc::new(permit);
        hosts.start(HostOrder { run, wasm, limits, not_after, code, folder, files, permit }).await
    }
}

#[async_trait]
impl Executor for WasmExecutor {
    /// Fetches and compiles a module that was not compiled before.
    async fn prepare(&self, workload: &Workload, lease: LeaseTerms) -> Result<(), StartError> {
        let Workload::Wasm(wasm) = workload else { return Ok(()) };
        self.allowed(wasm, lease).await?;
        self.code(wasm, lease.not_after).await.map(drop)
    }

    /// Starts a module. `limits.grace` has no meaning for one: it has no signal handler, so to stop it is to end it.
    async fn start(
        &self,
        run: RunRef,
        workload: Workload,
        limits: Limits,
        lease: LeaseTerms,
    ) -> Result<Box<dyn Running>, StartError> {
        let Workload::Wasm(wasm) = workload else {
            return Err(StartError::worker(Stage::Exec, "a shell job was handed to the sandbox for modules"));
        };
        bounds(&limits, self.options.memory_max)?;
        self.allowed(&wasm, lease).await?;
        let not_after = lease.not_after;
        let taken = || all_taken(self.options.slots);
        let permit = self.slots.clone().try_acquire_owned().map_err(|_| taken())?;
        let code = (self.code(&wasm, not_after).await?, permit);
        self.in_time(not_after)?;
        let what = (run, wasm, limits);
        match &self.place {
            Place::Here(threads) => self.start_here(threads, what, code, not_after).await,
            Place::Hosts(hosts) => self.start_there(hosts, what, code, not_after).await,
        }
    }

    /// Modules end with the process that ran them: what it had not finished is lost, and is written down so.
    async fn adopt(&self) -> Result<Vec<Adopted>, StoreError> {
        let (runs, clock): (PathBuf, _) = (self.options.runs.clone(), self.clock.clone());
        let adopted = spawn_blocking(move || running::adopt(&runs, &*clock)).await;
        adopted
            .map_err(io::Error::other)
            .and_then(|adopted| adopted)
            .map_err(|e| StoreError::Permanent(format!("failed to read what was left of earlier runs: {e}")))
    }

    fn enforceable(&self) -> Enforceable {
        let limits = held_by().map(|(limit, by)| LimitSupport { limit, held: true, by: by.into() }).to_vec();
        let (notes, isolation) = match &self.place {
            Place::Hosts(hosts) => (hosts.notes(), hosts.default_user().map(|ran_as| ran_as.isolation)),
            Place::Here(threads) => {
                let mut notes = vec![HostNote::ModulesInside];
                if threads.unpooled().is_some() {
                    notes.push(HostNote::NoPool);
                }
                (notes, None)
            }
        };
        let kill = "the module is dropped where it stands".into();
        Enforceable { limits, kill, isolation, ..Enforceable::default() }.with_notes(notes)
    }
}

/// Who asks for a run in its own process.
struct Here {
    started: Option<oneshot::Sender<Result<(), StartError>>>,
    folder: Folder,
    limits: Limits,
    outcome: watch::Sender<Option<Outcome>>,
    permit: OwnedSemaphorePermit,
}

#[async_trait]
impl Asker for Here {
    fn started(&mut self, answer: Result<(), StartError>) -> bool {
        let Some(started) = self.started.take() else { return false };
        let wanted = started.send(answer).is_ok();
        if !wanted {
            self.folder.discard();
        }
        wanted
    }

    async fn ended(self: Box<Self>, outcome: Outcome) {
        let Self { folder, limits, outcome: told, permit, .. } = *self;
        let outcome = held(outcome, limits);
        let (written, path) = (outcome.clone(), folder.path().display().to_string());
        let finished = spawn_blocking(move || folder.finish_all(&written)).await;
        if let Err(e) = finished.map_err(io::Error::other).and_then(|finished| finished) {
            tracing::error!("failed to write how the run in `{path}` ended: {e}");
        }
        drop(permit);
        told.send_replace(Some(outcome));
    }
}

fn late() -> StartError {
    StartError::worker(Stage::Claim, "the lease had passed before the run could start")
}

/// Fetching may take long as well; a module whose bytes are there is compiled within the bounds of its size.
fn not_compiled_yet() -> StartError {
    let message = "the module is still being compiled, which goes on; the run is tried again";
    StartError::worker(Stage::Module, message)
}

fn no_user(user: &str) -> StartError {
    let hint = "hint: remove `user` from the job";
    StartError::job(
        Stage::User,
        format!("`user: {user}` cannot be given to a module that runs inside this process\n{hint}"),
    )
}

async fn blocking<T: Send + 'static>(
    stage: Stage,
    work: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    let failed = |e| StartError::worker(stage, format!("the sandbox panicked: {e}"));
    spawn_blocking(work).await.map_err(failed)?
}
