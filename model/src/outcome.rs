//! How a run ended, why, and what it used.
//!
//! `sandbox` writes an `Outcome`; [`Outcome::status`] is the one table from it to the status that people see, and
//! `words` the one place that tells it in words.

mod words;

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::isolation::RanAs;
use crate::limits::{LimitName, Limits};
use crate::quantity::ByteSize;
use crate::run::RunStatus;
use crate::time::{Span, Timestamp};

/// How a workload came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum End {
    /// It ended by itself.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// A signal ended it.
    Signaled {
        /// The signal's number.
        signal: i32,
        /// True when it left a core file.
        core: bool,
    },
    /// A module did what the sandbox does not allow, or gave up.
    Trapped {
        /// What kind of trap (`unreachable`, `stack overflow`).
        trap: String,
        /// Where, as text.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        backtrace: String,
    },
    /// It never ran.
    NotStarted {
        /// At which step the start failed.
        stage: Stage,
        /// What was wrong and what to do about it.
        message: String,
    },
    /// The sandbox itself failed.
    HostError {
        /// What happened.
        message: String,
    },
    /// Nobody saw its end.
    Lost {
        /// Why.
        why: LostWhy,
    },
}

/// The steps of a start, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The lease's deadline had passed, or the worker was handing over.
    Claim,
    /// The job asks for what this version or host does not do.
    Limits,
    /// The run's folder could not be written.
    Folder,
    /// The module is not there or cannot be loaded.
    Module,
    /// A granted directory or address is not allowed or not there.
    Grants,
    /// The control group could not be made or joined.
    Cgroup,
    /// Its own `/tmp` and `/dev/shm` could not be made.
    Mounts,
    /// The directory to start in is not there.
    Cwd,
    /// The account is not there or not allowed.
    User,
    /// The interpreter could not be executed.
    Exec,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Claim => "claim",
            Self::Limits => "limits",
            Self::Folder => "folder",
            Self::Module => "module",
            Self::Grants => "grants",
            Self::Cgroup => "cgroup",
            Self::Mounts => "mounts",
            Self::Cwd => "cwd",
            Self::User => "user",
            Self::Exec => "exec",
        })
    }
}

/// Why nobody saw a run's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LostWhy {
    /// The worker process ended and could not hand the run over.
    WorkerEnded,
    /// The process that looked after the run was killed.
    ShimGone,
    /// The machine was started anew.
    Reboot,
    /// The worker is gone and its time has passed.
    WorkerGone,
    /// The worker's data folder is not the one in which the run began.
    FolderGone,
    /// An operator settled it by hand.
    SettledByHand,
    /// The store was restored from a backup, which knew of its beginning alone.
    Restored,
}

/// Why somebody stopped a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// Its timeout passed.
    Timeout,
    /// A user killed it.
    Killed,
    /// A newer tick replaced it.
    Replaced,
    /// Its worker ended and could not leave it running.
    HandedOver,
    /// Its worker was cut off from the store and the job says `when_cut_off: kill`.
    CutOff,
}

/// What a run used. Absent where the host cannot tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Processor time in user mode; of a module all of it, that of the functions of the host included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_user: Option<Span>,
    /// Processor time in the kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_system: Option<Span>,
    /// Most memory at one time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_peak: Option<ByteSize>,
    /// Most processes at one time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pids_peak: Option<u32>,
    /// Instructions, as wasmtime counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// Processes that the `pids` limit refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pids_refused: Option<u64>,
    /// How the `cpu` limit held it back; absent without that limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled: Option<Throttled>,
    /// What a component asked of the network without a grant; absent when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_refused: Option<NetworkRefused>,
}

/// Connections, datagrams and lookups that a component tried and that its job does not grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NetworkRefused {
    /// How many.
    pub count: u64,
    /// The first of them: an address with its port, or a name.
    pub first: String,
}

/// How often a run had used up its share of the processors and waited for the next period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Throttled {
    /// Periods in which it wanted a processor.
    pub periods: u64,
    /// Periods in which it had to wait.
    pub throttled: u64,
    /// How long its threads waited, all together.
    pub time: Span,
}

/// How much output there was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputCount {
    /// Bytes kept.
    pub kept: u64,
    /// Bytes that were read and not kept: beyond `limits.output`, refused by the worker's disk, or dropped because
    /// too much output waited for the store and the worker's owner wants it so.
    pub dropped: u64,
    /// True when who wrote it died: what had been read and not yet written is in neither number.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// A limit of this run: by what it was held, or why it was not although the job asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Applied {
    /// Which limit.
    pub limit: LimitName,
    /// False when the host could not hold it and the worker's owner lets jobs run without it.
    #[serde(default = "held")]
    pub held: bool,
    /// By what it was held, or why it was not.
    pub by: String,
}

/// Records of earlier versions name limits that were held, and no others.
fn held() -> bool {
    true
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// How it came to its end.
    pub end: End,
    /// Why somebody stopped it, if somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// True when TERM did not end it within its grace.
    #[serde(default)]
    pub escalated: bool,
    /// True when it reached its memory limit.
    #[serde(default)]
    pub out_of_memory: bool,
    /// True when it used up its fuel.
    #[serde(default)]
    pub out_of_fuel: bool,
    /// What it used.
    #[serde(default)]
    pub usage: Usage,
    /// How much output there was.
    #[serde(default)]
    pub output: OutputCount,
    /// Processes that outlived the script and were killed.
    #[serde(default)]
    pub leftovers_killed: u32,
    /// What it was allowed; `applied` says by what that was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Which limits held it, and by what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applied: Vec<Applied>,
    /// How it ended, in words; see [`Outcome::told`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Who it ran as, and how far that kept it apart; absent for modules and for what did not start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran_as: Option<RanAs>,
    /// When it was started; equal to `ended_at` when it was not.
    pub started_at: Timestamp,
    /// When its end was seen.
    pub ended_at: Timestamp,
}

