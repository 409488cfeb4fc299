//! What lies ahead: the ticks of all jobs in a window of time, in order.

use model::id::JobName;
use model::time::Timestamp;
use model::workload::Kind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which ticks ahead, earliest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UpcomingQuery {
    /// Ticks at or after this instant; without it now. At most a day ago: what became of earlier ones is told at
    /// `/jobs/{name}/ticks`.
    pub from: Option<Timestamp>,
    /// Ticks before this instant, at most 31 days after `from`; without it a day after `from`.
    pub to: Option<Timestamp>,
    /// Ticks of this job alone.
    pub job: Option<JobName>,
    /// What else to list: `paused` (ticks that a pause would end), `disabled` (those of jobs that are not enabled);
    /// several by commas.
    #[param(example = "paused")]
    pub include: Option<String>,
    /// Most ticks on the page.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<u32>,
    /// `next` of the page before; its window stays that of the first page.
    pub cursor: Option<String>,
}

/// One page of ticks that lie ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpcomingPage {
    /// The first instant of the window.
    pub from: Timestamp,
    /// The end of the window, which is not in it.
    pub to: Timestamp,
    /// The ticks, earliest first; of one instant by the name of the job.
    pub ticks: Vec<UpcomingTick>,
    /// `cursor` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A tick that lies ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpcomingTick {
    /// Its job.
    pub job: JobName,
    /// What kind of workload the job runs.
    pub kind: Kind,
    /// The tick.
    pub scheduled_at: Timestamp,
    /// The same in the schedule's zone, with its offset.
    pub local: String,
    /// The zone in which the schedule is read.
    pub zone: String,
    /// When it falls due by the job's jitter; absent without jitter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// What a change of the clock does to it, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why it will not start as things stand; absent when it will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

/// Why a tick that lies ahead will not start as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The job is paused.
    Paused,
    /// The job is not enabled.
    Disabled,
}
