//! Builds the example modules for WASI from source.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::command::{cargo, on_path, output, program, root, run};

/// The target of modules that are commands of WASI preview 1.
const TARGET: &str = "wasm32-wasip1";

/// Builds every module in `plugins/` and returns where they are.
pub(crate) fn build() -> Result<Vec<PathBuf>> {
    target()?;
    let folder = root().join("plugins");
    let built = folder.join("target");
    run(cargo()?
        .args(["build", "--release", "--locked", "--target", TARGET, "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&built))?;
    let mut modules: Vec<_> = built
        .join(TARGET)
        .join("release")
        .read_dir()
        .context("the built modules")?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .collect();
    modules.sort();
    if modules.is_empty() {
        bail!("no module was built in `{}`", built.display());
    }
    Ok(modules)
}

/// Prints the modules and the command that uploads one.
pub(crate) fn print(modules: &[PathBuf]) {
    println!();
    for module in modules {
        let size = module.metadata().map_or(0, |meta| meta.len()) / 1024;
        let shown = module.strip_prefix(root()).unwrap_or(module);
        println!("{:>6} KiB  {}", size, shown.display());
    }
    println!("\nupload one with `sandglass module push FILE` or on the page under Modules");
}

/// Makes sure that this Rust can build for WASI.
fn target() -> Result<()> {
    let sysroot = output(program("rustc", ".").args(["--print", "sysroot"]))?;
    if PathBuf::from(sysroot.trim()).join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    if on_path("rustup").is_none() {
        bail!(
            "this Rust cannot build for {TARGET}\nhint: install Rust with rustup, or your distribution's package of \
             the standard library for {TARGET}"
        );
    }
    run(program("rustup", ".").args(["target", "add", TARGET]))
}
