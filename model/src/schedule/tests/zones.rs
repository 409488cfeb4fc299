//! What zones do that most do not: lost days, half hours, changes at midnight, negative summer time, the far years;
//! and a sweep over a part of the zones (`cargo xtask soak schedule` goes over all).

use jiff::tz::TimeZoneDatabase;

use super::*;
use crate::testing::schedule::sweep;

/// Returns a schedule in a zone under a rule.
fn zoned(text: &str, timezone: &str, dst: DstRule) -> Schedule {
    Schedule::parse(Source { timezone, dst, ..source(text) }).unwrap()
}

/// Returns the first instants of a schedule under each rule: vixie, wall, skip.
fn by_rule(text: &str, zone: &str, from: &str, count: usize) -> [Vec<String>; 3] {
    [DstRule::Vixie, DstRule::Wall, DstRule::Skip].map(|dst| next(&zoned(text, zone, dst), from, count))
}

#[test]
fn the_lost_day_of_samoa_runs_its_fixed_times_once() {
    let apia = |text, dst| Schedule::parse(Source { timezone: "Pacific/Apia", dst, ..source(text) }).unwrap();
    let from = "2011-12-29T22:00:00Z";
    // 2011-12-30 does not exist there: the wall goes from the 29th 23:59:59 (-10) to the 31st 00:00 (+14).
    let gap_end = "2011-12-30T10:00";
    assert_eq!(next(&apia("0 12 30 12 *", DstRule::Vixie), from, 2), [gap_end, "2012-12-29T22:00"]);
    assert_eq!(next(&apia("0 12 30 12 *", DstRule::Wall), from, 1), ["2012-12-29T22:00"]);
    assert_eq!(next(&apia("30 2,12 * * *", DstRule::Vixie), from, 3)[..2], ["2011-12-29T22:30", gap_end]);
    assert_eq!(next(&apia("@daily", DstRule::Vixie), from, 2), [gap_end, "2011-12-31T10:00"]);
}

/// Monrovia left an offset of 44 minutes and 30 seconds in 1972: the gap begins within a minute.
#[test]
fn offsets_with_seconds_are_kept() {
    let monrovia = Source { timezone: "Africa/Monrovia", ..source("50 0 7 1 *") };
    let schedule = Schedule::parse(monrovia).unwrap();
    assert_eq!(next(&schedule, "1971-01-06T00:00:00Z", 2), ["1971-01-07T01:34:30", "1972-01-07T00:50"]);
    let fixed = Schedule::parse(Source { timezone: "Africa/Monrovia", ..source("20 0 7 1 *") }).unwrap();
    assert_eq!(next(&fixed, "1972-01-01T00:00:00Z", 1), ["1972-01-07T00:44:30"]);
}

/// Two in the morning becomes half past two: half of the hour does not exist, and in autumn half of one comes twice.
#[test]
fn lord_howe_changes_its_clock_by_half_an_hour() {
    let zone = "Australia/Lord_Howe";
    let [vixie, wall, skip] = by_rule("15 2 * * *", zone, "2026-10-03T00:00:00Z", 1);
    assert_eq!((&vixie[0][..], &wall[0][..]), ("2026-10-03T15:30", "2026-10-04T15:15"));
    assert_eq!(skip, wall);
    let [vixie, wall, skip] = by_rule("45 1 * * *", zone, "2026-04-04T00:00:00Z", 2);
    assert_eq!(vixie, ["2026-04-04T14:45", "2026-04-05T15:15"]);
    assert_eq!(wall, ["2026-04-04T14:45", "2026-04-04T15:15"]);
    assert_eq!(skip, vixie);
}

/// Midnight becomes one in the morning: `@daily` runs then, and on that day only once.
#[test]
fn where_midnight_is_left_out_a_daily_job_runs_at_one() {
    for (zone, from, gap_end, day_after) in [
        ("Africa/Cairo", "2026-04-23T00:00:00Z", "2026-04-23T22:00", "2026-04-24T21:00"),
        ("Asia/Beirut", "2026-03-28T00:00:00Z", "2026-03-28T22:00", "2026-03-29T21:00"),
        ("America/Santiago", "2026-09-05T12:00:00Z", "2026-09-06T04:00", "2026-09-07T03:00"),
    ] {
        let [vixie, wall, skip] = by_rule("@daily", zone, from, 2);
        assert_eq!(vixie, [gap_end, day_after], "{zone}");
        assert_eq!(wall[0], day_after, "{zone}");
        assert_eq!(skip, wall, "{zone}");
    }
}

/// Midnight becomes eleven in the evening: half past eleven comes twice on the old day, midnight once.
#[test]
fn where_midnight_goes_back_the_evening_comes_twice_and_the_day_begins_once() {
    for (zone, from, first, second, midnight) in [
        ("Africa/Cairo", "2026-10-29T12:00:00Z", "2026-10-29T20:30", "2026-10-29T21:30", "2026-10-29T22:00"),
        ("Asia/Beirut", "2026-10-24T12:00:00Z", "2026-10-24T20:30", "2026-10-24T21:30", "2026-10-24T22:00"),
        (
            "America/Santiago",
            "2026-04-04T12:00:00Z",
            "2026-04-05T02:30",
            "2026-04-05T03:30",
            "2026-04-05T04:00",
        ),
    ] {
        let [vixie, wall, skip] = by_rule("30 23 * * *", zone, from, 2);
        assert_eq!((&vixie[0][..], &wall[..]), (first, &[first.to_owned(), second.to_owned()][..]), "{zone}");
        assert_eq!(skip, vixie, "{zone}");
        for daily in by_rule("@daily", zone, from, 1) {
            assert_eq!(daily, [midnight], "{zone}");
        }
    }
}

