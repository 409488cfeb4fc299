//! A machine whose first process is a real systemd, with the units of `deploy/systemd` installed.
//!
//! The host's own systemd is taken where there is one, else Debian's package; both units are tested, so where that is
//! older than 254 a newer one comes from the backports of the same Debian. Nothing of either is installed.
//!
//! Flow: **`find`** → `image` packs it → boot. Not here: what is tested (`e2e/tests/systemd.rs`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::image::Image;
use super::parts;
use crate::command::root;
use crate::packages::{self, Source};

/// The first version that starts a service in a group below its own (`DelegateSubgroup=`).
const NEW: u32 = 254;
const PACKAGES: [&str; 2] = ["systemd", "libsystemd-shared"];
const PROGRAMS: [&str; 2] = ["systemd", "systemd-executor"];
/// What the units and their defaults name.
const TARGETS: &[&str] = &[
    "basic",
    "final",
    "local-fs",
    "local-fs-pre",
    "multi-user",
    "network",
    "network-online",
    "paths",
    "shutdown",
    "slices",
    "sockets",
    "swap",
    "sysinit",
    "time-set",
    "time-sync",
    "timers",
    "umount",
];
/// The service's log, since no journal runs here.
const LOG: &str = "[Service]\nStandardOutput=append:/var/log/sandglass.log\nStandardError=inherit\n";
/// Starts what is asked of the machine once all else is up.
const COMMANDS: &str = "[Unit]\nAfter=basic.target\n\n[Service]\nExecStart=/bin/machine\nStandardOutput=file:/dev/ttyS0\n\
    StandardError=inherit\n";
const DEFAULT: &str = "[Unit]\nRequires=basic.target\nAfter=basic.target\nWants=machine.service\n";
/// Without any the command line sets up no client.
const AUTHORITIES: &str = "etc/ssl/certs/ca-certificates.crt";
const OS_RELEASE: &str = "ID=machine\nNAME=machine\nPRETTY_NAME=machine\n";

/// A systemd that is unpacked somewhere.
pub(super) struct Systemd {
    /// `/` for the host's own.
    folder: PathBuf,
    pub(super) version: u32,
}

impl Systemd {
    /// Returns each that a unit of ours is made for, the newest last.
    pub(super) fn find() -> Result<Vec<Self>> {
        let folder = parts::folder()?;
        let mut found = Vec::new();
        let host = Self::at(PathBuf::from("/")).ok();
        let first = match host {
            Some(host) => host,
            None => Self::fetched(&folder.join("systemd"), Source::Host)?,
        };
        if first.version < NEW {
            match Self::fetched(&folder.join("systemd-new"), Source::Backports) {
                Ok(newer) => found.push(newer),
                Err(e) => eprintln!("── left out: the unit for systemd {NEW} and later, since {e:#}"),
            }
        }
        found.insert(0, first);
        Ok(found)
    }

    fn fetched(folder: &Path, source: Source) -> Result<Self> {
        if let Ok(there) = Self::at(folder.to_owned()) {
            return Ok(there);
        }
        let part = folder.with_extension("part");
        if part.exists() {
            fs::remove_dir_all(&part)?;
        }
        packages::unpack_from(source, &PACKAGES, &part)?;
        fs::rename(&part, folder)?;
        Self::at(folder.to_owned())
    }

    /// Looks at what is unpacked there.
    fn at(folder: PathBuf) -> Result<Self> {
        let mut systemd = Self { folder, version: 0 };
        let program = systemd.file("lib/systemd/systemd")?;
        let mut asks = Command::new(&program);
        asks.arg("--version").env("LD_LIBRARY_PATH", systemd.libraries()).stderr(Stdio::null());
        let told = asks.output().with_context(|| format!("could not run `{}`", program.display()))?;
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        let version = text.split_whitespace().nth(1).and_then(|word| word.parse().ok());
        systemd.version = version.with_context(|| format!("`{}` tells no version", program.display()))?;
        Ok(systemd)
    }

    /// Packs it as the machine's first process, with the service and `programs` that it finds.
    pub(super) fn pack(&self, image: &mut Image, service: &Path) -> Result<()> {
        image.search(&self.libraries());
        for name in PROGRAMS {
            // The second came with version 255.
            if let Ok(program) = self.file(&format!("lib/systemd/{name}")) {
                image.program("lib/systemd", &program)?;
            }
        }
        image.program("bin", &self.file("bin/systemctl")?)?;
        image.program("usr/local/bin", service)?;
        for name in TARGETS {
            let file = format!("lib/systemd/system/{name}.target");
            image.text(&file, &fs::read_to_string(self.file(&file)?)?);
        }
        if let Ok(authorities) = fs::read_to_string(Path::new("/").join(AUTHORITIES)) {
            image.text(AUTHORITIES, &authorities);
        }
        image.text("etc/os-release", OS_RELEASE);
        image.text("etc/machine-id", "");
        image.text("etc/systemd/system/default.target", DEFAULT);
        image.text("etc/systemd/system/machine.service", COMMANDS);
        image.text("etc/systemd/system/sandglass.service.d/log.conf", LOG);
        let deploy = root().join("deploy/systemd");
        let mut units = vec!["sandglass.service"];
        if self.version < NEW {
            units.extend([
                "before-254/sandglass-groups.service",
                "before-254/sandglass.service.d/groups.conf",
            ]);
        }
        for unit in units {
            let text =
                fs::read_to_string(deploy.join(unit)).with_context(|| format!("deploy/systemd/{unit}"))?;
            image.text(&format!("etc/systemd/system/{}", unit.trim_start_matches("before-254/")), &text);
        }
        Ok(())
    }

    /// Returns where its own libraries lie.
    fn libraries(&self) -> String {
        let below = [
            "usr/lib/x86_64-linux-gnu",
            "usr/lib/x86_64-linux-gnu/systemd",
            "usr/lib/systemd",
            "lib/systemd",
        ];
        below.map(|folder| self.folder.join(folder).display().to_string()).join(":")
    }

    /// Returns a file of it, which older packages keep outside of `usr`.
    fn file(&self, name: &str) -> Result<PathBuf> {
        let found =
            ["usr", ""].map(|top| self.folder.join(top).join(name)).into_iter().find(|path| path.is_file());
        match found {
            Some(path) => Ok(path),
            None => bail!("no `{name}` of systemd in `{}`", self.folder.display()),
        }
    }
}
