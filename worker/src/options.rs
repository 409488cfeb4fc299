//! What a worker is told at its start: who it is, how much it takes on, and the ports that it works through.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::thread;

use model::id::{BootId, WorkerId};
use model::ports::{Clock, Executor, Facts, Intent, Registry};
use model::quantity::ByteSize;
use model::time::{BootTime, Span};

/// Runs per processor that a worker holds by default: jobs wait for others more often than for a processor.
const SLOTS_PER_PROCESSOR: u32 = 2;

/// Who a worker is and how much it takes on.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its id, unique in the fleet.
    pub id: WorkerId,
    /// The boot of its machine.
    pub boot: BootId,
    /// Its host's name.
    pub host: String,
    /// Its version of Sandglass.
    pub version: String,
    /// How many runs it holds at one time; at least 1.
    pub slots: u32,
    /// Its labels, for the placement of jobs.
    pub labels: BTreeMap<String, String>,
    /// The folder of all runs, the same that the executors were given.
    pub runs_dir: PathBuf,
    /// How long a hand-over waits for runs that nobody can adopt.
    pub drain_timeout: Span,
    /// How output and records are shipped.
    pub pipeline: PipelineOptions,
}

impl Options {
    /// Returns options with the default of everything that has one.
    pub fn new(id: WorkerId, boot: BootId, runs_dir: PathBuf) -> Self {
        let processors = thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
        Self {
            host: id.to_string(),
            id,
            boot,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            slots: processors * SLOTS_PER_PROCESSOR,
            labels: BTreeMap::new(),
            runs_dir,
            drain_timeout: Span::from_seconds(30),
            pipeline: PipelineOptions::default(),
        }
    }
}

/// How output and records are shipped. A batch goes out at whichever bound it reaches first.
#[derive(Debug, Clone)]
pub struct PipelineOptions {
    /// Most chunks in one batch.
    pub batch_chunks_max: usize,
    /// Most bytes in one batch.
    pub batch_bytes_max: ByteSize,
    /// How long output waits for more to go with it.
    pub batch_wait: Span,
    /// How often at least the output of a run under way is looked for; more often while it prints.
    pub poll: Span,
    /// Most ended runs that wait for the facts store; with more the worker claims nothing.
    pub backlog_runs_max: usize,
    /// Output of all runs that may wait on disk for the facts store. A little more may come while it is noticed.
    pub quota: ByteSize,
    /// The same for the output of one run.
    pub quota_per_run: ByteSize,
    /// What becomes of output beyond a quota.
    pub when_full: WhenFull,
}

/// What becomes of output beyond a quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It is not read: a run that writes more waits, until its timeout at the latest.
    #[default]
    Block,
    /// It is read and dropped; what is missing is counted in its place, and in the outcome.
    Truncate,
}

impl FromStr for WhenFull {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "block" => Ok(Self::Block),
            "truncate" => Ok(Self::Truncate),
            other => Err(format!("must be `block` or `truncate`, got `{}`", other.escape_debug())),
        }
    }
}

impl Default for PipelineOptions {
    fn default() -> Self {
        Self {
            batch_chunks_max: 1_000,
            batch_bytes_max: ByteSize::from_mib(4),
            batch_wait: Span::from_millis(250),
            poll: Span::from_millis(100),
            backlog_runs_max: 10_000,
            quota: ByteSize::from_mib(1_024),
            quota_per_run: ByteSize::from_mib(256),
            when_full: WhenFull::default(),
        }
    }
}

/// What a worker works through.
#[derive(Clone)]
pub struct Ports {
    /// Jobs and their states.
    pub intent: Arc<dyn Intent>,
    /// Who is alive.
    pub registry: Arc<dyn Registry>,
    /// Run records and output.
    pub facts: Arc<dyn Facts>,
    /// Runs shell workloads.
    pub shell: Arc<dyn Executor>,
    /// Runs WASI workloads.
    pub wasm: Arc<dyn Executor>,
    /// The machine's clocks.
    pub clock: Arc<dyn Clock>,
}

impl Ports {
    /// Tells both executors until when the worker's lease surely holds.
    pub(crate) async fn lease_holds(&self, until: BootTime) {
        for executor in [&self.shell, &self.wasm] {
            executor.lease_holds(until).await;
        }
    }
}
