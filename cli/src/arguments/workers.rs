//! What can be asked of workers.

use clap::Subcommand;
use model::id::WorkerId;

use super::ClientOptions;

/// What is asked of workers.
#[derive(Debug, Subcommand)]
pub(crate) enum Workers {
    /// List live workers
    List {
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Have a worker take nothing new; what runs goes on. It stays so through restarts until undrain
    Drain {
        /// The worker's id
        id: WorkerId,
        /// Why, for the others
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
        /// Wait until its last run has ended
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Have a worker take runs again
    Undrain {
        /// The worker's id
        id: WorkerId,
        #[command(flatten)]
        client: ClientOptions,
    },
}
