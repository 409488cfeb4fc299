//! Guests that attack the host rather than compute: they end as their job's result, and others go on.

use std::fs;

use model::limits::Limits;
use model::outcome::{End, Stop};
use model::quantity::ByteSize;
use model::workload::DirMode;

use super::support::{Ended, Sandbox, command, grant, timeout};

const SPIN: &str = r#"(func (export "_start") (loop $l (br $l)))"#;
const FILL: &str = r#"(func (export "_start") (drop (memory.grow (i32.const 500)))
    (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 32000000)) (br $l)))"#;
const START_LOOP: &str = r#"(func $s (loop $l (br $l))) (start $s) (func (export "_start"))"#;
/// Prints as fast as it can.
const FLOOD: &str = r#"(func (export "_start")
    (i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 4000))
    (loop $l (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $l)))"#;
/// Opens what is not there.
const OPEN_STORM: &str = r#"(func (export "_start")
    (loop $l (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 4)
        (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0))) (br $l)))"#;

const INVALID: i32 = 28;
const TOO_MANY_FILES: i32 = 33;
const NO_MEMORY: i32 = 48;

fn import(name: &str, signature: &str, body: &str) -> String {
    command("").replace(
        "(memory",
        &format!(r#"(import "wasi_snapshot_preview1" "{name}" (func $attack {signature})) {body} (memory"#),
    )
}

/// Opens `file` in the first directory again and again and closes nothing; exits with the first error number.
const OPEN_MANY: &str = r#"(data (i32.const 100) "file")
    (func (export "_start") (local $code i32) (loop $l
        (local.set $code (call $path_open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 4)
            (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
        (br_if $l (i32.eqz (local.get $code)))
        (call $exit (local.get $code))))"#;

fn granted(body: &str, file: impl FnOnce(&std::path::Path)) -> (Sandbox, model::workload::Wasm) {
    let place = tempfile::tempdir().unwrap();
    file(&place.path().join("file"));
    let mut sandbox = Sandbox::with(|options| options.roots = vec![place.path().to_owned()]);
    let mut job = sandbox.job(&command(body));
    job.dirs = vec![grant(place.path(), "/", DirMode::Ro)];
    sandbox.place = Some(place);
    (sandbox, job)
}

fn assert_the_guests_own(ended: &Ended) {
    let own = matches!(&ended.outcome.end, End::Trapped { .. } | End::Exited { code: 1.. });
    assert!(own, "{:?}", ended.outcome);
}

#[tokio::test]
async fn a_million_open_files_end_at_the_guests_own_bound() {
    let (sandbox, job) = granted(OPEN_MANY, |file| fs::write(file, "x").unwrap());
    let before = fs::read_dir("/proc/self/fd").unwrap().count();
    let ended = sandbox.run(&job, &Limits::default()).await;
    assert_eq!(ended.code(), TOO_MANY_FILES, "a program can go on, as where the system says so");
    // Other tests of this process open files too: what matters is that they are not left by the hundred.
    let after = fs::read_dir("/proc/self/fd").unwrap().count();
    assert!(after < before + 100, "{before} files before, {after} after");
}

#[tokio::test]
async fn a_flood_of_random_bytes_ends_as_the_guests_own() {
    let text = import(
        "random_get",
        "(param i32 i32) (result i32)",
        r#"(func (export "_start") (drop (memory.grow (i32.const 300)))
            (call $exit (call $attack (i32.const 0) (i32.const 16777216))))"#,
    );
    assert_the_guests_own(&Sandbox::new().run_text(&text).await);
}

/// One call has the host copy at most 16 MiB. Caught with the engine's own bound, which is eight times as much.
#[tokio::test]
async fn a_call_that_hands_over_too_much_at_once_is_refused() {
    let sandbox = Sandbox::with(|options| options.memory_max = ByteSize::from_mib(64));
    for (mib, code) in [(15, 0), (17, NO_MEMORY)] {
        let text = command(&format!(
            r#"(func (export "_start") (drop (memory.grow (i32.const 400)))
                (i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const {}))
                (call $exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))"#,
            mib << 20
        ));
        assert_eq!(sandbox.run_text(&text).await.code(), code, "{mib} MiB");
    }
}

