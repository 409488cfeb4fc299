//! Reads small files that the kernel makes up when they are read: of control groups and of `/proc`.
//!
//! A run reads dozens of them. The usual way asks for a size that such a file does not know and reads it in pieces
//! that double; here one read fetches all that a page holds. Not here: what stands in them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The most that such a file gives at once: a page on common systems.
const PAGE_BYTES: usize = 4096;
/// The kernel ends a read before a line that does not fit; lines are shorter than this.
const LINE_BYTES_MAX: usize = 2048;

/// Returns the file's text.
///
/// # Errors
/// As the file system says; a text that is not UTF-8 is invalid data.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    read_open(&File::open(path)?)
}

/// Returns the text of such a file that is open, from its beginning.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_open(file: &File) -> io::Result<String> {
    let mut page = [0; PAGE_BYTES];
    let length = file.read_at(&mut page, 0)?;
    let mut text = page[..length].to_vec();
    if length > PAGE_BYTES - LINE_BYTES_MAX {
        loop {
            match file.read_at(&mut page, text.len() as u64)? {
                0 => break,
                more => text.extend_from_slice(&page[..more]),
            }
        }
    }
    String::from_utf8(text).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_are_read_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for lines in [0, 1, 100, 2_000] {
            let text = "12345\n".repeat(lines);
            std::fs::write(file.path(), &text).unwrap();
            assert_eq!(read(file.path()).unwrap(), text);
        }
        let own = read(Path::new("/proc/self/status")).unwrap();
        assert!(own.contains(&format!("Pid:\t{}\n", std::process::id())), "{own}");
    }

    #[test]
    fn a_file_that_is_not_there_is_told_as_such() {
        let missing = read(Path::new("/proc/self/no-such-file")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
