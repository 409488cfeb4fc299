//! Starts claimed runs, waits for their ends, and stops those that are to stop. One task per run.
//!
//! Flow: `claim` (won) → **`runner`** → executor → `Ended` → `scheduler`; output goes its own way by the `pipeline`.
//! The executor alone holds timeout and limits. Not here: what follows an end (`model::state`).

mod launch;
mod note;
mod table;

use std::io;
use std::sync::Arc;

use model::id::RunId;
use model::outcome::{End, Outcome, Stage as StartStage, Stop};
use model::ports::{Clock, Executor, LeaseTerms, Running, StartError, Whose};
use model::run::{RunRecord, RunStatus};
use model::time::{BootTime, Timestamp};
use model::workload::Kind;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span as LogSpan, info, info_span, warn};

pub(crate) use launch::Launch;
pub(crate) use note::{Note, Notes};
pub(crate) use table::{Held, Stage, Table};

use crate::{figures, pipeline};

/// A run that has ended, with all that its state needs to know.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) run: RunId,
    pub(crate) kind: Kind,
    pub(crate) status: RunStatus,
    /// True when it did not start for the worker's sake.
    pub(crate) for_workers_sake: bool,
    pub(crate) ended_at: Timestamp,
}

/// Starts runs and owns their tasks.
pub(crate) struct Runner {
    ports: Arc<RunPorts>,
    tasks: JoinSet<Ended>,
}

/// What a run's task works through.
pub(crate) struct RunPorts {
    pub(crate) shell: Arc<dyn Executor>,
    pub(crate) wasm: Arc<dyn Executor>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pipeline: pipeline::Handle,
    pub(crate) notes: Notes,
}

impl Runner {
    pub(crate) fn new(ports: RunPorts) -> Self {
        Self { ports: Arc::new(ports), tasks: JoinSet::new() }
    }

    /// Starts a run whose claim has won, unless `not_after` has passed.
    pub(crate) fn start(&mut self, launch: Launch, not_after: BootTime, stop: watch::Receiver<Option<Stop>>) {
        let span = span_of(&launch.note);
        let ports = Arc::clone(&self.ports);
        self.tasks.spawn(start(ports, launch, not_after, stop).instrument(span));
    }

    /// Goes on with a run that an earlier process of this worker began.
    pub(crate) fn adopt(
        &mut self,
        note: Note,
        running: Box<dyn Running>,
        stop: watch::Receiver<Option<Stop>>,
    ) {
        let span = span_of(&note);
        let ports = Arc::clone(&self.ports);
        let adopted = async move {
            ports.pipeline.send(pipeline::Command::Follow(Box::new(note.record.clone()))).await;
            info!("run {} is taken over from an earlier process", note.record.id);
            attend(&ports, note, &*running, stop).await
        };
        self.tasks.spawn(adopted.instrument(span));
    }

    /// Goes on with a run whose end an earlier process of this worker knew.
    pub(crate) fn conclude(&mut self, note: Note, outcome: Outcome) {
        let span = span_of(&note);
        let ports = Arc::clone(&self.ports);
        let concluded = async move {
            ports.pipeline.send(pipeline::Command::Follow(Box::new(note.record.clone()))).await;
            conclude(&ports, note, outcome, false).await
        };
        self.tasks.spawn(concluded.instrument(span));
    }

    /// Returns the next run that has ended; none while nothing runs. Cancel-safe.
    pub(crate) async fn next_ended(&mut self) -> Option<Ended> {
        match self.tasks.join_next().await? {
            Ok(ended) => Some(ended),
            Err(e) if e.is_panic() => std::panic::resume_unwind(e.into_panic()),
            Err(_) => None,
        }
    }
}

/// Returns the span of a run. What is empty is known at its end and is in no line: it is for who is sent whole spans.
fn span_of(note: &Note) -> LogSpan {
    let record = &note.record;
    info_span!(
        "run",
        run.id = %record.id,
        job.id = %record.job,
        worker.id = record.worker.as_ref().map(tracing::field::display),
        attempt = record.attempt,
        kind = Empty,
        outcome = Empty,
        reason = Empty,
        exit_code = Empty,
        started_ms = Empty,
        ended_ms = Empty
    )
}

/// Has the span of this task say how its run ended. It comes last: a line after it would bear all of that.
fn tell_end(kind: Kind, status: RunStatus, outcome: &Outcome) {
    let span = LogSpan::current();
    span.record("kind", display(kind)).record("outcome", display(status)).record("reason", &*outcome.words);
    if let End::Exited { code } = outcome.end {
        span.record("exit_code", code);
    }
    span.record("started_ms", outcome.started_at.as_millis())
        .record("ended_ms", outcome.ended_at.as_millis());
}

