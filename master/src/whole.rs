//! Holds a run's output against the final record that its worker wrote: number, order and sum.
//!
//! It reads all chunks once, some at a time. Flow: facts (record, chunks) → **`whole`** → `OutputCheck`.

use model::chunk::NotKept;
use model::id::RunId;
use model::ports::{Facts, StoreError};
use model::run::RunRecord;
use sha2::{Digest as _, Sha256};

use crate::api::{OutputCheck, OutputState};

/// Chunks read at one time: at most 4 MiB.
const CHUNKS_AT_ONCE: usize = 64;
/// Most stretches of missing chunks that are told.
const MISSING_MAX: usize = 100;

/// What was seen of an output.
#[derive(Default)]
struct Seen {
    next: u64,
    chunks: u64,
    bytes: u64,
    dropped: u64,
    sum: Sha256,
    missing: Vec<(u64, u64)>,
    holes: u64,
    /// Chunks whose bytes the store refused: their sum is the worker's no more.
    refused: u64,
}

impl Seen {
    fn skip_to(&mut self, seq: u64) {
        if seq > self.next {
            self.holes += seq - self.next;
            if self.missing.len() < MISSING_MAX {
                self.missing.push((self.next, seq - 1));
            }
        }
        self.next = self.next.max(seq);
    }
}

/// Checks the output of a run.
///
/// # Errors
/// As the store says.
pub(crate) async fn check(facts: &dyn Facts, id: &RunId, run: &RunRecord) -> Result<OutputCheck, StoreError> {
    let mut seen = Seen::default();
    loop {
        let chunks = facts.chunks(id, seen.next, CHUNKS_AT_ONCE).await?;
        let full = chunks.len() == CHUNKS_AT_ONCE;
        for chunk in chunks {
            seen.skip_to(chunk.seq);
            seen.next = chunk.seq + 1;
            seen.chunks += 1;
            seen.bytes += chunk.bytes.len() as u64;
            seen.sum.update(&chunk.bytes);
            if let Some(gap) = chunk.gap {
                seen.dropped += gap.bytes;
                seen.refused += u64::from(gap.why == NotKept::Store);
            }
        }
        if !full {
            break;
        }
    }
    let counted = run.output.as_ref();
    if let Some(counted) = counted {
        seen.skip_to(counted.chunks);
    }
    let sum = hex::encode(std::mem::take(&mut seen.sum).finalize());
    let state = match counted {
        _ if !run.status.is_final() => OutputState::Growing,
        _ if seen.holes > 0 => OutputState::Missing,
        None => OutputState::Uncounted,
        Some(counted) if counted.sha256 == sum || seen.refused > 0 => OutputState::Whole,
        Some(_) => OutputState::Altered,
    };
    Ok(OutputCheck {
        state,
        chunks: seen.chunks,
        chunks_counted: counted.map(|counted| counted.chunks),
        bytes: seen.bytes,
        dropped: seen.dropped,
        missing: if state == OutputState::Growing { Vec::new() } else { seen.missing },
    })
}
