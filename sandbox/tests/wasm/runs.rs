//! Runs beside and after each other: nothing is shared, nothing is left, all is on disk.

use std::sync::Arc;

use model::limits::Limits;
use model::outcome::{End, LostWhy, Stage, Stop};
use model::ports::{Executor as _, LeaseTerms, Whose};
use model::run_folder::{RunFolder, RunSpec};
use model::time::BootTime;
use model::workload::{DirMode, Kind, Workload};
use sandbox::wasm::{Options, WasmExecutor};

use super::support::{MachineClock, Sandbox, command, grant, timeout};

const QUIET: &str = r#"(func (export "_start"))"#;
const SPIN: &str = r#"(func (export "_start") (loop $l (br $l)))"#;

/// Looks for what an earlier run may have left in memory, table and globals (exit 1 to 3), then leaves it there.
const CANARY: &str = r#"
    (global $g (mut i64) (i64.const 0)) (table $t 1000 funcref) (elem declare func $start)
    (func $start (export "_start") (local $at i32)
        (if (i32.eq (memory.grow (i32.const 20)) (i32.const -1)) (then (call $exit (i32.const 9))))
        (loop $l
            (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (call $exit (i32.const 1))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $l (i32.lt_u (local.get $at) (i32.const 1376256))))
        (if (i32.eqz (ref.is_null (table.get $t (i32.const 7)))) (then (call $exit (i32.const 2))))
        (if (i64.ne (global.get $g) (i64.const 0)) (then (call $exit (i32.const 3))))
        (memory.fill (i32.const 0) (i32.const 0xCA) (i32.const 1376256))
        (table.fill $t (i32.const 0) (ref.func $start) (i32.const 1000))
        (global.set $g (i64.const 7)))"#;

#[tokio::test]
async fn a_run_sees_nothing_of_the_run_before() {
    // One slot: each run has the pages of the one before it.
    let sandbox = Sandbox::with(|options| options.slots = 1);
    let job = sandbox.job(&command(CANARY));
    for _ in 0..20 {
        assert_eq!(sandbox.run(&job, &Limits::default()).await.code(), 0);
    }
}

/// Prints all its variables.
const PRINT_VARIABLES: &str = r#"(func (export "_start")
    (drop (call $sizes (i32.const 0) (i32.const 20)))
    (drop (call $get (i32.const 100) (i32.const 5000)))
    (i32.store (i32.const 16) (i32.const 5000))
    (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8))))"#;

#[tokio::test]
async fn variables_input_and_directories_of_the_run_before_are_gone() {
    let place = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::with(|options| {
        options.slots = 1;
        options.roots = vec![place.path().to_owned()];
    });
    let imports = r#"(import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
        (memory"#;
    let print = sandbox.job(&command(PRINT_VARIABLES).replace("(memory", imports));
    let mut before = print.clone();
    before.env.0.insert("SECRET".into(), "canary".into());
    before.dirs = vec![grant(place.path(), "/data", DirMode::Rw)];
    let ended = sandbox.run(&before, &Limits::default()).await;
    assert!(String::from_utf8_lossy(&ended.stdout).contains("SECRET=canary"));
    let ended = sandbox.run(&print, &Limits::default()).await;
    assert!(!String::from_utf8_lossy(&ended.stdout).contains("canary"));
    // What the run before had as its first directory, and a file that it left open in it.
    let open = r#"(data (i32.const 100) "new") (func (export "_start") (call $exit (call $path_open (i32.const 3)
        (i32.const 0) (i32.const 100) (i32.const 3) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0)
        (i32.const 0))))"#;
    let mut job = sandbox.job(&command(open));
    job.dirs.clone_from(&before.dirs);
    assert_eq!(sandbox.run(&job, &Limits::default()).await.code(), 0);
    job.dirs.clear();
    assert_eq!(sandbox.run(&job, &Limits::default()).await.code(), 8, "a bad descriptor");
}

#[tokio::test]
async fn two_hundred_runs_on_two_threads_each_end_with_their_own_output() {
    let sandbox = Arc::new(Sandbox::with(|options| (options.threads, options.slots) = (2, 8)));
    let job = sandbox.job(include_str!("../../../cli/demo/hello.wat"));
    let mut ended = 0;
    while ended < 200 {
        let mut batch = Vec::new();
        for _ in 0..8 {
            batch.push(sandbox.start(&job, &Limits::default()).await.unwrap());
        }
        for started in batch {
            let id = started.run.id.clone();
            let run = sandbox.end(started).await;
            assert_eq!(run.code(), 0);
            assert!(String::from_utf8(run.stdout).unwrap().contains(id.as_str()));
            ended += 1;
        }
    }
}

