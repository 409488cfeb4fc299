//! The notes at changes of the clock.

use super::*;
use crate::language::Language;

fn notes(text: &str, timezone: &str, dst: DstRule, from: &str, count: usize) -> Vec<(String, String)> {
    let schedule = Schedule::parse(Source { timezone, dst, ..source(text) }).unwrap();
    let told = schedule.upcoming(at(from), count, Language::English);
    told.into_iter().map(|told| (told.local, told.note.unwrap_or_default())).collect()
}

#[track_caller]
fn check(got: &[(String, String)], wanted: &[(&str, &str)]) {
    let got: Vec<(&str, &str)> = got.iter().map(|(local, note)| (local.as_str(), note.as_str())).collect();
    assert_eq!(got, wanted);
}

#[test]
fn a_time_in_the_gap_is_told_to_run_at_its_end() {
    check(
        &notes("30 2 * * *", "Europe/Berlin", DstRule::Vixie, "2026-03-28T00:00:00Z", 3),
        &[
            ("2026-03-28T02:30:00+01:00", ""),
            ("2026-03-29T03:00:00+02:00", "runs at 03:00, 02:30 does not exist that day"),
            ("2026-03-30T02:30:00+02:00", ""),
        ],
    );
    check(
        &notes("0 12 * * *", "Pacific/Apia", DstRule::Vixie, "2011-12-29T23:00:00Z", 2),
        &[
            ("2011-12-31T00:00:00+14:00", "runs on 2011-12-31 at 00:00, 12:00 does not exist on 2011-12-30"),
            ("2011-12-31T12:00:00+14:00", ""),
        ],
    );
}

#[test]
fn a_run_that_is_left_out_is_told_at_the_next() {
    for dst in [DstRule::Wall, DstRule::Skip] {
        check(
            &notes("0,30 2 * * *", "Europe/Berlin", dst, "2026-03-28T02:00:00Z", 1),
            &[("2026-03-30T02:00:00+02:00", "02:00 and 02:30 do not exist on 2026-03-29 and do not run")],
        );
    }
    check(
        &notes("*/15 * * * *", "Europe/Berlin", DstRule::Vixie, "2026-03-29T00:50:00Z", 1),
        &[(
            "2026-03-29T03:00:00+02:00",
            "02:00, 02:15, 02:30 and others do not exist that day and do not run",
        )],
    );
}

#[test]
fn a_time_that_happens_twice_is_told_each_time_it_runs() {
    check(
        &notes("30 2 * * *", "Europe/Berlin", DstRule::Vixie, "2026-10-24T12:00:00Z", 2),
        &[
            ("2026-10-25T02:30:00+02:00", "02:30 happens twice that day, runs at the first"),
            ("2026-10-26T02:30:00+01:00", ""),
        ],
    );
    check(
        &notes("30 2 * * *", "Europe/Berlin", DstRule::Wall, "2026-10-24T12:00:00Z", 3),
        &[
            ("2026-10-25T02:30:00+02:00", "02:30 happens twice that day, this is the first run of two"),
            ("2026-10-25T02:30:00+01:00", "02:30 happens twice that day, this is the second run"),
            ("2026-10-26T02:30:00+01:00", ""),
        ],
    );
}

#[test]
fn no_more_instants_are_told_than_asked_for_or_than_there_are() {
    assert_eq!(utc("* * * * *").upcoming(at("2026-01-01T00:00:00Z"), 0, Language::English), []);
    assert_eq!(
        utc("* * * * *").upcoming(at("2026-01-01T00:00:00Z"), usize::MAX, Language::English).len(),
        100_000
    );
    let ended = utc("0 0 1 1 * 2026,2027");
    assert_eq!(ended.upcoming(at("2026-06-01T00:00:00Z"), 5, Language::English).len(), 1);
    assert_eq!(ended.upcoming(at("2028-01-01T00:00:00Z"), 5, Language::English), []);
    let once =
        utc("@at 2026-12-01T09:00:00+01:00").upcoming(at("2026-01-01T00:00:00Z"), 5, Language::English);
    assert_eq!(once[0].local, "2026-12-01T08:00:00+00:00");
    assert_eq!(once.len(), 1);
}
