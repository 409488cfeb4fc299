//! Checks of claims against what people said: edits, pauses, deletions; and against the clock.

use super::checker::{Check, SLACK_MS, ms, violated};
use super::history::{Call, Commit};
use super::scenario::Every;
use super::world::World;
use crate::id::{JobUid, SpecId};
use crate::state::{Active, Cause, Spec, due};
use crate::time::{Span, Timestamp};

impl World {
    /// P9: what runs is the text that the record named when it was claimed, and no tick runs before it is due.
    pub(super) fn check_claims(&self) -> Check {
        for start in &self.history.starts {
            let Some(commit) = self.history.claim_of(&start.run, &start.nonce) else {
                return violated("P1", format!("run {} starts at {} unclaimed", start.run, start.at));
            };
            let named =
                commit.after.iter().flat_map(|state| &state.active).find(|active| active.run == start.run);
            if named.is_some_and(|active| active.spec_id != start.executed) {
                let what = format!("run {} of a later text executes text {}", start.run, start.executed);
                return violated("P9", what);
            }
            if let Cause::Tick { at, .. } = start.cause
                && let Some(falls_due) = self.due_under(&start.uid, start.executed, at)
                && (start.at + SLACK_MS) as i64 >= 0
                && ((start.at + SLACK_MS) as i64) < falls_due
            {
                let what = format!("run {} starts at {}, due at {falls_due}", start.run, start.at);
                return violated("no tick runs before it is due", what);
            }
        }
        for (commit, active) in self.claims() {
            let state = commit.before.as_ref();
            if state.is_none_or(|state| state.deleted.is_some() || state.spec_id != active.spec_id) {
                return violated("P9", format!("run {} is claimed under another text or none", active.run));
            }
        }
        Ok(())
    }

    fn due_under(&self, uid: &JobUid, text: SpecId, tick: Timestamp) -> Option<i64> {
        let text = self.history.texts.get(&(uid.clone(), text))?;
        let ticks = Every::of(text);
        Some(ms(due(Spec { saved: text, ticks: &ticks, worker: None }, tick)))
    }

    /// P9: a tick that fell due in a pause, or before it and unclaimed, is not claimed after the pause was written.
    pub(super) fn check_pauses(&self) -> Check {
        for (index, commit) in self.history.commits.iter().enumerate() {
            let Some(paused) = commit.after.as_ref().and_then(|state| state.paused.as_ref()) else {
                continue;
            };
            if commit.what != "pause"
                || !self.has_returned(commit.revision, |call| matches!(call, Call::Pause(_)))
            {
                continue;
            }
            let uid = commit.after.as_ref().map(|state| &state.uid);
            let lifted = self.history.commits[index + 1..].iter().find(|later| {
                matches!(later.what, "resume" | "pause" | "delete")
                    || later.after.as_ref().map(|state| &state.uid) != uid
            });
            let until = paused.until.map_or(i64::MAX, ms);
            let end = until.min(lifted.map_or(i64::MAX, |later| later.made_at as i64));
            for (claim, active) in self.claims_after(commit) {
                // What was claimed before may be owed again after the pause, and not during it.
                let old = (claim.at + SLACK_MS) as i64 >= end && self.was_claimed_before(active, commit);
                if let Some(falls_due) = self.tick_due(active)
                    && !old
                    && falls_due < end.saturating_sub(SLACK_MS as i64)
                {
                    let what = format!(
                        "the pause at {} until {end} does not hold: a tick due at {falls_due} is claimed at {}",
                        commit.at, claim.at
                    );
                    return violated("P9", what);
                }
            }
        }
        Ok(())
    }

    fn tick_due(&self, active: &Active) -> Option<i64> {
        match active.cause {
            Cause::Tick { at, .. } => self.due_under(&active.uid, active.spec_id, at),
            Cause::Request { .. } => None,
        }
    }

    fn was_claimed_before(&self, active: &Active, commit: &Commit) -> bool {
        self.claims().any(|(claim, other)| {
            claim.revision < commit.revision && other.uid == active.uid && other.cause == active.cause
        })
    }

    /// Returns claims of the same job after a commit.
    fn claims_after<'a>(&'a self, commit: &'a Commit) -> impl Iterator<Item = (&'a Commit, &'a Active)> {
        let uid = commit.after.as_ref().map(|state| &state.uid);
        self.claims()
            .filter(move |(claim, active)| claim.revision > commit.revision && Some(&active.uid) == uid)
    }

    /// P9: after a save that changed the ticks, no tick from before it is claimed.
    pub(super) fn check_saves(&self) -> Check {
        for commit in self.history.commits.iter().filter(|commit| commit.what == "save") {
            let (Some(before), Some(after)) = (&commit.before, &commit.after) else { continue };
            let text = |id| self.history.texts.get(&(after.uid.clone(), id));
            let (Some(old), Some(new)) = (text(before.spec_id), text(after.spec_id)) else { continue };
            let what_counts = |job: &crate::job::Job| (job.schedule.clone(), job.jitter, job.enabled);
            if before.uid != after.uid || what_counts(&old.job) == what_counts(&new.job) {
                continue;
            }
            let begins = commit.made_at as i64 - SLACK_MS as i64;
            let ticks = Every::of(old);
            for (_, active) in self.claims_after(commit) {
                let Cause::Tick { at, .. } = active.cause else { continue };
                let of_old = crate::state::Ticks::next_after(&ticks, at - Span::from_millis(1)) == Some(at);
                let was_due =
                    self.due_under(&active.uid, old.spec_id, at).is_some_and(|falls_due| falls_due < begins);
                if ms(at) < begins && (!of_old || was_due || !old.job.enabled) {
                    let what = format!(
                        "tick {at} from before the save at {} is claimed under the new text",
                        commit.at
                    );
                    return violated("P9", what);
                }
            }
        }
        Ok(())
    }
}
