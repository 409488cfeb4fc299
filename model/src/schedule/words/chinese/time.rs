//! The time of the day in Chinese: clock times where they are few, else how often.
//!
//! Flow: `phrase::Time` → **`time`** → `chinese`.

use super::super::phrase::Time;
use super::super::shape::Shape;
use super::{and, list, row};
use crate::time::Span;

/// Returns the time of the day.
pub(super) fn in_words(time: &Time) -> String {
    let parts = match time {
        Time::Clocks(times) => [and(times), String::new(), String::new()],
        Time::Hours { minute, hours } => [each_hour(*minute, hours), String::new(), String::new()],
        Time::Minutes { minutes, hours } => {
            [within_hours(hours), often("分", "分钟", minutes, "每小时"), String::new()]
        }
        Time::Seconds { seconds, minutes, hours } => {
            [within_hours(hours), within_minutes(minutes), often("秒", "秒", seconds, "每分钟")]
        }
    };
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("，")
}

/// Returns a length of time behind `每`.
pub(super) fn period(period: Span) -> String {
    /// The unit among others, and alone.
    const UNITS: [(&str, &str, u64); 5] = [
        ("天", "天", 86_400_000),
        ("小时", "小时", 3_600_000),
        ("分", "分钟", 60_000),
        ("秒", "秒", 1_000),
        ("毫秒", "毫秒", 1),
    ];
    let mut rest = period.as_millis();
    let mut text = String::new();
    for (unit, alone, millis) in UNITS {
        let count = rest / millis;
        rest %= millis;
        match count {
            0 => {}
            1 if rest == 0 && text.is_empty() => return alone.to_owned(),
            _ if rest == 0 && text.is_empty() => return format!("{count}{alone}"),
            _ => text.push_str(&format!("{count}{unit}")),
        }
    }
    text
}

/// Returns one minute of some hours.
fn each_hour(minute: u32, hours: &Shape) -> String {
    match hours {
        Shape::All if minute == 0 => "每小时整点".to_owned(),
        Shape::All => format!("每小时第{minute}分"),
        Shape::Range(from, to) => format!("{from:02}:{minute:02} 至 {to:02}:{minute:02}，每小时一次"),
        Shape::Even { from, step } => format!("从 {from:02}:{minute:02} 起，每{step}小时一次"),
        Shape::Row { from, to, step } => {
            format!("{from:02}:{minute:02} 至 {to:02}:{minute:02}，每{step}小时一次")
        }
        Shape::One(_) | Shape::List(_) => format!("{}的第{minute}分", within_hours(hours)),
    }
}

/// Returns how often within the next larger unit; `point` names one of the units, `length` some of them.
fn often(point: &str, length: &str, shape: &Shape, whole: &str) -> String {
    match shape {
        Shape::All => format!("每{length}"),
        Shape::Even { from: 0, step } => format!("每{step}{length}"),
        Shape::Even { from, step } => format!("从第{from}{point}起，每{step}{length}"),
        Shape::Row { from, to, step } => format!("{whole}第{from}至{to}{point}，每{step}{length}"),
        Shape::One(at) => format!("{whole}第{at}{point}"),
        Shape::Range(from, to) => format!("{whole}第{from}至{to}{point}，每{length}"),
        Shape::List(values) => format!("{whole}第{}{point}", list(values)),
    }
}

fn within_minutes(minutes: &Shape) -> String {
    match minutes {
        Shape::All => String::new(),
        Shape::One(at) => format!("每小时第{at}分"),
        Shape::Range(from, to) => format!("每小时第{from}至{to}分"),
        Shape::Even { from, step } => format!("每小时第{}分", row(*from, from + 60 - step, *step)),
        Shape::Row { from, to, step } => format!("每小时第{}分", row(*from, *to, *step)),
        Shape::List(values) => format!("每小时第{}分", list(values)),
    }
}

fn within_hours(hours: &Shape) -> String {
    match hours {
        Shape::All => String::new(),
        Shape::One(at) => format!("{at:02}:00 至 {at:02}:59"),
        Shape::Range(from, to) => format!("{from:02}:00 至 {to:02}:59"),
        Shape::Even { from, step } => format!("{}点", row(*from, from + 24 - step, *step)),
        Shape::Row { from, to, step } => format!("{}点", row(*from, *to, *step)),
        Shape::List(values) => format!("{}点", list(values)),
    }
}
