//! The rules as the simulation plays them: the real transitions, or with one rule taken out.
//!
//! A checker that finds nothing proves nothing until it has found each of these.

use crate::id::RunId;
use crate::job::SavedJob;
use crate::run::RunStatus;
use crate::state::{
    ClaimStep, Claimant, CompleteStep, Completion, JobState, Paused, Refused, Settle, Spec, claim, complete,
    lose, pause, save,
};
use crate::time::Timestamp;

/// A rule that is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The store swaps whatever the record's revision is.
    NoRevisionCompare,
    /// A transition takes any text for the state's.
    NoSpecCheck,
    /// A claim leaves `resolved` where it was.
    ClaimKeepsResolved,
    /// Whoever sees a claim of its own in the watch starts the run.
    StartFromWatch,
    /// A claim whose answer was lost counts as won.
    AmbiguousIsWon,
    /// Nobody looks at the lease before the start.
    NoLeaseCheck,
    /// A new process claims without settling what its id still has in the record.
    NoSettleAtStart,
    /// A run of a data folder that is gone counts as not started.
    NewFolderIsNotStarted,
    /// A lost run is settled as soon as its worker is gone.
    LoseAtOnce,
    /// Forbidden ticks end up to the write of the completion.
    CompleteUpToWrite,
    /// A killed run is retried.
    RetryAfterKill,
    /// A pause leaves `resolved` where it was, and a resume too.
    PauseKeepsResolved,
    /// A save leaves `resolved` where it was.
    SaveKeepsResolved,
    /// What waits for a killed run starts at once.
    ReplaceAtOnce,
    /// A worker whose clock is off goes on by it.
    BadClockClaims,
    /// Entries leave the record before the facts store has them.
    ForgetBeforeTelling,
}

impl Broken {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::NoRevisionCompare,
        Self::NoSpecCheck,
        Self::ClaimKeepsResolved,
        Self::StartFromWatch,
        Self::AmbiguousIsWon,
        Self::NoLeaseCheck,
        Self::NoSettleAtStart,
        Self::NewFolderIsNotStarted,
        Self::LoseAtOnce,
        Self::CompleteUpToWrite,
        Self::RetryAfterKill,
        Self::PauseKeepsResolved,
        Self::SaveKeepsResolved,
        Self::ReplaceAtOnce,
        Self::BadClockClaims,
        Self::ForgetBeforeTelling,
    ];
}

/// The rules, at most one of them broken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules(pub(super) Option<Broken>);

impl Rules {
    pub(super) fn broken(self, rule: Broken) -> bool {
        self.0 == Some(rule)
    }

    pub(super) fn claim(
        self,
        state: &JobState,
        spec: Spec<'_>,
        now: Timestamp,
        by: &Claimant,
    ) -> Result<Option<ClaimStep>, Refused> {
        let step = match self.0 {
            Some(Broken::NoSpecCheck) => {
                let forged = forged(spec.saved, state);
                claim(state, Spec { saved: &forged, ..spec }, now, by)
            }
            _ => claim(state, spec, now, by),
        };
        let mut step = step?;
        if let Some(step) = &mut step {
            self.spoil_claim(state, spec, now, by, step);
        }
        Ok(step)
    }

    fn spoil_claim(
        self,
        state: &JobState,
        spec: Spec<'_>,
        now: Timestamp,
        by: &Claimant,
        step: &mut ClaimStep,
    ) {
        if self.broken(Broken::ClaimKeepsResolved) {
            step.state.resolved = state.resolved;
        }
        if self.broken(Broken::ReplaceAtOnce) && step.state.waiting.is_some() {
            let aside = std::mem::take(&mut step.state.active);
            if let Ok(Some(started)) = claim(&step.state, spec, now, by) {
                *step = started;
            }
            step.state.active.extend(aside);
        }
    }

    pub(super) fn complete(
        self,
        state: &JobState,
        spec: Option<Spec<'_>>,
        now: Timestamp,
        end: &Completion,
    ) -> CompleteStep {
        let (mut state, mut end) = (state.clone(), end.clone());
        if self.broken(Broken::CompleteUpToWrite) {
            end.ended_at = now;
        }
        if self.broken(Broken::RetryAfterKill) {
            if end.status == RunStatus::Killed {
                end.status = RunStatus::Failed;
            }
            for run in &mut state.active {
                run.kill = None;
            }
        }
        complete(&state, spec, now, &end)
    }

    pub(super) fn lose(
        self,
        state: &JobState,
        spec: Option<Spec<'_>>,
        now: Timestamp,
        run: &RunId,
        how: &Settle,
    ) -> Result<Option<JobState>, Refused> {
        let how = match how {
            Settle::WorkerGone { .. } if self.broken(Broken::LoseAtOnce) => {
                &Settle::ByHand { by: "haste".to_owned() }
            }
            how => how,
        };
        lose(state, spec, now, run, how)
    }

    pub(super) fn pause(
        self,
        state: &JobState,
        spec: Spec<'_>,
        now: Timestamp,
        text: Paused,
    ) -> Result<JobState, Refused> {
        let mut next = pause(state, spec, now, text)?;
        if self.broken(Broken::PauseKeepsResolved) {
            next.resolved = state.resolved;
            next.unrecorded.clone_from(&state.unrecorded);
        }
        Ok(next)
    }

    pub(super) fn resume(
        self,
        state: &JobState,
        spec: Spec<'_>,
        now: Timestamp,
    ) -> Result<JobState, Refused> {
        let mut next = crate::state::resume(state, spec, now)?;
        if self.broken(Broken::PauseKeepsResolved) {
            next.resolved = state.resolved;
            next.unrecorded.clone_from(&state.unrecorded);
        }
        Ok(next)
    }

    pub(super) fn save(
        self,
        before: Option<(&JobState, Option<Spec<'_>>)>,
        new: Spec<'_>,
        now: Timestamp,
    ) -> Result<JobState, Refused> {
        let mut next = save(before, new, now)?;
        if let Some((state, _)) = before
            && self.broken(Broken::SaveKeepsResolved)
            && state.uid == next.uid
        {
            next.resolved = state.resolved;
        }
        Ok(next)
    }
}

/// The text with the ids that the state asks for.
fn forged(saved: &SavedJob, state: &JobState) -> SavedJob {
    SavedJob { uid: state.uid.clone(), spec_id: state.spec_id, ..saved.clone() }
}
