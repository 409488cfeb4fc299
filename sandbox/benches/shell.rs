//! What a shell run costs, against the same command without a sandbox and in those of others; how fast a fork bomb
//! dies; what a flood of output costs.
//!
//! A run here is all that the executor does: folder, group, limits, account, child, end, outcome on disk. The folder
//! stands in memory for the ratio, since no contestant writes to a disk, and once on the disk of the temporary folder.
//! Needs root and control groups to mean what it says; `bwrap` and `runc` are left out where they are not installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use model::id::{Fence, JobUid, RunId};
use model::limits::Limits;
use model::outcome::{End, Stop};
use model::ports::{Clock, Executor as _, LeaseTerms, RunRef};
use model::quantity::ByteSize;
use model::run_folder::RunFolder;
use model::testing::bench::{Bench, Contestant};
use model::time::{BootTime, Span, Timestamp};
use model::workload::{Env, HiddenText, Leftovers, Shell, Workload};
use nix::time::{ClockId, clock_gettime};
use sandbox::InnerCommand;
use sandbox::shell::{Bare, Options, OwnTmp, ShellExecutor, ShellPolicy};
use tokio::runtime::Runtime;

/// What all run: it does nothing, so that only the way to it counts.
const COMMAND: &str = "/bin/true";
/// A folder in memory.
const MEMORY: &str = "/dev/shm";
const GIB: usize = 1 << 30;
/// How many times faster than `runc run` a run is to be.
const RUNC_MIN: f64 = 20.0;
/// Turns of each contestant, and of those that wait before each turn.
const ROUNDS: usize = 200;
const ROUNDS_AFTER_QUIET: usize = 60;
/// Long enough for the kernel to forget that a process changed its group: the next change waits for every processor
/// to have passed through the scheduler.
const QUIET: Duration = Duration::from_millis(50);

fn main() {
    let mut bench = Bench::start("shell");
    let mut figures = Vec::new();
    let in_memory = Ours::new(Path::new(MEMORY), "sandglass, folder in memory", OwnTmp::Never);
    let on_disk = Ours::new(&std::env::temp_dir(), "sandglass, folder on disk, synced", OwnTmp::Never);
    let isolated = Ours::new(Path::new(MEMORY), "sandglass, its own /tmp and /dev/shm", OwnTmp::WithoutUser);
    let adoptable = Ours::with(
        Path::new(MEMORY),
        "sandglass, adoptable, folder in memory",
        OwnTmp::Never,
        Some(supervisor()),
    );
    let others = Others::find();
    let bare = in_memory.executor.bare().expect("a group of the bench's own");

    let ours = vec![
        floor(1),
        bare_join(&bare),
        in_memory.contestant(1),
        on_disk.contestant(1),
        isolated.contestant(1),
        adoptable.contestant(1),
    ];
    let contestants = [ours, others.contestants(1)];
    let alone = bench.group("one at a time", contestants.concat_all());
    let ratio = alone[2].p10 / alone[0].p10;
    figures.push((
        "bare join against posix_spawn (p10): the kernel's",
        alone[1].p10 / alone[0].p10,
        "×",
        None,
    ));
    figures.push(("run against posix_spawn, one at a time (p10)", ratio, "×", Some(1.1)));
    let places = alone[4].p10 / alone[0].p10;
    figures.push(("run with its own /tmp and /dev/shm against posix_spawn (p10)", places, "×", None));
    let outliving = bench.group("that outlives its worker", vec![floor(1), adoptable.contestant(1)]);
    let adoption = outliving[1].p10 / outliving[0].p10;
    figures.push(("adoptable run against posix_spawn (p10)", adoption, "×", Some(1.8)));
    let mut against_runc = Vec::new();
    if let Some(runc) = others.runc.as_ref().and_then(|_| alone.last()) {
        against_runc.push(("`runc run` against a run (p10)", runc.p10 / alone[2].p10));
        against_runc.push(("`runc run` against an adoptable run (p10)", runc.p10 / alone[5].p10));
    }
    bench.rounds(ROUNDS_AFTER_QUIET);
    let ours = [bare_join(&bare), in_memory.contestant(1), adoptable.contestant(1)];
    let cold = [floor(1)].into_iter().chain(ours).map(after_quiet).collect();
    let cold = bench.group("after 50 ms of quiet, as a schedule has it", cold);
    figures.push(("bare join after quiet (median)", cold[1].median / cold[0].median, "×", None));
    figures.push(("run after quiet (median)", cold[2].median / cold[0].median, "×", None));
    figures.push(("adoptable run after quiet (median)", cold[3].median / cold[0].median, "×", None));
    bench.rounds(ROUNDS);
    let ours = vec![floor(2), in_memory.contestant(2), on_disk.contestant(2), adoptable.contestant(2)];
    let two = bench.group("two at a time", [ours, others.contestants(2)].concat_all());
    figures.push(("run against posix_spawn, two at a time (p10)", two[1].p10 / two[0].p10, "×", Some(1.1)));
    let adoption_of_two = two[3].p10 / two[0].p10;
    figures.push(("adoptable run, two at a time (p10)", adoption_of_two, "×", Some(1.8)));

    let touched = touch(if bench.is_quick() { GIB / 16 } else { GIB });
    let ours = vec![floor(1), in_memory.contestant(1), adoptable.contestant(1)];
    let heavy = bench.group("with 1 GiB of memory in use", [ours, others.contestants(1)].concat_all());
    drop(touched);
    let growth = (heavy[1].p10 / heavy[0].p10) / ratio;
    figures.push(("what 1 GiB in use adds to a run's ratio", growth, "×", Some(1.1)));
    // Beside the same others: what they leave in the machine's caches counts on both sides.
    let growth = (heavy[2].p10 / heavy[0].p10) / (alone[5].p10 / alone[0].p10);
    figures.push(("what 1 GiB in use adds to an adoptable run's", growth, "×", Some(1.1)));

    let bytes = if bench.is_quick() { 50_000_000 } else { 2_000_000_000 };
    let flood = in_memory.flood(bytes);
    figures.push(("2 GB of output: taken per second", flood.megabytes_per_second, "MB", None));
    figures.push(("2 GB of output: memory at its peak", flood.growth_mib, "MiB more", Some(8.0)));
    match in_memory.bomb(400) {
        Some(took) => {
            figures.push(("a fork bomb of 400: dead after", took.as_secs_f64() * 1e3, "ms", Some(100.0)));
        }
        None => println!("left out: a fork bomb needs `perl` and a pids limit that this host holds"),
    }
    println!();
    for (name, value, unit, limit) in figures {
        bench.figure(name, value, unit, limit);
    }
    for (name, value) in against_runc {
        bench.figure_at_least(name, value, "×", RUNC_MIN);
    }
    bench.finish();
}

