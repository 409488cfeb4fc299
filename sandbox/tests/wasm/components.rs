//! Components run as commands do: the same bounds, the same words, the same grants.

use std::fs;
use std::os::unix::fs::symlink;

use model::limits::Limits;
use model::outcome::{End, Stage, Stop};
use model::ports::Whose;
use model::quantity::ByteSize;
use model::run::RunStatus;
use model::workload::{DirMode, HiddenText};

use super::probe::{probe, probed};
use super::support::{Ended, Sandbox, grant, timeout};

/// Returns a component whose `run` calls the core function `run`, which returns 0 for success and 1 for failure.
fn component(body: &str) -> String {
    format!(
        r#"(component
        (core module $m (memory (export "memory") 1) {body})
        (core instance $i (instantiate $m))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance $exported (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $exported)))"#
    )
}

const SPIN: &str = r#"(func (export "run") (result i32) (loop $l (br $l)) unreachable)"#;
const START_LOOP: &str =
    r#"(func $s (loop $l (br $l))) (start $s) (func (export "run") (result i32) i32.const 0)"#;
const FILL: &str = r#"(func (export "run") (result i32) (drop (memory.grow (i32.const 1000)))
    (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 65000000)) (br $l)) unreachable)"#;

fn assert_ended(ended: &Ended, status: RunStatus) {
    assert_eq!(ended.outcome.status(&[0]), status, "{:?}", ended.outcome);
}

#[tokio::test]
async fn what_run_returns_is_the_exit_code() {
    let sandbox = Sandbox::new();
    for code in [0, 1] {
        let text = component(&format!(r#"(func (export "run") (result i32) i32.const {code})"#));
        assert_eq!(sandbox.run_text(&text).await.code(), code);
    }
}

#[tokio::test]
async fn fuel_and_the_timeout_hold_in_a_spin_a_start_section_and_a_fill() {
    let sandbox = Sandbox::new();
    for body in [SPIN, START_LOOP, FILL] {
        let job = sandbox.job(&component(body));
        let limits = Limits { fuel: Some(10_000_000), ..Limits::default() };
        let ended = sandbox.run(&job, &limits).await;
        assert_ended(&ended, RunStatus::OutOfFuel);
        assert_eq!(ended.outcome.usage.fuel, Some(10_000_000));
        let limits = Limits { fuel: Some(u64::MAX), ..timeout(200) };
        assert_ended(&sandbox.run(&job, &limits).await, RunStatus::TimedOut);
    }
}

#[tokio::test]
async fn memories_and_tables_of_a_component_count_together() {
    let sandbox = Sandbox::new();
    let grow = r#"(func (export "run") (result i32) (i32.eq (memory.grow (i32.const 100)) (i32.const -1)))"#;
    // Two core modules with a memory each: both grow by 100 pages.
    let two = format!(
        r#"(component
        (core module $m (memory 1) {grow})
        (core instance $a (instantiate $m))
        (core instance $b (instantiate $m))
        (core module $both (import "a" "run" (func $a (result i32))) (import "b" "run" (func $b (result i32)))
            (func (export "run") (result i32) (i32.or (call $a) (call $b))))
        (core instance $i (instantiate $both (with "a" (instance $a)) (with "b" (instance $b))))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance $exported (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $exported)))"#
    );
    let limits = |mib| Limits { memory: Some(ByteSize::from_mib(mib)), ..Limits::default() };
    let ended = sandbox.run(&sandbox.job(&two), &limits(13)).await;
    assert_eq!(ended.code(), 0);
    assert_eq!(ended.outcome.usage.memory_peak, Some(ByteSize::from_kib(2 * 101 * 64)));
    let ended = sandbox.run(&sandbox.job(&two), &limits(12)).await;
    assert_ended(&ended, RunStatus::OutOfMemory);
}

