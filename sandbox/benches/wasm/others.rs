//! What others do with the same module: a default engine in this process, `wasmtime run`, and a shell that does nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use model::testing::bench::Contestant;
use wasmtime::{Engine, Linker, Module, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};

use super::Subject;

/// Output that a contestant keeps.
const OUTPUT_BYTES: usize = 64 << 10;

/// An engine with default settings, its module compiled and linked before: a store, an instance and a call for each run.
pub(crate) fn default_engine(subject: &Subject) -> Contestant<'static> {
    let engine = Engine::default();
    let mut linker = Linker::<WasiP1Ctx>::new(&engine);
    p1::add_to_linker_sync(&mut linker, |wasi| wasi).expect("the functions of WASI");
    let module = Module::new(&engine, &subject.bytes).expect("the module compiles");
    let pre = linker.instantiate_pre(&module).expect("the module links");
    Contestant::calls("a default engine, in this process", move || {
        let mut wasi = WasiCtxBuilder::new();
        wasi.args(&["bench", "-"]).stdin(MemoryInputPipe::new("one line\n"));
        wasi.stdout(MemoryOutputPipe::new(OUTPUT_BYTES));
        let mut store = Store::new(&engine, wasi.build_p1());
        let instance = pre.instantiate(&mut store).expect("an instance");
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start").expect("`_start`");
        match start.call(&mut store, ()) {
            Err(e) if e.downcast_ref::<I32Exit>().is_none_or(|exit| exit.0 != 0) => panic!("{e:#}"),
            _ => {}
        }
    })
}

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
        let (program, file) = (program.clone(), subject.file.clone());
        Contestant::calls(name, move || {
            run(Command::new(&program).arg("run").args(&options).arg(&file).arg("-"));
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
