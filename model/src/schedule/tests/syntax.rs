//! One table for each part of the syntax: the text, and the instants that follow 2026-01-01 (a Thursday) in UTC.

use super::*;

/// Each line: the text, then the first instants from 2026-01-01 on; the year stands before them when it is another.
fn check(table: &[(&str, &[&str])]) {
    for (text, wanted) in table {
        check_one(&utc(text), text, wanted);
    }
}

fn check_one(schedule: &Schedule, text: &str, wanted: &[&str]) {
    let got = next(schedule, "2025-12-31T23:59:59Z", wanted.len());
    let got: Vec<&str> = got.iter().map(|at| at.strip_prefix("2026-").unwrap_or(at)).collect();
    assert_eq!(&got, wanted, "{text}");
}

#[test]
fn five_six_and_seven_fields_are_told_apart() {
    check(&[
        ("30 2 * * *", &["01-01T02:30", "01-02T02:30"]),
        ("15 30 2 * * *", &["01-01T02:30:15", "01-02T02:30:15"]),
        ("30 2 1 1 * 2027", &["2027-01-01T02:30"]),
        ("30 2 1 1 * 2027-2029/2", &["2027-01-01T02:30", "2029-01-01T02:30"]),
        ("15 30 2 1 1 * 2027,2030", &["2027-01-01T02:30:15", "2030-01-01T02:30:15"]),
        ("15 30 2 1 1 ? *", &["01-01T02:30:15", "2027-01-01T02:30:15"]),
        ("0 0 0 1 1 ? 2027/100", &["2027-01-01T00:00", "2127-01-01T00:00"]),
        ("  0\t12 * *   *  ", &["01-01T12:00", "01-02T12:00"]),
    ]);
}

#[test]
fn lists_ranges_and_steps_join() {
    check(&[
        ("* * * * *", &["01-01T00:00", "01-01T00:01"]),
        ("* * * * * *", &["01-01T00:00", "01-01T00:00:01"]),
        ("*/20 * * * *", &["01-01T00:00", "01-01T00:20", "01-01T00:40", "01-01T01:00"]),
        ("*/60 * * * *", &["01-01T00:00", "01-01T01:00"]),
        ("10/20 * * * *", &["01-01T00:10", "01-01T00:30", "01-01T00:50", "01-01T01:10"]),
        ("9/50 0 * * *", &["01-01T00:09", "01-01T00:59", "01-02T00:09"]),
        ("10-30/10 0 * * *", &["01-01T00:10", "01-01T00:20", "01-01T00:30", "01-02T00:10"]),
        ("5,50-52,1 0 * * *", &["01-01T00:01", "01-01T00:05", "01-01T00:50", "01-01T00:51", "01-01T00:52"]),
        ("007 08 * * *", &["01-01T08:07"]),
    ]);
}

#[test]
fn ranges_wrap_over_the_end_of_the_field() {
    check(&[
        ("0 22-2 * * *", &["01-01T00:00", "01-01T01:00", "01-01T02:00", "01-01T22:00", "01-01T23:00"]),
        ("0 0 * * fri-mon", &["01-02T00:00", "01-03T00:00", "01-04T00:00", "01-05T00:00", "01-09T00:00"]),
        ("0 0 1 nov-feb *", &["01-01T00:00", "02-01T00:00", "11-01T00:00", "12-01T00:00"]),
        ("50-10/10 0 * * *", &["01-01T00:00", "01-01T00:10", "01-01T00:50"]),
        ("0 0 30-2 * *", &["01-01T00:00", "01-02T00:00", "01-30T00:00", "01-31T00:00", "02-01T00:00"]),
    ]);
}

#[test]
fn months_and_weekdays_have_names_in_any_case() {
    check(&[
        ("0 0 1 MAR,sept,December *", &["03-01T00:00", "09-01T00:00", "12-01T00:00"]),
        ("0 0 * * Sunday", &["01-04T00:00"]),
        ("0 0 * * tues,Thurs", &["01-01T00:00", "01-06T00:00"]),
        ("0 0 * * mon-FRI/2", &["01-02T00:00", "01-05T00:00", "01-07T00:00"]),
    ]);
}

