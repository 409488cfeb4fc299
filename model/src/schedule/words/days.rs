//! The days, months and years in words.
//!
//! Flow: `cron` → **`days`** → `words`.

use super::and;
use super::shape::{Shape, list, ordinal};
use crate::schedule::calendar::YEAR_MIN;
use crate::schedule::cron::{Cron, Join, Rare, bits};

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
pub(super) fn in_words(cron: &Cron) -> Option<String> {
    let none = Rare::default();
    let rare = cron.rare.as_deref().unwrap_or(&none);
    let both = |of: &str| match (days(cron, rare, of), weekdays(cron, rare, of)) {
        (Some(days), Some(weekdays)) if cron.join == Join::Either => {
            Some((format!("{days}, and also {weekdays}"), true))
        }
        (Some(days), Some(weekdays)) => Some((format!("{days}, but only {weekdays}"), true)),
        (Some(days), None) | (None, Some(days)) => Some((days, false)),
        (None, None) => None,
    };
    let Some((of, within)) = months(cron) else { return both("of the month").map(|(text, _)| text) };
    match both("of the month") {
        None => Some(within),
        Some((text, true)) => Some(format!("{text}, only {within}")),
        Some((text, false)) if !text.contains("of the month") => Some(format!("{text} {within}")),
        Some(_) => both(&of).map(|(text, _)| text),
    }
}

/// Returns the years; none when it is every year.
pub(super) fn years(cron: &Cron) -> Option<String> {
    let years = cron.rare.as_ref()?.years;
    let mut values = Vec::new();
    for (word, set) in years.iter().enumerate() {
        values.extend(bits(*set).map(|bit| YEAR_MIN + 64 * word as u32 + bit));
    }
    (!values.is_empty()).then(|| format!("in {}", list(&values, |year| year.to_string())))
}

/// Returns the months behind a day (`of January`) and for themselves (`in January`); none when it is every month.
fn months(cron: &Cron) -> Option<(String, String)> {
    let name = |month: u32| MONTHS[month as usize - 1].to_owned();
    let names = match Shape::of(cron.months.into(), 1, 12) {
        Shape::All => return None,
        Shape::Range(from, to) => {
            let range = format!("from {} to {}", name(from), name(to));
            return Some((format!("of each month {range}"), range));
        }
        _ => list(&bits(cron.months.into()).collect::<Vec<_>>(), name),
    };
    Some((format!("of {names}"), format!("in {names}")))
}

/// Returns the days of the month; none when it is every day.
fn days(cron: &Cron, rare: &Rare, of: &str) -> Option<String> {
    let mut parts = Vec::new();
    match Shape::of(cron.days.into(), 1, 31) {
        Shape::All => return None,
        _ if cron.days == 0 => {}
        Shape::One(day) => parts.push(format!("day {day}")),
        Shape::Row { from, to, step } => {
            parts.push(format!("every {} day from {from} to {to}", ordinal(step)));
        }
        _ => {
            let values: Vec<u32> = bits(cron.days.into()).collect();
            parts.push(format!("days {}", list(&values, |day| day.to_string())));
        }
    }
    parts.extend(bits(rare.last.into()).map(|before| match before {
        0 => "the last day".to_owned(),
        1 => "the day before the last".to_owned(),
        _ => format!("{before} days before the last"),
    }));
    parts.extend(
        bits(rare.nearest.into()).map(|day| format!("the day from Monday to Friday nearest to day {day}")),
    );
    parts.extend(bits(rare.last_nearest.into()).map(|before| match before {
        0 => "the last day from Monday to Friday".to_owned(),
        _ => format!("the day from Monday to Friday nearest to {before} days before the last"),
    }));
    Some(format!("on {} {of}", and(&parts)))
}

/// Returns the weekdays; none when it is every day.
fn weekdays(cron: &Cron, rare: &Rare, of: &str) -> Option<String> {
    let name = |weekday: u32| WEEKDAYS[weekday as usize].to_owned();
    let mut parts = Vec::new();
    let nth: Vec<String> = rare
        .nth
        .iter()
        .zip(WEEKS)
        .flat_map(|(set, week)| bits((*set).into()).map(move |day| format!("the {week} {}", name(day))))
        .collect();
    if !nth.is_empty() {
        parts.push(format!("{} {of}", and(&nth)));
    }
    if cron.weekdays != 0 {
        match Shape::of(cron.weekdays.into(), 0, 6) {
            Shape::All => return None,
            Shape::Range(from, to) if parts.is_empty() => {
                return Some(format!("{} to {}", name(from), name(to)));
            }
            Shape::Range(from, to) => {
                parts.insert(0, format!("each day from {} to {}", name(from), name(to)));
            }
            _ => {
                // The week begins on Monday, as people list it.
                let monday_first = bits(cron.weekdays.into()).filter(|day| *day > 0);
                let sunday = (cron.weekdays & 1 == 1).then_some(0);
                let names: Vec<String> = monday_first.chain(sunday).map(name).collect();
                parts.insert(0, and(&names));
            }
        }
    }
    Some(format!("on {}", and(&parts)))
}
