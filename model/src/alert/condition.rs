//! What an alert may be about, one table of words.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::policy::AlertOn;
use crate::run::RunStatus;

macro_rules! conditions {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What an alert may be about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Condition {
            $($(#[$doc])* $name,)*
        }

        impl Condition {
            /// All of them: of runs, of ticks, of workers, of stores.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns its word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

conditions! {
    /// A run ended as failed.
    Failed = "failed";
    /// A run was stopped at its timeout.
    TimedOut = "timed_out";
    /// A run was killed.
    Killed = "killed";
    /// A run reached its memory limit.
    OutOfMemory = "out_of_memory";
    /// A run used up its fuel.
    OutOfFuel = "out_of_fuel";
    /// A module trapped.
    Trapped = "trapped";
    /// A run could not be started.
    NotStarted = "not_started";
    /// The sandbox itself failed.
    HostError = "host_error";
    /// A run's worker is gone.
    Lost = "lost";
    /// A run that was asked for was skipped.
    Skipped = "skipped";
    /// A tick did not start by its start deadline.
    Missed = "missed";
    /// A run lasts longer than `warn_after`, and still runs.
    LongRunning = "long_running";
    /// What somebody was told of is over.
    Recovered = "recovered";
    /// A worker has not been there for a minute.
    WorkerDown = "worker_down";
    /// A worker's clock is off: it claims nothing.
    ClockOff = "clock_off";
    /// The store of facts does not answer.
    StoreTrouble = "store_trouble";
    /// Output that waits on a worker's disk holds runs back.
    OutputWaits = "output_waits";
    /// A worker's disk is nearly full.
    DiskFull = "disk_full";
    /// Somebody tries a channel.
    Test = "test";
}

impl Condition {
    /// Returns the condition of a run that ended so; none for one that is well or has not ended.
    pub fn of_status(status: RunStatus) -> Option<Self> {
        Some(match status {
            RunStatus::Failed => Self::Failed,
            RunStatus::TimedOut => Self::TimedOut,
            RunStatus::Killed => Self::Killed,
            RunStatus::OutOfMemory => Self::OutOfMemory,
            RunStatus::OutOfFuel => Self::OutOfFuel,
            RunStatus::Trapped => Self::Trapped,
            RunStatus::NotStarted => Self::NotStarted,
            RunStatus::HostError => Self::HostError,
            RunStatus::Lost => Self::Lost,
            RunStatus::Skipped => Self::Skipped,
            RunStatus::Missed => Self::Missed,
            _ => return None,
        })
    }

    /// Returns true for what counts in a row: the job itself went wrong, and nobody wanted it so.
    pub fn is_failure(self) -> bool {
        use Condition as C;
        matches!(
            self,
            C::Failed
                | C::TimedOut
                | C::OutOfMemory
                | C::OutOfFuel
                | C::Trapped
                | C::NotStarted
                | C::HostError
                | C::Lost
        )
    }

    /// Returns true for what a success of the job ends.
    pub fn is_open_until_success(self) -> bool {
        self.is_failure() || self == Self::Missed
    }
}

impl From<AlertOn> for Condition {
    fn from(on: AlertOn) -> Self {
        match on {
            AlertOn::Failed => Self::Failed,
            AlertOn::TimedOut => Self::TimedOut,
            AlertOn::Killed => Self::Killed,
            AlertOn::OutOfMemory => Self::OutOfMemory,
            AlertOn::OutOfFuel => Self::OutOfFuel,
            AlertOn::Trapped => Self::Trapped,
            AlertOn::NotStarted => Self::NotStarted,
            AlertOn::HostError => Self::HostError,
            AlertOn::Lost => Self::Lost,
            AlertOn::Skipped => Self::Skipped,
            AlertOn::Missed => Self::Missed,
            AlertOn::Recovered => Self::Recovered,
            AlertOn::LongRunning => Self::LongRunning,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Condition {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|one| one.as_str()).collect();
            format!("must be one of {}, got `{}`", known.join(", "), text.escape_debug())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for one in Condition::ALL {
            assert_eq!(one.as_str().parse(), Ok(*one));
            assert_eq!(serde_json::to_value(one).unwrap(), one.as_str());
        }
        assert!("broken".parse::<Condition>().unwrap_err().contains("`broken`"));
    }

    #[test]
    fn every_final_status_but_success_has_a_condition() {
        for status in RunStatus::ALL {
            let bad = status.is_final() && status != RunStatus::Succeeded;
            assert_eq!(Condition::of_status(status).is_some(), bad, "{status}");
        }
    }
}
