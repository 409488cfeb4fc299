//! What can be asked of `sandglass restore`.

use std::path::PathBuf;

use clap::Args;

use super::Format;

/// Options of `sandglass restore`.
#[derive(Debug, Args)]
#[command(after_help = "See docs/BACKUP.md.")]
pub(crate) struct Restore {
    /// Up to when no tick starts any more: NOW, or an instant (RFC 3339) that has passed
    #[arg(long, value_name = "INSTANT")]
    pub(crate) resolve_to: String,
    /// The data folder of a standalone server, which must be stopped
    #[arg(long, value_name = "DIR", required_unless_present = "config", conflicts_with = "config")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration of a master of a fleet, all of whose masters and workers must be stopped
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to show the answer
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

impl Restore {
    /// Returns how to show the answer.
    pub(crate) fn chosen(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}
