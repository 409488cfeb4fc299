//! Builds the modules that are written in C: `plugins/NAME/NAME.c` becomes `NAME.wasm`.
//!
//! The compiler is clang with the C library of WASI, as Debian has them, or zig, which carries both.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::command::{output, program, root, run};
use crate::packages;

/// What Debian calls clang, its linker for WebAssembly and the C library.
const PACKAGES: [&str; 3] = ["clang", "lld", "wasi-libc"];
/// Small and quick modules; all that a linker can tell beforehand is an error.
const FLAGS: [&str; 6] = ["--target=wasm32-wasi", "-O2", "-s", "-Wall", "-Wextra", "-Werror"];
/// A stack of 64 KiB: zig's own is 16 MiB, more than many jobs give a module altogether.
const STACK: &str = "-Wl,-z,stack-size=65536";

/// A command that compiles C for WASI.
pub(super) struct Compiler(&'static [&'static str]);

const CLANG: Compiler = Compiler(&["clang"]);
const ZIG: Compiler = Compiler(&["python3", "-m", "ziglang", "cc"]);

impl Compiler {
    fn command(&self) -> Command {
        let mut command = program(self.0[0], ".");
        command.args(&self.0[1..]).args(FLAGS).arg(STACK);
        command
    }

    /// Returns true when it makes a module of a program that prints.
    fn works(&self, scratch: &Path) -> Result<bool> {
        fs::create_dir_all(scratch).context("a folder for the trial of a compiler")?;
        let source = scratch.join("trial.c");
        fs::write(&source, "#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n")
            .context("the trial of a compiler")?;
        let mut trial = self.command();
        trial.arg(&source).arg("-o").arg(scratch.join("trial.wasm"));
        let done = trial.stdout(Stdio::null()).stderr(Stdio::null()).status();
        Ok(done.is_ok_and(|status| status.success()))
    }
}

/// Finds a compiler, or installs Debian's where this process may; else says what is missing.
pub(super) fn compiler(target: &Path) -> Result<Result<Compiler, String>> {
    let scratch = target.join("trial");
    for found in [CLANG, ZIG] {
        if found.works(&scratch)? {
            return Ok(Ok(found));
        }
    }
    if packages::can_install() {
        packages::install(&PACKAGES)?;
        packages::install(&[&runtime_package()?])?;
        if CLANG.works(&scratch)? {
            return Ok(Ok(CLANG));
        }
    }
    Ok(Err(format!(
        "the modules in C, for want of a C compiler for WASI\nhint: `sudo apt-get install {}` and \
         `libclang-rt-VERSION-dev-wasm32` of the same version as clang, or `pip install ziglang`",
        PACKAGES.join(" ")
    )))
}

/// Returns the package with what clang itself brings to a module; it is named after clang's version.
fn runtime_package() -> Result<String> {
    let version = output(program("clang", ".").arg("-dumpversion"))?;
    let major = version.trim().split('.').next().unwrap_or_default().to_owned();
    Ok(format!("libclang-rt-{major}-dev-wasm32"))
}

/// Builds every module in C into `folder`.
pub(super) fn build(compiler: &Compiler, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(root().join("plugins")).context("the folder of the plugins")? {
        let plugin = entry.context("the folder of the plugins")?.path();
        let Some(name) = plugin.file_name().and_then(|name| name.to_str()) else { continue };
        let source = plugin.join(format!("{name}.c"));
        if source.is_file() {
            let module = folder.join(format!("{name}.wasm"));
            run(compiler.command().arg(&source).arg("-o").arg(&module))?;
            modules.push(module);
        }
    }
    Ok(modules)
}
