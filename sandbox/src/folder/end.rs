//! The last bytes of an output that may grow beyond its limit: bounded, in memory, noted on disk now and then.
//!
//! A note is what the segment would go on with if it ended now; it takes the place of the one before. So a writer
//! that dies costs what it read since its last note, and the rest is found by `settle`.
//!
//! Flow: `segment`, once the head is full → **`End`** → `frames`, when the run has ended.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use bytes::Buf as _;
use model::chunk::{CHUNK_BYTES_MAX, NotKept};
use model::quantity::ByteSize;
use model::time::{BootTime, Span};

use super::frames::{Frames, Piece};

/// Most bytes kept of the end: much for a reader, little for the memory of whoever holds it.
const END_BYTES_MAX: u64 = 1 << 20;
/// Most pieces: a job that changes its stream with each byte must not cost memory for each of them.
const PIECES_MAX: usize = 4_096;
/// How often the end is noted while it changes.
pub(super) const NOTE_AFTER: Span = Span::from_seconds(1);

/// The end of an output.
pub(super) struct End {
    limit: ByteSize,
    bytes_max: usize,
    bytes: usize,
    pieces: VecDeque<Piece>,
    note: Note,
    noted: bool,
    note_at: BootTime,
}

impl End {
    /// Returns the empty end of an output of at most `limit`, noted in the file `note`.
    pub(super) fn new(limit: ByteSize, note: Note) -> Self {
        let bytes_max = usize::try_from(Self::share(limit)).expect("it is at most a mebibyte");
        let (pieces, note_at) = (VecDeque::new(), BootTime::NEVER);
        Self { limit, bytes_max, bytes: 0, pieces, note, noted: false, note_at }
    }

    /// Returns how many of `limit` bytes are kept for the end: half of a small limit, a mebibyte of a large one.
    pub(super) fn share(limit: ByteSize) -> u64 {
        (limit.as_bytes() / 2).min(END_BYTES_MAX)
    }

    /// Adds a piece; what is too old is left out of `frames`.
    pub(super) fn push(&mut self, piece: Piece, frames: &mut Frames, now: BootTime) {
        self.bytes += piece.bytes.len();
        self.pieces.push_back(piece);
        while self.bytes > self.bytes_max || self.pieces.len() > PIECES_MAX {
            self.shorten(frames);
        }
        if self.note_at == BootTime::NEVER {
            self.note_at = now + NOTE_AFTER;
        }
    }

    /// Returns when [`End::tick`] has something to do.
    pub(super) fn due(&self) -> BootTime {
        self.note_at
    }

    /// Notes the end on disk, if it changed some time ago.
    pub(super) fn tick(&mut self, frames: &mut Frames, now: BootTime) {
        if now >= self.note_at {
            self.note_at = BootTime::NEVER;
            self.noted = true;
            if let Err(e) = self.write_note(frames) {
                frames.report(format!("the end of the output is not safe from a crash of the worker: {e}"));
            }
        }
    }

    /// Appends what is kept to `frames`. The note goes first: half of it twice would be worse than none.
    pub(super) fn finish(&mut self, frames: &mut Frames) {
        self.note_at = BootTime::NEVER;
        if self.noted
            && let Err(e) = self.note.clear()
        {
            frames.report(format!("failed to remove the note of the output's end: {e}"));
        }
        for piece in self.pieces.drain(..) {
            frames.append(&piece);
        }
        self.bytes = 0;
    }

    /// Leaves out the oldest bytes that are too many, at most one piece of them.
    fn shorten(&mut self, frames: &mut Frames) {
        let Some(oldest) = self.pieces.front_mut() else { return };
        let excess = self.bytes.saturating_sub(self.bytes_max);
        if excess == 0 || excess >= oldest.bytes.len() {
            let oldest = self.pieces.pop_front().expect("there is one");
            self.bytes -= oldest.bytes.len();
            frames.leave_out(&oldest, NotKept::Limit(self.limit));
        } else {
            let left_out = Piece { bytes: oldest.bytes.slice(..excess), ..*oldest };
            oldest.bytes.advance(excess);
            self.bytes -= excess;
            frames.leave_out(&left_out, NotKept::Limit(self.limit));
        }
    }

    fn write_note(&mut self, frames: &Frames) -> io::Result<()> {
        let pieces = &self.pieces;
        self.note.write(|file| {
            let mut out = BufWriter::with_capacity(CHUNK_BYTES_MAX, file);
            frames.preview(pieces.iter(), &mut out)?;
            out.flush()
        })
    }
}

/// Where the note stands. Not synced: it is for a crash of the process; the machine's takes the run with it.
pub(super) enum Note {
    /// Under this name, each note a file of its own: whoever reads it finds the last one whole.
    Named(PathBuf),
    /// In a file that another process made and will remove. A writer that dies in the middle of a note leaves the
    /// frames before that.
    Open(File),
}

impl Note {
    fn write(&mut self, fill: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
        match self {
            Self::Named(path) => {
                let part = path.with_extension("tmp");
                let file =
                    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
                fill(&file)?;
                fs::rename(part, path)
            }
            Self::Open(file) => {
                file.set_len(0)?;
                file.rewind()?;
                fill(file)
            }
        }
    }

    fn clear(&self) -> io::Result<()> {
        match self {
            Self::Named(path) => fs::remove_file(path),
            Self::Open(file) => file.set_len(0),
        }
    }
}
