//! What worker, supervisor and shim say to each other: small typed messages, as JSON.
//!
//! Worker and supervisor speak in packets, one for each message. A shim speaks on a stream, in frames: the first
//! worker process has its end from the start, a later one connects to the socket in the run's folder; what is said is
//! the same. Nothing that a shim says is needed: the run's folder tells as much to who was not there to listen.
//!
//! Flow: `generation` (worker) ⇄ `supervisor`; `running` (worker) ⇄ `shim`.

use std::io::{self, Read};
use std::path::PathBuf;

use model::outcome::Stop;
use model::ports::{LeaseTerms, StartError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use super::start::Place;
use crate::cgroup::Group;

/// Most bytes of one packet between worker and supervisor.
pub(super) const PACKET_BYTES_MAX: usize = 64 * 1024;
/// Most bytes of a frame that a shim takes: a start holds a whole script with its environment and input.
const FRAME_BYTES_MAX: usize = 64 << 20;
/// Bytes of a frame's length, before it.
const LENGTH_BYTES: usize = 4;

/// The worker's first packet: what holds for every run of this supervisor. Each packet after it carries the shim's end
/// of a stream and nothing else.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    /// The folder of all runs.
    pub(super) runs: PathBuf,
}

/// The supervisor's answer: it may be asked for shims.
pub(super) const READY: &[u8] = b"ready";

/// What a worker says to a shim.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum ToShim {
    /// The first frame, if the worker has no run yet: prepare a start in this slot.
    Prepare {
        /// Its number.
        slot: u32,
        /// Its control group.
        group: Group,
    },
    /// The first frame, or the one after a preparation: start this.
    Start(Box<Start>),
    /// End it, for this reason.
    Stop {
        /// Why.
        why: Stop,
    },
}

/// A run to start.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start {
    /// What runs, as whom, under which limits.
    pub(super) plan: Plan,
    /// What of the host is its own.
    pub(super) place: Place,
    /// How it hangs on the worker's lease.
    pub(super) lease: LeaseTerms,
}

/// What a shim says to a worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum FromShim {
    /// The program runs.
    Started,
    /// Nothing runs and no folder is left.
    Refused {
        /// Why.
        error: StartError,
    },
    /// It is over: how, stands in the folder.
    Ended,
}

/// Returns a message as a frame.
pub(super) fn frame(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; LENGTH_BYTES];
    serde_json::to_writer(&mut bytes, message)?;
    let length = bytes.len() - LENGTH_BYTES;
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("a run of {length} bytes is too large to be handed over; at most {FRAME_BYTES_MAX}"),
        ));
    }
    let length = u32::try_from(length).expect("a frame is below 4 GiB");
    bytes[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// Waits for one frame and returns its message.
///
/// # Errors
/// When the other side is gone, silent for as long as the stream allows, or says something else.
pub(super) fn read_frame<M: DeserializeOwned>(stream: &mut impl Read) -> io::Result<M> {
    let mut length = [0; LENGTH_BYTES];
    stream.read_exact(&mut length)?;
    let mut bytes = vec![0; checked(length)?];
    stream.read_exact(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// What was read of a stream and is not a whole frame yet.
#[derive(Debug, Default)]
pub(super) struct Inbox(Vec<u8>);

impl Inbox {
    /// Adds what was read.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Takes the next whole message out.
    ///
    /// # Errors
    /// When what was read is no message.
    pub(super) fn take<M: DeserializeOwned>(&mut self) -> io::Result<Option<M>> {
        let Some(length) = self.0.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let end = LENGTH_BYTES + checked(*length)?;
        let Some(bytes) = self.0.get(LENGTH_BYTES..end) else { return Ok(None) };
        let message = serde_json::from_slice(bytes)?;
        self.0.drain(..end);
        Ok(Some(message))
    }
}

fn checked(length: [u8; LENGTH_BYTES]) -> io::Result<usize> {
    let length = u32::from_le_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the frame is too long"));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_come_byte_by_byte_are_taken_whole() {
        let mut bytes = frame(&ToShim::Stop { why: Stop::Killed }).unwrap();
        bytes.extend(frame(&ToShim::Stop { why: Stop::CutOff }).unwrap());
        let mut inbox = Inbox::default();
        let mut heard = Vec::new();
        for byte in bytes {
            inbox.feed(&[byte]);
            if let Some(ToShim::Stop { why }) = inbox.take().unwrap() {
                heard.push(why);
            }
        }
        assert_eq!(heard, [Stop::Killed, Stop::CutOff]);
        assert!(inbox.0.is_empty());
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        let mut inbox = Inbox::default();
        inbox.feed(&u32::MAX.to_le_bytes());
        assert!(inbox.take::<FromShim>().is_err());
        assert!(read_frame::<FromShim>(&mut &b"\x03\0\0\0abc"[..]).is_err());
        assert!(read_frame::<FromShim>(&mut &b"\x03\0"[..]).is_err());
    }
}
