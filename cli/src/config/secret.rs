//! Reads a secret from a file of its own: passwords, tokens and keys stand in no configuration and in no environment.

use std::fs::{self, Metadata};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Readable or writable by everybody, or writable by the group.
const TOO_OPEN: u32 = 0o027;
/// Most bytes of a secret.
const BYTES_MAX: u64 = 64 * 1024;

/// Returns the text of the file without the line's end.
///
/// # Errors
/// Why it is not taken, as what follows the file's name.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let meta = fs::metadata(path).map_err(|e| format!("cannot be looked at: {e}"))?;
    guard(&meta)?;
    let text = fs::read_to_string(path).map_err(|e| format!("cannot be read: {e}"))?;
    let secret = text.trim_end_matches(['\n', '\r']);
    if secret.is_empty() { Err("is empty".to_owned()) } else { Ok(secret.to_owned()) }
}

fn guard(meta: &Metadata) -> Result<(), String> {
    if !meta.is_file() {
        return Err("is not a file".to_owned());
    }
    if meta.len() > BYTES_MAX {
        return Err(format!("has {} bytes: no secret is as long", meta.len()));
    }
    let mode = meta.permissions().mode() & 0o7777;
    if mode & TOO_OPEN != 0 {
        return Err(format!("is open to others (mode {mode:o}): `chmod 600`, or 640 for a group"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        fs::write(&path, "hunter2\n").unwrap();
        let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        for fine in [0o600, 0o400, 0o640] {
            mode(fine);
            assert_eq!(read(&path).as_deref(), Ok("hunter2"));
        }
        for open in [0o644, 0o660, 0o604] {
            mode(open);
            assert!(read(&path).unwrap_err().contains("chmod 600"), "{open:o}");
        }
        assert!(read(dir.path()).is_err() && read(&dir.path().join("none")).is_err());
    }
}
