//! What holds a module, measured: how late a timeout is, what fuel costs, what compiling costs against loading.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use model::limits::Limits;
use model::outcome::{End, Stop};
use model::testing::bench::{Bench, Contestant};
use model::time::Span;
use wasmtime::{Config, Engine, Instance, InstanceAllocationStrategy, Linker, Module, Store};

use super::TRIVIAL;
use super::ours::Ours;
use super::support::{Sandbox, command};

/// When a guest is stopped.
const TIMEOUT: Duration = Duration::from_millis(50);

const SPIN: &str = r#"(func (export "_start") (loop $l (br $l)))"#;
/// Fills 64 MiB again and again, each time by one instruction.
const FILL: &str = r#"(func (export "_start")
    (drop (memory.grow (i32.const 1023)))
    (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 67108864)) (br $l)))"#;
/// Waits an hour: one subscription to the monotonic clock.
const SLEEP: &str = r#"(data (i32.const 16) "\01") (func (export "_start")
    (i64.store (i32.const 24) (i64.const 3600000000000))
    (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))"#;
/// Calls: Fibonacci by two calls of itself.
const FIB: &str = r#"(module (func $fib (export "run") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0)) (else
        (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
            (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#;
/// Loops over memory: the primes below a number, by their multiples.
const SIEVE: &str = r#"(module (memory 32) (func (export "run") (param $n i32) (result i32)
    (local $i i32) (local $j i32) (local $primes i32)
    (memory.fill (i32.const 0) (i32.const 0) (local.get $n))
    (local.set $i (i32.const 2))
    (loop $next
        (if (i32.eqz (i32.load8_u (local.get $i))) (then
            (local.set $primes (i32.add (local.get $primes) (i32.const 1)))
            (local.set $j (i32.shl (local.get $i) (i32.const 1)))
            (block $done (loop $mark
                (br_if $done (i32.ge_u (local.get $j) (local.get $n)))
                (i32.store8 (local.get $j) (i32.const 1))
                (local.set $j (i32.add (local.get $j) (local.get $i)))
                (br $mark)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $primes)))"#;

/// How late guests were stopped.
#[derive(Clone, Copy)]
pub(crate) struct Late {
    pub(crate) median_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Runs guests that never end by themselves, each with a timeout; from the wish to run it to its end on disk.
pub(crate) fn overshoot(ours: &Ours, times: usize) -> Vec<(&'static str, Late)> {
    let timeout = Span::from_millis(u64::try_from(TIMEOUT.as_millis()).expect("some milliseconds"));
    let limits = Limits { timeout, fuel: Some(u64::MAX), ..Limits::default() };
    [("a spin", SPIN), ("a sleep", SLEEP), ("a fill of 64 MiB", FILL)]
        .map(|(name, text)| {
            let job = ours.job(&command(text));
            let mut late: Vec<f64> = (0..times)
                .map(|_| {
                    let began = Instant::now();
                    let (outcome, cleared) = ours.run(&job, &limits);
                    assert!(matches!(outcome.end, End::Trapped { .. }), "{}", outcome.in_words());
                    assert_eq!(outcome.stop, Some(Stop::Timeout));
                    (began.elapsed() - cleared - TIMEOUT).as_secs_f64() * 1e3
                })
                .collect();
            late.sort_by(f64::total_cmp);
            (name, Late { median_ms: late[times / 2], p99_ms: late[times * 99 / 100] })
        })
        .to_vec()
}

/// Returns how long a plain program of this machine takes, in milliseconds, to fill as much memory that nobody had
/// before: what a fill in a guest cannot be faster than, and how late its stop may come.
pub(crate) fn plain_fill_ms(times: usize) -> f64 {
    let mut took: Vec<f64> = (0..times)
        .map(|_| {
            let mut fresh = vec![0_u8; 64 << 20];
            let began = Instant::now();
            std::hint::black_box(&mut fresh).fill(7);
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[times / 2]
}

/// Returns what fuel and epochs cost a run that does nothing.
pub(crate) fn penalty_of_a_run(bench: &mut Bench) -> f64 {
    let contestants =
        [("a run without limits", false), ("a run with fuel and epochs", true)].map(|(name, held)| {
            let mut config = Config::new();
            config.consume_fuel(held).epoch_interruption(held);
            config.allocation_strategy(InstanceAllocationStrategy::pooling());
            let engine = Engine::new(&config).expect("an engine");
            let bytes = wat::parse_str(TRIVIAL).expect("the text is a module");
            let module = Module::new(&engine, bytes).expect("the module compiles");
            let pre = Linker::<()>::new(&engine).instantiate_pre(&module).expect("it imports nothing");
            Contestant::calls(name, move || {
                let mut store = Store::new(&engine, ());
                if held {
                    store.set_fuel(u64::MAX).expect("the engine counts fuel");
                    store.set_epoch_deadline(1);
                }
                let instance = pre.instantiate(&mut store).expect("an instance");
                let start = instance.get_typed_func::<(), ()>(&mut store, "_start").expect("`_start`");
                start.call(&mut store, ()).expect("it ends");
            })
        });
    let measured = bench.group("limits of a run that does nothing", contestants.into());
    measured[1].p10 / measured[0].p10
}

/// Returns what fuel and epochs cost code that calls and code that loops, and what they may cost at most.
pub(crate) fn penalty(bench: &mut Bench) -> Vec<(&'static str, f64, Option<f64>)> {
    let subjects = [("calls (Fibonacci)", FIB, 20, Some(2.2)), ("loops (sieve)", SIEVE, 200_000, None)];
    let mut penalties = Vec::new();
    for (name, text, argument, limit) in subjects {
        let contestants = vec![
            computing("without limits", text, argument, false),
            computing("with fuel and epochs", text, argument, true),
        ];
        let measured = bench.group(name, contestants);
        penalties.push((name, measured[1].p10 / measured[0].p10, limit));
    }
    penalties
}

fn computing(name: &'static str, text: &str, argument: i32, held: bool) -> Contestant<'static> {
    let engine = Engine::new(Config::new().consume_fuel(held).epoch_interruption(held)).expect("an engine");
    let bytes = wat::parse_str(text).expect("the text is a module");
    let module = Module::new(&engine, bytes).expect("the module compiles");
    let mut store = Store::new(&engine, ());
    let refuel = move |store: &mut Store<()>| {
        if held {
            store.set_fuel(u64::MAX).expect("the engine counts fuel");
            store.set_epoch_deadline(1);
        }
    };
    refuel(&mut store);
    let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("`run`");
    Contestant::calls(name, move || {
        refuel(&mut store);
        run.call(&mut store, argument).expect("it computes")
    })
}

/// What the first run of a module takes.
pub(crate) struct Cold {
    pub(crate) compiled_ms: f64,
    pub(crate) loaded_ms: f64,
}

/// Runs a whole interpreter with nothing kept, then with its code on disk and nothing in memory.
#[expect(
    clippy::disallowed_methods,
    reason = "benches are told by the environment where fetched modules are"
)]
pub(crate) fn cold() -> Option<Cold> {
    let python = std::env::var_os("SANDGLASS_TEST_PROGRAMS").map(PathBuf::from)?.join("python.wasm");
    let bytes = fs::read(python).ok()?;
    let cache = tempfile::tempdir().expect("a folder for code");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let first = || {
        let sandbox = Sandbox::hosted_with(|options| options.cache = Some(cache.path().join("cache")));
        let mut job = sandbox.job_of(bytes.clone());
        job.args = vec!["-V".into()];
        let began = Instant::now();
        let ended = runtime.block_on(sandbox.run(&job, &Limits::default()));
        assert_eq!(ended.code(), 0);
        began.elapsed().as_secs_f64() * 1e3
    };
    Some(Cold { compiled_ms: first(), loaded_ms: first() })
}

/// Returns the memory, in KiB, that each of so many guests takes that are all there at one time and sleep.
pub(crate) fn alive(guests: usize) -> f64 {
    let sandbox = Sandbox::hosted_with(|options| options.slots = guests);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let job = sandbox.job(&command(SLEEP));
    let limits = Limits { timeout: Span::from_seconds(3600), ..Limits::default() };
    runtime.block_on(async {
        let mut alive = vec![sandbox.start(&job, &limits).await.expect("the first run starts")];
        let before = resident_kib(&sandbox);
        while alive.len() < guests {
            alive.push(sandbox.start(&job, &limits).await.expect("the run starts"));
        }
        let each = (resident_kib(&sandbox) - before) / (guests - 1) as f64;
        for run in alive {
            run.running.stop(Stop::Killed).await;
            run.running.wait().await;
        }
        each
    })
}

/// Returns what the processes for guests hold in memory.
fn resident_kib(sandbox: &Sandbox) -> f64 {
    let of = |pid: u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is there");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its size is told");
        line.trim().split(' ').next().and_then(|kib| kib.parse::<f64>().ok()).expect("a number")
    };
    sandbox.executor.host_pids().into_iter().map(of).sum()
}
