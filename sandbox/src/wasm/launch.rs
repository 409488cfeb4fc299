//! One run on its way to a thread, and there to its end.
//!
//! Who asked for it hears of its start and its end; whether that is this process or one at the other end of a socket
//! is not known here, and neither is the run's folder.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::id::Digest;
use model::outcome::{End, Outcome, OutputCount, Stop, Usage};
use model::ports::{Clock, StartError};
use model::time::{BootTime, Span, Timestamp};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::classify::{self, Ended};
use super::code::Code;
use super::guest::{Bounds, Given, Guest, execute};
use super::program::Program;
use super::sink::{Disk, Output};
use super::slots::Slot;
use crate::folder::SegmentWriter;

/// Who asked for a run.
#[async_trait]
pub(super) trait Asker: Send {
    /// Hears whether the run starts. Returns false when nobody wants it any more: then it does not.
    fn started(&mut self, answer: Result<(), StartError>) -> bool;

    /// Hears how the run ended. Its output is in the segment, not yet synced; nothing of it is left. What held the
    /// run the asker adds itself (`held`).
    async fn ended(self: Box<Self>, outcome: Outcome);
}

/// A run that a thread is asked to start.
pub(super) struct Launch {
    pub(super) digest: Digest,
    pub(super) code: Arc<Code>,
    pub(super) bounds: Bounds,
    pub(super) not_after: BootTime,
    pub(super) run: Run,
}

/// A run and what it needs.
pub(super) struct Run {
    pub(super) given: Given,
    pub(super) bounds: Bounds,
    pub(super) writer: SegmentWriter,
    pub(super) stop: watch::Receiver<Option<Stop>>,
    pub(super) asker: Box<dyn Asker>,
    pub(super) slot: Slot,
}

impl Launch {
    /// Says that the run starts; `None` when who asked for it is gone.
    pub(super) fn accept(mut self) -> Option<Run> {
        self.run.asker.started(Ok(())).then_some(self.run)
    }

    /// Says why the run does not start.
    pub(super) fn refuse(self, error: StartError) {
        let Run { mut asker, slot, .. } = self.run;
        drop(slot);
        asker.started(Err(error));
    }
}

/// What all runs of one thread have around them.
#[derive(Clone)]
pub(super) struct Around {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) disk: Arc<Disk>,
    pub(super) shutdown: CancellationToken,
}

impl Run {
    /// Runs the guest and tells how it ended.
    pub(super) async fn complete(self, program: Program, around: Around) {
        let Around { clock, disk, shutdown } = around;
        let started_at = clock.now();
        let output = Output::new(self.writer);
        let memory = self.bounds.memory;
        let ended = match Guest::new(&self.given, &output, memory, clock.clone(), program.engine()) {
            Ok(guest) => {
                let whole = execute(&program, guest, self.bounds, self.stop, &shutdown);
                tokio::select! {
                    // What it prints is looked at when it has had its turn.
                    biased;
                    ended = whole => ended,
                    never = output.watch() => match never {},
                }
            }
            Err(e) => Some(not_made(&e)),
        };
        drop(self.given);
        let output = output.finish(&disk).await;
        let Some(ended) = ended else { return };
        let outcome = outcome(ended, output, (started_at, clock.now()));
        drop(self.slot);
        self.asker.ended(outcome).await;
    }
}

fn not_made(e: &wasmtime::Error) -> Ended {
    let (_, stop, out_of_fuel) = classify::panicked();
    Ended {
        end: End::HostError { message: format!("failed to open what the module was granted: {e:#}") },
        stop,
        out_of_fuel,
        out_of_memory: false,
        fuel: 0,
        peak: model::quantity::ByteSize::from_bytes(0),
        cpu: Duration::ZERO,
        refused: None,
    }
}

fn outcome(ended: Ended, output: OutputCount, (started_at, ended_at): (Timestamp, Timestamp)) -> Outcome {
    Outcome {
        stop: ended.stop,
        out_of_memory: ended.out_of_memory,
        out_of_fuel: ended.out_of_fuel,
        usage: Usage {
            cpu_user: Some(Span::from_millis(u64::try_from(ended.cpu.as_millis()).unwrap_or(u64::MAX))),
            fuel: Some(ended.fuel),
            memory_peak: Some(ended.peak),
            network_refused: ended.refused,
            ..Usage::default()
        },
        output,
        started_at,
        ..Outcome::bare(ended.end, ended_at)
    }
}
