//! Faults that point: what is wrong, the text, and a line of carets below the place.
//!
//! Flow: `parse`, `field`, `day` → **`slip`** → `Faults`. Collects, so that a text is mended once.

use std::ops::Range;

use crate::fault::{Fault, Faults};

/// The path of a schedule's text in a job.
const PATH: &str = "schedule";
/// The most faults that one text reports.
const FAULTS_MAX: usize = 10;

/// The faults of one text.
#[derive(Debug)]
pub(super) struct Slips<'a> {
    text: &'a str,
    faults: Faults,
}

impl<'a> Slips<'a> {
    /// Returns an empty collection for a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, faults: Faults::new() }
    }

    /// Adds a fault at a place of the text.
    pub(super) fn add(&mut self, span: Range<usize>, message: impl AsRef<str>) {
        self.push(span, message.as_ref(), None);
    }

    /// Adds a fault at a place of the text with what to do about it.
    pub(super) fn add_with_hint(
        &mut self,
        span: Range<usize>,
        message: impl AsRef<str>,
        hint: impl Into<String>,
    ) {
        self.push(span, message.as_ref(), Some(hint.into()));
    }

    /// Adds a fault of another field (`timezone`), or of the text as a whole.
    pub(super) fn push_plain(&mut self, path: &str, message: String, hint: Option<String>) {
        self.faults.push(Fault { path: path.to_owned(), message, hint });
    }

    /// Returns how many faults there are.
    pub(super) fn count(&self) -> usize {
        self.faults.as_slice().len()
    }

    /// Returns the faults.
    pub(super) fn into_faults(self) -> Faults {
        self.faults
    }

    fn push(&mut self, span: Range<usize>, message: &str, hint: Option<String>) {
        if self.count() < FAULTS_MAX {
            let message = format!("{}\n{}", printable(message), pointed(self.text, span));
            self.push_plain(PATH, message, hint.map(|hint| printable(&hint)));
        }
    }
}

/// Returns a text on one line, without letters that a terminal would obey.
fn printable(text: &str) -> String {
    let plain = |c: char| if c.is_control() || c.is_whitespace() { ' ' } else { c };
    text.chars().map(plain).collect()
}

/// Returns the text, and below it carets under the place; at least one.
fn pointed(text: &str, span: Range<usize>) -> String {
    let before = text[..span.start].chars().count();
    let carets = text[span].chars().count().max(1);
    format!("  {}\n  {}{}", printable(text).trim_end(), " ".repeat(before), "^".repeat(carets))
}
