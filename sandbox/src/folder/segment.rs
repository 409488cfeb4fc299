//! Writes a run's output into its segment file while it is read.
//!
//! Bytes are gathered into chunks (64 KiB or 200 ms, whichever first, unless the worker's owner says otherwise), numbered over both streams, framed and
//! appended; many frames share one sync. Of an output beyond its limit the head is appended as it comes and the end
//! when the run has ended, with a gap between them that counts what is missing. Memory is at most a chunk, its frame
//! and the end. A disk that refuses a chunk costs that chunk, which is counted, never the run. The worker may hold the
//! writer back (`brake`).
//!
//! Flow: executor reads → **`SegmentWriter`** → `end`, `frames` → file → worker's pipeline.
//! Not here: threads and timers; who owns the writer calls [`SegmentWriter::tick`] when [`SegmentWriter::due`] says.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use model::chunk::{NotKept, Stream};
use model::id::RunId;
use model::outcome::OutputCount;
use model::ports::{Clock, StartError};
use model::quantity::ByteSize;
use model::time::{BootTime, Timestamp};

use super::brake::{Brake, Told};
use super::chunking::Chunking;
use super::end::{End, Note};
use super::frames::{Frames, Piece};
use super::{Folder, refused};

/// Changes of stream that are kept apart in one gathering. After these, bytes join their stream's last piece,
/// so that a job that alternates byte by byte does not make a frame of each.
const PIECES_MAX: usize = 32;

/// One gathered stretch of output.
struct Gathered {
    stream: Stream,
    at: Timestamp,
    bytes: Vec<u8>,
}

