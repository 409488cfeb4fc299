//! Reads typed fields from parsed JSON or YAML and collects what is wrong with each, by path.
//!
//! Flow: parsed text → **`reader`** → `parse`.
//! Not here: what a job's fields mean; only shapes, ranges and the fault of each.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::fault::{Faults, Sentence};
use crate::sentence;

/// One object of the input, at its path.
pub(super) struct Reader<'a> {
    map: Option<&'a Map<String, Value>>,
    path: String,
}

/// Returns `path.field`, or `field` at the top.
fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// Returns a value as a fault names it: its text, shortened, or what it is.
fn shown(value: &Value) -> Sentence {
    match value {
        Value::String(text) => {
            let short: String = text.chars().take(60).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            sentence!("`{}{}`", short.escape_debug(), more)
        }
        Value::Null => sentence!("nothing"),
        Value::Bool(_) | Value::Number(_) => sentence!("`{}`", value),
        Value::Array(items) => sentence!("a list of {}", items.len()),
        Value::Object(_) => sentence!("a group of fields"),
    }
}

impl<'a> Reader<'a> {
    /// Returns a reader of the whole input.
    pub(super) fn top(value: &'a Value, faults: &mut Faults) -> Self {
        let map = value.as_object();
        if map.is_none() {
            faults.add(
                "",
                sentence!("must be a group of fields that starts with `name:`, got {}", shown(value)),
            );
        }
        Self { map, path: String::new() }
    }

    /// Returns the path of a field here.
    pub(super) fn at(&self, field: &str) -> String {
        join(&self.path, field)
    }

    /// Returns true when the field is there and not null.
    pub(super) fn has(&self, field: &str) -> bool {
        self.get(field).is_some()
    }

    /// Returns true when the field is this very word.
    pub(super) fn is_text(&self, field: &str, word: &str) -> bool {
        self.get(field).and_then(Value::as_str) == Some(word)
    }

