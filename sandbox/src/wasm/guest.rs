//! One guest: its store, what it was given, and its run from instantiation to its end or its stop.
//!
//! Instantiation runs the module's start section, so it stands under the same fuel and the same clock as the call.
//! A guest has no signals: to stop it is to drop its future, at once and wherever it stands. `limits.grace` has
//! nothing to wait for.
//!
//! Flow: `thread` → **`execute`** → `classify`.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use model::chunk::Stream;
use model::outcome::Stop;
use model::ports::Clock;
use model::quantity::ByteSize;
use model::workload::DirMode;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use wasmtime::{InstancePre, Store};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{FsPerms, HostMonotonicClock, WasiCtxBuilder, WasiView as _};

use super::classify::{self, Ended, Fault};
use super::grants::OpenDir;
use super::limiter::Limiter;
use super::poll::Now;
use super::sink::{Piece, Sink};

/// Fuel after which a guest gives way to others: a third of a millisecond of work, and how exact its count is.
const YIELD_FUEL: u64 = 1_000_000;
/// Streams and open files that a guest may hold. A worker's own files must not run out.
const RESOURCES_MAX: usize = 128;
/// Random bytes that a guest may ask for at once.
const RANDOM_BYTES_MAX: u64 = 1 << 20;

/// What a guest is given; nothing else reaches it.
pub(super) struct Given {
    /// The arguments, beginning with the module's own name.
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, String)>,
    pub(super) stdin: String,
    pub(super) dirs: Vec<OpenDir>,
}

/// What a guest may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) timeout: Duration,
    pub(super) memory: ByteSize,
    pub(super) fuel: u64,
}

/// What the host keeps for one guest.
pub(super) struct Guest {
    pub(super) wasi: WasiP1Ctx,
    pub(super) limiter: Limiter,
    clock: Arc<dyn Clock>,
    born: Born,
}

/// The monotonic clock of a guest starts with it.
#[derive(Clone, Copy)]
struct Born(Instant);

impl HostMonotonicClock for Born {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Guest {
    /// Returns a guest that has exactly what it is given.
    ///
    /// # Errors
    /// When a granted directory cannot be opened once more.
    pub(super) fn new(
        given: &Given,
        output: &mpsc::Sender<Piece>,
        memory: ByteSize,
        clock: Arc<dyn Clock>,
    ) -> wasmtime::Result<Self> {
        let born = Born(Instant::now());
        let mut wasi = WasiCtxBuilder::new();
        wasi.args(&given.args)
            .envs(&given.env)
            .stdin(MemoryInputPipe::new(given.stdin.clone()))
            .stdout(Sink::new(Stream::Stdout, output.clone()))
            .stderr(Sink::new(Stream::Stderr, output.clone()))
            .monotonic_clock(born)
            .max_random_size(RANDOM_BYTES_MAX)
            // File calls on the guest's own thread: 54 times faster than handing each to another one.
            .allow_blocking_current_thread(true);
        for dir in &given.dirs {
            let perms = match dir.mode {
                DirMode::Ro => FsPerms::ReadOnly,
                DirMode::Rw => FsPerms::ReadWrite,
            };
            wasi.preopened_dir(dir.path(), &dir.guest, perms)?;
        }
        let mut wasi = wasi.build_p1();
        wasi.ctx().table.set_max_capacity(RESOURCES_MAX);
        Ok(Self { wasi, limiter: Limiter::new(memory), clock, born })
    }

    /// Returns the guest's clocks.
    pub(super) fn now(&self) -> Now {
        let millis = u64::try_from(self.clock.now().as_millis()).unwrap_or(0);
        Now { realtime: millis.saturating_mul(1_000_000), monotonic: self.born.now() }
    }
}

/// Runs a guest until it ends, is stopped or its time is over. `None`: the sandbox shuts down and nobody will know.
pub(super) async fn execute(
    pre: &InstancePre<Guest>,
    guest: Guest,
    bounds: Bounds,
    stop: watch::Receiver<Option<Stop>>,
    shutdown: &CancellationToken,
) -> Option<Ended> {
    let mut store = Store::new(pre.module().engine(), guest);
    store.limiter(|guest| &mut guest.limiter);
    let fueled = store.set_fuel(bounds.fuel).and_then(|()| store.fuel_async_yield_interval(Some(YIELD_FUEL)));
    fueled.expect("the engine counts fuel");
    let way = tokio::select! {
        // A guest that has ended has ended, even when its time was over a moment before.
        biased;
        done = AssertUnwindSafe(call(pre, &mut store)).catch_unwind() => match done {
            Ok(result) => Way::Done(result),
            Err(_) => Way::Panicked,
        },
        why = stopped(stop) => Way::Stopped(why),
        () = tokio::time::sleep(bounds.timeout) => Way::Stopped(Stop::Timeout),
        () = shutdown.cancelled() => return None,
    };
    let fuel = bounds.fuel - store.get_fuel().unwrap_or(0).min(bounds.fuel);
    let limiter = &store.data().limiter;
    let (end, stop, out_of_fuel) = match way {
        Way::Done(result) => classify::ended(result, limiter),
        Way::Stopped(why) => classify::stopped(why),
        Way::Panicked => classify::panicked(),
    };
    let peak = limiter.peak();
    Some(Ended { end, stop, out_of_fuel, out_of_memory: limiter.denied, fuel, peak })
}

enum Way {
    Done(Result<(), Fault>),
    Stopped(Stop),
    Panicked,
}

async fn call(pre: &InstancePre<Guest>, store: &mut Store<Guest>) -> Result<(), Fault> {
    let instance = pre.instantiate_async(&mut *store).await.map_err(Fault::Instantiate)?;
    let start = instance.get_typed_func::<(), ()>(&mut *store, "_start").map_err(Fault::Instantiate)?;
    start.call_async(&mut *store, ()).await.map_err(Fault::Call)
}

/// Waits until somebody gives a reason to stop; for ever when nobody can any more.
async fn stopped(mut stop: watch::Receiver<Option<Stop>>) -> Stop {
    let why = match stop.wait_for(Option::is_some).await {
        Ok(why) => *why,
        Err(_) => None,
    };
    match why {
        Some(why) => why,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
impl Guest {
    /// Returns a guest that is given nothing.
    pub(super) fn idle() -> Self {
        struct Stopped;
        impl Clock for Stopped {
            fn now(&self) -> model::time::Timestamp {
                model::time::Timestamp::from_millis(0)
            }
            fn boot_time(&self) -> model::time::BootTime {
                model::time::BootTime::from_millis(0)
            }
        }
        let given = Given { args: Vec::new(), env: Vec::new(), stdin: String::new(), dirs: Vec::new() };
        let (output, _) = super::sink::queue();
        Self::new(&given, &output, ByteSize::from_mib(1), Arc::new(Stopped)).unwrap()
    }
}
