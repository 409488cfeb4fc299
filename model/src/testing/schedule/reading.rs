//! A second reading of a cron text, value by value and as simple as it can be, for texts that the parser accepts.
//!
//! Flow: text → **`reading`** → `walk`. Shares nothing with the parser: no bits, no calendar, no hash.
//! Not here: faults. What the parser refuses is not read, and what is no cron text has no reading.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};

use super::walk::Meaning;
use crate::policy::Weekdays;

/// What a field is called and its least and largest value.
type Field = (&'static str, i32, i32);

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A cron text, read.
#[derive(Debug, Clone)]
pub struct Reading {
    zone: Option<String>,
    seconds: BTreeSet<i32>,
    minutes: BTreeSet<i32>,
    hours: BTreeSet<i32>,
    months: BTreeSet<i32>,
    years: BTreeSet<i32>,
    /// Items of the day of month, as typed in capitals, and the values of those that are no forms.
    days: (Vec<String>, BTreeSet<i32>),
    /// The same of the day of week; Sunday is 0.
    weekdays: (Vec<String>, BTreeSet<i32>),
    either: bool,
    star: bool,
}

impl Reading {
    /// Reads a text; none when it is `@every` or `@at`.
    pub fn of(text: &str, numbering: Weekdays, seed: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let mut words: Vec<&str> = upper.split_whitespace().collect();
        let zone = words[0].strip_prefix("CRON_TZ=").map(|name| name[..].to_owned());
        words.drain(..usize::from(zone.is_some()));
        match words[0] {
            "@YEARLY" | "@ANNUALLY" => words = vec!["0", "0", "1", "1", "*"],
            "@MONTHLY" => words = vec!["0", "0", "1", "*", "*"],
            "@WEEKLY" => words = vec!["0", "0", "*", "*", "SUN"],
            "@DAILY" | "@MIDNIGHT" => words = vec!["0", "0", "*", "*", "*"],
            "@HOURLY" => words = vec!["0", "*", "*", "*", "*"],
            name if name.starts_with('@') => return None,
            _ => {}
        }
        let last = words[words.len() - 1];
        let digits = last.split(|c: char| !c.is_ascii_digit()).next()?;
        if words.len() == 5 || words.len() == 6 && digits.parse::<f64>().is_ok_and(|year| year >= 1970.0) {
            words.insert(0, "0");
        }
        if words.len() == 6 {
            words.push("*");
        }
        let plus = words[5].starts_with('+');
        let weekdays = words[5].trim_start_matches('+').replace('?', "*");
        let days = words[3].replace('?', "*");
        let read = |list: &str, field: Field| Reader { field, numbering, seed }.list(list);
        Some(Self {
            zone,
            seconds: read(words[0], ("second", 0, 59)).1,
            minutes: read(words[1], ("minute", 0, 59)).1,
            hours: read(words[2], ("hour", 0, 23)).1,
            days: read(&days, ("day of month", 1, 31)),
            months: read(words[4], ("month", 1, 12)).1,
            weekdays: read(&weekdays, ("day of week", 0, 6)),
            years: read(words[6], ("year", 1970, 2200)).1,
            either: !plus && !days.starts_with('*') && !weekdays.starts_with('*'),
            star: words[..3].iter().any(|word| word.starts_with('*')),
        })
    }

    /// Returns the zone that the text names, in capitals.
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// Returns true when it can only match whole minutes.
    pub fn is_of_whole_minutes(&self) -> bool {
        self.seconds.iter().eq([&0])
    }

    /// Returns true when the date matches.
    pub fn on(&self, date: Date) -> bool {
        let weekday = i32::from(date.weekday().to_sunday_zero_offset());
        let day = self.days.1.contains(&date.day().into())
            || self.days.0.iter().any(|item| is_day_of_month(item, date));
        let weekday = self.weekdays.1.contains(&weekday)
            || self.weekdays.0.iter().any(|item| is_day_of_week(item, date));
        self.years.contains(&date.year().into())
            && self.months.contains(&date.month().into())
            && if self.either { day || weekday } else { day && weekday }
    }
}

impl Meaning for Reading {
    fn matches(&self, wall: DateTime) -> bool {
        self.seconds.contains(&wall.second().into())
            && self.minutes.contains(&wall.minute().into())
            && self.hours.contains(&wall.hour().into())
            && self.on(wall.date())
    }

    fn follows_the_wall(&self) -> bool {
        self.star
    }
}

/// Reads the items of one field.
struct Reader<'a> {
    field: Field,
    numbering: Weekdays,
    seed: &'a str,
}

