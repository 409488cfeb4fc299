//! Sentences that keep what they were made of: one literal gives the English and the template, so the two cannot part.
//!
//! Flow: [`sentence!`](crate::sentence) → **`Sentence`** → `Fault` → a client that says it in its reader's language.
//! Each template that `model` and `master` write has Chinese words in `web/src/i18n/zh/faults.ts`; a test of the page
//! reads these sources for them.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Stands in a template for the next value.
const GAP: &str = "{}";

/// Makes a [`Sentence`] of a literal with `{}` for each value. A value is what displays itself and reads alike in every
/// language, or a sentence of its own.
#[macro_export]
macro_rules! sentence {
    ($template:literal $(, $value:expr)* $(,)?) => {{
        const {
            let values = <[&str]>::len(&[$(stringify!($value)),*]);
            assert!($crate::fault::gaps($template) == values, "a sentence has a value for each gap");
        }
        $crate::fault::Sentence::new($template, vec![$($crate::fault::SaidValue::from(&$value)),*])
    }};
}

/// A sentence in English, and where it was written here what it was made of. It is no `Display`, so that one sentence
/// within another stays a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    english: String,
    said: Option<Said>,
}

/// What a sentence was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Said {
    /// The English sentence with `{}` in the place of each value: the same for each fault of its kind.
    #[schema(value_type = String, example = "must be {} to {}, got `{}`")]
    pub template: Cow<'static, str>,
    /// What stands in the gaps, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<SaidValue>,
}

/// What stands in a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(no_recursion)]
pub enum SaidValue {
    /// A name, a number, or what the user wrote: the same in every language.
    Text(String),
    /// A sentence or a word of its own.
    Said(Said),
}

impl Sentence {
    /// Returns the sentence of a template; [`sentence!`](crate::sentence) also holds that the values are as many as its gaps.
    pub fn new(template: &'static str, values: Vec<SaidValue>) -> Self {
        let said = Said { template: Cow::Borrowed(template), values };
        Self { english: said.to_string(), said: Some(said) }
    }

    /// Returns it in English.
    pub fn english(&self) -> &str {
        &self.english
    }

    /// Returns the English, and what it was made of.
    pub fn into_parts(self) -> (String, Option<Said>) {
        (self.english, self.said)
    }

    /// Returns the sentence with its texts changed letter by letter; its template has none that would change.
    #[must_use]
    pub(crate) fn map(self, change: &dyn Fn(&str) -> String) -> Self {
        Self { english: change(&self.english), said: self.said.map(|said| said.map(change)) }
    }
}

impl Said {
    fn map(self, change: &dyn Fn(&str) -> String) -> Self {
        let values = self.values.into_iter().map(|value| match value {
            SaidValue::Text(text) => SaidValue::Text(change(&text)),
            SaidValue::Said(said) => SaidValue::Said(said.map(change)),
        });
        Self { template: self.template, values: values.collect() }
    }
}

/// What a library says, or who tells it to nobody but a reader of English, stays as it is.
impl From<String> for Sentence {
    fn from(english: String) -> Self {
        Self { english, said: None }
    }
}

impl From<&str> for Sentence {
    fn from(english: &str) -> Self {
        english.to_owned().into()
    }
}

impl<T: fmt::Display> From<T> for SaidValue {
    fn from(value: T) -> Self {
        Self::Text(value.to_string())
    }
}

impl From<&Sentence> for SaidValue {
    fn from(sentence: &Sentence) -> Self {
        sentence.said.clone().map_or_else(|| Self::Text(sentence.english.clone()), Self::Said)
    }
}

impl fmt::Display for Said {
    /// Writes it in English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values = self.values.iter();
        for (i, between) in self.template.split(GAP).enumerate() {
            if i > 0 {
                match values.next() {
                    Some(SaidValue::Text(text)) => f.write_str(text)?,
                    Some(SaidValue::Said(said)) => said.fmt(f)?,
                    None => {}
                }
            }
            f.write_str(between)?;
        }
        Ok(())
    }
}

/// Returns how many gaps a template has.
pub const fn gaps(template: &str) -> usize {
    let (bytes, mut at, mut count) = (template.as_bytes(), 1, 0);
    while at < bytes.len() {
        if bytes[at - 1] == b'{' && bytes[at] == b'}' {
            count += 1;
        }
        at += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::fault::Fault;

    #[test]
    fn a_sentence_is_its_template_with_the_values_in_its_gaps() {
        let sentence = sentence!("must be {} to {}, got `{}`", 1, "10", "{} {}");
        assert_eq!(sentence.english(), "must be 1 to 10, got `{} {}`", "a value has no gaps");
        assert_eq!(sentence!("`shell: { script: \"true\" }`").english(), "`shell: { script: \"true\" }`");
    }

    #[test]
    fn a_sentence_within_another_stays_one() {
        let sentence = sentence!("{}: got {}", sentence!("day of month"), sentence!("a list of {}", 3));
        assert_eq!(sentence.english(), "day of month: got a list of 3");
        let fault = serde_json::to_value(Fault::new("a", sentence).with_hint("see `x`".to_owned())).unwrap();
        let expected = json!({ "path": "a", "message": "day of month: got a list of 3", "hint": "see `x`", "said": {
            "template": "{}: got {}",
            "values": [{ "template": "day of month" }, { "template": "a list of {}", "values": ["3"] }],
        } });
        assert_eq!(fault, expected);
        assert_eq!(serde_json::to_value(serde_json::from_value::<Fault>(fault).unwrap()).unwrap(), expected);
    }

    #[test]
    fn a_fault_of_an_older_server_reads() {
        let fault: Fault = serde_json::from_value(json!({ "path": "a", "message": "is empty" })).unwrap();
        assert_eq!(fault, Fault::new("a", "is empty".to_owned()));
    }

    #[test]
    fn texts_change_alike_in_the_english_and_in_the_values() {
        let printable = |text: &str| text.replace('\t', " ");
        let sentence = sentence!("`{}`: {}", "a\tb", sentence!("got `{}`", "\t")).map(&printable);
        let (english, said) = sentence.into_parts();
        assert_eq!(english, "`a b`: got ` `");
        assert_eq!(said.unwrap().to_string(), english);
    }
}
