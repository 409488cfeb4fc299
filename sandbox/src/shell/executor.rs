//! The executor of scripts: starts runs by shims or threads, takes over those of an earlier process, and says what this
//! host can hold.
//!
//! Flow: worker → **`ShellExecutor`** → `plan`, then a shim through `generation`, or a thread of `direct`.
//! Not here: anything that happens to a run once it has begun.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use model::host_note::HostNote;
use model::limits::{Enforceable, LimitName, LimitSupport, Limits};
use model::outcome::Stage;
use model::ports::{Adopted, Clock, Executor, LeaseTerms, RunRef, Running, StartError, StoreError};
use model::run_folder::RunFolder;
use model::time::BootTime;
use model::workload::{Shell, Workload};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::adopt::{self, Fate};
use super::dead_man::LeaseFile;
use super::generation::Generation;
use super::message::{FromShim, Hello, Start, ToShim};
use super::plan::Plan;
use super::probe::Bare;
use super::reclaim::Reclaimer;
use super::rules::Rules;
use super::running::{EndedRun, Line, Lodging, ShimRun};
use super::spare::{Spare, Spares};
use super::start::{Place, place_in, take_place};
use super::threads::Threads;
use super::{HINT_GROUPS, House, Options, account, direct, gate, probe};
use crate::cgroup::{Base, Pool, Slot, controller_of};
use crate::folder::{Folder, LeftBehind};

/// How long the folder of runs may be somebody else's who only looks at it, and how often it is tried.
const LOCK_WITHIN: Duration = Duration::from_secs(2);
const LOCK_EVERY: Duration = Duration::from_millis(20);
/// Shims that are tried for one start: a supervisor may be killed with requests that it has not taken yet.
const SHIMS_MAX: u32 = 3;

/// Runs scripts; an [`Executor`].
pub struct ShellExecutor {
    house: Arc<House>,
    /// The slots of runs that are not adopted yet.
    lodgings: Mutex<BTreeMap<u32, Lodging>>,
    /// By whom runs outlive this process, if they do.
    generation: Option<Arc<Generation>>,
    /// Why they do not although they should.
    no_supervisor: Option<String>,
    lease: Option<Arc<LeaseFile>>,
    /// Held as long as this lives: who opens the same folder anew takes over all that it finds.
    _lock: Flock<File>,
}

impl ShellExecutor {
    /// Makes the folder of runs and the base of control groups, ends what an earlier process of the same folder left
    /// in them and nobody looks after, tries out what this host can hold, and starts the supervisor. Blocks; call it
    /// before the runtime is busy.
    ///
    /// # Errors
    /// When the folder of runs cannot be made, or another process works in it. A host without control groups is no
    /// error, and neither is a supervisor that cannot be started: see [`Executor::enforceable`].
    pub fn new(options: Options, clock: Arc<dyn Clock>) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&options.runs)?;
        let runs = options.runs.canonicalize()?;
        let lock = lock(&runs)?;
        gate::Gate::pass(&runs)?;
        let living = adopt::held_slots(&runs)?;
        let root = options.cgroup_root.as_deref();
        let mut base = Base::open(Path::new("/proc"), root, &base_name(&runs), &living);
        base.belongs_to(&runs, gate::unused);
        if options.memory_reserve.is_some() {
            base.cap(Path::new("/proc"), options.memory_reserve);
        }
        if let Err(why) = probe::join(&base) {
            base.give_up(&why);
        }
        let (mut generation, mut no_supervisor, mut lease) = (None, None, None);
        if let Some(command) = options.supervisor {
            lease = Some(Arc::new(LeaseFile::open(&gate::own_folder(&runs)?)?));
            match Generation::start(command, &Hello { runs: runs.clone() }) {
                Ok(started) => generation = Some(Arc::new(started)),
                Err(e) => no_supervisor = Some(e.to_string()),
            }
        }
        let pool = Pool::new(Arc::new(base), options.slots);
        let mut lodgings = BTreeMap::new();
        for index in living {
            lodgings.insert(index, Lodging::of(pool.occupy(index)?));
        }
        let lodgings = Mutex::new(lodgings);
        let house = Arc::new(House {
            runs,
            rules: Rules::of(options.policy),
            chunking: options.chunking,
            pool,
            reclaimer: Reclaimer::default(),
            spares: Spares::default(),
            threads: Threads::default(),
            clock,
        });
        Ok(Self { house, lodgings, generation, no_supervisor, lease, _lock: lock })
    }

    /// Returns what measures the kernel's share of a run on this host.
    ///
    /// # Errors
    /// When its group cannot be made or opened.
    pub fn bare(&self) -> io::Result<Bare> {
        Bare::make(self.house.pool.base())
    }
}

impl Drop for ShellExecutor {
    /// What is still to be done in slots that are on their way back is done before this process may end.
    fn drop(&mut self) {
        self.house.reclaimer.close();
        self.house.spares.close();
        // Here and not with the last who has it: a thread may still be on its way out.
        self.house.pool.close();
    }
}

