//! What can be asked on the command line, one file for each noun. Every option of a server is also read from
//! `SANDGLASS_OPT_…`.
//!
//! Flow: the process's arguments → **`arguments`** → `commands`.
//! Not here: what an answer looks like (`show`), and the files of a fleet's servers (`config`).

mod alert;
mod apply;
mod check;
mod client;
mod completions;
mod config;
mod crontab;
mod exec;
#[cfg(all(feature = "etcd", feature = "mongodb"))]
pub(crate) mod fleet;
mod job;
mod many;
mod module;
mod restore;
mod run;
mod schedule;
mod server;
pub(crate) mod slip;
mod transfer;
mod user;
mod value;
mod workers;

use clap::{Parser, Subcommand};

pub(crate) use alert::{Alert, Part};
pub(crate) use apply::Apply;
pub(crate) use check::Check;
pub(crate) use client::{ClientOptions, Format};
pub(crate) use completions::{Completions, Man, Shell};
pub(crate) use config::{Config, ConfigShow};
pub(crate) use crontab::{Crontab, Existing, Import};
pub(crate) use exec::Exec;
pub(crate) use job::Job;
pub(crate) use many::{Export, Many};
pub(crate) use module::{Module, ModuleName};
pub(crate) use restore::Restore;
pub(crate) use run::Run;
pub(crate) use schedule::{Dst, Schedule, ScheduleExplain, ScheduleNext, ScheduleText, WeekdayNumbers};
pub(crate) use server::{SandboxOptions, Standalone};
pub(crate) use transfer::{ExportAll, ImportAll};
pub(crate) use user::{Login, Token, User};
pub(crate) use workers::Workers;

/// Scheduled jobs across a fleet of machines: shell commands and WASI modules, each run once, held and recorded.
#[derive(Debug, Parser)]
#[command(name = "sandglass", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run server, worker and page in one process on an embedded store
    Standalone(Standalone),
    /// Run a server of a fleet: page, API, alerts, on etcd and MongoDB
    #[cfg(all(feature = "etcd", feature = "mongodb"))]
    Master(fleet::Master),
    /// Run a worker of a fleet: what runs the jobs, on etcd and MongoDB
    #[cfg(all(feature = "etcd", feature = "mongodb"))]
    Worker(fleet::Worker),
    /// Run one workload in the sandbox now; its output passes through
    Exec(Box<Exec>),
    /// Ask what a schedule means
    #[command(subcommand)]
    Schedule(Schedule),
    /// Work with jobs
    #[command(subcommand)]
    Job(Job),
    /// Work with runs
    #[command(subcommand)]
    Run(Run),
    /// Work with uploaded modules
    #[command(subcommand)]
    Module(Module),
    /// Work with workers
    #[command(subcommand)]
    Workers(Workers),
    /// Work with alerts: who hears of what, and what came of telling it
    #[command(subcommand)]
    Alert(Alert),
    /// Move from cron
    #[command(subcommand)]
    Crontab(Crontab),
    /// Write everything that is intent into a file, and pause the jobs: they go on where it is imported
    Export(ExportAll),
    /// Take what `sandglass export` wrote; jobs go on from where they stood
    Import(ImportAll),
    /// Work with users
    #[command(subcommand)]
    User(User),
    /// Work with API tokens
    #[command(subcommand)]
    Token(Token),
    /// Log in by name and password, and keep a token for the commands that follow
    Login(Login),
    /// Tell what this host can do for jobs, limit by limit; of a server of a fleet, what its stores are and lack
    Check(Check),
    /// Make a store that was put back from a backup fit to start from: nothing that ran before runs again
    Restore(Restore),
    /// Work with the configuration of a server
    #[command(subcommand)]
    Config(Config),
    /// Print what has a shell complete commands and options
    Completions(Completions),
    /// Write a man page for each command; packages are made with it
    #[command(hide = true)]
    Man(Man),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