#[test]
fn zero_and_seven_are_sunday_and_quartz_begins_with_one() {
    check(&[
        ("0 0 * * 0", &["01-04T00:00", "01-11T00:00"]),
        ("0 0 * * 7", &["01-04T00:00", "01-11T00:00"]),
        ("0 0 * * 1-5", &["01-01T00:00", "01-02T00:00", "01-05T00:00"]),
        ("0 0 * * 5-7", &["01-02T00:00", "01-03T00:00", "01-04T00:00", "01-09T00:00"]),
        ("0 0 * * 0-7", &["01-01T00:00", "01-02T00:00", "01-03T00:00", "01-04T00:00"]),
        ("0 0 * * 7-1", &["01-04T00:00", "01-05T00:00", "01-11T00:00"]),
        ("0 0 * * */2", &["01-01T00:00", "01-03T00:00", "01-04T00:00", "01-06T00:00"]),
        ("0 0 * * 7#1", &["01-04T00:00", "02-01T00:00"]),
    ]);
    for (text, wanted) in [
        ("0 0 0 ? * 1", ["01-04T00:00", "01-11T00:00"]),
        ("0 0 0 ? * 2-6", ["01-01T00:00", "01-02T00:00"]),
        ("0 0 0 ? * 6#3", ["01-16T00:00", "02-20T00:00"]),
        ("0 0 0 ? * 7L", ["01-31T00:00", "02-28T00:00"]),
        ("0 0 0 ? * SUN", ["01-04T00:00", "01-11T00:00"]),
    ] {
        let quartz = Source { weekdays: Weekdays::Quartz, ..source(text) };
        check_one(&Schedule::parse(quartz).unwrap(), text, &wanted);
    }
    let zero = Source { weekdays: Weekdays::Quartz, ..source("0 0 0 ? * 0") };
    assert!(Schedule::parse(zero).unwrap_err().to_string().contains("`0` is not in 1-7"));
}

#[test]
fn days_may_depend_on_the_month() {
    check(&[
        ("0 0 L * *", &["01-31T00:00", "02-28T00:00", "03-31T00:00", "04-30T00:00"]),
        ("0 0 L 2 * 2028", &["2028-02-29T00:00"]),
        ("0 0 L-3 * *", &["01-28T00:00", "02-25T00:00"]),
        ("0 0 L-30 * *", &["01-01T00:00", "03-01T00:00", "05-01T00:00"]),
        ("0 0 LW * *", &["01-30T00:00", "02-27T00:00", "03-31T00:00"]),
        // The 29th of January is a Thursday, the 26th of February too; 29 March is a Sunday.
        ("0 0 L-2W * *", &["01-29T00:00", "02-26T00:00", "03-30T00:00"]),
        // 15 February and March are Sundays, 15 August a Saturday; 1 August is a Saturday, 31 May a Sunday.
        ("0 0 15W 2,8 *", &["02-16T00:00", "08-14T00:00"]),
        ("0 0 1W 8 *", &["08-03T00:00"]),
        ("0 0 31W 5 *", &["05-29T00:00"]),
        ("0 0 30W * *", &["01-30T00:00", "03-30T00:00"]),
        ("0 0 1,l,15w * *", &["01-01T00:00", "01-15T00:00", "01-31T00:00", "02-01T00:00", "02-16T00:00"]),
        ("0 0 * * FRI#2", &["01-09T00:00", "02-13T00:00"]),
        // 7 January is a Wednesday, the 8th a Thursday: the ends of the first week and of the second.
        ("0 0 * * WED#1", &["01-07T00:00", "02-04T00:00"]),
        ("0 0 * * THU#2", &["01-08T00:00", "02-12T00:00"]),
        ("0 0 * * 4#5", &["01-29T00:00", "04-30T00:00"]),
        ("0 0 * * 5L", &["01-30T00:00", "02-27T00:00"]),
        ("0 0 * * fri#L", &["01-30T00:00", "02-27T00:00"]),
        ("0 0 * * MON#1,FRIL", &["01-05T00:00", "01-30T00:00", "02-02T00:00"]),
        ("0 0 29 2 *", &["2028-02-29T00:00", "2032-02-29T00:00"]),
    ]);
    assert_eq!(next(&utc("0 0 29 2 *"), "2096-03-01T00:00:00Z", 1), ["2104-02-29T00:00"]);
    assert_eq!(next(&utc("0 0 29 2 +MON"), "2072-03-01T00:00:00Z", 1), ["2112-02-29T00:00"]);
}

