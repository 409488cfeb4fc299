//! A process that stays: its parts, and how signals end them. `standalone` has a server and a worker, `master` a server,
//! `worker` a worker.
//!
//! SIGTERM hands over, SIGINT waits for runs, a second signal ends at once. The page stays up while a worker ends, so
//! that one can see what it waits for.

mod certificate;
mod listen;
pub(super) mod notify;
mod reload;
mod runs;
mod signals;

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use worker::Shutdown;

use crate::exit::Exit;

pub(super) use certificate::Certificate;
pub(super) use listen::{bind, reached_at};
pub(super) use reload::Reload;
pub(super) use runs::{Ground, worker_options};

use signals::{Asked, Signals};

/// Returns the runtime that everything stands on.
pub(super) fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread().enable_all().build().context("could not start a runtime")
}

/// What a part of the process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Server,
    Worker,
    /// Work that ends by itself, or with the process.
    Aside,
}

/// A process and its parts.
pub(super) struct Process {
    parts: JoinSet<(Part, Result<()>)>,
    /// Tells the worker how to end.
    shutdown: Shutdown,
    /// Tells the server to end.
    closing: CancellationToken,
    has_worker: bool,
    signals: Signals,
}

impl Process {
    /// Returns a process without parts that hears signals from now on. It is made before anybody is told of the process:
    /// who reads where it serves may end it at once.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            parts: JoinSet::new(),
            shutdown: Shutdown::new(),
            closing: CancellationToken::new(),
            has_worker: false,
            signals: Signals::new()?,
        })
    }

    /// Adds the server, which ends when its token is cancelled.
    pub(super) fn server<F>(&mut self, serve: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let serving = serve(self.closing.clone());
        self.parts.spawn(async move { (Part::Server, serving.await) });
    }

    /// Adds the worker, which ends as it is told.
    pub(super) fn worker<F>(&mut self, work: impl FnOnce(Shutdown) -> F)
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.has_worker = true;
        let working = work(self.shutdown.clone());
        self.parts.spawn(async move { (Part::Worker, working.await) });
    }

    /// Adds work beside them, which is dropped when they have ended.
    pub(super) fn aside(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let closing = self.closing.clone();
        self.parts.spawn(async move {
            tokio::select! {
                () = closing.cancelled() => {}
                () = work => {}
            }
            (Part::Aside, Ok(()))
        });
    }

    /// Runs until a signal has ended all parts, or one of them has failed.
    pub(super) async fn run(mut self) -> Result<Exit> {
        let mut failure = None;
        let (mut pulse, mut beats) = pulse();
        loop {
            tokio::select! {
                signal = self.signals.next() => self.apply(signal),
                Some(()) = beats.recv() => notify::alive(),
                ended = self.parts.join_next() => {
                    let Some(ended) = ended else { break };
                    let (part, result) = match ended {
                        Ok(ended) => ended,
                        // Cut off by a second signal.
                        Err(error) if error.is_cancelled() => continue,
                        Err(error) => return Err(error).context("a part of the process panicked"),
                    };
                    if let Err(error) = result {
                        failure.get_or_insert(error);
                    }
                    // Without the one, the other has no use here.
                    match part {
                        Part::Worker => self.closing.cancel(),
                        Part::Server => {
                            self.closing.cancel();
                            self.shutdown.hand_over();
                        }
                        Part::Aside => {}
                    }
                }
            }
        }
        pulse.abort_all();
        match failure {
            Some(error) => Err(error),
            None => Ok(Exit::Done),
        }
    }

    fn apply(&mut self, signal: Asked) {
        if self.has_worker {
            signals::apply(signal, &self.shutdown);
            return;
        }
        if self.closing.is_cancelled() {
            tracing::info!("ending at once");
            self.parts.abort_all();
        } else {
            tracing::info!("ending: requests under way are answered; a second signal ends at once");
            notify::stopping("ending: requests under way are answered");
            self.closing.cancel();
        }
    }
}

/// Beats while the service manager asks for it. A beat is made by a task and sent on by the loop that hears signals, so
/// that it comes only while both the runtime and that loop go on; it needs no store.
fn pulse() -> (JoinSet<()>, mpsc::Receiver<()>) {
    let (sender, beats) = mpsc::channel(1);
    let mut pulse = JoinSet::new();
    if let Some(period) = notify::beat() {
        pulse.spawn(async move {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if sender.send(()).await.is_err() {
                    return;
                }
            }
        });
    }
    (pulse, beats)
}
