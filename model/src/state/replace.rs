//! Overlap policy `replace`: the newest tick or request wins.
//!
//! Flow: `claim` → **`replace`** → swap. Runs in its way are marked killed; it waits until their workers have completed
//! them, and what waited or was owed before it ends as replaced. Marking needs no free slot: the slot that the newest
//! takes may be the one that is freed.

use super::claim::Claim;
use super::due::{Due, start_until};
use super::settle::{end_owed, end_request, skipped};
use super::{Cause, KillMark, SkipReason, Unrun, Waiting, due};
use crate::policy::MissedPolicy;

impl Claim<'_> {
    /// Lets the newest of what has fallen due or was requested replace everything else.
    pub(super) fn replace(&mut self) {
        let due = self.due();
        let idle = self.state.active.is_empty();
        let Some(newest) = self.newest(&due) else {
            self.end_others(&due, &[], None);
            if idle && self.has_place() {
                self.start_waiting_or_owed();
            }
            return;
        };
        if idle && !self.has_place() {
            return;
        }
        let replaced = skipped(SkipReason::Replaced, None);
        end_owed(&mut self.state, &replaced, self.now);
        for run in &mut self.state.active {
            run.kill.get_or_insert(KillMark { by: None, at: self.now });
        }
        self.end_requests_but(&newest, &replaced);
        let in_order = idle && due.late.is_none() && self.spec.job().missed.policy == MissedPolicy::All;
        let runs = match newest {
            Cause::Tick { catch_up: true, .. } if in_order => self.runs_one_by_one(&due),
            newest => vec![newest],
        };
        let first = self.run_of(&runs[0]);
        let ticks: Vec<Cause> =
            runs.iter().filter(|run| matches!(run, Cause::Tick { .. })).cloned().collect();
        self.end_others(&due, &ticks, Some(first));
        self.start_or_wait(runs, idle);
    }

    /// Returns the newest tick or request; a tick counts from the instant at which it fell due.
    fn newest(&self, due_now: &Due) -> Option<Cause> {
        let late = due_now.late.map(|late| Cause::Tick { at: late.to, catch_up: false });
        let caught_up = due_now.catch_ups.last().map(|at| Cause::Tick { at: *at, catch_up: true });
        let tick = late.or(caught_up);
        let request = self.state.requests.iter().rfind(|request| request.ended.is_none());
        match (tick, request) {
            (Some(tick), Some(request)) if due(self.spec, tick.scheduled_at()) > request.at => Some(tick),
            (_, Some(request)) => Some(request.cause()),
            (tick, None) => tick,
        }
    }

    fn end_requests_but(&mut self, kept: &Cause, end: &Unrun) {
        for request in std::mem::take(&mut self.state.requests) {
            if request.ended.is_some() {
                self.state.requests.push(request);
            } else if request.cause() != *kept {
                end_request(&mut self.state, request, end, self.now);
            }
        }
    }

    fn start_or_wait(&mut self, runs: Vec<Cause>, idle: bool) {
        if idle && runs.iter().all(|run| matches!(run, Cause::Tick { .. })) {
            self.start_in_order(runs);
            return;
        }
        for cause in runs {
            if let Cause::Tick { at, .. } = cause {
                self.state.resolved = self.state.resolved.max(at);
            }
            if idle {
                self.start(cause);
            } else {
                let until = start_until(self.spec, &cause);
                self.state.waiting = Some(Waiting { cause, until });
            }
        }
    }

    fn start_waiting_or_owed(&mut self) {
        if let Some(waiting) = self.state.waiting.take() {
            self.start(waiting.cause);
        } else if let Some(index) = self.first_owed() {
            self.start_owed(index);
        }
    }
}
