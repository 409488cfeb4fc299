//! Installs packages of the system, where this process may.
//!
//! Not here: which packages, and what to say where it may not; who needs them knows.

use anyhow::Result;

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
