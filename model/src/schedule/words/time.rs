//! The time of the day in words: clock times where they are few, else how often.
//!
//! Flow: `cron` → **`time`** → `words`.

use super::and;
use super::shape::{Shape, list, ordinal};
use crate::schedule::cron::{Cron, bits};

/// The most clock times that are told one by one.
const CLOCK_MAX: u32 = 6;

/// Returns true when the times of a day are so few that they are told one by one.
pub(super) fn is_clock(cron: &Cron) -> bool {
    cron.seconds.count_ones() * cron.minutes.count_ones() * cron.hours.count_ones() <= CLOCK_MAX
}

/// Returns the time of the day.
pub(super) fn in_words(cron: &Cron) -> String {
    if is_clock(cron) {
        return format!("at {}", and(&clocks(cron)));
    }
    let second = Shape::of(cron.seconds, 0, 59);
    let minute = Shape::of(cron.minutes, 0, 59);
    let hour = Shape::of(cron.hours.into(), 0, 23);
    match (&second, &minute) {
        (Shape::One(0), Shape::One(minute)) => each_hour(*minute, &hour),
        (Shape::One(0), _) => format!("{}{}", often("minute", &minute, "hour"), within_hours(&hour)),
        _ => {
            let often = often("second", &second, "minute");
            format!("{often}{}{}", within_minutes(&minute, &hour), within_hours(&hour))
        }
    }
}

fn clocks(cron: &Cron) -> Vec<String> {
    let mut times = Vec::new();
    for hour in bits(cron.hours.into()) {
        for minute in bits(cron.minutes) {
            for second in bits(cron.seconds) {
                let seconds = if cron.seconds == 1 { String::new() } else { format!(":{second:02}") };
                times.push(format!("{hour:02}:{minute:02}{seconds}"));
            }
        }
    }
    times
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
        Shape::One(_) | Shape::List(_) => {
            format!("at minute {minute}{}", within_hours(hours))
        }
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
