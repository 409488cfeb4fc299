//! A run: one attempt at one tick, as the facts store keeps it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{Fence, JobName, JobUid, RunId, SpecId, WorkerId};
use crate::lenient;
use crate::outcome::Outcome;
use crate::state::{Settled, Skip, SkipReason, Unrun};
use crate::time::{Span, Timestamp};
use crate::workload::{Env, HiddenText, Kind};

/// Where a run stands. The words of API, page, CLI and alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// A worker owns it and is about to start it.
    Claimed,
    /// It runs.
    Running,
    /// It waits for an earlier run of its job to end.
    Waiting,
    /// It is owed another attempt.
    Retrying,
    /// It ended with one of the job's success codes.
    Succeeded,
    /// It ended with another code or by a signal.
    Failed,
    /// It was stopped at its timeout.
    TimedOut,
    /// A user or a newer tick stopped it.
    Killed,
    /// It reached its memory limit.
    OutOfMemory,
    /// It used up its fuel.
    OutOfFuel,
    /// The module trapped.
    Trapped,
    /// It never ran.
    NotStarted,
    /// The sandbox itself failed.
    HostError,
    /// Nobody saw its end.
    Lost,
    /// A policy or a person decided against it.
    Skipped,
    /// Nobody was there in time.
    Missed,
}

impl RunStatus {
    /// All statuses, in the order of a run's life.
    pub const ALL: [Self; 16] = [
        Self::Claimed,
        Self::Running,
        Self::Waiting,
        Self::Retrying,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Killed,
        Self::OutOfMemory,
        Self::OutOfFuel,
        Self::Trapped,
        Self::NotStarted,
        Self::HostError,
        Self::Lost,
        Self::Skipped,
        Self::Missed,
    ];

    /// Returns the status as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Killed => "killed",
            Self::OutOfMemory => "out_of_memory",
            Self::OutOfFuel => "out_of_fuel",
            Self::Trapped => "trapped",
            Self::NotStarted => "not_started",
            Self::HostError => "host_error",
            Self::Lost => "lost",
            Self::Skipped => "skipped",
            Self::Missed => "missed",
        }
    }

    /// Returns true when nothing more will happen to a run of this status.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Claimed | Self::Running | Self::Waiting | Self::Retrying)
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for RunStatus {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("must be one of {known}, got `{}`", text.escape_debug())
        })
    }
}

/// Why a run exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Its tick fell due.
    Schedule,
    /// Somebody asked for it.
    Manual,
    /// Its tick was missed and the job's missed policy runs it late.
    CatchUp,
}

impl Trigger {
    /// Every trigger.
    pub const ALL: [Self; 3] = [Self::Schedule, Self::Manual, Self::CatchUp];

    /// Returns the trigger as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Manual => "manual",
            Self::CatchUp => "catch_up",
        }
    }
}

impl FromStr for Trigger {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|trigger| trigger.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("must be one of {known}, got `{}`", text.escape_debug())
        })
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a run-now changes for its one run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "env": { "DAY": "2026-12-01" }, "timeout": "5m" }))]
pub struct Overrides {
    /// Variables added to the job's environment, or in place of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
    /// Arguments in place of the job's own; wasm only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// What the run reads on standard input, in place of the job's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub stdin: Option<HiddenText>,
    /// Timeout in place of the job's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
}

/// The run's whole output, once it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputSummary {
    /// How many chunks there are: sequence numbers 0 to `chunks` − 1.
    pub chunks: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Bytes that were read and not kept: beyond the limit, or refused by the worker's disk.
    pub dropped: u64,
    /// SHA-256 of the bytes in order of sequence, in hexadecimal.
    pub sha256: String,
}

/// One attempt at one tick, as the facts store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunRecord {
    /// Format of this document; see [`RunRecord::VERSION`].
    pub version: u32,
    /// The run's id.
    pub id: RunId,
    /// Its job's name.
    pub job: JobName,
    /// Its job's own id.
    pub uid: JobUid,
    /// The text that it runs.
    pub spec_id: SpecId,
    /// What kind of workload it runs.
    pub kind: Kind,
    /// Why it exists.
    pub trigger: Trigger,
    /// The tick, or the instant of the request.
    pub scheduled_at: Timestamp,
    /// Counts the tries at one tick, from 1.
    pub attempt: u32,
    /// Who asked for it, for trigger `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// Where it stands.
    pub status: RunStatus,
    /// Why it ended as it did, in words; empty while it runs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The reason as facts, where no worker saw the end; `outcome` has them else.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::known")]
    pub settled: Option<Settled>,
    /// The worker that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
    /// The revision of its claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<Fence>,
    /// When it was claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<Timestamp>,
    /// When its process was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When its end was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How it ended after it had been settled as lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_outcome: Option<Outcome>,
    /// Its whole output, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputSummary>,
    /// How long the record and its output are kept after its end.
    pub retention: Span,
}

