//! A fleet beside its ancestors: the cases in which those start a tick twice or not at all, each done to a fleet of ours
//! with the built binary, real stores with credentials and real commands.
//!
//! What the ancestors did is measured and stands here as it was (`table`); ours is measured by each run. A row tells two
//! things apart: whether the counts are right, which holds on any machine, and whether it was as fast as it should be.
//!
//! Flow: [`Scale`] → a row of `calm`, `faults` or `runs` → [`Shown`] → `table`. Not here: random faults (`soak`).

mod calm;
mod faults;
mod load;
mod runs;
mod table;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::fleet::{Fleet, Plan};
use table::Row;

pub use table::markdown;

/// Runs that a worker of the table holds at one time.
const SLOTS: &str = "64";

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// How long load lasts, in seconds.
    pub seconds: u64,
    /// How many jobs are many.
    pub many: usize,
    /// How many fall due at one time.
    pub herd: usize,
    /// How long a worker is frozen: past its lease.
    pub frozen: Duration,
    /// How long MongoDB is away.
    pub facts_away: Duration,
    /// How long etcd is away.
    pub intent_away: Duration,
    /// Bytes of a flood of output.
    pub flood: usize,
}

impl Scale {
    /// As the ancestors were measured.
    pub const FULL: Self = Self {
        seconds: 60,
        many: 200,
        herd: 1_000,
        frozen: Duration::from_secs(22),
        facts_away: Duration::from_secs(45),
        intent_away: Duration::from_secs(7),
        flood: 100_000_000,
    };
    /// To see that it works.
    pub const QUICK: Self = Self {
        seconds: 5,
        many: 40,
        herd: 60,
        frozen: Duration::from_secs(12),
        facts_away: Duration::from_secs(5),
        intent_away: Duration::from_secs(4),
        flood: 30_000_000,
    };
}

/// What a row has shown of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// In a few words, with figures.
    pub words: String,
    /// True when nothing was lost, doubled or left: the same on any machine.
    pub right: bool,
    /// True when it was as fast, and as sparing, as it should be.
    pub fast: bool,
}

/// A row and what it has shown.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// Ours; an error where it could not be measured.
    pub shown: Result<Shown, String>,
}

impl Measured {
    /// Returns true when all of it is as it must be.
    pub fn is_met(&self) -> bool {
        self.shown.as_ref().is_ok_and(|shown| shown.right && shown.fast)
    }
}

/// Returns the names of all rows.
pub fn names() -> Vec<&'static str> {
    table::ROWS.iter().map(|row| row.name).collect()
}

/// Measures the rows of these names, or all, one after the other; tells on standard error how far it is.
///
/// # Errors
/// When there is no row of a name.
pub fn measure(asked: &[String], scale: Scale) -> Result<Vec<Measured>> {
    if let Some(unknown) = asked.iter().find(|name| !names().contains(&name.as_str())) {
        bail!("no row is named `{unknown}`\nhint: the rows are {}", names().join(", "));
    }
    let rows = table::ROWS.iter().filter(|row| asked.is_empty() || asked.iter().any(|name| name == row.name));
    Ok(rows.map(|row| one(row, scale)).collect())
}

fn one(row: &Row, scale: Scale) -> Measured {
    let began = Instant::now();
    eprintln!("── {}: {}", row.name, row.case);
    let shown = (row.measure)(scale).map_err(|error| format!("{error:#}"));
    let measured = Measured { name: row.name, shown };
    let met = if measured.is_met() { "met" } else { "MISSED" };
    let words = match &measured.shown {
        Ok(shown) => &shown.words,
        Err(why) => why,
    };
    eprintln!("   {words}   {met} ({} s)", began.elapsed().as_secs());
    measured
}

/// Starts a fleet of one master and three workers, as every row has it.
fn fleet() -> Result<Fleet> {
    Fleet::start_as(&plan())
}

fn plan() -> Plan {
    let worker_variables = vec![("SANDGLASS_OPT_SLOTS".to_owned(), SLOTS.to_owned())];
    Plan { masters: 1, workers: 3, worker_variables, ..Plan::default() }
}
