//! Our records of jobs with placement `all`: they join, follow what people did to the job, and end.
//!
//! Flow: `view` (the job's own record or ours changed) → **`following`** → a swap that compares both → `claims`.
//! Not here: the rules (`model::state::follow`), and records of workers that are away (the leading master).

use model::id::JobName;
use model::ports::{Batch, Guard, JobWrite, StateKey, Swap, SwapResult};
use model::state::{self, FollowStep};
use tracing::{debug, error, info};

use super::Now;
use super::decisions::Decisions;
use crate::claim::{Answer, Order, Part, Purpose};
use crate::view::Id;

impl Decisions {
    /// Notes that our record of a job may have to follow. Returns our record where it is another one that changed.
    pub(super) fn look_to_follow(&mut self, id: Id) -> Option<Id> {
        let key = &self.view.get(id)?.key;
        let job = key.job.clone();
        match &key.worker {
            Some(worker) if *worker != self.me.id => None,
            Some(_) => {
                self.to_follow.insert(job);
                None
            }
            None if self.view.is_fanned_out(&job) => {
                let ours = self.view.id(&self.our_key(job.clone()));
                self.to_follow.insert(job);
                ours
            }
            None => None,
        }
    }

    fn our_key(&self, job: JobName) -> StateKey {
        StateKey { job, worker: Some(self.me.id.clone()) }
    }

    /// Has our records follow, as far as they are free.
    pub(super) fn follow(&mut self, now: Now) {
        if self.to_follow.is_empty() || !self.is_clock_good(now) {
            return;
        }
        let Some(held) = self.standing.registration.clone().filter(|held| now.boot < held.holds_until) else {
            return;
        };
        while self.has_room_for(Purpose::Follow) {
            let jobs = std::mem::take(&mut self.to_follow);
            let mut parts = Vec::new();
            for job in jobs {
                let key = self.our_key(job);
                // One that is on its way is looked at again when it has arrived; the rest goes with the next batch.
                if self.is_in_flight(&key) || parts.len() == Batch::SWAPS_MAX {
                    self.to_follow.insert(key.job);
                } else {
                    parts.extend(self.step_after(key, now));
                }
            }
            if parts.is_empty() {
                return;
            }
            self.send(Purpose::Follow, Guard::Alive(held.id.clone(), held.revision), parts, now);
        }
    }

    /// Returns the swap by which our record of a job follows; none when it is in step.
    fn step_after(&mut self, key: StateKey, now: Now) -> Option<Part> {
        let lead = self.view.lead(&key.job);
        let head = lead.head.map(|(revision, _)| revision);
        let entry = self.view.id(&key).and_then(|id| self.view.get(id));
        let stands = entry.and_then(|entry| Some((entry.revision, entry.state.as_deref()?)));
        let following = lead.following(&key, &self.me)?;
        let state = match state::follow(stands.map(|(_, state)| state), following, now.wall) {
            Ok(FollowStep::Becomes(next)) => Some(*next),
            Ok(FollowStep::Goes) => None,
            Ok(FollowStep::InStep) => return None,
            Err(why) => {
                debug!(job.id = %key.job, "our record of job `{}` does not follow yet: {why}", key.job);
                return None;
            }
        };
        if stands.is_none() {
            info!(job.id = %key.job, "joining job `{}`, which runs on every matching worker", key.job);
        }
        let expect = stands.map(|(revision, _)| revision);
        let id = self.view.place(&key);
        let swap = Swap { key, expect, head, state, job: JobWrite::Keep };
        Some(Part { id, swap, runs: Vec::new() })
    }

    pub(super) fn follow_answered(&mut self, order: Order, answer: Answer, now: Now) {
        match answer {
            Answer::Done(results) => {
                for (part, result) in order.parts.into_iter().zip(results) {
                    match result {
                        SwapResult::Swapped(revision) => {
                            self.pace.wrote(revision, now.boot);
                            self.view.put_state(&part.swap.key, revision, part.swap.state);
                        }
                        SwapResult::Lost(Some(stands)) if Some(stands.revision) != part.swap.expect => {
                            self.view.put_state(&part.swap.key, stands.revision, Some(stands.value));
                        }
                        // The job's own record has changed, or ours is gone: the watch brings it.
                        SwapResult::Lost(_) => continue,
                    }
                    self.changed(part.id, now);
                }
            }
            Answer::GuardFailed => {
                self.registration_gone(now);
                self.follow_again(order);
            }
            Answer::Away(_) => self.follow_again(order),
            Answer::Refused(e) => {
                for part in &order.parts {
                    let job = &part.swap.key.job;
                    error!(job.id = %job, "the store does not take our record of job `{job}`: {e}");
                }
            }
        }
    }

    fn follow_again(&mut self, order: Order) {
        self.to_follow.extend(order.parts.into_iter().map(|part| part.swap.key.job));
    }
}
