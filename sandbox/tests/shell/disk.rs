//! A small file system under the folder of runs, filled to the page: for both executors.
//!
//! Needs root; without, it says so and the test ends.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use model::outcome::Stage;
use model::ports::{StartError, Whose};
use nix::mount::{MntFlags, MsFlags, mount, umount2};

/// What this file system gives at a time, in bytes.
const PAGE: u64 = 4_096;
/// What fills it.
const FILLER: &str = "filler";

/// A file system of 1 MiB in memory, gone with this.
pub(crate) struct Small(PathBuf);

impl Small {
    /// Mounts one at a folder, which is made.
    pub(crate) fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        match mount(Some("tmpfs"), at, Some("tmpfs"), MsFlags::empty(), Some("size=1m,mode=0755")) {
            Ok(()) => Some(Self(at.to_owned())),
            Err(error) => {
                eprintln!("skipped: mounting a small file system needs root ({error})");
                None
            }
        }
    }

    /// Fills it but for so many pages.
    pub(crate) fn leave(&self, pages: u64) {
        let mut file = File::options().create(true).append(true).open(self.0.join(FILLER)).unwrap();
        // The refusal is what is wanted.
        while file.write_all(&[1; PAGE as usize]).is_ok() {}
        let full = file.metadata().unwrap().len().next_multiple_of(PAGE);
        file.set_len(full - pages * PAGE).unwrap();
    }

    /// Sees that a start was refused for want of room: told with what, where, why and the fix, and nothing left of it.
    pub(crate) fn refused(&self, error: &StartError) {
        assert_eq!((error.stage, error.whose), (Stage::Folder, Whose::Worker), "{}", error.message);
        let said = &error.message;
        assert!(said.contains("No space left on device (os error 28)"), "{said}");
        assert!(said.contains(&self.0.display().to_string()), "{said}");
        assert!(said.contains("hint: free space on the disk of the data folder"), "{said}");
        let left: Vec<_> = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let runs = left.iter().filter(|name| name.len() == 24).count();
        assert_eq!(runs, 0, "nothing of the run stays: {left:?}");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        umount2(&self.0, MntFlags::MNT_DETACH).expect("what was mounted is unmounted");
    }
}