/// Has a shim start a run: the spare one, if there is one.
async fn start_by_shim(
    house: Arc<House>,
    generation: &Arc<Generation>,
    (run, shell, limits): (RunRef, Shell, Limits),
    lease: LeaseTerms,
) -> Result<Box<dyn Running>, StartError> {
    let id = run.clone();
    let (spare, lodging, order) = match at_once((&run, &shell, &limits), lease, &house) {
        Some(prepared) => prepared,
        None => {
            let checking = house.clone();
            // Account databases may be slow, and a slot may have to be waited for.
            let prepare = move || {
                let plan = checking.plan(run, shell, limits)?;
                let (spare, slot, place) = lodge(&plan, &checking)?;
                Ok((spare, Lodging::of(slot), Start { plan, place, lease }))
            };
            let prepared: Result<Prepared, StartError> =
                spawn_blocking(prepare).await.map_err(|e| no_shim(&io::Error::other(e)))?;
            prepared?
        }
    };
    let run = id;
    let order = ToShim::Start(Box::new(order));
    let names = RunFolder::new(&house.runs, &run.id);
    let line = match ask(generation, spare, &order, &names).await {
        Ok(line) => line,
        Err(e) => return Err(nothing_began(lodging, e).await),
    };
    let (filled, by) = (house.clone(), generation.clone());
    house.reclaimer.later(move || filled.spares.fill(&filled.pool, &by));
    let left = LeftBehind { folder: Folder::existing(names), run, outcome: None };
    Ok(Box::new(ShimRun::new(line, left, Some(lodging), house)))
}

/// A start that only needs to be told: the spare shim if there is one, the run's slot, and what to say.
type Prepared = (Option<UnixStream>, Lodging, Start);

/// Prepares a start where nothing of it may take long: nobody is looked up, and a spare shim waits in a slot that takes
/// the limits. None when that is not so; then nothing has happened.
fn at_once(
    (run, shell, limits): (&RunRef, &Shell, &Limits),
    lease: LeaseTerms,
    house: &House,
) -> Option<Prepared> {
    if account::needs_lookup(shell.user.as_deref(), &house.rules) {
        return None;
    }
    let spare = house.spares.take()?;
    let plan = house.plan(run.clone(), shell.clone(), limits.clone());
    let placed = plan.and_then(|plan| Ok((place_in(&plan, &spare.slot)?, plan)));
    match placed {
        Ok((place, plan)) => {
            let Spare { stream, slot } = spare;
            Some((Some(stream), Lodging::of(slot), Start { plan, place, lease }))
        }
        // Told, or tried another way, by who may wait.
        Err(_) => {
            if let Some(unwanted) = house.spares.put_back(spare) {
                house.reclaimer.later(move || drop(unwanted));
            }
            None
        }
    }
}

/// Returns a slot that has the plan's limits, and the spare shim that has prepared the start in it.
fn lodge(plan: &Plan, house: &House) -> Result<(Option<UnixStream>, Slot, Place), StartError> {
    if let Some(Spare { stream, slot }) = house.spares.take() {
        match place_in(plan, &slot) {
            Ok(place) => return Ok((Some(stream), slot, place)),
            // A group that does not take them is made anew, which it cannot be with somebody in it.
            Err(_) => drop(Spare { stream, slot }),
        }
    }
    take_place(plan, &house.pool).map(|(slot, place)| (None, slot, place))
}

/// Returns the line to the shim of a run that has begun.
///
/// # Errors
/// Why it has not.
async fn ask(
    generation: &Arc<Generation>,
    mut spare: Option<UnixStream>,
    order: &ToShim,
    names: &RunFolder,
) -> Result<Line, StartError> {
    let mut why = io::Error::from(io::ErrorKind::NotConnected);
    for _ in 0..SHIMS_MAX {
        let line = match spare.take() {
            Some(stream) => Line::of(stream),
            None => generation.shim().await.map(Line::new),
        };
        let line = line.map_err(|e| no_shim(&e))?;
        // What it cannot be told, it does not start; why, it says itself or its folder does.
        let told = line.say(order).await;
        match line.next().await {
            Ok(Some(FromShim::Refused { error })) => return Err(error),
            Ok(Some(FromShim::Started | FromShim::Ended)) => return Ok(line),
            // It is gone before it said anything. Without a folder nothing began: another may try.
            Ok(None) | Err(_) if !names.path().exists() => {
                why = told.err().unwrap_or_else(|| io::Error::other("it was killed"));
            }
            // The folder tells what became of it.
            Ok(None) | Err(_) => return Ok(line),
        }
    }
    Err(no_shim(&why))
}

/// Gives back the slot of a run that did not start.
async fn nothing_began(lodging: Lodging, error: StartError) -> StartError {
    // A thread that panicked has said so.
    let _ = spawn_blocking(|| lodging.vacate()).await;
    error
}

