//! What a user most likely meant, for the slips that are common.
//!
//! Flow: `field`, `day`, `parse` → **`hint`** → the hint of a fault. Only words; nothing is decided here.

use super::field::Field;
use super::zone::distance;

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
    pub(super) fn every_hint(self, step: &str) -> Option<String> {
        let unit = match self {
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
            Self::Day => "d",
            _ => return None,
        };
        Some(format!("a step begins anew with each field; for an even period write `@every {step}{unit}`"))
    }

    /// Returns what to write instead of a number out of range.
    pub(super) fn range_hint(self, value: &str, quartz: bool) -> Option<String> {
        let hint = match (self, value) {
            (Self::Second | Self::Minute, "60") => {
                format!("{}s go from 0 to 59; write `0` for the full one", self.name())
            }
            (Self::Hour, "24") => "midnight is hour `0`".to_owned(),
            (Self::Day, "0") => "days count from 1; the last day of the month is `L`".to_owned(),
            (Self::Day, _) => "the last day of each month is `L`".to_owned(),
            (Self::Month, "0") => "months count from 1, which is January".to_owned(),
            (Self::Weekday, _) if quartz => {
                "with `weekdays: quartz` 1 is Sunday and 7 is Saturday; names are never mistaken".to_owned()
            }
            (Self::Weekday, _) if value.len() == 4 => {
                "six fields begin with seconds, unless the last is a year from 1970 to 2200".to_owned()
            }
            (Self::Weekday, _) => {
                "0 and 7 are Sunday, 6 is Saturday; names like `MON` work as well".to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }

    /// Returns what to write instead of a word that the field does not know.
    pub(super) fn word_hint(self, word: &str) -> Option<String> {
        let upper = word.to_ascii_uppercase();
        let hint = match (self, upper.as_str()) {
            (_, "") => return None,
            (Self::Day | Self::Weekday, "?") => "`?` stands alone in its field".to_owned(),
            (_, "?") => {
                "`?` may stand in day of month and day of week only; here every value is `*`".to_owned()
            }
            (_, "*") => "`*` stands alone or before a step: `*/5`".to_owned(),
            (Self::Weekday, "L") => {
                "the last Friday of the month is `FRIL` or `5L`; Saturday is `SAT`".to_owned()
            }
            (Self::Day, "W") => {
                "the weekday nearest to the 15th is `15W`, the last of the month `LW`".to_owned()
            }
            (_, "L" | "W" | "LW") => {
                "`L` and `W` may stand in day of month, `L` behind a day of week".to_owned()
            }
            _ if upper.starts_with('+') => "`+` may stand before day of week only".to_owned(),
            _ => return self.other_field_hint(word),
        };
        Some(hint)
    }

    fn other_field_hint(self, word: &str) -> Option<String> {
        let other = [Self::Month, Self::Weekday].into_iter().find(|field| field.names(word))?;
        let hint =
            format!("`{word}` is a {}: the fields are minute, hour, day of month, month, day of week", {
                if other == Self::Month { "month" } else { "day of week" }
            });
        (other != self).then_some(hint)
    }
}

/// Returns what to write instead of an unknown name that begins with `@`.
pub(super) fn macro_hint(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let known = MACROS.iter().map(|(known, _)| *known).chain(["@every 90s", "@at 2026-12-01T09:00:00+01:00"]);
    let nearest = known
        .clone()
        .filter(|_| name.len() <= NAME_MAX)
        .map(|known| (distance(&name, known.split(' ').next().unwrap_or(known)), known))
        .filter(|(far, _)| *far <= 3)
        .min();
    match nearest {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => {
            format!("known are {}", known.map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", "))
        }
    }
}
