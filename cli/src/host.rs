//! What this machine is: its name, its boot, where data lies by default, the token of its own server.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use model::id::{BootId, WorkerId};
use nix::unistd::{geteuid, gethostname};

use crate::config::VARIABLE;

/// Returns the default folder of all data: of the system for root, else of the user.
pub(crate) fn data_folder() -> Result<PathBuf> {
    if geteuid().is_root() {
        return Ok("/var/lib/sandglass".into());
    }
    if let Some(home) = environment("XDG_DATA_HOME") {
        return Ok(PathBuf::from(home).join("sandglass"));
    }
    let home = environment("HOME").context("HOME is not set\nhint: name the data folder with --data DIR")?;
    Ok(PathBuf::from(home).join(".local/share/sandglass"))
}

/// Returns the folder of what is kept for this user to save work; none where there is no place for it.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let base = environment("XDG_CACHE_HOME").map(PathBuf::from).filter(|base| base.is_absolute());
    let base = base.or_else(|| Some(PathBuf::from(environment("HOME")?).join(".cache")))?;
    Some(base.join("sandglass/wasm"))
}

/// Returns the worker's id for this host: its name, in the letters that an id may have.
pub(crate) fn worker_id() -> Result<WorkerId> {
    let name = gethostname().context("the host's name")?.to_string_lossy().to_lowercase();
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' })
        .take(63)
        .collect();
    let name = name.trim_start_matches(['-', '.']);
    if name.is_empty() { "localhost" } else { name }.parse().context("the worker's id from the host's name")
}

/// Returns the id of this boot of the machine.
pub(crate) fn boot_id() -> Result<BootId> {
    let file = "/proc/sys/kernel/random/boot_id";
    let text = fs::read_to_string(file).with_context(|| format!("could not read `{file}`"))?;
    text.trim().parse().with_context(|| format!("what `{file}` says"))
}

/// Returns the admin token of this machine's own server, if the server that is asked is this machine's and its
/// default data folder is ours to read. Not having one is no fault here: the server will say so.
pub(crate) fn local_token(server: &str) -> Option<String> {
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    if !local.iter().any(|prefix| server.starts_with(prefix)) {
        return None;
    }
    read_token(&data_folder().ok()?)
}

fn read_token(data: &Path) -> Option<String> {
    let token = fs::read_to_string(data.join("admin-token")).ok()?;
    Some(token.trim().to_owned()).filter(|token| !token.is_empty())
}

/// Returns the variables of ours that are set, by their whole names.
pub(crate) fn options_of_environment() -> BTreeMap<String, String> {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let set = std::env::vars_os().filter_map(text);
    set.filter(|(name, value)| name.starts_with(VARIABLE) && !value.is_empty()).collect()
}

/// Returns a variable of the environment; none when it is empty.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment comes in")]
pub(crate) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
