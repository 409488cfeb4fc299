//! The two pipes of a run: read as they fill, never waiting, never holding more than one read.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use model::chunk::Stream;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{Gid, Uid, fchown, pipe2, read};

use super::contain::Ids;
use crate::folder::SegmentWriter;

/// Bytes of one read.
const READ_BYTES: usize = 64 * 1024;
/// Reads of one stream before the other and the timers have their turn.
const READS_PER_TURN: usize = 16;
/// Most that a pipe can still hold when its writers are gone, with a margin (an ordinary user's pipe: 1 MiB).
const DRAIN_BYTES_MAX: usize = 4 << 20;

/// The reading ends of a run's output.
#[derive(Debug)]
pub(super) struct Pipes {
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    buffer: Vec<u8>,
}

impl Pipes {
    /// Makes both pipes and returns their writing ends (stdout, stderr). They belong to the account that the job
    /// runs as, so that it may open `/dev/stderr` again.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub(super) fn open(owner: Option<&Ids>) -> io::Result<(Self, OwnedFd, OwnedFd)> {
        let ((stdout, out), (stderr, err)) = (pipe()?, pipe()?);
        let pipes = Self { stdout: Some(stdout), stderr: Some(stderr), buffer: vec![0; READ_BYTES] };
        pipes.give_to(owner)?;
        Ok((pipes, out, err))
    }

    /// Gives both pipes to the account that the job runs as, if that is another than ours.
    ///
    /// # Errors
    /// As the kernel says.
    pub(super) fn give_to(&self, owner: Option<&Ids>) -> io::Result<()> {
        let Some(ids) = owner else { return Ok(()) };
        // Either end will do: it is one file.
        for end in self.open_ends() {
            fchown(end, Some(Uid::from_raw(ids.uid)), Some(Gid::from_raw(ids.gid)))?;
        }
        Ok(())
    }

    /// Returns the pipes that may still give something.
    pub(super) fn open_ends(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        [&self.stdout, &self.stderr].into_iter().flatten().map(|fd| fd.as_fd())
    }

    /// Reads what is there, some of it.
    pub(super) fn read(&mut self, writer: &mut SegmentWriter) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            self.read_stream(stream, writer, READS_PER_TURN);
        }
    }

    /// Reads all that is there, once no process of the run lives. Somebody else may hold a pipe for ever
    /// (a descriptor can be passed on): what is not there now is not waited for.
    pub(super) fn drain(&mut self, writer: &mut SegmentWriter) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            self.read_stream(stream, writer, DRAIN_BYTES_MAX / READ_BYTES);
        }
    }

    fn read_stream(&mut self, stream: Stream, writer: &mut SegmentWriter, reads: usize) {
        let end = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        for _ in 0..reads {
            let Some(fd) = end else { return };
            match read(fd, &mut self.buffer) {
                Ok(0) => *end = None,
                Ok(n) => writer.write(stream, &self.buffer[..n]),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return,
                Err(_) => *end = None,
            }
        }
    }
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (ours, theirs) = pipe2(OFlag::O_CLOEXEC)?;
    fcntl(&ours, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok((ours, theirs))
}
