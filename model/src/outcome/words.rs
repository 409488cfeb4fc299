//! How a run ended, told in words with its figures: the same in the server's answers, on the command line, on the page.
//!
//! The first part says what ended it; what else somebody should know follows after semicolons.

use super::{End, NetworkRefused, Outcome, Stop};
use crate::quantity::{ByteSize, grouped};

/// Throttled in fewer than this many of a hundred periods is not worth a word.
const THROTTLED_PERCENT_MIN: u64 = 10;

impl Outcome {
    /// Returns why it ended, in words (`exit code 3`, `stopped: timeout 5s reached, ignored TERM, killed after 2s
    /// grace`, `killed: memory limit 64MiB reached, peak 64.0 MiB`).
    pub fn in_words(&self) -> String {
        let mut words = self.end_in_words();
        let notes = [
            self.memory_note(),
            self.pids_note(),
            self.throttled_note(),
            self.network_note(),
            self.output_note(),
        ];
        for note in notes.into_iter().flatten() {
            words.push_str("; ");
            words.push_str(&note);
        }
        words
    }

    fn end_in_words(&self) -> String {
        let mut words = match (&self.end, self.stop) {
            (End::NotStarted { stage, message }, _) => return format!("not started ({stage}): {message}"),
            (End::HostError { message }, _) => return format!("sandbox failed: {message}"),
            (End::Lost { why }, _) => return format!("lost: {why}"),
            (_, Some(stop)) => format!("stopped: {}{}", self.stop_in_words(stop), self.escalation()),
            (_, None) if self.out_of_fuel => format!("stopped: {} used up", self.fuel_limit()),
            (End::Exited { code }, None) => format!("exit code {code}"),
            (_, None) if self.out_of_memory => {
                format!("killed: {} reached{}", self.memory_limit(), self.memory_peak())
            }
            (End::Signaled { signal, core }, None) => {
                format!("{}{}", signal_in_words(*signal), if *core { ", core file left" } else { "" })
            }
            (End::Trapped { trap, .. }, None) => format!("trapped: {trap}"),
        };
        match self.leftovers_killed {
            0 => {}
            1 => words.push_str(", 1 process left behind and killed"),
            left => words.push_str(&format!(", {} processes left behind and killed", grouped(left.into()))),
        }
        words
    }

    fn stop_in_words(&self, stop: Stop) -> String {
        match (stop, &self.limits) {
            (Stop::Timeout, Some(limits)) => format!("timeout {} reached", limits.timeout),
            (Stop::Timeout, None) => "timeout reached".to_owned(),
            (stop, _) => stop.to_string(),
        }
    }

    fn escalation(&self) -> String {
        match (self.escalated, &self.limits) {
            (false, _) => String::new(),
            (true, Some(limits)) => format!(", ignored TERM, killed after {} grace", limits.grace),
            (true, None) => ", ignored TERM, killed after its grace".to_owned(),
        }
    }

    /// A script may live on after the kernel killed one of its processes for want of memory, and so may one that
    /// was stopped later. A module, which alone has fuel, is told that there is no more and decides by itself.
    fn memory_note(&self) -> Option<String> {
        let told = self.stop.is_none() && !matches!(self.end, End::Exited { .. });
        (self.out_of_memory && !told && !self.out_of_fuel).then(|| {
            let module = self.usage.fuel.is_some();
            let done = if module { "more was refused" } else { "the kernel killed a process" };
            format!("{} reached{}: {done}", self.memory_limit(), self.memory_peak())
        })
    }

    fn pids_note(&self) -> Option<String> {
        let refused = self.usage.pids_refused.filter(|refused| *refused > 0)?;
        let limit = self.limits.as_ref().and_then(|limits| limits.pids);
        let limit = limit.map_or_else(|| "pids limit".to_owned(), |limit| format!("pids limit {limit}"));
        let forks = if refused == 1 { "fork" } else { "forks" };
        Some(format!("{limit} reached: {} {forks} refused", grouped(refused)))
    }

    fn throttled_note(&self) -> Option<String> {
        let throttled = self.usage.throttled.filter(|throttled| throttled.periods > 0)?;
        let percent = throttled.throttled.saturating_mul(100) / throttled.periods;
        (percent >= THROTTLED_PERCENT_MIN).then(|| format!("CPU throttled {percent} % of the time"))
    }

    fn network_note(&self) -> Option<String> {
        let NetworkRefused { count, first } = self.usage.network_refused.as_ref()?;
        Some(match count {
            1 => format!("the network was refused once: `network` does not grant {first}"),
            _ => {
                format!("the network was refused {} times: `network` does not grant {first}", grouped(*count))
            }
        })
    }

    fn output_note(&self) -> Option<String> {
        if self.output.incomplete {
            return Some("the end of its output is lost".to_owned());
        }
        let dropped = ByteSize::from_bytes(self.output.dropped).rounded();
        (self.output.dropped > 0).then(|| format!("{dropped} of output not kept"))
    }

    fn memory_limit(&self) -> String {
        let limit = self.limits.as_ref().and_then(|limits| limits.memory);
        limit.map_or_else(|| "memory limit".to_owned(), |limit| format!("memory limit {limit}"))
    }

    fn memory_peak(&self) -> String {
        self.usage.memory_peak.map_or_else(String::new, |peak| format!(", peak {}", peak.rounded()))
    }

    fn fuel_limit(&self) -> String {
        let limit = self.limits.as_ref().and_then(|limits| limits.fuel);
        limit.map_or_else(|| "fuel".to_owned(), |limit| format!("fuel limit {}", grouped(limit)))
    }
}

