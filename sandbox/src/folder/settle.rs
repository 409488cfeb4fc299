//! Brings the segment of a run whose writer died into order: whole frames, then what the writer had noted of the end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};

use model::chunk::{CHUNK_BYTES_MAX, Chunk};
use model::id::RunId;
use model::outcome::OutputCount;
use model::run_folder::RunFolder;
use model::segment::{FRAME_HEADER_BYTES, Torn, decode, encode};

/// Cuts a frame that its writer did not finish off the segment, appends the end that was noted, and returns how much
/// output is there. May be called again after a crash of its own.
///
/// # Errors
/// As the file system says; a segment that is not there is empty.
pub fn settle(names: &RunFolder, run: &RunId) -> io::Result<OutputCount> {
    let mut count = OutputCount { incomplete: true, ..OutputCount::default() };
    let mut file = match OpenOptions::new().read(true).write(true).open(names.output()) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(count),
        Err(e) => return Err(e),
    };
    let mut next = 0;
    let whole = each_chunk(&mut file, run, |chunk| {
        next = chunk.seq + 1;
        add(&mut count, &chunk);
        Ok(())
    })?;
    file.set_len(whole)?;
    file.seek(io::SeekFrom::Start(whole))?;
    let (first, mut frame) = (next, Vec::new());
    match File::open(names.end()) {
        Ok(mut noted) => {
            each_chunk(&mut noted, run, |chunk| {
                // Smaller numbers stand in the segment already, from a settling that did not come to its end.
                if chunk.seq >= first {
                    frame.clear();
                    encode(&Chunk { seq: next, ..chunk.clone() }, &mut frame);
                    file.write_all(&frame)?;
                    next += 1;
                    add(&mut count, &chunk);
                }
                Ok(())
            })?;
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    file.sync_all()?;
    match fs::remove_file(names.end()) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(count),
    }
}

fn add(count: &mut OutputCount, chunk: &Chunk) {
    count.kept += chunk.bytes.len() as u64;
    count.dropped += chunk.gap.map_or(0, |gap| gap.bytes);
}

/// Calls `on` for each whole frame and returns how many bytes these take.
fn each_chunk(file: &mut File, run: &RunId, mut on: impl FnMut(Chunk) -> io::Result<()>) -> io::Result<u64> {
    let mut whole = 0u64;
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
                    on(chunk)?;
                    at += used;
                }
                Err(torn) => break torn,
            }
        };
        window.drain(..at);
        whole += at as u64;
        if n == 0 || torn == Torn::Damaged {
            return Ok(whole);
        }
    }
}
