//! Crontabs, read as cron reads them, and the jobs that mean the same.
//!
//! Flow: bytes of a file → `line` (with `when`, `percent`) → `Entry` → `job` (with `name`, `shell`, `words`) → a job's text.
//! Pure: files are found, read and written by `commands::crontab`; `mark` only says what to write into them.

mod job;
mod line;
mod mark;
mod name;
#[cfg(test)]
mod oracle;
mod percent;
mod shell;
mod when;
mod words;

use std::collections::BTreeMap;

pub(crate) use job::{Made, Settings, made, reboot};
pub(crate) use line::{Kind, lines};
pub(crate) use mark::{disabled, enabled};
pub(crate) use name::Names;
pub(crate) use shell::folder_of_run_parts;
pub(crate) use when::When;

use model::fault::Fault;

/// One line of a crontab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Counted from 1.
    pub(crate) number: usize,
    /// As it stands there; bytes that are no text are replaced.
    pub(crate) text: String,
    pub(crate) what: What,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// Nothing, a comment, or a variable, which counts for the entries below it.
    Other,
    /// A command and when it runs.
    Entry(Box<Entry>),
    /// An entry that was commented out for this job, or these with commas between.
    Disabled(String),
    /// None of these.
    Fault(Vec<Fault>),
}

/// A command and when it runs, with all that cron would give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) when: When,
    /// Whom the line or the file names.
    pub(crate) user: Option<String>,
    /// The command as the shell gets it.
    pub(crate) command: String,
    /// What it reads on standard input.
    pub(crate) stdin: String,
    /// What the lines above it set.
    pub(crate) variables: BTreeMap<String, String>,
    /// The comment right above it.
    pub(crate) comment: Vec<String>,
    /// Where the command starts, if not at home.
    pub(crate) cwd: Option<String>,
    /// What a reader should know of how it was read.
    pub(crate) notes: Vec<String>,
}
