//! Most memory of one run in a group that others used before it.
//!
//! Version 1 forgets the peak when a zero is written. Version 2 keeps one for each open file since Linux 6.12: a
//! write starts it anew, for that descriptor alone. Before that it only grows: then the pool makes groups with a
//! high peak anew, and a run below what stayed is not told apart (`None`, never a number of somebody else).

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use model::quantity::ByteSize;

use super::counters::number;
use super::group::{Controller, Group};
use super::mounts::Version;

/// How the peak of one run is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeakBy {
    /// The group's peak was set back.
    SetBack,
    /// A descriptor of its own has it (version 2, Linux 6.12 and later).
    Descriptor,
    /// It is higher than that of all runs before it in the group.
    Highest,
}

impl fmt::Display for PeakBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SetBack => "peak set back for each run",
            Self::Descriptor => "peak since a descriptor of the run was set back",
            Self::Highest => "peak of the group since it was made",
        })
    }
}

/// Measures from its making on.
#[derive(Debug)]
pub(super) enum Meter {
    SetBack { group: Group, file: PathBuf },
    Descriptor(File),
    Growing { file: PathBuf, before: u64 },
    Absent,
}

impl Meter {
    /// Starts to measure in `group`.
    pub(super) fn start(group: &Group) -> Self {
        let Some(place) = group.place(Controller::Memory) else { return Self::Absent };
        match place.version {
            Version::V1 => {
                let file = place.dir.join("memory.max_usage_in_bytes");
                if group.write(&file, "0").is_err() {
                    return Self::Absent;
                }
                Self::SetBack { group: group.clone(), file }
            }
            Version::V2 => {
                let file = place.dir.join("memory.peak");
                let own = OpenOptions::new().read(true).write(true).open(&file);
                match own.and_then(|mut own| own.write_all(b"0").map(|()| own)) {
                    Ok(own) => Self::Descriptor(own),
                    Err(_) => match number(&file) {
                        Some(before) => Self::Growing { file, before },
                        None => Self::Absent,
                    },
                }
            }
        }
    }

    /// Returns the peak since the start, and how it was told apart.
    pub(super) fn read(&self) -> Option<(ByteSize, PeakBy)> {
        let (bytes, by) = match self {
            Self::SetBack { group, file } => (group.number(file)?, PeakBy::SetBack),
            Self::Descriptor(own) => {
                let mut text = [0; 32];
                let len = own.read_at(&mut text, 0).ok()?;
                (std::str::from_utf8(&text[..len]).ok()?.trim().parse().ok()?, PeakBy::Descriptor)
            }
            Self::Growing { file, before } => (number(file).filter(|now| now > before)?, PeakBy::Highest),
            Self::Absent => return None,
        };
        Some((ByteSize::from_bytes(bytes), by))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_peak_that_only_grows_is_never_taken_from_an_earlier_run() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("memory.peak");
        fs::write(&file, "4096\n").unwrap();
        let meter = Meter::Growing { file: file.clone(), before: 4_096 };
        assert_eq!(meter.read(), None);
        fs::write(&file, "8192\n").unwrap();
        assert_eq!(meter.read(), Some((ByteSize::from_bytes(8_192), PeakBy::Highest)));
    }
}