#[async_trait]
impl Executor for ShellExecutor {
    async fn start(
        &self,
        run: RunRef,
        workload: Workload,
        limits: Limits,
        lease: LeaseTerms,
    ) -> Result<Box<dyn Running>, StartError> {
        let Workload::Shell(shell) = workload else {
            return Err(StartError::worker(Stage::Limits, "the shell executor was given a module"));
        };
        let house = self.house.clone();
        match &self.generation {
            Some(generation) => start_by_shim(house, generation, (run, shell, limits), lease).await,
            None => direct::start(house, run, shell, limits, lease).await,
        }
    }

    async fn adopt(&self) -> Result<Vec<Adopted>, StoreError> {
        let failed = |e: io::Error| StoreError::Permanent(format!("failed to take over earlier runs: {e}"));
        let house = self.house.clone();
        let found = spawn_blocking(move || adopt::take_over(&house.runs, &*house.clock));
        let found = found.await.map_err(|e| failed(io::Error::other(e)))?.map_err(failed)?;
        let mut adopted = Vec::new();
        let mut lodgings = std::mem::take(&mut *self.lodgings.lock().unwrap_or_else(PoisonError::into_inner));
        for (left, fate) in found {
            let run = left.run.clone();
            let running: Box<dyn Running> = match fate {
                Fate::Ended(outcome) => Box::new(EndedRun(*outcome)),
                Fate::Lives(stream) => {
                    let line = Line::of(stream).map_err(failed)?;
                    let lodging = adopt::slot_of(&left.folder).and_then(|slot| lodgings.remove(&slot));
                    Box::new(ShimRun::new(line, left, lodging, self.house.clone()))
                }
            };
            adopted.push(Adopted { run, running });
        }
        // Of runs that ended since their slots were spared.
        let vacated = spawn_blocking(move || lodgings.into_values().for_each(Lodging::vacate));
        vacated.await.map_err(|e| failed(io::Error::other(e)))?;
        Ok(adopted)
    }

    async fn lease_holds(&self, until: BootTime) {
        let Some(lease) = self.lease.clone() else { return };
        if let Ok(Err(e)) = spawn_blocking(move || lease.write(until)).await {
            tracing::error!("failed to note the lease: runs that are killed when cut off may end early: {e}");
        }
    }

    fn outlives_worker(&self) -> bool {
        self.generation.is_some()
    }

    fn enforceable(&self) -> Enforceable {
        let worker = |limit| LimitSupport { limit, held: true, by: "worker".to_owned() };
        let held = |limit| {
            let controller = controller_of(limit).expect("asked for limits of groups only");
            match self.house.pool.base().holds(controller) {
                Ok(by) => LimitSupport { limit, held: true, by },
                Err(why) if self.house.rules.policy.allow_unenforced.contains(&limit) => {
                    let by = format!(
                        "{why}\nhint: jobs that ask for it run without it, as `allow_unenforced` says"
                    );
                    LimitSupport { limit, held: false, by }
                }
                Err(why) => LimitSupport { limit, held: false, by: format!("{why}\nhint: {HINT_GROUPS}") },
            }
        };
        let mut notes = account::describe(&self.house.rules);
        notes.extend(self.house.pool.base().notes().iter().cloned());
        if !self.house.rules.policy.enabled {
            notes.insert(0, HostNote::ScriptsOff);
        }
        if let Some(why) = &self.no_supervisor {
            notes.push(HostNote::NoSupervisor { why: why.to_string() });
        }
        let kill = match (self.house.pool.base().is_none(), &self.generation) {
            (false, _) => self.house.pool.base().kill_words(),
            (true, Some(_)) => {
                "by descent: daemons included; a fork bomb without a limit may be faster, and who kills the run's \
                 supervising processes lets it go"
            }
            (true, None) => {
                "process group, session and environment: best effort, a daemon that clears all three escapes"
            }
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
            refuses: self.house.rules.refuses(),
            isolation: account::default_isolation(&self.house.rules),
            ..Enforceable::default()
        }
        .with_notes(notes)
    }
}

/// Locks the folder of runs. Another worker that starts may look for a moment whether anybody works here.
fn lock(runs: &Path) -> io::Result<Flock<File>> {
    let deadline = Instant::now() + LOCK_WITHIN;
    let mut folder = File::open(runs)?;
    loop {
        match Flock::lock(folder, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((returned, Errno::EWOULDBLOCK)) if Instant::now() < deadline => folder = returned,
            Err((_, errno)) => {
                let message =
                    format!("the folder of runs `{}` is in use by another process ({errno})", runs.display());
                return Err(io::Error::new(io::Error::from(errno).kind(), message));
            }
        }
        thread::sleep(LOCK_EVERY);
    }
}

/// One name for one folder of runs, so that two workers do not meet and a restarted one finds its own.
fn base_name(runs: &Path) -> String {
    let sum = Sha256::digest(runs.as_os_str().as_encoded_bytes());
    format!("sandglass-{}", hex::encode(&sum[..6]))
}

fn no_shim(e: &io::Error) -> StartError {
    StartError::worker(Stage::Exec, format!("no process could be started that looks after the run: {e}"))
}
