//! The archive for systems without packages of Debian: the same files, and `install.sh` that puts them in their places.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::contents::{self, Made, SHELLS, copy, name, within};
use super::{Squeeze, VERSION, plainly};
use crate::command::{root, run};

/// Builds it of what lies in `stage` for the while, and returns the file.
pub(super) fn build(
    made: &Made,
    parts: &Path,
    stage: &Path,
    to: &Path,
    (epoch, squeeze): (u64, Squeeze),
) -> Result<PathBuf> {
    let top = format!("sandglass-{VERSION}-{}-linux", std::env::consts::ARCH);
    files(made, parts, &stage.join(&top))?;
    contents::settle(stage)?;
    let tar = to.join(format!("{top}.tar"));
    let fixed = ["--sort=name", "--format=gnu", "--owner=0", "--group=0", "--numeric-owner"];
    let mut packs = plainly("tar", epoch);
    packs.args(fixed).arg(format!("--mtime=@{epoch}")).arg("-cf").arg(&tar).arg("-C").arg(stage).arg(&top);
    run(&mut packs)?;
    let level = if squeeze == Squeeze::Small { "-9" } else { "-1" };
    run(plainly("gzip", epoch).args(["-n", "--force", level]).arg(&tar))?;
    Ok(tar.with_extension("tar.gz"))
}

fn files(made: &Made, parts: &Path, top: &Path) -> Result<()> {
    let deploy = root().join("deploy");
    copy(&made.binary, top, "bin/sandglass", 0o755)?;
    copy(&deploy.join("install.sh"), top, "install.sh", 0o755)?;
    for file in ["master.toml", "worker.toml", "nginx.conf"] {
        copy(&deploy.join(file), top, file, 0o644)?;
    }
    for unit in within(&deploy.join("systemd"))? {
        copy(&unit, top, &format!("systemd/{}", name(&unit)?), 0o644)?;
    }
    for file in ["sandglass-groups.service", "sandglass.service.d/groups.conf"] {
        let from = deploy.join("systemd/before-254").join(file);
        copy(&from, top, &format!("systemd/before-254/{file}"), 0o644)?;
    }
    for page in within(&made.man)? {
        copy(&page, top, &format!("man/{}", name(&page)?), 0o644)?;
    }
    for (_, file) in SHELLS {
        copy(&made.completions.join(file), top, &format!("completions/{file}"), 0o644)?;
    }
    for page in contents::pages()? {
        copy(&page, top, &format!("doc/{}", name(&page)?), 0o644)?;
    }
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root().join(file), top, file, 0o644)?;
    }
    copy(parts, top, "doc/sandglass.cdx.json", 0o644)
}