    fn get(&self, field: &str) -> Option<&'a Value> {
        self.map?.get(field).filter(|value| !value.is_null())
    }

    /// Returns a reader of a group of fields; of an empty one when it is not there.
    pub(super) fn group(&self, field: &str, faults: &mut Faults) -> Reader<'a> {
        let path = self.at(field);
        let value = self.get(field);
        if let Some(value) = value.filter(|value| !value.is_object()) {
            faults.add(&path, sentence!("must be a group of fields, got {}", shown(value)));
        }
        Reader { map: value.and_then(Value::as_object), path }
    }

    /// Adds a fault for each field that is not in `known`, with the nearest name that is.
    pub(super) fn refuse_unknown(&self, known: &[&str], faults: &mut Faults) {
        for field in self.map.into_iter().flat_map(Map::keys).filter(|field| !known.contains(&field.as_str()))
        {
            let path = self.at(field);
            let nearest = known
                .iter()
                .map(|name| (strsim::damerau_levenshtein(name, field), name))
                .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
                .min();
            match nearest {
                Some((_, name)) => {
                    faults.add_with_hint(
                        path,
                        sentence!("unknown field"),
                        sentence!("did you mean `{}`?", name),
                    );
                }
                None => faults.add_with_hint(
                    path,
                    sentence!("unknown field"),
                    sentence!("fields here are {}", known.join(", ")),
                ),
            }
        }
    }

    /// Adds a fault for a field that must be there and is not.
    pub(super) fn require(&self, field: &str, example: &str, faults: &mut Faults) -> bool {
        let there = self.has(field);
        if !there && self.map.is_some() {
            faults.add(self.at(field), sentence!("is missing; give it a value like `{}`", example));
        }
        there
    }

    /// Returns a text of at most `max` bytes without NUL.
    pub(super) fn text(&self, field: &str, max: usize, faults: &mut Faults) -> Option<String> {
        text_of(self.get(field)?, &self.at(field), max, faults)
    }

    /// Returns a text that parses, or its parser's fault. A bare number is shown to need quotes or a unit.
    pub(super) fn parsed<T>(&self, field: &str, faults: &mut Faults) -> Option<T>
    where
        T: FromStr,
        T::Err: Into<Sentence>,
    {
        let value = self.get(field)?;
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => {
                faults.add(self.at(field), sentence!("must be a text, got {}", shown(other)));
                return None;
            }
        };
        text.parse().map_err(|error: T::Err| faults.add(self.at(field), error)).ok()
    }

    /// Returns a parsed value within a range.
    pub(super) fn within<T>(&self, field: &str, range: RangeInclusive<T>, faults: &mut Faults) -> Option<T>
    where
        T: FromStr + PartialOrd + Display,
        T::Err: Into<Sentence>,
    {
        let value: T = self.parsed(field, faults)?;
        if range.contains(&value) {
            return Some(value);
        }
        faults
            .add(self.at(field), sentence!("must be {} to {}, got `{}`", range.start(), range.end(), value));
        None
    }

    /// Returns a whole number within a range.
    pub(super) fn number(&self, field: &str, range: RangeInclusive<u64>, faults: &mut Faults) -> Option<u64> {
        let value = self.get(field)?;
        // JSON knows one kind of number: 5.0 is 5.
        let whole = value.as_u64().or_else(|| {
            let float = value.as_f64().filter(|float| float.fract() == 0.0)?;
            format!("{float}").parse().ok()
        });
        match whole.filter(|number| range.contains(number)) {
            Some(number) => Some(number),
            None => {
                faults.add(
                    self.at(field),
                    sentence!(
                        "must be a whole number {} to {}, got {}",
                        range.start(),
                        range.end(),
                        shown(value)
                    ),
                );
                None
            }
        }
    }

    /// Returns true or false.
    pub(super) fn flag(&self, field: &str, faults: &mut Faults) -> Option<bool> {
        let value = self.get(field)?;
        if value.as_bool().is_none() {
            faults.add(self.at(field), sentence!("must be true or false, got {}", shown(value)));
        }
        value.as_bool()
    }

    /// Returns one of the words of `choices`.
    pub(super) fn choice<T: Copy>(
        &self,
        field: &str,
        choices: &[(&str, T)],
        faults: &mut Faults,
    ) -> Option<T> {
        choice_of(self.get(field)?, &self.at(field), choices, faults)
    }

    /// Returns the items of a list with their paths.
    pub(super) fn list(
        &self,
        field: &str,
        max: usize,
        faults: &mut Faults,
    ) -> Option<Vec<(String, &'a Value)>> {
        let value = self.get(field)?;
        let path = self.at(field);
        let Some(items) = value.as_array() else {
            faults.add(&path, sentence!("must be a list, got {}", shown(value)));
            return None;
        };
        if items.len() > max {
            faults.add(&path, sentence!("must have at most {} items, got {}", max, items.len()));
        }
        Some(items.iter().take(max).enumerate().map(|(i, item)| (format!("{path}[{i}]"), item)).collect())
    }

    /// Returns a list of texts.
    pub(super) fn texts(
        &self,
        field: &str,
        items_max: usize,
        bytes_max: usize,
        faults: &mut Faults,
    ) -> Option<Vec<String>> {
        let items = self.list(field, items_max, faults)?;
        Some(items.into_iter().filter_map(|(path, item)| text_of(item, &path, bytes_max, faults)).collect())
    }

    /// Returns a map of texts; `check` says what is wrong with a name.
    pub(super) fn map(
        &self,
        field: &str,
        entries_max: usize,
        bytes_max: usize,
        check: fn(&str) -> Result<(), Sentence>,
        faults: &mut Faults,
    ) -> Option<BTreeMap<String, String>> {
        let group = self.group(field, faults);
        let map = group.map?;
        if map.len() > entries_max {
            faults
                .add(&group.path, sentence!("must have at most {} entries, got {}", entries_max, map.len()));
        }
        let mut entries = BTreeMap::new();
        for (name, value) in map.iter().take(entries_max) {
            let path = group.at(name);
            if let Err(message) = check(name) {
                faults.add(&path, message);
            }
            if let Some(text) = text_of(value, &path, bytes_max, faults) {
                entries.insert(name.clone(), text);
            }
        }
        Some(entries)
    }
}

/// Returns one item of a list as a group of fields.
pub(super) fn item<'a>(path: &str, value: &'a Value, faults: &mut Faults) -> Reader<'a> {
    let map = value.as_object();
    if map.is_none() {
        faults.add(path, sentence!("must be a group of fields, got {}", shown(value)));
    }
    Reader { map, path: path.to_owned() }
}

/// Returns one of the words of `choices`.
pub(super) fn choice_of<T: Copy>(
    value: &Value,
    path: &str,
    choices: &[(&str, T)],
    faults: &mut Faults,
) -> Option<T> {
    let found = value.as_str().and_then(|text| choices.iter().find(|(word, _)| *word == text));
    if found.is_none() {
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        faults.add(path, sentence!("must be one of {}, got {}", words.join(", "), shown(value)));
    }
    found.map(|(_, choice)| *choice)
}

/// Returns a text of at most `max` bytes without NUL. Numbers and booleans count as the text that they look like,
/// since YAML reads an unquoted `1` or `yes` so.
pub(super) fn text_of(value: &Value, path: &str, max: usize, faults: &mut Faults) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        other => {
            faults.add(path, sentence!("must be a text, got {}", shown(other)));
            return None;
        }
    };
    if text.len() > max {
        faults.add(path, sentence!("must have at most {} bytes, got {}", max, text.len()));
        return None;
    }
    if text.contains('\0') {
        faults.add(path, sentence!("must not contain a NUL byte"));
        return None;
    }
    Some(text)
}
