//! What is written for a shell and for `man`, from the tree of commands itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of `sandglass completions`.
#[derive(Debug, Args)]
#[command(after_help = "Packages install them. By hand:\n  \
    bash  sandglass completions bash > /etc/bash_completion.d/sandglass\n  \
    zsh   sandglass completions zsh > /usr/local/share/zsh/site-functions/_sandglass\n  \
    fish  sandglass completions fish > ~/.config/fish/completions/sandglass.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// A shell that completes.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Options of `sandglass man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder to write the pages into; made when it is not there
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
