//! Letters that only look like those of a schedule: of another keyboard, of a word processor, around a quotation.
//!
//! Flow: text → **`lookalike`** → the text that was meant → `parse`. What was meant is told, never taken: a schedule
//! is kept as it was typed, and other readers of it know no full-width letters.

use std::ops::Range;

/// A text with letters that only look right, and the text that was meant.
pub(super) struct Mended {
    /// What was meant.
    pub text: String,
    /// Where the letters stand, in bytes of the text as it was typed.
    pub places: Vec<Range<usize>>,
    /// Each such letter once, with what it stands for.
    pub letters: Vec<(char, Option<char>)>,
}

/// Returns the text that was meant; none when every letter is what it looks like.
pub(super) fn mended(text: &str) -> Option<Mended> {
    let mut mended =
        Mended { text: String::with_capacity(text.len()), places: Vec::new(), letters: Vec::new() };
    for (at, letter) in text.char_indices() {
        let Some(meant) = meant(letter) else {
            mended.text.push(letter);
            continue;
        };
        mended.text.extend(meant);
        mended.places.push(at..at + letter.len_utf8());
        if !mended.letters.iter().any(|(known, _)| *known == letter) {
            mended.letters.push((letter, meant));
        }
    }
    (!mended.places.is_empty()).then_some(mended)
}

/// Returns what a letter stands for, nothing at all for one that should not be there; none for a letter that is right.
fn meant(letter: char) -> Option<Option<char>> {
    let meant = match letter {
        // Tilde and full stop of full width are written for ranges and for nothing else.
        '\u{ff5e}' | '\u{301c}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' => '-',
        '\u{ff01}'..='\u{ff5d}' => char::from_u32(u32::from(letter) - 0xfee0)?,
        '\u{3001}' | '\u{ff64}' | '\u{fe50}' | '\u{060c}' => ',',
        '\u{2217}' | '\u{204e}' | '\u{2731}' | '\u{fe61}' | '\u{00d7}' => '*',
        '\u{2044}' | '\u{2215}' => '/',
        '"' | '\'' | '`' | '\\' | '\u{2018}'..='\u{201f}' | '\u{300c}' | '\u{300d}' => return Some(None),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{00ad}' => return Some(None),
        _ => return None,
    };
    Some(Some(meant))
}

/// Returns how a letter is named: itself, or by its number when it cannot be seen.
pub(super) fn name(letter: char) -> String {
    match letter {
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{00ad}' => {
            format!("U+{:04X}", u32::from(letter))
        }
        _ => format!("`{letter}`"),
    }
}
