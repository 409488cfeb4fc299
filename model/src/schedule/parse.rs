//! From the text to a plan: which kind of schedule it is, its zone, and its fields.
//!
//! Flow: `Source` → **`parse`** → `field`, `day` → `Plan`. Goes on after a fault, so that all are told at once.
//!
//! Not here: what one field may hold (`field`, `day`), and when the plan is due (`eval`).

use std::sync::Arc;

use super::cron::{Cron, Join, Rare};
use super::eval::{self, Change};
use super::field::{Field, Reader, Values};
use super::hint::{MACROS, macro_hint};
use super::slip::Slips;
use super::token::{Part, words};
use super::zone::{FIRST, Zone, nearest_name};
use super::{Plan, Source};
use crate::fault::Faults;
use crate::time::{Span, Timestamp};

/// The most bytes of a schedule: enough for a list of every year.
const TEXT_BYTES_MAX: usize = 1_280;
/// The shortest period of `@every`.
const PERIOD_MIN: Span = Span::from_seconds(1);

const FIVE: [Field; 5] = [Field::Minute, Field::Hour, Field::Day, Field::Month, Field::Weekday];

/// Returns the plan of a source and its zone.
pub(super) fn parse(source: Source<'_>) -> Result<(Plan, Arc<Zone>), Faults> {
    let mut slips = Slips::new(source.text);
    if source.text.len() > TEXT_BYTES_MAX {
        let message = format!("has {} bytes, at most {TEXT_BYTES_MAX} are allowed", source.text.len());
        slips.push_plain("schedule", message, None);
        return Err(slips.into_faults());
    }
    let words = words(source.text);
    let named = words.first().and_then(|word| word.without_prefix("CRON_TZ="));
    let (zone, words) = match named {
        Some(name) => (zone_in_text(&mut slips, name), &words[1..]),
        None => (zone_of_job(&mut slips, source.timezone), &words[..]),
    };
    let mut reader = Reader { slips, seed: source.seed, weekdays: source.weekdays, spread: false };
    let plan = match words.first() {
        Some(word) if word.without_prefix("TZ=").is_some() => {
            reader.slips.add_with_hint(
                word.span(),
                "`TZ=` is not known here",
                "write `CRON_TZ=Zone` or set the time zone",
            );
            None
        }
        Some(word) if word.text.starts_with('@') => reader.named(words, source.anchor),
        _ => reader.cron(words).map(Plan::Cron),
    };
    let mut slips = reader.slips;
    if let (Some(Plan::Cron(cron)), Some(zone)) = (&plan, &zone) {
        let change = Change::of(source.dst, cron);
        if eval::next_after(cron, zone, change, FIRST - 1).is_none() {
            never_fires(&mut slips, words, cron);
        }
    }
    match (plan, zone) {
        (Some(plan), Some(zone)) => slips.into_faults().into_result((plan, zone)),
        _ => Err(slips.into_faults()),
    }
}

fn zone_of_job(slips: &mut Slips<'_>, name: &str) -> Option<Arc<Zone>> {
    Zone::find(name).or_else(|| {
        slips.push_plain("timezone", unknown_zone(name), zone_hint(name));
        None
    })
}

fn zone_in_text(slips: &mut Slips<'_>, name: Part<'_>) -> Option<Arc<Zone>> {
    Zone::find(name.text).or_else(|| {
        match zone_hint(name.text) {
            Some(hint) => slips.add_with_hint(name.span(), unknown_zone(name.text), hint),
            None => slips.add(name.span(), unknown_zone(name.text)),
        }
        None
    })
}

fn unknown_zone(name: &str) -> String {
    format!("`{}` is not a time zone of the IANA data", name.escape_debug())
}

fn zone_hint(name: &str) -> Option<String> {
    match nearest_name(name) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if name.starts_with(['+', '-']) => {
            Some("an offset is not a zone; name one like `Europe/Berlin`".into())
        }
        None => Some("a zone has a name like `Europe/Berlin` or `UTC`".into()),
    }
}

