//! The package for Debian, built by `dpkg-deb`: it is there wherever the package can be tried, and the whole layout is on
//! this page.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::contents::{self, Made, copy, name, put, within};
use super::{Squeeze, VERSION, plainly};
use crate::command::{output, program, root, run};

/// What an owner edits and an upgrade asks about.
const CONFIGURATIONS: [&str; 2] = ["master.toml", "worker.toml"];
/// What dpkg runs.
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];
const GROUPS: [(&str, &str); 2] = [
    ("sandglass-groups.service", "sandglass-groups.service"),
    ("sandglass.service.d/groups.conf", "groups.conf"),
];

/// Builds it of what lies in `stage` for the while, and returns the file.
pub(super) fn build(
    made: &Made,
    parts: &Path,
    stage: &Path,
    to: &Path,
    (revision, epoch, squeeze): (u32, u64, Squeeze),
) -> Result<PathBuf> {
    let architecture = output(program("dpkg", ".").arg("--print-architecture"))?;
    let architecture = architecture.trim();
    files(made, parts, stage)?;
    gzip(stage, epoch)?;
    control(made, stage, &format!("{VERSION}-{revision}"), architecture)?;
    contents::settle(stage)?;
    let package = to.join(format!("sandglass_{VERSION}-{revision}_{architecture}.deb"));
    let how: &[&str] = match squeeze {
        // One thread: how many there are shows in the bytes.
        Squeeze::Small => &["-Zxz", "--threads-max=1"],
        Squeeze::Quick => &["-Znone"],
    };
    run(plainly("dpkg-deb", epoch)
        .args(how)
        .args(["--root-owner-group", "--build"])
        .arg(stage)
        .arg(&package))?;
    Ok(package)
}

/// Lays out what is installed.
fn files(made: &Made, parts: &Path, stage: &Path) -> Result<()> {
    let deploy = root().join("deploy");
    copy(&made.binary, stage, "usr/bin/sandglass", 0o755)?;
    for unit in within(&deploy.join("systemd"))? {
        let text = fs::read_to_string(&unit)?.replace("/usr/local/bin/", "/usr/bin/");
        put(stage, &format!("usr/lib/systemd/system/{}", name(&unit)?), 0o644, text)?;
    }
    for (from, file) in GROUPS {
        let from = deploy.join("systemd/before-254").join(from);
        copy(&from, stage, &format!("usr/share/sandglass/before-254/{file}"), 0o644)?;
    }
    for file in CONFIGURATIONS {
        copy(&deploy.join(file), stage, &format!("etc/sandglass/{file}"), 0o640)?;
    }
    for page in within(&made.man)? {
        copy(&page, stage, &format!("usr/share/man/man1/{}", name(&page)?), 0o644)?;
    }
    let scripts = [
        ("sandglass.bash", "usr/share/bash-completion/completions/sandglass"),
        ("_sandglass", "usr/share/zsh/vendor-completions/_sandglass"),
        ("sandglass.fish", "usr/share/fish/vendor_completions.d/sandglass.fish"),
    ];
    for (from, file) in scripts {
        copy(&made.completions.join(from), stage, file, 0o644)?;
    }
    let doc = "usr/share/doc/sandglass";
    for page in contents::pages()? {
        copy(&page, stage, &format!("{doc}/{}", name(&page)?), 0o644)?;
    }
    copy(parts, stage, &format!("{doc}/sandglass.cdx.json"), 0o644)?;
    copy(&deploy.join("nginx.conf"), stage, &format!("{doc}/examples/nginx.conf"), 0o644)?;
    let licenses = fs::read_to_string(root().join("LICENSE-MIT"))?
        + "\n\nor, as you like,\n\n"
        + &fs::read_to_string(root().join("LICENSE-APACHE"))?;
    put(stage, &format!("{doc}/copyright"), 0o644, licenses)
}

/// Compresses the man pages, without their names and instants.
fn gzip(stage: &Path, epoch: u64) -> Result<()> {
    run(plainly("gzip", epoch).arg("-9n").args(within(&stage.join("usr/share/man/man1"))?))
}

/// Writes what dpkg reads.
fn control(made: &Made, stage: &Path, version: &str, architecture: &str) -> Result<()> {
    let debian = stage.join("DEBIAN");
    let mut files = output(program("find", ".").current_dir(stage).args([
        "-type",
        "f",
        "-not",
        "-path",
        "./DEBIAN/*",
        "-printf",
        "%P\\n",
    ]))?
    .lines()
    .map(str::to_owned)
    .collect::<Vec<_>>();
    files.sort();
    let bytes: u64 =
        files.iter().map(|file| Ok(fs::metadata(stage.join(file))?.len())).sum::<Result<u64>>()?;
    let libc = libc_of(&fs::read(&made.binary)?).map_or_else(String::new, |least| format!(" (>= {least})"));
    let text = format!(
        "Package: sandglass\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: Sandglass \
         <sandglass@localhost>\nInstalled-Size: {}\nDepends: libc6{libc}, libgcc-s1, passwd, ca-certificates\nSection: \
         admin\nPriority: optional\nDescription: scheduled jobs across a fleet of machines\n Runs shell commands and \
         WASI modules at their times, each once, held to limits and\n recorded, on one machine or on many; with a web \
         page, an API and a command line.\n",
        bytes.div_ceil(1024)
    );
    put(&debian, "control", 0o644, text)?;
    put(&debian, "conffiles", 0o644, CONFIGURATIONS.map(|file| format!("/etc/sandglass/{file}\n")).concat())?;
    for script in SCRIPTS {
        copy(&root().join("deploy/debian").join(script), &debian, script, 0o755)?;
    }
    files.retain(|file| !file.starts_with("etc/"));
    let sums = output(program("md5sum", ".").current_dir(stage).args(&files))?;
    put(&debian, "md5sums", 0o644, sums)
}

/// Returns the oldest C library that has all that a binary names.
fn libc_of(binary: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"GLIBC_2.";
    let numbers = binary.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    let numbers = numbers.map(|(at, _)| {
        let digits = binary[at + MARK.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |number: u32, digit| number.saturating_mul(10).saturating_add(u32::from(digit - b'0')))
    });
    numbers.max().map(|number| format!("2.{number}"))
}

#[cfg(test)]
mod tests {
    use super::libc_of;

    #[test]
    fn the_newest_symbol_says_which_c_library_is_needed() {
        assert_eq!(libc_of(b"..GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0").as_deref(), Some("2.34"));
        assert_eq!(libc_of(b"#!/bin/sh"), None);
    }
}