/// Puts lists of contestants together.
trait ConcatAll<'a> {
    fn concat_all(self) -> Vec<Contestant<'a>>;
}

impl<'a, const N: usize> ConcatAll<'a> for [Vec<Contestant<'a>>; N] {
    fn concat_all(self) -> Vec<Contestant<'a>> {
        self.into_iter().flatten().collect()
    }
}

/// The standard library without anything that needs a fork: `posix_spawn` and a wait.
fn floor<'a>(at_once: u64) -> Contestant<'a> {
    Contestant::timed("posix_spawn", move |calls| {
        at_once_for(at_once, calls, |_| {
            let began = Instant::now();
            program(COMMAND, &[]);
            began.elapsed()
        })
    })
}

/// What the kernel takes of every run: clone, joins, exec, by the code that a run uses and nothing around it.
fn bare_join(bare: &Bare) -> Contestant<'_> {
    Contestant::calls("bare join: clone, groups, exec", || bare.run().expect("it starts"))
}

/// The same, each call after a pause that is not counted.
fn after_quiet(mut contestant: Contestant<'_>) -> Contestant<'_> {
    Contestant::timed(contestant.name().to_owned(), move |calls| {
        (0..calls)
            .map(|_| {
                thread::sleep(QUIET);
                contestant.take(1)
            })
            .sum()
    })
}

fn program(name: &str, arguments: &[&str]) {
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().expect("the contestant starts");
    assert!(status.success(), "`{name}` ended with {status}");
}

/// Calls `one` so many times on so many threads, and returns how long a call took of the time of all.
fn at_once_for(at_once: u64, calls: u64, one: impl Fn(u64) -> Duration + Sync) -> Duration {
    let each = calls.div_ceil(at_once);
    let took: Duration = thread::scope(|scope| {
        let one = &one;
        let threads: Vec<_> =
            (0..at_once).map(|_| scope.spawn(move || (0..each).map(one).sum::<Duration>())).collect();
        threads.into_iter().map(|thread| thread.join().expect("a spawner ends")).sum()
    });
    // As if there had been just `calls` of them, one after the other.
    took.mul_f64(calls as f64 / (each * at_once) as f64)
}

/// Takes memory and writes to each page of it.
fn touch(bytes: usize) -> Vec<u8> {
    let mut memory = vec![0; bytes];
    memory.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
    memory
}

/// The machine's own clocks.
struct Clocks;

fn millis(clock: ClockId) -> i64 {
    let time = clock_gettime(clock).expect("the machine has this clock");
    time.tv_sec() * 1_000 + time.tv_nsec() / 1_000_000
}

impl Clock for Clocks {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(millis(ClockId::CLOCK_REALTIME))
    }

    fn boot_time(&self) -> BootTime {
        BootTime::from_millis(millis(ClockId::CLOCK_BOOTTIME).unsigned_abs())
    }
}