#[tokio::test]
async fn a_storm_of_host_calls_is_held_by_the_timeout() {
    let text = import(
        "clock_time_get",
        "(param i32 i64 i32) (result i32)",
        r#"(func (export "_start")
            (loop $l (drop (call $attack (i32.const 1) (i64.const 0) (i32.const 0))) (br $l)))"#,
    );
    let sandbox = Sandbox::new();
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(200) };
    let ended = sandbox.run(&sandbox.job(&text), &limits).await;
    assert_eq!(ended.outcome.stop, Some(Stop::Timeout));
}

/// Each call makes a mebibyte of random bytes: some milliseconds of the host for a handful of instructions. A guest that
/// gave way only by what it computes itself would hold its thread for minutes.
#[tokio::test]
async fn a_storm_of_costly_host_calls_holds_up_nobody_on_its_thread() {
    let text = import(
        "random_get",
        "(param i32 i32) (result i32)",
        r#"(func (export "_start") (drop (memory.grow (i32.const 20)))
            (loop $l (drop (call $attack (i32.const 0) (i32.const 1048576))) (br $l)))"#,
    );
    let sandbox = Sandbox::new();
    let unlimited = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    let storming = sandbox.start(&sandbox.job(&text), &unlimited).await.unwrap();
    assert_eq!(sandbox.run_text(&command(r#"(func (export "_start"))"#)).await.code(), 0);
    storming.running.stop(Stop::Killed).await;
    assert_eq!(sandbox.end(storming).await.outcome.stop, Some(Stop::Killed));
    let limits = Limits { fuel: Some(u64::MAX), ..timeout(200) };
    let ended = sandbox.run(&sandbox.job(&text), &limits).await;
    assert_eq!(ended.outcome.stop, Some(Stop::Timeout));
}

#[tokio::test]
async fn a_poll_of_too_many_or_of_none_is_refused() {
    for count in [0, 1025, -1] {
        let text = command(&format!(
            r#"(func (export "_start") (call $exit
                (call $poll (i32.const 0) (i32.const 0) (i32.const {count}) (i32.const 0))))"#
        ));
        assert_eq!(Sandbox::new().run_text(&text).await.code(), INVALID);
    }
}

#[tokio::test]
async fn a_poll_beyond_memory_is_a_fault() {
    let text = command(
        r#"(func (export "_start") (call $exit
            (call $poll (i32.const 65500) (i32.const 0) (i32.const 2) (i32.const 0))))"#,
    );
    assert_eq!(Sandbox::new().run_text(&text).await.code(), 21);
}

#[tokio::test]
async fn a_pipe_in_a_granted_directory_does_not_hold_up_the_thread() {
    let (sandbox, job) = granted(OPEN_MANY, |file| {
        nix::unistd::mkfifo(file, nix::sys::stat::Mode::S_IRWXU).unwrap();
    });
    assert_the_guests_own(&sandbox.run(&job, &timeout(2_000)).await);
}

/// Goal: others' runs come to their ends while every kind of attack goes on beside them, on the same threads. Method: the
/// order alone, no clock: all quiet runs have ended and no hostile one has. Caught when any of them keeps its turn.
#[tokio::test]
async fn quiet_runs_end_while_all_attacks_go_on_beside_them() {
    let sandbox = Sandbox::hosted_with(|options| (options.threads, options.slots) = (2, 16));
    let forever = Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) };
    let mut attacks = Vec::new();
    for body in [SPIN, FILL, START_LOOP, FLOOD, OPEN_STORM, SPIN] {
        attacks.push(sandbox.start(&sandbox.job(&command(body)), &forever).await.unwrap());
    }
    let host = sandbox.executor.host_pids();
    for _ in 0..10 {
        assert_eq!(sandbox.run_text(&command(r#"(func (export "_start"))"#)).await.code(), 0);
    }
    for attack in attacks {
        let early = futures::FutureExt::now_or_never(attack.running.wait());
        assert!(early.is_none(), "an attack ended by itself: {early:?}");
        attack.running.stop(Stop::Killed).await;
        // Only its end counts here: a flood's output is more than one wants to read back.
        let ended = tokio::time::timeout(super::support::PATIENCE, attack.running.wait()).await.unwrap();
        assert_eq!(ended.stop, Some(Stop::Killed), "{ended:?}");
    }
    assert_eq!(sandbox.executor.host_pids(), host, "the process of all of them is the same");
}