impl Reader<'_> {
    /// Returns the items that are forms of days, a weekday's as `5:#2` or `5:L`, and all plain values.
    fn list(&self, list: &str) -> (Vec<String>, BTreeSet<i32>) {
        let (mut forms, mut values) = (Vec::new(), BTreeSet::new());
        for item in list.split(',') {
            match self.field.0 {
                "day of month" if item.starts_with('L') || item.ends_with('W') => forms.push(item.to_owned()),
                "day of week" if item.contains('#') || item.ends_with('L') => {
                    let which = item.find(['#', 'L']).expect("one of them is there");
                    forms.push(format!("{}:{}", self.value(&item[..which]) % 7, &item[which..]));
                }
                _ => self.plain(item, &mut values),
            }
        }
        (forms, values)
    }

    fn plain(&self, item: &str, values: &mut BTreeSet<i32>) {
        let (name, min, max) = self.field;
        let (base, step) = item.split_once('/').unwrap_or((item, ""));
        let count: i32 = step.parse().unwrap_or(1);
        let hashed = base.starts_with('H');
        let base = base.trim_start_matches('H').trim_matches(['(', ')']);
        let (mut from, mut to) = match base.split_once('-') {
            Some((from, to)) => (self.value(from), self.value(to)),
            None if base == "*" => (min, max),
            None if hashed => (min, if name == "day of month" { 28 } else { max }),
            None if step.is_empty() => (self.value(base), self.value(base)),
            None => (self.value(base) % (max + 1), max),
        };
        if to < from {
            to += max - min + 1;
        }
        if hashed {
            let choices = if step.is_empty() { to - from + 1 } else { count.min(to - from + 1) };
            from += self.chosen(choices);
            to = if step.is_empty() { from } else { to };
        }
        let mut value = from;
        while value <= to {
            values.insert((value - min) % (max - min + 1) + min);
            value += count;
        }
    }

    /// Returns the number of a value or of a name; Sunday may be 7.
    fn value(&self, text: &str) -> i32 {
        if let Ok(number) = text.parse::<i32>() {
            let quartz = self.field.0 == "day of week" && self.numbering == Weekdays::Quartz;
            return number - i32::from(quartz);
        }
        let (names, first): (&[&str], i32) = if self.field.0 == "month" { (&MONTHS, 1) } else { (&DAYS, 0) };
        let place = names.iter().position(|name| text.starts_with(name));
        first + place.unwrap_or_else(|| panic!("`{text}` is no name of a {}", self.field.0)) as i32
    }

    /// Returns where `H` puts the seed: FNV-1a of the seed, a zero byte and the field's name, folded.
    fn chosen(&self, choices: i32) -> i32 {
        let text = format!("{}\0{}", self.seed, self.field.0);
        let mut hash = 14_695_981_039_346_656_037_u64;
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211);
        }
        (((hash >> 32) ^ hash) as u32 % choices as u32) as i32
    }
}

/// Returns true when `L`, `L-3`, `LW`, `L-3W` or `15W` is this date.
fn is_day_of_month(item: &str, date: Date) -> bool {
    let length = i32::from(date.days_in_month());
    let number = |text: &str| text.parse::<i32>().unwrap_or(0);
    let plain = item.trim_end_matches('W');
    let wanted = match plain.strip_prefix('L') {
        Some(before) => length + number(before),
        None => number(plain),
    };
    if !(1..=length).contains(&wanted) {
        return false;
    }
    if !item.ends_with('W') {
        return i32::from(date.day()) == wanted;
    }
    let working = |day: &i32| {
        let day = date.with().day(*day as i8).build().expect("a day of the month");
        !matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
    };
    let nearest = (1..=length).filter(working).min_by_key(|day| (day - wanted).abs());
    nearest == Some(date.day().into())
}

/// Returns true when `5:#2`, `5:#L` or `5:L` (the weekday before the colon) is this date.
fn is_day_of_week(item: &str, date: Date) -> bool {
    let (weekday, which) = item.split_once(':').expect("the reader puts a colon");
    let (day, length) = (i32::from(date.day()), i32::from(date.days_in_month()));
    let fits = match which {
        "L" | "#L" => day + 7 > length,
        nth => nth.trim_start_matches('#').parse::<i32>().is_ok_and(|nth| (day + 6) / 7 == nth),
    };
    fits && weekday.parse() == Ok(date.weekday().to_sunday_zero_offset())
}
