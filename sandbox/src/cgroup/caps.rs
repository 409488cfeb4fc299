//! What all jobs together may take: less memory than the host has, and the processor and disk after the rest of it.
//!
//! The caps stand in the base, above every slot. Memory: what the host (or the container that we are in) has, less a
//! reserve for the worker, the stores and the system. Processor and disk: half the weight that a group has by default,
//! so that a store beside us gets twice our share while both want all of it; alone, jobs get everything.
//!
//! Not here: the limits of one job (`limits`).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use model::host_note::HostNote;
use model::quantity::ByteSize;

use super::counters::number;
use super::group::{Controller, Place, write};
use super::mounts::Version;

/// A tenth of the memory is kept back by default, within these bounds.
const RESERVE_MIN: u64 = 256 * 1024 * 1024;
const RESERVE_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Half of the default weight, in each version's and controller's own measure.
const CPU_SHARES: &str = "512";
const CPU_WEIGHT: &str = "50";
const IO_WEIGHT: &str = "default 50";

/// Sets the caps of the base in `places`; `reserve` is kept back from jobs. Returns what could not be set.
pub(super) fn apply(
    proc: &Path,
    places: &BTreeMap<Controller, Place>,
    reserve: Option<ByteSize>,
) -> Vec<HostNote> {
    let mut missing = Vec::new();
    if let Some(memory) = places.get(&Controller::Memory) {
        let file = memory.dir.join(memory_file(memory.version));
        let cap = cap(available(proc, memory), reserve.map(ByteSize::as_bytes));
        if let Err(e) = write(&file, &cap.to_string()) {
            missing.push(HostNote::MemoryUncapped { why: failed(&file, &e) });
        }
    }
    if let Some(cpu) = places.get(&Controller::Cpu) {
        let (file, weight) = match cpu.version {
            Version::V1 => (cpu.dir.join("cpu.shares"), CPU_SHARES),
            Version::V2 => (cpu.dir.join("cpu.weight"), CPU_WEIGHT),
        };
        if let Err(e) = write(&file, weight) {
            missing.push(HostNote::ProcessorShared { why: failed(&file, &e) });
        }
        // Where the groups above give it; few hosts do.
        let io = cpu.dir.join("io.weight");
        if cpu.version == Version::V2
            && io.exists()
            && let Err(e) = write(&io, IO_WEIGHT)
        {
            missing.push(HostNote::DiskShared { why: failed(&io, &e) });
        }
    }
    missing
}

fn failed(file: &Path, error: &io::Error) -> String {
    format!("failed to write `{}`: {error}", file.display())
}

/// Returns the cap in whole pages of any size; at most half is kept back, so that a tiny host runs jobs too.
fn cap(available: u64, reserve: Option<u64>) -> u64 {
    let reserve =
        reserve.unwrap_or_else(|| (available / 10).clamp(RESERVE_MIN, RESERVE_MAX)).min(available / 2);
    (available - reserve) & !0xffff
}

/// Returns the memory of the host, or of the narrowest group above ours if that is less.
fn available(proc: &Path, memory: &Place) -> u64 {
    let text = fs::read_to_string(proc.join("meminfo")).unwrap_or_default();
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let above =
        memory.dir.ancestors().skip(1).filter_map(|dir| number(&dir.join(memory_file(memory.version))));
    above.chain(total.map(|kib| kib * 1024)).min().unwrap_or(i64::MAX.unsigned_abs())
}

fn memory_file(version: Version) -> &'static str {
    match version {
        Version::V1 => "memory.limit_in_bytes",
        Version::V2 => "memory.max",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1024 * 1024 * 1024;

    #[test]
    fn the_reserve_is_a_tenth_within_bounds_and_never_more_than_half() {
        assert_eq!(cap(20 * GIB, None), 18 * GIB);
        assert_eq!(cap(100 * GIB, None), 96 * GIB);
        assert_eq!(cap(GIB, None), GIB - RESERVE_MIN);
        assert_eq!(cap(GIB / 4, None), GIB / 8);
        assert_eq!(cap(8 * GIB, Some(GIB)), 7 * GIB);
        assert_eq!(cap(8 * GIB, Some(9 * GIB)), 4 * GIB);
    }

    #[test]
    fn a_narrower_group_above_counts_as_the_host() {
        let host = tempfile::tempdir().unwrap();
        fs::write(host.path().join("meminfo"), "MemTotal:       16777216 kB\nMemFree: 1 kB\n").unwrap();
        let dir = host.path().join("container/sandglass-a");
        fs::create_dir_all(&dir).unwrap();
        let memory = Place { dir, version: Version::V2 };
        fs::write(host.path().join("container/memory.max"), "max\n").unwrap();
        assert_eq!(available(host.path(), &memory), 16 * GIB);
        fs::write(host.path().join("container/memory.max"), format!("{}\n", 2 * GIB)).unwrap();
        assert_eq!(available(host.path(), &memory), 2 * GIB);
    }

    #[test]
    fn a_cap_that_is_not_taken_is_told() {
        let host = tempfile::tempdir().unwrap();
        let places =
            [(Controller::Memory, Place { dir: host.path().to_owned(), version: Version::V2 })].into();
        let missing = apply(host.path(), &places, None);
        assert!(missing[0].to_string().contains("memory.max"), "{missing:?}");
    }

    /// Caught when a version's weight is not written, or is that of everybody else.
    #[test]
    fn jobs_come_after_the_rest_at_processor_and_disk() {
        let table: [(_, &[(&str, &str)]); 2] = [
            (Version::V1, &[("cpu.shares", "512")]),
            (Version::V2, &[("cpu.weight", "50"), ("io.weight", "default 50")]),
        ];
        for (version, files) in table {
            let host = tempfile::tempdir().unwrap();
            files.iter().for_each(|(file, _)| fs::write(host.path().join(file), "100\n").unwrap());
            let places = [(Controller::Cpu, Place { dir: host.path().to_owned(), version })].into();
            assert_eq!(apply(host.path(), &places, None), [] as [HostNote; 0]);
            for (file, weight) in files {
                assert!(fs::read_to_string(host.path().join(file)).unwrap().starts_with(weight), "{file}");
            }
        }
        // Few hosts give the disk's; without it nothing is missed.
        let host = tempfile::tempdir().unwrap();
        fs::write(host.path().join("cpu.weight"), "100\n").unwrap();
        let places = [(Controller::Cpu, Place { dir: host.path().to_owned(), version: Version::V2 })].into();
        assert_eq!(apply(host.path(), &places, None), [] as [HostNote; 0]);
        assert!(!host.path().join("io.weight").exists());
    }
}
