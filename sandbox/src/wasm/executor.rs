//! The executor of modules: checks what a job asks for, fetches and compiles, writes the folder, hands to a thread.
//!
//! Flow: worker's runner → **`WasmExecutor::start`** → `grants`, `modules`, `folder` → `thread`.
//! Not here: what happens on the thread (`launch`, `guest`), components, a host process for guests.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use model::limits::{Enforceable, LimitName, LimitSupport, Limits, WASM_FUEL_DEFAULT, WASM_MEMORY_DEFAULT};
use model::outcome::Stage;
use model::ports::{Adopted, Blobs, Clock, Executor, LeaseTerms, RunRef, Running, StartError, StoreError};
use model::time::BootTime;
use model::workload::{Kind, Wasm, Workload};
use tokio::sync::{oneshot, watch};
use tokio::task::spawn_blocking;

use super::grants::{self, OpenDir};
use super::guest::{Bounds, Given};
use super::launch::{Launch, Run};
use super::modules::{Code, Modules};
use super::running::{self, Watched};
use super::slots::{Slot, Slots};
use super::thread::Thread;
use super::{Options, engine, held_by};
use crate::folder::{Folder, SegmentWriter};

/// Why the sandbox for modules could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("failed to set up the sandbox for modules: {0}")]
pub struct SetupError(String);

/// Runs WASI preview 1 commands on threads of its own. Dropped, it stops what still runs and waits for its threads.
pub struct WasmExecutor {
    options: Options,
    clock: Arc<dyn Clock>,
    modules: Modules,
    slots: Slots,
    threads: Vec<Thread>,
}

impl WasmExecutor {
    /// Starts the threads. Where a pool for instances cannot be reserved it warns and goes on without.
    ///
    /// # Errors
    /// [`SetupError`] when the engine or a thread cannot be made on this host.
    pub fn new(options: Options, blobs: Arc<dyn Blobs>, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        let failed = |e: wasmtime::Error| SetupError(format!("{e:#}"));
        let compiler = engine::for_compiling().map_err(failed)?;
        let threads = (0..options.threads.max(1))
            .map(|number| Thread::start(number, &options, clock.clone()))
            .collect::<wasmtime::Result<Vec<_>>>()
            .map_err(failed)?;
        if let Some(why) = threads.iter().find_map(|thread| thread.unpooled.as_ref()) {
            tracing::warn!("modules run without a pool of instances, which is slower: {why}");
        }
        let modules = Modules::new(blobs, compiler, &options);
        let slots = Slots::new(threads.len(), options.slots.max(1));
        Ok(Self { options, clock, modules, slots, threads })
    }

    fn bounds(&self, limits: &Limits) -> Result<Bounds, StartError> {
        let shell_only = [(limits.cpu.is_some(), LimitName::Cpu), (limits.pids.is_some(), LimitName::Pids)];
        if let Some((_, limit)) = shell_only.into_iter().find(|(asked, _)| *asked) {
            let hint =
                format!("hint: remove `limits.{limit}` from the job; `limits.fuel` bounds a module's work");
            return Err(StartError::job(
                Stage::Limits,
                format!("`limits.{limit}` holds for shell jobs only\n{hint}"),
            ));
        }
        let (memory, most) = (limits.memory.unwrap_or(WASM_MEMORY_DEFAULT), self.options.memory_max);
        if limits.memory.is_some() && memory > most {
            let message =
                format!("`limits.memory: {memory}` is more than the {most} that this worker gives a module");
            return Err(StartError::job(Stage::Limits, message));
        }
        Ok(Bounds {
            timeout: limits.timeout.to_std(),
            memory: memory.min(most),
            fuel: limits.fuel.unwrap_or(WASM_FUEL_DEFAULT),
        })
    }

    fn in_time(&self, not_after: BootTime) -> Result<(), StartError> {
        if self.clock.boot_time() > not_after {
            return Err(StartError::worker(Stage::Claim, "the lease had passed before the run could start"));
        }
        Ok(())
    }

