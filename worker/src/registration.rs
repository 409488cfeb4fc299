//! Says that this worker lives: registers, renews the lease, reports how it is, and looks who else lives.
//!
//! What comes of it is one value, [`Standing`], that the scheduler decides by. A lost registration is made anew under
//! a new revision; claims sent under the old one fail by their guard.
//! Not here: what a worker without a registration does about its runs (`scheduler`).

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use model::id::WorkerId;
use model::ports::{LEASE_TTL, RegisterError, Registration, StoreError};
use model::time::{BootTime, Span};
use model::worker::{ClockChange, ClockEvent, Drain, OutputWaits, Worker, WorkerIdentity, WorkerStatus};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::clock_guard::{ClockGuard, Offset, Reading, SETTLE};
use crate::comparison::{Comparison, Window};
use crate::disk;
use crate::figures;
use crate::options::Ports;

/// Renewals: two may fail before the lease ends.
const BEAT: Span = Span::from_millis(LEASE_TTL.as_millis() / 3);
/// How often the status is written when nothing urgent changed.
const REPORT_EVERY: Span = Span::from_seconds(10);
/// How often at most it is written because the last slot was taken or the first run held back, or one came free.
const TIGHT_EVERY: Span = Span::from_seconds(1);
/// How long a taken id is waited for: the lease of a process that died ends within one TTL.
const TAKEN_PATIENCE: Span = Span::from_millis(LEASE_TTL.as_millis() + 2_000);
/// Pause between attempts to register.
const REGISTER_RETRY: Span = Span::from_seconds(1);

/// How this worker stands with the others.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// Its registration, with the last confirmed deadline; none while it has none.
    pub(crate) registration: Option<Registration>,
    /// False while the wall clock is not to be trusted.
    pub(crate) clock_ok: bool,
    /// Wall minus boot time as last compared; where it is another, nobody has looked at the wall clock since it was set.
    pub(crate) offset: Offset,
    /// What happened to the clocks last.
    pub(crate) clock_event: Option<ClockEvent>,
    /// The live workers, this one included, as last seen.
    pub(crate) peers: Arc<[Worker]>,
    /// When they were seen.
    pub(crate) peers_seen_at: Option<BootTime>,
}

impl Standing {
    /// Returns who wants this worker to take nothing new, as last seen.
    pub(crate) fn drain(&self, me: &WorkerId) -> Option<&Drain> {
        self.peers.iter().find(|peer| peer.identity.id == *me)?.drain.as_ref()
    }
}

/// What of the status changes from second to second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Slots in use.
    pub(crate) busy: u32,
    /// True when nothing new is taken.
    pub(crate) draining: bool,
    /// Output that waits for the facts store.
    pub(crate) output: OutputWaits,
}

/// Keeps the registration. One per worker.
pub(crate) struct Registrar {
    ports: Ports,
    /// The folder of all runs.
    runs_dir: PathBuf,
    identity: WorkerIdentity,
    /// The status but for what changes.
    status: WorkerStatus,
    load: watch::Receiver<Load>,
    standing: watch::Sender<Standing>,
    guard: ClockGuard,
    comparison: Comparison,
    /// Counts on a clock that stops while the machine sleeps.
    began: Instant,
    taken_since: Option<BootTime>,
    reported: Option<(WorkerStatus, BootTime)>,
    /// When it was last tried to report, whether or not the store took it.
    report_tried: Instant,
}

impl Registrar {
    pub(crate) fn new(
        ports: Ports,
        runs_dir: PathBuf,
        identity: WorkerIdentity,
        status: WorkerStatus,
        load: watch::Receiver<Load>,
    ) -> Self {
        let began = Instant::now();
        let guard = ClockGuard::new(Reading::of(&*ports.clock, began.elapsed()));
        let standing = watch::Sender::new(Standing {
            registration: None,
            clock_ok: true,
            offset: guard.offset(),
            clock_event: None,
            peers: Arc::from([]),
            peers_seen_at: None,
        });
        let (taken_since, reported) = (None, None);
        let comparison = Comparison::default();
        Self {
            ports,
            runs_dir,
            identity,
            status,
            load,
            standing,
            guard,
            comparison,
            began,
            taken_since,
            reported,
            report_tried: began,
        }
    }

