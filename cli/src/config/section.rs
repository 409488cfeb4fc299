//! Reads typed values out of a TOML table and collects what is wrong with each, by path; what nobody asked for is a
//! fault too.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use model::fault::Faults;
use toml::{Table, Value};

/// One table of the file, at its path.
pub(super) struct Section<'a> {
    table: Option<&'a Table>,
    path: String,
    known: BTreeSet<String>,
}

impl<'a> Section<'a> {
    /// Returns the whole file.
    pub(super) fn top(table: &'a Table) -> Self {
        Self { table: Some(table), path: String::new(), known: BTreeSet::new() }
    }

    /// Returns the section of this name; an empty one when it is not there.
    pub(super) fn section(&mut self, name: &str, faults: &mut Faults) -> Section<'a> {
        let value = self.take(name);
        let table = value.and_then(Value::as_table);
        if value.is_some() && table.is_none() {
            faults.add(self.at(name), format!("must be a section `[{name}]`"));
        }
        Section { table, path: self.at(name), known: BTreeSet::new() }
    }

    /// Reads a switch.
    pub(super) fn switch(&mut self, name: &str, default: bool, faults: &mut Faults) -> bool {
        let Some(value) = self.take(name) else { return default };
        value.as_bool().unwrap_or_else(|| {
            faults.add(self.at(name), format!("must be true or false, got `{value}`"));
            default
        })
    }

    /// Reads a text into what it stands for.
    pub(super) fn text<T: FromStr<Err: Display>>(&mut self, name: &str, faults: &mut Faults) -> Option<T> {
        let value = self.take(name)?;
        parsed(value, &self.at(name), |text| text.parse().map_err(|e: T::Err| e.to_string()), faults)
    }

    /// Reads a list of texts, each into what it stands for.
    pub(super) fn texts<T>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
        faults: &mut Faults,
    ) -> Vec<T> {
        let Some(value) = self.take(name) else { return Vec::new() };
        let Some(values) = value.as_array() else {
            faults.add(self.at(name), format!("must be a list of texts, got `{value}`"));
            return Vec::new();
        };
        let each = values.iter().enumerate();
        each.filter_map(|(i, value)| parsed(value, &format!("{}[{i}]", self.at(name)), &read, faults))
            .collect()
    }

    /// Names what stands in the table and was not asked for.
    pub(super) fn finish(self, faults: &mut Faults) {
        let unknown = self.table.into_iter().flat_map(Table::keys).filter(|name| !self.known.contains(*name));
        let known: Vec<_> = self.known.iter().map(|name| format!("`{name}`")).collect();
        for name in unknown {
            faults.add(self.at(name), format!("is not known here; known are {}", known.join(", ")));
        }
    }

    fn take(&mut self, name: &str) -> Option<&'a Value> {
        self.known.insert(name.to_owned());
        self.table?.get(name)
    }

    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

fn parsed<T>(
    value: &Value,
    path: &str,
    read: impl Fn(&str) -> Result<T, String>,
    faults: &mut Faults,
) -> Option<T> {
    let Some(text) = value.as_str() else {
        faults.add(path, format!("must be a text in quotes, got `{value}`"));
        return None;
    };
    read(text).map_err(|why| faults.add(path, why)).ok()
}
