//! What a set of values looks like to people: all, one, a range, an even step, or a list.
//!
//! Flow: bits → **`shape`** → `phrase` → `english`, `chinese`.

use crate::schedule::cron::bits;

/// A set of values of a field, with how it is best said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    /// How it is best said.
    pub shape: Shape,
    /// Its values in rising order.
    pub values: Vec<u32>,
}

impl Set {
    /// Returns a set whose field goes from `min` to `max`.
    pub(super) fn of(set: u64, min: u32, max: u32) -> Self {
        Self { shape: Shape::of(set, min, max), values: bits(set).collect() }
    }
}

/// How a set is best said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Every value of the field.
    All,
    /// One value.
    One(u32),
    /// Three or more in a row, maybe over the end of the field.
    Range(u32, u32),
    /// One each `step`, over the end of the field as well (15 of 60, not 7 of 60).
    Even { from: u32, step: u32 },
    /// Four or more with one distance, which breaks at the end of the field.
    Row { from: u32, to: u32, step: u32 },
    /// Anything else.
    List(Vec<u32>),
}

impl Shape {
    /// Returns the shape of a set whose field goes from `min` to `max`.
    pub(super) fn of(set: u64, min: u32, max: u32) -> Self {
        let values: Vec<u32> = bits(set).collect();
        let size = (max - min + 1) as usize;
        let has = |value: u32| set >> value & 1 == 1;
        match values[..] {
            [] => return Self::List(values),
            [only] => return Self::One(only),
            _ if values.len() == size => return Self::All,
            _ => {}
        }
        let before = |value: u32| if value == min { max } else { value - 1 };
        let mut starts = values.iter().filter(|value| !has(before(**value)));
        if let (Some(start), None, 3..) = (starts.next(), starts.next(), values.len()) {
            let end = (start - min + values.len() as u32 - 1) % size as u32 + min;
            return Self::Range(*start, end);
        }
        let step = values[1] - values[0];
        if values.windows(2).all(|pair| pair[1] - pair[0] == step) {
            let (from, to) = (values[0], values[values.len() - 1]);
            if size as u32 == step * values.len() as u32 {
                return Self::Even { from, step };
            }
            if values.len() >= 4 {
                return Self::Row { from, to, step };
            }
        }
        Self::List(values)
    }
}

/// Returns values in runs: one by one, three or more in a row as one run with its ends.
pub(super) fn runs<T>(values: &[u32], one: impl Fn(u32) -> T, row: impl Fn(u32, u32) -> T) -> Vec<T> {
    let mut parts = Vec::new();
    for run in values.chunk_by(|value, next| value + 1 == *next) {
        match run {
            [first, _, .., last] => parts.push(row(*first, *last)),
            few => parts.extend(few.iter().map(|value| one(*value))),
        }
    }
    parts
}
