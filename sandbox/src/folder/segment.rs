//! Writes a run's output into its segment file while it is read.
//!
//! Bytes are gathered into chunks (64 KiB or 200 ms, whichever first), numbered over both streams, framed and
//! appended; many frames share one sync. The head up to the limit is kept, the rest is counted. Memory is at
//! most a chunk and its frame. A disk that refuses a chunk costs that chunk, which is counted, never the run.
//!
//! Flow: executor reads → **`SegmentWriter`** → file → worker's pipeline.
//! Not here: threads and timers; who owns the writer calls [`SegmentWriter::tick`] when [`SegmentWriter::due`] says.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use model::chunk::{CHUNK_BYTES_MAX, Chunk, Stream};
use model::id::RunId;
use model::outcome::{OutputCount, Stage};
use model::ports::{Clock, StartError};
use model::quantity::ByteSize;
use model::run_folder::RunFolder;
use model::segment::{FRAME_HEADER_BYTES, Torn, decode, encode};
use model::time::{BootTime, Span, Timestamp};

use super::Folder;

/// How long bytes wait for more before they become a chunk.
const GATHER: Span = Span::from_millis(200);
/// How long written frames wait for others before they are synced together.
const SYNC_AFTER: Span = Span::from_millis(200);
/// How many bytes wait at most for that sync.
const SYNC_BYTES: usize = 256 * 1024;
/// Changes of stream that are kept apart in one gathering. After these, bytes join their stream's last piece,
/// so that a job that alternates byte by byte does not make a frame of each.
const PIECES_MAX: usize = 32;

/// One gathered stretch of output.
struct Piece {
    stream: Stream,
    at: Timestamp,
    bytes: Vec<u8>,
}

/// Writes one run's output. Blocks while the disk does: owned by a thread that may.
pub struct SegmentWriter {
    run: RunId,
    clock: Arc<dyn Clock>,
    file: File,
    /// Length of the whole frames in the file.
    length: u64,
    /// The sequence number of the next chunk.
    seq: u64,
    limit: u64,
    /// Bytes taken so far, gathered or written; never above `limit`.
    taken: u64,
    count: OutputCount,
    pieces: Vec<Piece>,
    gathered: usize,
    gather_until: BootTime,
    unsynced: usize,
    sync_until: BootTime,
    fault: Option<String>,
}

impl SegmentWriter {
    /// Opens the segment of a new run.
    ///
    /// # Errors
    /// At stage `Folder`, the worker's doing.
    pub fn create(
        folder: &Folder,
        run: &RunId,
        limit: ByteSize,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let path = folder.names().output();
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(|e| {
            StartError::worker(Stage::Folder, format!("failed to make `{}`: {e}", path.display()))
        })?;
        Ok(Self {
            run: run.clone(),
            clock,
            file,
            length: 0,
            seq: 0,
            limit: limit.as_bytes(),
            taken: 0,
            count: OutputCount::default(),
            pieces: Vec::new(),
            gathered: 0,
            gather_until: BootTime::NEVER,
            unsynced: 0,
            sync_until: BootTime::NEVER,
            fault: None,
        })
    }

