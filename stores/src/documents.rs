//! The shapes in which model types are stored: JSON beside a format version.
//!
//! The version is read before the text: a document of a higher version is refused with the reason, never guessed
//! at. A reader of a higher version than a document's fills new fields with their defaults.
//!
//! Flow: model type → **`documents`** → the column or value of a store, and back.

use std::fmt;

use model::account::{ApiToken, User};
use model::alert::{AlertSettings, Memory, Notice};
use model::audit::AuditLine;
use model::job::SavedJob;
use model::module::{Module, Tag};
use model::outcome::Outcome;
use model::ports::{Attempts, Session};
use model::revision::JobRevision;
use model::run::{RangeRecord, RunRecord};
use model::settings::Settings;
use model::state::JobState;
use model::worker::Drain;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A type that is stored as a document.
pub(crate) trait Document: Serialize + DeserializeOwned {
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
    User: 1, "user";
    ApiToken: 1, "token";
    Attempts: 1, "attempts at";
    Settings: 1, "settings";
    AuditLine: 1, "line of the audit";
    JobRevision: 1, "revision of job";
    Drain: 1, "wish to drain worker";
    AlertSettings: 1, "settings of alerts";
    Notice: 1, "notice";
    Memory: 1, "memory of alerts of";
}

/// Why a stored document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// It was written by a later version.
    #[error(
        "{what} was written by a newer version of sandglass (format {found}, this one knows {known})\n\
         hint: start that version or a later one"
    )]
    Newer { what: String, found: i64, known: i64 },
    /// It is not what it should be.
    #[error("{0}")]
    Damaged(String),
}

/// Returns the text that is stored for `document`.
pub(crate) fn encode<D: Document>(document: &D) -> String {
    serde_json::to_string(document).expect("a stored type has string keys and no failing serializer")
}

/// Refuses a format that this binary does not know; `name` says in a message whose it is.
pub(crate) fn known<D: Document>(version: u32, name: impl fmt::Display) -> Result<(), Unreadable> {
    if version > D::VERSION {
        return Err(Unreadable::Newer {
            what: format!("{} `{name}`", D::WHAT),
            found: i64::from(version),
            known: i64::from(D::VERSION),
        });
    }
    Ok(())
}

/// Reads a stored text of format `version`; `name` says in a message whose it is.
pub(crate) fn decode<D: Document>(
    version: u32,
    text: &str,
    name: impl fmt::Display,
) -> Result<D, Unreadable> {
    known::<D>(version, &name)?;
    serde_json::from_str(text)
        .map_err(|error| Unreadable::Damaged(format!("{} `{name}` cannot be read: {error}", D::WHAT)))
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
