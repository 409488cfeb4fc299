//! Looks after one host process from its start to its end: hears what it says, sees that it answers, and when it is
//! gone ends its runs, each with the reason.
//!
//! On a thread of its own, with the process as its child: whatever the host does, the worker's own threads do not wait
//! for it. A run whose host is gone ends as the sandbox's fault, with the output that it had written.
//!
//! Flow: `hosts` → **`keeper`** ⇄ line ⇄ `serve`. Not here: when another host is started (`hosts`).

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use model::outcome::{End, Outcome, Stop};
use model::ports::Clock;
use model::quantity::ByteSize;
use nix::sys::socket::MsgFlags;
use tokio::io::Interest;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::confine::Confinement;
use super::health::Health;
use super::link::{Link, Packet};
use super::message::{FromHost, Settings, Task, ToHost};
use super::process::{Process, words};
use super::runs::{Entry, Runs};
use crate::InnerCommand;
use crate::cgroup::{Group, Stay};
use crate::folder;
use crate::wasm::Liveness;

/// How long a host may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Most time that processes of a host's group are given to be gone.
const KILL_WITHIN: Duration = Duration::from_secs(10);
/// Exits that are brought to disk at one time.
const FINISHERS_MAX: usize = 16;

/// What a host is made of.
pub(super) struct Plan {
    pub(super) command: InnerCommand,
    pub(super) confinement: Confinement,
    pub(super) settings: Settings,
    pub(super) liveness: Liveness,
    /// Its control group and the memory that this may have, where there is one.
    pub(super) group: Option<(Group, ByteSize)>,
    pub(super) health: Arc<Health>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) shutdown: CancellationToken,
}

/// A host as the rest of the worker sees it.
pub(super) struct Host {
    pub(super) link: Arc<Link>,
    pub(super) runs: Runs,
    /// Why it has no pool of instances, when it has none.
    pub(super) unpooled: Option<String>,
    pub(super) pid: u32,
    pub(super) since: Instant,
}

/// Starts a host and the thread that looks after it. What comes through the channel is the host once it is ready, or
/// why it is not.
///
/// # Errors
/// When no thread can be made.
pub(super) fn start(
    number: u32,
    plan: Plan,
    ready: oneshot::Sender<Result<Arc<Host>, String>>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(format!("wasm-keeper-{number}")).spawn(move || {
        let stay = plan.group.as_ref().map(|(group, _)| Stay::begin(group.clone()));
        match raise(&plan) {
            Ok((process, host)) => {
                plan.health.ready(host.unpooled.as_deref());
                // Nobody waits any more: then the loop below ends with the executor, as it would without runs.
                let _ = ready.send(Ok(host.clone()));
                keep(&plan, process, &host, stay.as_ref());
            }
            Err(e) => {
                let why = format!("the process that runs modules did not come up: {e}");
                plan.health.failed(why.clone());
                drop(ready.send(Err(why)));
            }
        }
        if let Some((group, _)) = &plan.group {
            group.kill(KILL_WITHIN);
            group.remove();
        }
    })
}

/// Starts the process and waits until it is ready.
fn raise(plan: &Plan) -> io::Result<(Process, Arc<Host>)> {
    let task = Task::Serve(plan.settings.clone());
    let process = Process::start(&plan.command, plan.confinement.clone(), task, &[])?;
    match process.hear(READY_WITHIN)? {
        Some(FromHost::Ready { unpooled }) => {
            let (link, pid) = (process.link.clone(), process.pid());
            let host = Host { link, runs: Runs::default(), unpooled, pid, since: Instant::now() };
            Ok((process, Arc::new(host)))
        }
        Some(FromHost::Unfit { why }) => Err(io::Error::other(why)),
        Some(_) => Err(io::Error::other("it said something else")),
        None => Err(io::Error::other(format!("it was not ready within {} s", READY_WITHIN.as_secs()))),
    }
}

/// Why a host is no more.
enum Why {
    /// It closed its line: how it ended says more.
    Gone,
    /// It had to be ended, for this reason.
    Killed(String),
    /// The executor is dropped: the runs are the next worker process' to settle.
    Shutdown,
}

fn keep(plan: &Plan, mut process: Process, host: &Arc<Host>, stay: Option<&Stay>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(FINISHERS_MAX)
        .build();
    let why = match &runtime {
        Ok(runtime) => runtime.block_on(attend(plan, host)),
        Err(e) => Why::Killed(format!("could not be listened to: {e}")),
    };
    // From here on it takes no more; who was about to hand it a run goes to the next one.
    let left = host.runs.close();
    let status = words(process.kill());
    let words = match why {
        Why::Shutdown => return,
        Why::Killed(why) => why,
        Why::Gone => match out_of_memory(stay, plan.group.as_ref().map(|(_, budget)| *budget)) {
            Some(words) => words,
            None => status,
        },
    };
    let pid = host.pid;
    plan.health.ended(plan.clock.now(), &words);
    tracing::warn!(runs = left.len(), "the process {pid} that runs modules {words}: its runs end with it");
    let message = format!("the process that runs modules {words}");
    for entry in left {
        settle(entry, &message, &*plan.clock);
    }
}

