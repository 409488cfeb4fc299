//! What the signals of an administrator mean.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use worker::{Phase, Shutdown};

use super::notify;

/// SIGTERM and SIGINT, as they come.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// One signal.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    Terminate,
    Interrupt,
}

impl Signals {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("could not listen for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("could not listen for SIGINT")?,
        })
    }

    /// Returns the next signal; cancel-safe.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Terminate,
            _ = self.interrupt.recv() => Asked::Interrupt,
        }
    }
}

/// Tells the worker what a signal asks for, and the log what that means.
pub(super) fn apply(signal: Asked, shutdown: &Shutdown) {
    match signal {
        Asked::Terminate => shutdown.hand_over(),
        Asked::Interrupt => shutdown.drain(),
    }
    let told = match shutdown.phase() {
        Phase::Run => return,
        Phase::Drain => "ending: waits for its runs; a second signal stops them",
        Phase::HandOver => {
            "ending: shell runs go on for the next start to take over, modules are waited for; a second signal stops all \
             and ends at once"
        }
        Phase::Now => "ending at once",
    };
    tracing::info!("{told}");
    notify::stopping(told);
}
