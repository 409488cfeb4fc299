//! Random requests against the built server, as each role: schemathesis makes them from the OpenAPI document and holds every
//! answer against it.
//!
//! The tests take some by a fixed seed; `soak api` takes as many as fit into the time. Not here: how answers are judged
//! (`master/schemathesis.toml`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::command::{Count, built, output, program, root, run};
use crate::packages;
use crate::server::Server;

/// The version that the configuration is written for.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";
/// As whom it asks: nobody, and each role.
const ROLES: [Option<&str>; 5] = [None, Some("viewer"), Some("operator"), Some("editor"), Some("admin")];
/// Fewest seconds of each role in a soak.
const SECONDS_MIN: u64 = 20;
/// Seconds of each role among the tests.
const TEST_SECONDS: u64 = 12;
/// The seed of the tests: a failure comes back until it is mended.
const TEST_SEED: u64 = 1;

/// How much is asked.
pub(crate) struct Load {
    /// By what requests are drawn.
    pub(crate) seed: u64,
    /// Seconds of each role.
    seconds: u64,
    /// Random requests of each route, besides those at the edges of what the document allows.
    examples: u32,
}

impl Load {
    /// Returns what the tests ask.
    pub(crate) fn of_tests() -> Self {
        Self { seed: TEST_SEED, seconds: TEST_SECONDS, examples: 3 }
    }

    /// Returns what fits into so many minutes.
    pub(crate) fn of_minutes(minutes: u64, seed: u64) -> Self {
        let seconds = (minutes * 60 / ROLES.len() as u64).max(SECONDS_MIN);
        Self { seed, seconds, examples: 200 }
    }
}

/// Finds schemathesis, or installs it once into an environment of its own below the build folder.
///
/// # Errors
/// When it cannot be fetched; the error says what is missing and how to get it.
pub(crate) fn find() -> Result<PathBuf> {
    let folder = built()?.parent().context("the build folder")?.join("schemathesis");
    let (found, whole) = (folder.join("bin/st"), folder.join(SCHEMATHESIS));
    if whole.is_file() {
        return Ok(found);
    }
    install(&folder).context(
        "random requests need schemathesis, which could not be fetched\nhint: run this where `python3 -m venv` and `pip \
         install` work (Debian: python3-venv), or leave them out with `cargo xtask test --no-random`",
    )?;
    // Last of all: that it is there says that all is.
    fs::write(whole, "").context("the mark of a whole environment")?;
    Ok(found)
}

fn install(folder: &Path) -> Result<()> {
    let environment = || run(program("python3", ".").args(["-m", "venv", "--clear"]).arg(folder));
    if let Err(error) = environment() {
        // Debian has it in a package of its own.
        if !packages::can_install() {
            return Err(error);
        }
        packages::install(&["python3-venv"])?;
        environment()?;
    }
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    run(program(folder.join("bin/python"), ".").args(quiet).arg(SCHEMATHESIS))
}

/// Asks a fresh server as each role; returns how many roles found nothing to say.
pub(crate) fn ask(schemathesis: &Path, load: &Load) -> Result<Count> {
    let folder = built()?.join("random-requests");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("the data of earlier random requests")?;
    }
    // Scripts are drawn at random too: none of them is run.
    let mut server = Server::start(&folder, &["--no-shell"])?;
    let mut count = Count::default();
    for role in ROLES {
        let who = role.unwrap_or("nobody");
        let token = role.map(|role| token(&server, &folder, role)).transpose()?;
        let asked = run(&mut requests(schemathesis, &server, token.as_deref(), load)?);
        match asked {
            Ok(()) => count.passed += 1,
            Err(error) => {
                eprintln!("── as {who}, by seed {}: {error:#}", load.seed);
                count.failed += 1;
            }
        }
    }
    server.stop()?;
    if count.failed > 0 {
        bail!(
            "random requests of {} of {} roles were not answered as the document says",
            count.failed,
            ROLES.len()
        );
    }
    println!("random requests: {} roles, seed {}, nothing to say", count.passed, load.seed);
    Ok(count)
}

fn requests(schemathesis: &Path, server: &Server, token: Option<&str>, load: &Load) -> Result<Command> {
    let document = root().join("master/openapi.json");
    let mut command = program(schemathesis, ".");
    // What it writes down of its findings is nothing of the tree's.
    command.current_dir(built()?);
    command.arg("--config-file").arg(root().join("master/schemathesis.toml"));
    command.arg("run").arg(&document).args(["--url", &server.url, "--checks", "all", "--no-color"]);
    command.args(["--generation-database", "none", "--continue-on-failure", "--warnings", "off"]);
    let phases = "examples,coverage,fuzzing,stateful";
    command.args(["--phases", phases, "--seed", &load.seed.to_string()]);
    command.args(["--max-time", &load.seconds.to_string(), "--max-examples", &load.examples.to_string()]);
    // A stream has no end to wait for.
    for path in streams(&serde_json::from_slice(&fs::read(&document)?)?) {
        command.args(["--exclude-path", &path]);
    }
    if let Some(token) = token {
        command.args(["-H", &format!("Authorization: Bearer {token}")]);
    }
    Ok(command)
}

/// Returns the routes that answer with server-sent events.
fn streams(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let streams = paths.filter(|(_, item)| {
        let mut operations = item.as_object().into_iter().flatten();
        operations
            .any(|(_, operation)| operation["responses"]["200"]["content"].get("text/event-stream").is_some())
    });
    streams.map(|(path, _)| path.clone()).collect()
}

/// Makes a token that may do what the role may.
fn token(server: &Server, folder: &Path, role: &str) -> Result<String> {
    let admin = fs::read_to_string(folder.join("admin-token")).context("the admin's token")?;
    let mut command = program(built()?.join("sandglass"), ".");
    command.args(["token", "create", &format!("random-{role}"), "--role", role, "--json"]);
    command.env("SANDGLASS_SERVER", &server.url).env("SANDGLASS_TOKEN", admin.trim());
    let made: Value = serde_json::from_str(&output(&mut command)?).context("a token that was made")?;
    Ok(made["secret"].as_str().context("the secret of a token")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_streams_is_left_out_and_nothing_else() {
        let text = fs::read_to_string(root().join("master/openapi.json")).expect("the snapshot is there");
        let document = serde_json::from_str(&text).expect("it is JSON");
        let streams = streams(&document);
        assert!(streams.contains(&"/api/v1/runs/{id}/output/stream".to_owned()), "{streams:?}");
        assert!(streams.len() <= 3, "{streams:?}");
    }
}
