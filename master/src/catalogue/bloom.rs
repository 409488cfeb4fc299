//! What a job surely does not have: one Bloom filter over its labels and one over the words of its name and description.
//!
//! A list that is asked for a label or a word reads the few jobs that may have it and passes over the rest without
//! touching them: of 100,000 jobs, most of a look was waiting for memory. A filter never says no to a job that has what is
//! asked for; the list looks at those that it lets through.
//! Not here: whether a job has it (`routes::filter`).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use model::job::Job;

/// How many letters are looked at together.
const LETTERS: usize = 3;

/// The bits of a job, or of what is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bloom {
    labels: u64,
    text: u128,
}

impl Bloom {
    /// Returns the bits of a job.
    pub(super) fn of(job: &Job) -> Self {
        let labels =
            job.labels.iter().fold(Self::default(), |bits, (key, value)| bits.with_label(key, value));
        labels.with_text(job.name.as_str()).with_text(&job.description.to_lowercase())
    }

    /// Adds a label.
    pub(crate) fn with_label(mut self, key: &str, value: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (key, value).hash(&mut hasher);
        let hash = hasher.finish();
        self.labels |= 1 << (hash & 63) | 1 << (hash >> 6 & 63);
        self
    }

    /// Adds a text in lower case; one that is too short to say anything adds nothing.
    pub(crate) fn with_text(mut self, text: &str) -> Self {
        for letters in text.as_bytes().windows(LETTERS) {
            let number = letters.iter().fold(0_u32, |number, letter| number << 8 | u32::from(*letter));
            // Fibonacci hashing: the upper seven bits of a product with 2^32 by the golden ratio.
            self.text |= 1 << (number.wrapping_mul(0x9e37_79b9) >> 25);
        }
        self
    }

    /// Returns false for a job that surely does not have all that is asked for.
    pub(super) fn may_have(self, asked: Self) -> bool {
        self.labels & asked.labels == asked.labels && self.text & asked.text == asked.text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn job(description: &str, label: (&str, &str)) -> Job {
        let text = json!({ "name": "nightly-report", "schedule": "@daily", "description": description,
            "labels": { label.0: label.1 }, "shell": { "script": "true" } });
        Job::parse(&text).unwrap()
    }

    #[test]
    fn most_of_what_a_job_has_not_is_told() {
        let bits = Bloom::of(&job("copies the tables of Team Ärzte", ("team", "data")));
        let passes = |asked: Bloom| bits.may_have(asked);
        for word in ["tables", "team ärzte", "nightly", "y-re", "of", ""] {
            assert!(passes(Bloom::default().with_text(word)), "{word}");
        }
        assert!(passes(Bloom::default().with_label("team", "data").with_text("copies")));
        let others = (0..1_000).filter(|n| passes(Bloom::default().with_label("team", &format!("team-{n}"))));
        assert!(others.count() < 20);
        let others = (0..1_000).filter(|n| passes(Bloom::default().with_text(&format!("{n:05}"))));
        assert!(others.count() < 100);
    }

    proptest! {
        #[test]
        fn no_part_of_a_text_is_told_to_be_missing(text in "\\PC{0,80}", from in 0_usize..80, length in 0_usize..20) {
            let lower = text.to_lowercase();
            let part: String = lower.chars().skip(from).take(length).collect();
            let bits = Bloom::default().with_text(&lower);
            prop_assert!(bits.may_have(Bloom::default().with_text(&part)), "{part:?} of {text:?}");
        }
    }
}
