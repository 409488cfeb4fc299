//! What a user most likely meant, for the slips that are common.
//!
//! Flow: `item`, `day`, `parse` → **`hint`** → the hint of a fault. Only words; nothing is decided here.

use super::field::Field;
use super::zone::distance;
use crate::fault::Sentence;
use crate::sentence;

/// The names that stand for a whole expression.
pub(super) const MACROS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];
/// The longest name that is compared when a macro is guessed.
const NAME_MAX: usize = 32;

impl Field {
    /// Returns what to write instead of a step that the field cannot hold.
    pub(super) fn every_hint(self, step: &str) -> Option<Sentence> {
        let unit = match self {
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
            Self::Day => "d",
            _ => return None,
        };
        Some(sentence!(
            "a step begins anew with each field; for an even period write `@every {}{}`",
            step,
            unit
        ))
    }

    /// Returns what to write instead of a number out of range.
    pub(super) fn range_hint(self, value: &str, quartz: bool) -> Option<Sentence> {
        let hint = match (self, value) {
            (Self::Second, "60") => sentence!("seconds go from 0 to 59; write `0` for the full one"),
            (Self::Minute, "60") => sentence!("minutes go from 0 to 59; write `0` for the full one"),
            (Self::Hour, "24") => sentence!("midnight is hour `0`"),
            (Self::Hour, _) if value.len() == 2 => sentence!("minutes stand before hours: `30 2` is 02:30"),
            (Self::Day, "0") => sentence!("days count from 1; the last day of the month is `L`"),
            (Self::Day, _) => sentence!("the last day of each month is `L`"),
            (Self::Month, "0") => sentence!("months count from 1, which is January"),
            (Self::Month, "13") => sentence!("December is 12"),
            (Self::Weekday, _) if quartz => {
                sentence!("with `weekdays: quartz` 1 is Sunday and 7 is Saturday; names are never mistaken")
            }
            (Self::Weekday, _) if value.len() == 4 => {
                sentence!("six fields begin with seconds, unless the last is a year from 1970 to 2200")
            }
            (Self::Weekday, _) => {
                sentence!("0 and 7 are Sunday, 6 is Saturday; names like `MON` work as well")
            }
            _ => return None,
        };
        Some(hint)
    }

    /// Returns what to write instead of a word that the field does not know.
    pub(super) fn word_hint(self, word: &str) -> Option<Sentence> {
        let upper = word.to_ascii_uppercase();
        let hint = match (self, upper.as_str()) {
            (_, "") => return None,
            (Self::Day | Self::Weekday, "?") => sentence!("`?` stands alone in its field"),
            (Self::Month, "?") => {
                sentence!(
                    "`?` may stand in day of month and day of week only; six fields begin with seconds, so a year as `*` \
                 needs all seven"
                )
            }
            (_, "?") => {
                sentence!("`?` may stand in day of month and day of week only; here every value is `*`")
            }
            (_, "*") => sentence!("`*` stands alone or before a step: `*/5`"),
            (Self::Weekday, "L") => {
                sentence!("the last Friday of the month is `FRIL` or `5L`; Saturday is `SAT`")
            }
            (Self::Day, "W") => {
                sentence!("the weekday nearest to the 15th is `15W`, the last of the month `LW`")
            }
            (_, "L" | "W" | "LW") => {
                sentence!("`L` and `W` may stand in day of month, `L` behind a day of week")
            }
            _ if upper.starts_with('+') => sentence!("`+` may stand before day of week only"),
            _ => return self.misspelt_hint(&upper).or_else(|| self.other_field_hint(word)),
        };
        Some(hint)
    }

    /// Returns what was meant by a word that others than cron would take.
    fn misspelt_hint(self, upper: &str) -> Option<Sentence> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(step) = upper.strip_prefix('*').filter(|step| digits(step)) {
            return Some(sentence!("every {} is written `*/{}`", step, step));
        }
        if upper.bytes().all(|byte| byte == b'*') {
            return Some(sentence!("one `*` stands for every value"));
        }
        for (mark, instead) in [("..", "-"), ("~", "-"), (":", "-"), (";", ","), ("|", ","), ("&", ",")] {
            if let Some((from, to)) =
                upper.split_once(mark).filter(|(from, to)| !from.is_empty() && !to.is_empty())
            {
                return Some(sentence!("write `{}{}{}`", from, instead, to));
            }
        }
        if let Some(hour) = upper.strip_suffix("AM").or(upper.strip_suffix("PM")).filter(|hour| digits(hour))
        {
            let hour: u32 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
            let hour = hour % 12 + if upper.ends_with("PM") { 12 } else { 0 };
            return Some(sentence!("hours go from 0 to 23: `{}` is `{}`", upper, hour));
        }
        let number = ["ST", "ND", "RD", "TH"].into_iter().find_map(|end| upper.strip_suffix(end));
        if let Some(number) = number.filter(|number| digits(number)) {
            return Some(sentence!("write the number alone: `{}`", number));
        }
        match self {
            Self::Day if upper == "LAST" => Some(sentence!("the last day of the month is `L`")),
            Self::Day => {
                let day = upper.strip_prefix('W').filter(|day| digits(day))?;
                Some(sentence!("the day comes first: `{}W`", day))
            }
            Self::Weekday => weekday_hint(upper),
            Self::Hour if upper == "NOON" => Some(sentence!("noon is hour `12`")),
            Self::Hour if upper == "MIDNIGHT" => Some(sentence!("midnight is hour `0`")),
            Self::Month => {
                chinese_number(upper.strip_suffix('月')?).map(|month| sentence!("write `{}`", month))
            }
            _ => None,
        }
    }

    fn other_field_hint(self, word: &str) -> Option<Sentence> {
        let other = [Self::Month, Self::Weekday].into_iter().find(|field| field.names(word))?;
        let hint = sentence!(
            "`{}` is a {}: the fields are minute, hour, day of month, month, day of week",
            word,
            other.name()
        );
        (other != self).then_some(hint)
    }
}

