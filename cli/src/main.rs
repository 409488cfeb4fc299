//! `sandglass`: the one binary. Reads what was asked, wires the crates, and maps what came of it to an exit code.
//!
//! Not here: anything that a crate below could do.
#![forbid(unsafe_code)]

mod arguments;
mod client;
mod commands;
mod config;
mod crontab;
mod exit;
mod figures;
mod host;
mod language;
mod profile;
mod show;
mod telemetry;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    if let Some(inner) = commands::inner_process() {
        return inner.run();
    }
    // Both TLS stacks of the dependencies leave the choice of cryptography to the binary.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("sandglass: TLS was set up twice");
        return exit::Exit::Failed.into();
    }
    match arguments::Cli::try_parse() {
        Ok(cli) => exit::of(commands::run(cli.command)),
        Err(error) => exit::usage(&error),
    }
}
