//! Pieces of the text that know where they stand, so that a fault can point at them.
//!
//! Flow: text → **`token`** → `parse`, `item`, `day`.

use std::ops::Range;

/// A piece of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// What it says.
    pub text: &'a str,
    /// Where it begins in the whole text, in bytes.
    pub at: usize,
}

impl<'a> Part<'a> {
    /// Returns the place of the piece in the whole text.
    pub(super) fn span(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// Returns what comes before and after the first `mark`.
    pub(super) fn split_once(&self, mark: char) -> Option<(Self, Self)> {
        let at = self.text.find(mark)?;
        Some((self.sub(0..at), self.sub(at + mark.len_utf8()..self.text.len())))
    }

    /// Returns the pieces between commas; empty ones too.
    pub(super) fn items(self) -> impl Iterator<Item = Part<'a>> {
        let mut at = self.at;
        self.text.split(',').map(move |text| {
            let part = Part { text, at };
            at += text.len() + 1;
            part
        })
    }

    /// Returns the rest after a prefix, whose letters may be of any case.
    pub(super) fn without_prefix(&self, prefix: &str) -> Option<Self> {
        let head = self.text.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| self.sub(prefix.len()..self.text.len()))
    }

    /// Returns the rest before a suffix, whose letters may be of any case.
    pub(super) fn without_suffix(&self, suffix: &str) -> Option<Self> {
        let cut = self.text.len().checked_sub(suffix.len())?;
        let tail = self.text.get(cut..)?;
        tail.eq_ignore_ascii_case(suffix).then(|| self.sub(0..cut))
    }

    /// Returns true when the piece says just this, in any case.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text.eq_ignore_ascii_case(text)
    }

    /// Returns the number that the piece is; none when it is anything else. Large numbers are held at the largest.
    pub(super) fn number(&self) -> Option<u32> {
        let digits = !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| self.text.parse().unwrap_or(u32::MAX))
    }

    fn sub(&self, range: Range<usize>) -> Self {
        Self { text: &self.text[range.clone()], at: self.at + range.start }
    }
}

/// Returns the words of a text.
pub(super) fn words(text: &str) -> Vec<Part<'_>> {
    let start = text.as_ptr() as usize;
    text.split_whitespace().map(|word| Part { text: word, at: word.as_ptr() as usize - start }).collect()
}
