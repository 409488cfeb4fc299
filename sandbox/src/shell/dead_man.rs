//! Until when the worker's lease surely holds, as a small file that the shims of runs with `when_cut_off: kill` read.
//!
//! The worker writes it with each confirmed lease; a shim looks when its run would have to end, so a renewal costs
//! one write however many runs there are, and counts for shims of any supervisor, dead or alive. A worker that is
//! gone, frozen or cut off writes nothing, and the runs end by themselves: a dead man's switch.
//!
//! Not here: what is stopped when (`shim`, by `model::state::cut_off_at`).

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use model::time::BootTime;

use super::process::boot_id;

/// The file's name begins so; the boot follows, since instants of two boots cannot be compared.
const PREFIX: &str = "lease-";

/// The file of this boot.
#[derive(Debug)]
pub(super) struct LeaseFile(File);

impl LeaseFile {
    /// Opens the file in `folder` to write it, and removes those of other boots. What stands in it stays.
    ///
    /// # Errors
    /// As the file system says.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let own = path(folder);
        for entry in fs::read_dir(folder)?.flatten() {
            let is_lease = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
            if is_lease && entry.path() != own {
                fs::remove_file(entry.path())?;
            }
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        options.open(own).map(Self)
    }

    /// Opens the file to read it; none where no worker ever wrote one.
    pub(super) fn look(folder: &Path) -> Option<Self> {
        File::open(path(folder)).ok().map(Self)
    }

    /// Writes until when the lease holds. Blocks as long as the disk does.
    ///
    /// # Errors
    /// As the file system says.
    pub(super) fn write(&self, until: BootTime) -> io::Result<()> {
        let millis = until.as_millis();
        let mut record = [0; 16];
        record[..8].copy_from_slice(&millis.to_le_bytes());
        // A reader that sees half of two writes knows it.
        record[8..].copy_from_slice(&(!millis).to_le_bytes());
        self.0.write_all_at(&record, 0)
    }

    /// Returns what was written last; none when nothing was, or when it is just being written.
    pub(super) fn read(&self) -> Option<BootTime> {
        let (mut millis, mut inverse) = ([0; 8], [0; 8]);
        self.0.read_exact_at(&mut millis, 0).ok()?;
        self.0.read_exact_at(&mut inverse, 8).ok()?;
        let (millis, inverse) = (u64::from_le_bytes(millis), u64::from_le_bytes(inverse));
        (millis == !inverse).then_some(BootTime::from_millis(millis))
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(format!("{PREFIX}{}", boot_id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_other_boots_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("lease-of-another-boot"), [0; 16]).unwrap();
        assert!(LeaseFile::look(folder.path()).is_none());
        let lease = LeaseFile::open(folder.path()).unwrap();
        let seen = LeaseFile::look(folder.path()).unwrap();
        assert_eq!(seen.read(), None, "nothing was confirmed yet");
        for millis in [7_000, 9_000, 1_000] {
            lease.write(BootTime::from_millis(millis)).unwrap();
            assert_eq!(seen.read(), Some(BootTime::from_millis(millis)));
        }
        assert_eq!(LeaseFile::open(folder.path()).unwrap().read(), Some(BootTime::from_millis(1_000)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn half_of_two_writes_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let lease = LeaseFile::open(folder.path()).unwrap();
        lease.write(BootTime::from_millis(7_000)).unwrap();
        lease.0.write_all_at(&9_000u64.to_le_bytes(), 0).unwrap();
        assert_eq!(lease.read(), None);
    }
}