#[tokio::test]
async fn each_end_of_a_component_is_told() {
    let sandbox = Sandbox::new();
    let run = |body: &str| component(&format!(r#"(func $f (export "run") (result i32) {body})"#));
    let ended = sandbox.run_text(&run("(call $f) (drop) (i32.const 0)")).await;
    assert!(ended.trap().contains("stack overflow"), "{:?}", ended.outcome);
    let ended = sandbox.run_text(&run("unreachable")).await;
    assert!(ended.trap().contains("unreachable"), "{:?}", ended.outcome);
    let bomb = r#"(loop $l (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable)) (br $l))
        unreachable"#;
    assert_ended(&sandbox.run_text(&run(bomb)).await, RunStatus::OutOfMemory);
    let bomb = r#"(table $t 1 funcref) (func (export "run") (result i32) (loop $l
        (if (i32.eq (table.grow $t (ref.null func) (i32.const 5000)) (i32.const -1)) (then unreachable)) (br $l))
        unreachable)"#;
    let ended = sandbox.run_text(&component(bomb)).await;
    assert!(ended.trap().contains("table"), "{:?}", ended.outcome);
}

#[tokio::test]
async fn a_component_that_asks_for_more_than_there_is_is_refused_by_name() {
    let sandbox = Sandbox::new();
    let asks = |name: &str| {
        component(SPIN).replace(
            "(core module",
            &format!(r#"(import "{name}" (instance (export "f" (func)))) (core module"#),
        )
    };
    let library = component(SPIN).replace("wasi:cli/run@0.2.0", "example:lib/other");
    for (text, words) in [
        (asks("wasi:http/outgoing-handler@0.2.0"), "wasi:http/outgoing-handler@0.2.0"),
        (library, "wasi:cli/run"),
    ] {
        let refused = sandbox.start(&sandbox.job(&text), &Limits::default()).await.err().unwrap();
        assert_eq!((refused.stage, refused.whose), (Stage::Module, Whose::Job), "{refused}");
        assert!(refused.message.contains(words), "{refused}");
    }
}

#[tokio::test]
async fn a_program_has_its_arguments_variables_and_streams() {
    let sandbox = Sandbox::new();
    let Some(mut job) = probe(&sandbox, &["say", "größe", ""]) else { return };
    job.env.0.insert("COLOUR".into(), "blue=green".into());
    let (ended, text) = probed(&sandbox, &job).await;
    assert_eq!((ended.code(), &*ended.stderr), (0, &b"to standard error\n"[..]));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[..2], [r#"arguments ["say", "größe", ""]"#, "COLOUR=blue=green"]);
    assert!(lines.contains(&"SANDGLASS_JOB=nightly") && lines.len() == 9, "{text}");

    let Some(mut job) = probe(&sandbox, &["echo"]) else { return };
    job.stdin = HiddenText("one\ntwo\n".repeat(20_000));
    assert_eq!(sandbox.run(&job, &Limits::default()).await.stdout, job.stdin.0.as_bytes());
}

#[tokio::test]
async fn a_program_that_fails_exits_with_1_and_one_that_panics_shows_where() {
    let sandbox = Sandbox::new();
    let Some(job) = probe(&sandbox, &["exit", "0"]) else { return };
    assert_eq!(sandbox.run(&job, &Limits::default()).await.code(), 0);
    // `wasi:cli/exit` knows success and failure, unless a program asks for `exit-with-code`.
    let Some(job) = probe(&sandbox, &["exit", "5"]) else { return };
    assert!(matches!(sandbox.run(&job, &Limits::default()).await.code(), 1 | 5));
    let Some(job) = probe(&sandbox, &["panic"]) else { return };
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert!(ended.trap().contains("unreachable"), "{:?}", ended.outcome);
    let End::Trapped { backtrace, .. } = &ended.outcome.end else { unreachable!() };
    assert!(backtrace.contains("probe::inner") && backtrace.contains("probe::outer"), "{backtrace}");
    assert!(backtrace.lines().count() <= 20 && !backtrace.contains("17h"), "{backtrace}");
}

#[tokio::test]
async fn a_sleep_waits_and_is_cut() {
    let sandbox = Sandbox::new();
    let Some(job) = probe(&sandbox, &["sleep", "20"]) else { return };
    assert_eq!(sandbox.run(&job, &Limits::default()).await.code(), 0);
    let Some(job) = probe(&sandbox, &["sleep", "10800000"]) else { return };
    let ended = sandbox.run(&job, &timeout(300)).await;
    assert_eq!(ended.outcome.stop, Some(Stop::Timeout));
    let started = sandbox.start(&job, &Limits::default()).await.unwrap();
    started.running.stop(Stop::Killed).await;
    assert_ended(&sandbox.end(started).await, RunStatus::Killed);
}

#[tokio::test]
async fn a_program_out_of_memory_is_told_so_and_a_flood_of_output_is_counted() {
    let sandbox = Sandbox::new();
    let Some(job) = probe(&sandbox, &["grow"]) else { return };
    assert_ended(&sandbox.run(&job, &Limits::default()).await, RunStatus::OutOfMemory);
    let Some(job) = probe(&sandbox, &["flood", "4000000"]) else { return };
    let limits = Limits { output: ByteSize::from_bytes(100_001), ..Limits::default() };
    let ended = sandbox.run(&job, &limits).await;
    assert_eq!(ended.code(), 0);
    assert_eq!((ended.outcome.output.kept, ended.outcome.output.dropped), (100_001, 3_899_999));
}

#[tokio::test]
async fn a_storm_of_host_calls_is_held_and_holds_up_nobody() {
    let place = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::with(|options| options.roots = vec![place.path().to_owned()]);
    let unlimited = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    for storm in [&["clock-storm"][..], &["stat-storm", "/data"]] {
        let Some(mut job) = probe(&sandbox, storm) else { return };
        job.dirs = vec![grant(place.path(), "/data", DirMode::Ro)];
        let storming = sandbox.start(&job, &unlimited).await.unwrap();
        assert_eq!(
            sandbox.run_text(&component(r#"(func (export "run") (result i32) i32.const 0)"#)).await.code(),
            0
        );
        storming.running.stop(Stop::Killed).await;
        assert_ended(&sandbox.end(storming).await, RunStatus::Killed);
    }
}

#[tokio::test]
async fn a_program_has_the_directories_of_its_job_and_no_way_out() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::write(root.join("file"), "inside").unwrap();
    fs::write(place.path().join("secret"), "outside").unwrap();
    symlink(place.path().join("secret"), root.join("link")).unwrap();
    symlink("../secret", root.join("relative")).unwrap();
    nix::unistd::mkfifo(&root.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let sandbox = Sandbox::with(|options| options.roots = vec![root.clone()]);
    let table = [
        ("read", "/data/file", DirMode::Ro, "insideok"),
        ("write", "/data/file", DirMode::Ro, "PermissionDenied"),
        ("write", "/data/new", DirMode::Ro, "PermissionDenied"),
        ("write", "/data/new", DirMode::Rw, "ok"),
        ("read", "/data/../secret", DirMode::Rw, "PermissionDenied"),
        ("read", "/data/link", DirMode::Rw, "PermissionDenied"),
        ("read", "/data/relative", DirMode::Rw, "PermissionDenied"),
        ("read", "/data/missing", DirMode::Rw, "NotFound"),
        // Nobody is at its other end: opening it would wait for ever.
        ("open", "/data/pipe", DirMode::Ro, "Unsupported"),
    ];
    for (what, path, mode, expected) in table {
        let Some(mut job) = probe(&sandbox, &[what, path]) else { return };
        job.dirs = vec![grant(&root, "/data", mode)];
        assert_eq!(probed(&sandbox, &job).await.1, expected, "{what} {path} {mode:?}");
    }
    let Some(job) = probe(&sandbox, &["read", "/data/file"]) else { return };
    assert_ne!(probed(&sandbox, &job).await.1, "insideok", "without a grant there is no directory");
}

/// Caught when one file more traps, as the engine's own `open-at` does, or when what is refused leaves too little to read
/// the files that are open.
#[tokio::test]
async fn one_open_file_too_many_is_an_error_that_a_program_can_live_with() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "x").unwrap();
    let sandbox = Sandbox::with(|options| options.roots = vec![place.path().to_owned()]);
    let Some(mut job) = probe(&sandbox, &["open-many", "/data/file"]) else { return };
    job.dirs = vec![grant(place.path(), "/data", DirMode::Ro)];
    let (ended, text) = probed(&sandbox, &job).await;
    assert_eq!(ended.code(), 0);
    let told: Vec<_> = text.lines().collect();
    let files = told[0].strip_prefix("OutOfMemory after ").expect("the refusal is told");
    let files: usize = files.parse().unwrap();
    assert!((200..256).contains(&files), "{files} of at most 256 files, streams and sockets");
    assert_eq!(told[1..], ["ok", "ok"], "{text}");
}

/// Looks for what an earlier run may have left in memory, table and globals and says 1 when it finds something, then
/// leaves it there.
const CANARY: &str = r#"
    (global $g (mut i64) (i64.const 0)) (table $t 1000 funcref) (elem declare func $run)
    (func $run (export "run") (result i32) (local $at i32)
        (if (i32.eq (memory.grow (i32.const 20)) (i32.const -1)) (then (return (i32.const 1))))
        (loop $l
            (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (return (i32.const 1))))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $l (i32.lt_u (local.get $at) (i32.const 1376256))))
        (if (i32.eqz (ref.is_null (table.get $t (i32.const 7)))) (then (return (i32.const 1))))
        (if (i64.ne (global.get $g) (i64.const 0)) (then (return (i32.const 1))))
        (memory.fill (i32.const 0) (i32.const 0xCA) (i32.const 1376256))
        (table.fill $t (i32.const 0) (ref.func $run) (i32.const 1000))
        (global.set $g (i64.const 7))
        (i32.const 0))"#;