#[test]
fn two_day_fields_match_either_unless_a_star_or_a_plus_says_both() {
    check(&[
        ("0 0 13 * FRI", &["01-02T00:00", "01-09T00:00", "01-13T00:00", "01-16T00:00"]),
        ("0 0 13 * +FRI", &["02-13T00:00", "03-13T00:00", "11-13T00:00", "2027-08-13T00:00"]),
        ("0 0 */2 * FRI", &["01-09T00:00", "01-23T00:00", "02-13T00:00"]),
        ("0 0 13 * */2", &["01-13T00:00", "06-13T00:00", "08-13T00:00"]),
        ("0 0 ? * FRI", &["01-02T00:00", "01-09T00:00"]),
        ("0 0 13 * ?", &["01-13T00:00", "02-13T00:00"]),
        ("0 0 L * MON", &["01-05T00:00", "01-12T00:00", "01-19T00:00", "01-26T00:00", "01-31T00:00"]),
        ("0 0 1-7 * +MON", &["01-05T00:00", "02-02T00:00"]),
    ]);
}

#[test]
fn macros_stand_for_their_fields() {
    check(&[
        ("@yearly", &["01-01T00:00", "2027-01-01T00:00"]),
        ("@Annually", &["01-01T00:00", "2027-01-01T00:00"]),
        ("@MONTHLY", &["01-01T00:00", "02-01T00:00"]),
        ("@weekly", &["01-04T00:00", "01-11T00:00"]),
        ("@daily", &["01-01T00:00", "01-02T00:00"]),
        ("@midnight", &["01-01T00:00", "01-02T00:00"]),
        ("@hourly", &["01-01T00:00", "01-01T01:00"]),
        ("CRON_TZ=Europe/Berlin @daily", &["01-01T23:00", "01-02T23:00"]),
        ("cron_tz=europe/berlin 0 9 * * *", &["01-01T08:00", "01-02T08:00"]),
        ("@at 2026-12-01T09:00:00+01:00", &["12-01T08:00"]),
    ]);
    assert_eq!(utc("CRON_TZ=europe/berlin @daily").zone(), "Europe/Berlin");
}

#[test]
fn every_is_counted_from_its_anchor() {
    let anchor = at("2026-01-01T00:00:07Z");
    let every = |text| Schedule::parse(Source { anchor, ..source(text) }).unwrap();
    let ticks = ["2026-01-01T00:01:37", "2026-01-01T00:03:07"];
    assert_eq!(next(&every("@every 90s"), "2026-01-01T00:00:07Z", 2), ticks);
    assert_eq!(next(&every("@EVERY 1m30s"), "2026-01-01T00:01:36.999Z", 2), ticks);
    assert_eq!(next(&every("@every 1 h"), "2020-01-01T00:00:00Z", 1), ["2026-01-01T00:00:07"]);
    assert_eq!(next(&every("@every 36500d"), "2026-01-01T00:00:07Z", 1), ["2125-12-08T00:00:07"]);
    assert_eq!(every("@every 1s").next_after(Timestamp::MAX), None);
    assert_eq!(every("@every 99999999d").next_after(anchor), None);
}

#[test]
fn h_is_spread_by_the_seed_and_stays_where_it_is() {
    let seeded = |text, seed| Schedule::parse(Source { seed, ..source(text) }).unwrap();
    // Pinned, computed by another program: were these to move, every `H` schedule in the world would.
    for (text, wanted) in [
        ("H H * * *", ["01-01T08:49", "01-02T08:49"]),
        ("H/15 * * * *", ["01-01T00:04", "01-01T00:19"]),
        ("H(10-19) 2 * * *", ["01-01T02:19", "01-02T02:19"]),
        ("H(0-29)/10 2 * * *", ["01-01T02:09", "01-01T02:19"]),
        ("H(50-9) 2 * * *", ["01-01T02:59", "01-02T02:59"]),
        ("0 0 H * *", ["01-19T00:00", "02-19T00:00"]),
        ("0 0 * * H", ["01-02T00:00", "01-09T00:00"]),
        ("H 0 0 1 H *", ["06-01T00:00:59", "2027-06-01T00:00:59"]),
    ] {
        check_one(&seeded(text, "nightly-report"), text, &wanted);
    }
    assert_ne!(
        next(&seeded("H H * * *", "nightly-report"), "2026-01-01T00:00:00Z", 1),
        next(&seeded("H H * * *", "nightly-reports"), "2026-01-01T00:00:00Z", 1)
    );
}

#[test]
fn a_schedule_is_small_and_crosses_threads() {
    fn crosses<T: Send + Sync + Clone + 'static>() {}
    crosses::<Schedule>();
    assert!(size_of::<Schedule>() <= 64, "{} bytes", size_of::<Schedule>());
}
