//! What one item of a list stands for: a value, a range (also a wrapping one), a step, or `H`.
//!
//! Flow: `fields` → **`item`** → `Values`. Every field takes these; a fault goes to `slip` with its place.
//! Not here: the forms of days that depend on the month (`day`).

use super::field::{Field, Values};
use super::hash::spread;
use super::hint::step_hint;
use super::slip::Slips;
use super::token::Part;
use crate::policy::Weekdays;
use crate::sentence;

/// Reads items, with what they depend on.
pub(super) struct Reader<'a> {
    /// Where faults go.
    pub slips: Slips<'a>,
    /// What `H` is spread by.
    pub seed: &'a str,
    /// How weekdays are numbered.
    pub weekdays: Weekdays,
    /// Set when an `H` was read.
    pub spread: bool,
}

impl Reader<'_> {
    /// Adds the values of an item like `*/5`, `1-5`, `fri-mon`, `10/15` or `H(0-29)/10`.
    pub(super) fn item(&mut self, item: Part<'_>, field: Field, values: &mut Values) -> Option<()> {
        let (base, step) = match item.split_once('/') {
            Some((base, step)) => (base, Some(self.step(step, field)?)),
            None => (item, None),
        };
        if base.text.is_empty() && step.is_some() {
            let message = sentence!("{}: nothing stands before `/` in `{}`", field.name(), item.text);
            self.slips.add_with_hint(
                item.span(),
                message,
                sentence!("for all values write `*{}`", item.text),
            );
            return None;
        }
        let (min, max) = field.range();
        let (from, to) = if base.is("*") {
            (min, max)
        } else if base.is("H") || base.without_prefix("H(").is_some() {
            return self.hashed(base, step, field, values);
        } else if base.text.contains('-') {
            self.ends(base, field)?
        } else {
            let value = self.value(base, field)?;
            // `a/n` goes on to the end of the field.
            if step.is_some() { (value % (max + 1), max) } else { (value, value) }
        };
        self.fill(from, to, step.unwrap_or(1), field, values);
        Some(())
    }

    /// Adds the values from `from` to `to`, over the end of the field when `to` is the smaller.
    fn fill(&self, from: u32, to: u32, step: u32, field: Field, values: &mut Values) {
        let (min, max) = field.range();
        let size = max - min + 1;
        let to = if to < from { to + size } else { to };
        for value in (from..=to).step_by(step as usize) {
            values.insert(field, (value - min) % size + min);
        }
    }

    /// Reads `H`, `H(a-b)`, each with or without a step: one value, or a row with a spread start.
    fn hashed(&mut self, base: Part<'_>, step: Option<u32>, field: Field, values: &mut Values) -> Option<()> {
        let (min, max) = field.range();
        let (from, to) = match base.without_prefix("H(") {
            Some(range) => {
                let Some(range) = range.without_suffix(")").filter(|range| range.text.contains('-')) else {
                    let message = sentence!("{}: `{}` is not of the form `H(a-b)`", field.name(), base.text);
                    self.slips.add(base.span(), message);
                    return None;
                };
                self.ends(range, field)?
            }
            // Every month has 28 days, so that no month is left out.
            None if field == Field::Day => (min, 28),
            None => (min, max),
        };
        if field == Field::Year {
            self.slips.add(base.span(), sentence!("{}: `H` cannot choose a year", field.name()));
            return None;
        }
        self.spread = true;
        let size = max - min + 1;
        let count = if to < from { to + size - from + 1 } else { to - from + 1 };
        // What the field is called is part of what `H` is spread by: mended, it would move every job that has one.
        let start = from + spread(self.seed, field.name().english(), step.unwrap_or(count).min(count));
        match step {
            Some(step) => self.fill(start, from + count - 1, step, field, values),
            None => self.fill(start, start, 1, field, values),
        }
        Some(())
    }

    /// Reads the two ends of a range.
    fn ends(&mut self, range: Part<'_>, field: Field) -> Option<(u32, u32)> {
        let (from, to) = range.split_once('-')?;
        if let Some((middle, rest)) = to.split_once('-')
            && ![from, middle, rest].iter().any(|part| part.text.is_empty())
        {
            let message = sentence!("{}: `{}` has more than one `-`", field.name(), range.text);
            let hint = sentence!(
                "a range has two ends; separate ranges by commas: `{}-{},{}`",
                from.text,
                middle.text,
                rest.text
            );
            self.slips.add_with_hint(range.span(), message, hint);
            return None;
        }
        if from.text.is_empty() || to.text.is_empty() {
            let message = if from.text.is_empty() {
                sentence!("{}: the range `{}` has no start", field.name(), range.text)
            } else {
                sentence!("{}: the range `{}` has no end", field.name(), range.text)
            };
            self.slips.add(range.span(), message);
            return None;
        }
        let (from, to) = (self.value(from, field), self.value(to, field));
        let (from, to) = (from?, to?);
        if field == Field::Year && to < from {
            self.slips
                .add(range.span(), sentence!("{}: the range `{}` runs backwards", field.name(), range.text));
            return None;
        }
        Some((from, to))
    }

    fn step(&mut self, step: Part<'_>, field: Field) -> Option<u32> {
        let (min, max) = field.range();
        let size = max - min + 1;
        match step.number() {
            Some(count) if (1..=size).contains(&count) => Some(count),
            Some(0) => {
                let message = sentence!("{}: a step is at least 1, got `{}`", field.name(), step.text);
                self.slips.add(step.span(), message);
                None
            }
            Some(_) => {
                let message = sentence!(
                    "{}: the step `{}` is larger than the field, which has {} values",
                    field.name(),
                    step.text,
                    size
                );
                match field.every_hint(step.text) {
                    Some(hint) => self.slips.add_with_hint(step.span(), message, hint),
                    None => self.slips.add(step.span(), message),
                }
                None
            }
            None => {
                let message = sentence!(
                    "{}: the step `{}` is not a number from 1 to {}",
                    field.name(),
                    step.text,
                    size
                );
                match step_hint(step.text) {
                    Some(hint) => self.slips.add_with_hint(step.span(), message, hint),
                    None => self.slips.add(step.span(), message),
                }
                None
            }
        }
    }

    /// Reads a number or a name. A weekday 7 stays 7 where 0 is Sunday, so that `5-7` is a plain range.
    pub(super) fn value(&mut self, part: Part<'_>, field: Field) -> Option<u32> {
        let (min, max) = match (field, self.weekdays) {
            (Field::Weekday, Weekdays::Unix) => (0, 7),
            (Field::Weekday, Weekdays::Quartz) => (1, 7),
            _ => field.range(),
        };
        let quartz = field == Field::Weekday && self.weekdays == Weekdays::Quartz;
        match part.number() {
            Some(number) if (min..=max).contains(&number) => Some(number - u32::from(quartz)),
            Some(_) => {
                let message = sentence!("{}: `{}` is not in {}-{}", field.name(), part.text, min, max);
                match field.range_hint(part.text, quartz) {
                    Some(hint) => self.slips.add_with_hint(part.span(), message, hint),
                    None => self.slips.add(part.span(), message),
                }
                None
            }
            None => field.named(part.text).or_else(|| {
                self.not_a_value(part, field, (min, max));
                None
            }),
        }
    }

    fn not_a_value(&mut self, part: Part<'_>, field: Field, (min, max): (u32, u32)) {
        let text = part.text;
        let what = if text.is_empty() { sentence!("nothing") } else { sentence!("`{}`", text) };
        let name = field.name();
        let message = match field {
            Field::Month => {
                sentence!(
                    "{}: {} is not a number in {}-{} or a name from `JAN` to `DEC`",
                    name,
                    what,
                    min,
                    max
                )
            }
            Field::Weekday => {
                sentence!(
                    "{}: {} is not a number in {}-{} or a name from `SUN` to `SAT`",
                    name,
                    what,
                    min,
                    max
                )
            }
            _ => sentence!("{}: {} is not a number in {}-{}", name, what, min, max),
        };
        match field.word_hint(part.text) {
            Some(hint) => self.slips.add_with_hint(part.span(), message, hint),
            None => self.slips.add(part.span(), message),
        }
    }
}
