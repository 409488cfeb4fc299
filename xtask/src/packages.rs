//! Installs packages of the system, where this process may, or only unpacks them into a folder of the build.
//!
//! Not here: which packages, and what to say where it may not; who needs them knows.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::command::{is_root, on_path, program, run};

/// Another install may hold the lock: wait for it.
const WAIT: &str = "DPkg::Lock::Timeout=600";

/// Where packages of the system are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// As this host is configured.
    Host,
    /// In the backports of the Debian that this host runs: newer versions, built for it.
    Backports,
}

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

/// Sees that a program is on the PATH whose package has its name; installs Debian's when this process may.
///
/// # Errors
/// When it is not there and cannot be installed: `why` it is needed, and how to get it.
pub(crate) fn see_to(name: &str, why: &str) -> Result<()> {
    if on_path(name).is_some() {
        return Ok(());
    }
    if !can_install() {
        bail!("{why}, which is not on the PATH\nhint: install it (Debian: `sudo apt-get install {name}`)");
    }
    install(&[name])
}

/// Downloads packages and unpacks them beneath `folder`, which installs nothing and needs no rights.
pub(crate) fn unpack(packages: &[&str], folder: &Path) -> Result<()> {
    unpack_from(Source::Host, packages, folder)
}

/// [`unpack`], with packages of this source.
pub(crate) fn unpack_from(source: Source, packages: &[&str], folder: &Path) -> Result<()> {
    if on_path("apt-get").is_none() || on_path("dpkg").is_none() {
        bail!("`apt-get download` and `dpkg` are not on the PATH");
    }
    fs::create_dir_all(folder).with_context(|| format!("could not make `{}`", folder.display()))?;
    let apt = folder.join("apt");
    // As root, apt hands the download to a user of its own who may not write here, and says so.
    let mut options = vec!["-q".to_owned(), "-o".into(), "APT::Sandbox::User=root".into()];
    if source == Source::Backports {
        options.extend(backports(&apt)?);
        run(program("apt-get", ".").args(&options).arg("update"))?;
    }
    let download = || {
        let mut download = program("apt-get", ".");
        run(download.current_dir(folder).args(&options).arg("download").args(packages))
    };
    if let Err(first) = download() {
        // A fresh container has no package lists.
        if !is_root() || source == Source::Backports {
            return Err(first);
        }
        update_lists()?;
        download()?;
    }
    if apt.exists() {
        fs::remove_dir_all(&apt)?;
    }
    for entry in fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
        if entry.extension().is_some_and(|extension| extension == "deb") {
            run(program("dpkg", ".").arg("-x").arg(&entry).arg(folder))?;
            fs::remove_file(&entry)?;
        }
    }
    Ok(())
}

/// Returns the options by which apt knows the backports of this host's Debian and nothing else, and keeps what it needs in
/// `folder`.
fn backports(folder: &Path) -> Result<Vec<String>> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let of = |key: &str| release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let (Some("debian"), Some(name)) = (of("ID"), of("VERSION_CODENAME")) else {
        bail!("this host is no Debian, whose backports have newer packages");
    };
    // Of its lists apt removes what it does not know.
    let (lists, cache) = (folder.join("lists"), folder.join("cache"));
    for made in [lists.join("partial"), cache.join("archives/partial")] {
        fs::create_dir_all(made)?;
    }
    let sources = folder.join("sources.list");
    let signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
    fs::write(&sources, format!("deb {signed} http://deb.debian.org/debian {name}-backports main\n"))?;
    let settings = [
        format!("Dir::Etc::SourceList={}", sources.display()),
        "Dir::Etc::SourceParts=/dev/null".into(),
        format!("Dir::State::Lists={}", lists.display()),
        format!("Dir::Cache={}", cache.display()),
        format!("APT::Default-Release={name}-backports"),
    ];
    Ok(settings.into_iter().flat_map(|setting| ["-o".to_owned(), setting]).collect())
}
