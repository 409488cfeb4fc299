//! How far a run's output was acknowledged, kept beside it: a number of chunks in a file.
//!
//! Written after the facts store has them, never before; not synced, since a cursor that is behind only means that
//! some chunks are delivered again, which the store notices.

use std::fs;
use std::io;
use std::path::Path;

/// Keeps that the first `chunks` chunks were acknowledged.
pub(super) fn write(path: &Path, chunks: u64) -> io::Result<()> {
    let part = path.with_extension("tmp");
    fs::write(&part, format!("{chunks}\n"))?;
    fs::rename(part, path)
}

/// Returns how many chunks were acknowledged; none where nothing whole says so.
pub(super) fn read(path: &Path) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.strip_suffix('\n').and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_what_was_written_and_a_torn_one_reads_as_the_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shipped");
        assert_eq!(read(&path), 0);
        write(&path, 7).unwrap();
        write(&path, 1234).unwrap();
        assert_eq!(read(&path), 1234);
        fs::write(&path, b"12").unwrap();
        assert_eq!(read(&path), 0);
        fs::write(&path, b"").unwrap();
        assert_eq!(read(&path), 0);
    }
}
