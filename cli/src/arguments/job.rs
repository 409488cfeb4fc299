//! What can be asked of jobs.

use std::path::PathBuf;

use clap::Subcommand;
use model::id::JobName;
use model::time::{Span, Timestamp};

use super::value::pair;
use super::{Apply, ClientOptions, Export, Many};

/// What is asked of jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// List jobs
    List {
        /// Jobs whose name or description has this text
        #[arg(short, long, value_name = "TEXT")]
        query: Option<String>,
        /// Jobs with this label, as NAME:VALUE; several by commas
        #[arg(short, long, value_name = "LABEL")]
        label: Option<String>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Show a job as it was saved (YAML unless told otherwise)
    Get {
        /// The job
        name: JobName,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Say what would come of saving the jobs of files, what their modules ask for and what they grant; saves nothing
    Check {
        /// A YAML or JSON file, a folder of them, or - for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Make the server have the jobs of files: new ones are made, changed ones replaced
    Apply(Box<Apply>),
    /// Write the texts of jobs as YAML that `job apply` takes
    Export(Box<Export>),
    /// Delete jobs; their runs go on unless --kill
    Delete {
        /// The jobs
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        names: Vec<JobName>,
        #[command(flatten)]
        many: Many,
        /// Kill their runs too
        #[arg(long)]
        kill: bool,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Run a job now
    Run {
        /// The job
        name: JobName,
        /// A variable for this run; may be given several times
        #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
        env: Vec<(String, String)>,
        /// The timeout of this run
        #[arg(long, value_name = "TIME")]
        timeout: Option<Span>,
        /// Arguments of this run, in place of the job's own (wasm)
        #[arg(last = true, value_name = "ARGUMENTS")]
        args: Option<Vec<String>>,
        /// A key by which the server knows a request that was sent twice
        #[arg(long, value_name = "KEY")]
        idempotency_key: Option<String>,
        /// Wait for the run and show its output; the exit status is the run's
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Kill all runs of a job, and those that wait
    Kill {
        /// The job
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<JobName>,
        #[command(flatten)]
        many: Many,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Pause a job: no tick starts until it is resumed
    Pause {
        /// The job
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<JobName>,
        #[command(flatten)]
        many: Many,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        why: String,
        /// Until when
        #[arg(long, value_name = "RFC3339")]
        until: Option<Timestamp>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Resume a paused job
    Resume {
        /// The job
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<JobName>,
        #[command(flatten)]
        many: Many,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// List a job's runs, newest first; with --ticks each of its due moments, with what became of it and why
    History {
        /// The job
        name: JobName,
        /// Due moments, also those at which nothing ran: skipped, missed, pending
        #[arg(long)]
        ticks: bool,
        /// At or after this instant [default: of ticks a day before --to]
        #[arg(long, value_name = "RFC3339")]
        from: Option<Timestamp>,
        /// Before this instant [default: now]
        #[arg(long, value_name = "RFC3339")]
        to: Option<Timestamp>,
        /// How many
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// List the texts that a job had, newest first: who saved which, when and why
    Revisions {
        /// The job
        name: JobName,
        /// How many
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        limit: usize,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Show what a revision changed, field by field
    Diff {
        /// The job
        name: JobName,
        /// The revision, as `job revisions` lists it
        revision: u64,
        /// Compare with this revision, not with the one before
        #[arg(long, value_name = "REVISION")]
        from: Option<u64>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Save the text of a revision as the job's next one; a deleted job is made anew with it
    Restore {
        /// The job
        name: JobName,
        /// The revision, as `job revisions` lists it
        revision: u64,
        /// Why, for the job's history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// List the ticks ahead of all jobs, or of one, earliest first
    Upcoming {
        /// The job
        name: Option<JobName>,
        /// Ticks before this instant [default: a day from now]
        #[arg(long, value_name = "RFC3339")]
        to: Option<Timestamp>,
        /// How many
        #[arg(short = 'n', value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        count: u32,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Tell how many jobs start when, where they pile up, and what would spread them
    Forecast {
        /// How far ahead
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=168))]
        hours: u32,
        #[command(flatten)]
        client: ClientOptions,
    },
}
