//! Faults that point: what is wrong, the text, and a line of carets below the place.
//!
//! Flow: `parse`, `item`, `day` → **`slip`** → `Faults`. Collects, so that a text is mended once.

use std::ops::Range;

use crate::fault::{Fault, Faults, Sentence};
use crate::sentence;

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
    pub(super) fn add(&mut self, span: Range<usize>, message: Sentence) {
        self.push(&[span], message, None);
    }

    /// Adds a fault at a place of the text with what to do about it.
    pub(super) fn add_with_hint(&mut self, span: Range<usize>, message: Sentence, hint: Sentence) {
        self.push(&[span], message, Some(hint));
    }

    /// Adds a fault at several places of the text with what to do about it.
    pub(super) fn add_at(&mut self, places: &[Range<usize>], message: Sentence, hint: Sentence) {
        self.push(places, message, Some(hint));
    }

    /// Adds a fault of another field (`timezone`), or of the text as a whole.
    pub(super) fn push_plain(&mut self, path: &str, message: Sentence, hint: Option<Sentence>) {
        let fault = Fault::new(path, message);
        self.faults.push(match hint {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        });
    }

    /// Returns how many faults there are.
    pub(super) fn count(&self) -> usize {
        self.faults.as_slice().len()
    }

    /// Returns the faults.
    pub(super) fn into_faults(self) -> Faults {
        self.faults
    }

    fn push(&mut self, places: &[Range<usize>], message: Sentence, hint: Option<Sentence>) {
        if self.count() < FAULTS_MAX {
            let message = sentence!("{}\n{}", message.map(&printable), pointed(self.text, places));
            self.push_plain(PATH, message, hint.map(|hint| hint.map(&printable)));
        }
    }
}

/// Returns a text on one line, without letters that a terminal would obey or that nobody sees.
fn printable(text: &str) -> String {
    let plain = |c: char| if c.is_control() || c.is_whitespace() { ' ' } else { c };
    text.chars().map(plain).filter(|letter| columns(*letter) > 0).collect()
}

/// Returns the text, and below it carets under the places; at least one for each.
fn pointed(text: &str, places: &[Range<usize>]) -> String {
    let mut carets = String::new();
    let mut columns = 0;
    for place in places {
        let from = width(&text[..place.start]).max(columns);
        carets.push_str(&" ".repeat(from - columns));
        let wide = width(&text[place.clone()]).max(1);
        carets.push_str(&"^".repeat(wide));
        columns = from + wide;
    }
    format!("  {}\n  {carets}", printable(text).trim_end())
}

/// Returns how many columns a text takes where each letter has one or two, as on a terminal.
fn width(text: &str) -> usize {
    printable(text).chars().map(columns).sum()
}

fn columns(letter: char) -> usize {
    match letter {
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => 0,
        // Chinese, Japanese and Korean letters, and those of full width.
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 2,
        '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' => 2,
        '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}