#[tokio::test]
async fn a_component_sees_nothing_of_the_run_before() {
    // One slot: each run has the pages of the one before it.
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "canary").unwrap();
    let sandbox = Sandbox::with(|options| {
        options.slots = 1;
        options.roots = vec![place.path().to_owned()];
    });
    let job = sandbox.job(&component(CANARY));
    for _ in 0..20 {
        assert_eq!(sandbox.run(&job, &Limits::default()).await.code(), 0);
    }
    let Some(mut before) = probe(&sandbox, &["say"]) else { return };
    before.env.0.insert("SECRET".into(), "canary".into());
    before.stdin = HiddenText("canary".into());
    before.dirs = vec![grant(place.path(), "/data", DirMode::Rw)];
    assert!(probed(&sandbox, &before).await.1.contains("SECRET=canary"));
    before.args = vec!["open-many".into(), "/data/file".into()];
    sandbox.run(&before, &Limits::default()).await;
    for arguments in [&["say"][..], &["echo"], &["read", "/data/file"]] {
        let Some(after) = probe(&sandbox, arguments) else { return };
        let (_, text) = probed(&sandbox, &after).await;
        assert!(!text.contains("canary"), "{arguments:?}: {text}");
    }
}

/// Caught when a full pool is told as a trap, which would be the job's doing and not be repeated.
#[tokio::test]
async fn a_full_pool_is_told_as_that_and_passes() {
    let sandbox = Sandbox::new();
    // Four memories each, where the pool has two for each of four runs.
    let four = r#"(component
        (core module $m (memory 1))
        (core instance (instantiate $m)) (core instance (instantiate $m)) (core instance (instantiate $m))
        (core module $spin (memory 1) (func (export "run") (result i32) (loop $l (br $l)) unreachable))
        (core instance $i (instantiate $spin))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance $exported (export "run" (func $run)))
        (export "wasi:cli/run@0.2.0" (instance $exported)))"#;
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    let job = sandbox.job(four);
    let first = sandbox.start(&job, &limits).await.unwrap();
    let second = sandbox.start(&job, &limits).await.unwrap();
    let third = sandbox.start(&job, &limits).await.unwrap();
    let told = sandbox.end(third).await;
    assert_ended(&told, RunStatus::HostError);
    assert!(told.outcome.in_words().contains("every place in the pool of instances is taken"), "{told:?}");
    for run in [first, second] {
        run.running.stop(Stop::Killed).await;
        assert_ended(&sandbox.end(run).await, RunStatus::Killed);
    }
    let passes = sandbox.run_text(&component(r#"(func (export "run") (result i32) i32.const 0)"#)).await;
    assert_eq!(passes.code(), 0);
}
