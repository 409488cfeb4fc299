//! The crates `cron` and `croner` as oracles over the syntax that they share with us, in UTC.
//!
//! Each gets the text as it reads it: `cron` names instead of numbers for weekdays, since it counts them from 1 =
//! Sunday; both no pair of restricted days, since `cron` joins them by AND and `croner` knows no star rule.
//! Where they differ from us, the tests below the property say how, and who is right.

use std::str::FromStr;

use chrono::{DateTime, TimeZone, Utc};
use proptest::prelude::*;

use super::*;
use crate::language::Language;

const NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Returns a field as all three read it: a star, a step from a star, or values and rising ranges.
fn field(min: u32, max: u32) -> impl Strategy<Value = String> {
    let size = max - min + 1;
    let item = prop_oneof![
        2 => (min..=max).prop_map(|value| value.to_string()),
        1 => (min..max, 1..=size).prop_map(move |(from, more)| format!("{from}-{}", (from + more).min(max))),
        1 => (min..max - 2, 2_u32..9).prop_map(move |(from, step)| format!("{from}-{max}/{}", step.min(max - from))),
    ];
    prop_oneof![
        2 => Just("*".to_owned()),
        1 => (1..=size / 2).prop_map(|step| format!("*/{step}")),
        3 => prop::collection::vec(item, 1..4).prop_map(|items| items.join(",")),
    ]
}

fn weekdays() -> impl Strategy<Value = String> {
    let item = prop_oneof![
        (0..7_usize).prop_map(|day| NAMES[day].to_owned()),
        (0..6_usize, 1..7_usize).prop_map(|(from, more)| format!(
            "{}-{}",
            NAMES[from],
            NAMES[(from + more).min(6)]
        )),
    ];
    prop::collection::vec(item, 1..4).prop_map(|items| items.join(","))
}

/// Returns expressions of six fields that restrict one day field at most.
fn shared() -> impl Strategy<Value = String> {
    let days = prop_oneof![
        field(1, 31).prop_map(|days| (days, "*".to_owned())),
        weekdays().prop_map(|weekdays| ("*".to_owned(), weekdays)),
    ];
    (field(0, 59), field(0, 59), field(0, 23), days, field(1, 12)).prop_map(
        |(second, minute, hour, (day, weekday), month)| {
            format!("{second} {minute} {hour} {day} {month} {weekday}")
        },
    )
}

fn chrono_at(at: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(at, 0).unwrap()
}

fn croner(text: &str) -> Result<croner::Cron, croner::errors::CronError> {
    croner::parser::CronParser::builder()
        .seconds(croner::parser::Seconds::Optional)
        .year(croner::parser::Year::Optional)
        .build()
        .parse(text)
}

proptest! {
    /// The first twenty instants from a moment between 2020 and 2080 are those of both crates.
    #[test]
    fn both_crates_agree_over_the_shared_syntax(text in shared(), from in 1_577_836_800_i64..3_471_292_800) {
        let parsed = Schedule::parse(source(&text));
        let oracle = cron::Schedule::from_str(&text).unwrap();
        let wanted: Vec<i64> = oracle.after(&chrono_at(from)).take(20).map(|at| at.timestamp()).collect();
        let Ok(schedule) = parsed else {
            // Day 30 or 31 of months that are shorter.
            prop_assert_eq!(wanted, Vec::<i64>::new());
            return Ok(());
        };
        let next = |at: Timestamp| schedule.next_after(at);
        let ours = std::iter::successors(next(Timestamp::from_seconds(from)), |at| next(*at));
        // `cron` ends with 2100.
        let ours: Vec<i64> = ours.take(wanted.len()).map(Timestamp::as_seconds).collect();
        prop_assert_eq!(&ours, &wanted, "cron: {}", text);

        let oracle = croner(&text).unwrap();
        let mut at = chrono_at(from);
        for ours in ours.iter().take(5) {
            at = oracle.find_next_occurrence(&at, false).unwrap();
            prop_assert_eq!(*ours, at.timestamp(), "croner: {}", text);
        }
    }
}

/// Returns the next instants by `cron`, asked anew from each as a scheduler that keeps no iterator asks.
fn by_cron(text: &str, zone: chrono_tz::Tz, from: &str, count: usize) -> Vec<String> {
    let schedule = cron::Schedule::from_str(text).unwrap();
    let first = chrono_at(at(from).as_seconds()).with_timezone(&zone);
    let ticks = std::iter::successors(schedule.after(&first).next(), |at| schedule.after(at).next());
    ticks.take(count).map(|at| at.format("%a %FT%R%:z").to_string()).collect()
}

