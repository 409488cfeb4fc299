//! `[log]`: which log lines are printed, and how.

use model::fault::Faults;

use crate::config::section::Section;
use crate::telemetry::{self, Lines};

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
    let log = Log { filter: filter(&mut section, faults), json: section.switch("json", false, faults) };
    section.finish(faults);
    log
}

fn filter(section: &mut Section<'_>, faults: &mut Faults) -> String {
    let place = section.place("filter");
    let filter =
        section.text("filter", faults).unwrap_or_else(|| section.default("filter", "info".to_owned()));
    if let Err(why) = telemetry::filter(&filter) {
        faults.add(place, why);
    }
    filter
}
