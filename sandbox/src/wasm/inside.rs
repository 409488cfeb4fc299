//! One run as a host process makes it, without the way there and without a folder: for the bench alone, which sets it
//! against the bare engine.
//!
//! Flow: bench → **`Inside`** → `launch::Run::complete` → `guest`. Not here: what it is set against (`benches/wasm`).

use std::fs::File;
use std::sync::Arc;

use async_trait::async_trait;
use model::id::Digest;
use model::limits::Limits;
use model::outcome::{Outcome, Stop};
use model::ports::{Clock, RunRef, StartError};
use model::quantity::ByteSize;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wasmtime::Engine;

use super::code::Code;
use super::compiler::precompile;
use super::guest::{Bounds, Given, Guest, execute};
use super::launch::{Around, Asker, Run};
use super::program::{Linkers, Program};
use super::sealed::sealed;
use super::sink::Output;
use super::slots::Slots;
use super::{engine, thread, threads};
use crate::folder::SegmentWriter;

/// Runs at one time that the pool is made for; a thread of an ordinary worker has as many.
const SLOTS: usize = 16;

/// Orders that may be there at one time, of which one is run.
const ORDERS_MAX: usize = 100_000;

/// A module in a thread of a host, ready to be run again and again.
pub struct Inside {
    runtime: Runtime,
    program: Program,
    around: Around,
    run: RunRef,
    /// Beginning with the module's own name.
    args: Vec<String>,
    stdin: String,
    slots: Slots,
    limits: Limits,
    bounds: Bounds,
    /// Where all runs write to, one after the other.
    output: File,
    note: File,
}

/// One run that is to be done.
pub struct Ordered {
    run: Run,
    outcome: watch::Receiver<Option<Outcome>>,
    _stop: watch::Sender<Option<Stop>>,
}

/// Who hears how a run ended.
struct Heard(watch::Sender<Option<Outcome>>);

#[async_trait]
impl Asker for Heard {
    fn started(&mut self, _: Result<(), StartError>) -> bool {
        true
    }

    async fn ended(self: Box<Self>, outcome: Outcome) {
        self.0.send_replace(Some(outcome));
    }
}

impl Inside {
    /// Compiles and links a module as a host does.
    ///
    /// # Errors
    /// When it cannot be compiled, or this process has no room for a pool.
    pub fn new(
        module: &[u8],
        run: RunRef,
        (args, stdin): (Vec<String>, String),
        clock: Arc<dyn Clock>,
    ) -> wasmtime::Result<Self> {
        let memory_max = ByteSize::from_mib(64);
        let engine = engine::for_running(SLOTS, memory_max)?.engine;
        let code = precompile(&engine::for_compiling()?, module)?;
        let code = Code::of(Digest::of(module).to_string(), sealed("code", &code)?)?;
        let program = Linkers::new(&engine)?.link(&code.load(&engine)?)?;
        let limits = Limits::default();
        let bounds = threads::bounds(&limits, memory_max).map_err(wasmtime::Error::new)?;
        Ok(Self {
            runtime: thread::runtime(SLOTS)?,
            program,
            around: Around { clock, disk: Arc::default(), shutdown: CancellationToken::new() },
            run,
            args: std::iter::once("bench".to_owned()).chain(args).collect(),
            stdin,
            slots: Slots::new(1, ORDERS_MAX),
            limits,
            bounds,
            output: super::sealed::blank("output")?,
            note: super::sealed::blank("note")?,
        })
    }

    /// Returns the engine, for others to run on.
    pub fn engine(&self) -> &Engine {
        self.program.engine()
    }

    fn given(&self) -> Given {
        Given {
            args: self.args.clone(),
            env: super::grants::variables(&self.run, &model::workload::Env::default()),
            stdin: self.stdin.clone(),
            dirs: Vec::new(),
            network: Vec::new(),
        }
    }

    /// Runs the guest alone: nobody writes down what it prints or how it ends.
    ///
    /// # Panics
    /// When it does not come to an end.
    pub fn guest(&self) {
        let output = Output::closed();
        let (_stop, stopped) = watch::channel(None);
        let (memory, clock) = (self.bounds.memory, self.around.clock.clone());
        let guest =
            Guest::new(&self.given(), &output, memory, clock, self.engine()).expect("a guest is made");
        let whole = execute(&self.program, guest, self.bounds, stopped, &self.around.shutdown);
        let ended = self.runtime.block_on(whole).expect("nobody shuts down");
        assert!(matches!(ended.end, model::outcome::End::Exited { code: 0 }), "{:?}", ended.end);
    }

    /// Returns an order for one run, as a host's thread gets it: with what the guest is given and with open files.
    ///
    /// # Panics
    /// When no descriptor is left.
    pub fn order(&self) -> Ordered {
        let (ended, outcome) = watch::channel(None);
        let (stop, stopped) = watch::channel(None);
        let files = [&self.output, &self.note].map(|file| file.try_clone().expect("a descriptor is left"));
        let [output, note] = files;
        let clock = self.around.clock.clone();
        let run = Run {
            given: self.given(),
            bounds: self.bounds,
            writer: SegmentWriter::over(output, note, &self.run.id, self.limits.output, clock),
            stop: stopped,
            asker: Box::new(Heard(ended)),
            slot: self.slots.take().expect("there are as many as are ordered"),
        };
        Ordered { run, outcome, _stop: stop }
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it does not come to one.
    pub fn run(&self, order: Ordered) -> Outcome {
        let Ordered { run, outcome, _stop } = order;
        self.runtime.block_on(run.complete(self.program.clone(), self.around.clone()));
        outcome.borrow().clone().expect("the run ended")
    }
}
