//! `dist`: what is handed out of one binary: a package for Debian, an archive with a script that installs it, a list of what
//! it is made of, and the sums of all.
//!
//! Flow: the binary, `deploy/`, `docs/` → **`dist`** → `deb`, `archive`, `sbom` → the folder. The same binary gives the same
//! bytes: instants come from SOURCE_DATE_EPOCH or the commit, owners and orders are fixed.

mod archive;
mod contents;
mod deb;
mod roles;
mod sbom;
pub(crate) mod tried;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use sha2::{Digest as _, Sha256};

use crate::command::{built, cargo, output, program, run};
use crate::page;

/// Both come from the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is packaged.
#[derive(Debug, Clone, Args)]
pub(crate) struct Asked {
    /// The folder for what is made [default: `dist` in the build folder]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Package the daily build: quick to make, slow and large; for tests
    #[arg(long, conflicts_with = "binary")]
    daily: bool,
    /// Package this binary and build nothing
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// The package's revision of this version
    #[arg(long, value_name = "N", default_value_t = 1)]
    revision: u32,
}

/// How hard it is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Squeeze {
    /// What is handed out.
    Small,
    /// What a test takes.
    Quick,
}

/// Builds what is missing, packages it, and prints where it lies.
pub(crate) fn dist(asked: &Asked) -> Result<()> {
    for needed in ["dpkg-deb", "tar", "gzip", "md5sum"] {
        if crate::command::on_path(needed).is_none() {
            bail!("`{needed}` is not on the PATH\nhint: apt-get install dpkg tar gzip coreutils");
        }
    }
    let binary = match &asked.binary {
        Some(binary) => binary.clone(),
        None => build(asked.daily)?,
    };
    let to = match &asked.to {
        Some(to) => to.clone(),
        None => built()?.with_file_name("handed-out"),
    };
    let squeeze = if asked.daily || asked.binary.is_some() { Squeeze::Quick } else { Squeeze::Small };
    for file in make(&binary, &to, (asked.revision, epoch()?, squeeze))? {
        println!("{}", file.display());
    }
    Ok(())
}

/// Builds the binary, with the page in it.
fn build(daily: bool) -> Result<PathBuf> {
    page::build()?;
    let profile = if daily { "dev" } else { "dist" };
    run(cargo().args(["build", "--package", "cli", "--locked", "--profile", profile]))?;
    let folder = built()?;
    let folder = if daily { folder } else { folder.with_file_name("dist") };
    Ok(folder.join("sandglass"))
}

/// Packages a binary into a folder, and returns what was made.
fn make(binary: &Path, to: &Path, (revision, epoch, squeeze): (u32, u64, Squeeze)) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(to).with_context(|| format!("could not make `{}`", to.display()))?;
    let to = &to.canonicalize()?;
    let scratch = to.join(".making");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).context("what an earlier packaging left")?;
    }
    let made = contents::Made::by(binary, &scratch.join("made"))?;
    let parts = to.join(format!("sandglass-{VERSION}.cdx.json"));
    fs::write(&parts, sbom::text(epoch)?).context("the list of parts")?;
    let package = deb::build(&made, &parts, &scratch.join("deb"), to, (revision, epoch, squeeze))?;
    let archive = archive::build(&made, &parts, &scratch.join("archive"), to, (epoch, squeeze))?;
    fs::remove_dir_all(&scratch)?;
    let mut files = vec![package, archive, parts];
    let sums = to.join("SHA256SUMS");
    fs::write(&sums, sums_of(&files)?).context("the sums")?;
    files.push(sums);
    Ok(files)
}

/// Returns the instant that all files bear, in seconds: SOURCE_DATE_EPOCH, or that of the commit.
fn epoch() -> Result<u64> {
    let told = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(told) => told,
        Err(_) => output(program("git", ".").args(["log", "-1", "--format=%ct"]))
            .context("the instant of the commit\nhint: outside of a clone set SOURCE_DATE_EPOCH")?,
    };
    let told = told.trim();
    told.parse().with_context(|| format!("SOURCE_DATE_EPOCH `{told}` is no number of seconds since 1970"))
}

