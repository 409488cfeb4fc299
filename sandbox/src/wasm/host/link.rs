//! The line between a worker and its host process: packets, each a message whole, some with descriptors.
//!
//! A packet goes out at once or not at all, so any thread may send. A message that is too large for a packet goes as a
//! file in memory, but only towards the host: a worker takes no descriptor from a process that it does not trust.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, sendmsg,
    socketpair,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixDatagram;

use crate::shell::received;
use crate::wasm::sealed::sealed;

/// Most bytes of a packet.
const PACKET_BYTES_MAX: usize = 64 << 10;
/// Most bytes of a message in a file: a start holds a job's whole input, arguments and environment.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Most descriptors with one packet.
const FDS_MAX: usize = 8;
/// How long to wait when the other side has not taken the packets before this one yet.
const FULL_PAUSE: Duration = Duration::from_millis(1);
/// The first byte of a packet: the message follows.
const INLINE: u8 = b'm';
/// The first byte of a packet: the message is in the first descriptor.
const IN_FILE: u8 = b'f';

/// One end of the line.
#[derive(Debug)]
pub(super) struct Link(OwnedFd);

/// A message that came, as bytes, with what came with it.
#[derive(Debug)]
pub(super) struct Packet {
    bytes: Vec<u8>,
    pub(super) fds: Vec<OwnedFd>,
}

impl Packet {
    /// Returns the message.
    ///
    /// # Errors
    /// When it is none of this kind.
    pub(super) fn message<M: DeserializeOwned>(&self) -> io::Result<M> {
        Ok(serde_json::from_slice(&self.bytes)?)
    }
}

