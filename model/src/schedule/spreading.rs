//! The `H` form of a schedule: the same runs as often, at moments of each job's own.
//!
//! Flow: a text where many jobs pile up → **`spreading`** → the forecast's advice.
//! Works on the fields as typed, so that days, months and years stay as they are; only minutes, seconds and the hour of
//! midnight move. Not here: where `H` puts a job (`hash`), and which texts pile up (the master's forecast).

use super::cron::Cron;
use super::fields::is_year;
use super::hint::MACROS;
use super::parse::parse;
use super::token::words;
use super::{Plan, Source};
use crate::policy::{DstRule, Weekdays};
use crate::time::Timestamp;

/// Minutes of an hour, seconds of a minute.
const SIXTY: u32 = 60;
/// The hours in which clocks are changed, as bits: midnight to 3 in practice, 4 for good measure.
const HOURS_OF_CHANGES: u32 = 0b1_1111;
/// The hours that jobs of midnight are spread over: still before anybody works.
const NIGHT: &str = "H(0-3)";

/// What an `H` form spreads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// The minutes, and over the first hours of the day what runs at midnight.
    Minutes,
    /// The seconds too.
    Seconds,
}

/// Returns the text with `H` in place of what all jobs that share it have in common; it runs as often. None when
/// there is no such form: it is spread already, it runs at uneven minutes, or it is no cron expression.
pub fn spread_form(text: &str, weekdays: Weekdays, spread: Spread) -> Option<String> {
    let before = cron_of(text, weekdays)?;
    let mut fields: Vec<String> = words(text).iter().map(|word| word.text.to_owned()).collect();
    let zone = fields.first().filter(|word| word.to_ascii_uppercase().starts_with("CRON_TZ=")).cloned();
    fields.drain(..usize::from(zone.is_some()));
    if let Some((_, written)) = MACROS.iter().find(|(name, _)| fields[0].eq_ignore_ascii_case(name)) {
        fields = written.split(' ').map(str::to_owned).collect();
    }
    let year = is_year(*words(fields.last()?).first()?);
    let has_seconds = fields.len() == 7 || fields.len() == 6 && !year;
    let minute = usize::from(has_seconds);
    let minutes_spread = spread_minutes(&mut fields, minute, &before);
    let changed = match spread {
        Spread::Minutes => minutes_spread,
        Spread::Seconds => spread_seconds(&mut fields, has_seconds, &before) || minutes_spread,
    };
    let written = zone.into_iter().chain(fields).collect::<Vec<_>>().join(" ");
    // Where the clock changes it must do as before: a leading `*` decides that. By day it matters nowhere.
    let same = |after: Cron| after.wildcard == before.wildcard || before.hours & HOURS_OF_CHANGES == 0;
    (changed && cron_of(&written, weekdays).is_some_and(same)).then_some(written)
}

/// Returns the expression of a text, whatever its zone.
fn cron_of(text: &str, weekdays: Weekdays) -> Option<Cron> {
    let dst = DstRule::default();
    let source = Source { text, timezone: "UTC", dst, weekdays, seed: "", anchor: Timestamp::default() };
    match parse(source).ok()?.plan {
        Plan::Cron(cron) => Some(cron),
        Plan::Every { .. } | Plan::At(_) => None,
    }
}

/// Spreads the minutes, and over the first hours of the day what runs once at midnight.
fn spread_minutes(fields: &mut [String], minute: usize, cron: &Cron) -> bool {
    let Some(form) = even_form(&fields[minute], cron.minutes) else { return false };
    if cron.minutes.count_ones() == 1 && cron.hours == 1 && !is_spread(&fields[minute + 1]) {
        NIGHT.clone_into(&mut fields[minute + 1]);
    }
    fields[minute] = form;
    true
}

/// Spreads the seconds; puts a field of seconds in front where there is none.
fn spread_seconds(fields: &mut Vec<String>, has_seconds: bool, cron: &Cron) -> bool {
    if !has_seconds {
        fields.insert(0, "H".to_owned());
        return true;
    }
    let form = even_form(&fields[0], cron.seconds);
    form.map(|form| fields[0] = form).is_some()
}

/// Returns the `H` form of a field of sixty values that are evenly apart; none when they are not, when they are all
/// of them, or when the field is spread already.
fn even_form(field: &str, values: u64) -> Option<String> {
    if is_spread(field) {
        return None;
    }
    let count = values.count_ones();
    let step = (count > 0 && SIXTY.is_multiple_of(count)).then(|| SIXTY / count).filter(|step| *step > 1)?;
    let start = values.trailing_zeros();
    let even = (start..SIXTY).step_by(step as usize).fold(0_u64, |bits, value| bits | 1 << value);
    (values == even).then(|| if count == 1 { "H".to_owned() } else { format!("H/{step}") })
}

fn is_spread(field: &str) -> bool {
    field.contains(['H', 'h'])
}
