//! Random expressions, each with its meaning found in another way than the parser finds it.
//!
//! A field is made as a text together with the values that the text stands for; the naive evaluator (`naive`) asks
//! the values alone and walks the calendar of `jiff` day by day.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time};
use proptest::prelude::*;

use crate::testing::schedule::Meaning;

/// A field: its text and what it stands for.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub text: String,
    pub values: BTreeSet<i32>,
    pub forms: Vec<Form>,
}

/// A form of days that depends on the month.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Last(i32),
    LastNearest(i32),
    Nearest(i32),
    Nth(i32, i32),
    LastOf(i32),
}

/// An expression: seconds to weekdays, and years.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub text: String,
    seconds: Field,
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
    years: Option<Field>,
    both: bool,
}

impl Field {
    fn star(&self) -> bool {
        self.text.starts_with(['*', '?'])
    }

    fn day(&self, date: Date) -> bool {
        let (day, length) = (i32::from(date.day()), i32::from(date.days_in_month()));
        let weekday = |day: i32| {
            i32::from(date.with().day(day as i8).build().unwrap().weekday().to_sunday_zero_offset())
        };
        let nearest = |wanted: i32| {
            (1..=length).filter(|day| (1..=5).contains(&weekday(*day))).min_by_key(|day| (day - wanted).abs())
                == Some(day)
        };
        self.forms.iter().any(|form| match *form {
            Form::Last(before) => day == length - before,
            Form::LastNearest(before) => before < length && nearest(length - before),
            Form::Nearest(wanted) => wanted <= length && nearest(wanted),
            Form::Nth(on, count) => weekday(day) == on && (day - 1) / 7 + 1 == count,
            Form::LastOf(on) => weekday(day) == on && day + 7 > length,
        })
    }
}

impl Expression {
    /// Returns true when the date matches.
    pub(super) fn on(&self, date: Date) -> bool {
        let day = self.days.values.contains(&date.day().into()) || self.days.day(date);
        let weekday = i32::from(date.weekday().to_sunday_zero_offset());
        let weekday = self.weekdays.values.contains(&weekday) || self.weekdays.day(date);
        let either = !self.both && !self.days.star() && !self.weekdays.star();
        self.years.as_ref().is_none_or(|years| years.values.contains(&date.year().into()))
            && self.months.values.contains(&date.month().into())
            && if either { day || weekday } else { day && weekday }
    }

    /// Returns true when the time of the day matches.
    pub(super) fn at(&self, time: Time) -> bool {
        self.minutes.values.contains(&time.minute().into())
            && self.hours.values.contains(&time.hour().into())
            && self.seconds.values.contains(&time.second().into())
    }

    /// Returns the first time of a matching day.
    pub(super) fn first_time(&self) -> Time {
        let first = |field: &Field| *field.values.first().unwrap() as i8;
        Time::new(first(&self.hours), first(&self.minutes), first(&self.seconds), 0).unwrap()
    }
}

impl Meaning for Expression {
    fn matches(&self, wall: DateTime) -> bool {
        self.at(wall.time()) && self.on(wall.date())
    }

    fn follows_the_wall(&self) -> bool {
        self.seconds.star() || self.minutes.star() || self.hours.star()
    }
}

fn field(text: String, values: impl IntoIterator<Item = i32>) -> Field {
    Field { text, values: values.into_iter().collect(), forms: Vec::new() }
}

/// Returns values, ranges (also wrapping), steps and lists of a field from `min` to `max`.
fn plain(min: i32, max: i32) -> impl Strategy<Value = Field> {
    let size = max - min + 1;
    let item = prop_oneof![
        3 => (min..=max).prop_map(|value| field(value.to_string(), [value])),
        2 => (min..=max, min..=max, 1..=size).prop_map(move |(from, to, step)| {
            let end = if to < from { to + size } else { to };
            let values: Vec<i32> = (from..=end).step_by(step as usize).map(|v| (v - min) % size + min).collect();
            let step = if step == 1 { String::new() } else { format!("/{step}") };
            field(format!("{from}-{to}{step}"), values)
        }),
        1 => (min..=max, 1..=size).prop_map(move |(from, step)| {
            field(format!("{from}/{step}"), (from..=max).step_by(step as usize))
        }),
    ];
    prop_oneof![
        3 => Just(field("*".to_owned(), min..=max)),
        2 => (1..=size).prop_map(move |step| field(format!("*/{step}"), (min..=max).step_by(step as usize))),
        5 => prop::collection::vec(item, 1..4).prop_map(joined),
    ]
}

