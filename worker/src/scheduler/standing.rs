//! What the worker is told from outside the jobs: to end, and how its registration stands.

use model::outcome::Stop;
use model::policy::WhenCutOff;
use model::state::ADOPT_WINDOW;
use model::time::{BootTime, Span};
use tracing::{info, warn};

use super::decisions::Decisions;
use super::{Effect, Now};
use crate::drain::Phase;
use crate::registration::Standing;
use crate::runner::Held;

/// How long before the end of the adopt window the last KILL of a worker that is cut off must be done.
const CUT_OFF_MARGIN: Span = Span::from_seconds(5);

impl Decisions {
    /// Notes the phase asked for.
    pub(super) fn enter(&mut self, phase: Phase, now: Now) {
        if phase != self.drain.phase() {
            let runs = self.table.len();
            match phase {
                Phase::Run => {}
                Phase::Drain => info!(runs, "draining: nothing new is taken, {runs} runs go on to their end"),
                Phase::HandOver => {
                    info!(runs, "handing over: nothing new is taken, {runs} runs are waited for");
                }
                Phase::Now => info!(runs, "ending at once: {runs} runs are stopped"),
            }
        }
        self.drain.enter(phase, now.boot);
    }

    /// Notes how the worker stands with the others.
    pub(super) fn stand(&mut self, standing: Standing, now: Now) {
        let revision = |standing: &Standing| standing.registration.as_ref().map(|held| held.revision);
        let (before, after) = (revision(&self.standing), revision(&standing));
        if before.is_some() && before != after {
            // A new one in its place does not undo that the old one was gone for a while.
            self.registration_gone(now);
        }
        if standing.clock_ok {
            self.trusted = standing.offset;
        }
        self.standing = standing;
        if let Some(held) = &self.standing.registration {
            self.holds_until = held.holds_until;
        }
    }

    /// Notes that the registration is surely gone: nothing is claimed until there is a new one.
    pub(super) fn registration_gone(&mut self, now: Now) {
        self.standing.registration = None;
        self.holds_until = BootTime::from_millis(0);
        self.effects.push(Effect::CheckRegistration);
        self.stop_what_is_cut_off(now);
    }

    /// Stops what says `when_cut_off: kill`: at once when the registration is known to be gone, else so early that
    /// the last KILL is done before a survivor may settle the run.
    pub(super) fn stop_what_is_cut_off(&mut self, now: Now) {
        for (run, held) in self.table.iter() {
            let Held { when_cut_off: WhenCutOff::Kill, grace, .. } = held else { continue };
            let patience = Span::from_millis(
                ADOPT_WINDOW.as_millis().saturating_sub(CUT_OFF_MARGIN.plus(*grace).as_millis()),
            );
            let gone = self.holds_until == BootTime::from_millis(0);
            if (gone || now.boot > self.holds_until + patience) && held.stop(Stop::CutOff) {
                warn!(run.id = %run, "run {run} is stopped: the worker is cut off from the store");
            }
        }
    }
}