/// Returns the lines of `sha256sum`, in order of names.
fn sums_of(files: &[PathBuf]) -> Result<String> {
    let mut lines = Vec::new();
    for file in files {
        let bytes = fs::read(file).with_context(|| format!("`{}`", file.display()))?;
        let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        lines.push((contents::name(file)?, sum));
    }
    lines.sort();
    Ok(lines.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect())
}

/// Returns a program that makes archives the same everywhere.
fn plainly(name: &str, epoch: u64) -> Command {
    let mut command = program(name, ".");
    command.env("SOURCE_DATE_EPOCH", epoch.to_string()).env("LC_ALL", "C").env("TZ", "UTC");
    command
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// As much of the binary as a package asks of it.
    const BINARY: &str = "#!/bin/sh\ncase $1 in\nman) mkdir -p \"$2\"; echo .TH x > \"$2/sandglass.1\"; echo .TH y > \
        \"$2/sandglass-job.1\" ;;\n*) echo \"# $*\" ;;\nesac\n";

    fn in_scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("sandglass-dist-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn two_packagings_of_one_binary_are_the_same_bytes() {
        let folder = in_scratch("twice");
        let made = ["one", "two"].map(|name| {
            let binary = folder.join(format!("{name}-binary"));
            fs::write(&binary, BINARY).unwrap();
            // Whatever mode and instant the build gave it.
            let mode = if name == "one" { 0o755 } else { 0o700 };
            fs::set_permissions(&binary, fs::Permissions::from_mode(mode)).unwrap();
            let files = make(&binary, &folder.join(name), (1, 1_700_000_000, Squeeze::Small)).unwrap();
            // The next one is made in another second.
            std::thread::sleep(std::time::Duration::from_millis(1_100));
            files
        });
        assert_eq!(made[0].len(), 4);
        for (one, two) in made[0].iter().zip(&made[1]) {
            assert_eq!(one.file_name(), two.file_name());
            assert!(fs::read(one).unwrap() == fs::read(two).unwrap(), "{} differs", one.display());
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_archive_installs_below_another_root_and_keeps_what_an_owner_wrote() {
        let folder = in_scratch("archive");
        let binary = folder.join("binary");
        fs::write(&binary, BINARY).unwrap();
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).unwrap();
        let files = make(&binary, &folder.join("made"), (1, 1_700_000_000, Squeeze::Quick)).unwrap();
        run(program("tar", ".").arg("-xzf").arg(&files[1]).arg("-C").arg(&folder)).unwrap();
        let unpacked = folder.join(contents::name(&files[1]).unwrap().trim_end_matches(".tar.gz"));
        let (root, install) = (folder.join("root"), unpacked.join("install.sh"));
        let installed =
            || run(program(&install, ".").args(["--prefix", "/opt/sandglass", "--root"]).arg(&root));
        installed().unwrap();
        let config = root.join("etc/sandglass/worker.toml");
        assert_eq!(fs::metadata(&config).unwrap().permissions().mode() & 0o777, 0o640);
        fs::write(&config, "# mine\n").unwrap();
        installed().unwrap();
        assert_eq!(fs::read_to_string(&config).unwrap(), "# mine\n");
        let unit = fs::read_to_string(root.join("etc/systemd/system/sandglass.service")).unwrap();
        assert!(unit.contains("ExecStart=/opt/sandglass/bin/sandglass standalone"), "{unit}");
        for file in ["bin/sandglass", "share/man/man1/sandglass-job.1", "share/doc/sandglass/FLEET.md"] {
            assert!(root.join("opt/sandglass").join(file).is_file(), "{file}");
        }
        let refused = program(&install, ".").args(["--prefix", "opt"]).output().unwrap();
        assert_eq!(refused.status.code(), Some(64));
        fs::remove_dir_all(&folder).unwrap();
    }
}
