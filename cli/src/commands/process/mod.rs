//! A process that stays: its parts, and how signals end them. `standalone` has a server and a worker, `master` a server,
//! `worker` a worker.
//!
//! SIGTERM hands over, SIGINT waits for runs, a second signal ends at once. The page stays up while a worker ends, so
//! that one can see what it waits for.

mod certificate;
mod listen;
mod runs;
mod signals;

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use worker::Shutdown;

use crate::exit::Exit;

pub(super) use certificate::Certificate;
pub(super) use listen::{bind, reached_at};
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
}

impl Process {
    pub(super) fn new() -> Self {
        Self {
            parts: JoinSet::new(),
            shutdown: Shutdown::new(),
            closing: CancellationToken::new(),
            has_worker: false,
        }
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
        let mut signals = Signals::new()?;
        let mut failure = None;
        loop {
            tokio::select! {
                signal = signals.next() => self.apply(signal),
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
            self.closing.cancel();
        }
    }
}
