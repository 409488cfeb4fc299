//! The five fields of a crontab, as Vixie cron and its heirs read them: what they take alike is taken, what each reads
//! differently, or none takes, is told with what to write.
//!
//! Not here: the numbers that a field may have, and when it is due; `model::schedule` says both.

use model::fault::{Fault, Faults};

/// When an entry runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum When {
    /// At the times of a schedule.
    Schedule(String),
    /// When cron starts, which no schedule can say.
    Reboot,
}

struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Field; 5] = [
    Field { name: "minute", first: 0, last: 59, names: &[] },
    Field { name: "hour", first: 0, last: 23, names: &[] },
    Field { name: "day of month", first: 1, last: 31, names: &[] },
    Field { name: "month", first: 1, last: 12, names: &MONTHS },
    Field { name: "day of week", first: 0, last: 7, names: &WEEKDAYS },
];
/// The last field whose text may be written anew: a day field that begins with `*` joins the other by AND.
const MINUTE_HOUR_MONTH: [usize; 3] = [0, 1, 3];
const NAMED: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Reads a name that begins with `@`.
pub(super) fn named(word: &str) -> Result<When, Faults> {
    match word {
        "@reboot" => Ok(When::Reboot),
        "@every_minute" => Ok(When::Schedule("* * * * *".to_owned())),
        known if NAMED.contains(&known) => Ok(When::Schedule(known.to_owned())),
        _ => {
            let message = format!("`{word}` is no name of a schedule in a crontab");
            let hint = format!("one of {}, @reboot, or five fields", NAMED.join(", "));
            Err(fault("schedule", message, hint).into())
        }
    }
}

/// Reads five fields; notes tell what was written anew.
pub(super) fn fields(words: &[&str], notes: &mut Vec<String>) -> Result<When, Faults> {
    let mut faults = Faults::new();
    let mut texts = Vec::with_capacity(FIELDS.len());
    for (index, (word, field)) in words.iter().zip(&FIELDS).enumerate() {
        let mut items = Vec::new();
        for item in word.split(',') {
            match field.item(item, MINUTE_HOUR_MONTH.contains(&index)) {
                Ok(Item::Same) => items.push(item.to_owned()),
                Ok(Item::Means(value)) => {
                    notes.push(format!("{}: `{item}` is `{value}` alone in cron", field.name));
                    items.push(value);
                }
                Err(fault) => faults.push(fault),
            }
        }
        texts.push(items.join(","));
    }
    faults.into_result(When::Schedule(texts.join(" ")))
}

enum Item {
    Same,
    Means(String),
}

impl Field {
    fn item(&self, item: &str, may_change: bool) -> Result<Item, Fault> {
        if item.contains('~') {
            let hint =
                "write `H` or `H(0-29)`, which stays the same for a job, into the job's schedule".to_owned();
            return Err(self.fault(format!("`{item}` is a random choice, which not every cron knows"), hint));
        }
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.first, self.last),
            Some((from, to)) => (self.value(from, item)?, self.value(to, item)?),
            None => {
                let value = self.value(range, item)?;
                if let Some(step) = step {
                    return Err(self.step_without_range(item, range, step));
                }
                (value, value)
            }
        };
        if first > last {
            return Err(self.turns(item, range, last));
        }
        let Some(step) = step else { return Ok(Item::Same) };
        let step: u32 = step.parse().ok().filter(|step| *step > 0).ok_or_else(|| {
            self.fault(
                format!("`{item}` has no step after `/`"),
                format!("write a number from 1: `{range}/2`"),
            )
        })?;
        if step <= self.last - self.first {
            return Ok(Item::Same);
        }
        if may_change || range != "*" {
            return Ok(Item::Means(first.to_string()));
        }
        let hint = format!("in cron it is {first} alone, of the days that the other day field names");
        Err(self.fault(format!("the step of `{item}` is larger than the field"), hint))
    }

    fn value(&self, text: &str, item: &str) -> Result<u32, Fault> {
        let lower = text.to_ascii_lowercase();
        if let Some(at) = self.names.iter().position(|name| *name == lower) {
            return Ok(self.first + u32::try_from(at).unwrap_or_default());
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number =
            text.parse::<u32>().ok().filter(|number| digits && (self.first..=self.last).contains(number));
        number.ok_or_else(|| {
            let takes = format!("cron takes {}-{}", self.first, self.last);
            let hint = match self.names {
                [] => takes,
                names => format!("{takes}, or names of three letters: {}", names.join(" ")),
            };
            self.fault(format!("`{item}` does not read"), hint)
        })
    }

    fn step_without_range(&self, item: &str, from: &str, step: &str) -> Fault {
        let message =
            format!("`{item}` is `{from}` alone for some crons, and every {step} from there for others");
        self.fault(message, format!("write `{from}`, or `{from}-{}/{step}`", self.last))
    }

    fn turns(&self, item: &str, range: &str, last: u32) -> Fault {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        let hint = format!("write `{from}-{},{}-{to}`", self.last_shown(), self.first);
        let hint = if self.last == 7 && last == 0 { format!("write `{from}-7`") } else { hint };
        self.fault(format!("`{item}` runs over the end of the field, which cron does not take"), hint)
    }

    fn last_shown(&self) -> u32 {
        if self.last == 7 { 6 } else { self.last }
    }

    fn fault(&self, message: String, hint: String) -> Fault {
        fault(self.name, message, hint)
    }
}

fn fault(path: &str, message: String, hint: String) -> Fault {
    Fault::new(path, message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(When, Vec<String>), String> {
        let words: Vec<&str> = text.split(' ').collect();
        let mut notes = Vec::new();
        let when = fields(&words, &mut notes).map_err(|faults| faults.to_string())?;
        Ok((when, notes))
    }

    #[test]
    fn what_every_cron_takes_is_kept_as_it_is() {
        for text in ["09,39 * * * *", "5-55/10 0-23/2 */2 jan,FEB mon-fri", "0 0 1-7 * 7", "59 23 31 12 0-7"]
        {
            assert_eq!(read(text), Ok((When::Schedule(text.to_owned()), Vec::new())), "{text}");
        }
        let (when, notes) = read("*/60 */24 * * *").unwrap();
        assert_eq!(when, When::Schedule("0 0 * * *".to_owned()));
        assert_eq!(notes.len(), 2, "{notes:?}");
    }

    #[test]
    fn what_crons_read_differently_is_told_with_what_to_write() {
        for (text, word) in [
            ("5/15 * * * *", "write `5`, or `5-59/15`"),
            ("0 22-2 * * *", "write `22-23,0-2`"),
            ("0 0 * * fri-sun", "write `fri-7`"),
            ("0 0 * * sat-mon", "write `sat-6,0-mon`"),
            ("0 0 * * MONDAY", "names of three letters"),
            ("60 * * * *", "cron takes 0-59"),
            ("0 0 L * *", "cron takes 1-31"),
            ("*/0 * * * *", "write a number from 1"),
            ("0~30 * * * *", "`H`"),
            ("1, * * * *", "does not read"),
            ("0 0 */40 * 1", "1 alone"),
            ("+5 * * * *", "does not read"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(word), "{text}: {told}");
        }
        assert_eq!(named("@reboot").unwrap(), When::Reboot);
        assert!(named("@every").unwrap_err().to_string().contains("@hourly"));
    }
}