impl Outcome {
    /// Returns the outcome of a run that ended in this way at this instant, with nothing else known of it.
    pub fn bare(end: End, at: Timestamp) -> Self {
        Self {
            end,
            stop: None,
            escalated: false,
            out_of_memory: false,
            out_of_fuel: false,
            usage: Usage::default(),
            output: OutputCount::default(),
            leftovers_killed: 0,
            limits: None,
            applied: Vec::new(),
            words: String::new(),
            ran_as: None,
            started_at: at,
            ended_at: at,
        }
    }

    /// Returns the status that people see. The one table from ends and stops to statuses: what never ran first,
    /// then who stopped it, then which limit it reached, then how it ended by itself. Who kills a run that has not
    /// started yet, since its module is still being compiled, has killed it.
    pub fn status(&self, success_codes: &[i32]) -> RunStatus {
        match (&self.end, self.stop) {
            (End::NotStarted { .. }, Some(Stop::Killed | Stop::Replaced)) => RunStatus::Killed,
            (End::NotStarted { .. }, _) => RunStatus::NotStarted,
            (End::HostError { .. }, _) => RunStatus::HostError,
            (End::Lost { .. }, _) => RunStatus::Lost,
            (_, Some(Stop::Timeout)) => RunStatus::TimedOut,
            (_, Some(Stop::Killed | Stop::Replaced)) => RunStatus::Killed,
            (_, Some(Stop::HandedOver | Stop::CutOff)) => RunStatus::Lost,
            // A script that lived on after one of its children reached the limit decides by its own exit code.
            (End::Exited { code }, None) if success_codes.contains(code) && !self.out_of_fuel => {
                RunStatus::Succeeded
            }
            (_, None) if self.out_of_memory => RunStatus::OutOfMemory,
            (_, None) if self.out_of_fuel => RunStatus::OutOfFuel,
            (End::Trapped { .. }, None) => RunStatus::Trapped,
            (End::Exited { .. } | End::Signaled { .. }, None) => RunStatus::Failed,
        }
    }

    /// Returns it without what its words do not say: what held the limits, who it ran as, where it trapped, and the words.
    pub fn brief(mut self) -> Self {
        (self.applied, self.ran_as, self.words) = (Vec::new(), None, String::new());
        if let End::Trapped { backtrace, .. } = &mut self.end {
            backtrace.clear();
        }
        self
    }

    /// Returns it with its words, which whoever shows it repeats: server, command line and page.
    pub fn told(mut self) -> Self {
        self.words = self.in_words();
        self
    }
}

impl fmt::Display for LostWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::WorkerEnded => "its worker ended during the run",
            Self::ShimGone => "the process that looked after it was killed",
            Self::Reboot => "the machine was started anew during the run",
            Self::WorkerGone => "its worker is gone",
            Self::FolderGone => "the worker's data folder is new",
            Self::SettledByHand => "settled by hand",
            Self::Restored => "the store was restored from a backup",
        })
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Timeout => "timeout",
            Self::Killed => "killed by a user",
            Self::Replaced => "replaced by a newer tick",
            Self::HandedOver => "its worker ended",
            Self::CutOff => "its worker was cut off from the store",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(end: End, stop: Option<Stop>, out_of_memory: bool, out_of_fuel: bool) -> Outcome {
        let at = Timestamp::from_millis(0);
        Outcome { stop, out_of_memory, out_of_fuel, ..Outcome::bare(end, at) }
    }

    #[test]
    fn every_end_and_stop_has_its_status() {
        use RunStatus as S;
        let exited = |code| End::Exited { code };
        let killed = || End::Signaled { signal: 9, core: false };
        let not_started = || End::NotStarted { stage: Stage::Exec, message: "x".into() };
        let trapped = || End::Trapped { trap: "unreachable".into(), backtrace: String::new() };
        let table = [
            (exited(0), None, false, false, S::Succeeded),
            (exited(3), None, false, false, S::Failed),
            (exited(0), None, true, false, S::Succeeded),
            (exited(137), None, true, false, S::OutOfMemory),
            (killed(), None, true, false, S::OutOfMemory),
            (killed(), None, false, false, S::Failed),
            (killed(), Some(Stop::Timeout), false, false, S::TimedOut),
            (exited(0), Some(Stop::Timeout), false, false, S::TimedOut),
            (killed(), Some(Stop::Killed), true, false, S::Killed),
            (killed(), Some(Stop::Replaced), false, false, S::Killed),
            (killed(), Some(Stop::HandedOver), false, false, S::Lost),
            (killed(), Some(Stop::CutOff), false, false, S::Lost),
            (trapped(), None, false, false, S::Trapped),
            (trapped(), None, true, false, S::OutOfMemory),
            (trapped(), None, false, true, S::OutOfFuel),
            (End::HostError { message: "x".into() }, Some(Stop::Timeout), false, false, S::HostError),
            (End::Lost { why: LostWhy::Reboot }, None, false, false, S::Lost),
            (not_started(), None, false, false, S::NotStarted),
            (not_started(), Some(Stop::Killed), false, false, S::Killed),
            (not_started(), Some(Stop::Replaced), false, false, S::Killed),
            (not_started(), Some(Stop::HandedOver), false, false, S::NotStarted),
        ];
        for (end, stop, memory, fuel, status) in table {
            let outcome = outcome(end, stop, memory, fuel);
            assert_eq!(outcome.status(&[0]), status, "{outcome:?}");
        }
    }
}