/// Returns the next instants by `croner`; what it says when it gives up.
fn by_croner(text: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let schedule = croner(text).unwrap();
    let mut at = at(from).to_jiff().in_tz(zone).unwrap();
    let mut told = Vec::new();
    while told.len() < count {
        match schedule.find_next_occurrence(&at, false) {
            Ok(next) => at = next,
            Err(error) => {
                told.push(error.to_string());
                break;
            }
        }
        told.push(at.strftime("%a %FT%R%:z").to_string());
    }
    told
}

fn by_us(text: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::parse(Source { timezone: zone, ..source(text) }).unwrap();
    let local = |told: Upcoming| {
        let at = told.at.to_jiff().in_tz(zone).unwrap();
        at.strftime("%a %FT%R%:z").to_string()
    };
    schedule.upcoming(at(from), count, Language::English).into_iter().map(local).collect()
}

const NEW_YEAR: &str = "2026-01-01T00:00:00Z";
const BEFORE_SPRING: &str = "2026-03-28T12:00:00Z";
const BEFORE_AUTUMN: &str = "2026-10-24T23:50:00Z";
const GIVEN_UP: &str = "CronScheduler time search limit exceeded.";

#[test]
fn cron_reads_monday_to_friday_as_sunday_to_thursday() {
    let utc = chrono_tz::UTC;
    let theirs = by_cron("0 0 0 * * 1-5", utc, "2026-01-03T00:00:00Z", 2);
    assert_eq!(theirs, ["Sun 2026-01-04T00:00+00:00", "Mon 2026-01-05T00:00+00:00"]);
    let ours = by_us("0 0 0 * * 1-5", "UTC", "2026-01-03T00:00:00Z", 2);
    assert_eq!(ours, ["Mon 2026-01-05T00:00+00:00", "Tue 2026-01-06T00:00+00:00"]);
    assert_eq!(by_cron("0 0 0 * * 7", utc, NEW_YEAR, 1), ["Sat 2026-01-03T00:00+00:00"]);
    assert_eq!(by_us("0 0 0 * * 7", "UTC", NEW_YEAR, 1), ["Sun 2026-01-04T00:00+00:00"]);
    assert!(cron::Schedule::from_str("0 0 0 * * 0").is_err());
}

#[test]
fn cron_joins_two_day_fields_by_and() {
    let theirs = by_cron("0 0 0 13 * FRI", chrono_tz::UTC, NEW_YEAR, 1);
    assert_eq!(theirs, ["Fri 2026-02-13T00:00+00:00"]);
    assert_eq!(by_us("0 0 13 * FRI", "UTC", NEW_YEAR, 1), ["Fri 2026-01-02T00:00+00:00"]);
    assert_eq!(by_us("0 0 13 * +FRI", "UTC", NEW_YEAR, 1), theirs);
}

#[test]
fn cron_leaves_out_the_gap_and_asked_anew_half_of_the_repeated_hour() {
    let berlin = chrono_tz::Europe::Berlin;
    assert_eq!(by_cron("0 30 2 * * *", berlin, BEFORE_SPRING, 1), ["Mon 2026-03-30T02:30+02:00"]);
    assert_eq!(by_us("30 2 * * *", "Europe/Berlin", BEFORE_SPRING, 1), ["Sun 2026-03-29T03:00+02:00"]);
    // After 02:40+02:00 comes 02:00+01:00; `cron` jumps an hour and a third.
    let theirs = by_cron("0 */20 * * * *", berlin, BEFORE_AUTUMN, 4);
    assert_eq!(theirs[2..], ["Sun 2026-10-25T02:40+02:00", "Sun 2026-10-25T03:00+01:00"]);
    let ours = by_us("*/20 * * * *", "Europe/Berlin", BEFORE_AUTUMN, 4);
    assert_eq!(ours[2..], ["Sun 2026-10-25T02:40+02:00", "Sun 2026-10-25T02:00+01:00"]);
}

#[test]
fn the_iterator_of_cron_runs_backwards_in_the_repeated_hour() {
    let from = chrono_at(at(BEFORE_AUTUMN).as_seconds()).with_timezone(&chrono_tz::Europe::Berlin);
    let schedule = cron::Schedule::from_str("0 */20 * * * *").unwrap();
    let ticks: Vec<i64> = schedule.after(&from).take(3).map(|at| at.timestamp()).collect();
    assert!(ticks[2] < ticks[1], "02:00+02:00, 02:00+01:00, 02:20+02:00");
}

