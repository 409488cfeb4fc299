//! The rows, with what the ancestors did in each, and the table as people read it.
//!
//! Their figures come from one series of measurements of their own builds (a crontab for a fleet that a course of
//! programming has as its work, and `cronsun`): 2 cores, etcd 3.4, 3 workers, runs of 60 s, commands of 10 ms. They are
//! not measured again here.

use anyhow::Result;

use super::{Measured, Scale, Shown, calm, faults, runs};

/// A case.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) case: &'static str,
    course: &'static str,
    cronsun: &'static str,
    must: &'static str,
    pub(super) measure: fn(Scale) -> Result<Shown>,
}

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "20-jobs",
        case: "3 workers, 20 jobs each second",
        course: "1,178 of 1,200 ticks ran two or three times; start 0.49 / 0.99 s after the second (p50 / p99)",
        cronsun: "\"once per interval\": 800 of 1,200 missing; \"alone\": all once; 0.045 / 0.082 s",
        must: "1,200 once, ahead of 0.045 / 0.082 s",
        measure: calm::few,
    },
    Row {
        name: "200-jobs",
        case: "3 workers, 200 jobs each second",
        course: "322 missing, 7,769 doubled, p99 1.26 s, saturated",
        cronsun: "8,000 of 12,000 missing; \"alone\" 350 doubled; p99 0.47 to 0.58 s",
        must: "12,000 once, p99 ≤ 0.1 s",
        measure: calm::many,
    },
    Row {
        name: "1000-at-once",
        case: "1,000 jobs at one second",
        course: "last start 5.6 s, 494 more than once",
        cronsun: "last start 2.0 s",
        must: "last start ≤ 2 s with real commands, all once",
        measure: calm::herd,
    },
    Row {
        name: "proposals",
        case: "etcd proposals per tick (3 workers)",
        course: "8.8",
        cronsun: "9.1",
        must: "≤ 2",
        measure: calm::proposals,
    },
    Row {
        name: "clock",
        case: "clock of one worker + 2 s",
        course: "as above",
        cronsun: "\"alone\": all ticks twice",
        must: "once",
        measure: faults::clock,
    },
    Row {
        name: "freeze",
        case: "SIGSTOP of a worker for 20 to 24 s",
        course: "10 missing, one run 20 s late",
        cronsun: "stale tick run again by all 20 jobs, next tick lost",
        must: "none",
        measure: faults::freeze,
    },
    Row {
        name: "kill",
        case: "SIGKILL of a worker in a run, restart",
        course: "second copy beside the orphan, no record",
        cronsun: "the same",
        must: "adopted, one copy, one record",
        measure: faults::kill,
    },
    Row {
        name: "mongodb",
        case: "MongoDB down for 45 s",
        course: "57 of 4,547 records lost",
        cronsun: "120 of 360 lost",
        must: "0",
        measure: faults::facts_away,
    },
    Row {
        name: "etcd",
        case: "etcd down for 7 s",
        course: "132 ticks missing, runs up to 9 s late",
        cronsun: "that tick and the next missing",
        must: "late ticks run or are recorded",
        measure: faults::intent_away,
    },
    Row {
        name: "daemon",
        case: "kill with a `setsid` daemon, at once and after 6 s",
        course: "daemon survives; output dropped",
        cronsun: "daemon survives; not possible in the first 5 s",
        must: "all dead, output kept",
        measure: runs::daemon,
    },
    Row {
        name: "flood",
        case: "100 MB of output",
        course: "not stored, 19 records of others lost with it, 880 MiB RSS",
        cronsun: "not stored, 488 MiB RSS",
        must: "head, tail and count kept, RSS flat",
        measure: runs::flood,
    },
    Row {
        name: "exit",
        case: "exit 3 after printing",
        course: "output thrown away",
        cronsun: "kept",
        must: "kept",
        measure: runs::exit,
    },
    Row {
        name: "bytes",
        case: "output that is not UTF-8",
        course: "breaks the listing for strict clients",
        cronsun: "the same",
        must: "bytes kept",
        measure: runs::bytes,
    },
];

/// Returns the table of what was measured, in Markdown.
pub fn markdown(measured: &[Measured]) -> String {
    let mut text = String::from(
        "| case | course crontab | cronsun | must show | Sandglass | |\n|---|---|---|---|---|---|\n",
    );
    for one in measured {
        let Some(row) = ROWS.iter().find(|row| row.name == one.name) else { continue };
        let ours = match &one.shown {
            Ok(shown) => shown.words.clone(),
            Err(why) => format!("not measured: {}", why.lines().next().unwrap_or_default()),
        };
        let met = if one.is_met() { "met" } else { "**missed**" };
        let Row { case, course, cronsun, must, .. } = row;
        text.push_str(&format!("| {case} | {course} | {cronsun} | {must} | {ours} | {met} |\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_met_only_when_it_was_measured_right_and_fast() {
        let shown = |right, fast| Ok(Shown { words: "so".into(), right, fast });
        let rows = [shown(true, true), shown(false, true), shown(true, false), Err("no\nhint".to_owned())];
        let measured: Vec<Measured> =
            rows.into_iter().map(|shown| Measured { name: "exit", shown }).collect();
        let text = markdown(&measured);
        let ends: Vec<&str> =
            text.lines().skip(2).map(|line| line.rsplit('|').nth(1).unwrap().trim()).collect();
        assert_eq!(ends, ["met", "**missed**", "**missed**", "**missed**"]);
        assert!(text.contains("| not measured: no |"), "{text}");
    }

    #[test]
    fn every_row_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ROWS.len());
    }
}
