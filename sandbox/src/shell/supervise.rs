//! Looks after one run until nothing of it lives: reads its output, holds its timeout, ends it, writes its outcome.
//!
//! One thread for each run and one `poll` for all that can happen: output, the end of the main process, somebody who
//! asks for the run's end, a deadline. It needs no runtime and no store: a shim does it in a process of its own, and
//! `direct` on a thread.
//!
//! Flow: `start` → **`supervise`** → `Outcome`, in the folder before it is told. What to do when is decided by `ending`.

use std::collections::HashSet;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use model::limits::Limits;
use model::outcome::{End, Outcome, OutputCount, Stop, Throttled, Usage};
use model::ports::Clock;
use model::time::{BootTime, Span};
use model::workload::Leftovers;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::geteuid;

use super::ending::{Ending, Next, View};
use super::spawn::{Reaped, reap};
use super::start::Started;
use crate::cgroup::Counters;
use crate::folder::HELD_LOOK;

/// How often members that nobody reports are looked for, at first and at most.
const LOOK_AGAIN: Span = Span::from_millis(5);
const LOOK_AGAIN_MAX: Span = Span::from_millis(250);
/// Most time that killed processes are given to be gone (one may hang in the kernel, on a dead file server).
const KILL_WITHIN: Duration = Duration::from_secs(60);

/// Through what a run hears that it is to end.
pub(super) trait Ears {
    /// Returns what becomes readable when there is something to hear.
    fn open_ends(&self) -> Vec<BorrowedFd<'_>>;

    /// Hears what there is. Returns why the run is to end, once somebody has said so; the first reason stays.
    fn heard(&mut self) -> Option<Stop>;

    /// Returns when to listen again although nothing became readable.
    fn due(&self) -> BootTime {
        BootTime::NEVER
    }
}

/// What was seen while the run came to its end.
#[derive(Debug, Default)]
struct Seen {
    escalated: bool,
    leftovers_killed: u32,
    unkillable: bool,
}

/// Looks after a run until it is over and its outcome stands in its folder, not synced yet.
pub(super) fn supervise(
    mut run: Started,
    limits: &Limits,
    leftovers: Leftovers,
    ears: &mut dyn Ears,
    clock: &Arc<dyn Clock>,
) -> Outcome {
    let mut ending = Ending::new(run.started, limits.timeout, limits.grace, leftovers);
    let mut seen = Seen::default();
    let mut look_again = LOOK_AGAIN;
    let mut main_ended = false;
    let mut asked = HashSet::new();
    loop {
        let others = main_ended && !others(&run).is_empty();
        let view = View { now: clock.boot_time(), main_ended, others, stop: ears.heard() };
        match ending.on(view) {
            Next::Over => break,
            Next::Terminate => {
                run.holder.terminate(&mut asked);
                look_again = LOOK_AGAIN;
            }
            Next::Kill { escalated } => {
                seen.escalated = escalated;
                kill(&mut run, main_ended, &mut seen);
                break;
            }
            Next::WaitUntil(until) => {
                let stopping = ending.stopped().is_some();
                if stopping {
                    // Whoever was forked while the others were asked.
                    run.holder.terminate(&mut asked);
                }
                // Nobody reports the end of a process that is not our child, or the begin of one.
                let looks = main_ended || stopping;
                let until = if looks { until.min(view.now + look_again) } else { until };
                if looks {
                    look_again =
                        Span::from_millis((look_again.as_millis() * 2).min(LOOK_AGAIN_MAX.as_millis()));
                }
                let held = run.writer.is_held();
                let until = if held { until.min(view.now + HELD_LOOK) } else { until };
                main_ended |= wait(&mut run, ears, (main_ended, held), clock, until.min(ears.due()));
                if !held {
                    run.pipes.read(&mut run.writer);
                }
                run.writer.tick();
            }
        }
    }
    conclude(run, limits, &ending, &seen, clock)
}

/// Waits for the next thing that happens; not for output while that is `held` back. Returns true when the main process
/// has ended.
fn wait(
    run: &mut Started,
    ears: &dyn Ears,
    (main_ended, held): (bool, bool),
    clock: &Arc<dyn Clock>,
    until: BootTime,
) -> bool {
    let mut due = until.since(clock.boot_time()).to_std();
    if let Some(writer) = run.writer.due() {
        due = due.min(writer);
    }
    let ready = |fd| PollFd::new(fd, PollFlags::POLLIN);
    // An ended process stays readable: watching it further would never wait.
    let mut fds: Vec<_> = (!main_ended).then(|| ready(run.child.pidfd.as_fd())).into_iter().collect();
    if !held {
        fds.extend(run.pipes.open_ends().map(ready));
    }
    fds.extend(ears.open_ends().into_iter().map(ready));
    // Rounded up, so that a deadline a fraction of a millisecond away is not asked for in a busy loop.
    let millis = due.as_micros().div_ceil(1_000).min(60_000);
    let timeout = PollTimeout::try_from(i32::try_from(millis).expect("a minute fits")).expect("not negative");
    // A signal ends the wait early, which is harmless.
    let _ = poll(&mut fds, timeout);
    !main_ended && fds[0].any().unwrap_or(false)
}

