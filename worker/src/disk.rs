//! How much of a disk is free, as a worker's status tells it: in hundredths, so that it changes seldom.

use std::path::Path;

/// Returns how much of the disk that holds `folder` an ordinary user may still fill, in hundredths; none where the
/// system does not say.
pub(crate) fn free_percent(folder: &Path) -> Option<u8> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let free = disk.f_bavail.checked_mul(100)?.checked_div(disk.f_blocks)?;
    u8::try_from(free).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_there_has_between_none_and_all_of_it_free() {
        assert!(free_percent(Path::new("/")).is_some_and(|free| free <= 100));
        assert_eq!(free_percent(Path::new("/not/there")), None);
    }
}
