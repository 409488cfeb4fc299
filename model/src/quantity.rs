//! Sizes in bytes and shares of a processor, as people write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::sentence;
use crate::time::{InvalidQuantity, scaled};

/// A number of bytes, written as `256MiB`, `64KiB` or `10GB`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, example = "256MiB")]
pub struct ByteSize(u64);

const UNITS: [(&str, u64); 13] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("KB", 1_000),
    ("G", 1 << 30),
    ("M", 1 << 20),
    ("K", 1 << 10),
    ("B", 1),
];

impl ByteSize {
    /// Returns a size of `bytes` bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Returns a size of `kib` times 1024 bytes.
    pub const fn from_kib(kib: u64) -> Self {
        Self(kib << 10)
    }

    /// Returns a size of `mib` times 1024² bytes.
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib << 20)
    }

    /// Returns the size in bytes.
    pub const fn as_bytes(self) -> u64 {
        self.0
    }

    /// Returns the size for people, rounded to a tenth of its unit (`700 B`, `64.0 MiB`). Does not read back.
    pub fn rounded(self) -> String {
        let larger = UNITS[..4].iter().find(|(_, bytes)| self.0 >= *bytes);
        match larger {
            None => format!("{} B", self.0),
            Some((unit, bytes)) => {
                // In tenths and in whole numbers: a floating point number would not be exact above 2^53.
                let tenths = u128::from(self.0) * 10 / u128::from(*bytes);
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            }
        }
    }
}

/// Returns a number with a comma after each three digits (`3,104`).
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for ByteSize {
    /// Writes the largest unit that leaves a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, bytes) in &UNITS[..4] {
            if self.0 >= *bytes && self.0.is_multiple_of(*bytes) {
                return f.pad(&format!("{}{unit}", self.0 / bytes));
            }
        }
        f.pad(&format!("{}B", self.0))
    }
}

impl fmt::Debug for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ByteSize {
    type Err = InvalidQuantity;

    /// Reads a number and a unit; a bare number is bytes.
    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        let invalid = || {
            InvalidQuantity(sentence!(
                "must be a size like `64KiB`, `256MiB` or `2GiB`, got `{}`",
                text.escape_debug()
            ))
        };
        let trimmed = text.trim();
        let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let unit = unit.trim();
        let scale = if unit.is_empty() {
            1
        } else {
            UNITS.iter().find(|(name, _)| *name == unit).map(|(_, bytes)| *bytes).ok_or_else(invalid)?
        };
        scaled(number, scale).map(Self).ok_or_else(invalid)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A share of processors in thousandths: `0.5` is half of one, `2` is two. Written as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = f64, example = 0.5)]
pub struct CpuShare(u32);

impl CpuShare {
    /// Returns a share of `milli` thousandths of a processor.
    pub const fn from_milli(milli: u32) -> Self {
        Self(milli)
    }

    /// Returns the share in thousandths of a processor.
    pub const fn as_milli(self) -> u32 {
        self.0
    }
}

impl fmt::Display for CpuShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / 1000.0)
    }
}

impl FromStr for CpuShare {
    type Err = InvalidQuantity;
    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        scaled(text.trim(), 1000)
            .and_then(|milli| u32::try_from(milli).ok())
            .filter(|m| *m > 0)
            .map(Self)
            .ok_or_else(|| {
                InvalidQuantity(sentence!(
                    "must be a number of processors like `0.5` or `2`, at least 0.001, got `{}`",
                    text.escape_debug()
                ))
            })
    }
}

impl Serialize for CpuShare {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 1000.0)
    }
}

impl<'de> Deserialize<'de> for CpuShare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        format!("{share}").parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_reads_what_it_writes() {
        for (text, bytes) in
            [("256MiB", 256 << 20), ("64KiB", 65536), ("1.5GiB", 3 << 29), ("10", 10), ("0B", 0)]
        {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!(size.as_bytes(), bytes, "{text}");
            assert_eq!(size.to_string().parse::<ByteSize>().unwrap(), size);
        }
        for bad in ["", "MiB", "10 mib", "-1B", "1.00000000001B", "99999999TiB"] {
            assert!(bad.parse::<ByteSize>().is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_for_people_are_short() {
        let rounded = |bytes| ByteSize::from_bytes(bytes).rounded();
        assert_eq!(rounded(0), "0 B");
        assert_eq!(rounded(1_023), "1023 B");
        assert_eq!(rounded(64 << 20), "64.0 MiB");
        assert_eq!(rounded((64 << 20) - 1), "63.9 MiB", "never more than there is");
        assert_eq!(rounded(u64::MAX), "16777215.9 TiB");
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_share_is_a_number_of_processors() {
        assert_eq!("0.5".parse::<CpuShare>().unwrap().as_milli(), 500);
        assert_eq!(serde_json::to_string(&CpuShare::from_milli(500)).unwrap(), "0.5");
        assert_eq!(serde_json::from_str::<CpuShare>("2").unwrap().as_milli(), 2000);
        assert!("0".parse::<CpuShare>().is_err());
    }
}
