//! `plugins`: builds every example module from source into one folder.
//!
//! Those in Rust must build. Those in C need a compiler and a C library for WASI: where neither is there nor can be
//! installed they are left out, and it says what is missing.

mod c;
mod rust;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::command::root;

/// The modules in `plugins/`, built.
pub(crate) struct Plugins {
    /// Where all of them lie.
    pub(crate) folder: PathBuf,
    modules: Vec<PathBuf>,
    /// Why those in C are not among them, when they are not.
    missing: Option<String>,
}

/// Builds every module in `plugins/`.
pub(crate) fn build() -> Result<Plugins> {
    let target = root().join("plugins/target");
    let folder = target.join("modules");
    fs::create_dir_all(&folder).with_context(|| format!("could not make `{}`", folder.display()))?;
    let mut modules = Vec::new();
    for built in rust::build(&target)? {
        modules.push(put(&built, &folder)?);
    }
    let missing = match c::compiler(&target)? {
        Ok(compiler) => {
            modules.extend(c::build(&compiler, &folder)?);
            None
        }
        Err(missing) => Some(missing),
    };
    modules.sort();
    Ok(Plugins { folder, modules, missing })
}

impl Plugins {
    /// Prints the modules and the command that uploads one.
    pub(crate) fn print(&self) {
        println!();
        for module in &self.modules {
            let size = module.metadata().map_or(0, |meta| meta.len()) / 1024;
            let shown = module.strip_prefix(root()).unwrap_or(module);
            println!("{size:>6} KiB  {}", shown.display());
        }
        if let Some(missing) = &self.missing {
            println!("\nleft out: {missing}");
        }
        println!("\nupload one with `sandglass module push FILE` or on the page under Modules");
    }
}

/// Copies a module to where all of them lie.
fn put(built: &Path, folder: &Path) -> Result<PathBuf> {
    let to = folder.join(built.file_name().context("a module has a name")?);
    fs::copy(built, &to).with_context(|| format!("could not copy `{}`", built.display()))?;
    Ok(to)
}
