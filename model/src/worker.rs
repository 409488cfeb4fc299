//! A worker as others see it: who it is (once), and how it is (now).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{BootId, Revision, WorkerId};
use crate::limits::Enforceable;
use crate::time::Timestamp;

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
    /// True when it takes no new runs.
    pub draining: bool,
    /// What it can hold of shell runs.
    pub shell: Enforceable,
    /// What it can hold of WASI runs.
    pub wasm: Enforceable,
    /// When this was written.
    pub at: Timestamp,
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
}
