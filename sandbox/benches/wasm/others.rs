//! What other processes do with the same module: `wasmtime run`; and a shell that does nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use model::testing::bench::Contestant;

use super::Subject;

/// A shell that does nothing.
pub(crate) fn shell() -> Contestant<'static> {
    Contestant::calls("sh -c true", || run(Command::new("sh").args(["-c", "true"])))
}

/// `wasmtime run` with its cache on and off, where it was installed.
#[expect(
    clippy::disallowed_methods,
    reason = "the command that runs this says by the environment where it is"
)]
pub(crate) fn wasmtime(subject: &Subject, scratch: &Path) -> Vec<Contestant<'static>> {
    let Some(program) = std::env::var_os("SANDGLASS_BENCH_WASMTIME").map(PathBuf::from) else {
        println!("left out: `wasmtime run`, which `cargo xtask bench wasm --with-wasmtime-cli` installs");
        return Vec::new();
    };
    let config = scratch.join("cache.toml");
    let text = format!("[cache]\ndirectory = {:?}\n", scratch.join("wasmtime-cache"));
    fs::write(&config, text).expect("the folder of the bench takes a file");
    let on = ["-C".into(), "cache".into(), "-C".into(), format!("cache-config={}", config.display())];
    let off = ["-C".into(), "cache=n".into()];
    let contestant = |name, options: Vec<String>| {
        let (program, file, args) = (program.clone(), subject.file.clone(), subject.arguments());
        Contestant::calls(name, move || {
            run(Command::new(&program).arg("run").args(&options).arg(&file).args(&args));
        })
    };
    vec![
        contestant("wasmtime run, cache on", on.to_vec()),
        contestant("wasmtime run, cache off", off.to_vec()),
    ]
}

fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().expect("the contestant starts");
    assert!(status.success(), "a contestant ended with {status}");
}
