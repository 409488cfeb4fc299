//! `bench`: measures what a page or a reader may ask about, each against others in the same run.
//!
//! A bench stands beside its crate (`<crate>/benches/NAME.rs`); a row of the table makes it known here.
//! Not here: how it measures (`model::testing::bench`).

use anyhow::Result;
use clap::ValueEnum;

use crate::command::{cargo, run};

/// The benches, by the name of their file.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Bench {
    /// When a schedule runs next, against `cron` and `croner`; its bytes; the worst input
    Schedule,
    /// A shell run, against `posix_spawn`, `timeout`, `bwrap` and `runc`; a fork bomb; a flood of output
    Shell,
    /// What a planned job costs: a million plans, a burst, a worker with 100,000 jobs
    Timetable,
    /// A page of ticks ahead and the forecast, of 100,000 jobs
    Upcoming,
}

impl Bench {
    /// Returns the crate beside which it stands.
    fn package(self) -> &'static str {
        match self {
            Self::Schedule => "model",
            Self::Shell => "sandbox",
            Self::Timetable => "worker",
            Self::Upcoming => "master",
        }
    }
}

/// Runs a bench in the profile of what ships; `quick` only sees that it works.
pub(crate) fn bench(bench: Bench, quick: bool) -> Result<()> {
    let name = bench.to_possible_value().expect("every bench has a name").get_name().to_owned();
    let mut command = cargo()?;
    command.args(["bench", "--locked", "--package", bench.package(), "--bench", &name]);
    if quick {
        command.args(["--", "--quick"]);
    }
    run(&mut command)
}
