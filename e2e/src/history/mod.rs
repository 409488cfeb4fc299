//! An independent checker: joins what etcd was told, in exact order, with what jobs themselves wrote down, what MongoDB
//! keeps and what was done to the fleet, and names each promise that does not hold.
//!
//! It reads the stores' documents by itself and enumerates ticks with another library: a fault in our rules or in our
//! schedules cannot hide itself here. A tick that did not run is either exempted by a reason that it names, or found.
//!
//! Flow: `recorder`, `evidence`, `facts` → [`History`] → `timeline` → the checks → [`Report`].
//! Not here: what makes a history (`soak`), and the checker of the simulation (`model::testing::sim`).

mod documents;
mod everywhere;
#[cfg(test)]
mod everywhere_tests;
mod evidence;
mod exempt;
mod facts;
mod overlap;
mod recorder;
mod records;
mod report;
mod runs;
mod starts;
#[cfg(test)]
mod tests;
mod ticks;
mod timeline;

use std::fmt;

pub use documents::{Change, Chunk, Range, Run, What, millis};
pub use evidence::{Evidence, Mark, read_evidence};
pub use exempt::{Fault, Whom};
pub use facts::read_facts;
pub use recorder::Recorder;
pub use report::{Figures, Report, percentile};

use timeline::Timeline;

/// How far two good clocks of a fleet may differ, in milliseconds: beyond that a worker claims nothing.
const CLOCKS_MS: i64 = 500;

/// All that is known of what a fleet did.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Every change of etcd, in its order.
    pub changes: Vec<Change>,
    /// What the jobs wrote.
    pub evidence: Vec<Evidence>,
    /// The records of runs.
    pub runs: Vec<Run>,
    /// The ranges of ticks that did not run.
    pub ranges: Vec<Range>,
    /// All output.
    pub chunks: Vec<Chunk>,
    /// What was done to the fleet.
    pub faults: Vec<Fault>,
    /// What was asked of it.
    pub calls: Vec<Call>,
    /// The ids of all of its workers.
    pub workers: Vec<String>,
}

/// Something that was asked of a master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The job.
    pub job: String,
    /// What.
    pub asked: Asked,
    /// When, in milliseconds since 1970.
    pub from_ms: i64,
    /// When the answer had come.
    pub until_ms: i64,
    /// True when it said that it was done; else nobody knows.
    pub done: bool,
}

/// What is asked of a master.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The first save, or the next.
    Save,
    /// A pause.
    Pause,
    /// The end of a pause.
    Resume,
    /// A deletion.
    Delete,
    /// A run outside of the schedule.
    RunNow,
    /// The end of all runs.
    Kill,
}

/// A promise that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which one, by the number that the checks have.
    pub invariant: &'static str,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// Collects findings; of each kind the first ones are told in full.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, invariant: &'static str, what: impl Into<String>) {
        self.0.push(Finding { invariant, what: what.into() });
    }
}

/// Checks a history against every promise.
pub fn check(history: &History) -> Report {
    let timeline = Timeline::of(history);
    let mut findings = Findings::default();
    starts::check(history, &timeline, &mut findings);
    records::check(history, &timeline, &mut findings);
    overlap::check(history, &timeline, &mut findings);
    runs::check(history, &timeline, &mut findings);
    everywhere::check(history, &timeline, &mut findings);
    let exempted = ticks::check(history, &timeline, &mut findings);
    report::report(history, &timeline, exempted, findings.0)
}
