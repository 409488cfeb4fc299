//! What can be asked of crontabs.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use model::time::Span;

use super::ClientOptions;
use super::value::pair;

/// What is asked of crontabs.
#[derive(Debug, Subcommand)]
pub(crate) enum Crontab {
    /// Make jobs of the entries of crontabs: prints them as YAML, or saves them
    Import(Box<Import>),
}

/// Options of `sandglass crontab import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Crontabs, a folder of them, or - for standard input
    #[arg(value_name = "FILE", required_unless_present = "system")]
    pub(crate) files: Vec<PathBuf>,
    /// All of a machine: /etc/crontab, /etc/cron.*, /var/spool/cron
    #[arg(long)]
    pub(crate) system: bool,
    /// The machine's files lie below this folder
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub(crate) root: PathBuf,
    /// The files name a user before each command, as /etc/crontab does
    #[arg(long, conflicts_with = "user")]
    pub(crate) system_format: bool,
    /// Whose crontab the files are [default: whose name they bear below /var/spool/cron, else the worker's owner decides]
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// The zone that cron runs in [default: the machine's]
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
    /// The timeout of each job; cron has none
    #[arg(long, value_name = "TIME", default_value = "30d")]
    pub(crate) timeout: Span,
    /// What all names begin with
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) prefix: String,
    /// A label that a worker must have, as NAME=VALUE; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) placement: Vec<(String, String)>,
    /// The channel that hears of runs that fail, in the place of cron's mail
    #[arg(long, value_name = "NAME")]
    pub(crate) channel: Option<String>,
    /// A job for each script of /etc/cron.hourly and its sisters, not one for each of these folders
    #[arg(long, requires = "system")]
    pub(crate) split: bool,
    /// Write each job into a file of this folder
    #[arg(long, value_name = "DIR", conflicts_with = "enable_original")]
    pub(crate) output: Option<PathBuf>,
    /// Save the jobs
    #[arg(long)]
    pub(crate) apply: bool,
    /// Save new jobs paused: no tick starts until they are resumed
    #[arg(long, requires = "apply", conflicts_with = "disable_original")]
    pub(crate) paused: bool,
    /// What becomes of jobs that are there with another text [default: nothing is saved]
    #[arg(long, value_enum, value_name = "CHOICE", requires = "apply")]
    pub(crate) existing: Option<Existing>,
    /// Once the jobs are saved, comment their lines out; a copy of each file is kept beside it
    #[arg(long, requires = "apply")]
    pub(crate) disable_original: bool,
    /// Put the lines back that --disable-original commented out; with --apply their jobs are paused first
    #[arg(long, conflicts_with_all = ["disable_original", "paused", "existing"])]
    pub(crate) enable_original: bool,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

/// `--existing`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Existing {
    /// They stay as they are
    Keep,
    /// They are replaced
    Replace,
}
