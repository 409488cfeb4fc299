//! Values of options that are more than one word of the model.

use model::limits::LimitName;
use model::run::Trigger;

use crate::config;

/// Reads `NAME=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be NAME=VALUE".to_owned()),
    }
}

/// Reads a limit that may go unenforced.
pub(super) fn unenforced(text: &str) -> Result<LimitName, String> {
    config::shell::unenforced(text)
}

/// Reads why a run exists.
pub(super) fn trigger(text: &str) -> Result<Trigger, String> {
    [Trigger::Schedule, Trigger::Manual, Trigger::CatchUp]
        .into_iter()
        .find(|trigger| trigger.as_str() == text)
        .ok_or_else(|| "must be one of schedule, manual, catch_up".to_owned())
}

/// Reads how many connections may stand at one time.
pub(super) fn connections(text: &str) -> Result<usize, String> {
    let read = text.parse().ok().filter(|most| (16..=100_000).contains(most));
    read.ok_or_else(|| "must be a whole number from 16 to 100000".to_owned())
}
