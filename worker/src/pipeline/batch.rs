//! Chunks of many runs that go to the facts store together.
//!
//! A batch goes out when it is full, when its oldest chunk has waited long enough, or at once when a run in it has
//! ended; it carries how far each run is delivered by it.

use std::collections::HashMap;

use bytes::Bytes;
use model::chunk::{Chunk, Gap, NotKept};
use model::id::RunId;
use model::time::BootTime;

use super::tail::Room;
use crate::options::PipelineOptions;

/// Chunks that are gathered, or on their way.
#[derive(Debug, Default)]
pub(super) struct Batch {
    chunks: Vec<Chunk>,
    bytes: usize,
    since: Option<BootTime>,
    /// True when it does not wait for more.
    urgent: bool,
}

impl Batch {
    /// Returns how much more fits.
    pub(super) fn room(&self, options: &PipelineOptions) -> Room {
        let bytes = usize::try_from(options.batch_bytes_max.as_bytes()).unwrap_or(usize::MAX);
        Room {
            chunks: options.batch_chunks_max.max(1).saturating_sub(self.chunks.len()),
            bytes: bytes.saturating_sub(self.bytes),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Adds chunks of one run, which were read at `now`.
    pub(super) fn add(&mut self, chunks: Vec<Chunk>, now: BootTime) {
        if chunks.is_empty() {
            return;
        }
        self.since.get_or_insert(now);
        self.bytes += chunks.iter().map(|chunk| chunk.bytes.len()).sum::<usize>();
        self.chunks.extend(chunks);
    }

    /// Makes it go out at once.
    pub(super) fn hurry(&mut self) {
        self.urgent = true;
    }

    /// Returns when it goes out: in the past when it is full or urgent; none while it is empty.
    pub(super) fn due(&self, options: &PipelineOptions) -> Option<BootTime> {
        let since = self.since?;
        let room = self.room(options);
        let full = room.chunks == 0 || room.bytes < model::chunk::CHUNK_BYTES_MAX;
        Some(if full || self.urgent { since } else { since + options.batch_wait })
    }

    /// Returns the chunks, to be sent; they are kept until they are acknowledged.
    pub(super) fn chunks(&self) -> Vec<Chunk> {
        self.chunks.clone()
    }

    /// Returns how many chunks it has, and how many bytes.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.chunks.len(), self.bytes)
    }

    /// Returns how far each run is delivered once this is acknowledged.
    pub(super) fn acknowledged(self) -> HashMap<RunId, u64> {
        // Chunks of one run stand in their order: the last one counts.
        self.chunks.into_iter().map(|chunk| (chunk.run, chunk.seq + 1)).collect()
    }

    /// Returns the two halves of a batch that was refused, to find out what in it was; the one chunk alone where
    /// that is all.
    pub(super) fn halved(mut self) -> Result<[Self; 2], Chunk> {
        if self.chunks.len() == 1 {
            return Err(self.chunks.remove(0));
        }
        let second = self.chunks.split_off(self.chunks.len() / 2);
        Ok([self.chunks, second].map(|chunks| {
            let bytes = chunks.iter().map(|chunk| chunk.bytes.len()).sum();
            Self { chunks, bytes, since: self.since, urgent: true }
        }))
    }

    /// Returns a batch of what stands in the place of a chunk that was refused.
    pub(super) fn in_place_of(refused: &Chunk, now: BootTime) -> Self {
        let lines = refused.bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        let gap = Gap { bytes: refused.bytes.len() as u64, lines, why: NotKept::Store };
        let chunk = Chunk { bytes: Bytes::new(), gap: Some(gap), ..refused.clone() };
        Self { chunks: vec![chunk], bytes: 0, since: Some(now), urgent: true }
    }
}

#[cfg(test)]
mod tests {
    use model::chunk::Stream;
    use model::quantity::ByteSize;
    use model::time::{Span, Timestamp};

    use super::*;

    fn chunk(run: &str, seq: u64, bytes: usize) -> Chunk {
        Chunk {
            run: run.parse().unwrap(),
            seq,
            stream: Stream::Stdout,
            at: Timestamp::from_millis(0),
            bytes: Bytes::from(vec![b'x'; bytes]),
            gap: None,
        }
    }

    const A: &str = "0f3c9a7be2d14c58a1b2c3d4";
    const B: &str = "1f3c9a7be2d14c58a1b2c3d4";

    #[test]
    fn a_batch_goes_out_at_the_first_bound_it_reaches() {
        let options = PipelineOptions {
            batch_chunks_max: 3,
            batch_bytes_max: ByteSize::from_kib(256),
            batch_wait: Span::from_millis(250),
            ..PipelineOptions::default()
        };
        let at = BootTime::from_millis;
        let mut batch = Batch::default();
        assert_eq!(batch.due(&options), None);
        batch.add(vec![chunk(A, 0, 10)], at(1_000));
        batch.add(vec![chunk(B, 0, 10)], at(1_100));
        assert_eq!(batch.due(&options), Some(at(1_250)), "the oldest chunk counts");
        batch.add(vec![chunk(A, 1, 10)], at(1_200));
        assert_eq!(batch.due(&options), Some(at(1_000)), "full by number");

        let mut batch = Batch::default();
        batch.add(vec![chunk(A, 0, 200 * 1024)], at(1_000));
        assert_eq!(batch.due(&options), Some(at(1_000)), "full by bytes: the largest chunk would not fit");

        let mut batch = Batch::default();
        batch.add(vec![chunk(A, 0, 1)], at(1_000));
        batch.hurry();
        assert_eq!(batch.due(&options), Some(at(1_000)), "urgent");
    }

    #[test]
    fn an_acknowledged_batch_says_how_far_each_run_is_delivered() {
        let mut batch = Batch::default();
        batch.add(vec![chunk(A, 4, 1), chunk(A, 5, 1)], BootTime::from_millis(0));
        batch.add(vec![chunk(B, 0, 1)], BootTime::from_millis(0));
        batch.add(vec![chunk(A, 6, 1)], BootTime::from_millis(0));
        let upto = batch.acknowledged();
        assert_eq!((upto[&A.parse().unwrap()], upto[&B.parse().unwrap()]), (7, 1));
    }

    #[test]
    fn a_refused_batch_is_halved_down_to_the_chunk_that_is_refused() {
        let mut batch = Batch::default();
        batch.add((0..5).map(|seq| chunk(A, seq, 3)).collect(), BootTime::from_millis(0));
        let (mut left, mut alone) = (vec![batch], Vec::new());
        while let Some(batch) = left.pop() {
            match batch.halved() {
                Ok(halves) => left.extend(halves),
                Err(chunk) => alone.push(chunk.seq),
            }
        }
        alone.sort_unstable();
        assert_eq!(alone, [0, 1, 2, 3, 4]);
        let instead = Batch::in_place_of(&chunk(A, 3, 7), BootTime::from_millis(0)).chunks();
        assert_eq!((instead[0].seq, instead[0].gap.unwrap().bytes), (3, 7));
    }
}
