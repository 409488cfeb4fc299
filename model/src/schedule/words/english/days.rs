//! The days, months and years in English.
//!
//! Flow: `phrase::Days` → **`days`** → `english`.

use super::super::phrase::{Days, MonthDay, WeekDay};
use super::super::shape::{Set, Shape};
use super::{and, list, ordinal};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const WEEKS: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "last"];

/// Returns the days and months; none when it is every day.
pub(super) fn in_words(days: &Days) -> Option<String> {
    let both = |of: &str| {
        let of_month = days.of_month.as_ref().map(|parts| of_month(parts, of));
        let of_week = days.of_week.as_ref().map(|parts| of_week(parts, of));
        match (of_month, of_week) {
            (Some(month), Some(week)) if days.either => Some((format!("{month}, and also {week}"), true)),
            (Some(month), Some(week)) => Some((format!("{month}, but only {week}"), true)),
            (Some(days), None) | (None, Some(days)) => Some((days, false)),
            (None, None) => None,
        }
    };
    let Some((of, within)) = months(&days.months) else { return both("of the month").map(|(text, _)| text) };
    match both("of the month") {
        None => Some(within),
        Some((text, true)) => Some(format!("{text}, only {within}")),
        Some((text, false)) if !text.contains("of the month") => Some(format!("{text} {within}")),
        Some(_) => both(&of).map(|(text, _)| text),
    }
}

/// Returns the years; none when it is every year.
pub(super) fn years(days: &Days) -> Option<String> {
    (!days.years.is_empty()).then(|| format!("in {}", list(&days.years, |year| year.to_string())))
}

/// Returns the months behind a day (`of January`) and for themselves (`in January`); none when it is every month.
fn months(months: &Set) -> Option<(String, String)> {
    let name = |month: u32| MONTHS[month as usize - 1].to_owned();
    let names = match months.shape {
        Shape::All => return None,
        Shape::Range(from, to) => {
            let range = format!("from {} to {}", name(from), name(to));
            return Some((format!("of each month {range}"), range));
        }
        _ => list(&months.values, name),
    };
    Some((format!("of {names}"), format!("in {names}")))
}

fn of_month(days: &[MonthDay], of: &str) -> String {
    let parts: Vec<String> = days
        .iter()
        .map(|day| match day {
            MonthDay::Numbers(days) => match days.shape {
                Shape::One(day) => format!("day {day}"),
                Shape::Row { from, to, step } => {
                    format!("every {} day from {from} to {to}", ordinal(step))
                }
                _ => format!("days {}", list(&days.values, |day| day.to_string())),
            },
            MonthDay::Last(0) => "the last day".to_owned(),
            MonthDay::Last(before) => format!("the {}-to-last day", ordinal(before + 1)),
            MonthDay::Nearest(day) => format!("the day from Monday to Friday nearest to day {day}"),
            MonthDay::NearestLast(0) => "the last day from Monday to Friday".to_owned(),
            MonthDay::NearestLast(before) => {
                format!("the day from Monday to Friday nearest to the {}-to-last day", ordinal(before + 1))
            }
        })
        .collect();
    format!("on {} {of}", and(&parts))
}

fn of_week(days: &[WeekDay], of: &str) -> String {
    let name = |day: u32| WEEKDAYS[day as usize].to_owned();
    let mut each = Vec::new();
    let mut nth = Vec::new();
    for day in days {
        match day {
            WeekDay::Each(set) => match set.shape {
                Shape::Range(from, to) if days.len() == 1 => {
                    return format!("{} to {}", name(from), name(to));
                }
                Shape::Range(from, to) => {
                    each.push(format!("each day from {} to {}", name(from), name(to)));
                }
                _ => each.push(and(&set.values.iter().copied().map(name).collect::<Vec<_>>())),
            },
            WeekDay::Nth { week, day } => nth.push(format!("the {} {}", WEEKS[*week], name(*day))),
        }
    }
    if !nth.is_empty() {
        each.push(format!("{} {of}", and(&nth)));
    }
    format!("on {}", and(&each))
}
