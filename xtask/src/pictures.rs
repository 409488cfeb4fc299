//! `pictures`: takes the README's pictures of the page from a server that is filled for it.
//!
//! Not here: what is filled in and what is taken (`web/scripts/`).

use std::fs;

use anyhow::{Context as _, Result};

use crate::command::{built, cargo, root, run};
use crate::server::Server;
use crate::{browser, page};

/// How many runs go on at one time while the server is filled.
const SLOTS: &str = "8";

/// Builds what is missing, starts a server on an empty folder and writes `docs/images/`.
pub(crate) fn take() -> Result<()> {
    let chromium = browser::find()?;
    page::build()?;
    run(cargo().args(["build", "--package", "cli", "--locked"]))?;
    let folder = built()?.join("pictures");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("the data of earlier pictures")?;
    }
    let mut server = Server::start(&folder, &["--slots", SLOTS, "--worker-id", "worker-1"])?;
    let token = fs::read_to_string(folder.join("admin-token")).context("the admin's token")?;
    let taken = run(page::npm()
        .args(["run", "pictures", "--"])
        .arg(root().join("docs/images"))
        .env("CHROMIUM", chromium)
        .env("SANDGLASS_SERVER", &server.url)
        .env("SANDGLASS_TOKEN", token.trim()));
    server.stop()?;
    taken
}