/// Writes one run's output. Blocks while the disk does: owned by a thread that may.
pub struct SegmentWriter {
    clock: Arc<dyn Clock>,
    frames: Frames,
    chunking: Chunking,
    /// How many bytes the head still takes.
    head_left: u64,
    end: End,
    pieces: Vec<Gathered>,
    gathered: usize,
    gather_until: BootTime,
    brake: Brake,
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
        let frames = Frames::create(&path, run, clock.clone()).map_err(|e| refused("make", &path, &e))?;
        Ok(Self::of(frames, limit, Note::Named(folder.names().end()), clock))
    }

    /// Writes the segment of a new run for the process that made its files: see [`Folder::output_files`].
    pub fn over(output: File, note: File, run: &RunId, limit: ByteSize, clock: Arc<dyn Clock>) -> Self {
        Self::of(Frames::over(output, run, clock.clone()), limit, Note::Open(note), clock)
    }

    fn of(frames: Frames, limit: ByteSize, note: Note, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            frames,
            chunking: Chunking::default(),
            head_left: limit.as_bytes() - End::share(limit),
            end: End::new(limit, note),
            pieces: Vec::new(),
            gathered: 0,
            gather_until: BootTime::NEVER,
            brake: Brake::default(),
        }
    }

    /// Returns the writer, which cuts chunks as the worker's owner wants them.
    #[must_use]
    pub fn chunked(self, chunking: Chunking) -> Self {
        Self { chunking, ..self }
    }

    /// Returns true while the run's output is to be left where it is: too much of it waits for the store. Ask before
    /// each read, and again after [`HELD_LOOK`].
    pub fn is_held(&mut self) -> bool {
        self.brake.look(&self.frames.file, self.clock.boot_time()) == Told::Wait
    }

    /// Takes bytes that were read from `stream`. Never fails: what cannot be kept is counted as dropped.
    pub fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let (mut left, most) = (bytes, self.chunking.bytes_max());
        while !left.is_empty() {
            let (now, later) = left.split_at(left.len().min(most - self.gathered));
            self.gather(stream, now);
            left = later;
            if self.gathered == most {
                self.cut();
            }
        }
    }

    /// Returns how long nothing needs to be done; `None` when nothing waits.
    pub fn due(&self) -> Option<Duration> {
        let until = self.gather_until.min(self.frames.due()).min(self.end.due());
        (until != BootTime::NEVER).then(|| until.since(self.clock.boot_time()).to_std())
    }

    /// Writes and syncs what has waited long enough.
    pub fn tick(&mut self) {
        let now = self.clock.boot_time();
        if now >= self.gather_until {
            self.cut();
        }
        self.frames.tick(now);
        self.end.tick(&mut self.frames, now);
    }

    /// Returns how much was kept and dropped so far; of the end, neither.
    pub fn count(&self) -> OutputCount {
        self.frames.count()
    }

    /// Returns what the disk refused first, if it did.
    pub fn fault(&self) -> Option<&str> {
        self.frames.fault()
    }

    /// Writes and syncs all that waits and returns how much there was.
    pub fn finish(mut self) -> OutputCount {
        self.write_rest();
        self.frames.sync();
        self.frames.count()
    }

    /// Writes all that waits and returns how much there was, for somebody else to sync ([`Folder::finish_all`]): safe
    /// from a crash of this process, not yet from one of the machine.
    pub fn finish_unsynced(mut self) -> OutputCount {
        self.write_rest();
        self.frames.count()
    }

    /// Returns how many bytes it can take before it writes any.
    pub fn room(&self) -> usize {
        self.chunking.bytes_max() - self.gathered
    }

    fn write_rest(&mut self) {
        self.cut();
        self.end.finish(&mut self.frames);
        self.frames.close();
    }

    fn gather(&mut self, stream: Stream, bytes: &[u8]) {
        if self.pieces.is_empty() {
            self.gather_until = self.clock.boot_time() + self.chunking.wait;
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
            None => self.pieces.push(Gathered { stream, at: self.clock.now(), bytes: bytes.to_vec() }),
        }
    }

    /// Passes on what is gathered.
    fn cut(&mut self) {
        self.gathered = 0;
        self.gather_until = BootTime::NEVER;
        let now = self.clock.boot_time();
        for Gathered { stream, at, mut bytes } in std::mem::take(&mut self.pieces) {
            // It may be held for long: what was set aside for more is given back.
            bytes.shrink_to_fit();
            self.keep(Piece { stream, at, bytes: bytes.into() }, now);
        }
    }

    /// Fills the head; what it does not take belongs to the end.
    fn keep(&mut self, mut piece: Piece, now: BootTime) {
        if self.brake.look(&self.frames.file, now) == Told::Drop {
            return self.frames.leave_out(&piece, NotKept::Quota);
        }
        let room = usize::try_from(self.head_left).unwrap_or(usize::MAX).min(piece.bytes.len());
        let head = piece.bytes.split_to(room);
        self.head_left -= head.len() as u64;
        if !head.is_empty() {
            self.frames.append(&Piece { bytes: head, ..piece });
        }
        if !piece.bytes.is_empty() {
            self.end.push(piece, &mut self.frames, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Write as _;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU64, Ordering};

    use model::chunk::{CHUNK_BYTES_MAX, Chunk, Gap};
    use model::id::Fence;
    use model::ports::RunRef;
    use model::segment::decode;
    use model::time::Span;
    use model::workload::Kind;
    use nix::fcntl::{FcntlArg, SealFlag, fcntl};
    use nix::sys::memfd::{MFdFlags, memfd_create};

    use super::super::brake::HELD_LOOK;
    use super::super::end::NOTE_AFTER;
    use super::super::frames::SYNC_AFTER;
    use super::super::settle;

    use super::*;

    /// As it is unless the owner says otherwise.
    const GATHER: Span = Span::from_millis(200);

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
        assert_eq!(writer.finish(), count(5, 0));
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

    /// Meant to find: a writer that cuts by the bounds of the format alone.
    #[test]
    fn chunks_are_cut_as_the_owner_wants_them() {
        let runs = tempfile::tempdir().unwrap();
        let (writer, folder, run, clock) = writer(runs.path(), 1 << 20);
        let wait = Span::from_seconds(2);
        let mut writer = writer.chunked(Chunking { bytes: ByteSize::from_kib(8), wait });
        writer.write(Stream::Stdout, &[b'x'; 20 * 1024]);
        assert_eq!(chunks(&folder, &run).iter().map(|c| c.bytes.len()).collect::<Vec<_>>(), [8_192, 8_192]);
        assert_eq!((writer.due(), writer.room()), (Some(SYNC_AFTER.to_std()), 4_096));
        clock.0.fetch_add(wait.as_millis() - 1, Ordering::Relaxed);
        writer.tick();
        assert_eq!(chunks(&folder, &run).len(), 2);
        clock.0.fetch_add(1, Ordering::Relaxed);
        writer.tick();
        assert_eq!(chunks(&folder, &run).len(), 3);
        let small = Chunking { bytes: ByteSize::from_bytes(0), wait };
        assert_eq!(small.bytes_max(), 4_096, "what a file of another version says is held within the bounds");
    }

    fn count(kept: u64, dropped: u64) -> OutputCount {
        OutputCount { kept, dropped, incomplete: false }
    }

    /// Returns what is kept before the gap, the gap, and what is kept after it.
    fn around(chunks: &[Chunk]) -> (Vec<u8>, Option<Gap>, Vec<u8>) {
        assert!(chunks.iter().zip(0..).all(|(chunk, seq)| chunk.seq == seq), "numbered without a hole");
        assert!(chunks.iter().all(|chunk| chunk.bytes.len() <= CHUNK_BYTES_MAX));
        let bytes = |chunks: &[Chunk]| chunks.iter().flat_map(|chunk| chunk.bytes.to_vec()).collect();
        match chunks.iter().position(|chunk| chunk.gap.is_some()) {
            None => (bytes(chunks), None, Vec::new()),
            Some(at) => (bytes(&chunks[..at]), chunks[at].gap, bytes(&chunks[at + 1..])),
        }
    }

    #[test]
    fn head_and_end_are_kept_and_what_is_between_them_is_counted() {
        let output: Vec<u8> = (0..60_000).flat_map(|n| format!("{n}\n").into_bytes()).collect();
        for (limit, head, end) in [
            (100_000u64, 50_000, 50_000),
            (0, 0, 0),
            (1, 1, 0),
            (7, 4, 3),
            (output.len() as u64 - 1, output.len().div_ceil(2), output.len() / 2 - 1),
        ] {
            for step in [1_000, 70_001] {
                let runs = tempfile::tempdir().unwrap();
                let (mut writer, folder, run, clock) = writer(runs.path(), limit);
                for piece in output.chunks(step) {
                    writer.write(Stream::Stdout, piece);
                    clock.0.fetch_add(70, Ordering::Relaxed);
                    writer.tick();
                }
                let dropped = output.len() as u64 - limit;
                assert_eq!(writer.finish(), count(limit, dropped));
                let (first, gap, last) = around(&chunks(&folder, &run));
                assert_eq!(
                    (&first[..], &last[..]),
                    (&output[..head], &output[output.len() - end..]),
                    "{limit}"
                );
                let between = &output[head..output.len() - end];
                let lines = between.iter().filter(|byte| **byte == b'\n').count() as u64;
                let expected =
                    Gap { bytes: dropped, lines, why: NotKept::Limit(ByteSize::from_bytes(limit)) };
                assert_eq!(gap, Some(expected));
                assert!(!folder.names().end().exists());
            }
        }
    }

    #[test]
    fn an_output_of_just_its_limit_has_no_gap() {
        for size in [9_999, 10_000] {
            let runs = tempfile::tempdir().unwrap();
            let (mut writer, folder, run, _) = writer(runs.path(), 10_000);
            writer.write(Stream::Stderr, &vec![b'x'; size]);
            assert_eq!(writer.finish(), count(size as u64, 0));
            assert_eq!(around(&chunks(&folder, &run)), (vec![b'x'; size], None, Vec::new()));
        }
    }

    #[test]
    fn a_writer_that_dies_costs_what_it_read_since_its_last_note() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, clock) = writer(runs.path(), 100);
        writer.write(Stream::Stdout, &[b'h'; 50]);
        writer.write(Stream::Stdout, &[b'm'; 1_000]);
        writer.write(Stream::Stderr, &[b'e'; 50]);
        // The first tick hands it to the end, the second one notes it.
        for wait in [GATHER, NOTE_AFTER] {
            clock.0.fetch_add(wait.as_millis(), Ordering::Relaxed);
            writer.tick();
        }
        writer.write(Stream::Stdout, b"never written");
        drop(writer);
        let settled = settle(folder.names(), &run).unwrap();
        assert_eq!(settled, OutputCount { kept: 100, dropped: 1_000, incomplete: true });
        let (first, gap, last) = around(&chunks(&folder, &run));
        assert_eq!((first, last), (vec![b'h'; 50], vec![b'e'; 50]));
        assert_eq!(gap.unwrap().bytes, 1_000);
        // Another crash, in the middle of the settling: the note is there again and changes nothing.
        assert_eq!(settle(folder.names(), &run).unwrap(), settled);
    }

    #[test]
    fn a_settling_that_was_cut_short_goes_on_where_it_was() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, clock) = writer(runs.path(), 100);
        writer.write(Stream::Stdout, &[b'h'; 2_000]);
        for wait in [GATHER, NOTE_AFTER] {
            clock.0.fetch_add(wait.as_millis(), Ordering::Relaxed);
            writer.tick();
        }
        drop(writer);
        let note = fs::read(folder.names().end()).unwrap();
        let settled = settle(folder.names(), &run).unwrap();
        let whole = fs::read(folder.names().output()).unwrap();
        for cut in (1..note.len()).step_by(9) {
            fs::write(folder.names().output(), &whole[..whole.len() - cut]).unwrap();
            fs::write(folder.names().end(), &note).unwrap();
            assert_eq!(settle(folder.names(), &run).unwrap(), settled, "cut by {cut}");
            assert_eq!(fs::read(folder.names().output()).unwrap(), whole, "cut by {cut}");
        }
    }

    #[test]
    fn an_end_of_many_small_pieces_is_bounded_as_well() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, clock) = writer(runs.path(), 20_000);
        writer.write(Stream::Stdout, &[b'h'; 10_000]);
        for _ in 0..300 {
            for _ in 0..PIECES_MAX / 2 {
                writer.write(Stream::Stdout, b"o");
                writer.write(Stream::Stderr, b"e");
            }
            clock.0.fetch_add(GATHER.as_millis(), Ordering::Relaxed);
            writer.tick();
        }
        let count = writer.finish();
        assert_eq!(count.kept + count.dropped, 19_600);
        let (_, gap, last) = around(&chunks(&folder, &run));
        assert_eq!(gap.unwrap().bytes, count.dropped);
        assert_eq!(last.len(), 4_096, "a piece each, and no more of them than that");
    }

    /// Mutations: a brake that is not asked in `keep` keeps "lost"; one that is not asked again keeps nothing more.
    #[test]
    fn a_worker_that_says_so_has_output_dropped_and_counted() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, clock) = writer(runs.path(), 1 << 20);
        let pass = |writer: &mut SegmentWriter, bytes: &[u8]| {
            clock.0.fetch_add(HELD_LOOK.as_millis(), Ordering::Relaxed);
            writer.write(Stream::Stdout, bytes);
            writer.cut();
        };
        let reader = File::open(folder.names().output()).unwrap();
        pass(&mut writer, b"kept");
        reader.try_lock().unwrap();
        pass(&mut writer, b"lost\n");
        assert!(!writer.is_held(), "it is read, and dropped");
        drop(reader);
        pass(&mut writer, b"and more");
        assert_eq!(writer.finish(), count(12, 5));
        let (first, gap, last) = around(&chunks(&folder, &run));
        assert_eq!((&first[..], &last[..]), (&b"kept"[..], &b"and more"[..]));
        assert_eq!(gap, Some(Gap { bytes: 5, lines: 1, why: NotKept::Quota }));
    }

    /// Mutation: a brake that only looks once stays held.
    #[test]
    fn a_writer_is_held_until_its_reader_lets_go_or_dies() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, _, clock) = writer(runs.path(), 1 << 20);
        assert!(!writer.is_held());
        let reader = File::open(folder.names().output()).unwrap();
        reader.try_lock_shared().unwrap();
        assert!(!writer.is_held(), "it does not look each time");
        for _ in 0..2 {
            clock.0.fetch_add(HELD_LOOK.as_millis(), Ordering::Relaxed);
            assert!(writer.is_held());
        }
        drop(reader);
        clock.0.fetch_add(HELD_LOOK.as_millis(), Ordering::Relaxed);
        assert!(!writer.is_held());
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

    /// Returns a copy of a file that cannot grow, as on a full disk.
    fn full_disk(path: PathBuf) -> File {
        let mut file: File = memfd_create("full", MFdFlags::MFD_ALLOW_SEALING).unwrap().into();
        file.write_all(&fs::read(path).unwrap()).unwrap();
        fcntl(&file, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_GROW)).unwrap();
        file
    }

    #[test]
    fn a_full_disk_costs_the_output_and_not_the_run() {
        let runs = tempfile::tempdir().unwrap();
        let (mut writer, folder, run, _) = writer(runs.path(), 1 << 20);
        writer.write(Stream::Stdout, b"kept");
        writer.cut();
        let disk = std::mem::replace(&mut writer.frames.file, full_disk(folder.names().output()));
        writer.write(Stream::Stdout, b"lost");
        writer.cut();
        writer.frames.file = disk;
        assert!(writer.fault().unwrap().contains("output was dropped"));
        writer.write(Stream::Stdout, b"and more");
        let count = writer.finish();
        assert_eq!((count.kept, count.dropped), (12, 4));
        let (first, gap, last) = around(&chunks(&folder, &run));
        assert_eq!((&first[..], &last[..]), (&b"kept"[..], &b"and more"[..]));
        assert_eq!(gap, Some(Gap { bytes: 4, lines: 0, why: NotKept::Disk }));
    }
}
