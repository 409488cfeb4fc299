//! The project's own commands: `cargo xtask up`, `cargo xtask test` and their parts.
//!
//! Each installs or finds what it needs, or says what is missing and how to get it.
//! Not here: anything that ships.
#![forbid(unsafe_code)]
#![expect(clippy::disallowed_methods, reason = "a developer steers these commands by the environment")]

mod again;
mod archive;
mod bench;
mod browser;
mod check;
mod command;
mod containers;
mod dist;
mod fleet;
mod fuzz;
mod generate;
mod guarantees;
mod packages;
mod page;
mod pictures;
mod plugins;
mod programs;
mod random;
mod server;
mod services;
mod soak;
mod suites;
mod test;
mod tidy;
mod up;
mod vm;

use std::path::PathBuf;
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
        /// Leave out the tests in a machine with control groups of version 2
        #[arg(long)]
        no_vm: bool,
        /// Leave out the random requests to the interface
        #[arg(long)]
        no_random: bool,
    },
    /// Formatting, lints, types and the rules of the tree
    Check,
    /// Measure one thing against others in the same run
    Bench {
        /// What to measure
        name: bench::Bench,
        #[command(flatten)]
        asked: bench::Asked,
    },
    /// Search for inputs that break what must hold
    Fuzz {
        /// What to feed
        target: fuzz::Target,
        #[command(flatten)]
        bounds: fuzz::Bounds,
    },
    /// Start the page with hot reload beside a standalone server
    Dev {
        /// Options of `sandglass standalone`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Package the binary: for Debian, as an archive with a script, with the list of its parts and the sums
    Dist(dist::Asked),
    /// Build the example modules in `plugins/` and say where they are
    Plugins,
    /// Fetch the modules of other people that the tests run, pinned by SHA-256, and say where they are
    Programs,
    /// Write the OpenAPI snapshot and the page's types from the code
    Openapi,
    /// Write every generated file from the code
    Generate,
    /// Check what the compiler cannot: crate arrows, headers, generated files
    Tidy,
    /// Install or find a browser and run the page's tests in it
    Browser,
    /// Take the README's pictures of the page
    Pictures,
    /// Run a binary in a throw-away machine with control groups of version 2 alone
    Vm {
        /// Open a shell in it instead
        #[arg(long, conflicts_with = "program")]
        shell: bool,
        /// As an ordinary user to whom a subtree was delegated
        #[arg(long)]
        delegated: bool,
        /// Below each systemd that there is a unit for, with the built service installed
        #[arg(long, conflicts_with_all = ["shell", "delegated"])]
        systemd: bool,
        /// The binary, a test binary for example; it takes its libraries along
        #[arg(required_unless_present = "shell")]
        program: Option<PathBuf>,
        /// Its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run something many times, or all of what the tests do a part of
    Soak {
        /// What to run
        name: soak::Soak,
        #[command(flatten)]
        bounds: soak::Bounds,
    },
    /// Find or fetch the servers that tests run against; start them with credentials
    Services {
        #[command(subcommand)]
        asked: Option<fleet::Services>,
    },
    /// A fleet with credentials on this machine
    Fleet {
        #[command(subcommand)]
        asked: fleet::Fleet,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Up { build, options } => up::up(build, &options),
        Command::Test { no_browser, no_vm, no_random } => {
            test::test(test::Parts { browser: !no_browser, machine: !no_vm, random: !no_random })
        }
        Command::Check => check::check(),
        Command::Bench { name, asked } => bench::bench(name, &asked),
        Command::Fuzz { target, bounds } => fuzz::fuzz(target, &bounds),
        Command::Dev { options } => up::dev(&options),
        Command::Dist(asked) => dist::dist(&asked),
        Command::Plugins => plugins::build().map(|plugins| plugins.print()),
        Command::Programs => programs::fetch().map(|folder| println!("{}", folder.display())),
        Command::Openapi => generate::openapi(),
        Command::Generate => generate::all(),
        Command::Tidy => tidy::tidy(),
        Command::Pictures => pictures::take(),
        Command::Browser => test::browser_only(),
        Command::Vm { program: Some(tests), systemd: true, .. } => {
            vm::run_tests_below_systemd(&tests).map(|_| ())
        }
        Command::Vm { program, arguments, delegated, .. } => {
            vm::run(program, arguments, if delegated { vm::As::Delegated } else { vm::As::Root })
        }
        Command::Soak { name, bounds } => soak::soak(name, bounds),
        Command::Fleet { asked } => fleet::fleet(asked),
        Command::Services { asked: Some(asked) } => fleet::services(asked),
        Command::Services { asked: None } => services::find().map(|services| {
            println!("{}\n{}", services.etcd.display(), services.mongod.display());
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
