//! Lines that are written for something else: a whole line of a crontab, a schedule of another system, plain words.
//!
//! Flow: words → **`foreign`** → a fault that says what to write here. What it does not know is left to `fields`.

use std::ops::Range;

use super::field::Field;
use super::hint::MACROS;
use super::token::Part;
use crate::fault::Sentence;
use crate::sentence;

/// What a text is, and what to write instead.
pub(super) struct Foreign {
    /// Where it shows.
    pub span: Range<usize>,
    /// What it is.
    pub message: Sentence,
    /// What to write.
    pub hint: Sentence,
}

/// Returns what a text is when it cannot be an expression; none for everything else.
pub(super) fn foreign(text: &str, words: &[Part<'_>]) -> Option<Foreign> {
    let (first, last) = (words.first()?, words.last()?);
    let whole = first.at..last.span().end;
    let lower = first.text.to_ascii_lowercase();
    let (span, message, hint) = if lower.starts_with('#') {
        (whole, sentence!("is a comment"), sentence!("put notes into the job's `description`"))
    } else if let Some((name, _)) = first.text.split_once('=').filter(|(name, _)| is_name(name)) {
        let message = sentence!("`{}=` sets a variable, which a schedule has not", name);
        let hint = sentence!("variables of a shell job stand in `shell.env`, its zone in `timezone`");
        (first.span(), message, hint)
    } else if lower.starts_with("cron(") || lower.starts_with("rate(") {
        let name = &lower[..4];
        let message = sentence!("`{}(…)` is written for another scheduler", name);
        (whole, message, wrapped(&text[first.at + 5..last.span().end]))
    } else if is_row_of_lines(text) {
        let message = sentence!("has several lines; a schedule has one");
        (whole, message, sentence!("save a job for each of them"))
    } else if let Some(clock) = words.iter().find(|word| is_clock(word.text)) {
        let (hour, minute) = clock.text.split_once(':')?;
        let message = sentence!("`{}` is a time of the day; minute and hour are two fields", clock.text);
        let minute = minute.split(':').next().unwrap_or(minute);
        (
            clock.span(),
            message,
            sentence!("write minute and hour apart: `{} {} * * *`", plain(minute), plain(hour)),
        )
    } else if words.len() == 1
        && let Some((name, _)) = MACROS.iter().find(|(name, _)| name[1..] == lower)
    {
        (whole, sentence!("`{}` alone is no field", first.text), sentence!("did you mean `{}`?", name))
    } else if lower == "every" {
        let rest: Vec<&str> = words[1..].iter().map(|word| word.text).collect();
        let hint = match period(&rest.join(" ")) {
            Some(period) => sentence!("write `@every {}`", period),
            None => sentence!("write `@every 5m`, or the fields: `0 9 * * MON`"),
        };
        (whole, sentence!("is written in words"), hint)
    } else {
        return None;
    };
    Some(Foreign { span, message, hint })
}

/// Returns the place in a row of words where a command begins, as it follows the fields in a crontab.
pub(super) fn command(words: &[Part<'_>]) -> Option<usize> {
    let at = words.iter().skip(5).position(|word| !may_be_field(word.text))? + 5;
    Some(at)
}

/// Returns a length of time in words as this project writes it: `5 minutes` is `5m`.
pub(super) fn period(text: &str) -> Option<String> {
    /// Beginnings of units in use, what one of them is, and how many of that.
    const UNITS: [(&[&str], u64, &str); 5] = [
        (&["s", "sec", "secs", "second", "seconds"], 1, "s"),
        (&["m", "min", "mins", "minute", "minutes"], 1, "m"),
        (&["h", "hr", "hrs", "hour", "hours"], 1, "h"),
        (&["d", "day", "days"], 1, "d"),
        (&["w", "week", "weeks"], 7, "d"),
    ];
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let count: u64 = if digits == 0 { 1 } else { text[..digits].parse().ok()? };
    let unit = text[digits..].trim();
    let (_, each, unit) = UNITS.into_iter().find(|(names, ..)| names.contains(&unit))?;
    Some(format!("{}{unit}", count.checked_mul(each)?))
}

/// Returns what to write instead of what stood within `cron(…)` or `rate(…)`.
fn wrapped(inside: &str) -> Sentence {
    let inside = inside.trim_end_matches(')').trim();
    if let Some(period) = period(inside) {
        return sentence!("write `@every {}`", period);
    }
    match inside.split_whitespace().collect::<Vec<_>>()[..] {
        [ref fields @ .., "*"] if fields.len() == 5 => sentence!("write `{}`", fields.join(" ")),
        _ => sentence!("write `{}`", inside),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_row_of_lines(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let full = |line: &str| line.split_whitespace().count() >= 5;
    lines.next().is_some_and(full) && lines.next().is_some_and(full)
}

fn is_clock(word: &str) -> bool {
    let mut parts = word.split(':');
    let number = |part: Option<&str>| {
        part.is_some_and(|part| {
            (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    number(parts.next()) && number(parts.next()) && parts.all(|part| number(Some(part)))
}

fn plain(number: &str) -> &str {
    let short = number.trim_start_matches('0');
    if short.is_empty() { "0" } else { short }
}

/// Returns true for a word that somebody may have meant as a field.
fn may_be_field(word: &str) -> bool {
    if word.starts_with(|c: char| c.is_ascii_digit() || "*?+,-".contains(c)) {
        return true;
    }
    let known = |run: &str| {
        let weekday = run.strip_suffix(['l', 'L']).unwrap_or(run);
        ["", "l", "w", "lw", "h"].contains(&run.to_ascii_lowercase().as_str())
            || [run, weekday].iter().any(|name| Field::Month.names(name) || Field::Weekday.names(name))
    };
    !word.starts_with('/') && word.split(|c: char| !c.is_alphabetic()).all(known)
}
