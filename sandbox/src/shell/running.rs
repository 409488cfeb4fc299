//! The handle of a run: waits for its outcome, asks it to end.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use model::outcome::{End, Outcome, Stop};
use model::ports::{Clock, Running};
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::sync::Arc;
use tokio::sync::watch;

/// Carries the wish to end a run to the thread that looks after it.
#[derive(Debug)]
pub(super) struct Bell {
    event: EventFd,
    why: Mutex<Option<Stop>>,
}

impl Bell {
    /// Returns a bell that nobody has rung.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub(super) fn new() -> std::io::Result<Self> {
        let event = EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        Ok(Self { event, why: Mutex::new(None) })
    }

    /// Rings. The first reason stays.
    pub(super) fn ring(&self, why: Stop) {
        self.why.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        // Fails only when it has rung 2^64 times unheard.
        let _ = self.event.write(1);
    }

    /// Returns why it was rung, and makes it quiet.
    pub(super) fn heard(&self) -> Option<Stop> {
        // Fails when it was not rung since.
        let _ = self.event.read();
        *self.why.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what becomes readable when it is rung.
    pub(super) fn event(&self) -> &EventFd {
        &self.event
    }
}

/// A run that a thread of this process looks after.
pub(super) struct LiveRun {
    pub(super) bell: Arc<Bell>,
    pub(super) ended: watch::Receiver<Option<Outcome>>,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Running for LiveRun {
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

/// A run whose end was known when it was found.
pub(super) struct EndedRun(pub(super) Outcome);

#[async_trait]
impl Running for EndedRun {
    async fn wait(&self) -> Outcome {
        self.0.clone()
    }

    async fn stop(&self, _why: Stop) {}
}
