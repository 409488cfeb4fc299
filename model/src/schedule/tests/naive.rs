//! The evaluator against a naive one that walks the clock step by step and reads every offset from `jiff`.
//!
//! The naive rule: let M be the latest that the wall has shown so far. A fixed time runs at the first instant at
//! which the wall reaches or passes it (it lies after M, and not after the wall); under `wall` a time runs whenever
//! the wall shows it; under `skip` when the wall shows it and it lies after M.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;

use super::expression::{Expression, expressions};
use super::*;

const ZONES: [&str; 14] = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
    "Europe/Dublin",
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Asia/Pyongyang",
    "America/Caracas",
    "Antarctica/Troll",
    "Asia/Gaza",
    "UTC",
];
const RULES: [DstRule; 3] = [DstRule::Vixie, DstRule::Wall, DstRule::Skip];

/// The zone, and changes of its clock since 2005.
static CHANGES: LazyLock<Vec<(&str, i64)>> = LazyLock::new(|| {
    let since = "2005-01-01T00:00:00Z".parse().unwrap();
    let until = "2040-01-01T00:00:00Z".parse().unwrap();
    let mut changes = vec![("UTC", 1_772_000_000 / 60 * 60)];
    for name in ZONES {
        let zone = jiff(name);
        let following = zone.following(since).take_while(|change| change.timestamp() < until);
        changes.extend(following.map(|change| (name, change.timestamp().as_second())));
    }
    changes
});

fn jiff(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// What the wall shows at each step of a stretch of time.
fn walls(zone: &TimeZone, from: i64, until: i64, step: i64) -> Vec<(i64, DateTime)> {
    (from..until)
        .step_by(step as usize)
        .map(|at| (at, zone.to_datetime(jiff::Timestamp::from_second(at).unwrap())))
        .collect()
}

/// Returns the runs at all steps but the first, which only says what the wall has shown.
fn naive(expression: &Expression, rule: DstRule, walls: &[(i64, DateTime)], step: i64) -> Vec<i64> {
    let matches = |wall: DateTime| expression.at(wall.time()) && expression.on(wall.date());
    let mut shown = walls[0].1;
    let mut runs = Vec::new();
    for (at, wall) in &walls[1..] {
        let after_shown = shown.checked_add(step.seconds()).unwrap();
        let runs_now = match rule {
            DstRule::Vixie if !expression.follows_the_wall() => {
                let mut passed =
                    std::iter::successors(Some(after_shown), |wall| wall.checked_add(step.seconds()).ok());
                passed.by_ref().take_while(|passed| passed <= wall).any(matches)
            }
            DstRule::Vixie | DstRule::Wall => matches(*wall),
            DstRule::Skip => *wall > shown && matches(*wall),
        };
        if runs_now {
            runs.push(*at);
        }
        shown = shown.max(*wall);
    }
    runs
}

/// Returns all runs in (after, until).
fn ours(schedule: &Schedule, after: i64, until: i64) -> Vec<i64> {
    let next = |at: i64| schedule.next_after(Timestamp::from_seconds(at)).map(Timestamp::as_seconds);
    std::iter::successors(next(after), |at| next(*at)).take_while(|at| *at < until).collect()
}

fn compare(expression: &Expression, zone: &str, rule: DstRule, walls: &[(i64, DateTime)], step: i64) {
    let parsed = Schedule::parse(Source { timezone: zone, dst: rule, ..source(&expression.text) });
    let wanted = naive(expression, rule, walls, step);
    let schedule = match parsed {
        Ok(schedule) => schedule,
        Err(faults) => {
            assert!(faults.to_string().contains("never fires"), "{}: {faults}", expression.text);
            return assert_eq!(wanted, Vec::<i64>::new(), "`{}` in {zone} under {rule:?}", expression.text);
        }
    };
    let last = walls[walls.len() - 1].0;
    let got = ours(&schedule, walls[0].0, last + 1);
    assert_eq!(got, wanted, "`{}` in {zone} under {rule:?}", expression.text);
    // Asked from anywhere, also from within the repeated hour: the next of the same row.
    for (at, wall) in walls.iter().step_by(17) {
        let wanted = wanted.iter().find(|run| *run > at).copied();
        let next = schedule.next_after(Timestamp::from_seconds(*at)).map(Timestamp::as_seconds);
        let got = next.filter(|next| *next <= last);
        assert_eq!(got, wanted, "`{}` in {zone} under {rule:?} after {wall}", expression.text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Two days before and after a change of the clock, minute by minute, under each rule.
    #[test]
    fn minutes_around_a_change_equal_the_naive_walk(
        expression in expressions(false, false), change in any::<prop::sample::Index>(),
    ) {
        let (zone, change) = *change.get(&CHANGES[..]);
        let walls = walls(&jiff(zone), change - 48 * 3_600, change + 48 * 3_600, 60);
        for rule in RULES {
            compare(&expression, zone, rule, &walls, 60);
        }
    }

    /// Two hours before and after a change of the clock, second by second, under each rule.
    #[test]
    fn seconds_around_a_change_equal_the_naive_walk(
        expression in expressions(true, false), change in any::<prop::sample::Index>(),
    ) {
        let (zone, change) = *change.get(&CHANGES[..]);
        let walls = walls(&jiff(zone), change - 7_200, change + 7_200, 1);
        for rule in RULES {
            compare(&expression, zone, rule, &walls, 1);
        }
    }

    /// The next run in UTC from any instant, found day by day over twelve years.
    #[test]
    fn the_next_run_equals_a_walk_over_the_days(
        expression in expressions(true, true), from in 0_i64..7_200_000_000,
    ) {
        let Ok(schedule) = Schedule::parse(source(&expression.text)) else { return Ok(()) };
        let start = TimeZone::UTC.to_datetime(jiff::Timestamp::from_second(from).unwrap());
        let end = jiff::civil::date(2201, 1, 1).min(start.date().saturating_add(12.years()));
        let rest_of_day = (start + 1.second()).series(1.second()).take_while(|wall| wall.date() == start.date());
        let today = if expression.on(start.date()) {
            rest_of_day.clone().find(|wall| expression.at(wall.time()))
        } else {
            None
        };
        let later = start.date().series(1.day()).skip(1).take_while(|date| *date < end);
        let later = || later.clone().find(|date| expression.on(*date)).map(|date| date.to_datetime(expression.first_time()));
        let wanted = today.or_else(later).map(|wall| TimeZone::UTC.to_timestamp(wall).unwrap().as_second());
        let got = schedule.next_after(Timestamp::from_seconds(from)).map(Timestamp::as_seconds);
        let horizon = TimeZone::UTC.to_timestamp(end.to_datetime(jiff::civil::Time::midnight())).unwrap().as_second();
        prop_assert_eq!(got.filter(|at| *at < horizon), wanted, "{} after {}", expression.text, start);
    }

    /// No row of instants ever stands still or turns back, in any zone of the list and under any rule.
    #[test]
    fn results_rise_strictly(
        expression in expressions(true, false), zone in prop::sample::select(&ZONES[..]), from in 0_i64..7_000_000_000,
    ) {
        for dst in RULES {
            let Ok(schedule) = Schedule::parse(Source { timezone: zone, dst, ..source(&expression.text) }) else { continue };
            let mut at = Timestamp::from_seconds(from);
            for _ in 0..200 {
                let Some(next) = schedule.next_after(at) else { break };
                prop_assert!(next > at);
                prop_assert_eq!(schedule.next_after(Timestamp::from_millis(next.as_millis() - 1)), Some(next));
                at = next;
            }
        }
    }
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
