//! Workers as the interface lists them.

use model::worker::Worker;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The live workers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerList {
    /// The workers, sorted by id.
    pub workers: Vec<Worker>,
}
