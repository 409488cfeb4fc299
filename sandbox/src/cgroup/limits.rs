//! Writes the limits of one run into its group, and lifts those of the run before it.
//!
//! Each number is read back: a limit counts as set when it stands there. What stands there already is not written
//! again, so that a job that comes back to a group of its own kind costs reads only.
//!
//! Not here: which limits this host can hold at all (`base`), and the writing itself (`files`).

use std::io;
use std::path::{Path, PathBuf};

use model::limits::{LimitName, Limits};
use model::outcome::Applied;

use super::files::Files;
use super::group::{Controller, Group, Place, by};
use super::mounts::Version;

/// A limit read back may differ by the rounding to pages of any size.
const ROUNDING: u64 = 64 * 1024;
/// The period of a processor quota, in microseconds.
const CPU_PERIOD_US: u64 = 100_000;
/// The longest period that the kernel takes, for quotas that are too small within the usual one.
const CPU_PERIOD_LONG_US: u64 = 1_000_000;
/// From here on a number of version 1 means no limit: it reads back as the highest page.
const UNLIMITED: u64 = 1 << 62;

/// A limit that could not be set.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) limit: LimitName,
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}

/// Sets the limits that are asked for and lifts the others.
///
/// # Errors
/// The first limit that the kernel did not take.
pub(super) fn apply(group: &Group, limits: &Limits) -> Result<Vec<Applied>, Refusal> {
    let mut applied = Vec::new();
    let asked = limits.memory.map(model::quantity::ByteSize::as_bytes);
    if let Some(place) = needed(group, LimitName::Memory, Controller::Memory, asked.is_some())? {
        let no_swap = limit_memory(group, place, asked)?;
        let words = if no_swap { ", no swap" } else { "" };
        applied.extend(asked.map(|_| Applied {
            limit: LimitName::Memory,
            held: true,
            by: format!("{}{words}", by(place, Controller::Memory)),
        }));
    }
    let asked = limits.pids.map(u64::from);
    if let Some(place) = needed(group, LimitName::Pids, Controller::Pids, asked.is_some())? {
        set(group, LimitName::Pids, place, "pids.max", asked, || Files::open(group).set_pids(asked))?;
        let by = || by(place, Controller::Pids);
        applied.extend(asked.map(|_| Applied { limit: LimitName::Pids, held: true, by: by() }));
    }
    let asked = limits.cpu.map(|cpu| u64::from(cpu.as_milli()));
    if let Some(place) = needed(group, LimitName::Cpu, Controller::Cpu, asked.is_some())? {
        limit_cpu(group, place, asked)?;
        let by = || by(place, Controller::Cpu);
        applied.extend(asked.map(|_| Applied { limit: LimitName::Cpu, held: true, by: by() }));
    }
    Ok(applied)
}

/// Returns where a limit is written; a limit that is asked for needs such a place.
fn needed(
    group: &Group,
    limit: LimitName,
    controller: Controller,
    asked: bool,
) -> Result<Option<&Place>, Refusal> {
    match group.place(controller) {
        None if asked => Err(Refusal {
            limit,
            path: PathBuf::from("/sys/fs/cgroup"),
            error: io::Error::from(io::ErrorKind::Unsupported),
        }),
        place => Ok(place),
    }
}

/// Returns true when swap is held as well.
fn limit_memory(group: &Group, place: &Place, bytes: Option<u64>) -> Result<bool, Refusal> {
    let files = || Files::open(group);
    let set = |file: &str, value: Option<u64>| {
        set(group, LimitName::Memory, place, file, value, || files().set_memory(file, value))
    };
    match place.version {
        Version::V1 => {
            let stands = group.read(&place.dir.join("memory.memsw.limit_in_bytes"));
            let with_swap = stands.is_ok();
            if stands.is_ok_and(|read| !is_value(read.trim(), bytes)) {
                // The kernel keeps it at or above the other one, so it gives way first.
                set("memory.memsw.limit_in_bytes", None)?;
            }
            set("memory.limit_in_bytes", bytes)?;
            if with_swap {
                set("memory.memsw.limit_in_bytes", bytes)?;
            }
            Ok(with_swap)
        }
        Version::V2 => {
            set("memory.max", bytes)?;
            let with_swap = place.dir.join("memory.swap.max").exists();
            if with_swap {
                set("memory.swap.max", bytes.map(|_| 0))?;
            }
            Ok(with_swap)
        }
    }
}

fn limit_cpu(group: &Group, place: &Place, milli: Option<u64>) -> Result<(), Refusal> {
    // The kernel takes no quota below 1 ms.
    let period = if milli.is_some_and(|milli| milli < 10) { CPU_PERIOD_LONG_US } else { CPU_PERIOD_US };
    let quota = milli.map(|milli| milli * period / 1_000);
    let files = || Files::open(group);
    match place.version {
        Version::V1 => {
            if quota.is_some() {
                set(group, LimitName::Cpu, place, "cpu.cfs_period_us", Some(period), || {
                    files().set_period(period)
                })?;
            }
            set(group, LimitName::Cpu, place, "cpu.cfs_quota_us", quota, || files().set_quota(quota))
        }
        Version::V2 => {
            let text = quota.map_or_else(|| format!("max {period}"), |quota| format!("{quota} {period}"));
            let path = place.dir.join("cpu.max");
            let stands = |read: &str| read == text;
            put(group, &path, &text, quota.is_none(), stands, || files().set_quota_and_period(quota, period))
                .map_err(|error| Refusal { limit: LimitName::Cpu, path: path.clone(), error })
        }
    }
}

