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
use model::network::NetworkGrant;
use model::outcome::Stop;
use model::ports::Clock;
use model::quantity::ByteSize;
use model::workload::DirMode;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wasmtime::{Engine, Store};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{FsPerms, HostMonotonicClock, WasiCtxBuilder, WasiCtxView, WasiView};

use super::classify::{self, Ended, Fault};
use super::grants::OpenDir;
use super::limiter::Limiter;
use super::metered::metered;
use super::network::Network;
use super::pace::{self, Pace};
use super::poll::Now;
use super::program::Program;
use super::sink::{Output, Sink};

/// Fuel after which a guest gives way to others: a third of a millisecond of work, and how exact its count is.
const YIELD_FUEL: u64 = 1_000_000;
/// Open files, streams, sockets and waits that a guest may hold at one time. The files of the process must not run
/// out; a program of preview 1 needs one of these for each file, a component up to three.
pub(super) const RESOURCES_MAX: usize = 256;
/// Random bytes that a guest may ask for at once: they are made in the host, in some milliseconds for as many.
const RANDOM_BYTES_MAX: u64 = 1 << 20;
/// Bytes that one call may have the host copy out of a guest (the engine's own default is eight times as much): the
/// largest calls are a write of a large buffer, which the host takes in pieces of 64 KiB, and a long path.
pub(super) const CALL_BYTES_MAX: usize = 16 << 20;

/// What a guest is given; nothing else reaches it.
pub(super) struct Given {
    /// The arguments, beginning with the module's own name.
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, String)>,
    pub(super) stdin: String,
    pub(super) dirs: Vec<OpenDir>,
    /// What a component may connect to.
    pub(super) network: Vec<NetworkGrant>,
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
    wasi: WasiP1Ctx,
    pub(super) limiter: Limiter,
    pub(super) pace: Pace,
    network: Arc<Network>,
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
        output: &Output,
        memory: ByteSize,
        clock: Arc<dyn Clock>,
        engine: &Engine,
    ) -> wasmtime::Result<Self> {
        let network = Arc::new(Network::new(&given.network));
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
        network.hold(&mut wasi);
        let mut wasi = wasi.build_p1();
        wasi.ctx().table.set_max_capacity(RESOURCES_MAX);
        let (limiter, pace) = (Limiter::new(memory), Pace::new(engine));
        Ok(Self { wasi, limiter, pace, network, clock, born })
    }

    /// Returns what WASI keeps for the guest, for one call of it.
    pub(super) fn wasi(&mut self) -> &mut WasiP1Ctx {
        self.pace.call();
        &mut self.wasi
    }

    /// Returns the network as the guest may use it.
    pub(super) fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// Returns the guest's clocks.
    pub(super) fn now(&self) -> Now {
        let millis = u64::try_from(self.clock.now().as_millis()).unwrap_or(0);
        Now { realtime: millis.saturating_mul(1_000_000), monotonic: self.born.now() }
    }
}

impl WasiView for Guest {
    /// Asked for in each call of a component.
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi().ctx()
    }
}

/// Runs a guest until it ends, is stopped or its time is over. `None`: the sandbox shuts down and nobody will know.
pub(super) async fn execute(
    program: &Program,
    guest: Guest,
    bounds: Bounds,
    stop: watch::Receiver<Option<Stop>>,
    shutdown: &CancellationToken,
) -> Option<Ended> {
    let mut store = store(program, guest, bounds.fuel);
    let mut cpu = Duration::ZERO;
    let way = tokio::select! {
        // A guest that has ended has ended, even when its time was over a moment before.
        biased;
        done = AssertUnwindSafe(metered(program.call(&mut store), &mut cpu)).catch_unwind() => match done {
            Ok(result) => Way::Done(result),
            Err(_) => Way::Panicked,
        },
        why = stopped(stop) => Way::Stopped(why),
        () = tokio::time::sleep(bounds.timeout) => Way::Stopped(Stop::Timeout),
        () = shutdown.cancelled() => return None,
    };
    let fuel = bounds.fuel - store.get_fuel().unwrap_or(0).min(bounds.fuel);
    let Guest { limiter, network, .. } = store.data();
    let (end, stop, out_of_fuel) = match way {
        Way::Done(result) => classify::ended(result, limiter),
        Way::Stopped(why) => classify::stopped(why),
        Way::Panicked => classify::panicked(),
    };
    let (peak, refused) = (limiter.peak(), network.refused());
    Some(Ended { end, stop, out_of_fuel, out_of_memory: limiter.denied, fuel, peak, cpu, refused })
}

/// Returns a store in which a guest is held: by fuel and memory, and by giving way to others.
fn store(program: &Program, guest: Guest, fuel: u64) -> Store<Guest> {
    let mut store = Store::new(program.engine(), guest);
    store.limiter(|guest| &mut guest.limiter);
    store.set_hostcall_fuel(CALL_BYTES_MAX);
    let fueled = store.set_fuel(fuel).and_then(|()| store.fuel_async_yield_interval(Some(YIELD_FUEL)));
    fueled.expect("the engine counts fuel");
    pace::hold(&mut store);
    store
}

enum Way {
    Done(Result<i32, Fault>),
    Stopped(Stop),
    Panicked,
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
    pub(super) fn idle(engine: &Engine) -> Self {
        struct Stopped;
        impl Clock for Stopped {
            fn now(&self) -> model::time::Timestamp {
                model::time::Timestamp::from_millis(0)
            }
            fn boot_time(&self) -> model::time::BootTime {
                model::time::BootTime::from_millis(0)
            }
        }
        let given = Given {
            args: Vec::new(),
            env: Vec::new(),
            stdin: String::new(),
            dirs: Vec::new(),
            network: Vec::new(),
        };
        Self::new(&given, &Output::closed(), ByteSize::from_mib(1), Arc::new(Stopped), engine).unwrap()
    }
}
