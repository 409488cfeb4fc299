//! Gives the lines of a run's output their numbers, so that a line can be named and found again.
//!
//! The number of a line is that of its end among all ends of lines of both streams, in the order in which they were read,
//! from 1. Chunks never change, so neither does a number. A line that has not ended has none.
//!
//! Flow: facts (chunks) → **`lines`** → `LinePosition`. Not here: which lines match a pattern (`search`).

use model::chunk::Chunk;
use model::id::RunId;
use model::ports::{Facts, StoreError};

use crate::api::LinePosition;

/// Chunks read at one time: at most 4 MiB.
const CHUNKS_AT_ONCE: usize = 64;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The chunk in which the line of this number ends.
    Line(u64),
    /// The chunk of this number, or the last where there is none of it yet.
    Chunk(u64),
}

/// Returns how many lines end in a chunk.
pub(crate) fn ends(chunk: &Chunk) -> u64 {
    memchr::memchr_iter(b'\n', &chunk.bytes).count() as u64
}

/// Finds a place in a run's output. Reads all of it once.
///
/// # Errors
/// As the store says.
pub(crate) async fn position(
    facts: &dyn Facts,
    id: &RunId,
    place: Place,
) -> Result<LinePosition, StoreError> {
    let mut found = LinePosition::default();
    let (mut is_found, mut next) = (false, 0);
    loop {
        let chunks = facts.chunks(id, next, CHUNKS_AT_ONCE).await?;
        for chunk in &chunks {
            if !is_found {
                (found.chunk, found.lines_before) = (chunk.seq, found.lines);
            }
            found.lines += ends(chunk);
            is_found |= match place {
                Place::Line(line) => line <= found.lines,
                Place::Chunk(seq) => seq <= chunk.seq,
            };
            next = chunk.seq + 1;
        }
        found.chunks = next;
        if chunks.len() < CHUNKS_AT_ONCE {
            return Ok(found);
        }
    }
}