    /// Takes bytes that were read from `stream`. Never fails: what cannot be kept is counted as dropped.
    pub fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let room = usize::try_from(self.limit - self.taken).unwrap_or(usize::MAX);
        let (mut kept, dropped) = bytes.split_at(bytes.len().min(room));
        self.count.dropped += dropped.len() as u64;
        self.taken += kept.len() as u64;
        while !kept.is_empty() {
            let (now, rest) = kept.split_at(kept.len().min(CHUNK_BYTES_MAX - self.gathered));
            self.gather(stream, now);
            kept = rest;
            if self.gathered == CHUNK_BYTES_MAX {
                self.cut();
            }
        }
    }

    /// Returns how long nothing needs to be done; `None` when nothing waits.
    pub fn due(&self) -> Option<Duration> {
        let until = self.gather_until.min(self.sync_until);
        (until != BootTime::NEVER).then(|| until.since(self.clock.boot_time()).to_std())
    }

    /// Writes and syncs what has waited long enough.
    pub fn tick(&mut self) {
        let now = self.clock.boot_time();
        if now >= self.gather_until {
            self.cut();
        }
        if now >= self.sync_until {
            self.sync();
        }
    }

    /// Returns how much was kept and dropped so far.
    pub fn count(&self) -> OutputCount {
        self.count
    }

    /// Returns what the disk refused, if it did.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Writes and syncs all that waits and returns how much there was.
    pub fn finish(mut self) -> OutputCount {
        self.cut();
        self.sync();
        self.count
    }

    fn gather(&mut self, stream: Stream, bytes: &[u8]) {
        if self.pieces.is_empty() {
            self.gather_until = self.clock.boot_time() + GATHER;
        }
        self.gathered += bytes.len();
        let crowded = self.pieces.len() >= PIECES_MAX;
        let joins = match self.pieces.last() {
            Some(last) if last.stream == stream => self.pieces.last_mut(),
            _ if crowded => self.pieces.iter_mut().rev().find(|piece| piece.stream == stream),
            _ => None,
        };
        match joins {
            Some(piece) => piece.bytes.extend_from_slice(bytes),
            None => self.pieces.push(Piece { stream, at: self.clock.now(), bytes: bytes.to_vec() }),
        }
    }

    /// Turns what is gathered into frames and appends them.
    fn cut(&mut self) {
        self.gathered = 0;
        self.gather_until = BootTime::NEVER;
        for piece in std::mem::take(&mut self.pieces) {
            self.append(piece);
        }
        if self.unsynced >= SYNC_BYTES {
            self.sync();
        }
    }

    fn append(&mut self, piece: Piece) {
        let bytes = piece.bytes.len() as u64;
        let chunk = Chunk {
            run: self.run.clone(),
            seq: self.seq,
            stream: piece.stream,
            at: piece.at,
            bytes: Bytes::from(piece.bytes),
        };
        let mut frame = Vec::with_capacity(FRAME_HEADER_BYTES + chunk.bytes.len());
        encode(&chunk, &mut frame);
        match self.file.write_all(&frame) {
            Ok(()) => {
                self.length += frame.len() as u64;
                self.seq += 1;
                self.count.kept += bytes;
                if self.unsynced == 0 {
                    self.sync_until = self.clock.boot_time() + SYNC_AFTER;
                }
                self.unsynced += frame.len();
            }
            Err(e) => {
                self.count.dropped += bytes;
                self.step_back();
                self.report(format!("output was dropped: {e}"));
            }
        }
    }

    /// Takes half a frame away again: a reader could not see beyond it. Where even that fails, nothing more
    /// may be appended.
    fn step_back(&mut self) {
        let back =
            self.file.set_len(self.length).and_then(|()| self.file.seek(io::SeekFrom::Start(self.length)));
        if back.is_err() {
            self.limit = self.taken;
        }
    }

    fn sync(&mut self) {
        self.sync_until = BootTime::NEVER;
        if self.unsynced > 0
            && let Err(e) = self.file.sync_data()
        {
            self.report(format!("output may be lost at a crash of the machine: {e}"));
        }
        self.unsynced = 0;
    }

    fn report(&mut self, fault: String) {
        if self.fault.is_none() {
            tracing::warn!(run.id = %self.run, "run {}: {fault}", self.run);
            self.fault = Some(fault);
        }
    }
}

