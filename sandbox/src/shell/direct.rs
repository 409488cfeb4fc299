//! Direct mode: a thread of this process starts a run and looks after it, so it ends with this process.
//!
//! For one-off runs, benches, and hosts where no supervisor can be started. The same `start` and `supervise` as in a
//! shim, without a process of its own.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use model::limits::Limits;
use model::outcome::{End, Outcome, Stage, Stop};
use model::ports::{Clock, LeaseTerms, RunRef, Running, StartError};
use model::workload::{Kind, Shell};
use nix::sys::eventfd::{EfdFlags, EventFd};
use tokio::sync::{oneshot, watch};

use super::House;
use super::plan::Plan;
use super::start::{Attendant, Place, Started, start as begin, take_place};
use super::supervise::{Ears, supervise};
use crate::folder::Folder;

/// Starts a run on a thread that has nothing else to do meanwhile.
///
/// # Errors
/// The stage that failed and why; nothing of the run is left.
pub(super) async fn start(
    house: Arc<House>,
    run: RunRef,
    shell: Shell,
    limits: Limits,
    lease: LeaseTerms,
) -> Result<Box<dyn Running>, StartError> {
    let bell = Arc::new(Bell::new().map_err(|e| no_resource(&e))?);
    let (tell_started, started) = oneshot::channel();
    let (tell_ended, ended) = watch::channel(None);
    let (clock, threads, mut ears) = (house.clock.clone(), house.threads.clone(), bell.clone());
    let body = move || {
        // On this thread, since account databases and disks may be slow.
        let begun = house.plan(run, shell, limits).and_then(|plan| {
            let (slot, place) = take_place(&plan, &house.pool)?;
            let started = in_folder(&house, &plan, place, lease, || !tell_started.is_closed())?;
            Ok((plan, slot, started))
        });
        let (plan, slot, begun) = match begun {
            Ok(begun) => begun,
            // Whoever asked may be gone; nothing runs either way.
            Err(e) => return drop(tell_started.send(Err(e))),
        };
        // Unclaimed, it rings: nobody will ever ask for this run, and its folder tells the next process its end.
        let _ = tell_started.send(Ok(Unclaimed(Some(ears.clone()))));
        let folder = begun.folder.clone();
        let outcome = supervise(begun, &plan.limits, plan.leftovers, &mut ears, &house.clock);
        if let Err(e) = folder.secure() {
            let path = folder.path().display();
            tracing::error!(
                "failed to bring `{path}` to disk: {e}; a crash of the machine would lose the run"
            );
        }
        // Before the last word: who hears it may end the process, and readies in its executor's end what was returned.
        let pool = slot.return_later();
        tell_ended.send_replace(Some(outcome));
        house.reclaimer.later(move || pool.ready_returned());
    };
    threads.run(body).map_err(|e| no_resource(&e))?;
    match started.await {
        Ok(Ok(unclaimed)) => {
            unclaimed.claim();
            Ok(Box::new(ThreadRun { bell, ended, clock }))
        }
        Ok(Err(e)) => Err(e),
        Err(_) => Err(StartError::worker(Stage::Exec, "the thread that starts the run panicked")),
    }
}

/// Makes the run's folder and starts it; without a run no folder stays.
fn in_folder(
    house: &House,
    plan: &Plan,
    place: Place,
    lease: LeaseTerms,
    wanted: impl FnOnce() -> bool,
) -> Result<Started, StartError> {
    let folder = Folder::create(&house.runs, &plan.run, Kind::Shell)?;
    let by = Attendant { shim: None, clock: &house.clock };
    begin(plan, (place, None), &folder, &by, lease.not_after, wanted).inspect_err(|_| folder.discard())
}

fn no_resource(e: &io::Error) -> StartError {
    StartError::worker(Stage::Exec, format!("the worker has no descriptor or thread left for a run: {e}"))
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

/// Carries the wish to end a run to the thread that looks after it.
#[derive(Debug)]
struct Bell {
    event: EventFd,
    why: Mutex<Option<Stop>>,
}

impl Bell {
    /// Returns a bell that nobody has rung; fails when the process has no descriptor left.
    fn new() -> io::Result<Self> {
        let event = EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        Ok(Self { event, why: Mutex::new(None) })
    }

    /// Rings. The first reason stays.
    fn ring(&self, why: Stop) {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        // Fails only when it has rung 2^64 times unheard.
        let _ = self.event.write(1);
    }
}

impl Ears for Arc<Bell> {
    fn open_ends(&self) -> Vec<BorrowedFd<'_>> {
        vec![self.event.as_fd()]
    }

    fn heard(&mut self) -> Option<Stop> {
        // Fails when it was not rung since.
        let _ = self.event.read();
        *self.why.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that a thread of this process looks after.
struct ThreadRun {
    bell: Arc<Bell>,
    ended: watch::Receiver<Option<Outcome>>,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Running for ThreadRun {
    async fn wait(&self) -> Outcome {
        let mut ended = self.ended.clone();
        let known = ended.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        known.unwrap_or_else(|| {
            let message = "the thread that looked after the run panicked; see the worker's log".to_owned();
            Outcome::bare(End::HostError { message }, self.clock.now())
        })
    }

    async fn stop(&self, why: Stop) {
        self.bell.ring(why);
    }
}
