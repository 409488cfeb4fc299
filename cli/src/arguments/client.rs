//! What every command says that asks a server: which one, as whom, and how to show its answer.

use clap::{Args, ValueEnum};
use model::language::Language;

/// Which server to ask, and how to show its answer.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClientOptions {
    /// The server [default: the one of `sandglass login`, else http://127.0.0.1:7480]
    #[arg(long, value_name = "URL", env = "SANDGLASS_SERVER")]
    pub(crate) server: Option<String>,
    /// Which of several servers that were logged in at (`sandglass login --profile NAME`)
    #[arg(long, value_name = "NAME", env = "SANDGLASS_PROFILE", value_parser = profile_name)]
    pub(crate) profile: Option<String>,
    /// The API token [default: the one of `sandglass login`; the standalone server keeps one in DATA/admin-token]
    #[arg(long, value_name = "TOKEN", env = "SANDGLASS_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// How to show the answer
    #[arg(short = 'o', long, value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// The language of the words of schedules: en or zh [default: that of LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
}

/// Reads the name of a profile, which is a part of a file's name.
fn profile_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > 63 || text.starts_with('.') || !text.chars().all(plain) {
        return Err("must be 1 to 63 letters, digits, `-`, `_` or `.`, not beginning with `.`".to_owned());
    }
    Ok(text.to_owned())
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Yaml,
}
