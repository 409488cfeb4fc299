//! Takes what a guest prints to the run's segment, without ever having the guest's thread wait for the disk for long.
//!
//! Most programs print little and end soon. What such a one prints is gathered in memory and appended by one write when
//! it has ended. One that prints more than a chunk, or goes on after it printed, gets a thread that may wait, behind a
//! short queue: a guest that prints faster than the disk takes waits, as on a pipe. Too much output never fails a
//! guest: the segment counts what it does not keep. Nothing is synced here; that is for who tells the end.
//!
//! Flow: guest's `fd_write` → **`Sink`** → **`Output`** → `folder::SegmentWriter`, here or by **`write_out`**.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use model::chunk::Stream;
use model::outcome::OutputCount;
use tokio::io::AsyncWrite;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::folder::{HELD_LOOK, SegmentWriter};

/// Pieces that wait for the disk; a piece is one write of the guest, at most 4 KiB.
const QUEUE: usize = 64;
/// Bytes that a guest may hand over at once.
const WRITE_BYTES_MAX: usize = 64 << 10;
/// A write that took longer was one that waited for the disk: other guests of the thread waited with it.
const SLOW: Duration = Duration::from_millis(5);
/// How long after such a write the thread writes nothing itself.
const SHUNNED: Duration = Duration::from_secs(1);

/// Something that a guest printed.
type Piece = (Stream, Bytes);

/// The output of one run.
#[derive(Clone)]
pub(super) struct Output(Arc<Mutex<State>>);

enum State {
    /// All that was printed is in memory.
    Gathered(Box<SegmentWriter>),
    /// A thread writes.
    Handed { queue: mpsc::Sender<Piece>, written: JoinHandle<OutputCount> },
    /// Nobody writes any more.
    Closed,
}

impl Output {
    /// Returns the output of a run that prints to `writer`.
    pub(super) fn new(writer: SegmentWriter) -> Self {
        Self::of(State::Gathered(Box::new(writer)))
    }

    /// Returns one that nobody keeps.
    pub(super) fn closed() -> Self {
        Self::of(State::Closed)
    }

