//! Reads what the kernel counted in a group: memory, processor time, processes.
//!
//! A group is used by one run after the other, and the kernel's counters go on: what one run did is the difference
//! of two readings. A file or a line that is not there gives `None`: kernels differ in what they count, and absence
//! is not zero.

use std::path::Path;

use model::quantity::ByteSize;
use model::time::Span;

use super::group::{Controller, Group};
use super::mounts::Version;
use super::peak::PeakBy;
use crate::kernel_file;

/// What the kernel counted for one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Processes that the kernel killed for want of memory.
    pub(crate) oom_kills: Option<u64>,
    /// Most memory charged at one time.
    pub(crate) memory_peak: Option<ByteSize>,
    /// How the kernel was brought to tell the peak of this run apart from those before it.
    pub(crate) memory_peak_by: Option<PeakBy>,
    /// Processor time in user mode.
    pub(crate) cpu_user: Option<Span>,
    /// Processor time in the kernel.
    pub(crate) cpu_system: Option<Span>,
    /// Periods of the processor quota in which a processor was wanted.
    pub(crate) cpu_periods: Option<u64>,
    /// Periods in which the processor quota was used up.
    pub(crate) throttled_periods: Option<u64>,
    /// Time that its processes were kept from the processor by the quota.
    pub(crate) throttled: Option<Span>,
    /// Most processes and threads at one time; absent when an earlier run of the group had as many.
    pub(crate) pids_peak: Option<u32>,
    /// Forks that the limit refused.
    pub(crate) pids_refused: Option<u64>,
}

/// The kernel's counters at one moment, since the group was made. Times in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reading {
    oom_kills: Option<u64>,
    user_us: Option<u64>,
    system_us: Option<u64>,
    cpu_periods: Option<u64>,
    throttled_periods: Option<u64>,
    throttled_us: Option<u64>,
    pids_peak: Option<u64>,
    pids_refused: Option<u64>,
}

impl Reading {
    /// Reads the counters of `group`.
    pub(super) fn of(group: &Group) -> Self {
        let mut reading = Self::default();
        if let Some(memory) = group.place(Controller::Memory) {
            let events = match memory.version {
                Version::V1 => "memory.oom_control",
                Version::V2 => "memory.events",
            };
            reading.oom_kills = keyed(&read(group, &memory.dir, events), "oom_kill");
        }
        if let Some(pids) = group.place(Controller::Pids) {
            reading.pids_peak = group.number(&pids.dir.join("pids.peak"));
            reading.pids_refused = keyed(&read(group, &pids.dir, "pids.events"), "max");
        }
        reading.read_cpu(group);
        reading
    }

    fn read_cpu(&mut self, group: &Group) {
        // A version 2 group counts processor time even without any controller.
        let unified = group.unified().map(|dir| read(group, dir, "cpu.stat")).unwrap_or_default();
        self.user_us = keyed(&unified, "user_usec");
        self.system_us = keyed(&unified, "system_usec");
        if group.unified().is_none()
            && let Some(place) = group.place(Controller::Cpuacct)
        {
            let micros = |file: &str| group.number(&place.dir.join(file)).map(|nanos| nanos / 1_000);
            (self.user_us, self.system_us) = (micros("cpuacct.usage_user"), micros("cpuacct.usage_sys"));
        }
        let Some(cpu) = group.place(Controller::Cpu) else { return };
        let (stat, in_micros) = match cpu.version {
            Version::V1 => {
                let stat = read(group, &cpu.dir, "cpu.stat");
                let nanos = keyed(&stat, "throttled_time");
                (stat, nanos.map(|nanos| nanos / 1_000))
            }
            Version::V2 => {
                let micros = keyed(&unified, "throttled_usec");
                (unified, micros)
            }
        };
        self.cpu_periods = keyed(&stat, "nr_periods");
        self.throttled_periods = keyed(&stat, "nr_throttled");
        self.throttled_us = in_micros;
    }

    /// Returns what was counted since `before`.
    pub(super) fn since(&self, before: &Self) -> Counters {
        let span = |micros: u64| Span::from_millis(micros / 1_000);
        // No run has less than one.
        let peak =
            self.pids_peak.filter(|now| *now == 1 || before.pids_peak.is_none_or(|earlier| earlier < *now));
        Counters {
            oom_kills: difference(self.oom_kills, before.oom_kills),
            memory_peak: None,
            memory_peak_by: None,
            cpu_user: difference(self.user_us, before.user_us).map(span),
            cpu_system: difference(self.system_us, before.system_us).map(span),
            cpu_periods: difference(self.cpu_periods, before.cpu_periods),
            throttled_periods: difference(self.throttled_periods, before.throttled_periods),
            throttled: difference(self.throttled_us, before.throttled_us).map(span),
            pids_peak: peak.and_then(|peak| u32::try_from(peak).ok()),
            pids_refused: difference(self.pids_refused, before.pids_refused),
        }
    }
}

fn difference(now: Option<u64>, before: Option<u64>) -> Option<u64> {
    Some(now?.saturating_sub(before.unwrap_or(0)))
}

fn read(group: &Group, dir: &Path, file: &str) -> String {
    group.read(&dir.join(file)).unwrap_or_default()
}

/// Returns the number that stands alone in a file.
pub(super) fn number(path: &Path) -> Option<u64> {
    kernel_file::read(path).ok()?.trim().parse().ok()
}

/// Returns the number after `key` in a text of `key number` lines.
pub(super) fn keyed(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_is_matched_whole() {
        let text = "low 0\noom 4\noom_kill 2\noom_group_kill 1\n";
        assert_eq!(keyed(text, "oom_kill"), Some(2));
        assert_eq!(keyed(text, "oom"), Some(4));
        assert_eq!(keyed(text, "oom_"), None);
        assert_eq!(keyed("", "oom"), None);
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

    #[test]
    fn a_run_is_told_what_it_did_and_not_what_the_one_before_it_did() {
        let before =
            Reading { oom_kills: Some(2), user_us: Some(5_400), pids_peak: Some(64), ..Reading::default() };
        let after = Reading { oom_kills: Some(3), user_us: Some(9_900), pids_peak: Some(64), ..before };
        let counted = after.since(&before);
        assert_eq!(counted.oom_kills, Some(1));
        assert_eq!(counted.cpu_user, Some(Span::from_millis(4)));
        assert_eq!(counted.pids_peak, None, "as many as before may be the one before");
        assert_eq!(Reading { pids_peak: Some(65), ..after }.since(&before).pids_peak, Some(65));
        let one = Reading { pids_peak: Some(1), ..before };
        assert_eq!(one.since(&one).pids_peak, Some(1), "a run has one at least");
        assert_eq!(counted.pids_refused, None, "what the kernel does not count is not zero");
    }
}
