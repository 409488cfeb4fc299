//! Instants and spans with the one precision that every store keeps: milliseconds.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::fault::Sentence;
use crate::sentence;

/// An instant of the wall clock, in milliseconds since 1970 UTC. Written as RFC 3339 in UTC.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-12-01T02:30:00Z")]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest instant that a store keeps.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The latest instant that a store keeps: the last one that is in the year 9999 in every zone.
    pub const MAX: Self = Self(253_402_207_200_000);

    /// Returns the instant `millis` after 1970 UTC, held within [`Timestamp::MIN`] and [`Timestamp::MAX`].
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::MIN.0 {
            Self::MIN
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// Returns the instant `seconds` after 1970 UTC.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Returns milliseconds since 1970 UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns whole seconds since 1970 UTC, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns how long this is after `earlier`; zero when it is not.
    pub fn since(self, earlier: Self) -> Span {
        Span::from_millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }

    /// Returns the same instant as `jiff` knows it.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).expect("a Timestamp lies in the years that jiff holds")
    }

    /// Returns the instant of a `jiff` timestamp, cut to milliseconds.
    pub fn from_jiff(at: jiff::Timestamp) -> Self {
        Self::from_millis(at.as_millisecond())
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add_unsigned(span.as_millis()))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_sub_unsigned(span.as_millis()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_jiff().fmt(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidQuantity;
    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        text.parse::<jiff::Timestamp>().map(Self::from_jiff).map_err(|_| {
            InvalidQuantity(sentence!(
                "must be an RFC 3339 instant like `2026-12-01T09:00:00+01:00`, got `{}`",
                text.escape_debug()
            ))
        })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a text is not the instant, span or size that it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.english())]
pub struct InvalidQuantity(pub(crate) Sentence);

impl From<InvalidQuantity> for Sentence {
    fn from(invalid: InvalidQuantity) -> Self {
        invalid.0
    }
}

/// A length of time in milliseconds, written as `10m`, `1h30m` or `250ms`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, example = "10m")]
pub struct Span(u64);

/// Units from large to small, with their length in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// Returns a span of `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns a span of `seconds` seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// Returns a span of `minutes` minutes.
    pub const fn from_minutes(minutes: u64) -> Self {
        Self(minutes.saturating_mul(60_000))
    }

    /// Returns a span of `days` days of 24 hours.
    pub const fn from_days(days: u64) -> Self {
        Self(days.saturating_mul(86_400_000))
    }

    /// Returns the span in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the span as the standard library knows it.
    pub const fn to_std(self) -> Duration {
        Duration::from_millis(self.0)
    }

    /// Returns both spans together, held at the largest span.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.pad("0s");
        }
        let mut rest = self.0;
        let mut text = String::new();
        for (unit, millis) in UNITS {
            let count = rest / millis;
            rest %= millis;
            if count > 0 {
                text.push_str(&format!("{count}{unit}"));
            }
        }
        f.pad(&text)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Span {
    type Err = InvalidQuantity;

    /// Reads numbers with a unit each (`1h30m`, `1.5h`, `250 ms`); `0` needs none.
    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        let invalid = || {
            InvalidQuantity(sentence!(
                "must be a length of time like `90s`, `10m` or `1h30m` (units ms, s, m, h, d), got `{}`",
                text.escape_debug()
            ))
        };
        let mut rest = text.trim();
        if rest == "0" {
            return Ok(Self::ZERO);
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(invalid)?;
            let (number, tail) = rest.split_at(digits);
            let tail = tail.trim_start();
            let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(invalid)?;
            let part = scaled(number, *millis).ok_or_else(invalid)?;
            total = total.checked_add(part).ok_or_else(invalid)?;
            rest = tail.trim_start();
        }
        Ok(Self(total))
    }
}

/// Returns `number` (digits with at most one point) times `scale`, if it is a whole number that fits.
pub(crate) fn scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || part.contains('.') || (number.contains('.') && part.is_empty()) || part.len() > 9 {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let mut total = whole.checked_mul(scale)?;
    if !part.is_empty() {
        let power = 10u128.pow(u32::try_from(part.len()).ok()?);
        let fraction = u128::from(part.parse::<u64>().ok()?) * u128::from(scale);
        if fraction % power != 0 {
            return None;
        }
        total = total.checked_add(u64::try_from(fraction / power).ok()?)?;
    }
    Some(total)
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An instant of the boot-time clock: milliseconds since this machine booted, sleep included. Never set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BootTime(u64);

impl BootTime {
    /// Later than any instant.
    pub const NEVER: Self = Self(u64::MAX);

    /// Returns the instant `millis` after boot.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Returns milliseconds since boot.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns how long this is after `earlier`; zero when it is not.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for BootTime {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_what_it_writes() {
        for (text, millis) in
            [("0s", 0), ("90s", 90_000), ("1h30m", 5_400_000), ("250ms", 250), ("30d", 2_592_000_000)]
        {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.as_millis(), millis, "{text}");
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span);
        }
        assert_eq!("1.5h".parse::<Span>().unwrap(), Span::from_minutes(90));
        assert_eq!("90s".parse::<Span>().unwrap().to_string(), "1m30s");
        for bad in ["", "10", "m", "10 minutes", "-5s", "1..5s", "5s!", "99999999999999999999d", "1.0001ms"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_timestamp_reads_any_offset_and_writes_utc() {
        let at: Timestamp = "2026-12-01T09:00:00+01:00".parse().unwrap();
        assert_eq!(at.to_string(), "2026-12-01T08:00:00Z");
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-12-01T08:00:00Z\"");
        assert!("yesterday".parse::<Timestamp>().is_err());
        assert_eq!(Timestamp::MAX.to_jiff().as_millisecond(), Timestamp::MAX.as_millis());
        assert_eq!(Timestamp::MIN.to_jiff().as_millisecond(), Timestamp::MIN.as_millis());
    }
}
