//! The component of the tests, built from source by the Rust that builds the tests.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use model::limits::Limits;
use model::workload::Wasm;

use super::support::{Ended, Sandbox};

const TARGET: &str = "wasm32-wasip2";

/// Builds the component once and returns its bytes; `None`, announced, where this Rust cannot build for WASI.
pub(crate) fn bytes() -> Option<&'static [u8]> {
    static BUILT: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    BUILT.get_or_init(build).as_deref()
}

fn build() -> Option<Vec<u8>> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    let sysroot = String::from_utf8(sysroot).unwrap();
    if !Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).is_dir() {
        eprintln!("skipped: this Rust cannot build for {TARGET} (`rustup target add {TARGET}`)");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let built = folder.path().join("probe.wasm");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wasm/guests/probe.rs");
    let status = Command::new("rustc")
        .args(["--edition", "2024", "--target", TARGET, "-O", "-C", "strip=debuginfo", source, "-o"])
        .arg(&built)
        .status()
        .unwrap();
    assert!(status.success(), "the probe builds");
    Some(std::fs::read(built).unwrap())
}

/// Returns a job in which the component does what `arguments` say.
pub(crate) fn probe(sandbox: &Sandbox, arguments: &[&str]) -> Option<Wasm> {
    let mut job = sandbox.job_of(bytes()?.to_vec());
    job.args = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Some(job)
}

/// Runs the component to its end and returns it with what it printed.
pub(crate) async fn probed(sandbox: &Sandbox, job: &Wasm) -> (Ended, String) {
    let ended = sandbox.run(job, &Limits::default()).await;
    let text = String::from_utf8_lossy(&ended.stdout).trim_end().to_owned();
    (ended, text)
}
