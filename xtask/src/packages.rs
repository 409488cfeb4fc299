//! Installs packages of the system, where this process may, or only unpacks them into a folder of the build.
//!
//! Not here: which packages, and what to say where it may not; who needs them knows.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::command::{is_root, on_path, program, run};

/// Another install may hold the lock: wait for it.
const WAIT: &str = "DPkg::Lock::Timeout=600";

/// Returns true where packages of Debian can be installed by this process.
pub(crate) fn can_install() -> bool {
    on_path("apt-get").is_some() && is_root()
}

/// Fetches the lists of packages: a fresh container has none.
pub(crate) fn update_lists() -> Result<()> {
    run(program("apt-get", ".").args(["update", "-q", "-o", WAIT]))
}

/// Installs packages and what they need.
pub(crate) fn install(names: &[&str]) -> Result<()> {
    update_lists()?;
    run(program("apt-get", ".")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-q", "-y", "--no-install-recommends", "-o", WAIT])
        .args(names))
}

/// Downloads packages and unpacks them beneath `folder`, which installs nothing and needs no rights.
pub(crate) fn unpack(packages: &[&str], folder: &Path) -> Result<()> {
    if on_path("apt-get").is_none() || on_path("dpkg").is_none() {
        bail!("`apt-get download` and `dpkg` are not on the PATH");
    }
    fs::create_dir_all(folder).with_context(|| format!("could not make `{}`", folder.display()))?;
    let download = || {
        // As root, apt hands the download to a user of its own who may not write here, and says so.
        let mut download = program("apt-get", ".");
        let words = ["-q", "-o", "APT::Sandbox::User=root", "download"];
        run(download.current_dir(folder).args(words).args(packages))
    };
    if let Err(first) = download() {
        // A fresh container has no package lists.
        if !is_root() {
            return Err(first);
        }
        update_lists()?;
        download()?;
    }
    for entry in fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
        if entry.extension().is_some_and(|extension| extension == "deb") {
            run(program("dpkg", ".").arg("-x").arg(&entry).arg(folder))?;
            fs::remove_file(&entry)?;
        }
    }
    Ok(())
}
