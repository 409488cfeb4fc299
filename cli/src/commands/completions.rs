//! `completions` and `man`: both are written from the tree that command lines are parsed by, so neither can be stale.
//!
//! The binary itself writes them, not a build step beside it: whatever binary is packaged, its pages are its own.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::{self, Cli, Man};
use crate::exit::Exit;

/// Prints the script for a shell.
pub(super) fn print(shell: arguments::Shell) -> Result<Exit> {
    let shell = match shell {
        arguments::Shell::Bash => Shell::Bash,
        arguments::Shell::Zsh => Shell::Zsh,
        arguments::Shell::Fish => Shell::Fish,
    };
    let mut script = Vec::new();
    let mut tree = shown(&Cli::command());
    clap_complete::generate(shell, &mut tree, "sandglass", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(Exit::Done)
}

/// Writes `sandglass.1`, `sandglass-job.1`, `sandglass-job-apply.1` and so on.
pub(super) fn man(asked: &Man) -> Result<Exit> {
    let folder = &asked.folder;
    fs::create_dir_all(folder).with_context(|| format!("could not make `{}`", folder.display()))?;
    let mut tree = Cli::command();
    // Built, so that each command knows its whole name.
    tree.build();
    pages(&tree, folder).with_context(|| format!("could not write man pages into `{}`", folder.display()))?;
    Ok(Exit::Done)
}

/// Writes the page of a command and those of all below it.
fn pages(command: &clap::Command, folder: &Path) -> std::io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        pages(below, folder)?;
    }
    let page = clap_mangen::Man::new(command.clone());
    let page = page.source(concat!("Sandglass ", env!("CARGO_PKG_VERSION"))).manual("Sandglass");
    page.generate_to(folder).map(|_| ())
}

/// Returns the tree without what is hidden, which the generators of completions would offer.
fn shown(tree: &clap::Command) -> clap::Command {
    let mut kept = clap::Command::new("sandglass").disable_help_subcommand(true);
    kept = kept.version(env!("CARGO_PKG_VERSION"));
    for argument in tree.get_arguments() {
        kept = kept.arg(argument.clone());
    }
    kept.subcommands(tree.get_subcommands().filter(|command| !command.is_hide_set()).cloned())
}
