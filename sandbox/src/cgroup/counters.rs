//! Reads what the kernel counted in a group: memory, processor time, processes.
//!
//! A file or a line that is not there gives `None`: kernels differ in what they count, and absence is not zero.

use std::fs;
use std::path::Path;

use model::quantity::ByteSize;
use model::time::Span;

use super::group::{Controller, Group};
use super::mounts::Version;

/// What the kernel counted in a group since it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Processes that the kernel killed for want of memory.
    pub(crate) oom_kills: Option<u64>,
    /// Most memory charged at one time.
    pub(crate) memory_peak: Option<ByteSize>,
    /// Processor time in user mode.
    pub(crate) cpu_user: Option<Span>,
    /// Processor time in the kernel.
    pub(crate) cpu_system: Option<Span>,
    /// Most processes and threads at one time.
    pub(crate) pids_peak: Option<u32>,
    /// Forks that the limit refused.
    pub(crate) pids_refused: Option<u64>,
}

/// Reads the counters of `group`.
pub(crate) fn read(group: &Group) -> Counters {
    let mut counters = Counters::default();
    if let Some(memory) = group.place(Controller::Memory) {
        let (events, peak) = match memory.version {
            Version::V1 => ("memory.oom_control", "memory.max_usage_in_bytes"),
            Version::V2 => ("memory.events", "memory.peak"),
        };
        counters.oom_kills = keyed(&memory.dir.join(events), "oom_kill");
        counters.memory_peak = number(&memory.dir.join(peak)).map(ByteSize::from_bytes);
    }
    if let Some(pids) = group.place(Controller::Pids) {
        counters.pids_peak = number(&pids.dir.join("pids.peak")).and_then(|n| u32::try_from(n).ok());
        counters.pids_refused = keyed(&pids.dir.join("pids.events"), "max");
    }
    let micros = |n: u64| Span::from_millis(n / 1_000);
    let nanos = |n: u64| Span::from_millis(n / 1_000_000);
    if let Some(unified) = group.unified() {
        // A version 2 group counts processor time even without any controller.
        counters.cpu_user = keyed(&unified.join("cpu.stat"), "user_usec").map(micros);
        counters.cpu_system = keyed(&unified.join("cpu.stat"), "system_usec").map(micros);
    } else if let Some(place) = group.place(Controller::Cpuacct) {
        counters.cpu_user = number(&place.dir.join("cpuacct.usage_user")).map(nanos);
        counters.cpu_system = number(&place.dir.join("cpuacct.usage_sys")).map(nanos);
    }
    counters
}

/// Returns the number that stands alone in a file.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Returns the number after `key` in a file of `key number` lines.
fn keyed(path: &Path, key: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_matched_whole() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("memory.events");
        fs::write(&file, "low 0\noom 4\noom_kill 2\noom_group_kill 1\n").unwrap();
        assert_eq!(keyed(&file, "oom_kill"), Some(2));
        assert_eq!(keyed(&file, "oom"), Some(4));
        assert_eq!(keyed(&file, "oom_"), None);
        assert_eq!(keyed(&dir.path().join("none"), "oom"), None);
    }

    #[test]
    fn a_limit_without_a_number_is_absent() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pids.peak");
        fs::write(&file, "max\n").unwrap();
        assert_eq!(number(&file), None);
        fs::write(&file, "17\n").unwrap();
        assert_eq!(number(&file), Some(17));
    }
}
