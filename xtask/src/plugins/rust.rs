//! Builds the modules that are written in Rust.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::command::{cargo, on_path, output, program, root, run};

/// The target of modules that are commands of WASI preview 1.
const COMMAND: &str = "wasm32-wasip1";

/// Builds them below `target` and returns where they are.
pub(super) fn build(target: &Path) -> Result<Vec<PathBuf>> {
    add_target(COMMAND)?;
    run(cargo()
        .args(["build", "--release", "--locked", "--target", COMMAND, "--manifest-path"])
        .arg(root().join("plugins/Cargo.toml"))
        .arg("--target-dir")
        .arg(target))?;
    let folder = target.join(COMMAND).join("release");
    let modules: Vec<_> = folder
        .read_dir()
        .context("the built modules")?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .collect();
    if modules.is_empty() {
        bail!("no module was built in `{}`", folder.display());
    }
    Ok(modules)
}

/// Makes sure that this Rust can build for WASI.
fn add_target(target: &str) -> Result<()> {
    let sysroot = output(program("rustc", ".").args(["--print", "sysroot"]))?;
    if PathBuf::from(sysroot.trim()).join("lib/rustlib").join(target).is_dir() {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        bail!(
            "this Rust cannot build for {target}\nhint: install Rust with rustup, or your distribution's package of \
             the standard library for {target}"
        );
    }
    run(program("rustup", ".").args(["target", "add", target]))
}
