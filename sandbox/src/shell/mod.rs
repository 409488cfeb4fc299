//! Runs scripts: each in its own session, its own control group where the host gives one, as the account that the
//! worker's owner allows, under the limits of its job.
//!
//! Flow: `plan` checks → `start` makes folder, group and child → `supervise` looks after it on a thread of its own
//! → `Outcome`. `adopt` settles what an earlier process left.
//!
//! Not here: which run and when (the worker), shipping the output (its pipeline).

mod account;
mod adopt;
mod contain;
mod ending;
mod environment;
mod explain;
mod holder;
mod lease;
mod output;
mod plan;
mod policy;
mod probe;
mod process;
mod program;
mod rules;
mod running;
mod spawn;
mod start;
mod strays;
mod supervise;

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use model::limits::{Enforceable, LimitName, LimitSupport, Limits};
use model::outcome::{Outcome, Stage, Stop};
use model::ports::{Adopted, Clock, Executor, RunRef, Running, StartError, StoreError};
use model::quantity::ByteSize;
use model::time::BootTime;
use model::workload::Workload;
use nix::fcntl::{Flock, FlockArg};
use sha2::{Digest as _, Sha256};
use tokio::sync::{oneshot, watch};

use crate::cgroup::{Base, Pool, controller_of};
use plan::Plan;
pub use policy::{OwnTmp, ShellPolicy, UidRange};
use rules::Rules;
use running::{Bell, EndedRun, LiveRun};

/// What an owner can do about a limit that the host does not hold.
const HINT_GROUPS: &str = "run the worker as root or in a delegated control group \
    (`systemd-run --user --scope -p Delegate=yes …`), or leave the limit out";
/// Stack of the thread that looks after a run: it calls nothing deep.
const STACK_BYTES: usize = 256 * 1024;

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
}

impl Options {
    /// Most scripts at one time by default. A slot costs nothing before it is first used, and a worker has a bound
    /// of its own below this.
    const SLOTS: u32 = 1_024;

    /// Returns options with the default of everything that has one.
    pub fn new(runs: PathBuf) -> Self {
        Self {
            runs,
            cgroup_root: None,
            memory_reserve: None,
            slots: Self::SLOTS,
            policy: ShellPolicy::default(),
        }
    }
}

/// Runs scripts; an [`Executor`].
pub struct ShellExecutor {
    runs: PathBuf,
    rules: Arc<Rules>,
    pool: Arc<Pool>,
    clock: Arc<dyn Clock>,
    /// Held as long as this lives: who opens the same folder anew ends all that it finds running.
    _lock: Flock<File>,
}

impl ShellExecutor {
    /// Makes the folder of runs and the base of control groups, ends what an earlier process of the same folder
    /// left in them, and tries out what this host can hold. Blocks; call it before the runtime is busy.
    ///
    /// # Errors
    /// When the folder of runs cannot be made, or another process works in it. A host without control groups is no
    /// error: see [`Executor::enforceable`].
    pub fn new(options: Options, clock: Arc<dyn Clock>) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&options.runs)?;
        let runs = options.runs.canonicalize()?;
        let lock =
            Flock::lock(File::open(&runs)?, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| {
                io::Error::new(
                    io::Error::from(errno).kind(),
                    format!("the folder of runs `{}` is in use by another process ({errno})", runs.display()),
                )
            })?;
        // No run outlives its worker yet, so there is no slot to spare.
        let living = BTreeSet::new();
        let mut base =
            Base::open(Path::new("/proc"), options.cgroup_root.as_deref(), &base_name(&runs), &living);
        if options.memory_reserve.is_some() {
            base.cap(Path::new("/proc"), options.memory_reserve);
        }
        if let Err(why) = probe::join(&base) {
            base.give_up(&why);
        }
        let pool = Pool::new(Arc::new(base), options.slots);
        Ok(Self { runs, rules: Arc::new(Rules::of(options.policy)), pool, clock, _lock: lock })
    }
}

