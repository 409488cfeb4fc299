//! `config show`: every option of a role with what it is in the end and where that comes from.
//!
//! The file is read as the server reads it, so whatever keeps the server from starting is told here too, all at once.
//! Not here: whether the stores answer (`check`).

use std::path::Path;

use anyhow::{Context as _, Result};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory as _};
use comfy_table::Table;
use serde::Serialize;
use serde_json::Value;

use super::process::worker_options;
use crate::arguments::{Cli, Config, ConfigShow, Standalone};
use crate::config::effective::{Content, Effective, Noted, Origin};
use crate::config::reloaded;
use crate::exit::Exit;
use crate::{config, host, show};

/// What was found of a role.
#[derive(Serialize)]
struct Report {
    role: &'static str,
    /// The configuration that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    options: Vec<Row>,
}

/// One option.
#[derive(Serialize)]
struct Row {
    name: String,
    /// As it is written; of a secret the file that holds it; null when there is none.
    value: Value,
    /// What is shown to people.
    #[serde(skip)]
    shown: String,
    /// `default`, `file`, `environment` or `flag`.
    origin: &'static str,
    /// The file with its line, the variable, the flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// Whether `value` names the file of something that is not shown.
    secret: bool,
    /// Whether a running server takes another value on SIGHUP.
    reload: bool,
}

pub(super) fn run(asked: Config) -> Result<Exit> {
    let Config::Show(role) = asked;
    let (answer, report) = match &role {
        ConfigShow::Standalone(asked) => (&asked.answer, standalone(&asked.options)?),
        #[cfg(all(feature = "etcd", feature = "mongodb"))]
        ConfigShow::Master(asked) => {
            let path = match super::fleet::named(asked.options.both.config.as_deref(), "master")? {
                Ok(path) => path,
                Err(exit) => return Ok(exit),
            };
            let given = asked.options.given();
            config::fleet::load_master(path, &given)?;
            (&asked.answer, report("master", Some(path), given.noted.take()))
        }
        #[cfg(all(feature = "etcd", feature = "mongodb"))]
        ConfigShow::Worker(asked) => {
            let path = match super::fleet::named(asked.options.both.config.as_deref(), "worker")? {
                Ok(path) => path,
                Err(exit) => return Ok(exit),
            };
            let given = asked.options.given();
            config::fleet::load_worker(path, &given)?;
            let mut noted = given.noted.take();
            of_this_host(&mut noted, ["worker.id", "worker.data", "worker.slots"])?;
            (&asked.answer, report("worker", Some(path), noted))
        }
    };
    show::value(answer.chosen(), &report, table)?;
    Ok(Exit::Done)
}

fn report(role: &'static str, file: Option<&Path>, noted: Noted) -> Report {
    let file = file.map(|path| path.display().to_string());
    let row = |(name, option): (String, Effective)| {
        let shown = option.to_string();
        let (origin, place) = match option.origin {
            Origin::Default => ("default", None),
            Origin::File(line) => ("file", Some(format!("{}:{line}", file.as_deref().unwrap_or_default()))),
            Origin::Environment(variable) => ("environment", Some(variable)),
            Origin::Flag(flag) => ("flag", Some(flag)),
        };
        let secret = matches!(option.content, Some(Content { secret: true, .. }));
        let reload = reloaded(role).contains(&name.as_str());
        Row { name, value: option.value, shown, origin, place, secret, reload }
    };
    let options = noted.into_iter().map(row).collect();
    Report { role, file, options }
}

fn table(report: &Report) -> Table {
    let mut table = show::table(&["OPTION", "VALUE", "FROM", "ON SIGHUP"]);
    for row in &report.options {
        let place = row.place.as_deref().unwrap_or(row.origin);
        let reload = if row.reload { "taken" } else { "" };
        table.add_row([&row.name, row.shown.as_str(), place, reload]);
    }
    table
}

