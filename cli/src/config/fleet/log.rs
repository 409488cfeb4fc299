//! `[log]`: which log lines are printed, and how.

use model::fault::Faults;

use crate::config::section::Section;
use crate::telemetry::Lines;

/// How log lines look.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    /// Which lines: a level, or one by module.
    pub(crate) filter: String,
    /// As JSON.
    pub(crate) json: bool,
}

impl Log {
    /// Returns what is printed.
    pub(crate) fn lines(&self) -> Lines<'_> {
        Lines { filter: &self.filter, json: self.json }
    }
}

/// Reads the section.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> Log {
    let log = Log {
        filter: section.text("filter", faults).unwrap_or_else(|| "info".to_owned()),
        json: section.switch("json", false, faults),
    };
    section.finish(faults);
    log
}
