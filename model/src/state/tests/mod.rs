//! Tables for each transition, and what holds for all of them.
//!
//! The schedule is the plainest there is: a tick every so many seconds.

mod claim;
mod complete;
mod follow;
mod follow_properties;
mod lose;
mod masters;
mod moving;
mod properties;
mod replace;
mod restore;

use super::*;
use crate::id::{BootId, JobUid, Nonce, RunId, SpecId, WorkerId};
use crate::job::{Job, SavedJob};
use crate::run::{Overrides, RunStatus};
use crate::time::{Span, Timestamp};

/// A tick every `Every` milliseconds.
struct Every(i64);

impl Ticks for Every {
    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        Some(Timestamp::from_millis((after.as_millis().div_euclid(self.0) + 1) * self.0))
    }
}

const MINUTELY: Every = Every(60_000);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn secs(seconds: u64) -> Span {
    Span::from_seconds(seconds)
}

fn uid(digit: char) -> JobUid {
    digit.to_string().repeat(32).parse().unwrap()
}

/// A job with defaults (skip, latest, ten minutes to start) as `change` wants it.
fn saved(change: impl FnOnce(&mut Job)) -> SavedJob {
    let text = r#"{ "name": "j", "schedule": "* * * * *", "shell": { "script": "true" } }"#;
    let mut job: Job = serde_json::from_str(text).unwrap();
    change(&mut job);
    SavedJob {
        version: SavedJob::VERSION,
        uid: uid('a'),
        spec_id: SpecId::FIRST,
        author: "ann".to_owned(),
        reason: String::new(),
        saved_at: at(0),
        anchor: at(0),
        job,
    }
}

fn spec<'a>(saved: &'a SavedJob, ticks: &'a dyn Ticks) -> Spec<'a> {
    Spec { saved, ticks, worker: None }
}

fn claimant(worker: &str) -> Claimant {
    Claimant {
        worker: worker.parse::<WorkerId>().unwrap(),
        boot: "boot1".parse::<BootId>().unwrap(),
        nonce: "00000000000000aa".parse::<Nonce>().unwrap(),
        free_slots: 8,
    }
}

/// The record of a job first saved at 0.
fn new(spec: Spec<'_>) -> JobState {
    save(None, spec, at(0)).unwrap()
}

/// What a worker gets at `now`; the claim must be there.
fn claims(state: &JobState, spec: Spec<'_>, now: Timestamp) -> ClaimStep {
    claim(state, spec, now, &claimant("w1")).unwrap().expect("there is something to claim")
}

fn claims_nothing(state: &JobState, spec: Spec<'_>, now: Timestamp) -> bool {
    claim(state, spec, now, &claimant("w1")).unwrap().is_none()
}

fn scheduled(starts: &[Start]) -> Vec<i64> {
    starts.iter().map(|start| start.scheduled_at.as_seconds()).collect()
}

/// How the run `index` of `active` ended.
fn ended(state: &JobState, index: usize, status: RunStatus, at: Timestamp) -> Completion {
    let Active { run, worker, .. } = &state.active[index];
    Completion { run: run.clone(), worker: worker.clone(), status, for_workers_sake: false, ended_at: at }
}

fn completes(state: &JobState, spec: Spec<'_>, now: Timestamp, end: &Completion) -> JobState {
    match complete(state, Some(spec), now, end) {
        CompleteStep::Done(Some(next)) => next,
        other => panic!("the record goes on: {other:?}"),
    }
}

/// Ranges of the record in words: first and last second, and the end.
fn ranges(state: &JobState) -> Vec<(i64, i64, String)> {
    state
        .unrecorded
        .iter()
        .filter_map(|entry| match entry {
            Unrecorded::Ticks { from, to, end, .. } => {
                let word = match end {
                    Unrun::Skipped(skip) => format!("{:?}", skip.why),
                    Unrun::Missed { why } => format!("missed {why:?}"),
                };
                Some((from.as_seconds(), to.as_seconds(), word))
            }
            Unrecorded::Run { .. } => None,
        })
        .collect()
}

fn range(from: i64, to: i64, word: &str) -> (i64, i64, String) {
    (from, to, word.to_owned())
}

/// Single runs that the record tells of: attempt and status.
fn told_runs(state: &JobState) -> Vec<(u32, RunStatus)> {
    state
        .unrecorded
        .iter()
        .filter_map(|entry| match entry {
            Unrecorded::Run { attempt, status, .. } => Some((*attempt, *status)),
            Unrecorded::Ticks { .. } => None,
        })
        .collect()
}

fn request(key: &str) -> RunNow {
    RunNow { key: key.to_owned(), by: "ann".to_owned(), overrides: Overrides::default() }
}

fn requested(state: &JobState, spec: Spec<'_>, now: Timestamp, key: &str) -> (JobState, RunId) {
    match run_now(state, spec, now, request(key)).unwrap() {
        RunNowStep::Added(state, run) => (*state, run),
        RunNowStep::Known(run) => panic!("key `{key}` is known as {run}"),
    }
}

fn paused(now: Timestamp, until: Option<Timestamp>) -> Paused {
    Paused { by: "ann".to_owned(), why: "deploy".to_owned(), since: now, until }
}
