//! What can be asked of runs.

use clap::Subcommand;
use model::id::{JobName, RunId};
use model::run::{RunStatus, Trigger};
use model::time::Timestamp;

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
        /// Runs scheduled at or after this instant
        #[arg(long, value_name = "RFC3339")]
        from: Option<Timestamp>,
        /// Runs scheduled before this instant
        #[arg(long, value_name = "RFC3339")]
        to: Option<Timestamp>,
        /// How many
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        limit: usize,
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
    /// Kill a run
    Kill {
        /// The run
        id: RunId,
        #[command(flatten)]
        client: ClientOptions,
    },
}
