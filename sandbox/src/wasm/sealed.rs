//! Bytes in memory that nobody can change any more, as a file that another process can be handed.

use std::fs::File;
use std::io::{self, Write as _};

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// Returns an empty file in memory, for somebody to write into.
///
/// # Errors
/// As the kernel says.
pub(super) fn blank(name: &str) -> io::Result<File> {
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    Ok(File::from(memfd_create(name, flags)?))
}

/// Returns a file that holds `bytes` for ever.
///
/// # Errors
/// As the kernel says; no memory is left.
pub(super) fn sealed(name: &str, bytes: &[u8]) -> io::Result<File> {
    let mut file = blank(name)?;
    file.write_all(bytes)?;
    let seals =
        SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
    fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn what_is_sealed_is_read_and_never_written() {
        let file = sealed("test", b"code").unwrap();
        let mut read = [0; 4];
        file.read_exact_at(&mut read, 0).unwrap();
        assert_eq!(&read, b"code");
        assert!(file.write_at(b"x", 0).is_err());
        assert!(file.set_len(0).is_err());
    }
}
