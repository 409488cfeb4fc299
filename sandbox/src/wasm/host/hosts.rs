//! The host processes of one worker, one for each user: started when first needed, started again when they are gone.
//!
//! A host that keeps dying is started ever more slowly; who asks meanwhile waits a little, and is then told that the
//! worker cannot, so that the tick is owed to another.
//!
//! Flow: `executor` → **`Hosts::start`** → `keeper`. Not here: what happens on the line (`keeper`, `serve`).

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use model::host_note::HostNote;
use model::isolation::RanAs;
use model::outcome::Stage;
use model::ports::{Clock, Running, StartError};
use model::time::BootTime;
use nix::unistd::geteuid;
use tokio::sync::{oneshot, watch};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::budget::Budget;
use super::confine::Confinement;
use super::files;
use super::health::Health;
use super::keeper::{self, Host, Plan};
use super::message::Settings;
use super::order::HostOrder;
use super::run::HostedRun;
use super::runs::Entry;
use super::seat::{Seat, State};
use super::user::User;
use crate::InnerCommand;
use crate::shell::{Ids, OwnTmp, Rules, ShellPolicy};
use crate::wasm::{Liveness, Options};

/// Most users that have a host at one time: each costs a process and its pool.
const HOSTS_MAX: usize = 16;
/// How long a start waits for its host, which may have to be started again.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How long a host may leave its line unread while a start waits.
const SEND_WITHIN: Duration = Duration::from_secs(5);
/// Hosts that are tried for one start: one may die with the start on its line.
const TRIES_MAX: u32 = 3;

/// The hosts of one worker. Dropped, all are killed.
pub(in crate::wasm) struct Hosts {
    command: InnerCommand,
    settings: Settings,
    liveness: Liveness,
    rules: Rules,
    budget: Budget,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
    seats: Mutex<BTreeMap<String, Arc<Seat>>>,
    keepers: Mutex<Vec<JoinHandle<()>>>,
    number: AtomicU32,
    /// What the owner should know of all hosts.
    notes: Vec<HostNote>,
    health: Arc<Health>,
    default: Option<RanAs>,
}

impl Hosts {
    /// Makes what hosts need, and starts that of the default user, so that the owner is told at once what this host
    /// cannot give. Blocks.
    pub(in crate::wasm) fn open(command: InnerCommand, options: &Options, clock: Arc<dyn Clock>) -> Self {
        let settings = Settings {
            roots: options.roots.clone(),
            threads: options.threads,
            slots: options.slots,
            memory_max: options.memory_max,
            code_bytes_max: options.code_bytes_max,
            chunking: options.chunking,
        };
        let mut hosts = Self {
            command,
            settings,
            liveness: options.liveness,
            // Of places of their own, which only scripts have, nothing need be tried out.
            rules: Rules::of(ShellPolicy { own_tmp: OwnTmp::Never, ..options.policy.clone() }),
            budget: Budget::open(options),
            clock,
            shutdown: CancellationToken::new(),
            seats: Mutex::default(),
            keepers: Mutex::default(),
            number: AtomicU32::new(0),
            notes: Vec::new(),
            health: Arc::default(),
            default: None,
        };
        hosts.try_out();
        hosts
    }

    fn try_out(&mut self) {
        self.notes = self.budget.notes();
        self.notes.extend(files::note(files::most(&self.settings)));
        let seat = match self.seat(None) {
            Ok(seat) => seat,
            Err(e) => {
                return self.notes.push(HostNote::ModulesNeedUser { why: e.message });
            }
        };
        self.default = Some(seat.user.ran_as().clone());
        self.notes.insert(0, seat.user.note());
        // Who makes an executor may be on a thread of a runtime, which must not be blocked by the runtime's own means.
        let raised = thread::scope(|scope| scope.spawn(|| self.begin(&seat.user).blocking_recv()).join());
        match raised.unwrap_or(Ok(Err("its start panicked".to_owned()))) {
            Ok(Ok(host)) => seat.state.try_lock().expect("nobody else has it yet").host = Some(host),
            // Its keeper told it.
            Ok(Err(_)) => {}
            Err(_) => self.health.failed("no thread could be made".to_owned()),
        }
    }

