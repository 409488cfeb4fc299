//! Runs scripts: each in its own session, its own control group where the host gives one, as the account that the
//! worker's owner allows, under the limits of its job.
//!
//! Flow: `executor` is asked → `plan` checks → `supervisor` forks a shim → `start` makes folder, group and child → `supervise` looks after it
//! → `Outcome`. The shim outlives this process, and `adopt` finds it again; `direct` does the same on a thread.
//!
//! Not here: which run and when (the worker), shipping the output (its pipeline).

mod account;
mod adopt;
mod contain;
mod dead_man;
mod descent;
mod direct;
mod ending;
mod environment;
mod executor;
mod explain;
mod gate;
mod generation;
mod holder;
mod lease;
mod message;
mod namespace;
mod output;
mod plan;
mod policy;
mod prepared;
mod probe;
mod process;
mod program;
mod reclaim;
mod rules;
mod running;
mod shim;
mod spare;
mod spawn;
mod start;
mod strays;
mod supervise;
mod supervisor;
mod threads;

use std::path::PathBuf;
use std::sync::Arc;

use model::limits::Limits;
use model::ports::{Clock, RunRef, StartError};
use model::quantity::ByteSize;
use model::workload::Shell;

use crate::InnerCommand;
use crate::cgroup::Pool;
use crate::folder::Chunking;
use plan::Plan;
use reclaim::Reclaimer;
use spare::Spares;
use threads::Threads;

pub use executor::ShellExecutor;
pub use policy::{OwnTmp, ShellPolicy, UidRange};
pub use probe::Bare;
pub use supervisor::supervise_runs;

// Who a process of ours may become and how it is handed descriptors is the same for modules.
pub(crate) use account::{Account, resolve};
pub(crate) use contain::Ids;
pub(crate) use lease::Lease;
pub(crate) use probe::join as join_a_group;
pub(crate) use rules::Rules;
pub(crate) use spawn::received;

/// What an owner can do about a limit that the host does not hold.
const HINT_GROUPS: &str = "run the worker as root or in a delegated control group \
    (`systemd-run --user --scope -p Delegate=yes …`), or leave the limit out";

/// Where and how scripts run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of all runs' folders; made if it is not there, for this user alone.
    pub runs: PathBuf,
    /// The control group under which ours are made; without it the group of this process.
    pub cgroup_root: Option<PathBuf>,
    /// Memory that all jobs together leave to the rest of the host; a tenth of it when absent.
    pub memory_reserve: Option<ByteSize>,
    /// Most scripts that run at one time; see [`Options::new`].
    pub slots: u32,
    /// Who may run what as whom.
    pub policy: ShellPolicy,
    /// How output is cut into chunks.
    pub chunking: Chunking,
    /// How to start the supervisor by which runs outlive this process; without it they end with this process.
    pub supervisor: Option<InnerCommand>,
}

impl Options {
    /// Most scripts at one time by default. A slot costs nothing before it is first used, and a worker has a bound
    /// of its own below this.
    const SLOTS: u32 = 1_024;

    /// Returns options with the default of everything that has one.
    pub fn new(runs: PathBuf) -> Self {
        let policy = ShellPolicy::default();
        let (slots, chunking) = (Self::SLOTS, Chunking::default());
        Self { runs, cgroup_root: None, memory_reserve: None, slots, policy, chunking, supervisor: None }
    }
}

/// What all runs of one executor share.
struct House {
    runs: PathBuf,
    rules: Rules,
    chunking: Chunking,
    pool: Arc<Pool>,
    reclaimer: Reclaimer,
    spares: Spares,
    threads: Threads,
    clock: Arc<dyn Clock>,
}

impl House {
    /// Checks a script against what the owner allows and the host holds; see [`Plan::check`].
    fn plan(&self, run: RunRef, shell: Shell, limits: Limits) -> Result<Plan, StartError> {
        let mut plan = Plan::check(run, shell, limits, &self.rules, self.pool.base())?;
        plan.chunking = self.chunking;
        Ok(plan)
    }
}