#[async_trait]
impl Executor for ShellExecutor {
    async fn start(
        &self,
        run: RunRef,
        workload: Workload,
        limits: Limits,
        not_after: BootTime,
    ) -> Result<Box<dyn Running>, StartError> {
        let Workload::Shell(shell) = workload else {
            return Err(StartError::worker(Stage::Limits, "the shell executor was given a module"));
        };
        let bell = Arc::new(Bell::new().map_err(|e| no_resource(&e))?);
        let (tell_started, started) = oneshot::channel();
        let (tell_ended, ended) = watch::channel(None);
        let (runs, rules, pool) = (self.runs.clone(), self.rules.clone(), self.pool.clone());
        let (clock, thread_bell) = (self.clock.clone(), bell.clone());
        let body = move || {
            // On this thread, since account databases and disks may be slow.
            let plan = Plan::check(run, shell, limits, &rules, pool.base());
            let begun = plan.and_then(|plan| {
                let cancelled = || tell_started.is_closed();
                let started = start::start(&plan, &runs, &pool, &clock, not_after, cancelled)?;
                Ok((plan, started))
            });
            let (plan, begun) = match begun {
                Ok(begun) => begun,
                // Whoever asked may be gone; nothing runs either way.
                Err(e) => return drop(tell_started.send(Err(e))),
            };
            // Unclaimed, it rings: nobody will ever ask for this run, and its folder tells the next process its end.
            let _ = tell_started.send(Ok(Unclaimed(Some(thread_bell.clone()))));
            let outcome = supervise::supervise(begun, &plan.limits, plan.leftovers, &thread_bell, &clock);
            // Before the last word: who hears it may end the process, and an empty base should be gone by then.
            drop(pool);
            tell_ended.send_replace(Some(outcome));
        };
        // The thread ends with its run, which has a timeout; who waits for the run waits for the thread's last word.
        thread::Builder::new()
            .name("shell-run".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(body)
            .map_err(|e| no_resource(&e))?;
        match started.await {
            Ok(Ok(unclaimed)) => {
                unclaimed.claim();
                Ok(Box::new(LiveRun { bell, ended, clock: self.clock.clone() }))
            }
            Ok(Err(e)) => Err(e),
            Err(_) => Err(StartError::worker(Stage::Exec, "the thread that starts the run panicked")),
        }
    }

    async fn adopt(&self) -> Result<Vec<Adopted>, StoreError> {
        let (runs, clock) = (self.runs.clone(), self.clock.clone());
        let settled = tokio::task::spawn_blocking(move || adopt::settle_all(&runs, &*clock));
        let settled = settled
            .await
            .map_err(|e| StoreError::Permanent(format!("failed to settle earlier runs: {e}")))?
            .map_err(|e| StoreError::Permanent(format!("failed to settle earlier runs: {e}")))?;
        let adopted =
            |(run, outcome): (RunRef, Outcome)| Adopted { run, running: Box::new(EndedRun(outcome)) };
        Ok(settled.into_iter().map(adopted).collect())
    }

    fn enforceable(&self) -> Enforceable {
        let worker = |limit| LimitSupport { limit, held: true, by: "worker".to_owned() };
        let held = |limit| {
            let controller = controller_of(limit).expect("asked for limits of groups only");
            match self.pool.base().holds(controller) {
                Ok(by) => LimitSupport { limit, held: true, by },
                Err(why) if self.rules.policy.allow_unenforced.contains(&limit) => {
                    let by = format!(
                        "{why}\nhint: jobs that ask for it run without it, as `allow_unenforced` says"
                    );
                    LimitSupport { limit, held: false, by }
                }
                Err(why) => LimitSupport { limit, held: false, by: format!("{why}\nhint: {HINT_GROUPS}") },
            }
        };
        let mut notes = account::describe(&self.rules);
        notes.extend(self.pool.base().notes().iter().cloned());
        if !self.rules.policy.enabled {
            notes.insert(0, "shell jobs are switched off by the worker's owner".to_owned());
        }
        let kill = if self.pool.base().is_none() {
            "process group, session and environment: best effort, a daemon that clears all three escapes"
        } else {
            self.pool.base().kill_words()
        };
        Enforceable {
            limits: vec![
                worker(LimitName::Timeout),
                held(LimitName::Memory),
                held(LimitName::Cpu),
                held(LimitName::Pids),
                worker(LimitName::Output),
            ],
            kill: kill.to_owned(),
            isolation: account::default_isolation(&self.rules),
            notes,
        }
    }
}

/// A run that was started and not yet handed to who asked for it. Dropped on the way, it ends the run.
struct Unclaimed(Option<Arc<Bell>>);

impl Unclaimed {
    fn claim(mut self) {
        self.0 = None;
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if let Some(bell) = &self.0 {
            bell.ring(Stop::HandedOver);
        }
    }
}

/// One name for one folder of runs, so that two workers do not meet and a restarted one finds its own.
fn base_name(runs: &Path) -> String {
    let sum = Sha256::digest(runs.as_os_str().as_encoded_bytes());
    format!("sandglass-{}", hex::encode(&sum[..6]))
}

fn no_resource(e: &io::Error) -> StartError {
    StartError::worker(Stage::Exec, format!("the worker has no descriptor or thread left for a run: {e}"))
}