    pub(crate) fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Keeps the registration until told to stop. `hint` asks for a beat at once: somebody saw that it is gone.
    ///
    /// # Errors
    /// When another live worker has this id, or the store refuses for good.
    pub(crate) async fn run(
        mut self,
        stop: CancellationToken,
        hint: Arc<Notify>,
    ) -> Result<(), RegisterError> {
        let mut next_beat = Instant::now();
        loop {
            let next_report = self.report_due().unwrap_or(next_beat);
            let beat = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                () = sleep_until(next_beat) => true,
                () = sleep_until(next_report) => false,
                () = hint.notified() => true,
                changed = self.load.changed() => {
                    if changed.is_err() {
                        return Ok(()); // The scheduler is gone, and the worker with it.
                    }
                    false
                }
            };
            if beat {
                let registered = self.beat().await?;
                next_beat = Instant::now() + if registered { BEAT } else { REGISTER_RETRY }.to_std();
            }
            self.report().await;
        }
    }

    /// One heartbeat: registration, clocks, peers. Returns whether there is a registration.
    async fn beat(&mut self) -> Result<bool, RegisterError> {
        self.compare_clocks();
        self.comparison.ask(&*self.ports.facts, &*self.ports.clock).await;
        let held = self.standing.borrow().registration.clone();
        let registration = match held {
            Some(held) => self.renew(held).await,
            None => None,
        };
        let registration = match registration {
            Some(held) => Some(held),
            None => self.register().await?,
        };
        if let Some(held) = &registration {
            // Runs that end by themselves when nobody renews the lease hear of it here, before anybody claims by it.
            let noted = timeout(BEAT.to_std(), self.ports.lease_holds(held.holds_until)).await;
            if noted.is_err() {
                warn!(worker.id = %held.id, "failed to note the lease in time: runs that are killed when cut off may end");
            }
        }
        let asked = self.ports.clock.boot_time();
        let peers = bounded(self.ports.registry.workers()).await;
        let now = self.ports.clock.boot_time();
        match &peers {
            Ok(peers) => {
                let window = Window { from: asked, to: now };
                self.comparison.compare(&self.identity.id, peers, window, self.guard.offset());
            }
            Err(e) if self.standing.borrow().peers_seen_at.is_none() => {
                warn!("failed to look who else lives, nothing is claimed before: {e}");
            }
            Err(_) => {}
        }
        let (registered, clock_ok) = (registration.is_some(), self.is_clock_good());
        // Together: nothing is claimed by a registration before the clocks were compared.
        self.standing.send_modify(|standing| {
            (standing.registration, standing.clock_ok) = (registration, clock_ok);
            if let Ok(peers) = peers {
                (standing.peers, standing.peers_seen_at) = (peers.into(), Some(now));
            }
        });
        Ok(registered)
    }

    /// Returns true while the wall clock stands still and agrees with the others'.
    fn is_clock_good(&self) -> bool {
        self.guard.is_settled() && self.comparison.off().is_none()
    }

    fn compare_clocks(&mut self) {
        let event = self.guard.compare(Reading::of(&*self.ports.clock, self.began.elapsed()));
        match event {
            Some(event) if event.change == ClockChange::Slept => {
                warn!("the machine slept for {}: what fell due meanwhile is late", event.by);
            }
            Some(event) => error!(
                "the wall clock was {}: nothing is claimed until it has stood still for {SETTLE}\n\
                 hint: let one service set the clock, and slowly",
                match event.change {
                    ClockChange::SetBack => format!("set back by {}", event.by),
                    _ => format!("set forward by {}", event.by),
                }
            ),
            None => {}
        }
        let ok = self.is_clock_good();
        if ok && !self.standing.borrow().clock_ok {
            info!("the wall clock is good again: claiming goes on");
        }
        let offset = self.guard.offset();
        self.standing.send_modify(|standing| {
            (standing.clock_ok, standing.offset) = (ok, offset);
            standing.clock_event = event.or(standing.clock_event);
        });
    }

    async fn renew(&mut self, held: Registration) -> Option<Registration> {
        match bounded(self.ports.registry.renew(&held)).await {
            Ok(Some(renewed)) => Some(renewed),
            Ok(None) => {
                warn!(worker.id = %held.id, "the registration of worker `{}` is gone: registering anew", held.id);
                self.reported = None;
                None
            }
            Err(e) => {
                // It may still hold; whoever uses it looks at its deadline.
                warn!(worker.id = %held.id, "failed to renew the registration of worker `{}`: {e}", held.id);
                Some(held)
            }
        }
    }

    async fn register(&mut self) -> Result<Option<Registration>, RegisterError> {
        let status = self.status_now();
        let registering = self.ports.registry.register(self.identity.clone(), status.clone());
        let registered = match timeout(LEASE_TTL.to_std(), registering).await {
            Ok(registered) => registered,
            Err(_) => Err(StoreError::Ambiguous("no answer to the registration".into()).into()),
        };
        let id: &WorkerId = &self.identity.id;
        match registered {
            Ok(registration) => {
                info!(worker.id = %id, "worker `{id}` registered at revision {}", registration.revision);
                self.taken_since = None;
                self.reported = Some((status, self.ports.clock.boot_time()));
                self.report_tried = Instant::now();
                Ok(Some(registration))
            }
            Err(RegisterError::Taken(taken)) => {
                let now = self.ports.clock.boot_time();
                let since = *self.taken_since.get_or_insert(now);
                if now.since(since) > TAKEN_PATIENCE {
                    return Err(RegisterError::Taken(taken));
                }
                if now == since {
                    warn!(worker.id = %id, "worker id `{id}` is taken: waiting for the lease of an earlier process to end");
                }
                Ok(None)
            }
            Err(RegisterError::Store(e @ (StoreError::Permanent(_) | StoreError::Refused(_)))) => {
                Err(e.into())
            }
            Err(RegisterError::Store(e)) => {
                warn!(worker.id = %id, "failed to register worker `{id}`, trying again: {e}");
                // A store that was away gives every lease its whole time again.
                self.taken_since = None;
                Ok(None)
            }
        }
    }

    /// Writes the status when something urgent changed, else every ten seconds.
    async fn report(&mut self) {
        let (status, now) = (self.status_now(), self.ports.clock.boot_time());
        let held = self.standing.borrow().registration.clone();
        figures::status(&status, held.is_some());
        let Some(held) = held else { return };
        if let Some((last, at)) = &self.reported {
            // Somebody may wait for the last run of a worker that drains.
            let urgent = last.draining != status.draining
                || (status.draining && last.busy != status.busy)
                || last.clock_ok != status.clock_ok
                || last.clock_event != status.clock_event
                || last.facts_clock.is_some() != status.facts_clock.is_some();
            let told = tight(last) == tight(&status) || self.report_tried.elapsed() < TIGHT_EVERY.to_std();
            if !urgent && told && now.since(*at) < REPORT_EVERY {
                return;
            }
        }
        self.report_tried = Instant::now();
        match bounded(self.ports.registry.report(&held, status.clone())).await {
            Ok(()) => self.reported = Some((status, now)),
            Err(e) => warn!(worker.id = %held.id, "failed to report the status of worker `{}`: {e}", held.id),
        }
    }

    /// Returns when to tell that it has become tight, or is no longer; none when that is told.
    ///
    /// The others leave a full worker out when they reckon whose turn it is: till they know, they wait for it.
    fn report_due(&self) -> Option<Instant> {
        let (last, _) = self.reported.as_ref().filter(|_| self.standing.borrow().registration.is_some())?;
        let load = *self.load.borrow();
        let now = (load.busy >= self.status.slots, load.output.held_runs > 0, load.output.ends_full);
        (tight(last) != now).then(|| self.report_tried + TIGHT_EVERY.to_std())
    }

    fn status_now(&self) -> WorkerStatus {
        let load = *self.load.borrow();
        let Standing { clock_ok, clock_event, .. } = *self.standing.borrow();
        WorkerStatus {
            busy: load.busy,
            output: load.output,
            draining: load.draining,
            clock_ok,
            clock_off: self.comparison.off().cloned(),
            facts_clock: self.comparison.facts_clock(self.guard.offset(), self.ports.clock.boot_time()),
            clock_event,
            disk_free_percent: disk::free_percent(&self.runs_dir),
            // Its processes may have ended and come again.
            wasm: self.ports.wasm.enforceable(),
            at: self.ports.clock.now(),
            ..self.status.clone()
        }
    }
}

/// Returns what of a status is told soon: that no slot is free, that runs are held back, that nothing new starts.
fn tight(status: &WorkerStatus) -> (bool, bool, bool) {
    (status.busy >= status.slots, status.output.held_runs > 0, status.output.ends_full)
}

/// Waits for a store no longer than one beat, so that one slow answer does not cost the lease.
async fn bounded<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let patience = BEAT.to_std();
    timeout(patience, call).await.unwrap_or_else(|_| Err(StoreError::Unavailable("no answer in time".into())))
}

#[cfg(test)]
mod tests;
