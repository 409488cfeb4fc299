//! The five to seven fields of a cron expression: which word is which, and the expression that they make.
//!
//! Flow: `parse` → **`fields`** → `item`, `day` → `Cron`.
//! Decides what a leading `*` or `+` means for the days; what one item may say stands in `item` and `day`.

use super::calendar::YEAR_MIN;
use super::cron::{Cron, Join};
use super::field::{Field, Values};
use super::foreign;
use super::item::Reader;
use super::token::Part;
use crate::sentence;

const FIVE: [Field; 5] = [Field::Minute, Field::Hour, Field::Day, Field::Month, Field::Weekday];

impl Reader<'_> {
    /// Reads five to seven fields.
    pub(super) fn cron(&mut self, words: &[Part<'_>]) -> Option<Cron> {
        let faults = self.slips.count();
        let words = self.without_command(words);
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
            last: 0,
            last_nearest: 0,
            nearest: 0,
            nth: [0; 6],
            years: None,
        };
        let (mut day, mut weekday, mut plus) = (Days::Every, Days::Every, false);
        for (field, mut part) in fields {
            let rest = part.without_prefix("+").filter(|_| field == Field::Weekday);
            if let Some(rest) = rest {
                (plus, part) = (true, rest);
            }
            let bits = self.list(part, field, &mut cron).bits;
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
                Field::Year => cron.years = (!star || part.text.contains('/')).then(|| Box::new(bits)),
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
        (self.slips.count() == faults).then_some(cron)
    }

    /// Returns the words before the command that follows them in a crontab, and tells of it.
    fn without_command<'a, 'b>(&mut self, words: &'b [Part<'a>]) -> &'b [Part<'a>] {
        let Some(at) = foreign::command(words) else { return words };
        let (fields, command) = words.split_at(at);
        let shown: Vec<&str> = fields.iter().map(|word| word.text).collect();
        let message =
            sentence!("`{}` is no field: command and user do not stand in a schedule", command[0].text);
        let hint = sentence!(
            "put the command into `shell.script` and the user into `shell.user`, and write `{}`",
            shown.join(" ")
        );
        self.slips.add_with_hint(command[0].at..command[command.len() - 1].span().end, message, hint);
        fields
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
                let hint = sentence!("write five fields like `30 2 * * *`, or a name like `@daily`");
                self.slips.push_plain("schedule", sentence!("is empty"), Some(hint));
                return None;
            }
            count => {
                let span = words[0].at..words[count - 1].span().end;
                let message =
                    sentence!("has {} fields; 5, 6 (seconds first, or a year last) or 7 are allowed", count);
                let hint = sentence!(
                    "the fields are minute, hour, day of month, month, day of week; lists have no spaces"
                );
                self.slips.add_with_hint(span, message, hint);
                return None;
            }
        }
        Some(fields.into_iter().zip(words.iter().copied()).collect())
    }

    /// Reads the list of one field.
    fn list(&mut self, part: Part<'_>, field: Field, cron: &mut Cron) -> Values {
        let mut values = Values::default();
        if part.is("?") && matches!(field, Field::Day | Field::Weekday) {
            self.item(Part { text: "*", at: part.at }, field, &mut values);
            return values;
        }
        for item in part.items() {
            if item.text.is_empty() {
                let message = sentence!("{}: an item of `{}` is empty", field.name(), part.text);
                self.slips.add_with_hint(
                    item.span(),
                    message,
                    sentence!("take out the comma that is too many"),
                );
                continue;
            }
            let form = match field {
                Field::Day => self.day_form(item, cron),
                Field::Weekday => self.weekday_form(item, cron),
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
pub(super) fn is_year(word: Part<'_>) -> bool {
    let digits = word.text.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.text.len());
    word.text[..digits].parse::<u32>().is_ok_and(|number| number >= YEAR_MIN)
}
