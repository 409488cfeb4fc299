//! What each option is in the end, and where that comes from: noted while a configuration is read, for `config show` and
//! for what a reload compares.
//!
//! Flow: `section` → **`effective`** → `commands::config_show`, `commands::process::reload`.
//! Not here: what is in a secret's file. Its sum is kept beside, since a reload must see a new password, and never shown.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// All options of a role by their names.
pub(crate) type Noted = BTreeMap<String, Effective>;

/// One option.
#[derive(Debug, Clone)]
pub(crate) struct Effective {
    /// Its value as it is written; null when it has none. Of an option that names a file, that name.
    pub(crate) value: Value,
    pub(crate) origin: Origin,
    /// Of a file: what stood in it, as its sum.
    pub(crate) content: Option<Content>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    /// The line of the configuration.
    File(usize),
    /// The variable.
    Environment(String),
    /// The flag.
    Flag(String),
}

/// What stood in a file that an option names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    sum: [u8; 32],
    pub(crate) secret: bool,
}

impl Content {
    pub(super) fn of(text: &str, secret: bool) -> Self {
        Self { sum: Sha256::digest(text).into(), secret }
    }
}

impl Effective {
    /// Returns a default; null is none.
    pub(crate) fn default(value: Value) -> Self {
        Self { value, origin: Origin::Default, content: None }
    }

    /// Returns whether both mean the same to a server, wherever they were written.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.value == other.value && self.content == other.content
    }
}

impl Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.content, self.value.as_str()) {
            (Some(Content { secret: true, .. }), Some(file)) => write!(f, "set, from {file}"),
            (_, Some(text)) => f.write_str(text),
            (_, None) if self.value.is_null() => f.write_str("–"),
            (_, None) => write!(f, "{}", self.value),
        }
    }
}

/// Returns a default as it would be written: numbers and switches as such, all else as a text.
pub(super) fn written(value: &impl Display) -> Value {
    let text = value.to_string();
    let (number, switch) = (text.parse::<i64>().map(Value::from), text.parse::<bool>().map(Value::from));
    number.or(switch).unwrap_or(Value::String(text))
}