/// Returns the processes of the run besides its ended main process, which is not reaped yet.
fn others(run: &Started) -> Vec<i32> {
    if run.holder.nobody_lives(run.ran_as.uid != 0 && run.ran_as.uid != geteuid().as_raw()) {
        return Vec::new();
    }
    let mut members = run.holder.members();
    members.retain(|pid| *pid != run.child.pid);
    members
}

fn kill(run: &mut Started, main_ended: bool, seen: &mut Seen) {
    if main_ended {
        // Where processes are found one by one, a look misses the child of one that ends meanwhile.
        let count = others(run).len().max(others(run).len());
        seen.leftovers_killed = u32::try_from(count).unwrap_or(u32::MAX);
    }
    if let Some(namespace) = &mut run.namespace {
        namespace.kill();
    }
    seen.unkillable = !run.holder.kill(KILL_WITHIN);
    if seen.unkillable {
        tracing::error!(
            "processes {:?} do not die of SIGKILL: they hang in the kernel",
            run.holder.members()
        );
    }
}

/// Gathers what is known and writes it down.
fn conclude(
    mut run: Started,
    limits: &Limits,
    ending: &Ending,
    seen: &Seen,
    clock: &Arc<dyn Clock>,
) -> Outcome {
    run.pipes.drain(&mut run.writer);
    let reaped = reap(run.child.pid, !seen.unkillable).ok().flatten();
    if let Some(namespace) = run.namespace.take() {
        match seen.unkillable {
            // It would wait for what hangs; the lifeline is cut.
            true => std::mem::forget(namespace),
            false => drop(namespace),
        }
    }
    let counters = run.holder.counters();
    let output: OutputCount = run.writer.finish();
    let outcome = Outcome {
        end: reaped.map_or_else(unknown_end, |reaped| end(reaped.status)),
        stop: ending.stopped(),
        escalated: seen.escalated,
        out_of_memory: limits.memory.is_some() && counters.oom_kills.is_some_and(|kills| kills > 0),
        out_of_fuel: false,
        usage: usage(&counters, reaped),
        output,
        leftovers_killed: seen.leftovers_killed,
        limits: Some(limits.clone()),
        applied: run.applied,
        words: String::new(),
        ran_as: Some(run.ran_as),
        started_at: run.started_at,
        ended_at: clock.now(),
    }
    .told();
    if seen.unkillable {
        run.lease.abandon();
    }
    if let Err(e) = run.folder.write_exit(&outcome) {
        let path = run.folder.path().display();
        tracing::error!(
            "failed to write how the run in `{path}` ended: {e}; a restart would report it as lost"
        );
    }
    outcome
}

fn end(status: i32) -> End {
    if libc::WIFSIGNALED(status) {
        End::Signaled { signal: libc::WTERMSIG(status), core: libc::WCOREDUMP(status) }
    } else {
        End::Exited { code: libc::WEXITSTATUS(status) }
    }
}

fn unknown_end() -> End {
    let message = "the main process could not be killed or its status was taken by somebody else".to_owned();
    End::HostError { message }
}

/// Nothing without a quota: then the kernel counts no periods.
fn throttled(counters: &Counters) -> Option<Throttled> {
    let periods = counters.cpu_periods.filter(|periods| *periods > 0)?;
    let (throttled, time) = (counters.throttled_periods?, counters.throttled?);
    Some(Throttled { periods, throttled, time })
}

/// Prefers what the group counted: it knows of processes that nobody waited for.
fn usage(counters: &Counters, reaped: Option<Reaped>) -> Usage {
    let of = |part: fn(&Reaped) -> u64| reaped.as_ref().map(part);
    Usage {
        cpu_user: counters.cpu_user.or_else(|| of(|r| r.user_ms).map(Span::from_millis)),
        cpu_system: counters.cpu_system.or_else(|| of(|r| r.system_ms).map(Span::from_millis)),
        memory_peak: counters.memory_peak,
        pids_peak: counters.pids_peak,
        pids_refused: counters.pids_refused,
        throttled: throttled(counters),
        ..Usage::default()
    }
}