fn never_fires(slips: &mut Slips<'_>, words: &[Part<'_>], cron: &Cron) {
    let least = cron.days.trailing_zeros();
    let longest = [(31, 0b1_0101_1010_1010), (30, 0b0_1010_0101_0000), (29, 0b100)]
        .into_iter()
        .find(|(_, months)| cron.months & months != 0)
        .map_or(31, |(days, _)| days);
    let reason = if cron.rare.is_none() && cron.join != Join::Either && least > longest {
        format!("no month that it names has a day {least}")
    } else {
        "no time from 1970 to 2200 matches all of its fields".to_owned()
    };
    let (from, to) = (words[0].at, words[words.len() - 1].span().end);
    slips.add(from..to, format!("never fires: {reason}"));
}

impl Reader<'_> {
    /// Reads what begins with `@`.
    fn named(&mut self, words: &[Part<'_>], anchor: Timestamp) -> Option<Plan> {
        let (name, rest) = words.split_first()?;
        if name.is("@every") {
            return self.every(*name, rest).map(|period| Plan::Every { period, anchor });
        }
        if name.is("@at") {
            return self.at(*name, rest).map(Plan::At);
        }
        if let Some(extra) = rest.first() {
            let end = rest[rest.len() - 1].span().end;
            self.slips.add(extra.at..end, format!("nothing may follow `{}`", name.text));
        }
        if name.is("@reboot") {
            let message =
                "`@reboot` is not supported: a fleet has no one reboot, and a restart of a worker is no tick";
            let hint =
                "start it by the host's own service manager, or run the job by hand or through the API";
            self.slips.add_with_hint(name.span(), message, hint);
            return None;
        }
        match MACROS.iter().find(|(known, _)| name.is(known)) {
            Some((_, fields)) => self.cron(&super::token::words(fields)).map(Plan::Cron),
            None => {
                let message = format!("`{}` is not known", name.text);
                self.slips.add_with_hint(name.span(), message, macro_hint(name.text));
                None
            }
        }
    }

    fn every(&mut self, name: Part<'_>, rest: &[Part<'_>]) -> Option<Span> {
        let Some((span, text)) = self.joined(rest) else {
            let hint = "write how often: `@every 90s`, `@every 1h30m`";
            self.slips.add_with_hint(name.span(), "`@every` has no length of time", hint);
            return None;
        };
        match text.parse::<Span>() {
            Ok(period) if period >= PERIOD_MIN => return Some(period),
            Ok(period) => {
                self.slips.add(span, format!("`@every` takes at least {PERIOD_MIN}, got `{period}`"));
            }
            Err(invalid) => self.slips.add(span, format!("`@every`: {invalid}")),
        }
        None
    }

    fn at(&mut self, name: Part<'_>, rest: &[Part<'_>]) -> Option<Timestamp> {
        let Some((span, text)) = self.joined(rest) else {
            let hint = "write when: `@at 2026-12-01T09:00:00+01:00`";
            self.slips.add_with_hint(name.span(), "`@at` has no instant", hint);
            return None;
        };
        match text.parse::<Timestamp>() {
            Ok(at) => Some(at),
            Err(invalid) => {
                let hint = "an instant has an offset: `Z` or `+01:00`";
                self.slips.add_with_hint(span, format!("`@at`: {invalid}"), hint);
                None
            }
        }
    }

    fn joined(&self, words: &[Part<'_>]) -> Option<(std::ops::Range<usize>, String)> {
        let (first, last) = (words.first()?, words.last()?);
        let text = words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
        Some((first.at..last.span().end, text))
    }

    /// Reads five to seven fields.
    fn cron(&mut self, words: &[Part<'_>]) -> Option<Cron> {
        let faults = self.slips.count();
        let fields = self.fields(words)?;
        let mut cron = Cron {
            seconds: 1,
            minutes: 0,
            hours: 0,
            days: 0,
            months: 0,
            weekdays: 0,
            join: Join::Both,
            wildcard: false,
            spread: false,
            rare: None,
        };
        let mut rare = Rare::default();
        let (mut day, mut weekday, mut plus) = (Days::Every, Days::Every, false);
        for (field, mut part) in fields {
            let rest = part.without_prefix("+").filter(|_| field == Field::Weekday);
            if let Some(rest) = rest {
                (plus, part) = (true, rest);
            }
            let bits = self.list(part, field, &mut rare).bits;
            let star = part.text.starts_with(['*', '?']);
            match field {
                Field::Second => cron.seconds = bits[0],
                Field::Minute => cron.minutes = bits[0],
                Field::Hour => cron.hours = bits[0] as u32,
                Field::Day => {
                    cron.days = bits[0] as u32;
                    day = Days::of(star, cron.days == Cron::DAYS_ALL);
                }
                Field::Month => cron.months = bits[0] as u16,
                Field::Weekday => {
                    cron.weekdays = bits[0] as u8;
                    weekday = Days::of(star, cron.weekdays == Cron::WEEKDAYS_ALL);
                }
                Field::Year => rare.years = if star && !part.text.contains('/') { [0; 4] } else { bits },
            }
            cron.wildcard |= star && matches!(field, Field::Second | Field::Minute | Field::Hour);
        }
        cron.join = match (day, weekday) {
            (Days::Every, _) | (_, Days::Every) => Join::Both,
            _ if plus => Join::Both,
            (Days::Named, Days::Named) => Join::Either,
            _ => Join::BothByStar,
        };
        cron.spread = self.spread;
        cron.rare = (rare != Rare::default()).then(|| Box::new(rare));
        (self.slips.count() == faults).then_some(cron)
    }

    /// Returns which word is which field.
    fn fields<'a>(&mut self, words: &[Part<'a>]) -> Option<Vec<(Field, Part<'a>)>> {
        let mut fields = FIVE.to_vec();
        match words.len() {
            5 => {}
            6 if is_year(words[5]) => fields.push(Field::Year),
            6 => fields.insert(0, Field::Second),
            7 => {
                fields.insert(0, Field::Second);
                fields.push(Field::Year);
            }
            0 => {
                let hint = "write five fields like `30 2 * * *`, or a name like `@daily`";
                self.slips.push_plain("schedule", "is empty".to_owned(), Some(hint.to_owned()));
                return None;
            }
            count => {
                let span = words[0].at..words[count - 1].span().end;
                let message =
                    format!("has {count} fields; 5, 6 (seconds first, or a year last) or 7 are allowed");
                let hint =
                    "the fields are minute, hour, day of month, month, day of week; lists have no spaces";
                self.slips.add_with_hint(span, message, hint);
                return None;
            }
        }
        Some(fields.into_iter().zip(words.iter().copied()).collect())
    }

    /// Reads the list of one field.
    fn list(&mut self, part: Part<'_>, field: Field, rare: &mut Rare) -> Values {
        let mut values = Values::default();
        if part.is("?") && matches!(field, Field::Day | Field::Weekday) {
            self.item(Part { text: "*", at: part.at }, field, &mut values);
            return values;
        }
        for item in part.items() {
            if item.text.is_empty() {
                let message = format!("{}: an item of `{}` is empty", field.name(), part.text);
                self.slips.add(item.span(), message);
                continue;
            }
            let form = match field {
                Field::Day => self.day_form(item, rare),
                Field::Weekday => self.weekday_form(item, rare),
                _ => None,
            };
            if form.is_none() {
                self.item(item, field, &mut values);
            }
        }
        values
    }
}

/// How a day field restricts.
#[derive(Clone, Copy)]
enum Days {
    /// Not at all: `*` or `?`.
    Every,
    /// It begins with `*`, and yet it leaves days out.
    Star,
    /// It names days.
    Named,
}

impl Days {
    fn of(star: bool, all: bool) -> Self {
        match (star, all) {
            (true, true) => Self::Every,
            (true, false) => Self::Star,
            (false, _) => Self::Named,
        }
    }
}

/// Returns true when a word begins with a number that can only be a year.
fn is_year(word: Part<'_>) -> bool {
    let digits = word.text.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.text.len());
    word.text[..digits].parse::<u32>().is_ok_and(|number| number >= super::calendar::YEAR_MIN)
}