/// A supervisor that is nothing else.
fn supervisor() -> InnerCommand {
    InnerCommand { program: env!("CARGO_BIN_EXE_shell-supervisor").into(), arguments: Vec::new() }
}

/// Our executor with a folder of its own.
struct Ours {
    name: &'static str,
    runtime: Runtime,
    executor: ShellExecutor,
    runs: PathBuf,
    _folder: tempfile::TempDir,
}

struct Flood {
    megabytes_per_second: f64,
    growth_mib: f64,
}

impl Ours {
    fn new(place: &Path, name: &'static str, own_tmp: OwnTmp) -> Self {
        Self::with(place, name, own_tmp, None)
    }

    fn with(place: &Path, name: &'static str, own_tmp: OwnTmp, supervisor: Option<InnerCommand>) -> Self {
        let folder = tempfile::tempdir_in(place).expect("a folder for the runs");
        let runs = folder.path().join("runs");
        let policy = ShellPolicy { own_tmp, ..ShellPolicy::default() };
        let options = Options { policy, supervisor, ..Options::new(runs.clone()) };
        let executor = ShellExecutor::new(options, Arc::new(Clocks)).expect("an executor");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        Self { name, runtime, executor, runs, _folder: folder }
    }

    fn contestant(&self, at_once: u64) -> Contestant<'_> {
        let limits = self.limits();
        Contestant::timed(self.name, move |calls| {
            at_once_for(at_once, calls, |_| {
                let began = Instant::now();
                let run = self.run(shell(&[COMMAND], ""), limits.clone());
                let took = began.elapsed();
                // The worker's, and not on the way.
                let _ = fs::remove_dir_all(RunFolder::new(&self.runs, &run).path());
                took
            })
        })
    }

    /// Limits that a job names, where this host holds them.
    fn limits(&self) -> Limits {
        let held = self.executor.enforceable().limits;
        let holds = |name: &str| held.iter().any(|limit| limit.held && limit.limit.to_string() == name);
        Limits {
            memory: holds("memory").then(|| ByteSize::from_mib(256)),
            pids: holds("pids").then_some(64),
            ..Limits::default()
        }
    }

    fn run(&self, shell: Shell, limits: Limits) -> RunId {
        let run = run_ref();
        let id = run.id.clone();
        self.runtime.block_on(async {
            let started = self.executor.start(run, Workload::Shell(shell), limits, LeaseTerms::NONE).await;
            let outcome = started.expect("the run starts").wait().await;
            assert_eq!(outcome.end, End::Exited { code: 0 }, "{}", outcome.in_words());
        });
        id
    }

    fn flood(&self, bytes: u64) -> Flood {
        // Makes the kernel begin its count of the peak anew.
        fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
        let before = peak_kib();
        let began = Instant::now();
        self.run(shell(&["/bin/sh"], &format!("yes | head -c {bytes}")), Limits::default());
        let took = began.elapsed();
        Flood {
            megabytes_per_second: bytes as f64 / 1e6 / took.as_secs_f64(),
            growth_mib: peak_kib().saturating_sub(before) as f64 / 1024.0,
        }
    }

    /// Returns how long it takes from the wish to the last of so many processes.
    fn bomb(&self, size: u32) -> Option<Duration> {
        let limits = Limits {
            pids: self.limits().pids.map(|_| size),
            timeout: Span::from_seconds(60),
            grace: Span::from_millis(0),
            ..Limits::default()
        };
        limits.pids.filter(|_| Path::new("/usr/bin/perl").exists())?;
        let text = "$| = 1; $SIG{TERM} = 'IGNORE';\
            while (1) { defined(fork) or print('full') && select(undef, undef, undef, 0.05) }";
        let run = run_ref();
        let output = RunFolder::new(&self.runs, &run.id).output();
        let bomb = Workload::Shell(shell(&["/usr/bin/perl"], text));
        self.runtime.block_on(async {
            let running = self.executor.start(run, bomb, limits, LeaseTerms::NONE).await.expect("it starts");
            while fs::metadata(&output).map_or(0, |file| file.len()) == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let asked = Instant::now();
            running.stop(Stop::Killed).await;
            running.wait().await;
            Some(asked.elapsed())
        })
    }
}

