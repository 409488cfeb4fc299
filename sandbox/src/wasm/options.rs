//! What the owner of a worker decides about modules, and the bounds of the sandbox itself.

use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use model::quantity::ByteSize;

use crate::InnerCommand;
use crate::folder::Chunking;
use crate::shell::ShellPolicy;

/// The most memory that a job may ask for, unless the worker's owner says otherwise.
pub const MEMORY_MAX: ByteSize = ByteSize::from_mib(1024);
/// The largest module that is compiled, unless the worker's owner says otherwise: compiling takes one to two
/// seconds of a processor for each MiB.
pub const MODULE_BYTES_MAX: ByteSize = ByteSize::from_mib(64);
/// Runs at one time, unless the worker's owner says otherwise.
pub const SLOTS: usize = 32;

/// Options of [`super::WasmExecutor`].
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of all runs of the worker.
    pub runs: PathBuf,
    /// How to start the processes that run guests. Without it guests run in this process.
    pub host: Option<InnerCommand>,
    /// How to start the processes that compile modules. Without it, and without [`Options::host`], this process does.
    pub compiler: Option<InnerCommand>,
    /// The folder of compiled modules, this worker's alone; without it they are kept in memory only.
    pub cache: Option<PathBuf>,
    /// Who may run what as whom; modules never run as root.
    pub policy: ShellPolicy,
    /// The control group under which those of hosts are made; without it the group of this process.
    pub cgroup_root: Option<PathBuf>,
    /// Memory that all guests of one user have together; three quarters of the machine's when absent.
    pub host_memory: Option<ByteSize>,
    /// Directories beneath which a job may be granted some; none unless the worker's owner names them.
    pub roots: Vec<PathBuf>,
    /// How output is cut into chunks.
    pub chunking: Chunking,
    /// Threads that run modules; more than processors gains nothing.
    pub threads: usize,
    /// Runs at one time, over all threads.
    pub slots: usize,
    /// The most memory that a job may ask for.
    pub memory_max: ByteSize,
    /// The largest module that is compiled.
    pub module_bytes_max: ByteSize,
    /// Machine code kept in memory, once to hand out and once more for each thread; the least used goes first.
    pub code_bytes_max: ByteSize,
    /// Machine code kept on disk; the least used goes first.
    pub cache_bytes_max: ByteSize,
    /// How much a compilation may take.
    pub compiling: CompileBounds,
    /// When a host counts as hung.
    pub liveness: Liveness,
}

/// How much a compilation may take: a base, and more for each part of the module.
#[derive(Debug, Clone, Copy)]
pub struct CompileBounds {
    /// Processor time of a module of no size.
    pub cpu_base: Duration,
    /// Processor time for each MiB; an ordinary machine needs a tenth.
    pub cpu_per_mib: Duration,
    /// How often the processor time may pass on the clock: the machine has other work too.
    pub wall_per_cpu: u32,
    /// Address space of a module of no size: the program itself, its threads and what they set aside.
    pub memory_base: ByteSize,
    /// Bytes of address space for each byte of the module.
    pub memory_per_byte: u64,
}

impl Default for CompileBounds {
    fn default() -> Self {
        Self {
            cpu_base: Duration::from_secs(30),
            cpu_per_mib: Duration::from_secs(20),
            wall_per_cpu: 4,
            memory_base: ByteSize::from_mib(4096),
            memory_per_byte: 256,
        }
    }
}

/// When a host counts as hung.
#[derive(Debug, Clone, Copy)]
pub struct Liveness {
    /// How often it is asked whether it is there.
    pub ping_every: Duration,
    /// How long it may take to answer.
    pub pong_within: Duration,
    /// How long a run may go on after its timeout or its stop: its thread waits for a disk that does not answer.
    pub overdue: Duration,
}

impl Default for Liveness {
    fn default() -> Self {
        Self {
            ping_every: Duration::from_secs(5),
            pong_within: Duration::from_secs(20),
            overdue: Duration::from_secs(30),
        }
    }
}

impl Options {
    /// Returns the options of a worker that keeps its runs in `runs`, whose owner decided nothing else, and that does
    /// all in its own process.
    pub fn new(runs: impl Into<PathBuf>) -> Self {
        Self {
            runs: runs.into(),
            host: None,
            compiler: None,
            cache: None,
            policy: ShellPolicy::default(),
            cgroup_root: None,
            host_memory: None,
            roots: Vec::new(),
            chunking: Chunking::default(),
            threads: available_parallelism().map_or(1, usize::from).min(8),
            slots: SLOTS,
            memory_max: MEMORY_MAX,
            module_bytes_max: MODULE_BYTES_MAX,
            code_bytes_max: ByteSize::from_mib(128),
            cache_bytes_max: ByteSize::from_mib(1024),
            compiling: CompileBounds::default(),
            liveness: Liveness::default(),
        }
    }

    /// Returns how many runs one thread may have at one time.
    pub(super) fn slots_per_thread(&self) -> usize {
        self.slots.max(1).div_ceil(self.threads.max(1))
    }
}