impl Link {
    /// Returns two ends that are each other's.
    ///
    /// # Errors
    /// When no descriptor is left.
    pub(super) fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        Ok((Self(ours), theirs))
    }

    /// Returns the end that is `fd`.
    pub(super) fn of(fd: OwnedFd) -> Self {
        Self(fd)
    }

    /// Sends a message if there is room for it; false when there is none.
    ///
    /// # Errors
    /// When the other side is gone, or the message is too large.
    pub(super) fn try_send(&self, message: &impl Serialize, fds: &[BorrowedFd<'_>]) -> io::Result<bool> {
        let mut bytes = vec![INLINE];
        serde_json::to_writer(&mut bytes, message)?;
        if bytes.len() <= PACKET_BYTES_MAX {
            return self.send_packet(&bytes, fds);
        }
        let body = &bytes[1..];
        if body.len() as u64 > FILE_BYTES_MAX {
            let message = format!("{} bytes are too many to be handed over", body.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let file = sealed("message", body)?;
        let fds: Vec<_> = std::iter::once(file.as_fd()).chain(fds.iter().copied()).collect();
        self.send_packet(&[IN_FILE], &fds)
    }

    /// Sends a message as soon as there is room for it. Cancel-safe: it is sent whole or not at all.
    ///
    /// # Errors
    /// As [`Link::try_send`].
    pub(super) async fn send(&self, message: &impl Serialize, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        while !self.try_send(message, fds)? {
            tokio::time::sleep(FULL_PAUSE).await;
        }
        Ok(())
    }

    /// Returns what tells a runtime that a packet came.
    ///
    /// # Errors
    /// When no descriptor is left. Panics outside of a runtime.
    pub(super) fn listen(&self) -> io::Result<UnixDatagram> {
        // The runtime asks for a kind of socket only in order to name it; packets are ours to take.
        let line = std::os::unix::net::UnixDatagram::from(self.0.try_clone()?);
        line.set_nonblocking(true)?;
        UnixDatagram::from_std(line)
    }

    /// Takes the next packet, without descriptors. `None` when the other side is gone.
    ///
    /// # Errors
    /// `WouldBlock` when there is none yet and `flags` say not to wait; or as the kernel says.
    pub(super) fn take(&self, flags: MsgFlags) -> io::Result<Option<Packet>> {
        // Descriptors that come all the same are closed by the kernel: there is no room for them.
        let Some((bytes, _)) = self.receive(None, flags)? else { return Ok(None) };
        Ok(Some(Packet { bytes: body(&bytes)?.to_vec(), fds: Vec::new() }))
    }

    /// Takes the next packet with its descriptors: for the side that trusts the other. `None` when that is gone.
    ///
    /// # Errors
    /// As [`Link::take`].
    pub(super) fn take_with_fds(&self, flags: MsgFlags) -> io::Result<Option<Packet>> {
        let mut space = cmsg_space!([RawFd; FDS_MAX]);
        let Some((bytes, mut fds)) = self.receive(Some(&mut space), flags)? else { return Ok(None) };
        if bytes.first() != Some(&IN_FILE) {
            return Ok(Some(Packet { bytes: body(&bytes)?.to_vec(), fds }));
        }
        if fds.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message in a file came without it"));
        }
        let file = File::from(fds.remove(0));
        let size = file.metadata()?.len().min(FILE_BYTES_MAX);
        let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, 0)?;
        Ok(Some(Packet { bytes, fds }))
    }

    fn send_packet(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<bool> {
        let raw: Vec<RawFd> = fds.iter().map(|fd| fd.as_raw_fd()).collect();
        let rights = [ControlMessage::ScmRights(&raw)];
        let control: &[ControlMessage<'_>] = if raw.is_empty() { &[] } else { &rights };
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        loop {
            match sendmsg::<()>(self.0.as_raw_fd(), &[IoSlice::new(bytes)], control, flags, None) {
                Ok(_) => return Ok(true),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN | Errno::ENOBUFS | Errno::ETOOMANYREFS) => return Ok(false),
                Err(e) => return Err(e.into()),
            }
        }
    }

    fn receive(
        &self,
        mut space: Option<&mut Vec<u8>>,
        flags: MsgFlags,
    ) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
        let wanted = space.is_some();
        let mut bytes = vec![0; PACKET_BYTES_MAX];
        let (length, fds) = {
            let mut parts = [IoSliceMut::new(&mut bytes)];
            let flags = flags | MsgFlags::MSG_CMSG_CLOEXEC;
            let message = loop {
                match recvmsg::<()>(
                    self.0.as_raw_fd(),
                    &mut parts,
                    space.as_deref_mut().map(Vec::as_mut_slice),
                    flags,
                ) {
                    Err(Errno::EINTR) => {}
                    Err(Errno::ECONNRESET) => return Ok(None),
                    message => break message?,
                }
            };
            let mut fds = Vec::new();
            if wanted {
                for part in message.cmsgs()? {
                    if let ControlMessageOwned::ScmRights(raw) = part {
                        fds.extend(raw.into_iter().map(received));
                    }
                }
            }
            (message.bytes, fds)
        };
        bytes.truncate(length);
        // No packet is empty: this is the end.
        Ok((length > 0).then_some((bytes, fds)))
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn body(bytes: &[u8]) -> io::Result<&[u8]> {
    match bytes.split_first() {
        Some((&INLINE, body)) => Ok(body),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the packet is no message")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_for_a_packet_goes_as_a_file_before_the_other_files() {
        let (ours, theirs) = Link::pair().unwrap();
        let theirs = Link::of(theirs);
        let null = File::open("/dev/null").unwrap();
        for length in [10, PACKET_BYTES_MAX, 5 << 20] {
            let message = "x".repeat(length);
            assert!(ours.try_send(&message, &[null.as_fd(), null.as_fd()]).unwrap());
            let packet = theirs.take_with_fds(MsgFlags::empty()).unwrap().unwrap();
            assert_eq!((packet.message::<String>().unwrap().len(), packet.fds.len()), (length, 2));
        }
        assert!(ours.try_send(&"x".repeat(65 << 20), &[]).is_err());
    }

    #[test]
    fn a_side_that_does_not_trust_the_other_gets_no_descriptor() {
        let (ours, theirs) = Link::pair().unwrap();
        let (theirs, null) = (Link::of(theirs), File::open("/dev/null").unwrap());
        assert!(theirs.try_send(&"word", &[null.as_fd()]).unwrap());
        let packet = ours.take(MsgFlags::empty()).unwrap().unwrap();
        assert_eq!((packet.message::<String>().unwrap().as_str(), packet.fds.len()), ("word", 0));
        assert!(theirs.try_send(&"x".repeat(PACKET_BYTES_MAX), &[]).unwrap());
        assert!(ours.take(MsgFlags::empty()).is_err(), "not even for a message");
        drop(theirs);
        assert!(ours.take(MsgFlags::empty()).unwrap().is_none());
    }

    #[test]
    fn a_full_line_refuses_whole_messages() {
        let (ours, theirs) = Link::pair().unwrap();
        let theirs = Link::of(theirs);
        let mut sent = 0;
        while ours.try_send(&"x".repeat(60_000), &[]).unwrap() {
            sent += 1;
            assert!(sent < 10_000, "a line has an end");
        }
        for _ in 0..sent {
            let packet = theirs.take(MsgFlags::empty()).unwrap().unwrap();
            assert_eq!(packet.message::<String>().unwrap().len(), 60_000);
        }
    }
}
