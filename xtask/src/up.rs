//! `up` and `dev`: from a clone to real jobs running.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command::{built, cargo, program, root, run};
use crate::page;

/// Builds what is missing and becomes `sandglass standalone`.
pub(crate) fn up(build_only: bool, options: &[String]) -> Result<()> {
    page::build()?;
    run(cargo().args(["build", "--package", "cli"]))?;
    if build_only {
        return Ok(());
    }
    let error = standalone(options)?.exec();
    Err(error).context("could not start `sandglass standalone`")
}

/// Starts the page with hot reload beside a standalone server; ends with the page.
pub(crate) fn dev(options: &[String]) -> Result<()> {
    page::build()?;
    run(cargo().args(["build", "--package", "cli"]))?;
    let mut server = standalone(options)?.spawn().context("could not start `sandglass standalone`")?;
    let done = run(page::npm().args(["run", "dev"]));
    server.kill().context("could not end the server")?;
    server.wait().context("could not end the server")?;
    done
}

/// Returns `sandglass standalone`, with its data in the clone unless told otherwise.
fn standalone(options: &[String]) -> Result<Command> {
    let mut command = program(built()?.join("sandglass"), ".");
    command.arg("standalone");
    let names_data = options.iter().any(|option| option == "--data" || option.starts_with("--data="));
    if !names_data && std::env::var_os("SANDGLASS_OPT_DATA").is_none() {
        command.arg("--data").arg(root().join(".data"));
    }
    command.args(options);
    Ok(command)
}
