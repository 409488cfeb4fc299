//! What can be asked of `sandglass check`.

use std::path::PathBuf;

use clap::Args;

use super::{Format, SandboxOptions};

/// Options of `sandglass check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The folder of all data, to be checked too
    #[arg(long, value_name = "DIR", env = "SANDGLASS_OPT_DATA")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sandbox: SandboxOptions,
    /// How to show the answer
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

impl Check {
    /// Returns how to show the answer.
    pub(crate) fn chosen(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}
