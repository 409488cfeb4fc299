//! What can be asked of a whole installation: to leave, and to arrive elsewhere.

use std::path::PathBuf;

use clap::Args;
use model::time::Span;

use super::ClientOptions;

/// Options of `sandglass export`.
#[derive(Debug, Args)]
pub(crate) struct ExportAll {
    /// The file, which must not be there yet, or - for standard output
    pub(crate) file: PathBuf,
    /// Make a copy: the jobs go on here, and nothing is promised of where they go on in the copy
    #[arg(long, conflicts_with_all = ["yes", "wait"])]
    pub(crate) no_pause: bool,
    /// How long to wait for what is under way when the jobs are paused; 0s writes the file at once
    #[arg(long, value_name = "TIME", default_value = "10m")]
    pub(crate) wait: Span,
    /// With the secrets of channels, hashes of passwords, and API tokens: whoever has the file has them
    #[arg(long)]
    pub(crate) with_secrets: bool,
    /// Do not ask before the jobs are paused
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

/// Options of `sandglass import`.
#[derive(Debug, Args)]
pub(crate) struct ImportAll {
    /// A file of `sandglass export`, or - for standard input
    pub(crate) file: PathBuf,
    /// Say what would be made, changed, is the same or in the way; changes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Where something else of a name is there, put what the file has in its place; a job goes on from where the one here stands
    #[arg(long, conflicts_with = "skip_existing")]
    pub(crate) replace: bool,
    /// Where something else of a name is there, leave it as it is
    #[arg(long)]
    pub(crate) skip_existing: bool,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}