async fn start(
    ports: Arc<RunPorts>,
    mut launch: Launch,
    not_after: BootTime,
    mut stop: watch::Receiver<Option<Stop>>,
) -> Ended {
    ports.pipeline.send(pipeline::Command::Follow(Box::new(launch.note.record.clone()))).await;
    if let Err(e) = on_disk(&ports, launch.note.clone(), Notes::write).await {
        let hint =
            "\nhint: free space on the disk of the data folder, and see that the worker's user owns it";
        let failed = format!("failed to write into the folder of runs: {e}{hint}");
        launch.refused.get_or_insert(StartError::worker(StartStage::Folder, failed));
    }
    let executor = match launch.workload.kind() {
        Kind::Shell => &ports.shell,
        Kind::Wasm => &ports.wasm,
    };
    let lease = LeaseTerms { not_after, when_cut_off: launch.note.when_cut_off };
    let mut stopped = None;
    if launch.refused.is_none() {
        // A stop reaches a run also while its module is compiled.
        launch.refused = tokio::select! {
            biased;
            why = told(&mut stop) => Some(stopped_early(*stopped.insert(why))),
            ready = executor.prepare(&launch.workload, lease) => ready.err(),
        };
    }
    let asked = ports.clock.now();
    let started = match launch.refused.take() {
        Some(e) => Err(e),
        None => executor.start(launch.run_ref(), launch.workload, launch.limits, lease).await,
    };
    match started {
        Ok(running) => {
            let (run, at) = (launch.note.record.id.clone(), ports.clock.now());
            info!("run {run} started");
            figures::started(&launch.note.record, asked, at);
            ports.pipeline.send(pipeline::Command::Started(run, at)).await;
            attend(&ports, launch.note, &*running, stop).await
        }
        Err(e) => {
            let for_workers_sake = e.whose == Whose::Worker;
            figures::refused(launch.note.record.kind, &e);
            let outcome = Outcome { stop: stopped, ..e.into_outcome(ports.clock.now()) };
            launch.note.outcome = Some(outcome.clone());
            let kept = if for_workers_sake {
                // Owed again under the same id: nothing of this try may be left when the next one begins.
                on_disk(&ports, launch.note.clone(), |notes, note| notes.remove(&note.record.id)).await
            } else {
                on_disk(&ports, launch.note.clone(), Notes::write).await
            };
            if let Err(e) = kept {
                warn!("failed to keep the end of run {}: {e}", launch.note.record.id);
            }
            conclude(&ports, launch.note, outcome, for_workers_sake).await
        }
    }
}

/// Waits until the run is to stop; for ever when nobody can say so any more.
async fn told(stop: &mut watch::Receiver<Option<Stop>>) -> Stop {
    match stop.wait_for(Option::is_some).await.map(|why| *why) {
        Ok(why) => why.expect("waited for a reason"),
        Err(_) => std::future::pending().await,
    }
}

/// Returns why a run that was to stop did not start.
fn stopped_early(why: Stop) -> StartError {
    let whose = match why {
        Stop::Killed | Stop::Replaced | Stop::Timeout => Whose::Job,
        Stop::HandedOver | Stop::CutOff => Whose::Worker,
    };
    let message = format!("stopped before it was started: {why}");
    StartError { stage: StartStage::Claim, message, whose }
}

/// Waits for the end of a run that was started, and passes on that it is to stop.
async fn attend(
    ports: &RunPorts,
    note: Note,
    running: &dyn Running,
    mut stop: watch::Receiver<Option<Stop>>,
) -> Ended {
    let passing_on = async {
        let why = told(&mut stop).await;
        running.stop(why).await;
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        biased;
        outcome = running.wait() => outcome,
        () = passing_on => unreachable!("never ends"),
    };
    conclude(ports, note, outcome, false).await
}

async fn conclude(ports: &RunPorts, note: Note, outcome: Outcome, for_workers_sake: bool) -> Ended {
    let (run, outcome) = (note.record.id.clone(), outcome.told());
    let (status, reason, ended_at) =
        (outcome.status(&note.success_codes), outcome.words.clone(), outcome.ended_at);
    let duration_ms = outcome.ended_at.since(outcome.started_at).as_millis();
    info!(outcome = %status, duration_ms, "run {run} ended as {status}: {reason}");
    let kind = note.record.kind;
    if !for_workers_sake {
        figures::ended(kind, status, &outcome);
    }
    tell_end(kind, status, &outcome);
    let record = Box::new(RunRecord {
        status,
        reason,
        started_at: (!matches!(outcome.end, End::NotStarted { .. })).then_some(outcome.started_at),
        ended_at: Some(ended_at),
        outcome: Some(outcome),
        ..note.record
    });
    ports.pipeline.send(pipeline::Command::Ended(record)).await;
    Ended { run, kind, status, for_workers_sake, ended_at }
}

/// Does something with the note of a run off the runtime's threads.
async fn on_disk(
    ports: &RunPorts,
    note: Note,
    what: impl FnOnce(&Notes, &Note) -> io::Result<()> + Send + 'static,
) -> io::Result<()> {
    let notes = ports.notes.clone();
    spawn_blocking(move || what(&notes, &note)).await.map_err(io::Error::other).flatten()
}
