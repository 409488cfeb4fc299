//! The notes at changes of the clock.

use insta::assert_snapshot;
use proptest::prelude::*;

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

#[test]
fn notes_are_told_in_every_language() {
    let (vixie, wall, skip) = (DstRule::Vixie, DstRule::Wall, DstRule::Skip);
    let (spring, autumn) = ("2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z");
    let mut told = String::new();
    for (text, zone, dst, from, count) in [
        ("30 2 * * *", "Europe/Berlin", vixie, spring, 1),
        ("0,30 2 * * *", "Europe/Berlin", skip, spring, 1),
        ("*/15 2,4 * * *", "Europe/Berlin", wall, spring, 1),
        ("30 2 * * *", "Europe/Berlin", vixie, autumn, 1),
        ("30 2 * * *", "Europe/Berlin", wall, autumn, 2),
        ("0 12 * * *", "Pacific/Apia", vixie, "2011-12-29T23:00:00Z", 1),
        ("15 2 * * *", "Australia/Lord_Howe", vixie, "2026-10-03T10:00:00Z", 1),
        ("30 0 * * *", "Africa/Cairo", vixie, "2026-04-23T12:00:00Z", 1),
    ] {
        let schedule = Schedule::parse(Source { timezone: zone, dst, ..source(text) }).unwrap();
        told.push_str(&format!("{text} {zone} {dst:?}\n"));
        let both = Language::ALL.map(|language| schedule.upcoming(at(from), count, language));
        for (english, chinese) in both[0].iter().zip(&both[1]) {
            let note = |told: &Upcoming| told.note.clone().unwrap_or_default();
            told.push_str(&format!("  {}\n    {}\n    {}\n", english.local, note(english), note(chinese)));
        }
    }
    assert_snapshot!(told, @r"
    30 2 * * * Europe/Berlin Vixie
      2026-03-29T03:00:00+02:00
        runs at 03:00, 02:30 does not exist that day
        改在 03:00 运行，当天没有 02:30
    0,30 2 * * * Europe/Berlin Skip
      2026-03-30T02:00:00+02:00
        02:00 and 02:30 do not exist on 2026-03-29 and do not run
        2026-03-29 没有 02:00 和 02:30，不运行
    */15 2,4 * * * Europe/Berlin Wall
      2026-03-29T04:00:00+02:00
        02:00, 02:15, 02:30 and others do not exist that day and do not run
        当天没有 02:00、02:15、02:30 等时刻，不运行
    30 2 * * * Europe/Berlin Vixie
      2026-10-25T02:30:00+02:00
        02:30 happens twice that day, runs at the first
        当天 02:30 出现两次，只在第一次时运行
    30 2 * * * Europe/Berlin Wall
      2026-10-25T02:30:00+02:00
        02:30 happens twice that day, this is the first run of two
        当天 02:30 出现两次，这是两次运行中的第一次
      2026-10-25T02:30:00+01:00
        02:30 happens twice that day, this is the second run
        当天 02:30 出现两次，这是第二次运行
    0 12 * * * Pacific/Apia Vixie
      2011-12-31T00:00:00+14:00
        runs on 2011-12-31 at 00:00, 12:00 does not exist on 2011-12-30
        改在 2011-12-31 00:00 运行，2011-12-30 没有 12:00
    15 2 * * * Australia/Lord_Howe Vixie
      2026-10-04T02:30:00+11:00
        runs at 02:30, 02:15 does not exist that day
        改在 02:30 运行，当天没有 02:15
    30 0 * * * Africa/Cairo Vixie
      2026-04-24T01:00:00+03:00
        runs at 01:00, 00:30 does not exist that day
        改在 01:00 运行，当天没有 00:30
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Goal: no note panics, and no language keeps one back. Method: random expressions around changes of the clock.
    #[test]
    fn a_note_in_one_language_is_a_note_in_all(
        (expression, zone, dst, day) in (
            expression::expressions(false, false),
            prop::sample::select(vec![
                "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Cairo", "Europe/Dublin",
                "America/Santiago", "Asia/Beirut",
            ]),
            prop::sample::select(vec![DstRule::Vixie, DstRule::Wall, DstRule::Skip]),
            0_i64..6_000,
        )
    ) {
        let from = Timestamp::from_seconds(at("2011-12-01T00:00:00Z").as_seconds() + day * 86_400);
        if let Ok(schedule) = Schedule::parse(Source { timezone: zone, dst, ..source(&expression.text) }) {
            let [english, chinese] = Language::ALL.map(|language| schedule.upcoming(from, 40, language));
            prop_assert_eq!(english.len(), chinese.len());
            for (one, other) in english.iter().zip(&chinese) {
                prop_assert_eq!((one.at, one.note.is_some()), (other.at, other.note.is_some()));
            }
        }
    }
}
