//! Compiled modules: kept on disk and trusted only as they were written, made within bounds and never by this process.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::limits::Limits;
use model::outcome::Stage;
use model::ports::{Clock, Executor as _, LeaseTerms, Whose};
use model::quantity::ByteSize;
use model::run::RunStatus;
use model::time::{BootTime, Span, Timestamp};
use model::workload::Workload;
use sandbox::wasm::{CompileBounds, Options, WasmExecutor};

use super::support::{MachineClock, Sandbox, command};

const QUIET: &str = r#"(func (export "_start"))"#;

/// Runs a module in a new worker whose cache is `cache`, and returns the file that it was kept in.
async fn run_with(cache: &Path) -> PathBuf {
    let sandbox = Sandbox::hosted_with(|options| options.cache = Some(cache.to_owned()));
    assert_eq!(sandbox.run_text(&command(QUIET)).await.code(), 0);
    let folders = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.filter(|path| path.is_dir()).flat_map(|folder| fs::read_dir(folder).unwrap());
    let files: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Which file stands under a name: one that is written anew is another.
fn which(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[tokio::test]
async fn code_on_disk_is_found_by_the_next_worker_and_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let file = run_with(&cache).await;
    let first = which(&file);
    assert_eq!((mode(&cache), mode(&file), mode(&cache.join("key"))), (0o700, 0o600, 0o600));
    assert_eq!(which(&run_with(&cache).await), first, "nothing was compiled anew");
}

#[tokio::test]
async fn code_that_is_not_as_it_was_written_is_compiled_anew() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let file = run_with(&cache).await;
    let whole = fs::read(&file).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damages = [
        ("a bit in the middle", flipped(whole.len() / 2)),
        ("a bit of the sum", flipped(whole.len() - 1)),
        ("cut short", whole[..whole.len() / 2].to_vec()),
        ("no sum", whole[..whole.len() - 32].to_vec()),
        ("nothing at all", Vec::new()),
    ];
    for (what, bytes) in damages {
        fs::write(&file, bytes).unwrap();
        run_with(&cache).await;
        assert_eq!(fs::read(&file).unwrap().len(), whole.len(), "{what}");
        assert!(run_with(&cache).await.exists(), "{what}");
    }
    let good = which(&file);
    fs::write(cache.join("key"), [7; 32]).unwrap();
    run_with(&cache).await;
    assert_ne!(which(&file), good, "what another key vouches for is compiled anew");
    let good = which(&file);
    fs::set_permissions(cache.join("key"), fs::Permissions::from_mode(0o644)).unwrap();
    run_with(&cache).await;
    assert_ne!(which(&file), good, "a key that others can read vouches for nothing");
    // Another module's code under this one's name.
    let other = Sandbox::hosted_with(|options| options.cache = Some(cache.clone()));
    assert_eq!(
        other.run_text(&command(r#"(func (export "_start") (call $exit (i32.const 3)))"#)).await.code(),
        3
    );
    let folder = file.parent().unwrap();
    let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let stranger = names.iter().find(|path| **path != file).expect("two modules, two files");
    fs::copy(stranger, &file).unwrap();
    let again = Sandbox::hosted_with(|options| options.cache = Some(cache.clone()));
    assert_eq!(again.run_text(&command(QUIET)).await.code(), 0);
}

#[tokio::test]
async fn what_was_used_least_goes_when_the_disk_has_its_fill() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let size = fs::metadata(run_with(&cache).await).unwrap().len();
    let sandbox = Sandbox::hosted_with(|options| {
        options.cache = Some(cache.clone());
        options.cache_bytes_max = ByteSize::from_bytes(2 * size + size / 2);
    });
    for code in 1..6 {
        let text = format!(r#"(func (export "_start") (call $exit (i32.const {code})))"#);
        assert_eq!(sandbox.run_text(&command(&text)).await.code(), code);
    }
    let folders = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.filter(|path| path.is_dir()).flat_map(|folder| fs::read_dir(folder).unwrap());
    let all: u64 = files.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert!(all <= 2 * size + size / 2, "{all} bytes, of {size} each");
}

#[tokio::test]
async fn a_module_that_takes_too_long_or_too_much_to_compile_is_the_jobs_affair() {
    let short = CompileBounds {
        cpu_base: Duration::from_nanos(1),
        cpu_per_mib: Duration::from_nanos(1),
        wall_per_cpu: 1,
        ..CompileBounds::default()
    };
    let small =
        CompileBounds { memory_base: ByteSize::from_mib(1), memory_per_byte: 0, ..CompileBounds::default() };
    for (bounds, words) in [(short, "was not compiled within"), (small, "the compiler of the module")] {
        let sandbox = Sandbox::hosted_with(|options| options.compiling = bounds);
        let job = sandbox.job(&command(QUIET));
        let refused = sandbox.start(&job, &Limits::default()).await.err().unwrap();
        assert_eq!(refused.whose, Whose::Job, "{refused}");
        assert!(refused.message.contains(words), "{refused}");
        assert!(refused.message.contains("hint: a module of"), "{refused}");
    }
}

/// Caught when the code that is not there in time counts as a lease that had passed, or a wait that is given up takes
/// the compilation with it.
#[tokio::test]
async fn a_module_that_is_not_compiled_in_time_says_so_and_is_there_for_the_next_try() {
    let sandbox = Sandbox::new();
    let workload = Workload::Wasm(sandbox.job(&command(QUIET)));
    let door = sandbox.shelf.door.lock().await;
    let soon = MachineClock.boot_time() + Span::from_millis(500);
    let lease = LeaseTerms { not_after: soon, ..LeaseTerms::NONE };
    let refused = sandbox.executor.prepare(&workload, lease).await.err().unwrap();
    assert_eq!((refused.stage, refused.whose), (Stage::Module, Whose::Worker), "{refused}");
    assert!(refused.message.contains("still being compiled"), "{refused}");
    drop(door);
    sandbox.executor.prepare(&workload, LeaseTerms::NONE).await.unwrap();
    // What is prepared is started without asking for the module again.
    let _closed = sandbox.shelf.door.lock().await;
    let run = sandbox.next_run();
    let running = sandbox.executor.start(run, workload, Limits::default(), LeaseTerms::NONE).await.unwrap();
    assert_eq!(running.wait().await.status(&[0]), RunStatus::Succeeded);
}

/// Caught when everybody who needs a module compiles it, and when two modules are compiled at one time.
#[tokio::test]
async fn a_module_is_compiled_once_and_never_beside_another() {
    let sandbox = Sandbox::new();
    let job = |code: i32| {
        Workload::Wasm(
            sandbox.job(&command(&format!(r#"(func (export "_start") (call $exit (i32.const {code})))"#))),
        )
    };
    let (one, other) = (job(1), job(2));
    let door = sandbox.shelf.door.lock().await;
    let wanted = [&one, &one, &other, &one, &other];
    let mut all = Box::pin(futures::future::try_join_all(
        wanted.map(|workload| sandbox.executor.prepare(workload, LeaseTerms::NONE)),
    ));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut all).await;
    assert!(early.is_err(), "nobody got any bytes");
    assert_eq!(sandbox.shelf.asked.load(Ordering::Relaxed), 1, "one compiles, the others wait");
    drop(door);
    all.await.unwrap();
    assert_eq!(sandbox.shelf.asked.load(Ordering::Relaxed), 2, "two modules");
}

/// A module whose compilation takes seconds.
fn large() -> String {
    let steps =
        "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 31)) (i32.load (local.get 1))))".repeat(40);
    let functions = format!("(func (param i32 i32) (result i32) {steps} (local.get 0))").repeat(1_500);
    command(&format!(r#"{functions} (func (export "_start"))"#))
}

/// Goal: a run that waits in vain for its module costs no compilation. Method: nobody can fetch it a second time. Caught
/// when what was being compiled ends with who waited for it.
#[tokio::test]
async fn a_compilation_that_nobody_waits_for_any_more_goes_on() {
    let sandbox = Sandbox::new();
    let workload = Workload::Wasm(sandbox.job(&large()));
    let soon = MachineClock.boot_time() + Span::from_millis(100);
    let lease = LeaseTerms { not_after: soon, ..LeaseTerms::NONE };
    let refused = sandbox.executor.prepare(&workload, lease).await.err().unwrap();
    assert!(refused.message.contains("still being compiled"), "{refused}");
    assert_eq!(sandbox.shelf.asked.load(Ordering::Relaxed), 1, "it was being compiled");
    let _closed = sandbox.shelf.door.lock().await;
    let next = sandbox.executor.prepare(&workload, LeaseTerms::NONE);
    tokio::time::timeout(super::support::PATIENCE, next).await.expect("it is compiled").unwrap();
}

/// A clock by which a lease passes after so many looks at it.
struct Passing {
    looks: AtomicUsize,
}

impl Clock for Passing {
    fn now(&self) -> Timestamp {
        MachineClock.now()
    }

    fn boot_time(&self) -> BootTime {
        let left = self.looks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        BootTime::from_millis(if left.is_ok() { 1_000 } else { 2_000_000 })
    }
}

/// Goal: nothing starts after its lease, wherever on its way that passes. Method: a clock that passes it at the first look,
/// the second, and so on, until a run starts. Caught when one of the looks is left out that come after the module is there.
#[tokio::test]
async fn a_lease_that_passes_on_the_way_starts_nothing() {
    let maker = Sandbox::new();
    let job = maker.job(&command(QUIET));
    let mut refusals = Vec::new();
    for looks in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Passing { looks: looks.into() });
        let options = Options::new(folder.path().join("runs"));
        let executor = WasmExecutor::new(options, maker.shelf.clone(), clock).unwrap();
        let lease = LeaseTerms { not_after: BootTime::from_millis(1_000_000), ..LeaseTerms::NONE };
        let (run, workload) = (maker.next_run(), Workload::Wasm(job.clone()));
        match executor.start(run, workload, Limits::default(), lease).await {
            Ok(running) => {
                assert_eq!(running.wait().await.status(&[0]), RunStatus::Succeeded);
                break;
            }
            Err(refused) => refusals.push(refused),
        }
    }
    assert!(refusals.iter().all(|refused| refused.whose == Whose::Worker), "{refusals:?}");
    let told = |words: &str| refusals.iter().filter(|refused| refused.message.contains(words)).count();
    assert_eq!(
        told("before the run could start"),
        2,
        "first of all, and when the module is there: {refusals:?}"
    );
    assert!(told("before the module could start") >= 1, "on the thread that runs it: {refusals:?}");
}
