//! What stands in a column: ids, words, counters and documents, as SQLite keeps them.
//!
//! Flow: row of a query → **`columns`** → model types; the shapes of documents are all stores' (`documents`).

use std::fmt;

use super::error::Fault;
use crate::documents;
pub(super) use crate::documents::{Document, encode};

/// Reads a stored text of format `version`; `name` says in a message whose it is.
pub(super) fn decode<D: Document>(version: u32, text: &str, name: impl fmt::Display) -> Result<D, Fault> {
    Ok(documents::decode(version, text, name)?)
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