/// One of a job's last runs, with what a strip of them needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecentRun {
    /// The run.
    pub id: RunId,
    /// Where it stands.
    pub status: RunStatus,
    /// Why it exists.
    pub trigger: Trigger,
    /// The tick, or the instant of the request.
    pub scheduled_at: Timestamp,
    /// When its process was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When its end was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl From<&RunRecord> for RecentRun {
    fn from(run: &RunRecord) -> Self {
        Self {
            id: run.id.clone(),
            status: run.status,
            trigger: run.trigger,
            scheduled_at: run.scheduled_at,
            started_at: run.started_at,
            ended_at: run.ended_at,
        }
    }
}

/// What is known of a run before it starts: which it is, of which text, and why it exists.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The run's id.
    pub id: RunId,
    /// Its job's name.
    pub job: JobName,
    /// Its job's own id.
    pub uid: JobUid,
    /// The text that it runs.
    pub spec_id: SpecId,
    /// What kind of workload it runs.
    pub kind: Kind,
    /// Why it exists.
    pub trigger: Trigger,
    /// The tick, or the instant of the request.
    pub scheduled_at: Timestamp,
    /// Counts the tries, from 1.
    pub attempt: u32,
    /// How long its record is kept after its end.
    pub retention: Span,
}

impl RunRecord {
    /// The format that this binary writes.
    pub const VERSION: u32 = 1;

    /// Returns the record of a run that has not started and that nobody owns: it waits.
    pub fn begin(beginning: Beginning) -> Self {
        let Beginning { id, job, uid, spec_id, kind, trigger, scheduled_at, attempt, retention } = beginning;
        Self {
            version: Self::VERSION,
            id,
            job,
            uid,
            spec_id,
            kind,
            trigger,
            scheduled_at,
            attempt,
            requested_by: None,
            status: RunStatus::Waiting,
            reason: String::new(),
            settled: None,
            worker: None,
            fence: None,
            claimed_at: None,
            started_at: None,
            ended_at: None,
            outcome: None,
            late_outcome: None,
            output: None,
            retention,
        }
    }

    /// Returns how long its process took, in milliseconds; none while it has no end, and where it never began.
    pub fn duration_ms(&self) -> Option<i64> {
        let (started, ended) = (self.started_at?, self.ended_at.filter(|_| self.status.is_final())?);
        Some(ended.as_millis() - started.as_millis())
    }

    /// Returns how long after its instant its process began, in milliseconds; none where it has not.
    pub fn delay_ms(&self) -> Option<i64> {
        Some(self.started_at?.as_millis() - self.scheduled_at.as_millis())
    }

    /// Returns the order in which versions of one record follow each other: a store keeps the higher one. A later
    /// claim of the same run (after one that came to nothing) stands above all that the earlier one wrote.
    pub fn order(&self) -> (u64, u8) {
        let stage = match self.status {
            RunStatus::Claimed | RunStatus::Waiting | RunStatus::Retrying => 0,
            RunStatus::Running => 1,
            _ => 2,
        };
        (self.fence.map_or(0, |fence| fence.0), stage)
    }
}

/// Each tick in `[from, to]` that has no run record ended in this way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RangeRecord {
    /// The job's name.
    pub job: JobName,
    /// The job's own id.
    pub uid: JobUid,
    /// The first instant.
    pub from: Timestamp,
    /// The last instant.
    pub to: Timestamp,
    /// How these ticks ended.
    pub end: Unrun,
    /// For placement `all`: whose ticks these are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerId>,
}

impl RangeRecord {
    /// Returns true when these ticks were skipped because another run went on.
    pub fn is_overlap(&self) -> bool {
        matches!(self.end, Unrun::Skipped(Skip { why: SkipReason::Overlap, .. }))
    }
}
