//! What can be asked of modules.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Subcommand;
use model::id::{Digest, ModuleTag};

use super::ClientOptions;

/// What is asked of modules.
#[derive(Debug, Subcommand)]
pub(crate) enum Module {
    /// Upload a module
    Push {
        /// The file
        file: PathBuf,
        /// The name to show it under [default: the file's]
        #[arg(long)]
        name: Option<String>,
        /// Point this tag to it; may be given several times
        #[arg(long, value_name = "NAME:TAG", value_delimiter = ',')]
        tag: Vec<ModuleTag>,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// List modules
    List {
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Show what is in a module: one of the server's, or a file, without a server and without running it
    Inspect {
        /// A digest, a tag, or a file
        #[arg(value_name = "DIGEST|NAME:TAG|FILE")]
        what: String,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Point a tag to a module; jobs that were saved by it keep the module that they have
    Tag {
        /// The tag
        #[arg(value_name = "NAME:TAG")]
        tag: ModuleTag,
        /// The module
        #[arg(value_name = "DIGEST|NAME:TAG")]
        module: ModuleName,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Remove a tag; its module stays
    Untag {
        /// The tag
        #[arg(value_name = "NAME:TAG")]
        tag: ModuleTag,
        #[command(flatten)]
        client: ClientOptions,
    },
    /// Delete a module that no job uses, and the tags that point to it
    Delete {
        /// Its digest
        digest: Digest,
        #[command(flatten)]
        client: ClientOptions,
    },
}

/// How a module of the server is named.
#[derive(Debug, Clone)]
pub(crate) enum ModuleName {
    Digest(Digest),
    Tag(ModuleTag),
}

impl FromStr for ModuleName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let digest = text.parse().map(Self::Digest);
        digest.or_else(|_| text.parse().map(Self::Tag)).map_err(|_| {
            format!(
                "must be `sha256:` and 64 hexadecimal digits, or a tag `NAME:TAG`, got `{}`",
                text.escape_debug()
            )
        })
    }
}
