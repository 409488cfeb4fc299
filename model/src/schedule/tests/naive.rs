//! The evaluator against the naive walk (`testing::schedule`), over random expressions, zones and instants.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::expression::{Expression, expressions};
use super::*;
use crate::testing::schedule::{Reading, Walk, ZONES, zone};

const RULES: [DstRule; 3] = [DstRule::Vixie, DstRule::Wall, DstRule::Skip];

/// The zone, and changes of its clock since 2005.
static CHANGES: LazyLock<Vec<(&str, i64)>> = LazyLock::new(|| {
    let since = "2005-01-01T00:00:00Z".parse().unwrap();
    let until = "2040-01-01T00:00:00Z".parse().unwrap();
    let mut changes = vec![("UTC", 1_772_000_000 / 60 * 60)];
    for name in ZONES {
        let zone = zone(name);
        let following = zone.following(since).take_while(|change| change.timestamp() < until);
        changes.extend(following.map(|change| (name, change.timestamp().as_second())));
    }
    changes
});

/// Returns all runs in (after, until).
fn ours(schedule: &Schedule, after: i64, until: i64) -> Vec<i64> {
    let next = |at: i64| schedule.next_after(Timestamp::from_seconds(at)).map(Timestamp::as_seconds);
    std::iter::successors(next(after), |at| next(*at)).take_while(|at| *at < until).collect()
}

fn compare(expression: &Expression, zone: &str, rule: DstRule, walk: &Walk) {
    let text = &expression.text;
    let parsed = Schedule::parse(Source { timezone: zone, dst: rule, ..source(text) });
    let wanted = walk.runs(expression, rule);
    let schedule = match parsed {
        Ok(schedule) => schedule,
        Err(faults) => {
            assert!(faults.to_string().contains("never fires"), "{text}: {faults}");
            return assert_eq!(wanted, Vec::<i64>::new(), "`{text}` in {zone} under {rule:?}");
        }
    };
    let (first, last) = (walk.walls()[0].0, walk.walls()[walk.walls().len() - 1].0);
    assert_eq!(ours(&schedule, first, last + 1), wanted, "`{text}` in {zone} under {rule:?}");
    let reading = Reading::of(text, Weekdays::Unix, "").unwrap();
    assert_eq!(walk.runs(&reading, rule), wanted, "the naive reading of `{text}`");
    // Asked from anywhere, also from within the repeated hour: the next of the same row.
    for (at, wall) in walk.walls().iter().step_by(17) {
        let wanted = wanted.iter().find(|run| *run > at).copied();
        let next = schedule.next_after(Timestamp::from_seconds(*at)).map(Timestamp::as_seconds);
        let got = next.filter(|next| *next <= last);
        assert_eq!(got, wanted, "`{text}` in {zone} under {rule:?} after {wall}");
    }
}

proptest! {
    /// Two days before and after a change of the clock, minute by minute, under each rule.
    #[test]
    fn minutes_around_a_change_equal_the_naive_walk(
        expression in expressions(false, false), change in any::<prop::sample::Index>(),
    ) {
        let (name, change) = *change.get(&CHANGES[..]);
        let walk = Walk::of(&zone(name), change - 48 * 3_600, change + 48 * 3_600, 60);
        for rule in RULES {
            compare(&expression, name, rule, &walk);
        }
    }

    /// From twenty minutes before a change of the clock to eighty after it, second by second, under each rule.
    #[test]
    fn seconds_around_a_change_equal_the_naive_walk(
        expression in expressions(true, false), change in any::<prop::sample::Index>(),
    ) {
        let (name, change) = *change.get(&CHANGES[..]);
        let walk = Walk::of(&zone(name), change - 1_200, change + 4_800, 1);
        for rule in RULES {
            compare(&expression, name, rule, &walk);
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