/// Returns what was meant by a word in the place of a day of the week.
fn weekday_hint(upper: &str) -> Option<Sentence> {
    let instead = match upper {
        "WEEKDAY" | "WEEKDAYS" | "WORKDAY" | "WORKDAYS" | "工作日" => "MON-FRI",
        "WEEKEND" | "WEEKENDS" | "周末" => "SAT,SUN",
        "MO" => "MON",
        "TU" | "DI" => "TUE",
        "WE" | "MI" => "WED",
        "TH" | "DO" => "THU",
        "FR" => "FRI",
        "SA" => "SAT",
        "SU" | "SO" => "SUN",
        _ => {
            if let Some(day) =
                ["周", "星期", "礼拜"].into_iter().find_map(|before| upper.strip_prefix(before))
            {
                const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
                let number = if ["日", "天"].contains(&day) { 0 } else { chinese_number(day)? };
                return DAYS.get(number).map(|name| sentence!("write `{}`", name));
            }
            let day = upper.strip_prefix("LAST").or(upper.strip_prefix('L'))?;
            let known = Field::Weekday.names(day) || ["0", "1", "2", "3", "4", "5", "6", "7"].contains(&day);
            return known.then(|| sentence!("the day comes first: `{}L`", day));
        }
    };
    Some(sentence!("write `{}`", instead))
}

/// Returns a number from 1 to 12 as Chinese writes it.
fn chinese_number(text: &str) -> Option<usize> {
    const NUMBERS: [&str; 12] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"];
    let known = NUMBERS.iter().position(|number| *number == text).map(|at| at + 1);
    known.or_else(|| text.parse().ok().filter(|number| (1..=12).contains(number)))
}

/// Returns what to write instead of a step that is no number.
pub(super) fn step_hint(step: &str) -> Option<Sentence> {
    if step.is_empty() {
        return Some(sentence!("write how many: `*/5`"));
    }
    if step.contains('-') {
        return Some(sentence!("the range stands before the step: `10-50/5`"));
    }
    step.contains('/').then(|| sentence!("a range has one step: `10-50/5`"))
}

/// Names that are not known and what to write instead.
const OTHER_MACROS: [(&[&str], &str); 12] = [
    (&["@minutely", "@every_minute", "@everyminute", "@minute"], "* * * * *"),
    (&["@secondly", "@every_second", "@second"], "* * * * * *"),
    (&["@weekday", "@weekdays", "@workday", "@workdays"], "0 0 * * MON-FRI"),
    (&["@weekend", "@weekends"], "0 0 * * SAT,SUN"),
    (&["@quarterly", "@every_quarter"], "0 0 1 */3 *"),
    (&["@semiannually", "@biannually"], "0 0 1 1,7 *"),
    (&["@biweekly", "@fortnightly"], "@every 14d"),
    (&["@noon"], "0 12 * * *"),
    (&["@every_hour", "@hour"], "@hourly"),
    (&["@every_day", "@day", "@nightly"], "@daily"),
    (&["@every_week", "@week"], "@weekly"),
    (&["@once", "@on"], "@at 2026-12-01T09:00:00+01:00"),
];

/// Returns what to write instead of an unknown name that begins with `@`.
pub(super) fn macro_hint(name: &str) -> Sentence {
    let name = name.to_ascii_lowercase();
    if let Some((_, instead)) = OTHER_MACROS.iter().find(|(names, _)| names.contains(&name.as_str())) {
        return sentence!("write `{}`", instead);
    }
    let known = MACROS.iter().map(|(known, _)| *known).chain(["@every 90s", "@at 2026-12-01T09:00:00+01:00"]);
    let nearest = known
        .clone()
        .filter(|_| name.len() <= NAME_MAX)
        .map(|known| (distance(&name, known.split(' ').next().unwrap_or(known)), known))
        .filter(|(far, _)| *far <= 3)
        .min();
    match nearest {
        Some((_, known)) => sentence!("did you mean `{}`?", known),
        None => {
            sentence!("known are {}", known.map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", "))
        }
    }
}
