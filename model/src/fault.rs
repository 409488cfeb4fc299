//! What is wrong with an input, field by field.
//!
//! A parser collects faults and goes on, so that a user mends a file once. Each fault names the field, the
//! value and the fix; `cli` prints them, `master` sends them as the `errors` of a problem document. They are told in
//! English, and beside it comes what each [`Sentence`] was made of, so that a client may say it in another language.
//!
//! Not here: words of other languages; those are the client's.

mod sentence;

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::sentence::{Said, SaidValue, Sentence, gaps};

/// One thing that is wrong, with the path of its field (`limits.memory`, `wasm.dirs[1].host`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// Dotted path of the field; empty for the input as a whole.
    pub path: String,
    /// What is wrong: names the value and what is allowed. Lowercase, no full stop.
    pub message: String,
    /// What the message was made of, for who says it in another language; none where a library has said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Box<Said>>,
    /// What to do about it, where that is not plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the hint was made of, as `said` of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint_said: Option<Box<Said>>,
}

impl Fault {
    /// Returns a fault at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<Sentence>) -> Self {
        let (message, said) = message.into().into_parts();
        Self { path: path.into(), message, said: said.map(Box::new), hint: None, hint_said: None }
    }

    /// Returns the fault with what to do about it.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<Sentence>) -> Self {
        let (hint, hint_said) = hint.into().into_parts();
        Self { hint: Some(hint), hint_said: hint_said.map(Box::new), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

/// All faults of one input. Never empty inside an `Err`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Returns an empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault at `path`.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<Sentence>) {
        self.push(Fault::new(path, message));
    }

    /// Adds a fault at `path` with what to do about it.
    pub fn add_with_hint(
        &mut self,
        path: impl Into<String>,
        message: impl Into<Sentence>,
        hint: impl Into<Sentence>,
    ) {
        self.push(Fault::new(path, message).with_hint(hint));
    }

    /// Adds a fault as it is.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Returns true when nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the faults in the order in which they were found.
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }

    /// Returns the faults by value.
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }

    /// Returns `value` when nothing is wrong, else all the faults.
    pub fn into_result<T>(self, value: T) -> Result<T, Faults> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
