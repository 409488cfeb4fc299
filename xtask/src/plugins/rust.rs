//! Builds the modules that are written in Rust.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::command::{cargo, on_path, output, program, root, run};

/// The target of modules that are commands of WASI preview 1.
const COMMAND: &str = "wasm32-wasip1";
/// The target of components.
const COMPONENT: &str = "wasm32-wasip2";
/// Those that are components: what they do preview 1 cannot.
const COMPONENTS: [&str; 1] = ["port-check"];

/// Builds them below `target` and returns where they are.
pub(super) fn build(target: &Path) -> Result<Vec<PathBuf>> {
    let others = COMPONENTS.iter().flat_map(|name| ["--exclude", name]);
    let mut modules = build_for(COMMAND, target, std::iter::once("--workspace").chain(others))?;
    modules
        .retain(|module| !COMPONENTS.iter().any(|name| module.file_stem().is_some_and(|stem| stem == *name)));
    modules.extend(build_for(COMPONENT, target, COMPONENTS.iter().flat_map(|name| ["--package", name]))?);
    Ok(modules)
}

/// Builds some packages for one target.
fn build_for<'a>(
    triple: &str,
    target: &Path,
    packages: impl Iterator<Item = &'a str>,
) -> Result<Vec<PathBuf>> {
    add_target(triple)?;
    run(cargo()
        .args(["build", "--release", "--locked", "--target", triple, "--manifest-path"])
        .arg(root().join("plugins/Cargo.toml"))
        .args(packages)
        .arg("--target-dir")
        .arg(target))?;
    let folder = target.join(triple).join("release");
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
