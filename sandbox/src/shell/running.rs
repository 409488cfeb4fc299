//! The worker's handle of a run that a shim looks after: waits for its end, asks it to end.
//!
//! The shim may have been started by this process or by an earlier one; both are reached by a stream, and both tell
//! the end by the run's folder. A shim that goes away without having written one was killed: what is left of its run
//! is ended here, and the run is lost.

use std::io;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use model::outcome::{End, Outcome, Stop};
use model::ports::Running;
use tokio::net::UnixStream;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::House;
use super::adopt::{self, Fate};
use super::message::{FromShim, Inbox, ToShim, frame};
use super::reclaim::Reclaimer;
use crate::cgroup::Slot;
use crate::folder::LeftBehind;

/// Bytes of one read; a shim says little.
const READ_BYTES: usize = 512;

/// A run that a shim looks after.
pub(super) struct ShimRun {
    line: Line,
    left: Arc<LeftBehind>,
    house: Arc<House>,
    /// What came of it. Whoever waits first asks for all.
    outcome: Mutex<Option<Outcome>>,
    lodging: Arc<std::sync::Mutex<Option<Lodging>>>,
}

impl ShimRun {
    /// Returns the run in the folder `left`, whose shim is at the other end of `line`.
    pub(super) fn new(line: Line, left: LeftBehind, lodging: Option<Lodging>, house: Arc<House>) -> Self {
        let lodging = Arc::new(std::sync::Mutex::new(lodging));
        Self { line, left: Arc::new(left), house, outcome: Mutex::new(None), lodging }
    }

    /// Returns how it ended, once its shim has said so or is gone.
    async fn end(&self) -> io::Result<Outcome> {
        self.line.ended().await;
        loop {
            let (left, house, lodging) = (self.left.clone(), self.house.clone(), self.lodging.clone());
            let settle = move || {
                let fate = adopt::fate(&left, &*house.clock)?;
                if let Fate::Ended(outcome) = &fate {
                    let lodging = lodging.lock().unwrap_or_else(PoisonError::into_inner).take();
                    match outcome.end {
                        // With the slot goes whatever a shim that was killed left in its group.
                        End::Lost { .. } => lodging.into_iter().for_each(Lodging::vacate),
                        // It told the end when nobody lived there any more.
                        _ => lodging.into_iter().for_each(|lodging| lodging.vacate_later(&house.reclaimer)),
                    }
                }
                Ok::<_, io::Error>(fate)
            };
            match spawn_blocking(settle).await.map_err(io::Error::other)?? {
                Fate::Ended(outcome) => return Ok(*outcome),
                // It hung up and lives: its end is waited for on a new line.
                Fate::Lives(line) => Line::of(line)?.ended().await,
            }
        }
    }
}

#[async_trait]
impl Running for ShimRun {
    async fn wait(&self) -> Outcome {
        // Cancelled on the way, nothing is lost: the folder is asked again.
        let mut known = self.outcome.lock().await;
        if let Some(outcome) = &*known {
            return outcome.clone();
        }
        let outcome = self.end().await.unwrap_or_else(|e| {
            let path = self.left.folder.path().display();
            let message = format!("failed to learn from `{path}` how the run ended: {e}");
            Outcome::bare(End::HostError { message }, self.house.clock.now())
        });
        known.insert(outcome).clone()
    }

    async fn stop(&self, why: Stop) {
        let asked = self.line.say(&ToShim::Stop { why }).await;
        if let Err(e) = asked {
            // It is over, or its shim is gone: who waits for the run learns it.
            tracing::debug!(run.id = %self.left.run.id, "run {}: its shim is gone: {e}", self.left.run.id);
        }
    }
}

/// A run's slot, as the worker holds it. Dropped, it is left to the run, which goes on without this process.
#[derive(Debug)]
pub(super) struct Lodging(Option<Slot>);

impl Lodging {
    /// Returns the lodging of a run in this slot.
    pub(super) fn of(slot: Slot) -> Self {
        Self(Some(slot))
    }

    /// Gives the slot back: the run is over, or never began. Blocks until nobody lives in it.
    pub(super) fn vacate(mut self) {
        drop(self.0.take());
    }

    /// Gives the slot back some moments later: the run is over and has left nobody in it.
    pub(super) fn vacate_later(mut self, reclaimer: &Reclaimer) {
        self.0.take().into_iter().for_each(|slot| reclaimer.take(slot));
    }
}

impl Drop for Lodging {
    fn drop(&mut self) {
        if let Some(slot) = self.0.take() {
            slot.leave();
        }
    }
}

/// A stream to a shim.
pub(super) struct Line {
    stream: UnixStream,
    /// What was read so far stays here when a waiting future is dropped.
    inbox: Mutex<Inbox>,
}

impl Line {
    /// Returns the line over a stream.
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream, inbox: Mutex::new(Inbox::default()) }
    }

    /// Returns the line over a stream that was connected off the runtime.
    ///
    /// # Errors
    /// When the runtime cannot take it.
    pub(super) fn of(stream: std::os::unix::net::UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self::new(UnixStream::from_std(stream)?))
    }

    /// Says something to the shim.
    ///
    /// # Errors
    /// When it is gone.
    pub(super) async fn say(&self, message: &ToShim) -> io::Result<()> {
        let bytes = frame(message)?;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(rest) {
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Returns what the shim says next; none when it is gone. Cancel-safe.
    ///
    /// # Errors
    /// When it says something that this version does not know.
    pub(super) async fn next(&self) -> io::Result<Option<FromShim>> {
        let mut inbox = self.inbox.lock().await;
        let mut buffer = [0; READ_BYTES];
        loop {
            if let Some(message) = inbox.take()? {
                return Ok(Some(message));
            }
            self.stream.readable().await?;
            match self.stream.try_read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(n) => inbox.feed(&buffer[..n]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Ok(None),
            }
        }
    }

    /// Waits until the shim has said that the run is over, or is gone.
    async fn ended(&self) {
        // What a later version may say besides is no end.
        while !matches!(self.next().await, Ok(Some(FromShim::Ended) | None) | Err(_)) {}
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
