//! What can be asked of `sandglass config`: the options of a role, given as that role takes them.

use clap::{Args, Subcommand};

#[cfg(all(feature = "etcd", feature = "mongodb"))]
use super::fleet::{Master, Worker};
use super::{Format, Standalone};

/// Commands beneath `sandglass config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show every option of a server with its value and where that comes from; no secret is shown
    #[command(subcommand)]
    Show(ConfigShow),
}

/// Whose options. Each takes what the server takes, so that the words after its name can be its own.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigShow {
    /// Those of `sandglass standalone`
    Standalone(Box<ShownStandalone>),
    /// Those of `sandglass master`
    #[cfg(all(feature = "etcd", feature = "mongodb"))]
    Master(Box<ShownMaster>),
    /// Those of `sandglass worker`
    #[cfg(all(feature = "etcd", feature = "mongodb"))]
    Worker(Box<ShownWorker>),
}

/// A standalone server's options, and how they are shown.
#[derive(Debug, Args)]
pub(crate) struct ShownStandalone {
    #[command(flatten)]
    pub(crate) options: Standalone,
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// A master's options, and how they are shown.
#[cfg(all(feature = "etcd", feature = "mongodb"))]
#[derive(Debug, Args)]
pub(crate) struct ShownMaster {
    #[command(flatten)]
    pub(crate) options: Master,
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// A worker's options, and how they are shown.
#[cfg(all(feature = "etcd", feature = "mongodb"))]
#[derive(Debug, Args)]
pub(crate) struct ShownWorker {
    #[command(flatten)]
    pub(crate) options: Worker,
    #[command(flatten)]
    pub(crate) answer: Answer,
}

/// How the answer looks.
#[derive(Debug, Args)]
pub(crate) struct Answer {
    /// How to show the answer
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl Answer {
    /// Returns how to show the answer.
    pub(crate) fn chosen(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}
