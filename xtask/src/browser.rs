//! Finds or installs the browser for the page's tests.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::command::{is_root, on_path, program, run};

/// Returns where a Chromium is; installs Debian's when this process may.
pub(crate) fn find() -> Result<PathBuf> {
    if let Some(set) = std::env::var_os("CHROMIUM") {
        return Ok(set.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    if let Some(found) = names.into_iter().find_map(on_path) {
        return Ok(found);
    }
    if on_path("apt-get").is_none() || !is_root() {
        bail!(
            "the page's tests need Chromium, which is not on the PATH\nhint: `sudo apt-get install chromium`, or set \
             CHROMIUM to a browser, or leave them out with `cargo xtask test --no-browser`"
        );
    }
    // Another install may hold the lock: wait for it.
    let wait = "DPkg::Lock::Timeout=600";
    run(program("apt-get", ".").args(["update", "-q", "-o", wait]))?;
    run(program("apt-get", ".").env("DEBIAN_FRONTEND", "noninteractive").args([
        "install",
        "-q",
        "-y",
        "--no-install-recommends",
        "-o",
        wait,
        "chromium",
        "fonts-liberation",
    ]))?;
    on_path("chromium").map_or_else(|| bail!("chromium was installed, but is not on the PATH"), Ok)
}
