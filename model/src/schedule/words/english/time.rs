//! The time of the day in English: clock times where they are few, else how often.
//!
//! Flow: `phrase::Time` → **`time`** → `english`.

use super::super::phrase::Time;
use super::super::shape::Shape;
use super::{and, list, ordinal};
use crate::time::Span;

/// Returns the time of the day.
pub(super) fn in_words(time: &Time) -> String {
    match time {
        Time::Clocks(times) => format!("at {}", and(times)),
        Time::Hours { minute, hours } => each_hour(*minute, hours),
        Time::Minutes { minutes, hours } => {
            format!("{}{}", often("minute", minutes, "hour"), within_hours(hours))
        }
        Time::Seconds { seconds, minutes, hours } => {
            let often = often("second", seconds, "minute");
            format!("{often}{}{}", within_minutes(minutes, hours), within_hours(hours))
        }
    }
}

/// Returns a length of time behind `every`.
pub(super) fn period(period: Span) -> String {
    const UNITS: [(&str, u64); 5] =
        [("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("millisecond", 1)];
    let mut rest = period.as_millis();
    let mut parts = Vec::new();
    for (unit, millis) in UNITS {
        let count = rest / millis;
        rest %= millis;
        match count {
            0 => {}
            1 if rest == 0 && parts.is_empty() => return unit.to_owned(),
            1 => parts.push(format!("1 {unit}")),
            _ => parts.push(format!("{count} {unit}s")),
        }
    }
    and(&parts)
}

/// Returns one minute of some hours.
fn each_hour(minute: u32, hours: &Shape) -> String {
    match hours {
        Shape::All if minute == 0 => "every hour".to_owned(),
        Shape::All => format!("at minute {minute} of every hour"),
        Shape::Range(from, to) => format!("every hour from {from:02}:{minute:02} to {to:02}:{minute:02}"),
        Shape::Even { from, step } => format!("every {step} hours from {from:02}:{minute:02}"),
        Shape::Row { from, to, step } => {
            format!("every {step} hours from {from:02}:{minute:02} to {to:02}:{minute:02}")
        }
        Shape::One(_) | Shape::List(_) => format!("at minute {minute}{}", within_hours(hours)),
    }
}

/// Returns how often within the next larger unit.
fn often(unit: &str, shape: &Shape, whole: &str) -> String {
    match shape {
        Shape::All => format!("every {unit}"),
        Shape::Even { from: 0, step } => format!("every {step} {unit}s"),
        Shape::Even { from, step } => format!("every {step} {unit}s from {unit} {from}"),
        Shape::Row { from, to, step } => {
            format!("every {} {unit} from {from} to {to} of the {whole}", ordinal(*step))
        }
        Shape::One(at) => format!("at {unit} {at} of the {whole}"),
        Shape::Range(from, to) => format!("every {unit} from {from} to {to} of the {whole}"),
        Shape::List(values) => format!("at {unit}s {} of the {whole}", list(values, |n| n.to_string())),
    }
}

fn within_minutes(minutes: &Shape, hours: &Shape) -> String {
    let whole = if *hours == Shape::All { " of every hour" } else { "" };
    match minutes {
        Shape::All => String::new(),
        Shape::One(at) => format!(" in minute {at}{whole}"),
        Shape::Range(from, to) => format!(" in minutes {from} to {to}{whole}"),
        Shape::Even { from: 0, step } => format!(" in every {} minute", ordinal(*step)),
        Shape::Even { from, step } => format!(" in every {} minute from minute {from}", ordinal(*step)),
        Shape::Row { from, to, step } => {
            format!(" in every {} minute from {from} to {to}{whole}", ordinal(*step))
        }
        Shape::List(values) => format!(" in minutes {}{whole}", list(values, |n| n.to_string())),
    }
}

fn within_hours(hours: &Shape) -> String {
    match hours {
        Shape::All => String::new(),
        Shape::One(at) => format!(" between {at:02}:00 and {at:02}:59"),
        Shape::Range(from, to) => format!(" between {from:02}:00 and {to:02}:59"),
        Shape::Even { from: 0, step } => format!(" in every {} hour", ordinal(*step)),
        Shape::Even { from, step } => format!(" in every {} hour from hour {from}", ordinal(*step)),
        Shape::Row { from, to, step } => format!(" in every {} hour from {from} to {to}", ordinal(*step)),
        Shape::List(values) => format!(" in the hours {}", list(values, |n| n.to_string())),
    }
}