/// The zone data calls Dublin's winter a summer time of minus one hour; its wall is that of London all the same.
#[test]
fn dublin_with_its_negative_summer_time_runs_as_london_does() {
    for text in ["30 1 * * *", "*/20 * * * *", "0,30 0-2 * * sun", "@daily"] {
        for from in ["2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"] {
            let dublin = by_rule(text, "Europe/Dublin", from, 90);
            assert_eq!(dublin, by_rule(text, "Europe/London", from, 90), "{text}");
        }
    }
    let [vixie, wall, _] = by_rule("30 1 * * *", "Europe/Dublin", "2026-03-28T12:00:00Z", 1);
    assert_eq!((&vixie[0][..], &wall[0][..]), ("2026-03-29T01:00", "2026-03-30T00:30"));
}

/// Only a leading star in a field of the time makes a wildcard job, as in Vixie cron (`MIN_STAR`, `HR_STAR`): a step
/// over a range is a list of fixed times.
#[test]
fn a_star_in_the_minutes_follows_the_wall_though_the_hour_is_fixed() {
    let berlin = "Europe/Berlin";
    let (spring, autumn) = ("2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z");
    for wild in ["*/15 2 * * *", "* 2 * * *", "30 */2 * * *", "* 30 2 * * *"] {
        let [vixie, wall, _] = by_rule(wild, berlin, spring, 9);
        assert_eq!(vixie, wall, "{wild}");
        assert_eq!(
            next(&zoned(wild, berlin, DstRule::Vixie), autumn, 9),
            by_rule(wild, berlin, autumn, 9)[1]
        );
    }
    // The hour from two to three does not exist: nothing runs that night, and in autumn it runs in both.
    let [quarters, ..] = by_rule("*/15 2 * * *", berlin, spring, 1);
    assert_eq!(quarters, ["2026-03-30T00:00"]);
    let [quarters, ..] = by_rule("*/15 2 * * *", berlin, autumn, 9);
    assert_eq!(
        (&quarters[0][..], &quarters[4][..], &quarters[7][..]),
        ("2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T01:45")
    );
    assert_eq!(quarters[8], "2026-10-26T01:00");
    for fixed in ["0-59/15 2 * * *", "0,15,30,45 2 * * *", "0/15 2 * * *"] {
        assert_eq!(by_rule(fixed, berlin, spring, 2)[0], ["2026-03-29T01:00", "2026-03-30T00:00"], "{fixed}");
        let once = &by_rule(fixed, berlin, autumn, 5)[0];
        assert_eq!((&once[3][..], &once[4][..]), ("2026-10-25T00:45", "2026-10-26T01:00"), "{fixed}");
    }
}

/// The hour comes again after the last time on the wall that matches at all.
#[test]
fn a_wildcard_runs_in_the_repeated_hour_though_its_years_end_there() {
    let last = zoned("*/30 2 25 10 * 2026", "Europe/Berlin", DstRule::Vixie);
    let all = ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30"];
    assert_eq!(next(&last, "2026-01-01T00:00:00Z", 9), all);
}

/// Asked from within the repeated hour, as after a restart, `vixie` and `skip` wait for what the wall has not shown.
#[test]
fn a_restart_within_the_repeated_hour_runs_nothing_again() {
    let from = "2026-10-25T01:10:00Z";
    let [vixie, wall, skip] = by_rule("0,30 2 * * *", "Europe/Berlin", from, 1);
    assert_eq!((&vixie[0][..], &wall[0][..]), ("2026-10-26T01:00", "2026-10-25T01:30"));
    assert_eq!(skip, vixie);
}

/// From 1970 to 2200 a fixed time of a year runs once in each, in every zone of the data, whatever its clocks do.
#[test]
fn every_year_begins_once_in_every_zone() {
    for name in TimeZoneDatabase::bundled().available() {
        let schedule = zoned("@yearly", name.as_str(), DstRule::Vixie);
        let mut years = Vec::new();
        let mut at = Timestamp::MIN;
        while let Some(next) = schedule.next_after(at) {
            assert!(next > at, "{name}");
            years.push(schedule.zone.local(next)[..4].parse::<i32>().unwrap());
            at = next;
        }
        assert!(years.iter().copied().eq(1970..=2200), "{name}: {years:?}");
    }
}

#[test]
fn nothing_runs_before_1970_or_after_2200_on_the_wall() {
    for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"] {
        let every_second = zoned("* * * * * *", zone, DstRule::Vixie);
        let first = every_second.next_after(Timestamp::MIN).unwrap();
        assert!(every_second.zone.local(first).starts_with("1970-01-01T00:00:00"), "{zone}");
        let last = zoned("59 59 23 31 12 * 2200", zone, DstRule::Vixie).next_after(first).unwrap();
        assert!(every_second.zone.local(last).starts_with("2200-12-31T23:59:59"), "{zone}");
        assert_eq!(every_second.next_after(last), None, "{zone}");
        assert_eq!(every_second.next_after(Timestamp::MAX), None, "{zone}");
    }
}

/// Two days before and after each change from 2020 to 2030, minute by minute, in one of eleven clocks that differ.
#[test]
fn a_part_of_all_zones_equals_the_naive_walk_around_each_change() {
    let swept = sweep(2020, 2031, 11);
    assert!(swept.changes >= 40 && swept.runs > 100_000, "{swept:?}");
}
