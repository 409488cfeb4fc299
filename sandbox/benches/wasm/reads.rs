//! A guest that reads a file in thousands of small pieces: on its own thread, as ours does it, and with each call handed to
//! another one, as the engine does it unless it is told otherwise.

use std::fs;
use std::path::Path;

use model::limits::Limits;
use model::outcome::End;
use model::testing::bench::{Bench, Contestant};
use model::workload::DirMode;
use tokio::runtime::Runtime;
use wasmtime::{Config, Engine, Linker, Module, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::support::{Sandbox, grant};

/// Turns: what hands its calls over takes long.
const ROUNDS: usize = 30;
/// Opens a file and goes to its beginning and reads 4 KiB, two thousand times; traps when anything fails.
const READS: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 64) "file")
    (func $must (param i32) (if (local.get 0) (then unreachable)))
    (func (export "_start") (local $n i32)
        (call $must (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 0)
            (i64.const 6) (i64.const 0) (i32.const 0) (i32.const 48)))
        (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
        (loop $more
            (call $must (call $seek (i32.load (i32.const 48)) (i64.const 0) (i32.const 0) (i32.const 32)))
            (call $must (call $read (i32.load (i32.const 48)) (i32.const 0) (i32.const 1) (i32.const 8)))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $more (i32.lt_u (local.get $n) (i32.const 2000))))))"#;

/// How many times as long as another.
pub(crate) struct Reads {
    /// Ours, from the call of the executor to the outcome on disk, against the bare engine on its own thread.
    pub(crate) ours: f64,
    /// Each call on another thread, against ours.
    pub(crate) elsewhere: f64,
}

/// Measures all three in turns.
pub(crate) fn small(bench: &mut Bench) -> Reads {
    let place = tempfile::tempdir().expect("a folder for the file");
    fs::write(place.path().join("file"), [7; 4096]).expect("the folder takes a file");
    bench.rounds(ROUNDS);
    let contestants = vec![
        bare("bare, on the guest's own thread", place.path(), true),
        ours(place.path()),
        bare("bare, each call on another thread", place.path(), false),
    ];
    let measured = bench.group("2,000 small reads of a file", contestants);
    Reads { ours: measured[1].p10 / measured[0].p10, elsewhere: measured[2].p10 / measured[1].p10 }
}

fn ours(place: &Path) -> Contestant<'static> {
    let sandbox = Sandbox::with(|options| options.roots = vec![place.to_owned()]);
    let mut job = sandbox.job(READS);
    job.dirs = vec![grant(place, "/data", DirMode::Ro)];
    let runtime = Runtime::new().expect("a runtime");
    Contestant::calls("sandglass, guests in this process", move || {
        let ended = runtime.block_on(sandbox.run(&job, &Limits::default()));
        assert_eq!(ended.outcome.end, End::Exited { code: 0 });
    })
}

fn bare(name: &'static str, place: &Path, on_its_thread: bool) -> Contestant<'static> {
    let engine = Engine::new(&Config::new()).expect("an engine");
    let module =
        Module::new(&engine, wat::parse_str(READS).expect("the text is a module")).expect("it compiles");
    let mut linker = Linker::<WasiP1Ctx>::new(&engine);
    p1::add_to_linker_async(&mut linker, |wasi| wasi).expect("the functions of WASI");
    let pre = linker.instantiate_pre(&module).expect("the module links");
    let (place, runtime) = (place.to_owned(), Runtime::new().expect("a runtime"));
    Contestant::calls(name, move || {
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_blocking_current_thread(on_its_thread);
        wasi.preopened_dir(&place, "/data", FsPerms::ReadOnly).expect("the folder is there");
        let mut store = Store::new(&engine, wasi.build_p1());
        runtime.block_on(async {
            let instance = pre.instantiate_async(&mut store).await.expect("an instance");
            let start = instance.get_typed_func::<(), ()>(&mut store, "_start").expect("`_start`");
            start.call_async(&mut store, ()).await.expect("it reads to its end");
        });
    })
}
