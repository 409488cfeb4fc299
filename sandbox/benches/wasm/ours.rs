//! Our executor, as a worker calls it.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use model::limits::Limits;
use model::outcome::{End, Outcome};
use model::ports::RunRef;
use model::run_folder::RunFolder;
use model::testing::bench::Contestant;
use model::workload::{HiddenText, Wasm};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use sandbox::wasm::{Inside, Ordered};
use tokio::runtime::Runtime;

use super::support::{MachineClock, Sandbox};
use super::{STDIN, Subject};

/// Threads that run guests; the bench asks for two runs at one time at most.
const THREADS: usize = 2;

/// One run in a host process, as its thread makes it: without the way there and the folder.
pub(crate) fn inside(subject: &Subject, run: RunRef) -> Arc<Inside> {
    let given = (subject.arguments(), STDIN.to_owned());
    Arc::new(Inside::new(&subject.bytes, run, given, Arc::new(MachineClock)).expect("the module is linked"))
}

/// Returns the guest's own part of it.
pub(crate) fn guest(inside: &Inside) -> Contestant<'_> {
    Contestant::calls("sandglass, the guest alone", || inside.guest())
}

/// Returns a contestant of so many at one time, each on a thread of its own that lasts, as in a host: a new thread for
/// each turn would cost as much as many runs.
pub(crate) fn insides(inside: &[Arc<Inside>]) -> Contestant<'_> {
    let (first, others) = inside.split_first().expect("one at least");
    let helpers: Vec<_> = others.iter().map(Helper::start).collect();
    allow_files();
    Contestant::timed("sandglass, inside the host", move |calls| {
        let each = calls.div_ceil(inside.len() as u64);
        let line = Arc::new(StartLine::default());
        for helper in &helpers {
            helper.orders.send((each, line.clone())).expect("a helper waits");
        }
        let orders = orders(first, each);
        while line.waiting.load(Ordering::Acquire) < helpers.len() {
            std::hint::spin_loop();
        }
        let began = Instant::now();
        line.open.store(true, Ordering::Release);
        let own = turn(first, orders);
        let ended = helpers.iter().map(|helper| helper.ended.recv().expect("a helper ends its turn"));
        let took = ended.fold(own, Instant::max) - began;
        took.mul_f64(calls as f64 / (each * inside.len() as u64) as f64)
    })
}

/// Returns the orders of a turn: whoever makes them is no part of what is measured.
fn orders(inside: &Inside, number: u64) -> Vec<Ordered> {
    (0..number).map(|_| inside.order()).collect()
}

/// Runs all and returns when they had ended.
fn turn(inside: &Inside, orders: Vec<Ordered>) -> Instant {
    orders.into_iter().for_each(|order| ended_well(&inside.run(order)));
    Instant::now()
}

/// Each order of a turn has two open files.
fn allow_files() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("Linux has this limit");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("up to what is allowed");
}

/// Where those of one turn wait for each other.
#[derive(Default)]
struct StartLine {
    waiting: AtomicUsize,
    open: AtomicBool,
}

/// A thread for one of those that run at one time; it ends with its contestant.
struct Helper {
    orders: mpsc::Sender<(u64, Arc<StartLine>)>,
    ended: mpsc::Receiver<Instant>,
}

impl Helper {
    fn start(inside: &Arc<Inside>) -> Self {
        let (ask, heard) = mpsc::channel::<(u64, Arc<StartLine>)>();
        let (tell, ended) = mpsc::channel();
        let inside = inside.clone();
        thread::spawn(move || {
            while let Ok((times, line)) = heard.recv() {
                let orders = orders(&inside, times);
                line.waiting.fetch_add(1, Ordering::Release);
                while !line.open.load(Ordering::Acquire) {
                    std::hint::spin_loop();
                }
                if tell.send(turn(&inside, orders)).is_err() {
                    return;
                }
            }
        });
        Self { orders: ask, ended }
    }
}

fn ended_well(outcome: &Outcome) {
    assert_eq!(outcome.end, End::Exited { code: 0 }, "{}", outcome.in_words());
}

/// Our executor with a runtime of its own.
pub(crate) struct Ours {
    name: &'static str,
    runtime: Runtime,
    sandbox: Sandbox,
}

impl Ours {
    /// Guests in a process of their own, as a worker has them.
    pub(crate) fn hosted(name: &'static str) -> Self {
        let sandbox = Sandbox::hosted_with(|options| options.threads = THREADS);
        Self { name, runtime: runtime(), sandbox }
    }

    /// Guests in this process.
    pub(crate) fn here(name: &'static str) -> Self {
        let sandbox = Sandbox::with(|options| options.threads = THREADS);
        Self { name, runtime: runtime(), sandbox }
    }

    /// Returns a contestant of so many runs at one time.
    pub(crate) fn contestant(&self, subject: &Subject, at_once: u64) -> Contestant<'_> {
        let mut job = self.sandbox.job_of(subject.bytes.clone());
        job.args = subject.arguments();
        job.stdin = HiddenText(STDIN.into());
        Contestant::timed(self.name, move |calls| {
            let each = calls.div_ceil(at_once);
            let began = Instant::now();
            // What is cleared away after a run is not on its way.
            let cleared: Duration = thread::scope(|scope| {
                let turn = || (0..each).map(|_| self.once(&job)).sum::<Duration>();
                let threads: Vec<_> = (0..at_once).map(|_| scope.spawn(turn)).collect();
                threads.into_iter().map(|thread| thread.join().expect("a caller ends")).sum()
            });
            let took = began.elapsed().saturating_sub(cleared / u32::try_from(at_once).unwrap_or(1));
            took.mul_f64(calls as f64 / (each * at_once) as f64)
        })
    }

    /// Runs a job, and returns how long it took to clear its folder away.
    fn once(&self, job: &Wasm) -> Duration {
        let (outcome, cleared) = self.run(job, &Limits::default());
        ended_well(&outcome);
        cleared
    }

    /// Runs a job to its end.
    pub(crate) fn run(&self, job: &Wasm, limits: &Limits) -> (Outcome, Duration) {
        let (started, outcome) = self.runtime.block_on(async {
            let started = self.sandbox.start(job, limits).await.expect("the run starts");
            let outcome = started.running.wait().await;
            (started, outcome)
        });
        let began = Instant::now();
        let _ = fs::remove_dir_all(RunFolder::new(&self.sandbox.runs(), &started.run.id).path());
        (outcome, began.elapsed())
    }

    /// Returns what a run knows of itself.
    pub(crate) fn a_run(&self) -> RunRef {
        self.sandbox.next_run()
    }

    /// Returns a job for a module written as text.
    pub(crate) fn job(&self, text: &str) -> Wasm {
        self.sandbox.job(text)
    }
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(THREADS).enable_all().build().expect("a runtime")
}
