//! What is remembered of a job, a worker or a store between notices: failures in a row, what somebody was told and is
//! not over yet. Most subjects have none: a job that is well is not remembered.

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::settings::NamedChannels;
use crate::id::{JobName, JobUid, NoticeId, Revision, RunId, WorkerId};
use crate::time::{Span, Timestamp};

/// Most failures in a row that are counted.
pub const STREAK_MAX: usize = 20;
/// Most notices made from states that are remembered of one subject.
pub const TOLD_MAX: usize = 64;
/// How long it is remembered that a notice was made from a state; what still goes on then is told once more.
const TOLD_FOR: Span = Span::from_days(7);

/// Whose memory: `job:<uid>`, `worker:<id>` or `store:facts`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Subject {
    /// Returns that of a job.
    pub fn job(uid: &JobUid) -> Self {
        Self(format!("job:{uid}"))
    }

    /// Returns that of a worker.
    pub fn worker(id: &WorkerId) -> Self {
        Self(format!("worker:{id}"))
    }

    /// Returns that of the store of facts.
    pub fn facts() -> Self {
        Self("store:facts".to_owned())
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the worker that it is.
    pub fn as_worker(&self) -> Option<WorkerId> {
        self.0.strip_prefix("worker:")?.parse().ok()
    }

    /// Returns true for a job.
    pub fn is_job(&self) -> bool {
        self.0.starts_with("job:")
    }
}

/// What somebody was told and is not over yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// What.
    pub condition: Condition,
    /// Since when.
    pub since: Timestamp,
    /// Who was told.
    pub channels: NamedChannels,
}

/// A notice that was made from a state, which shows the same again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Which.
    pub id: NoticeId,
    /// When.
    pub at: Timestamp,
}

/// What is remembered of one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Whose.
    pub subject: Subject,
    /// The job's name, for jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobName>,
    /// Runs that failed since the last success, at most [`STREAK_MAX`]: one that is looked at twice counts once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streak: Vec<RunId>,
    /// What is not over yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Opened>,
    /// Notices made from states, newest last; at most [`TOLD_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// Of a worker: its last registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Revision>,
    /// How often something was opened, so that each time has an id of its own.
    #[serde(default)]
    pub episode: u64,
}

impl Memory {
    /// Returns one in which nothing is remembered.
    pub fn new(subject: Subject, job: Option<JobName>) -> Self {
        Self {
            subject,
            job,
            streak: Vec::new(),
            open: Vec::new(),
            told: Vec::new(),
            registration: None,
            episode: 0,
        }
    }

    /// Returns true when there is nothing in it worth keeping. Workers and stores are kept: their episodes count on.
    pub fn is_empty(&self) -> bool {
        self.subject.is_job() && self.streak.is_empty() && self.open.is_empty() && self.told.is_empty()
    }

    /// Counts a run that failed; returns how many have failed in a row.
    pub fn count(&mut self, run: &RunId) -> u32 {
        if let Some(at) = self.streak.iter().position(|one| one == run) {
            return u32::try_from(at + 1).unwrap_or(u32::MAX);
        }
        if self.streak.len() < STREAK_MAX {
            self.streak.push(run.clone());
            return u32::try_from(self.streak.len()).unwrap_or(u32::MAX);
        }
        u32::try_from(STREAK_MAX + 1).unwrap_or(u32::MAX)
    }

    /// Notes that somebody was told of something that is not over.
    pub fn opened(&mut self, condition: Condition, since: Timestamp, channels: &NamedChannels) {
        match self.open.iter_mut().find(|open| open.condition == condition) {
            Some(open) => open.channels.extend(channels.iter().cloned()),
            None => self.open.push(Opened { condition, since, channels: channels.clone() }),
        }
    }

    /// Returns true while this is open.
    pub fn is_open(&self, condition: Condition) -> bool {
        self.open.iter().any(|open| open.condition == condition)
    }

    /// Returns true when this notice was made already.
    pub fn was_told(&self, id: &NoticeId) -> bool {
        self.told.iter().any(|told| told.id == *id)
    }

    /// Notes that a notice was made from a state.
    pub fn note_told(&mut self, id: NoticeId, at: Timestamp) {
        self.forget_told(at);
        if self.told.len() >= TOLD_MAX {
            self.told.remove(0);
        }
        self.told.push(Told { id, at });
    }

    /// Forgets notices that were made long ago.
    pub fn forget_told(&mut self, now: Timestamp) {
        self.told.retain(|told| now < told.at + TOLD_FOR);
    }
}