    /// Returns what the owner should know, as it is now.
    pub(in crate::wasm) fn notes(&self) -> Vec<HostNote> {
        [self.notes.clone(), self.health.notes()].concat()
    }

    /// Returns who guests run as whose job names nobody; none when those are refused.
    pub(in crate::wasm) fn default_user(&self) -> Option<&RanAs> {
        self.default.as_ref()
    }

    /// Returns what a compiler of this worker gives up: it is nobody that a guest could be.
    pub(in crate::wasm) fn compiler(&self) -> (InnerCommand, Confinement) {
        let ids = geteuid().is_root().then(Ids::nobody);
        (self.command.clone(), Confinement::to(ids))
    }

    /// Returns the numbers of the processes that run modules now.
    pub(in crate::wasm) fn pids(&self) -> Vec<u32> {
        let seats: Vec<_> = self.lock().values().cloned().collect();
        let host = |seat: Arc<Seat>| seat.state.try_lock().ok()?.host.clone();
        let living = seats.into_iter().filter_map(host).filter(|host| !host.runs.is_closed());
        living.map(|host| host.pid).collect()
    }

    /// Checks that the owner allows the job its user.
    ///
    /// # Errors
    /// The job's doing.
    pub(in crate::wasm) async fn check(self: &Arc<Self>, asked: Option<&str>) -> Result<(), StartError> {
        self.seat_of(asked).await.map(drop)
    }

    /// Has a host start a run. On an error nothing runs and the folder is gone.
    ///
    /// # Errors
    /// Whoever's doing it is.
    pub(in crate::wasm) async fn start(
        self: &Arc<Self>,
        order: HostOrder,
    ) -> Result<Box<dyn Running>, StartError> {
        let started = self.hand_over(&order).await;
        if started.is_err() {
            order.folder.discard();
        }
        started
    }

    async fn hand_over(self: &Arc<Self>, order: &HostOrder) -> Result<Box<dyn Running>, StartError> {
        let seat = self.seat_of(order.wasm.user.as_deref()).await?;
        for _ in 0..TRIES_MAX {
            let host = self.ready(&seat, order.not_after).await?;
            if let Some(answer) = self.try_on(&host, seat.user.ran_as(), order).await {
                return answer;
            }
        }
        Err(cannot("the process that runs modules takes no runs"))
    }

    /// Hands the run to one host. `None` when that could not be told of it.
    async fn try_on(
        &self,
        host: &Arc<Host>,
        ran_as: &RanAs,
        order: &HostOrder,
    ) -> Option<Result<Box<dyn Running>, StartError>> {
        let (started, heard) = oneshot::channel();
        let (outcome, ended) = watch::channel(None);
        let overdue = self.liveness.overdue;
        let seq = host.runs.add(Entry {
            id: order.run.id.clone(),
            folder: order.folder.clone(),
            limits: order.limits.clone(),
            ran_as: ran_as.clone(),
            begun: self.clock.now(),
            started: Some(started),
            outcome,
            due: Instant::now() + order.limits.timeout.to_std() + overdue,
            permit: order.permit.clone(),
        })?;
        let fds = [order.code.as_fd(), order.files.0.as_fd(), order.files.1.as_fd()];
        let sent = tokio::time::timeout(SEND_WITHIN, host.link.send(&order.message(seq), &fds)).await;
        if !matches!(sent, Ok(Ok(()))) && host.runs.remove(seq).is_some() {
            return match sent {
                Ok(Err(e)) if e.kind() == io::ErrorKind::InvalidInput => {
                    Some(Err(StartError::job(Stage::Exec, format!("the job cannot be handed over: {e}"))))
                }
                _ => None,
            };
        }
        // Said, or its keeper was faster and tells what became of it.
        Some(match heard.await {
            Ok(Ok(())) => Ok(Box::new(HostedRun::new(host.clone(), seq, ended, overdue, self.clock.clone()))),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(cannot("the sandbox for modules is shutting down")),
        })
    }

