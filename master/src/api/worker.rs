//! Workers as the interface lists them.

use model::id::WorkerId;
use model::worker::{Drain, Worker};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The live workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerList {
    /// The workers, sorted by id.
    pub workers: Vec<Worker>,
}

/// Why a worker should take nothing new.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "a new kernel" }))]
pub struct DrainRequest {
    /// For the others; at most 1000 bytes.
    #[serde(default)]
    pub reason: String,
}

/// How a worker stands after it was asked to drain, or to drain no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DrainReply {
    /// The worker.
    pub worker: WorkerId,
    /// Who wants it to take nothing new; none when nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Drain>,
    /// How many runs it held when it last told.
    pub busy: u32,
}
