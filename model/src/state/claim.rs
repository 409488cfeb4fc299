//! A worker takes what may start: ticks that have fallen due, owed attempts, requests.
//!
//! Flow: scheduler → **`claim`** → swap → runner, which starts what the swap has won.
//! A claim that only ends ticks has no starts. What does not fit into the claimant's slots stays for others.
//! Not here: overlap policy `replace` (`replace`), which ticks have fallen due (`due`).

use super::due::{Due, Row, start_until};
use super::settle::{end_due, end_row, expire, is_paused, lapse_pause, skipped};
use super::ticks::{MILLISECOND, Spec};
use super::{
    ACTIVE_MAX, Active, Cause, ClaimStep, Claimant, JobState, MissReason, Owed, Refused, Skip, SkipReason,
    Start, Unrun, check,
};
use crate::policy::{MissedPolicy, Overlap};
use crate::run::Overrides;
use crate::time::Timestamp;

/// Returns what `by` may claim of the job now; none when there is nothing to do. With no free slot a claim still ends
/// ticks, and under overlap `replace` marks the run that is in the way.
///
/// # Errors
/// [`Refused::OtherSpec`] and [`Refused::Deleted`].
pub fn claim(
    state: &JobState,
    spec: Spec<'_>,
    now: Timestamp,
    by: &Claimant,
) -> Result<Option<ClaimStep>, Refused> {
    check(state, spec)?;
    let elsewhere = state.worker.as_ref().is_some_and(|worker| *worker != by.worker);
    if elsewhere || !spec.starts_runs() {
        return Ok(None);
    }
    let mut claim = Claim { state: state.clone(), spec, now, by, starts: Vec::new() };
    lapse_pause(&mut claim.state, spec, now);
    expire(&mut claim.state, now);
    match spec.job().overlap {
        Overlap::Allow => claim.allow(),
        Overlap::Skip => claim.skip(),
        Overlap::Replace => claim.replace(),
    }
    let Claim { state: next, starts, .. } = claim;
    Ok((next != *state).then_some(ClaimStep { state: next, starts }))
}

/// A claim as it takes shape.
pub(super) struct Claim<'a> {
    pub(super) state: JobState,
    pub(super) spec: Spec<'a>,
    pub(super) now: Timestamp,
    by: &'a Claimant,
    starts: Vec<Start>,
}

