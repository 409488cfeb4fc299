//! Modules made at random, through the look at uploads and, where that takes them, through a run with little of
//! everything.
//!
//! Goal: no panic and no crash whatever is uploaded; whoever inspects and whoever runs agree; nothing piles up.
//! Method: a program of its own (`sandbox/fuzz`) makes each module from a number. A failure names the number, and
//! `cargo xtask fuzz wasm --seed NUMBER --modules 1` repeats it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::join_all;
use model::limits::Limits;
use model::outcome::{End, Outcome};
use model::ports::{Blobs as _, ModuleInspector as _, Whose};
use model::quantity::ByteSize;
use model::run_folder::RunFolder;
use model::time::{Span, Timestamp};
use sandbox::wasm::Inspector;

use super::support::{PATIENCE, Sandbox};

/// Modules of the test that runs among the others.
const MODULES: u64 = 300;
/// Modules that fill what is kept, before it is counted.
const FILLING: u64 = 1000;
/// Modules at one time.
const AT_ONCE: usize = 4;
/// What may be more after thousands of modules than after the first: caches fill, allocators keep.
const GROWTH_MAX: ByteSize = ByteSize::from_mib(48);
/// Descriptors that may be more: each module that is kept has one, and how many are kept depends on their size.
const DESCRIPTORS_MAX: usize = 64;
/// The most memory that a module here may begin with; above it the look at uploads refuses.
const MEMORY_MAX: ByteSize = ByteSize::from_mib(16);

#[tokio::test]
async fn hundreds_of_random_modules_are_refused_or_run_and_nothing_breaks() {
    let Some(maker) = maker() else { return };
    let told = feed(Made::start(&maker, 0, MODULES), None).await;
    assert!(told.of("run") >= MODULES / 8, "too few modules came to run: {told}");
    assert!(told.of("refused") >= MODULES / 8, "too few modules were refused: {told}");
}

/// What `cargo xtask fuzz wasm` runs: alone in its process, so that what it holds can be counted.
#[tokio::test]
#[ignore = "takes minutes: `cargo xtask fuzz wasm`"]
async fn thousands_of_random_modules_leave_nothing_behind() {
    let Some(maker) = maker() else { return };
    let (seed, modules) = (number("SEED").unwrap_or(0), number("MODULES").unwrap_or(10_000));
    let time = number("SECONDS").map(Duration::from_secs);
    println!("the first module has the number {seed}; `--seed NUMBER --modules 1` repeats one");
    println!("{}", feed(Made::start(&maker, seed, modules), time).await);
}

/// Returns the program that makes modules; `None`, announced, where nobody built it.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the program is")]
fn maker() -> Option<PathBuf> {
    let maker = std::env::var_os("SANDGLASS_TEST_MODULE_MAKER").map(PathBuf::from);
    if maker.is_none() {
        eprintln!("skipped: `cargo xtask test` builds the program that makes random modules");
    }
    maker
}

#[expect(clippy::disallowed_methods, reason = "the command that runs this says by the environment how much")]
fn number(name: &str) -> Option<u64> {
    std::env::var(format!("SANDGLASS_FUZZ_{name}")).ok()?.parse().ok()
}

/// Modules as they are made, each with its number.
struct Made {
    maker: Child,
    out: BufReader<ChildStdout>,
    count: u64,
}

impl Made {
    fn start(maker: &PathBuf, first: u64, count: u64) -> Self {
        let numbers = [first, count].map(|number| number.to_string());
        let mut maker = Command::new(maker).args(numbers).stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(maker.stdout.take().unwrap());
        Self { maker, out, count }
    }
}

impl Iterator for Made {
    type Item = (u64, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        let (mut number, mut length) = ([0; 8], [0; 4]);
        if self.out.read_exact(&mut number).is_err() {
            assert!(self.maker.wait().unwrap().success(), "the maker of modules failed");
            return None;
        }
        self.out.read_exact(&mut length).unwrap();
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        self.out.read_exact(&mut bytes).unwrap();
        Some((u64::from_le_bytes(number), bytes))
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // It may have more to tell than was asked for; nobody listens any more.
        let _ = self.maker.kill();
        let _ = self.maker.wait();
    }
}

/// What became of how many modules.
#[derive(Default)]
struct Told(BTreeMap<String, u64>);

impl Told {
    fn count(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    /// Returns how many came to an end that begins so.
    fn of(&self, beginning: &str) -> u64 {
        self.0.iter().filter(|(what, _)| what.starts_with(beginning)).map(|(_, count)| count).sum()
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(what, count)| writeln!(f, "{count:>8}  {what}"))
    }
}

