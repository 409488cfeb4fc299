//! Reads typed values out of a configuration and collects what is wrong with each, by name and place; what nobody
//! asked for is a fault too.
//!
//! A value comes from a flag, else from the environment (`SANDGLASS_OPT_` and its name: `etcd.user` is
//! `SANDGLASS_OPT_ETCD_USER`), else from the file. All three are read by the same rules here.
//! Not here: which options there are (`etcd`, `mongodb`, `master`, `worker`, `shell`).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use model::fault::Faults;
use serde_json::Value as Json;

use super::document::{Node, Table, Value};
use super::effective::{Content, Effective, Noted, Origin, written};
use super::secret;

/// What every variable of ours begins with.
pub(crate) const VARIABLE: &str = "SANDGLASS_OPT_";

/// What goes before the file: flags of the command line, then the environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// By the option's name: the flag, and what was written after it.
    pub(crate) flags: BTreeMap<&'static str, (&'static str, String)>,
    /// By the variable.
    pub(crate) environment: BTreeMap<String, String>,
    /// The variables that were looked for, set or not.
    pub(crate) asked: RefCell<BTreeSet<String>>,
    /// What each option that was read is in the end.
    pub(crate) noted: RefCell<Noted>,
}

/// One table of the file, under its name.
pub(super) struct Section<'a> {
    given: &'a Given,
    table: Option<&'a Table>,
    name: String,
    known: BTreeSet<String>,
}

/// A value as it was found, and where.
struct Found<'a> {
    /// Its name and place, as faults show it.
    at: String,
    origin: Origin,
    value: Written<'a>,
}

