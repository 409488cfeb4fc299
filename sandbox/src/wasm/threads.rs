//! The threads that run guests, and the way of an order to one of them.
//!
//! The same in a host process and in a process that runs guests itself: an order is all that a run needs, and its
//! asker hears the rest.
//!
//! Flow: `executor` or `host::serve` → **`Threads::start`** (slot, grants) → `thread`.

use std::path::PathBuf;
use std::sync::Arc;

use model::limits::{LimitName, Limits, WASM_FUEL_DEFAULT, WASM_MEMORY_DEFAULT};
use model::outcome::{Stage, Stop};
use model::ports::{Clock, RunRef, StartError};
use model::quantity::ByteSize;
use model::time::BootTime;
use model::workload::Wasm;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::code::Code;
use super::grants::{self, OpenDir};
use super::guest::{Bounds, Given};
use super::launch::{Asker, Launch, Run};
use super::slots::{Slot, Slots};
use super::thread::Thread;
use super::{Options, SetupError};
use crate::folder::SegmentWriter;

/// All that one run needs.
pub(super) struct Order {
    pub(super) run: RunRef,
    pub(super) wasm: Wasm,
    pub(super) limits: Limits,
    pub(super) not_after: BootTime,
    pub(super) code: Arc<Code>,
    pub(super) writer: SegmentWriter,
    pub(super) stop: watch::Receiver<Option<Stop>>,
    pub(super) asker: Box<dyn Asker>,
}

/// The threads of this process. Dropped, they stop what still runs and end.
pub(super) struct Threads {
    roots: Vec<PathBuf>,
    memory_max: ByteSize,
    slots: Slots,
    slots_max: usize,
    threads: Vec<Thread>,
}

impl Threads {
    /// Starts them. Where a pool for instances cannot be reserved they go on without.
    ///
    /// # Errors
    /// When the engine or a thread cannot be made on this host.
    pub(super) fn new(options: &Options, clock: &Arc<dyn Clock>) -> Result<Self, SetupError> {
        let threads = (0..options.threads.max(1))
            .map(|number| Thread::start(number, options, clock.clone()))
            .collect::<wasmtime::Result<Vec<_>>>()
            .map_err(|e| SetupError::new(format!("{e:#}")))?;
        let slots_max = options.slots.max(1);
        let slots = Slots::new(threads.len(), slots_max);
        Ok(Self { roots: options.roots.clone(), memory_max: options.memory_max, slots, slots_max, threads })
    }

    /// Returns why there is no pool of instances, where there is none.
    pub(super) fn unpooled(&self) -> Option<&str> {
        self.threads.iter().find_map(|thread| thread.unpooled.as_deref())
    }

    /// Hands an order to the thread with the fewest runs. Its asker hears whether it starts.
    pub(super) async fn start(&self, mut order: Order) {
        let ready = async {
            let bounds = bounds(&order.limits, self.memory_max)?;
            let slot = self.slots.take().ok_or_else(|| all_taken(self.slots_max))?;
            Ok((bounds, slot, self.open_grants(&order.wasm).await?))
        };
        match ready.await {
            Ok((bounds, slot, dirs)) => self.launch(order, bounds, slot, dirs).await,
            Err(error) => drop(order.asker.started(Err(error))),
        }
    }

    async fn launch(&self, order: Order, bounds: Bounds, slot: Slot, dirs: Vec<OpenDir>) {
        let Order { run, wasm, not_after, code, writer, stop, asker, .. } = order;
        let given = given(&run, &wasm, &code, dirs);
        let thread = slot.thread;
        let run = Run { given, bounds, writer, stop, asker, slot };
        let launch = Launch { digest: wasm.module, code, bounds, not_after, run };
        if let Err(launch) = self.threads[thread].launch(launch).await {
            launch.refuse(StartError::worker(Stage::Claim, "the sandbox for modules is shutting down"));
        }
    }

    async fn open_grants(&self, wasm: &Wasm) -> Result<Vec<OpenDir>, StartError> {
        if wasm.dirs.is_empty() {
            return Ok(Vec::new());
        }
        let (wasm, roots) = (wasm.clone(), self.roots.clone());
        let opened = spawn_blocking(move || grants::open(&wasm, &roots)).await;
        opened.map_err(|e| StartError::worker(Stage::Grants, format!("the sandbox panicked: {e}")))?
    }
}

/// Returns what a guest under `limits` may use.
///
/// # Errors
/// The job's doing: a limit that holds for scripts only, or more memory than `memory_max`.
pub(super) fn bounds(limits: &Limits, memory_max: ByteSize) -> Result<Bounds, StartError> {
    let shell_only = [(limits.cpu.is_some(), LimitName::Cpu), (limits.pids.is_some(), LimitName::Pids)];
    if let Some((_, limit)) = shell_only.into_iter().find(|(asked, _)| *asked) {
        let hint =
            format!("hint: remove `limits.{limit}` from the job; `limits.fuel` bounds a module's work");
        return Err(StartError::job(
            Stage::Limits,
            format!("`limits.{limit}` holds for shell jobs only\n{hint}"),
        ));
    }
    let memory = limits.memory.unwrap_or(WASM_MEMORY_DEFAULT);
    if limits.memory.is_some() && memory > memory_max {
        let message = format!(
            "`limits.memory: {memory}` is more than the {memory_max} that this worker gives a module"
        );
        return Err(StartError::job(Stage::Limits, message));
    }
    Ok(Bounds {
        timeout: limits.timeout.to_std(),
        memory: memory.min(memory_max),
        fuel: limits.fuel.unwrap_or(WASM_FUEL_DEFAULT),
    })
}

fn given(run: &RunRef, wasm: &Wasm, code: &Code, dirs: Vec<OpenDir>) -> Given {
    let name = if code.name.is_empty() { run.job.to_string() } else { code.name.clone() };
    let args = std::iter::once(name).chain(wasm.args.iter().cloned()).collect();
    Given {
        args,
        env: grants::variables(run, &wasm.env),
        stdin: wasm.stdin.0.clone(),
        dirs,
        network: wasm.network.clone(),
    }
}

/// Returns what is said when no more runs fit.
pub(super) fn all_taken(slots: usize) -> StartError {
    StartError::worker(Stage::Claim, format!("all {slots} slots for modules are taken"))
}