/// Feeds all modules, or as many as there is time for. A long search also counts what is held.
async fn feed(mut made: Made, time: Option<Duration>) -> Told {
    let sandbox = Sandbox::hosted_with(|options| {
        (options.threads, options.slots, options.memory_max) = (2, AT_ONCE, MEMORY_MAX);
        (options.code_bytes_max, options.cache_bytes_max) = (ByteSize::from_kib(256), ByteSize::from_mib(16));
    });
    let (mut told, mut fed, mut before) = (Told::default(), 0, None);
    let (began, long) = (Instant::now(), made.count > FILLING);
    while time.is_none_or(|time| began.elapsed() < time) {
        let batch: Vec<_> = made.by_ref().take(AT_ONCE).collect();
        if batch.is_empty() {
            break;
        }
        fed += batch.len();
        let ended = join_all(batch.into_iter().map(|(number, bytes)| one(&sandbox, number, bytes))).await;
        ended.into_iter().for_each(|what| told.count(what));
        if long && fed % (FILLING as usize) < AT_ONCE {
            let held = Held::now();
            println!("{fed} modules in {} s, {held}", began.elapsed().as_secs());
            before.get_or_insert(held);
        }
    }
    if let Some(before) = before {
        Held::now().is_not_much_more_than(&before);
    }
    told
}

/// Uploads a module and, where it is taken, runs it; returns what became of it.
async fn one(sandbox: &Sandbox, number: u64, bytes: Vec<u8>) -> String {
    let inspected = std::panic::catch_unwind(|| Inspector::new(MEMORY_MAX).inspect(&bytes));
    match inspected.unwrap_or_else(|_| panic!("the look at module {number} panicked")) {
        Err(refused) => {
            assert!(!refused.message.is_empty(), "module {number} is refused without a reason");
            format!("refused: {}", refused.code)
        }
        Ok(report) => {
            assert!(report.memory_min <= MEMORY_MAX, "module {number} begins with {}", report.memory_min);
            run(sandbox, number, bytes).await
        }
    }
}

async fn run(sandbox: &Sandbox, number: u64, bytes: Vec<u8>) -> String {
    let job = sandbox.job_of(bytes);
    let limits = Limits {
        timeout: Span::from_millis(2_000),
        memory: Some(ByteSize::from_mib(4)),
        fuel: Some(2_000_000),
        output: ByteSize::from_kib(16),
        ..Limits::default()
    };
    let told = match sandbox.start(&job, &limits).await {
        Err(refused) => {
            let words = format!("module {number} passed as an upload: {refused}");
            assert_eq!(refused.whose, Whose::Job, "{words}");
            format!("run: not started at {}", refused.stage)
        }
        Ok(started) => {
            let ended = tokio::time::timeout(PATIENCE, started.running.wait()).await;
            let outcome = ended.unwrap_or_else(|_| panic!("module {number} does not end"));
            fs::remove_dir_all(RunFolder::new(&sandbox.runs(), &started.run.id).path()).unwrap();
            format!("run: {}", told(number, &outcome))
        }
    };
    sandbox.shelf.remove(&job.module, Timestamp::from_millis(0)).await.unwrap();
    told
}

/// Returns how a run ended; an end that is not the module's own doing is a fault of ours.
fn told(number: u64, outcome: &Outcome) -> &'static str {
    match &outcome.end {
        End::Exited { code: 0 } => "exited with 0",
        End::Exited { .. } => "exited with another code",
        End::Trapped { .. } if outcome.stop.is_some() => "stopped at its timeout",
        End::Trapped { .. } if outcome.out_of_fuel => "out of fuel",
        End::Trapped { .. } if outcome.out_of_memory => "out of memory",
        End::Trapped { .. } => "trapped",
        end => panic!("module {number} ended as {end:?}"),
    }
}

/// What this process and its children hold.
struct Held {
    descriptors: usize,
    resident: ByteSize,
}

impl Held {
    fn now() -> Self {
        let own = std::process::id();
        let mut held = Self { descriptors: 0, resident: ByteSize::from_bytes(0) };
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(status) = fs::read_to_string(process.path().join("status")) else { continue };
            let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let is = |name: &str| field(name).is_some_and(|id| id == own.to_string());
            if is("Pid:") || is("PPid:") {
                held.descriptors += fs::read_dir(process.path().join("fd")).map_or(0, Iterator::count);
                let kib = field("VmRSS:").and_then(|size| size.split(' ').next()?.parse().ok()).unwrap_or(0);
                held.resident = ByteSize::from_bytes(held.resident.as_bytes() + kib * 1024);
            }
        }
        held
    }
}

impl Held {
    fn is_not_much_more_than(&self, before: &Self) {
        println!("held after the first {FILLING}: {before}; at the end: {self}");
        assert!(self.descriptors <= before.descriptors + DESCRIPTORS_MAX, "descriptors pile up");
        let grown = self.resident.as_bytes().saturating_sub(before.resident.as_bytes());
        assert!(grown <= GROWTH_MAX.as_bytes(), "memory piles up: {grown} bytes more");
    }
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} descriptors, {} resident", self.descriptors, self.resident)
    }
}