    fn of(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// Sees that what was printed does not wait in memory for longer than a chunk may. Never ends.
    ///
    /// Invariant: polled by the task that polls the guest, after it, so that no guest prints unseen.
    pub(super) async fn watch(&self) -> Infallible {
        let due = poll_fn(|_| match &*self.lock() {
            State::Gathered(writer) => writer.due().map_or(Poll::Pending, Poll::Ready),
            State::Handed { .. } | State::Closed => Poll::Pending,
        });
        tokio::time::sleep(due.await).await;
        hand_over(&mut self.lock());
        pending().await
    }

    /// Brings all of it to the segment and returns how much there was.
    pub(super) async fn finish(self, disk: &Disk) -> OutputCount {
        if disk.is_slow() {
            hand_over(&mut self.lock());
        }
        // In a statement of its own: nothing is locked while it is waited.
        let state = std::mem::replace(&mut *self.lock(), State::Closed);
        match state {
            State::Gathered(writer) => disk.observe(|| writer.finish_unsynced()),
            State::Handed { queue, written } => {
                drop(queue);
                written.await.unwrap_or_default()
            }
            State::Closed => OutputCount::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the writer to a thread that may wait, if it has none yet.
fn hand_over(state: &mut State) {
    *state = match std::mem::replace(state, State::Closed) {
        State::Gathered(writer) => {
            let (queue, pieces) = mpsc::channel(QUEUE);
            let runtime = Handle::current();
            let written = spawn_blocking(move || write_out(&runtime, pieces, *writer));
            State::Handed { queue, written }
        }
        handed_or_closed => handed_or_closed,
    };
}

/// What one thread for guests knows of the disk that it writes to.
#[derive(Debug, Default)]
pub(super) struct Disk(Mutex<Option<Instant>>);

impl Disk {
    /// Writes, and remembers it when the disk made this thread wait.
    fn observe<T>(&self, write: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let written = write();
        if began.elapsed() > SLOW {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + SHUNNED);
        }
        written
    }

    /// Returns true while others have to wait for it.
    fn is_slow(&self) -> bool {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }
}

/// One of a guest's two streams.
#[derive(Clone)]
pub(super) struct Sink {
    stream: Stream,
    output: Output,
}

impl Sink {
    /// Returns a stream that ends in `output`.
    pub(super) fn new(stream: Stream, output: Output) -> Self {
        Self { stream, output }
    }

    /// Returns the queue to the thread that writes, where there is one.
    fn queue(&self) -> Option<mpsc::Sender<Piece>> {
        match &*self.output.lock() {
            State::Handed { queue, .. } => Some(queue.clone()),
            State::Gathered(_) | State::Closed => None,
        }
    }
}

impl IsTerminal for Sink {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Sink {
    /// Only components of a later preview write through this one; a command uses `p2_stream`.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Sink {
    async fn ready(&mut self) {
        if let Some(queue) = self.queue() {
            // An error says that nobody writes any more; then the guest is being dropped.
            let _ = queue.reserve().await;
        }
    }
}

impl OutputStream for Sink {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut state = self.output.lock();
        if let State::Gathered(writer) = &mut *state {
            if bytes.len() < writer.room() {
                writer.write(self.stream, &bytes);
                return Ok(());
            }
            hand_over(&mut state);
        }
        if let State::Handed { queue, .. } = &*state {
            let sent = queue.try_send((self.stream, bytes));
            debug_assert!(
                !matches!(sent, Err(mpsc::error::TrySendError::Full(_))),
                "the guest asks before it writes"
            );
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let full = self.queue().is_some_and(|queue| queue.capacity() == 0);
        Ok(if full { 0 } else { WRITE_BYTES_MAX })
    }
}

/// Writes until nobody can send any more; returns how much there was. Blocks: for a thread that may.
fn write_out(runtime: &Handle, mut queue: mpsc::Receiver<Piece>, mut writer: SegmentWriter) -> OutputCount {
    loop {
        // What the guest printed before it ended is taken in any case: it is little.
        if writer.is_held() && !queue.is_closed() {
            std::thread::sleep(HELD_LOOK.to_std());
            writer.tick();
            continue;
        }
        let next = match writer.due() {
            None => Ok(queue.blocking_recv()),
            Some(wait) => runtime.block_on(async { timeout(wait, queue.recv()).await }),
        };
        match next {
            Ok(Some((stream, bytes))) => writer.write(stream, &bytes),
            Ok(None) => return writer.finish_unsynced(),
            Err(_) => {}
        }
        writer.tick();
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read as _, Write as _};
    use std::sync::atomic::{AtomicBool, Ordering};

    use model::ports::Clock;
    use model::quantity::ByteSize;
    use model::time::{BootTime, Timestamp};
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    use tokio::sync::oneshot;

    use super::super::sealed::blank;
    use super::*;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(0)
        }
        fn boot_time(&self) -> BootTime {
            BootTime::from_millis(0)
        }
    }

    /// A run's output to `file`, and the guest's end of it.
    fn output(file: File) -> (Output, Sink) {
        let id = "0f3c9a7be2d14c58a1b2c3d4".parse().unwrap();
        let (note, limit) = (blank("note").unwrap(), ByteSize::from_mib(1));
        let output = Output::new(SegmentWriter::over(file, note, &id, limit, Arc::new(Still)));
        let sink = Sink::new(Stream::Stdout, output.clone());
        (output, sink)
    }

    fn is_gathered(output: &Output) -> bool {
        matches!(&*output.lock(), State::Gathered(_))
    }

    #[tokio::test]
    async fn little_output_needs_no_thread_and_much_gets_one() {
        for (pieces, alone) in [(0, true), (1, true), (15, true), (16, false), (100, false)] {
            let file = blank("output").unwrap();
            let (output, mut sink) = output(file.try_clone().unwrap());
            for _ in 0..pieces {
                sink.ready().await;
                assert!(sink.check_write().unwrap() > 0);
                sink.write(Bytes::from(vec![b'x'; 4096])).unwrap();
            }
            assert_eq!(is_gathered(&output), alone, "{pieces} pieces");
            assert_eq!(output.finish(&Disk::default()).await.kept, pieces * 4096);
            assert!(file.metadata().unwrap().len() >= pieces * 4096);
        }
    }

    /// Caught when a guest that prints and then goes on keeps what it printed to itself.
    #[tokio::test]
    async fn what_was_printed_is_not_kept_in_memory_for_long() {
        let (output, mut sink) = output(blank("output").unwrap());
        let idle = timeout(Duration::from_millis(300), output.watch()).await;
        assert!(idle.is_err() && is_gathered(&output), "nothing was printed");
        sink.write(Bytes::from_static(b"word")).unwrap();
        let handed = async {
            while is_gathered(&output) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            never = output.watch() => match never {},
            handed = timeout(Duration::from_secs(60), handed) => handed.expect("it is handed to a thread"),
        }
        assert_eq!(output.finish(&Disk::default()).await.kept, 4);
    }

    /// Goal: a disk that makes one guest wait does not make others of its thread wait again and again. Method: a pipe that
    /// is full until a neighbour on the same thread reads it; a rescuer reads it when that never comes to its turn.
    /// Caught when `finish` does not ask whether the disk is slow.
    #[tokio::test]
    async fn a_disk_that_was_slow_is_waited_for_by_a_thread_of_its_own() {
        let disk = Disk::default();
        disk.observe(|| ());
        assert!(!disk.is_slow());
        disk.observe(|| std::thread::sleep(SLOW + Duration::from_millis(1)));
        assert!(disk.is_slow());
        let (reader, writer) = nix::unistd::pipe().unwrap();
        let (mut also, mut writer) = (File::from(reader), File::from(writer));
        fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        while writer.write(&[b'x'; 4096]).is_ok() {}
        fcntl(&writer, FcntlArg::F_SETFL(OFlag::empty())).unwrap();
        let (output, mut sink) = output(writer);
        sink.write(Bytes::from_static(b"word")).unwrap();
        let rescued = Arc::new(AtomicBool::new(false));
        let (turn, mut neighbour) = oneshot::channel();
        let flag = rescued.clone();
        let rescuer = std::thread::spawn(move || {
            let began = Instant::now();
            while neighbour.try_recv() == Err(oneshot::error::TryRecvError::Empty) {
                if began.elapsed() > Duration::from_secs(20) {
                    flag.store(true, Ordering::Relaxed);
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let mut bytes = vec![0; 1 << 20];
            let _ = also.read(&mut bytes);
            // Open until all is written.
            also
        });
        let neighbour = async move {
            tokio::task::yield_now().await;
            turn.send(()).unwrap_or_default();
        };
        // The slow disk must not be forgotten before it counts.
        *disk.0.lock().unwrap() = Some(Instant::now() + Duration::from_secs(600));
        let (count, ()) = tokio::join!(output.finish(&disk), neighbour);
        drop(rescuer.join());
        assert!(!rescued.load(Ordering::Relaxed), "the neighbour did not come to its turn");
        assert_eq!(count.kept, 4);
    }
}