/// How a value was written.
enum Written<'a> {
    InFile(&'a Value),
    AsText(&'a str),
}

impl<'a> Section<'a> {
    /// Returns the whole file.
    pub(super) fn top(table: &'a Table, given: &'a Given) -> Self {
        Self { given, table: Some(table), name: String::new(), known: BTreeSet::new() }
    }

    /// Returns the section of this name; an empty one when it is not there.
    pub(super) fn section(&mut self, name: &str, faults: &mut Faults) -> Section<'a> {
        self.known.insert(name.to_owned());
        let node = self.table.and_then(|table| table.get(name));
        let table = node.and_then(|node| match &node.value {
            Value::Table(table) => Some(table),
            _ => None,
        });
        if let (Some(node), None) = (node, table) {
            faults.add(format!("{name} (line {})", node.line), format!("must be a section `[{name}]`"));
        }
        Section { given: self.given, table, name: name.to_owned(), known: BTreeSet::new() }
    }

    /// Reads a switch.
    pub(super) fn switch(&mut self, name: &str, default: bool, faults: &mut Faults) -> bool {
        let Some(found) = self.find(name) else { return self.default(name, default) };
        let origin = found.origin;
        let (read, shown) = match found.value {
            Written::InFile(Value::Switch(switch)) => (Some(*switch), String::new()),
            Written::InFile(value) => (None, value.to_string()),
            Written::AsText(text) => (switch_of(text), text.to_owned()),
        };
        self.note(name, read.into(), origin);
        read.unwrap_or_else(|| {
            faults.add(found.at, format!("must be true or false, got `{shown}`"));
            default
        })
    }

    /// Reads a text into what it stands for.
    pub(super) fn text<T: FromStr<Err: Display>>(&mut self, name: &str, faults: &mut Faults) -> Option<T> {
        let found = self.find(name)?;
        let text = text_of(&found, faults)?;
        self.note(name, text.into(), found.origin);
        text.parse().map_err(|why: T::Err| faults.add(found.at, why.to_string())).ok()
    }

    /// Reads a text into what it stands for, within bounds.
    pub(super) fn within<T: FromStr<Err: Display> + PartialOrd + Display>(
        &mut self,
        name: &str,
        bounds: RangeInclusive<T>,
        faults: &mut Faults,
    ) -> Option<T> {
        let place = self.place(name);
        let read: T = self.text(name, faults)?;
        if bounds.contains(&read) {
            return Some(read);
        }
        let (from, to) = bounds.into_inner();
        faults.add(place, format!("must be from {from} to {to}, got `{read}`"));
        None
    }

    /// Reads a whole number within bounds.
    pub(super) fn number(
        &mut self,
        name: &str,
        bounds: RangeInclusive<u32>,
        faults: &mut Faults,
    ) -> Option<u32> {
        let found = self.find(name)?;
        let origin = found.origin;
        let (read, shown) = match found.value {
            Written::InFile(Value::Number(number)) => (u32::try_from(*number).ok(), number.to_string()),
            Written::InFile(value) => (None, value.to_string()),
            Written::AsText(text) => (text.parse().ok(), text.to_owned()),
        };
        let read = read.filter(|number| bounds.contains(number));
        self.note(name, read.into(), origin);
        if read.is_none() {
            let (from, to) = bounds.into_inner();
            faults.add(found.at, format!("must be a whole number from {from} to {to}, got `{shown}`"));
        }
        read
    }

    /// Reads a list of texts, each into what it stands for. Outside of the file commas stand between them.
    pub(super) fn texts<T>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
        faults: &mut Faults,
    ) -> Vec<T> {
        let Some(found) = self.find(name) else {
            self.note(name, Json::Array(Vec::new()), Origin::Default);
            return Vec::new();
        };
        let each: Vec<(String, &str)> = match found.value {
            Written::AsText(text) => text.split(',').map(|one| (found.at.clone(), one.trim())).collect(),
            Written::InFile(Value::List(values)) => {
                let each = values.iter().enumerate();
                each.filter_map(|(i, node)| item(&self.full(&format!("{name}[{i}]")), node, faults)).collect()
            }
            Written::InFile(value) => {
                faults.add(found.at, format!("must be a list of texts, got `{value}`"));
                Vec::new()
            }
        };
        self.note(name, each.iter().map(|(_, text)| *text).collect(), found.origin);
        each.into_iter().filter_map(|(at, text)| read(text).map_err(|why| faults.add(at, why)).ok()).collect()
    }

    /// Reads names with a text each: a table in the file, `NAME=VALUE,…` outside of it.
    pub(super) fn pairs(&mut self, name: &str, faults: &mut Faults) -> BTreeMap<String, String> {
        let Some(found) = self.find(name) else {
            self.note(name, Json::Object(serde_json::Map::new()), Origin::Default);
            return BTreeMap::new();
        };
        let pairs: BTreeMap<String, String> = match found.value {
            Written::InFile(Value::Table(table)) => {
                let each = table.iter();
                each.filter_map(|(key, node)| {
                    let (_, text) = item(&self.full(&format!("{name}.{key}")), node, faults)?;
                    Some((key.clone(), text.to_owned()))
                })
                .collect()
            }
            Written::InFile(value) => {
                faults.add(found.at, format!("must be a table like {{ role = \"db\" }}, got `{value}`"));
                BTreeMap::new()
            }
            Written::AsText(text) => {
                let each = text.split(',').map(|pair| pair.trim().split_once('=').ok_or(pair));
                each.filter_map(|pair| match pair {
                    Ok((name, value)) => Some((name.to_owned(), value.to_owned())),
                    Err(pair) => {
                        faults.add(found.at.clone(), format!("must be NAME=VALUE, got `{pair}`"));
                        None
                    }
                })
                .collect()
            }
        };
        self.note(
            name,
            pairs.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str()))).collect(),
            found.origin,
        );
        pairs
    }

    /// Says what an option is that nobody gave, and returns it.
    pub(super) fn default<T: Display>(&self, name: &str, value: T) -> T {
        let mut noted = self.given.noted.borrow_mut();
        // One that was given and is wrong is no default; its fault is told.
        if noted.get(&self.full(name)).is_none_or(|known| known.origin == Origin::Default) {
            noted.insert(self.full(name), Effective::default(written(&value)));
        }
        value
    }

    fn note(&self, name: &str, value: Json, origin: Origin) {
        let noted = Effective { value, origin, content: None };
        self.given.noted.borrow_mut().insert(self.full(name), noted);
    }

    /// Reads a file that only its owner and his group may read: a password, a token, a key.
    pub(super) fn secret(&mut self, name: &str, faults: &mut Faults) -> Option<String> {
        self.file(name, true, secret::read, faults)
    }

    /// Reads a file that is no secret, such as a certificate.
    pub(super) fn content(&mut self, name: &str, faults: &mut Faults) -> Option<String> {
        self.file(name, false, |path| std::fs::read_to_string(path).map_err(|e| e.to_string()), faults)
    }

    fn file(
        &mut self,
        name: &str,
        secret: bool,
        read: impl Fn(&Path) -> Result<String, String>,
        faults: &mut Faults,
    ) -> Option<String> {
        let at = self.place(name);
        let path: PathBuf = self.text(name, faults)?;
        let text = read(&path).map_err(|why| faults.add(at, format!("`{}` {why}", path.display()))).ok()?;
        if let Some(noted) = self.given.noted.borrow_mut().get_mut(&self.full(name)) {
            noted.content = Some(Content::of(&text, secret));
        }
        Some(text)
    }

    /// Returns an option's name with where it was given, for faults that are found later.
    pub(super) fn place(&mut self, name: &str) -> String {
        self.take(name).map_or_else(|| self.full(name), |found| found.at)
    }

    /// Names what stands in the table and was not asked for.
    pub(super) fn finish(self, faults: &mut Faults) {
        let known: Vec<_> = self.known.iter().map(|name| format!("`{name}`")).collect();
        for (name, node) in self.table.into_iter().flatten() {
            if !self.known.contains(name) {
                let at = format!("{} (line {})", self.full(name), node.line);
                faults.add(at, format!("is not known here; known are {}", known.join(", ")));
            }
        }
    }

    /// Finds a value; where there is none, that is noted too.
    fn find(&mut self, name: &str) -> Option<Found<'a>> {
        let found = self.take(name);
        if found.is_none() {
            self.note(name, Json::Null, Origin::Default);
        }
        found
    }

    /// Finds a value: the flag, else the variable, else what the file says.
    fn take(&mut self, name: &str) -> Option<Found<'a>> {
        self.known.insert(name.to_owned());
        let full = self.full(name);
        let variables = self.variables(name);
        self.given.asked.borrow_mut().extend(variables.iter().cloned());
        if let Some((flag, text)) = self.given.flags.get(full.as_str()) {
            let origin = Origin::Flag((*flag).to_owned());
            return Some(Found { at: format!("{full} ({flag})"), origin, value: Written::AsText(text) });
        }
        for variable in variables {
            if let Some(text) = self.given.environment.get(&variable) {
                let at = format!("{full} ({variable})");
                return Some(Found {
                    at,
                    origin: Origin::Environment(variable),
                    value: Written::AsText(text),
                });
            }
        }
        let node = self.table?.get(name)?;
        let at = format!("{full} (line {})", node.line);
        Some(Found { at, origin: Origin::File(node.line), value: Written::InFile(&node.value) })
    }

    /// Returns the variables that an option is read from.
    fn variables(&self, name: &str) -> Vec<String> {
        let whole = format!("{VARIABLE}{}", self.full(name).replace('.', "_").to_uppercase());
        // The section of a role may be left out: `master.listen` is `SANDGLASS_OPT_LISTEN` too.
        let short = match (self.name.as_str(), name) {
            ("master" | "worker", _) => Some(format!("{VARIABLE}{}", name.to_uppercase())),
            // As a standalone server has it.
            ("log", "filter") => Some(format!("{VARIABLE}LOG")),
            _ => None,
        };
        [Some(whole), short].into_iter().flatten().collect()
    }

    fn full(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) }
    }
}

/// Returns the text of one item of a list or table.
fn item<'a>(name: &str, node: &'a Node, faults: &mut Faults) -> Option<(String, &'a str)> {
    let at = format!("{name} (line {})", node.line);
    match &node.value {
        Value::Text(text) => Some((at, text)),
        value => {
            faults.add(at, format!("must be a text in quotes, got `{value}`"));
            None
        }
    }
}

fn text_of<'a>(found: &Found<'a>, faults: &mut Faults) -> Option<&'a str> {
    match found.value {
        Written::AsText(text) => Some(text),
        Written::InFile(Value::Text(text)) => Some(text),
        Written::InFile(value) => {
            faults.add(found.at.clone(), format!("must be a text in quotes, got `{value}`"));
            None
        }
    }
}

fn switch_of(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}