#[test]
fn cron_lacks_syntax_ends_in_2100_and_reads_over_spaces() {
    for text in [
        "0 0 22-2 * * *",
        "0 0 0 * * FRI-MON",
        "0 0 0 L * *",
        "0 0 0 15W * *",
        "0 0 0 ? * FRI#2",
        "@annually",
    ] {
        assert!(cron::Schedule::from_str(text).is_err(), "{text}");
        Schedule::parse(source(text)).unwrap();
    }
    assert_eq!(by_cron("0 0 0 29 2 *", chrono_tz::UTC, "2096-03-01T00:00:00Z", 1), Vec::<String>::new());
    for text in ["******", "0 -1 * * * * *"] {
        cron::Schedule::from_str(text).unwrap();
        assert!(croner(text).is_err(), "{text}");
        Schedule::parse(source(text)).unwrap_err();
    }
    for text in ["0 5/15 * * * *", "0 0 0 * * FRIDAY"] {
        cron::Schedule::from_str(text).unwrap();
    }
    for text in ["0 , * * * *", "0 5,,7 * * * *", "0 * * MON * *", "0 * * * * L", "0 */70 * * * *"] {
        assert!(cron::Schedule::from_str(text).is_err(), "{text}");
    }
    let samoa = by_cron("0 0 12 * * *", chrono_tz::Pacific::Apia, "2011-12-29T23:00:00Z", 1);
    assert_eq!(samoa, ["Sat 2011-12-31T12:00+14:00"]);
    let answer = cron::Schedule::from_str("0 60 * * * *").unwrap_err().to_string();
    assert!(answer.contains("less than 59"), "{answer}");
}

#[test]
fn croner_skips_or_doubles_lists_of_fixed_times_at_changes_of_the_clock() {
    let berlin = "Europe/Berlin";
    // One time is moved to the end of the gap, a list of two is not.
    assert_eq!(by_croner("30 2 * * *", berlin, BEFORE_SPRING, 1), ["Sun 2026-03-29T03:00+02:00"]);
    assert_eq!(by_croner("0,30 2 * * *", berlin, BEFORE_SPRING, 1), ["Mon 2026-03-30T02:00+02:00"]);
    assert_eq!(by_us("0,30 2 * * *", berlin, BEFORE_SPRING, 1), ["Sun 2026-03-29T03:00+02:00"]);
    // One time runs once in the repeated hour, a list of two runs twice.
    let theirs = by_croner("30 2,13 * * *", berlin, BEFORE_AUTUMN, 2);
    assert_eq!(theirs, ["Sun 2026-10-25T02:30+02:00", "Sun 2026-10-25T02:30+01:00"]);
    let ours = by_us("30 2,13 * * *", berlin, BEFORE_AUTUMN, 2);
    assert_eq!(ours, ["Sun 2026-10-25T02:30+02:00", "Sun 2026-10-25T13:30+01:00"]);
    // What follows the wall is right in both.
    let both = by_croner("*/20 * * * *", berlin, BEFORE_AUTUMN, 9);
    assert_eq!(by_us("*/20 * * * *", berlin, BEFORE_AUTUMN, 9), both);
}

#[test]
fn croner_never_runs_again_after_the_lost_day_of_samoa() {
    let from = "2011-12-29T00:00:00Z";
    let theirs = by_croner("0 12 * * *", "Pacific/Apia", from, 3);
    assert_eq!(theirs, ["Thu 2011-12-29T12:00-10:00", GIVEN_UP]);
    let ours = by_us("0 12 * * *", "Pacific/Apia", from, 3);
    assert_eq!(
        ours,
        ["Thu 2011-12-29T12:00-10:00", "Sat 2011-12-31T00:00+14:00", "Sat 2011-12-31T12:00+14:00"]
    );
}

#[test]
fn croner_accepts_what_means_nothing_and_lacks_syntax() {
    // `, * * * *` is accepted as well; it is not asked here, since its search takes seconds.
    for text in [", * * * *", "5,,7 * * * *", "* * MON * *", "* * * * L", "*/70 * * * *", "0 0 30 2 *"] {
        croner(text).unwrap();
        Schedule::parse(source(text)).unwrap_err();
    }
    assert_eq!(by_croner("0 0 30 2 *", "UTC", NEW_YEAR, 1), [GIVEN_UP]);
    for text in
        ["0 22-2 * * *", "0 0 * * FRI-MON", "0 0 L-3 * *", "5/15 * * * *", "0 0 * * FRIDAY", "@midnight"]
    {
        assert!(croner(text).is_err(), "{text}");
        Schedule::parse(source(text)).unwrap();
    }
}

