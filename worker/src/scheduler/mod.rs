//! The worker's one loop: turns whatever happens into an event, has it decided, and does what was decided.
//!
//! Flow: `watch`, `registration`, answers of the store, ends of runs → **`scheduler`** → `claim`, `runner`, `pipeline`.
//! Decisions are made in [`Decisions`] without waiting for anything; the loop owns the swaps under way and the runs.

mod claims;
mod clock;
mod decisions;
mod ends;
mod following;
mod gather;
mod pace;
mod plans;
mod settling;
mod standing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use model::id::RunId;
use model::outcome::Stop;
use model::ports::{Clock, Intent};
use model::time::{BootTime, Timestamp};
use model::worker::OutputWaits;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

pub(crate) use decisions::{Decisions, Me};

use crate::claim::{self, Answer, Order};
use crate::drain::Phase;
use crate::figures;
use crate::pipeline::{self, Settled};
use crate::registration::{Load, Standing};
use crate::runner::{Ended, Launch, Runner};
use crate::watch::News;

/// An instant on both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub(crate) wall: Timestamp,
    pub(crate) boot: BootTime,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// The worker is asked to end.
    Phase(Phase),
    /// The registration, the peers or the clocks changed, or were confirmed.
    Standing(Standing),
    /// Jobs or states changed.
    News(News),
    /// The store answered.
    Answered(Order, Answer),
    /// A run has ended.
    Ended(Ended),
    /// It is time to look.
    Wake,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Send swaps.
    Send(Order),
    /// Start a run, or have it end as refused.
    Start(Box<Launch>, BootTime, watch::Receiver<Option<Stop>>),
    /// Tell the pipeline that a run's end is settled.
    Settled(RunId, Settled),
    /// Look at the registration at once.
    CheckRegistration,
}

/// What the loop works through.
pub(crate) struct Scheduler {
    pub(crate) intent: Arc<dyn Intent>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pipeline: pipeline::Handle,
    pub(crate) runner: Runner,
    pub(crate) decisions: Decisions,
    pub(crate) news: mpsc::Receiver<News>,
    pub(crate) standing: watch::Receiver<Standing>,
    pub(crate) phase: watch::Receiver<Phase>,
    pub(crate) load: watch::Sender<Load>,
    pub(crate) registration_hint: Arc<Notify>,
}

impl Scheduler {
    /// Decides until the worker's part is over.
    pub(crate) async fn run(mut self) {
        let mut swaps = JoinSet::new();
        let mut effects = Vec::new();
        // What was asked or known before the first look counts as news too.
        self.phase.mark_changed();
        self.standing.mark_changed();
        loop {
            let wait = self.decisions.wait(self.now());
            let event = tokio::select! {
                biased;
                Ok(()) = self.phase.changed() => Event::Phase(*self.phase.borrow_and_update()),
                Some(answered) = swaps.join_next() => match answered {
                    Ok((order, answer)) => Event::Answered(order, answer),
                    Err(e) => std::panic::resume_unwind(e.into_panic()),
                },
                Ok(()) = self.standing.changed() => Event::Standing(self.standing.borrow_and_update().clone()),
                // Before ends, or a herd of them would keep from us that others have claimed what is due.
                Some(news) = self.news.recv() => Event::News(news),
                Some(ended) = self.runner.next_ended() => Event::Ended(ended),
                () = sleep(wait) => Event::Wake,
            };
            self.decisions.on(event, self.pipeline.backlog(), self.now(), &mut effects);
            for effect in effects.drain(..) {
                match effect {
                    Effect::Send(order) => {
                        swaps.spawn(claim::send(Arc::clone(&self.intent), order));
                    }
                    Effect::Start(launch, not_after, stop) => self.runner.start(*launch, not_after, stop),
                    Effect::Settled(run, how) => {
                        self.pipeline.send(pipeline::Command::Settled(run, how)).await;
                    }
                    Effect::CheckRegistration => self.registration_hint.notify_one(),
                }
            }
            let decided = self.decisions.load();
            let output = OutputWaits { ends_full: decided.output.ends_full, ..self.pipeline.waits() };
            let load = Load { output, ..decided };
            figures::backlog(self.pipeline.backlog());
            self.load.send_if_modified(|last| std::mem::replace(last, load) != load);
            if self.decisions.is_over() {
                return;
            }
        }
    }

    fn now(&self) -> Now {
        Now { wall: self.clock.now(), boot: self.clock.boot_time() }
    }
}