#[tokio::test]
async fn beyond_its_slots_a_run_is_the_workers_to_repeat() {
    let sandbox = Sandbox::with(|options| options.slots = 2);
    let job = sandbox.job(&command(SPIN));
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    let first = sandbox.start(&job, &limits).await.unwrap();
    let second = sandbox.start(&job, &limits).await.unwrap();
    let refused = sandbox.start(&job, &limits).await.err().unwrap();
    assert_eq!(refused.whose, Whose::Worker, "{refused}");
    for started in [first, second] {
        started.running.stop(Stop::HandedOver).await;
        sandbox.end(started).await;
    }
    assert_eq!(sandbox.run_text(&command(QUIET)).await.code(), 0);
}

#[tokio::test]
async fn a_module_that_is_not_there_or_cannot_run_is_told_at_the_start() {
    let sandbox = Sandbox::new();
    let mut missing = sandbox.job(&command(QUIET));
    missing.module = model::id::Digest::of(b"never uploaded");
    let stranger = sandbox
        .job(r#"(module (import "env" "f" (func)) (memory (export "memory") 1) (func (export "_start")))"#);
    let mistyped = sandbox.job(
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64)))
            (memory (export "memory") 1) (func (export "_start")))"#,
    );
    let native = sandbox.job_of(b"\x7fELF\x02\x01\x01\x00".to_vec());
    let table = [
        (missing, "there is no module"),
        (stranger, "`env::f`"),
        (mistyped, "proc_exit"),
        (native, "native"),
    ];
    for (job, words) in table {
        let refused = sandbox.start(&job, &Limits::default()).await.err().unwrap();
        assert_eq!((refused.stage, refused.whose), (Stage::Module, Whose::Job), "{refused}");
        assert!(refused.message.contains(words), "{refused}");
    }
    let damaged = sandbox.job(&command(SPIN));
    sandbox.shelf.damage(&damaged.module, b"\0asm\x01\0\0\0");
    let refused = sandbox.start(&damaged, &Limits::default()).await.err().unwrap();
    assert_eq!((refused.stage, refused.whose), (Stage::Module, Whose::Worker), "{refused}");
    assert!(!sandbox.runs().exists() || std::fs::read_dir(sandbox.runs()).unwrap().count() == 0);
}

#[tokio::test]
async fn past_its_deadline_nothing_starts() {
    let sandbox = Sandbox::new();
    let workload = Workload::Wasm(sandbox.job(&command(QUIET)));
    let late = LeaseTerms { not_after: BootTime::from_millis(1), ..LeaseTerms::NONE };
    let refused =
        sandbox.executor.start(sandbox.next_run(), workload, Limits::default(), late).await.err().unwrap();
    assert_eq!((refused.stage, refused.whose), (Stage::Claim, Whose::Worker));
}

#[tokio::test]
async fn a_run_has_its_spec_before_it_runs_and_is_not_begun_twice() {
    let sandbox = Sandbox::new();
    let job = sandbox.job(&command(SPIN));
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    let started = sandbox.start(&job, &limits).await.unwrap();
    let folder = RunFolder::new(&sandbox.runs(), &started.run.id);
    let spec: RunSpec = serde_json::from_slice(&std::fs::read(folder.spec()).unwrap()).unwrap();
    assert_eq!((spec.run, spec.kind), (started.run.clone(), Kind::Wasm));
    let again =
        sandbox.executor.start(started.run.clone(), Workload::Wasm(job), limits, LeaseTerms::NONE).await;
    assert_eq!(again.err().unwrap().stage, Stage::Folder);
    assert!(folder.spec().exists(), "the first run keeps its folder");
    started.running.stop(Stop::Killed).await;
    sandbox.end(started).await;
}

#[tokio::test]
async fn what_an_earlier_process_left_is_adopted_with_its_end() {
    let sandbox = Sandbox::new();
    let done = sandbox.start(&sandbox.job(&command(QUIET)), &Limits::default()).await.unwrap();
    let (done, outcome) = (done.run.clone(), sandbox.end(done).await.outcome);
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    let cut = sandbox.start(&sandbox.job(&command(SPIN)), &limits).await.unwrap();
    let Sandbox { executor, shelf, folder, .. } = sandbox;
    drop(executor);
    let lost = End::Lost { why: LostWhy::WorkerEnded };
    assert_eq!(cut.running.wait().await.end, lost, "who still asks is told");

    let options = Options::new(folder.path().join("runs"));
    let next = WasmExecutor::new(options, shelf, Arc::new(MachineClock)).unwrap();
    let adopted = next.adopt().await.unwrap();
    assert_eq!(adopted.iter().map(|left| &left.run).collect::<Vec<_>>(), [&done, &cut.run]);
    assert_eq!(adopted[0].running.wait().await, outcome);
    let settled = adopted[1].running.wait().await;
    assert_eq!(settled.end, lost);
    let written = std::fs::read(RunFolder::new(&folder.path().join("runs"), &cut.run.id).exit()).unwrap();
    assert_eq!(serde_json::from_slice::<model::outcome::Outcome>(&written).unwrap(), settled);
}