/// Cuts a frame that its writer did not finish off the segment of a run whose writer is gone, and returns how
/// much output is there.
///
/// # Errors
/// As the file system says; a segment that is not there is empty.
pub fn settle(names: &RunFolder, run: &RunId) -> io::Result<OutputCount> {
    let mut file = match OpenOptions::new().read(true).write(true).open(names.output()) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(OutputCount::default()),
        Err(e) => return Err(e),
    };
    let (mut kept, mut whole) = (0, 0u64);
    // Invariant: `window` begins at byte `whole` of the file and holds at most one frame more than a read.
    let mut window = Vec::new();
    let mut read = vec![0; FRAME_HEADER_BYTES + CHUNK_BYTES_MAX];
    loop {
        let n = file.read(&mut read)?;
        window.extend_from_slice(&read[..n]);
        let mut at = 0;
        let torn = loop {
            match decode(run, &window[at..]) {
                Ok((chunk, used)) => {
                    kept += chunk.bytes.len() as u64;
                    at += used;
                }
                Err(torn) => break torn,
            }
        };
        window.drain(..at);
        whole += at as u64;
        if n == 0 || torn == Torn::Damaged {
            break;
        }
    }
    if whole < file.metadata()?.len() {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    Ok(OutputCount { kept, dropped: 0 })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::atomic::{AtomicU64, Ordering};

    use model::id::Fence;
    use model::ports::RunRef;
    use model::workload::Kind;

    use super::*;

    struct Hands(AtomicU64);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::Relaxed).cast_signed())
        }
        fn boot_time(&self) -> BootTime {
            BootTime::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn writer(runs: &Path, limit: u64) -> (SegmentWriter, Folder, RunId, Arc<Hands>) {
        let run = RunRef {
            id: "0f3c9a7be2d14c58a1b2c3d4".parse().unwrap(),
            job: "j".parse().unwrap(),
            attempt: 1,
            scheduled_at: Timestamp::from_seconds(1),
            fence: Fence(7),
            worker: "w".parse().unwrap(),
            timezone: "UTC".into(),
        };
        let folder = Folder::create(runs, &run, Kind::Shell).unwrap();
        let clock = Arc::new(Hands(AtomicU64::new(1_000)));
        let limit = ByteSize::from_bytes(limit);
        let writer = SegmentWriter::create(&folder, &run.id, limit, clock.clone()).unwrap();
        (writer, folder, run.id, clock)
    }

    fn chunks(folder: &Folder, run: &RunId) -> Vec<Chunk> {
        let bytes = fs::read(folder.names().output()).unwrap();
        let mut at = 0;
        let mut found = Vec::new();
        while let Ok((chunk, used)) = decode(run, &bytes[at..]) {
            found.push(chunk);
            at += used;
        }
        assert_eq!(at, bytes.len(), "the segment ends with a whole frame");
        found
    }

    #[test]
    fn both_streams_are_numbered_in_the_order_they_were_read() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, _) = writer(runs.path(), 1 << 20);
        writer.write(Stream::Stdout, b"a");
        writer.write(Stream::Stdout, b"b");
        writer.write(Stream::Stderr, b"\xff\0");
        writer.write(Stream::Stdout, b"c");
        assert_eq!(writer.finish(), OutputCount { kept: 5, dropped: 0 });
        let found: Vec<_> =
            chunks(&folder, &run).into_iter().map(|c| (c.seq, c.stream, c.bytes.to_vec())).collect();
        let expected = [
            (0, Stream::Stdout, b"ab".to_vec()),
            (1, Stream::Stderr, b"\xff\0".to_vec()),
            (2, Stream::Stdout, b"c".to_vec()),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn bytes_wait_at_most_the_gathering_time() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, clock) = writer(runs.path(), 1 << 20);
        assert_eq!(writer.due(), None);
        writer.write(Stream::Stdout, b"a");
        assert_eq!(writer.due(), Some(GATHER.to_std()));
        writer.tick();
        assert!(chunks(&folder, &run).is_empty());
        clock.0.fetch_add(GATHER.as_millis(), Ordering::Relaxed);
        writer.tick();
        assert_eq!(chunks(&folder, &run).len(), 1);
        clock.0.fetch_add(SYNC_AFTER.as_millis(), Ordering::Relaxed);
        writer.tick();
        assert_eq!(writer.due(), None);
    }

    #[test]
    fn the_head_is_kept_and_the_rest_counted() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, _) = writer(runs.path(), 100_000);
        for _ in 0..10 {
            writer.write(Stream::Stdout, &[b'x'; 30_000]);
        }
        assert_eq!(writer.finish(), OutputCount { kept: 100_000, dropped: 200_000 });
        let found = chunks(&folder, &run);
        assert!(found.iter().all(|c| c.bytes.len() <= CHUNK_BYTES_MAX));
        assert_eq!(found.iter().map(|c| c.bytes.len()).sum::<usize>(), 100_000);
    }

    #[test]
    fn alternating_single_bytes_do_not_make_a_frame_each() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, _) = writer(runs.path(), 1 << 20);
        for _ in 0..50_000 {
            writer.write(Stream::Stdout, b"o");
            writer.write(Stream::Stderr, b"e");
        }
        writer.finish();
        let found = chunks(&folder, &run);
        let payload: usize = found.iter().map(|c| c.bytes.len()).sum();
        assert_eq!(payload, 100_000);
        assert!(fs::metadata(folder.names().output()).unwrap().len() < 110_000);
    }

    #[test]
    fn a_torn_frame_is_cut_off_when_the_writer_is_gone() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, _) = writer(runs.path(), 1 << 20);
        writer.write(Stream::Stdout, &[b'x'; 150_000]);
        writer.finish();
        let whole = fs::read(folder.names().output()).unwrap();
        fs::write(folder.names().output(), [&whole[..], &whole[..40]].concat()).unwrap();
        assert_eq!(settle(folder.names(), &run).unwrap().kept, 150_000);
        assert_eq!(fs::read(folder.names().output()).unwrap(), whole);
        fs::write(folder.names().output(), &whole[..whole.len() - 1]).unwrap();
        assert_eq!(settle(folder.names(), &run).unwrap().kept, 131_072);
        assert_eq!(chunks(&folder, &run).len(), 2);
    }

    #[test]
    fn a_full_disk_costs_the_output_and_not_the_run() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, _) = writer(runs.path(), 1 << 20);
        writer.write(Stream::Stdout, b"kept");
        writer.cut();
        // `/dev/full` answers every write as a full disk does.
        let disk =
            std::mem::replace(&mut writer.file, OpenOptions::new().write(true).open("/dev/full").unwrap());
        writer.write(Stream::Stdout, b"lost");
        writer.cut();
        writer.file = disk;
        assert!(writer.fault().unwrap().contains("No space left"));
        writer.write(Stream::Stdout, b"and more");
        let count = writer.finish();
        assert_eq!(count.kept + count.dropped, 16);
        assert!(chunks(&folder, &run)[0].bytes.starts_with(b"kept"));
    }
}