/// Has one number written, or that there is none, and reads it back.
fn set(
    group: &Group,
    limit: LimitName,
    place: &Place,
    file: &str,
    value: Option<u64>,
    write: impl FnOnce() -> io::Result<()>,
) -> Result<(), Refusal> {
    let path = place.dir.join(file);
    let text = value.map_or_else(|| "no limit".to_owned(), |value| value.to_string());
    let stands = |read: &str| is_value(read, value);
    put(group, &path, &text, value.is_none(), stands, write).map_err(|error| Refusal {
        limit,
        path: path.clone(),
        error,
    })
}

/// Has `text` written unless it stands there already. What counts is what stands there afterwards, at our own path.
fn put(
    group: &Group,
    path: &Path,
    text: &str,
    lifts: bool,
    stands: impl Fn(&str) -> bool,
    write: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    match group.read(path) {
        Ok(read) if stands(read.trim()) => return Ok(()),
        // What this kernel cannot hold need not be lifted.
        Err(e) if lifts && e.kind() == io::ErrorKind::NotFound => return Ok(()),
        // Nothing is written to a file that is not there.
        Err(e) => return Err(e),
        Ok(_) => {}
    }
    write()?;
    let read = group.read(path)?;
    if stands(read.trim()) {
        return Ok(());
    }
    Err(io::Error::other(format!("`{text}` was written and `{}` stands there", read.trim())))
}

fn is_value(read: &str, value: Option<u64>) -> bool {
    match (read.parse::<u64>(), value) {
        (Ok(now), Some(value)) => now == value || (value >= ROUNDING && now.abs_diff(value) < ROUNDING),
        (Ok(now), None) => now >= UNLIMITED,
        (Err(_), Some(_)) => false,
        (Err(_), None) => read == "max" || read == "-1",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use model::quantity::{ByteSize, CpuShare};

    use super::*;

    fn fake(version: Version, files: &[&str]) -> (tempfile::TempDir, Group) {
        let root = tempfile::tempdir().unwrap();
        let place = Place { dir: root.path().to_owned(), version };
        let places = [Controller::Memory, Controller::Cpu, Controller::Pids].map(|c| (c, place.clone()));
        let unified = (version == Version::V2).then(|| root.path().to_owned());
        let group = Group::make("run-a", unified.as_deref(), &places.into()).unwrap();
        for file in files {
            let fresh = if *file == "cpu.max" { "max 100000\n" } else { "" };
            fs::write(root.path().join("run-a").join(file), fresh).unwrap();
        }
        (root, group)
    }

    fn limits() -> Limits {
        Limits {
            memory: Some(ByteSize::from_mib(64)),
            cpu: Some(CpuShare::from_milli(500)),
            pids: Some(32),
            ..Limits::default()
        }
    }

    fn file(group: &Group, name: &str) -> String {
        fs::read_to_string(group.dirs()[0].join(name)).unwrap()
    }

    #[test]
    fn version_1_limits_go_to_their_files_and_are_lifted_for_the_next_run() {
        let files = [
            "memory.limit_in_bytes",
            "memory.memsw.limit_in_bytes",
            "cpu.cfs_period_us",
            "cpu.cfs_quota_us",
            "pids.max",
        ];
        let (_root, group) = fake(Version::V1, &files);
        let applied = group.limit(&limits()).unwrap();
        assert_eq!(applied[0].by, "cgroup v1 memory, no swap");
        assert_eq!(file(&group, "memory.limit_in_bytes"), "67108864");
        assert_eq!(file(&group, "memory.memsw.limit_in_bytes"), "67108864");
        assert_eq!(file(&group, "cpu.cfs_quota_us"), "50000");
        assert_eq!(file(&group, "pids.max"), "32");
        assert_eq!(group.limit(&Limits::default()).unwrap(), []);
        let lifted = ["-1", "-1", "100000", "-1", "max"];
        assert_eq!(files.map(|name| file(&group, name)), lifted);
    }

    #[test]
    fn version_2_limits_go_to_their_files_and_are_lifted_for_the_next_run() {
        let files = ["memory.max", "memory.swap.max", "cpu.max", "pids.max"];
        let (_root, group) = fake(Version::V2, &files);
        group.limit(&limits()).unwrap();
        assert_eq!(files.map(|name| file(&group, name)), ["67108864", "0", "50000 100000", "32"]);
        group.limit(&Limits::default()).unwrap();
        assert_eq!(files.map(|name| file(&group, name)), ["max", "max", "max 100000", "max"]);
    }

    #[test]
    fn a_tiny_share_takes_a_longer_period() {
        let (_root, group) = fake(Version::V2, &["cpu.max"]);
        let limits = Limits { cpu: Some(CpuShare::from_milli(1)), ..Limits::default() };
        group.limit(&limits).unwrap();
        assert_eq!(file(&group, "cpu.max"), "1000 1000000");
    }

    #[test]
    fn a_limit_without_its_file_is_refused_and_named() {
        let (_root, group) = fake(Version::V2, &[]);
        let refusal = group.limit(&limits()).unwrap_err();
        assert_eq!(refusal.limit, LimitName::Memory);
        assert!(refusal.path.ends_with("run-a/memory.max"), "{refusal:?}");
        assert!(!refusal.path.exists(), "nothing is created in its place");
    }

    #[test]
    fn what_stands_there_already_is_not_written_again() {
        let (_root, group) = fake(Version::V2, &["pids.max"]);
        let path = group.dirs()[0].join("pids.max");
        fs::write(&path, "32\n").unwrap();
        group.limit(&Limits { pids: Some(32), ..Limits::default() }).unwrap();
        assert_eq!(file(&group, "pids.max"), "32\n", "a write would have taken the end of the line");
    }
}
