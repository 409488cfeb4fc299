//! The choices that a job makes: when ticks overlap or are missed, when runs fail, where they may run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::run::RunStatus;
use crate::time::Span;

/// What happens at changes of the clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DstRule {
    /// Fixed times in the gap run at its end, in the repeated hour once; wildcard times follow the wall.
    #[default]
    Vixie,
    /// Every time follows the wall: none in the gap, twice in the repeated hour.
    Wall,
    /// Times in the gap are left out, those in the repeated hour run once.
    Skip,
}

/// How weekdays are numbered in the schedule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weekdays {
    /// 0 and 7 are Sunday.
    #[default]
    Unix,
    /// 1 is Sunday.
    Quartz,
}

/// A tick falls due while an earlier run goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Overlap {
    /// Both run.
    Allow,
    /// The new tick is skipped.
    #[default]
    Skip,
    /// The earlier run is killed, then the new tick starts.
    Replace,
}

/// What to do with ticks past their start deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Missed {
    /// Which of them still run.
    #[serde(default)]
    pub policy: MissedPolicy,
    /// How old a missed tick may be to run still.
    #[serde(default = "default_missed_window")]
    pub window: Span,
    /// How many run at most, for policy `all`.
    #[serde(default = "default_missed_max")]
    pub max: u32,
}

/// Which missed ticks still run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MissedPolicy {
    /// None.
    None,
    /// The newest within the window.
    #[default]
    Latest,
    /// All within the window, oldest first, up to the maximum.
    All,
}

fn default_missed_window() -> Span {
    Span::from_minutes(60)
}

fn default_missed_max() -> u32 {
    10
}

impl Default for Missed {
    fn default() -> Self {
        Self { policy: MissedPolicy::default(), window: default_missed_window(), max: default_missed_max() }
    }
}

/// Where a tick runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Placement {
    /// On one matching worker or on each.
    #[serde(default)]
    pub mode: PlacementMode,
    /// Labels that a worker must have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// On how many workers a tick runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlacementMode {
    /// One of those that match.
    #[default]
    One,
    /// Each that matches.
    All,
}

/// What becomes of a run whose worker is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnWorkerLoss {
    /// It ends as lost.
    #[default]
    Skip,
    /// It ends as lost and is started again elsewhere, at most twice.
    Rerun,
}

/// What a worker that is cut off from the store does with the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WhenCutOff {
    /// It goes on.
    #[default]
    Wait,
    /// It is killed before another worker may take over.
    Kill,
}

/// When a run that failed is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Retries {
    /// How often, after the first attempt.
    #[serde(default)]
    pub max: u32,
    /// After which ends.
    #[serde(default = "default_retry_on")]
    pub on: Vec<RunStatus>,
    /// How long to wait before the first retry; doubles with each.
    #[serde(default = "default_backoff")]
    pub backoff: Span,
    /// The longest wait.
    #[serde(default = "default_backoff_max")]
    pub backoff_max: Span,
}

fn default_retry_on() -> Vec<RunStatus> {
    vec![RunStatus::Failed, RunStatus::TimedOut]
}

fn default_backoff() -> Span {
    Span::from_seconds(10)
}

fn default_backoff_max() -> Span {
    Span::from_minutes(5)
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            max: 0,
            on: default_retry_on(),
            backoff: default_backoff(),
            backoff_max: default_backoff_max(),
        }
    }
}

impl Retries {
    /// Returns how long to wait before the `retry`th retry (from 1): doubled each time, up to the longest wait.
    pub fn wait_before(&self, retry: u32) -> Span {
        let doubled = self.backoff.as_millis().saturating_mul(1 << retry.saturating_sub(1).min(32));
        Span::from_millis(doubled.min(self.backoff_max.as_millis()))
    }
}

/// Which ends of a run somebody hears of, and by which channels. A job that names none is told by the rules for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobAlerts {
    /// Statuses, and `recovered` and `long_running`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<AlertOn>,
    /// Warn of a run that lasts longer, while it still runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_after: Option<Span>,
    /// Names of channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
}

/// What an alert may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertOn {
    /// A run ended as failed.
    Failed,
    /// A run was stopped at its timeout.
    TimedOut,
    /// A run was killed.
    Killed,
    /// A run reached its memory limit.
    OutOfMemory,
    /// A run used up its fuel.
    OutOfFuel,
    /// A module trapped.
    Trapped,
    /// A run could not be started.
    NotStarted,
    /// The sandbox itself failed.
    HostError,
    /// A run's worker is gone.
    Lost,
    /// A tick was skipped.
    Skipped,
    /// A tick was missed.
    Missed,
    /// A run succeeded after one that did not.
    Recovered,
    /// A run lasts longer than `warn_after`.
    LongRunning,
}
