//! A thread that runs guests: its own runtime, engine, pool and linked modules, shared with no other thread.
//!
//! Guests of one thread take turns: one that computes gives way after each stretch of fuel, one that sleeps or
//! prints waits as a future. The disk is waited for by blocking threads; little output is written at once (`sink`).
//!
//! Flow: `executor` → queue → **`Thread`** (load, link, last look at the deadline) → `guest` → `exit.json`.

use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use model::id::Digest;
use model::outcome::Stage;
use model::ports::{Clock, StartError};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wasmtime::Engine;

use super::code::Code;
use super::engine;
use super::launch::{Around, Launch};
use super::lookup::LOOKUPS_MAX;
use super::lru::Lru;
use super::program::{Linkers, Program};

/// A thread that runs guests. Dropped, it stops them and ends.
pub(super) struct Thread {
    launches: Option<mpsc::Sender<Launch>>,
    joined: Option<JoinHandle<()>>,
    /// Why its engine has no pool, when it has none.
    pub(super) unpooled: Option<String>,
}

impl Thread {
    /// Starts the thread `number`.
    pub(super) fn start(
        number: usize,
        options: &super::Options,
        clock: Arc<dyn Clock>,
    ) -> wasmtime::Result<Self> {
        let slots = options.slots_per_thread();
        let engine::Running { engine, unpooled } = engine::for_running(slots, options.memory_max)?;
        let linkers = Linkers::new(&engine)?;
        let linked = Linked { engine, linkers, kept: Lru::new(options.code_bytes_max.as_bytes()) };
        let (launches, queue) = mpsc::channel(slots);
        let runtime = runtime(slots)?;
        let joined = Builder::new()
            .name(format!("wasm-{number}"))
            .spawn(move || runtime.block_on(serve(queue, linked, clock)))?;
        Ok(Self { launches: Some(launches), joined: Some(joined), unpooled })
    }

    /// Hands a run to the thread; gives it back when the thread is gone.
    pub(super) async fn launch(&self, launch: Launch) -> Result<(), Box<Launch>> {
        match &self.launches {
            Some(launches) => launches.send(launch).await.map_err(|gone| Box::new(gone.0)),
            None => Err(Box::new(launch)),
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.launches = None;
        if let Some(joined) = self.joined.take()
            && joined.join().is_err()
        {
            tracing::error!("a thread of the module sandbox panicked");
        }
    }
}

/// Returns the runtime of a thread that runs so many guests at one time.
pub(super) fn runtime(slots: usize) -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        // For the sockets of components.
        .enable_io()
        // Timers are looked at after each turn of a guest: with the default of 61 a timeout beside guests that
        // compute would come that many turns late.
        .event_interval(1)
        .max_blocking_threads(2 * slots + LOOKUPS_MAX + 1)
        .build()
}

/// Runs what comes until nobody can send any more.
async fn serve(mut queue: mpsc::Receiver<Launch>, mut linked: Linked, clock: Arc<dyn Clock>) {
    let around = Around { clock, disk: Arc::default(), shutdown: CancellationToken::new() };
    let mut runs = JoinSet::new();
    loop {
        tokio::select! {
            launch = queue.recv() => match launch {
                Some(launch) => begin(launch, &mut linked, &around, &mut runs),
                None => break,
            },
            Some(done) = runs.join_next() => report(done),
        }
    }
    around.shutdown.cancel();
    while let Some(done) = runs.join_next().await {
        report(done);
    }
}

/// Makes the last checks, says whether the run starts, and starts it.
fn begin(launch: Launch, linked: &mut Linked, around: &Around, runs: &mut JoinSet<()>) {
    let ready = linked
        .get(&launch.digest, &launch.code)
        .and_then(|program| program.fits(launch.bounds.memory, &launch.run.given.network).map(|()| program))
        .and_then(|program| in_time(&launch, &*around.clock).map(|()| program));
    match ready {
        Ok(program) => {
            if let Some(run) = launch.accept() {
                runs.spawn(run.complete(program, around.clone()));
            }
        }
        Err(error) => launch.refuse(error),
    }
}

fn in_time(launch: &Launch, clock: &dyn Clock) -> Result<(), StartError> {
    if clock.boot_time() > launch.not_after {
        return Err(StartError::worker(Stage::Claim, "the lease had passed before the module could start"));
    }
    Ok(())
}

fn report(done: Result<(), tokio::task::JoinError>) {
    if let Err(e) = done {
        tracing::error!("a run of the module sandbox panicked: {e}");
    }
}

/// Modules that are loaded into this thread's engine and linked.
struct Linked {
    engine: Engine,
    linkers: Linkers,
    kept: Lru<Digest, Program>,
}

impl Linked {
    fn get(&mut self, digest: &Digest, code: &Code) -> Result<Program, StartError> {
        if let Some(program) = self.kept.get(digest) {
            return Ok(program);
        }
        let cannot = |e| StartError::job(Stage::Module, format!("the module cannot be loaded: {e:#}"));
        let loaded = code.load(&self.engine).map_err(cannot)?;
        let program = self.linkers.link(&loaded).map_err(cannot)?;
        self.kept.put(digest.clone(), program.clone(), code.weight());
        Ok(program)
    }
}