#[test]
fn croner_knows_no_star_rule_for_days() {
    let theirs = by_croner("0 0 */2 * FRI", "UTC", NEW_YEAR, 2);
    assert_eq!(theirs, ["Fri 2026-01-02T00:00+00:00", "Sat 2026-01-03T00:00+00:00"]);
    let ours = by_us("0 0 */2 * FRI", "UTC", NEW_YEAR, 2);
    assert_eq!(ours, ["Fri 2026-01-09T00:00+00:00", "Fri 2026-01-23T00:00+00:00"]);
}

/// What `croner` knows of the days that depend on the month is read alike.
#[test]
fn croner_agrees_on_the_last_the_nearest_and_the_nth_day() {
    for text in [
        "0 0 L * *",
        "0 0 LW * *",
        "0 0 15W * *",
        "0 0 1W * *",
        "0 0 * * FRI#2",
        "0 0 * * FRIL",
        "0 0 13 * FRI",
    ] {
        assert_eq!(by_us(text, "UTC", NEW_YEAR, 24), by_croner(text, "UTC", NEW_YEAR, 24), "{text}");
    }
}

/// Midnight of 2026-04-24 does not exist in Cairo, and a quarter past two of 2026-10-04 not on Lord Howe.
#[test]
fn cron_leaves_out_a_day_whose_midnight_or_half_hour_is_missing() {
    let from = "2026-04-23T00:00:00Z";
    let theirs = by_cron("0 0 0 * * *", chrono_tz::Africa::Cairo, from, 1);
    assert_eq!(theirs, ["Sat 2026-04-25T00:00+03:00"]);
    let ours = by_us("0 0 * * *", "Africa/Cairo", from, 2);
    assert_eq!(ours, ["Fri 2026-04-24T01:00+03:00", "Sat 2026-04-25T00:00+03:00"]);
    assert_eq!(by_croner("0 0 * * *", "Africa/Cairo", from, 2), ours);
    let from = "2026-10-03T00:00:00Z";
    let theirs = by_cron("0 15 2 * * *", chrono_tz::Australia::Lord_Howe, from, 1);
    assert_eq!(theirs, ["Mon 2026-10-05T02:15+11:00"]);
    let ours = by_us("15 2 * * *", "Australia/Lord_Howe", from, 1);
    assert_eq!(ours, ["Sun 2026-10-04T02:30+11:00"]);
    assert_eq!(by_croner("15 2 * * *", "Australia/Lord_Howe", from, 1), ours);
}

/// A name counts in whatever field it stands, and a step may leave the field.
#[test]
fn croner_reads_a_weekday_as_a_day_of_the_month_and_a_step_of_seventy_as_the_first_minute() {
    let theirs = by_croner("0 0 MON * *", "UTC", NEW_YEAR, 2);
    assert_eq!(theirs, ["Sun 2026-02-01T00:00+00:00", "Sun 2026-03-01T00:00+00:00"]);
    let theirs = by_croner("*/70 * * * *", "UTC", NEW_YEAR, 2);
    assert_eq!(theirs, ["Thu 2026-01-01T01:00+00:00", "Thu 2026-01-01T02:00+00:00"]);
}

/// The rows of the table in the decision records in which a crate does as we do, or differs by what it accepts.
#[test]
fn both_crates_agree_in_the_rest_of_what_the_records_say() {
    let week = "2026-01-03T00:00:00Z";
    let monday = ["Mon 2026-01-05T00:00+00:00"];
    assert_eq!(by_croner("0 0 * * 1-5", "UTC", week, 1), monday);
    assert_eq!(by_us("0 0 * * 1-5", "UTC", week, 1), monday);
    assert_eq!(by_croner("0 0 * * 0", "UTC", week, 1), ["Sun 2026-01-04T00:00+00:00"]);
    let leap = ["Fri 2104-02-29T00:00+00:00"];
    assert_eq!(by_croner("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1), leap);
    assert_eq!(by_us("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1), leap);
    let stars = by_cron("0 0 0 */2 * FRI", chrono_tz::UTC, NEW_YEAR, 1);
    assert_eq!(stars, by_us("0 0 */2 * FRI", "UTC", NEW_YEAR, 1));
    let autumn = by_cron("0 30 2,13 * * *", chrono_tz::Europe::Berlin, BEFORE_AUTUMN, 2);
    assert_eq!(autumn, by_us("30 2,13 * * *", "Europe/Berlin", BEFORE_AUTUMN, 2));
    // Accepted, and it never runs.
    cron::Schedule::from_str("0 0 0 30 2 *").unwrap();
}
