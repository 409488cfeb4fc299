//! A piece of a run's output. Chunks of one run are numbered over both streams, so their order is kept.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::RunId;
use crate::time::Timestamp;

/// Most bytes in one chunk.
pub const CHUNK_BYTES_MAX: usize = 64 * 1024;

/// Which of its two streams a run wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A piece of a run's output, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Whose output it is.
    pub run: RunId,
    /// Its number within the run, from 0 without a gap.
    pub seq: u64,
    /// Which stream it came from.
    pub stream: Stream,
    /// When it was read.
    pub at: Timestamp,
    /// The bytes, as they came; not always UTF-8.
    pub bytes: Bytes,
}
