//! The seven fields: their names, their ranges, and the words that stand for their values.
//!
//! Flow: `fields` → **`field`** → `item`. Not here: how an item of a list is written (`item`, `day`).

use super::calendar::{YEAR_MAX, YEAR_MIN};
use crate::fault::Sentence;
use crate::sentence;

/// A field of a cron expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
    Year,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
/// Short forms in use beside the first three letters.
const SHORT: [(&str, &str); 4] =
    [("sept", "september"), ("tues", "tuesday"), ("thur", "thursday"), ("thurs", "thursday")];

impl Field {
    /// Returns what the field is called in messages.
    pub(super) fn name(self) -> Sentence {
        match self {
            Self::Second => sentence!("second"),
            Self::Minute => sentence!("minute"),
            Self::Hour => sentence!("hour"),
            Self::Day => sentence!("day of month"),
            Self::Month => sentence!("month"),
            Self::Weekday => sentence!("day of week"),
            Self::Year => sentence!("year"),
        }
    }

    /// Returns the least and the largest value; weekdays as 0 (Sunday) to 6.
    pub(super) fn range(self) -> (u32, u32) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::Day => (1, 31),
            Self::Month => (1, 12),
            Self::Weekday => (0, 6),
            Self::Year => (YEAR_MIN, YEAR_MAX),
        }
    }

    /// Returns true when the field knows the name.
    pub(super) fn names(self, name: &str) -> bool {
        self.named(name).is_some()
    }

    /// Returns the value that a name stands for in this field.
    pub(super) fn named(self, name: &str) -> Option<u32> {
        let (names, first): (&[&str], u32) = match self {
            Self::Month => (&MONTHS, 1),
            Self::Weekday => (&WEEKDAYS, 0),
            _ => return None,
        };
        let name = name.to_ascii_lowercase();
        let name = SHORT.iter().find(|(short, _)| *short == name).map_or(name.as_str(), |(_, full)| full);
        let at = names.iter().position(|full| *full == name || full[..3] == *name)?;
        Some(first + at as u32)
    }
}

/// The values of one field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Values {
    /// Bit n: the value n; for years 1970 + n.
    pub bits: [u64; 4],
}

impl Values {
    /// Adds a value of a field.
    pub(super) fn insert(&mut self, field: Field, value: u32) {
        let bit = if field == Field::Year { value - YEAR_MIN } else { value };
        self.bits[bit as usize / 64] |= 1 << (bit % 64);
    }
}