fn run_ref() -> RunRef {
    RunRef {
        id: RunId::for_request(&JobUid::random(), "bench", 1, None),
        job: "bench".parse().expect("a name"),
        attempt: 1,
        scheduled_at: Timestamp::from_seconds(0),
        fence: Fence(1),
        worker: "bench".parse().expect("a worker's id"),
        timezone: "UTC".to_owned(),
    }
}

fn shell(interpreter: &[&str], script: &str) -> Shell {
    Shell {
        script: script.to_owned(),
        interpreter: interpreter.iter().map(|word| (*word).to_owned()).collect(),
        user: None,
        cwd: None,
        env: Env::default(),
        stdin: HiddenText::default(),
        privilege_gain: false,
        leftovers: Leftovers::Kill,
    }
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the kernel tells of this process");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("the peak is told");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// What others offer for the same, as far as this host has it.
struct Others {
    has_bwrap: bool,
    runc: Option<Bundle>,
}

struct Bundle {
    folder: tempfile::TempDir,
    /// No two containers have the same name at one time.
    runs: AtomicU64,
}

impl Others {
    fn find() -> Self {
        Self { has_bwrap: is_installed("bwrap"), runc: Bundle::make() }
    }

    /// `runc` comes last.
    fn contestants(&self, at_once: u64) -> Vec<Contestant<'_>> {
        let mut found = vec![other("timeout 10", at_once, || program("timeout", &["10", COMMAND]))];
        if self.has_bwrap {
            found.push(other("bwrap", at_once, || program("bwrap", &["--ro-bind", "/", "/", COMMAND])));
        }
        if let Some(bundle) = &self.runc {
            found.push(other("runc run", at_once, || bundle.run()));
        }
        found
    }
}

/// Measures what another does, so many times at once.
fn other<'a>(name: &'static str, at_once: u64, run: impl Fn() + Sync + 'a) -> Contestant<'a> {
    Contestant::timed(name, move |calls| {
        at_once_for(at_once, calls, |_| {
            let began = Instant::now();
            run();
            began.elapsed()
        })
    })
}

impl Bundle {
    /// Makes a bundle that runs `true` of busybox with a memory and a pids limit.
    #[expect(
        clippy::disallowed_methods,
        reason = "the command that runs this says by the environment where it is"
    )]
    fn make() -> Option<Self> {
        if !is_installed("runc") {
            return None;
        }
        let busybox = std::env::var_os("SANDGLASS_BENCH_BUSYBOX")
            .map_or_else(|| "/usr/bin/busybox".into(), PathBuf::from);
        if !busybox.exists() {
            println!("left out: `runc`, which needs a program without libraries (package `busybox-static`)");
            return None;
        }
        let folder = tempfile::tempdir_in(MEMORY).expect("a folder for the bundle");
        let bin = folder.path().join("rootfs/bin");
        fs::create_dir_all(&bin).expect("the bundle's folder");
        fs::copy(busybox, bin.join("true")).expect("busybox is copied");
        let at = folder.path().to_string_lossy().into_owned();
        program("runc", &["spec", "--bundle", &at]);
        let file = folder.path().join("config.json");
        let text = fs::read(&file).expect("the bundle's configuration");
        let mut config: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        config["process"]["terminal"] = false.into();
        config["process"]["args"] = vec!["/bin/true"].into();
        config["linux"]["resources"]["memory"]["limit"] = (256 << 20).into();
        config["linux"]["resources"]["pids"]["limit"] = 64.into();
        fs::write(&file, config.to_string()).expect("the bundle's configuration");
        Some(Self { folder, runs: AtomicU64::new(0) })
    }

    fn run(&self) {
        let at = self.folder.path().to_string_lossy();
        let state = self.folder.path().join("state");
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let name = format!("sandglass-bench-{}-{run}", std::process::id());
        program("runc", &["--root", &state.to_string_lossy(), "run", "--bundle", &at, &name]);
    }
}

fn is_installed(name: &str) -> bool {
    let found = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let installed = found.is_ok_and(|status| status.success());
    if !installed {
        println!("left out: `{name}`, which is not installed");
    }
    installed
}
