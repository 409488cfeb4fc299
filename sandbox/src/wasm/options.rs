//! What the owner of a worker decides about modules, and the bounds of the sandbox itself.

use std::path::PathBuf;
use std::thread::available_parallelism;

use model::quantity::ByteSize;

/// The most memory that a job may ask for, unless the worker's owner says otherwise.
pub const MEMORY_MAX: ByteSize = ByteSize::from_mib(1024);
/// The largest module that is compiled, unless the worker's owner says otherwise: compiling takes one to two
/// seconds of a processor for each MiB and cannot be stopped.
pub const MODULE_BYTES_MAX: ByteSize = ByteSize::from_mib(64);
/// Runs at one time, unless the worker's owner says otherwise.
pub const SLOTS: usize = 32;

/// Options of [`super::WasmExecutor`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder of all runs of the worker.
    pub runs: PathBuf,
    /// Directories beneath which a job may be granted some; none unless the worker's owner names them.
    pub roots: Vec<PathBuf>,
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
}

impl Options {
    /// Returns the options of a worker that keeps its runs in `runs` and whose owner decided nothing else.
    pub fn new(runs: impl Into<PathBuf>) -> Self {
        Self {
            runs: runs.into(),
            roots: Vec::new(),
            threads: available_parallelism().map_or(1, usize::from).min(8),
            slots: SLOTS,
            memory_max: MEMORY_MAX,
            module_bytes_max: MODULE_BYTES_MAX,
            code_bytes_max: ByteSize::from_mib(128),
        }
    }

    /// Returns how many runs one thread may have at one time.
    pub(super) fn slots_per_thread(&self) -> usize {
        self.slots.max(1).div_ceil(self.threads.max(1))
    }
}