/// Puts in what a worker takes from its host where nobody says.
fn of_this_host(noted: &mut Noted, [id, data, slots]: [&str; 3]) -> Result<()> {
    let defaults = [
        (id, Value::from(host::worker_id()?.to_string())),
        (data, Value::from(host::data_folder()?.display().to_string())),
        (slots, Value::from(worker_options(None, Path::new(""))?.slots)),
    ];
    for (name, value) in defaults {
        let option = noted.entry(name.to_owned()).or_insert_with(|| Effective::default(Value::Null));
        if option.value.is_null() {
            option.value = value;
        }
    }
    Ok(())
}

/// Flags of a standalone server that set an option of its file, the option, and the value where the flag is a switch.
const OF_FILE: [(&str, &str, Option<bool>); 6] = [
    ("shell-default-user", "shell.default_user", None),
    ("shell-user", "shell.users", None),
    ("shell-allow-root", "shell.allow_root", Some(true)),
    ("no-shell", "shell.enabled", Some(false)),
    ("allow-unenforced", "shell.allow_unenforced", None),
    ("wasm-root", "wasm.roots", None),
];

/// What stands in `file` and on the command line of a standalone server, whose flags are no options of the file.
fn standalone(options: &Standalone) -> Result<Report> {
    let given = options.log.given();
    let file = options.sandbox.config.as_deref();
    config::load_standalone(file, &given)?;
    let mut noted = given.noted.take();
    let tree = Cli::command();
    let matches = tree.clone().get_matches();
    let names = ["config", "show", "standalone"];
    let found = names.iter().try_fold((&tree, &matches), |(tree, matches), name| {
        Some((tree.find_subcommand(name)?, matches.subcommand_matches(name)?))
    });
    let (tree, matches) = found.context("the words that were read a moment ago")?;
    for argument in tree.get_arguments() {
        let Some(long) = argument.get_long() else { continue };
        // The file is told by itself, and how to answer is no option of the server.
        if ["help", "config", "format", "json", "otlp-endpoint"].contains(&long) {
            continue;
        }
        let option = given_by_flag(argument, matches);
        let of_file = OF_FILE.iter().find(|(flag, _, _)| *flag == long);
        match of_file {
            None => drop(noted.insert(long.replace('-', "_"), option)),
            Some(_) if option.origin == Origin::Default => {}
            Some((_, _, Some(_))) if option.value == Value::Bool(false) => {}
            Some((_, name, Some(value))) => {
                drop(noted.insert((*name).to_owned(), Effective { value: (*value).into(), ..option }));
            }
            Some((_, name @ "shell.allow_unenforced", None)) => add(&mut noted, name, option),
            Some((_, name, None)) => drop(noted.insert((*name).to_owned(), option)),
        }
    }
    of_this_host(&mut noted, ["worker_id", "data", "slots"])?;
    Ok(report("standalone", file, noted))
}

/// Adds what a flag gives to the list of the file.
fn add(noted: &mut Noted, name: &str, mut given: Effective) {
    if let (Some(Value::Array(of_file)), Value::Array(all)) =
        (noted.get(name).map(|option| option.value.clone()), &mut given.value)
    {
        let more: Vec<_> = of_file.into_iter().filter(|one| !all.contains(one)).collect();
        all.splice(0..0, more);
    }
    noted.insert(name.to_owned(), given);
}

/// Returns what the command line, or the variable beside a flag, says of it.
fn given_by_flag(argument: &clap::Arg, matches: &ArgMatches) -> Effective {
    let id = argument.get_id().as_str();
    let origin = match (matches.value_source(id), argument.get_env()) {
        (Some(ValueSource::CommandLine), _) => {
            Origin::Flag(format!("--{}", argument.get_long().unwrap_or(id)))
        }
        (Some(ValueSource::EnvVariable), Some(variable)) => {
            Origin::Environment(variable.to_string_lossy().into_owned())
        }
        _ => Origin::Default,
    };
    let mut raw = matches.get_raw(id).into_iter().flatten().map(|text| text.to_string_lossy().into_owned());
    let value = match argument.get_action() {
        ArgAction::SetTrue => matches.get_flag(id).into(),
        ArgAction::Append => raw.collect(),
        _ => raw
            .next_back()
            .map_or(Value::Null, |text| text.parse::<i64>().map_or(Value::from(text), Value::from)),
    };
    Effective { value, origin, content: None }
}
