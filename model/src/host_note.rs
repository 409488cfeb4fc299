//! What the owner of a worker should know of its host: kinds with their figures, and their words.
//!
//! Flow: `sandbox` looks at the host → **`HostNote`** → a worker's status, its notes in English, and the page in another language.
//! Kinds are added, never renamed. What the host said itself stays as it said it (`why`).

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::isolation::Isolation;
use crate::quantity::ByteSize;
use crate::time::Timestamp;

/// What the owner should know of a host: a kind with its figures. `notes` say the same in English, in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(example = json!({ "kind": "open_files", "allowed": 1024, "needed": 4096 }))]
pub enum HostNote {
    /// Scripts are switched off.
    ScriptsOff,
    /// Scripts that name no user run as a user id of their own.
    OwnUserIds {
        /// Out of these.
        range: String,
        /// How far that keeps them apart.
        isolation: Isolation,
        /// Why no further.
        why: String,
    },
    /// Scripts that name no user run as one user.
    SharedUser {
        /// Which.
        user: String,
        /// How far that keeps them apart.
        isolation: Isolation,
        /// Why no further.
        why: String,
    },
    /// Scripts that name no user are refused.
    NeedsUser {
        /// Why.
        why: String,
    },
    /// Each script has a process namespace of its own.
    OwnNamespace,
    /// All scripts are refused: they cannot have the namespace that the owner wants.
    NoNamespace {
        /// Why.
        why: String,
    },
    /// No script has a `/tmp` and a `/dev/shm` of its own.
    NoOwnTmp {
        /// Why.
        why: String,
    },
    /// Scripts end with the worker's process.
    NoSupervisor {
        /// Why.
        why: String,
    },
    /// The memory of all jobs together is not capped.
    MemoryUncapped {
        /// Why.
        why: String,
    },
    /// Jobs share the processor as equals of the stores.
    ProcessorShared {
        /// Why.
        why: String,
    },
    /// Jobs share the disk as equals of the stores.
    DiskShared {
        /// Why.
        why: String,
    },
    /// Modules run in a process of their own.
    ModulesApart {
        /// As this user.
        user: String,
        /// With this number.
        uid: u32,
        /// How far that keeps them apart.
        isolation: Isolation,
        /// Why that far.
        why: String,
    },
    /// Modules run inside the worker's process.
    ModulesInside,
    /// Modules that name no user are refused.
    ModulesNeedUser {
        /// Why.
        why: String,
    },
    /// All modules of one user together have so much memory.
    ModulesMemory {
        /// How much.
        memory: ByteSize,
        /// By what that is held.
        by: String,
    },
    /// The memory of all modules together is not bounded.
    ModulesMemoryUnbounded {
        /// Why.
        why: String,
    },
    /// All modules together may have fewer files open than they could need.
    OpenFiles {
        /// How many they may.
        allowed: u64,
        /// How many they could need.
        needed: u64,
    },
    /// The process that runs modules ended by itself.
    HostEnded {
        /// How often since the worker's start.
        times: u64,
        /// How the last time.
        how: String,
        /// When that was.
        at: Timestamp,
    },
    /// No module can run.
    NoModuleRuns {
        /// Why.
        why: String,
    },
    /// There is no pool of instances: modules start slower.
    NoPool,
}

impl fmt::Display for HostNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ScriptsOff => f.write_str("shell jobs are switched off by the worker's owner"),
            Self::OwnUserIds { range, isolation, why } => write!(
                f,
                "jobs that name no user run as a user id of their own out of {range}: {isolation} ({why})"
            ),
            Self::SharedUser { user, isolation, why } => {
                write!(f, "jobs that name no user run as `{user}`: {isolation}, not isolated ({why})")
            }
            Self::NeedsUser { why } => write!(f, "jobs that name no user are refused: {why}"),
            Self::OwnNamespace => {
                f.write_str("each job has a process namespace of its own and sees no processes but its own")
            }
            Self::NoNamespace { why } => {
                write!(f, "all jobs are refused: `pid_namespace = true` in `[shell]`, and {why}")
            }
            Self::NoOwnTmp { why } => write!(f, "no job has a `/tmp` and a `/dev/shm` of its own: {why}"),
            Self::NoSupervisor { why } => {
                write!(f, "shell runs end with this process: no supervisor could be started: {why}")
            }
            Self::MemoryUncapped { why } => {
                write!(f, "the memory of all jobs together is not capped: {why}")
            }
            Self::ProcessorShared { why } => {
                write!(f, "jobs share the processor as equals of the stores: {why}")
            }
            Self::DiskShared { why } => write!(f, "jobs share the disk as equals of the stores: {why}"),
            Self::ModulesApart { user, uid, isolation, why } => {
                write!(f, "modules run in a process of their own as `{user}` ({uid}): {isolation} ({why})")
            }
            Self::ModulesInside => f.write_str("modules run inside this process, as its own user"),
            Self::ModulesNeedUser { why } => write!(f, "modules that name no user are refused: {why}"),
            Self::ModulesMemory { memory, by } => {
                write!(f, "all modules of one user together have {memory} of memory ({by})")
            }
            Self::ModulesMemoryUnbounded { why } => {
                write!(f, "the memory of all modules together is not bounded: {why}")
            }
            Self::OpenFiles { allowed, needed } => write!(
                f,
                "all modules together may have {allowed} files open, and could need {needed}: raise the worker's limit \
                 (`LimitNOFILE` of its service)"
            ),
            Self::HostEnded { times, how, at } => {
                f.write_str("the process that runs modules ended ")?;
                match times {
                    1 => f.write_str("once")?,
                    times => write!(f, "{times} times")?,
                }
                write!(f, " since the worker's start; the last one {how}, at {at}")
            }
            Self::NoModuleRuns { why } => write!(f, "no module can run: {why}"),
            Self::NoPool => f.write_str("there is no pool of instances: modules start slower"),
        }
    }
}
