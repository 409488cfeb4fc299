//! Reads one run's segment file as it grows: whole frames become chunks, a torn end waits.
//!
//! Begins at the start of the file also when part of it was delivered before: those chunks are hashed and left out,
//! so the hash of the whole output needs nothing but the file.
//! It also holds back the file's writer, by a lock that goes with this process (`model::run_folder`).
//! Not here: when to read or to hold back, and what becomes of the chunks.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use model::chunk::Chunk;
use model::id::RunId;
use model::run::OutputSummary;
use model::segment;
use sha2::{Digest as _, Sha256};

use crate::options::WhenFull;

/// Bytes read at once: holds several of the largest frames.
const BLOCK_BYTES: usize = 256 * 1024;

/// How much may be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) chunks: usize,
    pub(super) bytes: usize,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) chunks: Vec<Chunk>,
    /// Bytes in them.
    pub(super) bytes: usize,
    /// True when no whole frame was left in the file.
    pub(super) at_end: bool,
}

/// Why frames were taken no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// What is left of the block is no whole frame, or a damaged one.
    NoWholeFrame,
    /// The next chunk does not fit.
    NoRoom,
}

/// One run's output, as far as it was read.
#[derive(Debug)]
pub(super) struct Tail {
    run: RunId,
    path: PathBuf,
    /// Where in the file the next block begins.
    offset: u64,
    /// Bytes taken of the block at hand.
    consumed: u64,
    chunks: u64,
    bytes: u64,
    sum: Sha256,
    /// Chunks that were delivered before.
    delivered: u64,
    /// The file, locked, while its writer is held back.
    brake: Option<File>,
}

impl Tail {
    /// Returns the output of `run` in the segment at `path`, of which the first `delivered` chunks are delivered.
    pub(super) fn new(run: RunId, path: PathBuf, delivered: u64) -> Self {
        Self {
            run,
            path,
            offset: 0,
            consumed: 0,
            chunks: 0,
            bytes: 0,
            sum: Sha256::new(),
            delivered,
            brake: None,
        }
    }

    /// Returns how many chunks were read or left out.
    pub(super) fn chunks(&self) -> u64 {
        self.chunks
    }

    /// Returns what was read, as the summary of the whole output.
    pub(super) fn summary(&self, dropped: u64) -> OutputSummary {
        OutputSummary {
            chunks: self.chunks,
            bytes: self.bytes,
            dropped,
            sha256: hex::encode(self.sum.clone().finalize()),
        }
    }

    /// Reads whole frames until `room` is filled or none is left. The first chunk is taken whatever its size when
    /// `room` is as large as it gets (`may_exceed`), so that small limits do not stop the output.
    pub(super) fn read(&mut self, room: Room, may_exceed: bool) -> io::Result<Read> {
        let mut read = Read::default();
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                read.at_end = true;
                return Ok(read);
            }
            Err(e) => return Err(e),
        };
        if file.metadata()?.len() <= self.offset {
            read.at_end = true;
            return Ok(read);
        }
        let mut block = vec![0; BLOCK_BYTES];
        loop {
            let filled = fill(&file, &mut block, self.offset)?;
            let stopped = self.take_frames(&block[..filled], room, may_exceed, &mut read);
            read.at_end = stopped == Stopped::NoWholeFrame;
            let more = filled == block.len() && self.consumed > 0;
            self.offset += std::mem::take(&mut self.consumed);
            if stopped == Stopped::NoRoom || !more {
                return Ok(read);
            }
        }
    }

    /// Takes the whole frames of `block` until `room` is filled.
    fn take_frames(&mut self, block: &[u8], room: Room, may_exceed: bool, read: &mut Read) -> Stopped {
        while let Ok((chunk, length)) = segment::decode(&self.run, &block[self.consumed as usize..]) {
            if chunk.seq != self.chunks {
                // Damaged by whatever ended its writer: nothing after it counts.
                return Stopped::NoWholeFrame;
            }
            let is_new = chunk.seq >= self.delivered;
            let fits = read.chunks.len() < room.chunks && read.bytes + chunk.bytes.len() <= room.bytes;
            let is_first = may_exceed && read.chunks.is_empty();
            if is_new && !fits && !is_first {
                return Stopped::NoRoom;
            }
            self.consumed += length as u64;
            self.chunks += 1;
            self.bytes += chunk.bytes.len() as u64;
            self.sum.update(&chunk.bytes);
            if is_new {
                read.bytes += chunk.bytes.len();
                read.chunks.push(chunk);
            }
        }
        Stopped::NoWholeFrame
    }

    /// Holds back the file's writer, or lets it go.
    ///
    /// # Errors
    /// As the file system says; a file that is not there yet, or whose writer looks at this moment, comes next time.
    pub(super) fn hold(&mut self, hold: bool, how: WhenFull) -> io::Result<()> {
        match (hold, &self.brake) {
            (false, _) => self.brake = None,
            (true, Some(_)) => {}
            (true, None) => {
                let file = match File::open(&self.path) {
                    Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
                    opened => opened?,
                };
                let locked = match how {
                    WhenFull::Block => file.try_lock_shared(),
                    WhenFull::Truncate => file.try_lock(),
                };
                match locked {
                    Ok(()) => self.brake = Some(file),
                    Err(TryLockError::WouldBlock) => {}
                    Err(TryLockError::Error(e)) => return Err(e),
                }
            }
        }
        Ok(())
    }

    /// Returns how many bytes of the file were not read.
    pub(super) fn waiting(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |file| file.len().saturating_sub(self.offset))
    }
}

