//! What can be asked of a folder of jobs.

use std::path::PathBuf;

use clap::Args;
use model::id::JobName;

use super::ClientOptions;

/// Options of `sandglass job apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// A YAML or JSON file, a folder of them, or - for standard input; may be given several times
    #[arg(short, long = "file", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Say what would be done, field by field; saves nothing
    #[arg(long, visible_alias = "dry-run", conflicts_with = "check")]
    pub(crate) plan: bool,
    /// As --plan, and end with 2 when anything would be done
    #[arg(long)]
    pub(crate) check: bool,
    /// Mark these jobs as one set, by the label sandglass/set
    #[arg(long, value_name = "NAME")]
    pub(crate) set: Option<JobName>,
    /// Delete the jobs of the set that are not in the files; their runs go on
    #[arg(long, requires = "set")]
    pub(crate) prune: bool,
    /// Why, for the job's history
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}
