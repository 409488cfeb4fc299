//! Builds the page in `web/` when it is older than its sources.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::command::{on_path, output, program, root, run};

/// The oldest Node that the page's tools run on.
const NODE_MIN: (u32, u32) = (20, 19);

/// Returns npm, to be run in `web/`.
pub(crate) fn npm() -> Command {
    let mut npm = program("npm", "web");
    npm.env("npm_config_update_notifier", "false")
        .env("npm_config_fund", "false")
        .env("npm_config_audit", "false");
    npm
}

/// Makes sure that Node and the page's packages are there.
pub(crate) fn packages() -> Result<()> {
    check_node()?;
    let web = root().join("web");
    let (lock, installed) = (web.join("package-lock.json"), web.join("node_modules/.package-lock.json"));
    if changed(&lock)? > changed(&installed).unwrap_or(SystemTime::UNIX_EPOCH) {
        run(npm().arg("ci"))?;
    }
    Ok(())
}

/// Builds the page unless it is newer than all of its sources.
pub(crate) fn build() -> Result<()> {
    packages()?;
    let web = root().join("web");
    let built = changed(&web.join("dist/index.html")).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut sources = SystemTime::UNIX_EPOCH;
    for source in ["src", "public", "index.html", "package-lock.json", "vite.config.ts", "tsconfig.json"] {
        sources = sources.max(newest(&web.join(source))?);
    }
    if sources > built {
        run(npm().args(["run", "build"]))?;
    }
    Ok(())
}

fn check_node() -> Result<()> {
    const HOW: &str =
        "install Node 20.19 or newer from your distribution or with a version manager such as nvm or fnm";
    if on_path("node").is_none() || on_path("npm").is_none() {
        bail!("the page is built with Node and npm, which are not on the PATH\nhint: {HOW}");
    }
    let version = output(program("node", ".").arg("--version"))?;
    let mut numbers = version.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    let found =
        (numbers.next().and_then(Result::ok).unwrap_or(0), numbers.next().and_then(Result::ok).unwrap_or(0));
    if found < NODE_MIN {
        bail!(
            "the page needs Node {}.{} or newer, found {}\nhint: {HOW}",
            NODE_MIN.0,
            NODE_MIN.1,
            version.trim()
        );
    }
    Ok(())
}

fn changed(path: &Path) -> Result<SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).with_context(|| format!("`{}`", path.display()))
}

/// Returns when the newest file at or under a path was changed; long ago where there is none.
fn newest(path: &Path) -> Result<SystemTime> {
    let Ok(meta) = path.metadata() else { return Ok(SystemTime::UNIX_EPOCH) };
    let mut newest = meta.modified()?;
    if meta.is_dir() {
        for entry in path.read_dir()? {
            newest = newest.max(self::newest(&entry?.path())?);
        }
    }
    Ok(newest)
}
