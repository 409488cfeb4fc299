//! A schedule in words, and what the user should know about it.
//!
//! Flow: `Plan` → **`words`** → `cli`, API, page. Read from the bits that `eval` runs by, so that words and ticks
//! cannot differ: `0,30` and `*/30` say the same.
//!
//! Inside: `shape` (what a set looks like), `time` (of the day), `days` (which of them).

mod days;
mod shape;
mod time;

use super::Plan;
use super::cron::{Cron, Join};
use super::zone::Zone;
use crate::time::{Span, Timestamp};

/// Returns what the user should know about a plan.
pub(super) fn warnings(plan: &Plan) -> Vec<String> {
    let Plan::Cron(cron) = plan else { return Vec::new() };
    let warning = match cron.join {
        Join::Both => return Vec::new(),
        Join::BothByStar => {
            "both day fields are set and one begins with `*`: a day must match both; write `+` before day of week \
             to say so"
        }
        Join::Either => {
            "both day fields are set: a day that matches either is taken; write `+` before day of week to ask for both"
        }
    };
    vec![warning.to_owned()]
}

/// Returns a plan in English words.
pub(super) fn in_words(plan: &Plan, zone: &Zone) -> String {
    match plan {
        Plan::Cron(cron) => cron_in_words(cron),
        Plan::Every { period, anchor } => period_in_words(*period, *anchor),
        Plan::At(at) => format!("once, at {}", zone.local(*at)),
    }
}

fn cron_in_words(cron: &Cron) -> String {
    let mut text = time::in_words(cron);
    let days = days::in_words(cron);
    match (days, time::is_clock(cron)) {
        (Some(days), true) => text = format!("{text} {days}"),
        (Some(days), false) => text = format!("{text}, {days}"),
        (None, true) => text.push_str(" every day"),
        (None, false) => {}
    }
    if let Some(years) = days::years(cron) {
        text.push_str(&format!(", only {years}"));
    }
    if cron.spread {
        text.push_str(" (spread by the job's name)");
    }
    text
}

fn period_in_words(period: Span, anchor: Timestamp) -> String {
    let mut rest = period.as_millis();
    let mut parts = Vec::new();
    for (unit, millis) in
        [("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000), ("millisecond", 1)]
    {
        let count = rest / millis;
        rest %= millis;
        match count {
            0 => {}
            1 => parts.push(format!("1 {unit}")),
            _ => parts.push(format!("{count} {unit}s")),
        }
    }
    let single = parts.len() == 1;
    let text = and(&parts);
    let text = text.strip_prefix("1 ").filter(|_| single).unwrap_or(&text);
    // Counted from 1970, the period falls on full hours and minutes by itself.
    if anchor.as_millis() == 0 {
        format!("every {text}")
    } else {
        format!("every {text}, counted from {anchor}")
    }
}

/// Returns parts as people list them: `a, b and c`.
fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
