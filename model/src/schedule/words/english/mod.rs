//! Schedules in English.
//!
//! Flow: `phrase` → **`english`** → words. Inside: `days`, `time`, `changes` (of the clock).
//! Its sister is `chinese`: the same parts in the same order.

mod changes;
mod days;
mod time;

use super::Tongue;
use super::phrase::{Days, Note, Time};
use super::shape::runs;
use crate::schedule::cron::Join;
use crate::schedule::eval::Change;
use crate::time::{Span, Timestamp};

/// English.
pub(super) struct English;

impl Tongue for English {
    fn cron(&self, days: &Days, time: &Time) -> String {
        let mut text = time::in_words(time);
        let clocks = matches!(time, Time::Clocks(_));
        match (days::in_words(days), clocks) {
            (Some(days), true) => text = format!("{text} {days}"),
            (Some(days), false) => text = format!("{text}, {days}"),
            (None, true) => text.push_str(" every day"),
            (None, false) => {}
        }
        if let Some(years) = days::years(days) {
            text.push_str(&format!(", only {years}"));
        }
        text
    }

    fn every(&self, period: Span, anchor: Timestamp) -> String {
        format!("every {}, counted from {anchor}", time::period(period))
    }

    fn once(&self, local: &str) -> String {
        format!("once, at {local}")
    }

    fn spread(&self, words: String) -> String {
        format!("{words} (spread by the job's name)")
    }

    fn in_zone(&self, words: String, zone: &str) -> String {
        format!("{words}, in {zone}")
    }

    fn join_warning(&self, join: Join) -> Option<&'static str> {
        match join {
            Join::Both => None,
            Join::BothByStar => Some(
                "both day fields are set and one begins with `*`: a day must match both; write `+` before day of \
                 week to say so",
            ),
            Join::Either => Some(
                "both day fields are set: a day that matches either is taken; write `+` before day of week to ask \
                 for both",
            ),
        }
    }

    fn change(&self, change: Change) -> &'static str {
        changes::rule(change)
    }

    fn note(&self, note: &Note) -> String {
        changes::note(note)
    }

    fn notes(&self, notes: &[String]) -> String {
        notes.join("; ")
    }

    fn ended(&self, last: Option<&str>) -> String {
        match last {
            Some(last) => format!("ended: its last time was {last}"),
            None => "ended: it has no time left".to_owned(),
        }
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

/// Returns values as people list them, three or more in a row as `a to b`.
fn list(values: &[u32], name: impl Fn(u32) -> String) -> String {
    and(&runs(values, &name, |first, last| format!("{} to {}", name(first), name(last))))
}

/// Returns a number as it is said in a row: `2nd`, `7th`.
fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
