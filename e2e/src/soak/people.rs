//! People at either master: they run now, kill, edit, pause, resume, delete and save anew, at random; each call is noted
//! with when it was made and when it returned. What fails while something is broken is noted as not known.

use std::time::Duration;

use anyhow::{Result, bail};
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::jobs::Job;
use super::now_ms;
use crate::fleet::Fleet;
use crate::history::{Asked, Call};
use crate::http;

/// How long an answer is waited for: a master may be frozen.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long all jobs may take to be saved or paused.
const TRIES: usize = 60;
/// One step in so many asks for something.
const SELDOM: u32 = 4;
/// What an edit makes of a schedule and of a run's length.
const SCHEDULES: [&str; 4] = ["*/2 * * * * *", "*/5 * * * * *", "1/3 * * * * *", "*/10 * * * * *"];
const SECONDS: [&str; 4] = ["0.01", "0.5", "3", "6"];

pub(super) struct People {
    jobs: Vec<Job>,
    calls: Vec<Call>,
    token: String,
}

impl People {
    pub(super) fn new(fleet: &Fleet, jobs: Vec<Job>) -> Self {
        Self { jobs, calls: Vec::new(), token: fleet.token() }
    }

    pub(super) fn told(self) -> Vec<Call> {
        self.calls
    }

    /// Saves all jobs.
    pub(super) fn save_all(&mut self, fleet: &mut Fleet) -> Result<()> {
        for index in 0..self.jobs.len() {
            self.until_done(fleet, index, Asked::Save)?;
        }
        Ok(())
    }

    /// Pauses all jobs that are there.
    pub(super) fn pause_all(&mut self, fleet: &mut Fleet) -> Result<()> {
        for index in 0..self.jobs.len() {
            self.until_done(fleet, index, Asked::Pause)?;
        }
        Ok(())
    }

    fn until_done(&mut self, fleet: &mut Fleet, index: usize, asked: Asked) -> Result<()> {
        for attempt in 0..TRIES {
            match self.ask(fleet, attempt % 2, index, asked) {
                // A job that was deleted need not be paused.
                200..=299 | 404 => return Ok(()),
                _ => std::thread::sleep(Duration::from_millis(500)),
            }
        }
        bail!("{asked:?} of `{}` was never done", self.jobs[index].name)
    }

    /// Asks for something, or not.
    pub(super) fn step(&mut self, fleet: &mut Fleet, dice: &mut StdRng) {
        if dice.random_range(0..SELDOM) > 0 {
            return;
        }
        let master = dice.random_range(0..2);
        let index = dice.random_range(0..self.jobs.len());
        if self.jobs[index].untouched {
            return;
        }
        let asked = match dice.random_range(0..16) {
            0..4 => Asked::RunNow,
            4..7 => Asked::Kill,
            7..9 => Asked::Pause,
            9..12 => Asked::Resume,
            12..15 => {
                let job = &mut self.jobs[index];
                job.schedule = SCHEDULES[dice.random_range(0..SCHEDULES.len())];
                job.seconds = SECONDS[dice.random_range(0..SECONDS.len())];
                Asked::Save
            }
            _ => Asked::Delete,
        };
        self.ask(fleet, master, index, asked);
    }

    /// Sends one call and returns its status, 0 without an answer.
    fn ask(&mut self, fleet: &mut Fleet, master: usize, index: usize, asked: Asked) -> u16 {
        let job = &self.jobs[index];
        let place = format!("{}/api/v1/jobs/{}", fleet.master(master).url, job.name);
        let (method, place, body) = match asked {
            Asked::Save => ("PUT", place, job.yaml()),
            Asked::Pause => ("POST", format!("{place}/pause"), "null".into()),
            Asked::Resume => ("POST", format!("{place}/resume"), "null".into()),
            Asked::Delete => ("DELETE", place, String::new()),
            Asked::RunNow => ("POST", format!("{place}/run"), "null".into()),
            Asked::Kill => ("POST", format!("{place}/kill"), "null".into()),
        };
        let from_ms = now_ms();
        let mut status = self.send(method, &place, asked, Some("*"), &body);
        if asked == Asked::Save && [404, 412].contains(&status) {
            status = self.send(method, &place, asked, None, &body);
        }
        let done = (200..300).contains(&status);
        let call = Call { job: job.name.clone(), asked, from_ms, until_ms: now_ms(), done };
        self.calls.push(call);
        status
    }

    fn send(&self, method: &str, place: &str, asked: Asked, follows: Option<&str>, body: &str) -> u16 {
        let token = format!("Bearer {}", self.token);
        let kind = if asked == Asked::Save { "application/yaml" } else { "application/json" };
        let mut headers = vec![("authorization", token.as_str()), ("content-type", kind)];
        headers.extend(follows.map(|tag| ("if-match", tag)));
        let answer = http::send_within(ANSWER_WITHIN, method, place, &headers, body.to_owned());
        answer.map_or(0, |answer| answer.status)
    }
}
