//! A worker as others see it: who it is (once), and how it is (now).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clocks::{Ahead, ClockOff};
use crate::id::{BootId, Revision, WorkerId};
use crate::limits::Enforceable;
use crate::quantity::ByteSize;
use crate::time::{Span, Timestamp};
use crate::workload::Kind;

/// Who a worker process is; does not change while it lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerIdentity {
    /// Its id.
    pub id: WorkerId,
    /// The boot of its machine.
    pub boot: BootId,
    /// Its host's name.
    pub host: String,
    /// Its version of Sandglass.
    pub version: String,
    /// The version of its zone data.
    pub zone_data: String,
    /// When the process was started.
    pub started_at: Timestamp,
}

/// How a worker is; written on change and every 10 s at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerStatus {
    /// How many runs it holds at one time.
    pub slots: u32,
    /// How many it holds now.
    pub busy: u32,
    /// Its labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// False while its clock is off; it claims nothing then.
    pub clock_ok: bool,
    /// By how much its clock is off, and whose clocks say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_off: Option<ClockOff>,
    /// How far its clock is ahead of the facts store's, as last compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts_clock: Option<Ahead>,
    /// The last time that its wall clock was set or its machine slept, since its process started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_event: Option<ClockEvent>,
    /// How much of the disk that holds its runs is free, in hundredths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_free_percent: Option<u8>,
    /// What of its runs' output waits for the facts store.
    #[serde(default, skip_serializing_if = "OutputWaits::is_nothing")]
    pub output: OutputWaits,
    /// True when it takes no new runs.
    pub draining: bool,
    /// What it can hold of shell runs.
    pub shell: Enforceable,
    /// What it can hold of WASI runs.
    pub wasm: Enforceable,
    /// When this was written.
    pub at: Timestamp,
}

impl WorkerStatus {
    /// Returns what it can hold of runs of a kind.
    pub fn of(&self, kind: Kind) -> &Enforceable {
        match kind {
            Kind::Shell => &self.shell,
            Kind::Wasm => &self.wasm,
        }
    }
}

/// What of the output of a worker's runs waits on its disk for the facts store, and what that costs the runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputWaits {
    /// Bytes that wait and were not read for sending.
    pub waiting_bytes: u64,
    /// Runs that are held back, since too much waits: they wait, or what they print is dropped, as the worker's owner
    /// wants it.
    pub held_runs: u32,
    /// Bytes that runs printed and that were dropped for that, since the worker's process started.
    pub truncated_bytes: u64,
    /// True while so many ended runs wait to be told that the worker starts nothing new.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends_full: bool,
}

impl OutputWaits {
    /// Returns true while nothing waits and nothing was dropped.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for OutputWaits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of output waits", ByteSize::from_bytes(self.waiting_bytes).rounded())?;
        if self.held_runs > 0 {
            write!(f, ", {} runs held back", self.held_runs)?;
        }
        if self.truncated_bytes > 0 {
            write!(f, ", {} dropped", ByteSize::from_bytes(self.truncated_bytes).rounded())?;
        }
        if self.ends_full {
            f.write_str(", nothing new starts until ended runs are told")?;
        }
        Ok(())
    }
}

/// Something that happened to the clocks of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClockEvent {
    /// What.
    pub change: ClockChange,
    /// By how much, or for how long.
    pub by: Span,
    /// When it was noticed, on the wall clock as it stood then.
    pub at: Timestamp,
}

/// What happened to the clocks of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockChange {
    /// The wall clock was set forward.
    SetForward,
    /// The wall clock was set back.
    SetBack,
    /// The machine slept; its wall clock went on.
    Slept,
}

impl fmt::Display for ClockEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { change, by, at } = self;
        match change {
            ClockChange::SetForward => write!(f, "its clock was set forward by {by}, seen at {at}"),
            ClockChange::SetBack => write!(f, "its clock was set back by {by}, seen at {at}"),
            ClockChange::Slept => write!(f, "its machine slept for {by} until {at}"),
        }
    }
}

/// A live worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Worker {
    /// Who it is.
    pub identity: WorkerIdentity,
    /// How it is.
    pub status: WorkerStatus,
    /// The revision of its registration.
    pub registration: Revision,
    /// Who wants it to take no new runs, if anybody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Drain>,
}

/// Somebody's wish that a worker takes no new runs. It stays through restarts of the worker until it is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drain {
    /// Who wants it.
    pub by: String,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}
