//! What the worker is told from outside the jobs: to end, and how its registration stands.

use model::outcome::Stop;
use model::policy::WhenCutOff;
use model::state::cut_off_at;
use model::time::BootTime;
use model::worker::Drain;
use tracing::{info, warn};

use super::decisions::Decisions;
use super::{Effect, Now};
use crate::drain::Phase;
use crate::registration::Standing;
use crate::runner::Held;

impl Decisions {
    /// Notes the phase asked for.
    pub(super) fn enter(&mut self, phase: Phase, now: Now) {
        if phase != self.drain.phase() {
            let runs = self.table.len();
            self.drain.enter(phase, now.boot);
            let waited_for = self.waited_for();
            match phase {
                Phase::Run => {}
                Phase::Drain => info!(runs, "draining: nothing new is taken, {runs} runs go on to their end"),
                Phase::HandOver => {
                    let left = runs - waited_for;
                    info!(
                        runs = waited_for,
                        left,
                        "handing over: {left} runs go on without this process, {waited_for} are waited for"
                    );
                }
                Phase::Now => info!(runs, "ending at once: {runs} runs are stopped"),
            }
        }
    }

    /// Notes how the worker stands with the others.
    pub(super) fn stand(&mut self, standing: Standing, now: Now) {
        let revision = |standing: &Standing| standing.registration.as_ref().map(|held| held.revision);
        let (before, after) = (revision(&self.standing), revision(&standing));
        if before.is_some() && before != after {
            // A new one in its place does not undo that the old one was gone for a while.
            self.registration_gone(now);
        }
        match (self.standing.drain(&self.me.id), standing.drain(&self.me.id)) {
            (None, Some(Drain { by, reason, .. })) => {
                let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
                info!("`{by}` wants this worker to drain{reason}: nothing new is taken, runs go on");
            }
            (Some(_), None) => info!("this worker drains no more: claiming goes on"),
            _ => {}
        }
        if standing.clock_ok {
            self.trusted = standing.offset;
        }
        self.standing = standing;
        let peers = &self.standing.peers;
        self.pace.keep(|worker| peers.iter().any(|peer| peer.identity.id == *worker));
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
        // Nothing is cut off before its lease has ended, whatever its grace; most events come before that.
        if now.boot <= self.holds_until {
            return;
        }
        for (run, held) in self.table.iter() {
            let Held { when_cut_off: WhenCutOff::Kill, grace, .. } = held else { continue };
            let gone = self.holds_until == BootTime::from_millis(0);
            if (gone || now.boot > cut_off_at(self.holds_until, *grace)) && held.stop(Stop::CutOff) {
                warn!(run.id = %run, "run {run} is stopped: the worker is cut off from the store");
            }
        }
    }
}
