//! The languages in which schedules are told to people.
//!
//! Flow: `Accept-Language` or locale → **`language`** → `schedule::words`.
//! Not here: where the wish is read (`master`, `cli`), and the words themselves.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language of the words of schedules. Errors, names and everything else are English.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Chinese in simplified characters.
    #[serde(rename = "zh")]
    Chinese,
}

/// The most ranges of one `Accept-Language` that are looked at.
const RANGES_MAX: usize = 32;

impl Language {
    /// All languages, the one that stands in for others first.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Returns the tag that names the language (`en`, `zh`).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// Returns the language of a tag or of a locale's name, its region and encoding aside (`zh-CN`, `zh_TW.UTF-8`,
    /// `en`); none when it is another language.
    pub fn of(name: &str) -> Option<Self> {
        let language = name.trim().split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    /// Returns the language that an `Accept-Language` likes best; English when it names none that is known. What does
    /// not read is left out, as everywhere with this header.
    pub fn accepted(header: &str) -> Self {
        let mut best = (0, Self::English);
        for range in header.split(',').take(RANGES_MAX) {
            let (name, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let language = if name.trim() == "*" { Some(Self::English) } else { Self::of(name) };
            // Of equal weights the first counts.
            if let (Some(language), Some(weight)) = (language, thousandths(weight))
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// Returns the weight of `q=0.5`, from 0 to 1000.
fn thousandths(weight: &str) -> Option<u32> {
    let number: f32 = weight.trim().strip_prefix("q=")?.trim().parse().ok()?;
    (0.0..=1.0).contains(&number).then(|| (number * 1_000.0).round() as u32)
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.tag())
    }
}

/// A text that names no language of schedules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be `en` or `zh`, got `{0}`")]
pub struct UnknownLanguage(String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        Self::of(text).ok_or_else(|| UnknownLanguage(text.escape_debug().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_or_a_locale_names_its_language() {
        for (name, wanted) in [
            ("zh", Some(Language::Chinese)),
            ("zh-CN", Some(Language::Chinese)),
            ("zh_TW.UTF-8", Some(Language::Chinese)),
            ("ZH-Hans-CN", Some(Language::Chinese)),
            ("en_GB.utf8", Some(Language::English)),
            ("de-DE", None),
            ("zhx", None),
            ("C", None),
            ("", None),
        ] {
            assert_eq!(Language::of(name), wanted, "{name}");
        }
        assert!("klingon".parse::<Language>().unwrap_err().to_string().contains("`en` or `zh`"));
    }

    #[test]
    fn the_best_liked_language_of_a_reader_wins() {
        for (header, wanted) in [
            ("", Language::English),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("en-US,en;q=0.9,zh-CN;q=0.8", Language::English),
            ("de-DE,de;q=0.9,zh;q=0.5,en;q=0.4", Language::Chinese),
            ("fr", Language::English),
            ("en;q=0.2, zh;q=0.7", Language::Chinese),
            ("zh;q=0", Language::English),
            ("*, zh;q=0.5", Language::English),
            ("zh;q=many, ;;,,", Language::English),
        ] {
            assert_eq!(Language::accepted(header), wanted, "{header}");
        }
    }
}