/// Names the signals that end programs; the numbers are those of Linux on every machine we run on.
fn signal_in_words(signal: i32) -> String {
    let names = [
        (1, "HUP"),
        (2, "INT"),
        (3, "QUIT"),
        (4, "ILL"),
        (6, "ABRT"),
        (7, "BUS"),
        (8, "FPE"),
        (9, "KILL"),
        (11, "SEGV"),
        (13, "PIPE"),
        (14, "ALRM"),
        (15, "TERM"),
        (24, "XCPU"),
        (25, "XFSZ"),
        (31, "SYS"),
    ];
    match names.iter().find(|(number, _)| *number == signal) {
        Some((_, name)) => format!("signal {signal} ({name})"),
        None => format!("signal {signal}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::outcome::{LostWhy, OutputCount, Stage, Throttled, Usage};
    use crate::time::{Span, Timestamp};

    fn outcome(end: End) -> Outcome {
        let limits = Limits {
            timeout: Span::from_seconds(5),
            grace: Span::from_seconds(2),
            memory: Some(ByteSize::from_mib(64)),
            pids: Some(64),
            fuel: Some(1_000_000),
            ..Limits::default()
        };
        let usage = Usage { memory_peak: Some(ByteSize::from_mib(64)), ..Usage::default() };
        Outcome { limits: Some(limits), usage, ..Outcome::bare(end, Timestamp::from_millis(0)) }
    }

    fn exited(code: i32) -> Outcome {
        outcome(End::Exited { code })
    }

    fn signaled(signal: i32) -> Outcome {
        outcome(End::Signaled { signal, core: false })
    }

    #[test]
    fn every_end_is_told_with_its_figures() {
        let usage = |usage: Usage| Usage { memory_peak: Some(ByteSize::from_mib(64)), ..usage };
        let trapped = || outcome(End::Trapped { trap: "unreachable".into(), backtrace: String::new() });
        let table = [
            (exited(3), "exit code 3"),
            (Outcome { leftovers_killed: 2, ..exited(0) }, "exit code 0, 2 processes left behind and killed"),
            (signaled(11), "signal 11 (SEGV)"),
            (outcome(End::Signaled { signal: 40, core: true }), "signal 40, core file left"),
            (
                Outcome { out_of_memory: true, ..signaled(9) },
                "killed: memory limit 64MiB reached, peak 64.0 MiB",
            ),
            (
                Outcome { out_of_memory: true, ..exited(137) },
                "exit code 137; memory limit 64MiB reached, peak 64.0 MiB: the kernel killed a process",
            ),
            (
                Outcome {
                    out_of_memory: true,
                    usage: usage(Usage { fuel: Some(7), ..Usage::default() }),
                    ..exited(0)
                },
                "exit code 0; memory limit 64MiB reached, peak 64.0 MiB: more was refused",
            ),
            (
                Outcome { stop: Some(Stop::Timeout), escalated: true, ..signaled(9) },
                "stopped: timeout 5s reached, ignored TERM, killed after 2s grace",
            ),
            (Outcome { stop: Some(Stop::Timeout), ..signaled(15) }, "stopped: timeout 5s reached"),
            (Outcome { stop: Some(Stop::Killed), ..signaled(15) }, "stopped: killed by a user"),
            (
                Outcome {
                    usage: usage(Usage { pids_refused: Some(3_104), ..Usage::default() }),
                    ..exited(1)
                },
                "exit code 1; pids limit 64 reached: 3,104 forks refused",
            ),
            (
                Outcome {
                    usage: usage(Usage {
                        throttled: Some(Throttled {
                            periods: 50,
                            throttled: 41,
                            time: Span::from_seconds(9),
                        }),
                        ..Usage::default()
                    }),
                    ..exited(0)
                },
                "exit code 0; CPU throttled 82 % of the time",
            ),
            (
                Outcome {
                    usage: usage(Usage {
                        network_refused: Some(NetworkRefused { count: 2, first: "10.0.0.7:22".into() }),
                        ..Usage::default()
                    }),
                    ..exited(1)
                },
                "exit code 1; the network was refused 2 times: `network` does not grant 10.0.0.7:22",
            ),
            (
                Outcome { output: OutputCount { dropped: 1 << 31, ..OutputCount::default() }, ..exited(0) },
                "exit code 0; 2.0 GiB of output not kept",
            ),
            (Outcome { out_of_fuel: true, ..trapped() }, "stopped: fuel limit 1,000,000 used up"),
            (trapped(), "trapped: unreachable"),
            (
                Outcome {
                    output: OutputCount { incomplete: true, ..OutputCount::default() },
                    ..outcome(End::Lost { why: LostWhy::WorkerEnded })
                },
                "lost: its worker ended during the run; the end of its output is lost",
            ),
            (
                outcome(End::NotStarted { stage: Stage::Exec, message: "no `x`".into() }),
                "not started (exec): no `x`",
            ),
        ];
        for (outcome, words) in table {
            assert_eq!(outcome.in_words(), words);
        }
    }

    #[test]
    fn without_its_limits_an_outcome_still_has_words() {
        let bare = |end| Outcome::bare(end, Timestamp::from_millis(0));
        let killed = || bare(End::Signaled { signal: 9, core: false });
        let out = Outcome { out_of_memory: true, ..killed() };
        assert_eq!(out.in_words(), "killed: memory limit reached");
        let stopped = Outcome { stop: Some(Stop::Timeout), escalated: true, ..killed() };
        assert_eq!(stopped.in_words(), "stopped: timeout reached, ignored TERM, killed after its grace");
    }
}