impl Claim<'_> {
    /// Every tick starts, oldest first, after the attempts that are owed.
    fn allow(&mut self) {
        while self.has_place()
            && let Some(index) = self.first_owed()
        {
            self.start_owed(index);
        }
        self.allow_ticks();
        while self.start_first_request() {}
    }

    fn allow_ticks(&mut self) {
        let due = self.due();
        if let Some(row) = due.missed {
            end_row(&mut self.state, row, Unrun::Missed { why: row.why });
        }
        let mut catch_ups = due.catch_ups.iter();
        while self.has_place() {
            // Catch-ups end where late ticks begin.
            let (at, catch_up) = match (catch_ups.next(), due.late) {
                (Some(at), _) => (*at, true),
                (None, Some(late)) => match self.spec.next_tick(self.state.resolved) {
                    Some(at) if at <= late.to => (at, false),
                    _ => return,
                },
                (None, None) => return,
            };
            self.start(Cause::Tick { at, catch_up });
            self.state.resolved = at;
        }
        if self.state.active.len() >= ACTIVE_MAX {
            end_due(&mut self.state, self.spec, self.now, &skipped(SkipReason::TooManyRunning, None));
        }
    }

    /// One run at a time; what falls due meanwhile ends when the run does. An owed attempt keeps the job busy too.
    fn skip(&mut self) {
        if !self.state.active.is_empty() {
            return;
        }
        if !self.state.retries.is_empty() {
            if self.has_place()
                && let Some(index) = self.first_owed()
            {
                self.start_owed(index);
                self.forbid_due();
            }
            return;
        }
        let due = self.due();
        let runs = self.runs_one_by_one(&due);
        if runs.is_empty() {
            self.end_others(&due, &runs, None);
            self.start_first_request();
        } else if self.has_place() {
            let first = self.run_of(&runs[0]);
            self.end_others(&due, &runs, Some(first));
            self.start_in_order(runs);
        }
    }

    /// Returns which of the ticks that have fallen due run where only one may run at a time.
    pub(super) fn runs_one_by_one(&self, due: &Due) -> Vec<Cause> {
        let newest = due.late.map(|late| Cause::Tick { at: late.to, catch_up: false });
        let mut catch_ups = due.catch_ups.iter().map(|at| Cause::Tick { at: *at, catch_up: true });
        match self.spec.job().missed.policy {
            // In order, the newest last.
            MissedPolicy::All => catch_ups.chain(newest).collect(),
            _ => newest.or_else(|| catch_ups.next_back()).into_iter().collect(),
        }
    }

    /// Ends what has fallen due and is not among `runs`; `run` is what takes their place.
    pub(super) fn end_others(&mut self, due: &Due, runs: &[Cause], run: Option<crate::id::RunId>) {
        if let Some(row) = due.missed {
            end_row(&mut self.state, row, Unrun::Missed { why: row.why });
        }
        let first = runs.first().map_or(Timestamp::MAX, Cause::scheduled_at);
        let mut older = due.catch_ups.iter().filter(|at| **at < first);
        if let Some(from) = older.next() {
            let row = Row { from: *from, to: *older.next_back().unwrap_or(from), why: MissReason::NotLatest };
            end_row(&mut self.state, row, Unrun::Missed { why: row.why });
        }
        let Some(late) = due.late else { return };
        let newest_runs = runs.last().is_some_and(|cause| cause.scheduled_at() == late.to);
        let to = if newest_runs {
            self.spec.last_tick(late.from - MILLISECOND, late.to - MILLISECOND)
        } else {
            Some(late.to)
        };
        if let Some(to) = to {
            let end = Unrun::Skipped(Skip::overlap(run));
            end_row(&mut self.state, Row { to, ..late }, end);
        }
    }

    /// Starts the first of `runs` and owes the others, one after the other.
    pub(super) fn start_in_order(&mut self, runs: Vec<Cause>) {
        for (index, cause) in runs.into_iter().enumerate() {
            self.state.resolved = self.state.resolved.max(cause.scheduled_at());
            if index == 0 {
                self.start(cause);
            } else {
                let until = start_until(self.spec, &cause);
                let not_before = self.now;
                self.state.retries.push(Owed {
                    cause,
                    attempt: 1,
                    retried: 0,
                    repeated: 0,
                    not_before,
                    until,
                });
            }
        }
    }

    /// Ends what fell due while an owed attempt kept the job busy.
    fn forbid_due(&mut self) {
        if self.ticks_live() {
            let run = self.starts.first().map(|start| start.run.clone());
            let end = Unrun::Skipped(Skip::overlap(run));
            end_due(&mut self.state, self.spec, self.now, &end);
        }
    }

    /// Returns what has fallen due; nothing while the job is paused.
    pub(super) fn due(&self) -> Due {
        if self.ticks_live() { Due::of(&self.state, self.spec, self.now) } else { Due::none() }
    }

    fn ticks_live(&self) -> bool {
        self.spec.has_ticks() && !is_paused(&self.state, self.now)
    }

    pub(super) fn has_place(&self) -> bool {
        self.starts.len() < self.by.free_slots as usize && self.state.active.len() < ACTIVE_MAX
    }

    pub(super) fn run_of(&self, cause: &Cause) -> crate::id::RunId {
        cause.run(&self.state.uid, 1, self.state.worker.as_ref())
    }

    pub(super) fn first_owed(&self) -> Option<usize> {
        self.state.retries.iter().position(|owed| owed.not_before <= self.now)
    }

    fn start_first_request(&mut self) -> bool {
        let index = self.state.requests.iter().position(|request| request.ended.is_none());
        let Some(index) = index.filter(|_| self.has_place()) else { return false };
        let cause = self.state.requests.remove(index).cause();
        self.start(cause);
        true
    }

    pub(super) fn start_owed(&mut self, index: usize) {
        let owed = self.state.retries.remove(index);
        self.start_attempt(owed);
    }

    /// Starts the first attempt for a cause.
    pub(super) fn start(&mut self, cause: Cause) {
        let until = start_until(self.spec, &cause);
        self.start_attempt(Owed { cause, attempt: 1, retried: 0, repeated: 0, not_before: self.now, until });
    }

    fn start_attempt(&mut self, owed: Owed) {
        let Owed { cause, attempt, retried, repeated, until, .. } = owed;
        let run = cause.run(&self.state.uid, attempt, self.state.worker.as_ref());
        let (requested_by, overrides) = match &cause {
            Cause::Tick { .. } => (None, Overrides::default()),
            Cause::Request { by, overrides, .. } => (Some(by.clone()), (**overrides).clone()),
        };
        let job = self.spec.job();
        let timeout = overrides.timeout.unwrap_or(job.limits.timeout);
        self.starts.push(Start {
            run: run.clone(),
            trigger: cause.trigger(),
            scheduled_at: cause.scheduled_at(),
            attempt,
            requested_by,
            overrides,
        });
        self.state.active.push(Active {
            run,
            uid: self.state.uid.clone(),
            spec_id: self.state.spec_id,
            cause,
            attempt,
            retried,
            repeated,
            worker: self.by.worker.clone(),
            boot: self.by.boot.clone(),
            since: self.now,
            until,
            nonce: self.by.nonce.clone(),
            budget: timeout.plus(job.limits.grace),
            when_cut_off: job.when_cut_off,
            kill: None,
        });
    }
}
