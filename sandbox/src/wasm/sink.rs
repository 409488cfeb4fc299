//! Takes what a guest prints and has it written to the run's segment by a thread that may wait for the disk.
//!
//! The queue between them is short: a guest that prints faster than the disk takes waits, as on a pipe. Too much
//! output never fails a guest: the segment counts what it does not keep.
//!
//! Flow: guest's `fd_write` → **`Sink`** → queue → **`write_out`** → `folder::SegmentWriter`.

use async_trait::async_trait;
use bytes::Bytes;
use model::chunk::Stream;
use model::outcome::OutputCount;
use tokio::io::AsyncWrite;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::folder::{HELD_LOOK, SegmentWriter};

/// Pieces that wait for the disk; a piece is one write of the guest, at most 4 KiB.
const QUEUE: usize = 64;
/// Bytes that a guest may hand over at once.
const WRITE_BYTES_MAX: usize = 64 << 10;

/// Something that a guest printed.
pub(super) type Piece = (Stream, Bytes);

/// Returns the two ends of a run's queue of output.
pub(super) fn queue() -> (mpsc::Sender<Piece>, mpsc::Receiver<Piece>) {
    mpsc::channel(QUEUE)
}

/// One of a guest's two streams.
#[derive(Clone)]
pub(super) struct Sink {
    stream: Stream,
    queue: mpsc::Sender<Piece>,
}

impl Sink {
    /// Returns a stream that ends in `queue`.
    pub(super) fn new(stream: Stream, queue: mpsc::Sender<Piece>) -> Self {
        Self { stream, queue }
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
        // An error says that nobody writes any more; then the guest is being dropped.
        let _ = self.queue.reserve().await;
    }
}

impl OutputStream for Sink {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let sent = self.queue.try_send((self.stream, bytes));
        debug_assert!(
            !matches!(sent, Err(mpsc::error::TrySendError::Full(_))),
            "the guest asks before it writes"
        );
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(if self.queue.capacity() == 0 { 0 } else { WRITE_BYTES_MAX })
    }
}

/// Writes until all senders are gone; returns how much there was. Blocks: for a thread that may.
pub(super) fn write_out(
    runtime: &Handle,
    mut queue: mpsc::Receiver<Piece>,
    mut writer: SegmentWriter,
) -> OutputCount {
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
            Ok(None) => return writer.finish(),
            Err(_) => {}
        }
        writer.tick();
    }
}
