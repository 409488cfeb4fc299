//! The segment file as its writer sees it: whole frames appended in order, many to one sync.
//!
//! What the disk refuses, and what the output limit leaves out, is gathered into one gap that goes before the next
//! chunk that is kept. Memory: one frame.
//!
//! Not here: which bytes are kept (`segment`), what a frame looks like (`model::segment`).

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use model::chunk::{Chunk, Gap, NotKept, Stream};
use model::id::RunId;
use model::outcome::OutputCount;
use model::ports::Clock;
use model::segment::encode;
use model::time::{BootTime, Span, Timestamp};

/// How long written frames wait for others before they are synced together.
pub(super) const SYNC_AFTER: Span = Span::from_millis(200);
/// How many bytes wait at most for that sync.
const SYNC_BYTES: usize = 256 * 1024;

/// One stretch of output.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) stream: Stream,
    pub(super) at: Timestamp,
    pub(super) bytes: Bytes,
}

/// A segment file that is appended to.
pub(super) struct Frames {
    run: RunId,
    clock: Arc<dyn Clock>,
    pub(super) file: File,
    /// Length of the whole frames in the file.
    length: u64,
    /// The sequence number of the next chunk.
    seq: u64,
    /// What is missing before the next chunk, and where it begins.
    gap: Option<(Stream, Timestamp, Gap)>,
    count: OutputCount,
    frame: Vec<u8>,
    unsynced: usize,
    sync_until: BootTime,
    /// True when half a frame stands at the end of the file: a reader does not see beyond it.
    broken: bool,
    fault: Option<String>,
}

impl Frames {
    /// Makes the file.
    ///
    /// # Errors
    /// As the file system says.
    pub(super) fn create(path: &Path, run: &RunId, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Self::over(file, run, clock))
    }

    /// Appends to a new file that is open already.
    pub(super) fn over(file: File, run: &RunId, clock: Arc<dyn Clock>) -> Self {
        Self {
            run: run.clone(),
            clock,
            file,
            length: 0,
            seq: 0,
            gap: None,
            count: OutputCount::default(),
            frame: Vec::new(),
            unsynced: 0,
            sync_until: BootTime::NEVER,
            broken: false,
            fault: None,
        }
    }

    /// Appends a piece, after the gap before it if there is one. What the disk refuses is counted.
    pub(super) fn append(&mut self, piece: &Piece) {
        let size = piece.bytes.len() as u64;
        let (frames, seq) = self.frames_of(piece);
        if self.write(&frames) {
            (self.seq, self.gap) = (seq, None);
            self.count.kept += size;
        } else {
            self.leave_out(piece, NotKept::Disk);
        }
        self.frame = frames;
        if self.unsynced >= SYNC_BYTES {
            self.sync();
        }
    }

    /// Counts a piece as not kept, and why. Of several reasons the job's own limit is told.
    pub(super) fn leave_out(&mut self, piece: &Piece, why: NotKept) {
        let bytes = piece.bytes.len() as u64;
        self.count.dropped += bytes;
        let (.., gap) = self.gap.get_or_insert((piece.stream, piece.at, Gap { why, ..Gap::default() }));
        gap.bytes += bytes;
        gap.lines += lines(&piece.bytes);
        if matches!(why, NotKept::Limit(_)) {
            gap.why = why;
        }
    }

    /// Writes what the file would go on with if it ended now: the gap, then `pieces`.
    ///
    /// # Errors
    /// As `out` says.
    pub(super) fn preview<'a>(
        &self,
        pieces: impl Iterator<Item = &'a Piece>,
        out: &mut impl io::Write,
    ) -> io::Result<()> {
        let (mut seq, mut frame) = (self.seq, Vec::new());
        let gap = self.gap.iter().map(|(stream, at, gap)| (*stream, *at, Bytes::new(), Some(*gap)));
        let pieces = pieces.map(|piece| (piece.stream, piece.at, piece.bytes.clone(), None));
        for (stream, at, bytes, gap) in gap.chain(pieces) {
            frame.clear();
            encode(&Chunk { run: self.run.clone(), seq, stream, at, bytes, gap }, &mut frame);
            out.write_all(&frame)?;
            seq += 1;
        }
        Ok(())
    }

    /// Writes a gap after which nothing was kept.
    pub(super) fn close(&mut self) {
        let mut frames = std::mem::take(&mut self.frame);
        frames.clear();
        if let Some(gap) = self.gap_chunk() {
            encode(&gap, &mut frames);
            if self.write(&frames) {
                (self.seq, self.gap) = (self.seq + 1, None);
            }
        }
    }

    /// Syncs what has waited long enough.
    pub(super) fn tick(&mut self, now: BootTime) {
        if now >= self.sync_until {
            self.sync();
        }
    }

    /// Returns when [`Frames::tick`] has something to do.
    pub(super) fn due(&self) -> BootTime {
        self.sync_until
    }

    /// Returns how much was kept and left out so far.
    pub(super) fn count(&self) -> OutputCount {
        self.count
    }

    /// Returns what the disk refused first, if it did.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Keeps what went wrong first, and logs it once.
    pub(super) fn report(&mut self, fault: String) {
        if self.fault.is_none() {
            tracing::warn!(run.id = %self.run, "run {}: {fault}", self.run);
            self.fault = Some(fault);
        }
    }

    fn gap_chunk(&self) -> Option<Chunk> {
        let (stream, at, gap) = self.gap?;
        Some(Chunk { run: self.run.clone(), seq: self.seq, stream, at, bytes: Bytes::new(), gap: Some(gap) })
    }

    /// Returns the frames of the gap and of `piece`, and the sequence number after them.
    fn frames_of(&mut self, piece: &Piece) -> (Vec<u8>, u64) {
        let mut frames = std::mem::take(&mut self.frame);
        frames.clear();
        let mut seq = self.seq;
        if let Some(gap) = self.gap_chunk() {
            encode(&gap, &mut frames);
            seq += 1;
        }
        let Piece { stream, at, ref bytes } = *piece;
        let chunk = Chunk { run: self.run.clone(), seq, stream, at, bytes: bytes.clone(), gap: None };
        encode(&chunk, &mut frames);
        (frames, seq + 1)
    }

    /// Appends whole frames, all of them or none; returns whether it did.
    fn write(&mut self, frames: &[u8]) -> bool {
        if self.broken {
            return false;
        }
        match self.file.write_all(frames) {
            Ok(()) => {
                self.length += frames.len() as u64;
                if self.unsynced == 0 {
                    self.sync_until = self.clock.boot_time() + SYNC_AFTER;
                }
                self.unsynced += frames.len();
                true
            }
            Err(e) => {
                let back = self.file.set_len(self.length);
                self.broken = back.and_then(|()| self.file.seek(io::SeekFrom::Start(self.length))).is_err();
                self.report(format!("output was dropped: {e}"));
                false
            }
        }
    }

    /// Brings what was written to disk.
    pub(super) fn sync(&mut self) {
        self.sync_until = BootTime::NEVER;
        if self.unsynced > 0
            && let Err(e) = self.file.sync_data()
        {
            self.report(format!("output may be lost at a crash of the machine: {e}"));
        }
        self.unsynced = 0;
    }
}

/// Returns how many lines end in `bytes`.
pub(super) fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
