//! Finds or fetches what a machine is made of: qemu, a kernel, a shell.
//!
//! Kernel and shell are Debian packages, downloaded once into the build folder and unpacked there; nothing of them is
//! installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command::{built, is_root, on_path, output};
use crate::packages;

const QEMU: &str = "qemu-system-x86_64";
/// Names the current kernel package, made for virtual machines: small, with everything that is needed built in.
const KERNEL: &str = "linux-image-cloud-amd64";
const SHELL: &str = "busybox-static";

/// What a machine is made of.
pub(super) struct Parts {
    pub(super) qemu: PathBuf,
    pub(super) kernel: PathBuf,
    pub(super) busybox: PathBuf,
}

impl Parts {
    /// Finds all parts; installs and downloads what this process may.
    pub(super) fn find() -> Result<Self> {
        if std::env::consts::ARCH != "x86_64" {
            bail!("the machine with version 2 control groups is made for x86_64 hosts");
        }
        let qemu = qemu()?;
        let folder = folder()?;
        let (kernel, busybox) = (folder.join("kernel"), folder.join("busybox"));
        if !kernel.exists() || !busybox.exists() {
            fetch(&folder, &kernel, &busybox)?;
        }
        Ok(Self { qemu, kernel, busybox })
    }
}

/// Returns where parts are kept: beside the build's own folders, so that a cleaned profile keeps them.
pub(super) fn folder() -> Result<PathBuf> {
    Ok(built()?.parent().context("the build folder")?.join("vm-parts"))
}

fn qemu() -> Result<PathBuf> {
    if let Some(found) = on_path(QEMU) {
        return Ok(found);
    }
    if !packages::can_install() {
        bail!(
            "the tests on version 2 control groups need `{QEMU}`, which is not on the PATH\nhint: `sudo apt-get install \
             qemu-system-x86`, or leave them out with `cargo xtask test --no-vm`"
        );
    }
    packages::install(&["qemu-system-x86"])?;
    on_path(QEMU)
        .map_or_else(|| bail!("`qemu-system-x86` was installed, but `{QEMU}` is not on the PATH"), Ok)
}

/// Downloads the packages and takes the two files out of them.
fn fetch(folder: &Path, kernel: &Path, busybox: &Path) -> Result<()> {
    let hint = "a kernel and a shell for the machine are Debian packages\nhint: run it where `apt-get download` and \
                `dpkg` work, or leave these tests out with `cargo xtask test --no-vm`";
    if on_path("apt-cache").is_none() {
        bail!("{hint}");
    }
    let image = match kernel_package() {
        Ok(image) => image,
        Err(_) if is_root() => {
            packages::update_lists()?;
            kernel_package()?
        }
        Err(e) => return Err(e.context(hint)),
    };
    let unpacked = folder.join("unpacked");
    packages::unpack(&[&image, SHELL], &unpacked).context(hint)?;
    let boot = fs::read_dir(unpacked.join("boot")).context("the kernel's package holds a folder `boot`")?;
    let found = boot
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz-")));
    // The kernel last: it is what says that the folder is whole.
    let shell = ["bin/busybox", "usr/bin/busybox"].map(|path| unpacked.join(path));
    fs::copy(shell.iter().find(|path| path.exists()).context("the shell in its package")?, busybox)?;
    fs::rename(found.context("the kernel in its package")?, kernel)?;
    fs::remove_dir_all(&unpacked)?;
    Ok(())
}

/// Returns the package that the name of the current kernel stands for.
fn kernel_package() -> Result<String> {
    let text = output(Command::new("apt-cache").args(["depends", KERNEL]))?;
    let package = text.lines().find_map(|line| line.trim().strip_prefix("Depends: linux-image"));
    package
        .map(|rest| format!("linux-image{rest}"))
        .with_context(|| format!("no package lists with `{KERNEL}`"))
}
