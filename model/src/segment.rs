//! The framed file in which a run's output waits until it is stored: the bytes only, no file.
//!
//! A frame is `length, checksum, sequence, instant, code, payload`, all numbers little-endian; code and payload are
//! those of `chunk`. Who writes it may die at any byte, so a reader stops at the first frame that is not whole and
//! asks again later.
//!
//! Flow: sandbox (or its shim) encodes → file → worker's pipeline decodes and ships.

use bytes::Bytes;

use crate::chunk::{CHUNK_BYTES_MAX, Chunk};
use crate::id::RunId;
use crate::time::Timestamp;

/// Bytes of a frame before its payload: length 4, checksum 4, sequence 8, instant 8, code 1.
pub const FRAME_HEADER_BYTES: usize = 25;
/// Where what is checked begins.
const BODY: usize = 8;

/// Appends the frame of one chunk to `out`.
pub fn encode(chunk: &Chunk, out: &mut Vec<u8>) {
    let payload = chunk.payload();
    debug_assert!(payload.len() <= CHUNK_BYTES_MAX, "a chunk is cut before it is framed");
    let length = u32::try_from(payload.len()).expect("a chunk is at most 64 KiB");
    let frame = out.len();
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&chunk.seq.to_le_bytes());
    out.extend_from_slice(&chunk.at.as_millis().to_le_bytes());
    out.push(chunk.code());
    out.extend_from_slice(&payload);
    let sum = checksum(&out[frame + BODY..]);
    out[frame + 4..frame + BODY].copy_from_slice(&sum);
}

/// Returns the first frame of `bytes` as a chunk of `run`, and how many bytes it took.
///
/// # Errors
/// [`Torn`] when `bytes` does not begin with a whole frame: its writer has not finished it, or died in it.
pub fn decode(run: &RunId, bytes: &[u8]) -> Result<(Chunk, usize), Torn> {
    let header = bytes.get(..FRAME_HEADER_BYTES).ok_or(Torn::Short)?;
    let number = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().expect("eight bytes"));
    let length = u32::from_le_bytes(header[..4].try_into().expect("four bytes")) as usize;
    if length > CHUNK_BYTES_MAX {
        return Err(Torn::Damaged);
    }
    let total = FRAME_HEADER_BYTES + length;
    let frame = bytes.get(..total).ok_or(Torn::Short)?;
    if checksum(&frame[BODY..]) != header[4..BODY] {
        return Err(Torn::Damaged);
    }
    let at = Timestamp::from_millis(number(16).cast_signed());
    let payload = Bytes::copy_from_slice(&frame[FRAME_HEADER_BYTES..]);
    let chunk = Chunk::from_stored(run.clone(), number(8), at, header[24], payload).ok_or(Torn::Damaged)?;
    Ok((chunk, total))
}

/// Why there is no whole frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Torn {
    /// It goes on beyond the bytes at hand.
    Short,
    /// Its checksum or one of its fields is wrong.
    Damaged,
}

/// CRC-32: guards against torn writes, not against people, at a tenth of what a hash costs.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    crc32fast::hash(bytes).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::{Gap, NotKept, Stream};

    fn chunk(seq: u64, bytes: &'static [u8]) -> Chunk {
        Chunk {
            run: "0f3c9a7be2d14c58a1b2c3d4".parse().unwrap(),
            seq,
            stream: if seq.is_multiple_of(2) { Stream::Stdout } else { Stream::Stderr },
            at: Timestamp::from_millis(-5),
            bytes: Bytes::from_static(bytes),
            gap: None,
        }
    }

    #[test]
    fn frames_come_back_in_order_and_a_torn_tail_is_left() {
        let gap = Chunk { gap: Some(Gap { bytes: 5, lines: 1, why: NotKept::Disk }), ..chunk(2, b"") };
        let chunks = [chunk(0, b"hello"), chunk(1, b""), gap, chunk(3, b"\xff\xfe\0")];
        let mut file = Vec::new();
        for chunk in &chunks {
            encode(chunk, &mut file);
        }
        for cut in 0..file.len() {
            let mut at = 0;
            let mut read = Vec::new();
            while let Ok((chunk, used)) = decode(&chunks[0].run, &file[at..cut]) {
                read.push(chunk);
                at += used;
            }
            assert_eq!(read, chunks[..read.len()], "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_byte_is_noticed() {
        let mut file = Vec::new();
        encode(&chunk(0, b"hello"), &mut file);
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x40;
            assert!(decode(&chunk(0, b"").run, &damaged).is_err(), "byte {at}");
        }
    }
}
