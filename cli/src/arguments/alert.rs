//! What can be asked of alerts.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use model::id::{ChannelName, JobName};

use super::ClientOptions;

/// A list that is read and written as a whole.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Part {
    /// Where notices go
    Channels,
    /// Who hears of what
    Rules,
    /// What nobody hears of for a while
    Mutes,
}

/// What is asked of alerts.
#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    /// List notices with what came of telling them, newest first
    List {
        /// About this job
        #[arg(long, value_name = "NAME")]
        job: Option<JobName>,
        /// About one of these, such as failed,missed
        #[arg(long, value_name = "CONDITIONS")]
        condition: Option<String>,
        /// By this channel
        #[arg(long, value_name = "NAME")]
        channel: Option<ChannelName>,
        /// Of which a delivery is waiting, sent, failed, muted or gone
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// How many
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
        limit: u32,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Print channels, rules or mutes, as `alert set` reads them; secrets are shown as `***`
    Get {
        /// Which list
        part: Part,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Write all channels, rules or mutes; a secret that stands as `***` stays as it is
    Set {
        /// Which list
        part: Part,
        /// The file, YAML or JSON; `-` for standard input
        file: PathBuf,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Send a message by a channel now, to try it
    Test {
        /// The channel
        channel: ChannelName,
        #[command(flatten)]
        client: ClientOptions,
    },
}