fn out_of_memory(stay: Option<&Stay>, budget: Option<ByteSize>) -> Option<String> {
    let kills = stay?.counters().oom_kills?;
    (kills > 0)
        .then(|| format!("was out of memory: all modules together may have {}", budget.unwrap_or_default()))
}

/// Ends a run whose host is gone, and tells whoever waits.
fn settle(mut entry: Entry, message: &str, clock: &dyn Clock) {
    let mut outcome = Outcome::bare(End::HostError { message: message.to_owned() }, clock.now());
    outcome.started_at = entry.begun;
    match folder::settle(entry.folder.names(), &entry.id) {
        Ok(output) => outcome.output = output,
        Err(e) => tracing::error!(run.id = %entry.id, "failed to settle the output of run {}: {e}", entry.id),
    }
    // It may have started before it could say so: then to start it again would be once too often.
    let started = entry.started.take();
    entry.finish(outcome);
    if let Some(started) = started {
        let _ = started.send(Ok(()));
    }
}

/// Hears the host until it is gone, has to be ended, or nobody needs it any more.
async fn attend(plan: &Plan, host: &Arc<Host>) -> Why {
    let line = match host.link.listen() {
        Ok(line) => line,
        Err(e) => return Why::Killed(format!("could not be listened to: {e}")),
    };
    let mut watch = Watch { liveness: plan.liveness, asked_at: None };
    let mut look = tokio::time::interval(plan.liveness.ping_every);
    let mut finishing = JoinSet::new();
    let why = loop {
        let heard = tokio::select! {
            biased;
            () = plan.shutdown.cancelled() => break Why::Shutdown,
            heard = line.async_io(Interest::READABLE, || host.link.take(MsgFlags::MSG_DONTWAIT)) => heard,
            Some(done) = finishing.join_next() => {
                report(done);
                continue;
            }
            _ = look.tick() => match watch.look(host) {
                Some(why) => break Why::Killed(why),
                None => continue,
            },
        };
        match heard {
            Ok(None) => break Why::Gone,
            Ok(Some(packet)) => {
                if let Err(e) = hear(&packet, host, &mut watch, &mut finishing).await {
                    break Why::Killed(format!("was ended because it said what is no message: {e}"));
                }
            }
            Err(e) => break Why::Killed(format!("was ended because it could not be heard: {e}")),
        }
    };
    while let Some(done) = finishing.join_next().await {
        report(done);
    }
    why
}

async fn hear(
    packet: &Packet,
    host: &Arc<Host>,
    watch: &mut Watch,
    finishing: &mut JoinSet<()>,
) -> io::Result<()> {
    match packet.message()? {
        FromHost::Pong => watch.asked_at = None,
        FromHost::Started { seq } => {
            if !host.runs.started(seq) {
                // Who asked for it is gone: it must not go on alone.
                host.link.send(&ToHost::Stop { seq, why: Stop::HandedOver }, &[]).await?;
            }
        }
        FromHost::Refused { seq, error } => {
            if let Some(mut entry) = host.runs.remove(seq) {
                finishing.spawn_blocking(move || {
                    entry.folder.discard();
                    let started = entry.started.take();
                    // Its place is free before it is told.
                    drop(entry);
                    if let Some(started) = started {
                        let _ = started.send(Err(error));
                    }
                });
            }
        }
        FromHost::Ended { seq, outcome } => {
            if let Some(entry) = host.runs.remove(seq) {
                finishing.spawn_blocking(move || entry.finish(*outcome));
            }
        }
        FromHost::Ready { .. }
        | FromHost::Unfit { .. }
        | FromHost::Compiled
        | FromHost::NotCompiled { .. } => {
            return Err(io::Error::other("it does not fit here"));
        }
    }
    Ok(())
}

/// Sees that a host answers, and that its runs end when they should.
struct Watch {
    liveness: Liveness,
    /// When the question was put that it has not answered yet.
    asked_at: Option<Instant>,
}

impl Watch {
    /// Looks once. Returns why the host must be ended, if it must.
    fn look(&mut self, host: &Host) -> Option<String> {
        let now = Instant::now();
        let within = self.liveness.pong_within;
        match self.asked_at {
            Some(asked) if now.duration_since(asked) > within => {
                return Some(format!("did not answer for {within:?} and was killed"));
            }
            Some(_) => {}
            None => {
                self.asked_at = Some(now);
                // A full line is one that the host does not read: the question counts as put.
                if let Err(e) = host.link.try_send(&ToHost::Ping, &[]) {
                    return Some(format!("could not be asked whether it lives: {e}"));
                }
            }
        }
        let run = host.runs.overdue(now)?;
        Some(format!("was killed: run {run} went on {:?} after its end was due", self.liveness.overdue))
    }
}

fn report(done: Result<(), tokio::task::JoinError>) {
    if let Err(e) = done {
        tracing::error!("the end of a module's run could not be written: {e}");
    }
}
