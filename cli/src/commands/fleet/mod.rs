//! The servers of a fleet: masters and workers on etcd and MongoDB, any number of each.

pub(super) mod check;
pub(super) mod master;
mod stores;
pub(super) mod worker;

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::arguments::Cli;
use crate::exit::Exit;

/// Returns the configuration that was named; without one, prints the command's help.
pub(super) fn named<'a>(config: Option<&'a Path>, command: &str) -> Result<Result<&'a Path, Exit>> {
    if let Some(path) = config {
        return Ok(Ok(path));
    }
    let mut cli = Cli::command();
    // Built, so that the usage names the binary too.
    cli.build();
    let command = cli.find_subcommand_mut(command).context("the command is there")?;
    let help = command.render_help();
    let mut err = std::io::stderr().lock();
    write!(
        err,
        "{help}\nsandglass: no configuration was named\nhint: --config FILE; docs/FLEET.md tells how to begin\n"
    )?;
    Ok(Err(Exit::Usage))
}
