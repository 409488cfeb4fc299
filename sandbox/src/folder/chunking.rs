//! How output is cut into chunks: by the owner of a worker, within what every reader of a segment takes.
//!
//! Flow: worker's configuration → executors' options → **`Chunking`** → `segment`, in whichever process writes it.

use model::chunk::CHUNK_BYTES_MAX;
use model::quantity::ByteSize;
use model::time::Span;
use serde::{Deserialize, Serialize};

/// How output is cut into chunks: at whichever bound it reaches first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunking {
    /// Most bytes of a chunk, from [`Chunking::BYTES_LEAST`] to [`Chunking::BYTES_MOST`].
    pub bytes: ByteSize,
    /// How long bytes wait for more before they become a chunk.
    pub wait: Span,
}

impl Chunking {
    /// Smaller chunks would cost more in frames and documents than they hold.
    pub const BYTES_LEAST: ByteSize = ByteSize::from_kib(4);
    /// The largest that a segment's readers and the stores take.
    pub const BYTES_MOST: ByteSize = ByteSize::from_bytes(CHUNK_BYTES_MAX as u64);

    /// Returns the bytes of a chunk, within the bounds whatever they were said to be.
    pub(super) fn bytes_max(self) -> usize {
        let bytes = self.bytes.clamp(Self::BYTES_LEAST, Self::BYTES_MOST).as_bytes();
        usize::try_from(bytes).expect("it is at most a chunk")
    }
}

impl Default for Chunking {
    fn default() -> Self {
        Self { bytes: Self::BYTES_MOST, wait: Span::from_millis(200) }
    }
}
