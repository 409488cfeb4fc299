//! What can be asked of runs.

use clap::Subcommand;
use model::id::{JobName, RunId, WorkerId};
use model::run::{RunStatus, Trigger};
use model::time::{Span, Timestamp};

use super::ClientOptions;
use super::value::trigger;

/// What is asked of runs.
#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    /// List runs, newest first
    List {
        /// Runs of this job
        #[arg(long, value_name = "JOB")]
        job: Option<JobName>,
        /// Runs in this status; may be given several times
        #[arg(long, value_name = "STATUS", value_delimiter = ',')]
        status: Vec<RunStatus>,
        /// Runs for this reason
        #[arg(long, value_name = "TRIGGER", value_parser = trigger)]
        trigger: Option<Trigger>,
        /// Runs on this worker
        #[arg(long, value_name = "WORKER")]
        worker: Option<WorkerId>,
        /// Ended runs that took at least so long
        #[arg(long, value_name = "TIME")]
        longer_than: Option<Span>,
        /// Ended runs that took at most so long
        #[arg(long, value_name = "TIME")]
        shorter_than: Option<Span>,
        /// Runs scheduled at or after this instant
        #[arg(long, value_name = "RFC3339")]
        from: Option<Timestamp>,
        /// Runs scheduled before this instant
        #[arg(long, value_name = "RFC3339")]
        to: Option<Timestamp>,
        /// How many [default: 20; with --csv a million]
        #[arg(short = 'n', long, value_name = "N")]
        limit: Option<usize>,
        /// Print lines of CSV, as spreadsheets read them
        #[arg(long)]
        csv: bool,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Show a run
    Show {
        /// The run
        id: RunId,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Print a run's output
    Logs {
        /// The run
        id: RunId,
        /// Wait for more until the run ends
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Run the job of an ended run again, with the text that it has now
    Rerun {
        /// The run
        id: RunId,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Kill a run
    Kill {
        /// The run
        id: RunId,
        #[command(flatten)]
        client: ClientOptions,
    },
}
