//! The groups above a base: an owner may name one that is not there yet (`--cgroup-root`).
//!
//! What we make there bears a mark, and goes with the last base below it, whichever process that belongs to. What the
//! owner made stays, with all that was set on it.
//!
//! Not here: the bases themselves (`base`), and those of workers that are gone (`abandoned`).

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{XattrFlags, getxattr, setxattr};

/// The mark: root may set the first on each version, who owns a group of version 2 the second.
const NAMES: [&str; 2] = ["trusted.sandglass.made", "user.sandglass.made"];
/// How often a base is tried below a group that goes at this very moment, with another base.
const TRIES: u32 = 5;

/// Makes the base `dir`, and what is missing above it.
///
/// # Errors
/// As the file system says.
pub(super) fn make(dir: &Path) -> io::Result<()> {
    let mut tries = 0;
    loop {
        match attempt(dir) {
            Err(e) if e.kind() == io::ErrorKind::NotFound && tries < TRIES => tries += 1,
            made => return made,
        }
    }
}

fn attempt(dir: &Path) -> io::Result<()> {
    dir.parent().map_or(Ok(()), make_above)?;
    made(fs::create_dir(dir))
}

fn make_above(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    dir.parent().map_or(Ok(()), make_above)?;
    match fs::create_dir(dir) {
        Ok(()) => {
            // Without a mark it stays.
            let _ = NAMES.iter().find(|name| setxattr(dir, **name, b"", XattrFlags::empty()).is_ok());
            Ok(())
        }
        failed => made(failed),
    }
}

fn made(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|e| if e.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(e) })
}

/// Removes the groups above a base that is gone, as far as we made them and nothing else stands in them.
pub(super) fn leave(base: &Path) {
    let ours = |dir: &&Path| NAMES.iter().any(|name| getxattr(*dir, *name, &mut [0_u8; 1]).is_ok());
    for dir in base.ancestors().skip(1).take_while(ours) {
        if fs::remove_dir(dir).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Caught when what the owner made goes as well, when nothing goes, or when a base of somebody else goes with it.
    #[test]
    fn what_we_made_goes_with_the_last_base_in_it() {
        let owners = tempfile::tempdir().unwrap();
        let root = owners.path().join("a/b");
        let [first, second] = ["first", "second"].map(|name| root.join(name));
        make(&first).unwrap();
        make(&second).unwrap();
        make(&second).unwrap();
        if !NAMES.iter().any(|name| getxattr(&root, *name, &mut [0_u8; 1]).is_ok()) {
            eprintln!("skipped: nothing can be marked on this file system");
            return;
        }
        fs::remove_dir(&first).unwrap();
        leave(&first);
        assert!(second.exists());
        fs::remove_dir(&second).unwrap();
        leave(&second);
        assert!(owners.path().exists() && fs::read_dir(owners.path()).unwrap().next().is_none());
    }
}
