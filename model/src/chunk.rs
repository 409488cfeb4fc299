//! A piece of a run's output. Chunks of one run are numbered over both streams, so their order is kept.
//!
//! What is not kept stands among them as a chunk of its own, a [`Gap`], at the place where it would have been.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::RunId;
use crate::quantity::{ByteSize, grouped};
use crate::time::Timestamp;

/// Most bytes in one chunk.
pub const CHUNK_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a gap as it is stored: bytes 8, lines 8, limit or other reason 8, all little-endian.
const GAP_BYTES: usize = 24;
/// Stand for the reasons that are no limit where a gap is stored.
const DISK: u64 = u64::MAX;
const QUOTA: u64 = u64::MAX - 1;
const STORE: u64 = u64::MAX - 2;

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
    /// Which stream it came from; of a gap, the stream of the first byte that is missing.
    pub stream: Stream,
    /// When it was read.
    pub at: Timestamp,
    /// The bytes, as they came; not always UTF-8. Empty for a gap.
    pub bytes: Bytes,
    /// Set when this chunk stands for output that was read and not kept.
    pub gap: Option<Gap>,
}

/// Output that was read and not kept, counted over both streams.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gap {
    /// Bytes.
    pub bytes: u64,
    /// Ends of lines among them.
    pub lines: u64,
    /// Why.
    pub why: NotKept,
}

/// Why output was read and not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NotKept {
    /// The output limit was reached.
    Limit(ByteSize),
    /// The worker's disk refused the bytes.
    #[default]
    Disk,
    /// The worker's owner rather drops output than lets runs wait while too much of it waits for the store.
    Quota,
    /// The store refused the bytes for good.
    Store,
}

impl NotKept {
    /// Returns what stands for it where a gap is stored.
    fn code(self) -> u64 {
        match self {
            Self::Limit(limit) => limit.as_bytes(),
            Self::Disk => DISK,
            Self::Quota => QUOTA,
            Self::Store => STORE,
        }
    }

    /// Returns what is stored as `code`.
    fn of(code: u64) -> Self {
        match code {
            DISK => Self::Disk,
            QUOTA => Self::Quota,
            STORE => Self::Store,
            limit => Self::Limit(ByteSize::from_bytes(limit)),
        }
    }
}

impl Chunk {
    /// Returns what stands for stream and kind where a chunk is stored: 1 stdout, 2 stderr, and 2 more for a gap.
    pub fn code(&self) -> u8 {
        let stream = match self.stream {
            Stream::Stdout => 1,
            Stream::Stderr => 2,
        };
        if self.gap.is_some() { stream + 2 } else { stream }
    }

    /// Returns what is stored under [`Chunk::code`]: the bytes, or the numbers of a gap.
    pub fn payload(&self) -> Bytes {
        match &self.gap {
            None => self.bytes.clone(),
            Some(gap) => [gap.bytes, gap.lines, gap.why.code()].map(u64::to_le_bytes).concat().into(),
        }
    }

    /// Returns a stored chunk; none when `code` or the length of a gap's `payload` is none that we write.
    pub fn from_stored(run: RunId, seq: u64, at: Timestamp, code: u8, payload: Bytes) -> Option<Self> {
        let stream = match code {
            1 | 3 => Stream::Stdout,
            2 | 4 => Stream::Stderr,
            _ => return None,
        };
        if code <= 2 {
            return Some(Self { run, seq, stream, at, bytes: payload, gap: None });
        }
        let number = |at: usize| u64::from_le_bytes(payload[at..at + 8].try_into().expect("eight bytes"));
        let gap = (payload.len() == GAP_BYTES).then(|| Gap {
            bytes: number(0),
            lines: number(8),
            why: NotKept::of(number(16)),
        })?;
        Some(Self { run, seq, stream, at, bytes: Bytes::new(), gap: Some(gap) })
    }
}

impl Gap {
    /// Returns the line that stands in the output's place, the same wherever people read it
    /// (`… 1.9 GiB (1,037,222 lines) not kept: output limit 10MiB …`).
    pub fn in_words(&self) -> String {
        let size = ByteSize::from_bytes(self.bytes).rounded();
        let lines = match self.lines {
            0 => String::new(),
            1 => " (1 line)".to_owned(),
            lines => format!(" ({} lines)", grouped(lines)),
        };
        let why = match self.why {
            NotKept::Limit(limit) => format!("output limit {limit}"),
            NotKept::Disk => "the worker's disk did not take it".to_owned(),
            NotKept::Quota => "too much output waited for the store".to_owned(),
            NotKept::Store => "the store refused it".to_owned(),
        };
        format!("… {size}{lines} not kept: {why} …")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_chunk_comes_back_as_it_was() {
        let run: RunId = "0f3c9a7be2d14c58a1b2c3d4".parse().unwrap();
        let gap = |why| Some(Gap { bytes: u64::MAX, lines: 7, why });
        let limited = gap(NotKept::Limit(ByteSize::from_mib(10)));
        let others = [NotKept::Disk, NotKept::Quota, NotKept::Store].map(gap);
        for stream in [Stream::Stdout, Stream::Stderr] {
            for gap in [None, Some(Gap::default()), limited].into_iter().chain(others) {
                let bytes = if gap.is_some() { Bytes::new() } else { Bytes::from_static(b"\xff\0") };
                let at = Timestamp::from_millis(-5);
                let chunk = Chunk { run: run.clone(), seq: 9, stream, at, bytes, gap };
                let back = Chunk::from_stored(run.clone(), 9, at, chunk.code(), chunk.payload());
                assert_eq!(back, Some(chunk));
            }
        }
        let odd =
            |code, payload| Chunk::from_stored(run.clone(), 0, Timestamp::from_millis(0), code, payload);
        assert_eq!(odd(5, Bytes::new()), None);
        assert_eq!(odd(3, Bytes::from_static(b"short")), None);
    }

    #[test]
    fn a_gap_says_how_much_is_missing_and_why() {
        let gap = Gap { bytes: 2_040_109_466, lines: 1_037_222, why: NotKept::Limit(ByteSize::from_mib(10)) };
        assert_eq!(gap.in_words(), "… 1.9 GiB (1,037,222 lines) not kept: output limit 10MiB …");
        let refused = Gap { bytes: 700, lines: 1, why: NotKept::Disk };
        assert_eq!(refused.in_words(), "… 700 B (1 line) not kept: the worker's disk did not take it …");
    }
}
