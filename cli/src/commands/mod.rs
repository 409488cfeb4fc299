//! One file per command: what it reads, what it asks, what it prints.

mod alert;
mod apply;
mod bulk;
mod check;
mod check_jobs;
mod completions;
mod config_show;
mod crontab;
mod exec;
mod export;
#[cfg(all(feature = "etcd", feature = "mongodb"))]
mod fleet;
mod history;
mod inner;
mod inspect;
mod job;
mod job_files;
mod login;
mod many;
mod module;
mod plan;
mod process;
mod restore;
mod revisions;
mod run;
mod sandbox;
mod schedule;
mod standalone;
mod token;
mod transfer;
mod upcoming;
mod user;
mod workers;

use std::future::Future;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::arguments::{ClientOptions, Command, Crontab, Job, Module, User};
use crate::client::Client;
use crate::exit::Exit;

pub(crate) use inner::asked as inner_process;

/// Runs a command to its end.
pub(crate) fn run(command: Command) -> Result<Exit> {
    match command {
        Command::Standalone(options) => standalone::run(&options),
        #[cfg(all(feature = "etcd", feature = "mongodb"))]
        Command::Master(options) => fleet::master::run(&options),
        #[cfg(all(feature = "etcd", feature = "mongodb"))]
        Command::Worker(options) => fleet::worker::run(&options),
        Command::Exec(options) => exec::run(&options),
        Command::Schedule(asked) => schedule::run(asked),
        Command::Check(options) => check::run(&options),
        Command::Restore(options) => restore::run(&options),
        Command::Config(asked) => config_show::run(asked),
        Command::Completions(asked) => completions::print(asked.shell),
        Command::Man(asked) => completions::man(&asked),
        Command::Job(Job::Apply(asked)) => {
            asking(&asked.client, async |server| apply::run(&server, &asked).await)
        }
        Command::Job(Job::Check { files, client }) => {
            asking(&client, async |server| check_jobs::run(&server, &files, client.chosen()).await)
        }
        Command::Job(asked) => {
            let options = asked.client().clone();
            asking(&options, async |server| job::run(&server, asked).await)
        }
        Command::Run(asked) => {
            let options = asked.client().clone();
            asking(&options, async |server| run::run(&server, asked).await)
        }
        Command::Module(Module::Inspect { what, client }) if inspect::is_file(&what) => {
            inspect::file(Path::new(&what), client.chosen())
        }
        Command::Module(asked) => {
            let options = asked.client().clone();
            asking(&options, async |server| module::run(&server, asked).await)
        }
        Command::User(User::ResetPassword { name, data: Some(data), .. }) => user::reset_in(&data, &name),
        #[cfg(all(feature = "etcd", feature = "mongodb"))]
        Command::User(User::ResetPassword { name, config: Some(config), .. }) => {
            user::reset_by(&config, &name)
        }
        Command::User(asked) => {
            let options = asked.client().clone();
            asking(&options, async |server| user::run(&server, asked).await)
        }
        Command::Crontab(Crontab::Import(asked)) => crontab::import(&asked),
        Command::Alert(asked) => {
            let options = asked.client().clone();
            asking(&options, async |server| alert::run(&server, asked).await)
        }
        Command::Export(asked) => {
            asking(&asked.client, async |server| transfer::export(&server, &asked).await)
        }
        Command::Import(asked) => {
            asking(&asked.client, async |server| transfer::import(&server, &asked).await)
        }
        Command::Token(asked) => {
            let options = asked.client().clone();
            asking(&options, async |server| token::run(&server, asked).await)
        }
        Command::Login(asked) => {
            let options = asked.client.clone();
            let profile = options.profile.clone();
            asking(&options, async |server| login::run(&server, profile.as_deref(), asked).await)
        }
        Command::Workers(asked) => {
            let options = asked.client().clone();
            asking(&options, async |server| workers::run(&server, asked).await)
        }
    }
}

/// Runs what asks a server, on this one thread.
fn asking<F>(options: &ClientOptions, ask: impl FnOnce(Client) -> F) -> Result<Exit>
where
    F: Future<Output = Result<Exit>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("could not start a runtime")?;
    let client = Client::new(options)?;
    runtime.block_on(ask(client))
}
