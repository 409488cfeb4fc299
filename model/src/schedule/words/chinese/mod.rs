//! Schedules in Chinese, as operators write them: from the year down to the second.
//!
//! Flow: `phrase` → **`chinese`** → words. Inside: `days`, `time`, `changes` (of the clock).
//! Its sister is `english`: the same parts in the same order.

mod changes;
mod days;
mod time;

use super::Tongue;
use super::phrase::{Days, Note, Time};
use super::shape::runs;
use crate::schedule::cron::Join;
use crate::schedule::eval::Change;
use crate::time::{Span, Timestamp};

/// Chinese in simplified characters.
pub(super) struct Chinese;

impl Tongue for Chinese {
    fn cron(&self, days: &Days, time: &Time) -> String {
        let clocks = matches!(time, Time::Clocks(_));
        let time = time::in_words(time);
        let text = match (days::in_words(days), clocks) {
            // A bracket of full width brings its own blank.
            (Some(days), true) if days.ends_with('）') => days + &time,
            (Some(days), true) => format!("{days} {time}"),
            (Some(days), false) if time.starts_with(|c: char| c.is_ascii_digit()) => format!("{days} {time}"),
            (Some(days), false) => format!("{days}，{time}"),
            (None, true) => format!("每天 {time}"),
            (None, false) => time,
        };
        let text = match days::years(days) {
            Some(years) => format!("{years}{text}"),
            None => text,
        };
        // Where offices are concerned, the word means days that the state declares; here it is the week alone.
        if text.contains(days::WORKDAY) {
            spaced(&format!("{text}（{}指周一至周五）", days::WORKDAY))
        } else {
            spaced(&text)
        }
    }

    fn every(&self, period: Span, anchor: Timestamp) -> String {
        spaced(&format!("每{}，从 {anchor} 起算", time::period(period)))
    }

    fn once(&self, local: &str) -> String {
        format!("仅一次：{local}")
    }

    fn spread(&self, words: String) -> String {
        format!("{words}（按任务名错开）")
    }

    fn in_zone(&self, words: String, zone: &str) -> String {
        format!("{words}（{zone} 时间）")
    }

    fn join_warning(&self, join: Join) -> Option<&'static str> {
        match join {
            Join::Both => None,
            Join::BothByStar => {
                Some("日和星期都有限制，且其中一个以 `*` 开头：两者须同时满足；可在星期前写 `+` 明确表示")
            }
            Join::Either => {
                Some("日和星期都有限制：满足其中任意一个就会运行；若须同时满足，请在星期前写 `+`")
            }
        }
    }

    fn change(&self, change: Change) -> &'static str {
        changes::rule(change)
    }

    fn note(&self, note: &Note) -> String {
        changes::note(note)
    }

    fn notes(&self, notes: &[String]) -> String {
        notes.join("；")
    }

    fn ended(&self, last: Option<&str>) -> String {
        match last {
            Some(last) => format!("已结束：最后一次时间为 {last}"),
            None => "已结束：不再有运行时间".to_owned(),
        }
    }
}

/// Returns parts as people list them: `a、b 和 c`.
fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{}和{last}", first.join("、")),
    }
}

/// Returns values as people list them behind one unit, three or more in a row as `a 至 b`.
fn list(values: &[u32]) -> String {
    and(&runs(values, |value| value.to_string(), |first, last| format!("{first}至{last}")))
}

/// Returns the values of an even row by its beginning and its end: `0、2、…、22`.
fn row(from: u32, to: u32, step: u32) -> String {
    let values: Vec<u32> = (from..=to).step_by(step as usize).collect();
    match values[..] {
        [first, second, _, .., last] if values.len() > 4 => format!("{first}、{second}、…、{last}"),
        _ => list(&values),
    }
}

/// Returns a text with a blank between Chinese characters and figures or Latin letters.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 4);
    let mut before = None;
    for letter in text.chars() {
        let meet = |one: char, other: char| is_han(one) && other.is_ascii_alphanumeric();
        if before.is_some_and(|before| meet(before, letter) || meet(letter, before)) {
            spaced.push(' ');
        }
        spaced.push(letter);
        before = Some(letter);
    }
    spaced
}

fn is_han(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}
