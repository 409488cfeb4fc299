//! Finds or installs the browser for the page's tests.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::command::on_path;
use crate::packages;

/// Returns where a Chromium is; installs Debian's when this process may.
pub(crate) fn find() -> Result<PathBuf> {
    if let Some(set) = std::env::var_os("CHROMIUM") {
        return Ok(set.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    if let Some(found) = names.into_iter().find_map(on_path) {
        return Ok(found);
    }
    if !packages::can_install() {
        bail!(
            "the page's tests need Chromium, which is not on the PATH\nhint: `sudo apt-get install chromium`, or set \
             CHROMIUM to a browser, or leave them out with `cargo xtask test --no-browser`"
        );
    }
    packages::install(&["chromium", "fonts-liberation"])?;
    on_path("chromium").map_or_else(|| bail!("chromium was installed, but is not on the PATH"), Ok)
}