    async fn open_grants(&self, wasm: &Wasm) -> Result<Vec<OpenDir>, StartError> {
        let (wasm, roots) = (wasm.clone(), self.options.roots.clone());
        blocking(Stage::Grants, move || grants::open(&wasm, &roots)).await
    }

    async fn make_folder(
        &self,
        run: &RunRef,
        limits: &Limits,
    ) -> Result<(Folder, SegmentWriter), StartError> {
        let (runs, run, limit) = (self.options.runs.clone(), run.clone(), limits.output);
        let clock = self.clock.clone();
        blocking(Stage::Folder, move || {
            let folder = Folder::create(&runs, &run, Kind::Wasm)?;
            folder.reserve_exit();
            match SegmentWriter::create(&folder, &run.id, limit, clock) {
                Ok(writer) => Ok((folder, writer)),
                Err(e) => {
                    folder.discard();
                    Err(e)
                }
            }
        })
        .await
    }

    /// Hands the run to its thread and waits until it is started there.
    async fn launch(
        &self,
        thread: usize,
        launch: Launch,
        started: oneshot::Receiver<Result<(), StartError>>,
    ) -> Result<(), StartError> {
        let gone = || StartError::worker(Stage::Claim, "the sandbox for modules is shutting down");
        let folder = launch.run.folder.clone();
        if !self.threads[thread].launch(launch).await {
            folder.discard();
            return Err(gone());
        }
        started.await.map_err(|_| gone())?
    }
}

#[async_trait]
impl Executor for WasmExecutor {
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
        let bounds = self.bounds(&limits)?;
        self.in_time(lease.not_after)?;
        let slot = self.slots.take().ok_or_else(|| all_taken(self.options.slots))?;
        let dirs = self.open_grants(&wasm).await?;
        let code = self.modules.code(&wasm.module).await?;
        self.in_time(lease.not_after)?;
        let (folder, writer) = self.make_folder(&run, &limits).await?;
        let given = given(&run, &wasm, &code, dirs);
        let (stop, stopped) = watch::channel(None);
        let (outcome, ended) = watch::channel(None);
        let (started, start) = oneshot::channel();
        let Slot { thread, .. } = slot;
        let run = Run { id: run.id, given, bounds, limits, folder, writer, stop: stopped, outcome, slot };
        let launch = Launch { digest: wasm.module, code, bounds, not_after: lease.not_after, started, run };
        self.launch(thread, launch, start).await?;
        Ok(Box::new(Watched::new(stop, ended, self.clock.clone())))
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
        let mut notes = vec!["modules run inside the worker, as its own user".to_owned()];
        if self.threads.iter().any(|thread| thread.unpooled.is_some()) {
            notes.push("there is no pool of instances: modules start slower".to_owned());
        }
        Enforceable { limits, kill: "the module is dropped where it stands".into(), isolation: None, notes }
    }
}

fn given(run: &RunRef, wasm: &Wasm, code: &Code, dirs: Vec<OpenDir>) -> Given {
    let name = if code.name.is_empty() { run.job.to_string() } else { code.name.clone() };
    let args = std::iter::once(name).chain(wasm.args.iter().cloned()).collect();
    Given { args, env: grants::variables(run, &wasm.env), stdin: wasm.stdin.0.clone(), dirs }
}

fn all_taken(slots: usize) -> StartError {
    StartError::worker(Stage::Claim, format!("all {slots} slots for modules are taken"))
}

async fn blocking<T: Send + 'static>(
    stage: Stage,
    work: impl FnOnce() -> Result<T, StartError> + Send + 'static,
) -> Result<T, StartError> {
    let failed = |e| StartError::worker(stage, format!("the sandbox panicked: {e}"));
    spawn_blocking(work).await.map_err(failed)?
}