/// Fills `block` from `offset` as far as the file goes.
fn fill(file: &File, block: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match file.read_at(&mut block[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use bytes::Bytes;
    use model::chunk::Stream;
    use model::time::Timestamp;

    use super::*;

    const PLENTY: Room = Room { chunks: 1_000, bytes: 4 << 20 };

    fn run() -> RunId {
        "0f3c9a7be2d14c58a1b2c3d4".parse().unwrap()
    }

    fn frame(seq: u64, bytes: &[u8]) -> Vec<u8> {
        let (at, stream) = (Timestamp::from_millis(1), Stream::Stdout);
        let mut out = Vec::new();
        segment::encode(
            &Chunk { run: run(), seq, stream, at, bytes: Bytes::copy_from_slice(bytes), gap: None },
            &mut out,
        );
        out
    }

    fn texts(read: &Read) -> Vec<&[u8]> {
        read.chunks.iter().map(|chunk| &chunk.bytes[..]).collect()
    }

    #[test]
    fn a_file_that_grows_byte_by_byte_is_read_whole_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.seg");
        let mut tail = Tail::new(run(), path.clone(), 0);
        assert!(tail.read(PLENTY, true).unwrap().at_end);
        let whole = [frame(0, b"one"), frame(1, b""), frame(2, b"three")].concat();
        let mut file = File::create(&path).unwrap();
        let mut seen = Vec::new();
        for byte in &whole {
            file.write_all(&[*byte]).unwrap();
            let read = tail.read(PLENTY, true).unwrap();
            assert!(read.at_end);
            seen.extend(read.chunks);
        }
        assert_eq!(seen.iter().map(|chunk| chunk.seq).collect::<Vec<_>>(), [0, 1, 2]);
        let summary = tail.summary(9);
        assert_eq!((summary.chunks, summary.bytes, summary.dropped), (3, 8, 9));
        assert_eq!(format!("sha256:{}", summary.sha256), model::id::Digest::of(b"onethree").as_str());
        assert_eq!(tail.waiting(), 0);
    }

    #[test]
    fn what_was_delivered_before_is_hashed_and_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.seg");
        fs::write(&path, [frame(0, b"one"), frame(1, b"two"), frame(2, b"three")].concat()).unwrap();
        let (mut fresh, mut resumed) = (Tail::new(run(), path.clone(), 0), Tail::new(run(), path, 2));
        fresh.read(PLENTY, true).unwrap();
        assert_eq!(texts(&resumed.read(PLENTY, true).unwrap()), [b"three"]);
        assert_eq!(resumed.summary(0), fresh.summary(0));
    }

    #[test]
    fn a_read_ends_where_the_room_ends_and_goes_on_from_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.seg");
        let frames: Vec<u8> = (0..40).flat_map(|seq| frame(seq, &[b'x'; 60_000])).collect();
        fs::write(&path, frames).unwrap();
        let mut tail = Tail::new(run(), path, 0);
        let read = tail.read(Room { chunks: 7, bytes: 4 << 20 }, true).unwrap();
        assert_eq!((read.chunks.len(), read.at_end), (7, false));
        let read = tail.read(Room { chunks: 1_000, bytes: 600_000 }, true).unwrap();
        assert_eq!((read.chunks.len(), read.at_end), (10, false));
        assert!(tail.read(Room { chunks: 10, bytes: 5 }, false).unwrap().chunks.is_empty());
        let read = tail.read(Room { chunks: 10, bytes: 5 }, true).unwrap();
        assert_eq!(read.chunks.len(), 1);
        let read = tail.read(PLENTY, true).unwrap();
        assert_eq!((read.chunks.len(), read.at_end), (22, true));
        assert_eq!(tail.chunks(), 40);
    }

    #[test]
    fn nothing_after_a_damaged_frame_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output.seg");
        let mut bytes = [frame(0, b"one"), frame(1, b"two"), frame(2, b"three")].concat();
        let second = frame(0, b"one").len() + 20;
        bytes[second] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let mut tail = Tail::new(run(), path, 0);
        let read = tail.read(PLENTY, true).unwrap();
        assert_eq!((texts(&read), read.at_end), (vec![&b"one"[..]], true));
        assert_eq!(tail.waiting(), (bytes.len() - frame(0, b"one").len()) as u64);
    }
}