fn joined(items: Vec<Field>) -> Field {
    let text = items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join(",");
    let forms = items.iter().flat_map(|item| item.forms.clone()).collect();
    Field { text, values: items.into_iter().flat_map(|item| item.values).collect(), forms }
}

fn form(text: String, form: Form) -> Field {
    Field { text, values: BTreeSet::new(), forms: vec![form] }
}

fn days() -> impl Strategy<Value = Field> {
    let forms = prop_oneof![
        Just(form("L".to_owned(), Form::Last(0))),
        Just(form("LW".to_owned(), Form::LastNearest(0))),
        (1..=30).prop_map(|n| form(format!("L-{n}"), Form::Last(n))),
        (1..=30).prop_map(|n| form(format!("L-{n}W"), Form::LastNearest(n))),
        (1..=31).prop_map(|n| form(format!("{n}W"), Form::Nearest(n))),
        (1..=31_i32).prop_map(|n| field(n.to_string(), [n])),
    ];
    prop_oneof![
        4 => plain(1, 31),
        2 => Just(field("*".to_owned(), 1..=31)),
        1 => Just(field("?".to_owned(), 1..=31)),
        2 => prop::collection::vec(forms, 1..4).prop_map(joined),
    ]
}

fn weekdays() -> impl Strategy<Value = Field> {
    const NAMES: [&str; 8] = ["sun", "Mon", "TUE", "wednesday", "Thu", "FRIDAY", "sat", "Sunday"];
    let forms = prop_oneof![
        (0..=7, 1..=5).prop_map(|(n, k)| form(format!("{n}#{k}"), Form::Nth(n % 7, k))),
        (0..=7).prop_map(|n| form(format!("{n}L"), Form::LastOf(n % 7))),
        (0..=7_i32).prop_map(|n| field(NAMES[n as usize].to_owned(), [n % 7])),
        // Up to 7, which is Sunday again.
        (1..=7_i32, 0..=6_i32).prop_map(|(from, more)| {
            let to = (from + more).min(7);
            field(format!("{from}-{to}"), (from..=to).map(|n| n % 7))
        }),
    ];
    prop_oneof![
        3 => plain(0, 6),
        3 => Just(field("*".to_owned(), 0..=6)),
        2 => prop::collection::vec(forms, 1..4).prop_map(joined),
    ]
}

/// Returns expressions of five to seven fields.
pub(super) fn expressions(with_seconds: bool, with_years: bool) -> impl Strategy<Value = Expression> {
    let years = prop::option::weighted(0.3, plain(1970, 2200));
    let fields =
        (plain(0, 59), plain(0, 59), plain(0, 23), days(), plain(1, 12), weekdays(), years, any::<bool>());
    fields.prop_map(move |(seconds, minutes, hours, days, months, weekdays, years, both)| {
        let seconds = if with_seconds { seconds } else { field("0".to_owned(), [0]) };
        let years = years.filter(|_| with_years);
        let plus = if both { "+" } else { "" };
        let (m, h, d, mo, w) = (&minutes.text, &hours.text, &days.text, &months.text, &weekdays.text);
        let mut text = format!("{m} {h} {d} {mo} {plus}{w}");
        if with_seconds || years.is_some() {
            let years = years.as_ref().map_or("*", |years| years.text.as_str());
            text = format!("{} {text} {years}", seconds.text);
        }
        Expression { text, seconds, minutes, hours, days, months, weekdays, years, both }
    })
}
