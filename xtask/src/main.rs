//! The project's own commands: `cargo xtask up`, `cargo xtask test` and their parts.
//!
//! Each installs or finds what it needs, or says what is missing and how to get it.
//! Not here: anything that ships.
#![forbid(unsafe_code)]
#![expect(clippy::disallowed_methods, reason = "a developer steers these commands by the environment")]

mod bench;
mod browser;
mod check;
mod command;
mod generate;
mod page;
mod plugins;
mod protoc;
mod test;
mod tidy;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build what is missing and start everything on the embedded store
    Up {
        /// Build only, start nothing
        #[arg(long)]
        build: bool,
        /// Options of `sandglass standalone` (--data DIR, --listen ADDRESS, --no-demo)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Run every test; installs or finds what they need
    Test {
        /// Leave out the tests in a browser
        #[arg(long)]
        no_browser: bool,
    },
    /// Formatting, lints, types and the rules of the tree
    Check,
    /// Measure one thing against others in the same run
    Bench {
        /// What to measure
        name: bench::Bench,
        /// Only see that it works; the figures mean little
        #[arg(long)]
        quick: bool,
    },
    /// Start the page with hot reload beside a standalone server
    Dev {
        /// Options of `sandglass standalone`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Build the example modules in `plugins/` and say where they are
    Plugins,
    /// Write the OpenAPI snapshot and the page's types from the code
    Openapi,
    /// Write every generated file from the code
    Generate,
    /// Check what the compiler cannot: crate arrows, headers, generated files
    Tidy,
    /// Install or find a browser and run the page's tests in it
    Browser,
    /// Print where `protoc` is
    Protoc,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Up { build, options } => up::up(build, &options),
        Command::Test { no_browser } => test::test(!no_browser),
        Command::Check => check::check(),
        Command::Bench { name, quick } => bench::bench(name, quick),
        Command::Dev { options } => up::dev(&options),
        Command::Plugins => plugins::build().map(|modules| plugins::print(&modules)),
        Command::Openapi => generate::openapi(),
        Command::Generate => generate::all(),
        Command::Tidy => tidy::tidy(),
        Command::Browser => test::browser_only(),
        Command::Protoc => protoc::find().map(|path| println!("{}", path.display())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
