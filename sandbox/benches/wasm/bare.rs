//! The engine itself with the same module, in this process: the bound of what is possible (the configuration of our own
//! threads, and nothing of ours around the guest), and what one gets without a thought (a default engine).
//!
//! Each run is a store, an instance and a call; compiled and linked before.

use std::rc::Rc;

use model::testing::bench::Contestant;
use tokio::runtime::Runtime;
use wasmtime::component::{self, Component, ResourceTable};
use wasmtime::{Engine, InstancePre, Linker, Module, Store};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p2::bindings::sync::CommandPre as SyncCommandPre;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::{STDIN, Subject};

/// Output that a contestant keeps.
const OUTPUT_BYTES: usize = 64 << 10;

/// What a component's store holds.
struct Host {
    ctx: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.ctx, table: &mut self.table }
    }
}

/// The engine of our own threads: asynchronous, with fuel and epochs, which never end here.
pub(crate) fn same_engine(subject: &Subject, engine: &Engine) -> Contestant<'static> {
    let (name, engine) = ("bare, on the same engine", engine.clone());
    let runtime =
        Rc::new(tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"));
    let args = subject.arguments();
    if subject.component {
        let mut linker = component::Linker::<Host>::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("the functions of WASI");
        let loaded = Component::new(&engine, &subject.bytes).expect("the component compiles");
        let pre = CommandPre::new(linker.instantiate_pre(&loaded).expect("it links")).expect("a command");
        return Contestant::calls(name, move || {
            let mut store = unending(&engine, Host { ctx: wasi(&args).build(), table: ResourceTable::new() });
            runtime.block_on(async {
                let command = pre.instantiate_async(&mut store).await.expect("an instance");
                succeeded(command.wasi_cli_run().call_run(&mut store).await.map(|_| ()));
            });
        });
    }
    let module = Module::new(&engine, &subject.bytes).expect("the module compiles");
    if module.imports().len() == 0 {
        let pre = Linker::<()>::new(&engine).instantiate_pre(&module).expect("it imports nothing");
        return Contestant::calls(name, move || call(&runtime, &pre, unending(&engine, ())));
    }
    let mut linker = Linker::<WasiP1Ctx>::new(&engine);
    p1::add_to_linker_async(&mut linker, |wasi| wasi).expect("the functions of WASI");
    let pre = linker.instantiate_pre(&module).expect("the module links");
    Contestant::calls(name, move || call(&runtime, &pre, unending(&engine, wasi(&args).build_p1())))
}

fn call<T: Send + 'static>(runtime: &Runtime, pre: &InstancePre<T>, mut store: Store<T>) {
    runtime.block_on(async {
        let instance = pre.instantiate_async(&mut store).await.expect("an instance");
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start").expect("`_start`");
        succeeded(start.call_async(&mut store, ()).await);
    });
}

fn unending<T: 'static>(engine: &Engine, data: T) -> Store<T> {
    let mut store = Store::new(engine, data);
    store.set_fuel(u64::MAX).expect("the engine counts fuel");
    store.set_epoch_deadline(u64::MAX / 2);
    store
}

/// An engine with default settings.
pub(crate) fn default_engine(subject: &Subject) -> Contestant<'static> {
    let (name, engine) = ("a default engine, in this process", Engine::default());
    let args = subject.arguments();
    if subject.component {
        let mut linker = component::Linker::<Host>::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker).expect("the functions of WASI");
        let loaded = Component::new(&engine, &subject.bytes).expect("the component compiles");
        let pre = SyncCommandPre::new(linker.instantiate_pre(&loaded).expect("it links")).expect("a command");
        return Contestant::calls(name, move || {
            let mut store =
                Store::new(&engine, Host { ctx: wasi(&args).build(), table: ResourceTable::new() });
            let command = pre.instantiate(&mut store).expect("an instance");
            succeeded(command.wasi_cli_run().call_run(&mut store).map(|_| ()));
        });
    }
    let mut linker = Linker::<WasiP1Ctx>::new(&engine);
    p1::add_to_linker_sync(&mut linker, |wasi| wasi).expect("the functions of WASI");
    let module = Module::new(&engine, &subject.bytes).expect("the module compiles");
    let pre = linker.instantiate_pre(&module).expect("the module links");
    Contestant::calls(name, move || {
        let mut store = Store::new(&engine, wasi(&args).build_p1());
        let instance = pre.instantiate(&mut store).expect("an instance");
        let start = instance.get_typed_func::<(), ()>(&mut store, "_start").expect("`_start`");
        succeeded(start.call(&mut store, ()));
    })
}

fn wasi(args: &[String]) -> WasiCtxBuilder {
    let mut wasi = WasiCtxBuilder::new();
    wasi.arg("bench").args(args).stdin(MemoryInputPipe::new(STDIN)).allow_blocking_current_thread(true);
    wasi.stdout(MemoryOutputPipe::new(OUTPUT_BYTES));
    wasi
}

fn succeeded(result: wasmtime::Result<()>) {
    match result {
        Err(e) if e.downcast_ref::<I32Exit>().is_none_or(|exit| exit.0 != 0) => panic!("{e:#}"),
        _ => {}
    }
}
