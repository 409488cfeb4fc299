//! Many jobs at one time, by what they are.

use std::path::PathBuf;

use clap::Args;
use model::id::JobName;

use super::ClientOptions;

/// Which jobs, and whether anybody is asked before.
#[derive(Debug, Clone, Args)]
pub(crate) struct Many {
    /// All jobs, or with --label and --query those that match; says how many and which, and asks before it acts
    #[arg(long)]
    pub(crate) all: bool,
    /// Jobs with this label, as NAME:VALUE; several by commas
    #[arg(short, long, value_name = "LABEL", requires = "all")]
    pub(crate) label: Option<String>,
    /// Jobs whose name or description has this text
    #[arg(short, long, value_name = "TEXT", requires = "all")]
    pub(crate) query: Option<String>,
    /// Only say how many and which
    #[arg(long, requires = "all")]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(short, long, requires = "all")]
    pub(crate) yes: bool,
}

/// Options of `sandglass job export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The jobs [default: all, or those that --label and --query say]
    #[arg(conflicts_with_all = ["label", "query"])]
    pub(crate) names: Vec<JobName>,
    /// Jobs with this label, as NAME:VALUE; several by commas
    #[arg(short, long, value_name = "LABEL")]
    pub(crate) label: Option<String>,
    /// Jobs whose name or description has this text
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) query: Option<String>,
    /// A folder in which each job gets a file of its own, NAME.yaml; it is made where it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}
