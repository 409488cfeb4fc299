//! What can be asked of a schedule, without a server.

use clap::{Args, Subcommand, ValueEnum};
use model::language::Language;
use model::time::Timestamp;

use super::Format;

/// What is asked of a schedule.
#[derive(Debug, Subcommand)]
pub(crate) enum Schedule {
    /// Print its next instants, one RFC 3339 instant in UTC a line
    Next(ScheduleNext),
    /// Say in words what it means, with its next instants and what changes of the clock do to them
    Explain(ScheduleExplain),
}

/// A schedule on the command line.
#[derive(Debug, Args)]
pub(crate) struct ScheduleText {
    /// The expression, as one argument
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) text: String,
    /// The zone in which it is read
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) tz: String,
    /// What happens at changes of the clock
    #[arg(long, value_enum, default_value = "vixie")]
    pub(crate) dst: Dst,
    /// How weekdays are numbered
    #[arg(long, value_enum, default_value = "unix")]
    pub(crate) weekdays: WeekdayNumbers,
    /// The name that `H` forms are spread by
    #[arg(long, value_name = "JOB", default_value = "")]
    pub(crate) name: String,
    /// Where @every counts from
    #[arg(long, value_name = "RFC3339", default_value = "1970-01-01T00:00:00Z")]
    pub(crate) anchor: Timestamp,
    /// Instants after this one [default: now]
    #[arg(long, value_name = "RFC3339")]
    pub(crate) from: Option<Timestamp>,
    /// How many
    #[arg(short = 'n', value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) count: u32,
}

/// Options of `sandglass schedule next`.
#[derive(Debug, Args)]
pub(crate) struct ScheduleNext {
    #[command(flatten)]
    pub(crate) schedule: ScheduleText,
    /// Show them with the time in the zone, and with what changes of the clock do to them
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// The language of the words: en or zh [default: that of LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
}

/// Options of `sandglass schedule explain`.
#[derive(Debug, Args)]
pub(crate) struct ScheduleExplain {
    #[command(flatten)]
    pub(crate) schedule: ScheduleText,
    /// The language of the words: en or zh [default: that of LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
    /// How to show the answer
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

/// `--dst`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Dst {
    Vixie,
    Wall,
    Skip,
}

/// `--weekdays`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WeekdayNumbers {
    Unix,
    Quartz,
}
