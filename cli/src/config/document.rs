//! A TOML text as a tree whose every value knows its line, so that a fault names where to look.
//!
//! Flow: the file's text → **`parse`** → `section`.
//! Not here: what the values mean.

use std::collections::BTreeMap;
use std::fmt;

use model::fault::Faults;
use toml::de::{DeTable, DeValue};

/// The values of one table by their names.
pub(super) type Table = BTreeMap<String, Node>;

/// A value and the line that it stands in.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

/// What a configuration may hold.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Switch(bool),
    Number(i64),
    List(Vec<Node>),
    Table(Table),
    /// What no option is: a number with a fraction, an instant; as it was written.
    Other(String),
}

/// Reads a text.
///
/// # Errors
/// When it is not TOML: where, and what was expected there.
pub(super) fn parse(text: &str) -> Result<Table, Faults> {
    match DeTable::parse(text) {
        Ok(table) => Ok(self::table(text, table.get_ref())),
        Err(e) => {
            let mut faults = Faults::new();
            faults.add("", format!("is not TOML: {}", e.to_string().trim_end()));
            Err(faults)
        }
    }
}

fn table(text: &str, table: &DeTable<'_>) -> Table {
    let line = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
    let entries = table.iter().map(|(name, value)| {
        // A section's own line is that of its name; its value begins where its first entry does.
        let node = Node { line: line(name.span().start), value: self::value(text, value.get_ref()) };
        (name.get_ref().to_string(), node)
    });
    entries.collect()
}

fn value(text: &str, value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(switch) => Value::Switch(*switch),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Other(number.as_str().to_owned()), Value::Number),
        DeValue::Array(values) => Value::List(
            values
                .iter()
                .map(|one| {
                    let before = text.get(..one.span().start).unwrap_or_default();
                    Node { line: before.matches('\n').count() + 1, value: self::value(text, one.get_ref()) }
                })
                .collect(),
        ),
        DeValue::Table(inner) => Value::Table(table(text, inner)),
        DeValue::Float(number) => Value::Other(number.as_str().to_owned()),
        DeValue::Datetime(instant) => Value::Other(instant.to_string()),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Switch(switch) => write!(f, "{switch}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::List(values) => {
                let shown: Vec<_> = values.iter().map(|one| one.value.to_string()).collect();
                write!(f, "[{}]", shown.join(", "))
            }
            Self::Table(table) => {
                let shown: Vec<_> =
                    table.iter().map(|(name, one)| format!("{name} = {}", one.value)).collect();
                write!(f, "{{ {} }}", shown.join(", "))
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}