    /// Returns the user's host, started if there is none.
    async fn ready(&self, seat: &Seat, not_after: BootTime) -> Result<Arc<Host>, StartError> {
        let left = not_after.since(self.clock.boot_time()).to_std();
        let mut state = seat.state.lock().await;
        if let Some(host) = state.living() {
            return Ok(host);
        }
        let raised = tokio::time::timeout(WAIT_MAX.min(left), self.raise(seat, &mut state)).await;
        raised.unwrap_or_else(|_| {
            let ends = state.ends;
            Err(cannot(&format!(
                "the process that runs modules is not there yet; it ended {ends} times in a row"
            )))
        })
    }

    /// Cancel-safe: a host that is being started is waited for by the next one who asks.
    async fn raise(&self, seat: &Seat, state: &mut State) -> Result<Arc<Host>, StartError> {
        if let Some(until) = state.not_before {
            tokio::time::sleep_until(until.into()).await;
        }
        let raising = state.raising.get_or_insert_with(|| self.begin(&seat.user));
        let raised = raising.await;
        state.raising = None;
        match raised {
            Ok(Ok(host)) => {
                state.host = Some(host.clone());
                Ok(host)
            }
            Ok(Err(why)) => {
                state.ended(Duration::ZERO);
                tracing::warn!(ends = state.ends, "{why}");
                Err(cannot(&why))
            }
            Err(_) => Err(cannot("no thread could be made that looks after modules")),
        }
    }

    /// Begins to start a host. What comes through the channel is the host or why there is none.
    fn begin(&self, user: &User) -> oneshot::Receiver<Result<Arc<Host>, String>> {
        let (ready, raised) = oneshot::channel();
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let group = self.budget.group(number);
        let joins = group.iter().flat_map(|(group, _)| group.dirs()).map(Path::to_owned).collect();
        let confinement = Confinement {
            ids: user.ids().cloned(),
            groups: joins,
            files: Some(files::most(&self.settings)),
            ..Confinement::default()
        };
        let plan = Plan {
            command: self.command.clone(),
            confinement,
            settings: self.settings.clone(),
            liveness: self.liveness,
            group,
            health: self.health.clone(),
            clock: self.clock.clone(),
            shutdown: self.shutdown.clone(),
        };
        match keeper::start(number, plan, ready) {
            Ok(keeper) => {
                let mut keepers = self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
                keepers.retain(|keeper| !keeper.is_finished());
                keepers.push(keeper);
            }
            Err(e) => tracing::error!("no thread could be made that looks after modules: {e}"),
        }
        raised
    }

    async fn seat_of(self: &Arc<Self>, asked: Option<&str>) -> Result<Arc<Seat>, StartError> {
        let key = asked.unwrap_or_default();
        if let Some(seat) = self.lock().get(key) {
            return Ok(seat.clone());
        }
        let (own, asked) = (self.clone(), asked.map(str::to_owned));
        // Account databases may be slow.
        let found = spawn_blocking(move || own.seat(asked.as_deref())).await;
        found.map_err(|e| StartError::worker(Stage::User, format!("the sandbox panicked: {e}")))?
    }

    /// Blocks.
    fn seat(&self, asked: Option<&str>) -> Result<Arc<Seat>, StartError> {
        let user = User::of(asked, &self.rules)?;
        let mut seats = self.lock();
        let key = asked.unwrap_or_default().to_owned();
        // Who names the default user shares its host.
        let known = seats.values().find(|seat| seat.user.ran_as().uid == user.ran_as().uid).cloned();
        let seat = match known {
            Some(seat) => seat,
            None if seats.len() >= HOSTS_MAX => {
                return Err(cannot(&format!("{HOSTS_MAX} users have modules on this worker already")));
            }
            None => Arc::new(Seat { user, state: tokio::sync::Mutex::default() }),
        };
        Ok(seats.entry(key).or_insert(seat).clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Seat>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        self.shutdown.cancel();
        for keeper in self.keepers.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..) {
            if keeper.join().is_err() {
                tracing::error!("a thread that looks after modules panicked");
            }
        }
    }
}

fn cannot(why: &str) -> StartError {
    StartError::worker(Stage::Exec, why)
}
