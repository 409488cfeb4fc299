//! What a run may use, and which of it a host can hold.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::host_note::HostNote;
use crate::isolation::Isolation;
use crate::lenient;
use crate::quantity::{ByteSize, CpuShare};
use crate::time::Span;

/// What a run may use. A limit that is absent was not asked for; one that a host cannot hold is refused there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// How long a run may last, from its start; always has a value.
    #[serde(default = "default_timeout")]
    pub timeout: Span,
    /// How long a run may take to end after TERM before it is killed.
    #[serde(default = "default_grace")]
    pub grace: Span,
    /// Memory of all its processes together, or of all linear memories of a module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<ByteSize>,
    /// Processors that it may keep busy; shell only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<CpuShare>,
    /// Processes and threads at one time; shell only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pids: Option<u32>,
    /// Instructions, as wasmtime counts them; wasm only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// Output kept, both streams together: its beginning and its end; what is between them is counted and dropped.
    #[serde(default = "default_output")]
    pub output: ByteSize,
}

/// Returns the timeout of a job that names none: 10 minutes.
pub fn default_timeout() -> Span {
    Span::from_minutes(10)
}

/// Returns the grace of a job that names none: 5 seconds.
pub fn default_grace() -> Span {
    Span::from_seconds(5)
}

/// Returns the output limit of a job that names none: 10 MiB.
pub fn default_output() -> ByteSize {
    ByteSize::from_mib(10)
}

/// Memory of a module whose job names none.
pub const WASM_MEMORY_DEFAULT: ByteSize = ByteSize::from_mib(256);
/// Fuel of a module whose job names none: some seconds of work.
pub const WASM_FUEL_DEFAULT: u64 = 10_000_000_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: default_timeout(),
            grace: default_grace(),
            memory: None,
            cpu: None,
            pids: None,
            fuel: None,
            output: default_output(),
        }
    }
}

/// One limit by its name in a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LimitName {
    /// `limits.timeout`
    Timeout,
    /// `limits.memory`
    Memory,
    /// `limits.cpu`
    Cpu,
    /// `limits.pids`
    Pids,
    /// `limits.fuel`
    Fuel,
    /// `limits.output`
    Output,
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Timeout => "timeout",
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::Pids => "pids",
            Self::Fuel => "fuel",
            Self::Output => "output",
        })
    }
}

/// Whether a host can hold one limit, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LimitSupport {
    /// Which limit.
    pub limit: LimitName,
    /// True when it is held.
    pub held: bool,
    /// By what it is held (`cgroup v1 memory`), or why it is not and what to do about it.
    pub by: String,
}

/// What one executor can hold on this host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Enforceable {
    /// Each limit that applies to the executor's kind.
    pub limits: Vec<LimitSupport>,
    /// How the end of every process of a run is made sure (`cgroup.kill`, `process group only`).
    pub kill: String,
    /// Why no job of this kind starts on this host, whatever it asks for; absent where jobs start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refuses: Option<String>,
    /// How far jobs that name no user are kept apart; absent where the kind has no users, or such jobs are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
    /// What the owner should know, in sentences (`jobs run as the worker's own user`).
    pub notes: Vec<String>,
    /// The notes as facts, in their order; absent where a worker or a note is of another version.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient::known")]
    pub told: Option<Vec<HostNote>>,
}

impl Enforceable {
    /// Returns it with what the owner should know, as facts and in words.
    #[must_use]
    pub fn with_notes(self, told: Vec<HostNote>) -> Self {
        let notes = told.iter().map(ToString::to_string).collect();
        Self { notes, told: Some(told), ..self }
    }
}
