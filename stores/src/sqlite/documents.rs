//! The shapes in which model types are stored: JSON beside a format version.
//!
//! The version is read before the text: a document of a higher version is refused with the reason, never guessed
//! at. A reader of a higher version than a document's fills new fields with their defaults.

use std::fmt;

use model::job::SavedJob;
use model::module::{Module, Tag};
use model::outcome::Outcome;
use model::ports::Session;
use model::run::{RangeRecord, RunRecord};
use model::state::JobState;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Fault;

/// A type that is stored as a document.
pub(super) trait Document: Serialize + DeserializeOwned {
    /// The format that this binary writes.
    const VERSION: u32;
    /// What a message calls it.
    const WHAT: &'static str;
}

macro_rules! documents {
    ($($type:ty: $version:expr, $what:literal;)*) => {
        $(impl Document for $type {
            const VERSION: u32 = $version;
            const WHAT: &'static str = $what;
        })*
    };
}

documents! {
    SavedJob: SavedJob::VERSION, "job";
    JobState: JobState::VERSION, "state of job";
    RunRecord: RunRecord::VERSION, "record of run";
    RangeRecord: 1, "range of ticks of job";
    Outcome: 1, "late outcome of run";
    Module: 1, "module";
    Tag: 1, "tag";
    Session: 1, "session";
}

/// Returns the text that is stored for `document`.
pub(super) fn encode<D: Document>(document: &D) -> String {
    serde_json::to_string(document).expect("a stored type has string keys and no failing serializer")
}

/// Reads a stored text of format `version`; `name` says in a message whose it is.
pub(super) fn decode<D: Document>(version: u32, text: &str, name: impl fmt::Display) -> Result<D, Fault> {
    if version > D::VERSION {
        return Err(Fault::Newer {
            what: format!("{} `{name}`", D::WHAT),
            found: i64::from(version),
            known: i64::from(D::VERSION),
        });
    }
    serde_json::from_str(text)
        .map_err(|error| Fault::Damaged(format!("{} `{name}` cannot be read: {error}", D::WHAT)))
}

/// Reads a stored id or word; `column` says in a message what it should be.
pub(super) fn parse<T>(text: &str, column: &str) -> Result<T, Fault>
where
    T: std::str::FromStr,
    T::Err: fmt::Display,
{
    text.parse().map_err(|error| Fault::Damaged(format!("{column} cannot be read: {error}")))
}

/// Returns a counter or revision as SQLite keeps it; one beyond 2^63, which a caller may ask for but nobody has,
/// is held there.
pub(super) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Returns a counter or revision from how SQLite keeps it.
pub(super) fn from_sql(number: i64) -> Result<u64, Fault> {
    u64::try_from(number).map_err(|_| Fault::Damaged(format!("a counter is negative: {number}")))
}

#[cfg(test)]
mod tests {
    use model::state::JobState;

    use super::*;

    #[test]
    fn a_document_of_a_newer_format_is_refused_before_it_is_read() {
        let error = decode::<JobState>(JobState::VERSION + 1, "not even json", "nightly").unwrap_err();
        assert!(
            error.to_string().starts_with("state of job `nightly` was written by a newer version"),
            "{error}"
        );
    }

    #[test]
    fn a_damaged_document_says_whose_it_is() {
        let error = decode::<JobState>(1, "{", "nightly").unwrap_err();
        assert!(error.to_string().contains("state of job `nightly` cannot be read"), "{error}");
    }
}
