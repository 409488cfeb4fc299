//! The process in which modules run is killed under a running server, and the server under that process.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use e2e::Server;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Prints a line, sleeps for so many seconds, and ends well.
fn sleeper(seconds: u64) -> Result<Vec<u8>> {
    // One subscription: the monotonic clock, so many nanoseconds from now.
    let nanos = seconds * 1_000_000_000;
    let text = format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "\20\00\00\00\06\00\00\00") (data (i32.const 32) "begun\n")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
            (i32.store (i32.const 144) (i32.const 1))
            (i64.store (i32.const 152) (i64.const {nanos}))
            (drop (call $poll (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 512)))))"#
    );
    wat::parse_str(text).context("the module's text")
}

/// Starts a job with this module once, and returns the run when it has printed.
fn begun(server: &Server, seconds: u64) -> Result<String> {
    let file = server.beside().join("sleeper.wasm");
    fs::write(&file, sleeper(seconds)?)?;
    let pushed = server.json(&["module", "push", &file.to_string_lossy()])?;
    let digest = pushed["digest"].as_str().context("a digest")?;
    server.apply(&format!(
        "name: nap\nschedule: '@yearly'\nwasm: {{ module: '{digest}' }}\nretries: {{ max: 0, backoff: 1s }}\n"
    ))?;
    server.done(&["job", "run", "nap"])?;
    let run = server.run_in("nap", &["running"])?;
    let id = run["id"].as_str().context("an id")?.to_owned();
    server.until("its output", || Ok(server.done(&["run", "logs", &id])?.contains("begun").then_some(())))?;
    Ok(id)
}

#[test]
fn a_run_whose_host_is_killed_is_repeated_for_free_and_succeeds() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let first = begun(&server, 5)?;
    let hosts = server.module_hosts()?;
    assert_eq!(hosts.len(), 1, "one user, one host: {hosts:?}");
    kill(Pid::from_raw(hosts[0]), Signal::SIGKILL)?;

    let again = server.run_in("nap", &["succeeded"])?;
    let failed = server.json(&["run", "show", &first])?;
    assert_eq!(failed["status"], "host_error", "{failed}");
    assert!(failed.to_string().contains("was killed by signal 9"), "{failed}");
    assert!(server.done(&["run", "logs", &first])?.contains("begun"), "its output was kept");
    assert_eq!(again["attempt"], 2, "{again}");
    Ok(())
}

#[test]
fn a_killed_server_leaves_no_host_behind() -> Result<()> {
    let mut server = Server::start(&["--no-demo"])?;
    let run = begun(&server, 600)?;
    let hosts = server.module_hosts()?;
    assert_eq!(hosts.len(), 1, "{hosts:?}");
    server.signal(Signal::SIGKILL)?;
    server.wait()?;
    server.until("the end of the host", || Ok(kill(Pid::from_raw(hosts[0]), None).is_err().then_some(())))?;
    server.up()?;
    let told = server.until("the end of its run", || {
        let told = server.json(&["run", "show", &run])?;
        Ok((told["status"] != "running").then_some(told))
    })?;
    assert_eq!(told["status"], "lost", "{told}");
    Ok(())
}

/// Goal: where the addresses of a pool cannot be reserved, modules run all the same, and whoever looks at figures sees it.
/// Method: the next process for modules inherits a bound from the server. Caught when the figure is not told.
#[test]
fn without_room_for_a_pool_modules_run_and_a_figure_says_so() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let unpooled = |expected: &str| {
        server.until(&format!("`sandglass_modules_unpooled {expected}`"), || {
            let figures = e2e::http::send("GET", &format!("{}/metrics", server.url), &[], "")?.body;
            let line = figures.lines().find_map(|line| line.strip_prefix("sandglass_modules_unpooled "));
            Ok((line == Some(expected)).then_some(()))
        })
    };
    begun(&server, 1)?;
    unpooled("0")?;
    server.run_in("nap", &["succeeded"])?;
    // Room for the server and some guests, and for no pool.
    let bound = Command::new("prlimit")
        .args([&format!("--pid={}", server.pid()?), &format!("--as={}", 24_u64 << 30)])
        .status();
    if !bound.is_ok_and(|status| status.success()) {
        eprintln!("skipped: `prlimit` (package util-linux) is not here, or may not bound the server");
        return Ok(());
    }
    kill(Pid::from_raw(server.module_hosts()?[0]), Signal::SIGKILL)?;
    server.done(&["job", "run", "nap", "--follow"])?;
    unpooled("1")
}
