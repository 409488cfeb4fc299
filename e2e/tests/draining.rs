//! A worker that is drained by the command line: what runs goes on, `--wait` counts down, a restart changes nothing.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use anyhow::Result;
use e2e::{Server, binary, told};
use nix::sys::signal::Signal;
use serde_json::Value;

const JOBS: &str = "name: long\nschedule: '0 0 1 1 *'\nshell: { script: 'sleep 600' }\n---\n\
                    name: short\nschedule: '0 0 1 1 *'\nshell: { script: 'true' }\n";

/// Returns the one worker.
fn worker(server: &Server) -> Result<Option<Value>> {
    Ok(server.json(&["workers", "list"])?["workers"].get(0).cloned())
}

fn drains(server: &Server) -> Result<Value> {
    server.until("the worker to drain", || {
        Ok(worker(server)?.filter(|worker| worker["status"]["draining"] == true))
    })
}

#[test]
fn a_drain_waits_for_the_last_run_and_outlives_a_restart() -> Result<()> {
    let mut server = Server::start(&["--no-demo", "--worker-id", "w1"])?;
    server.apply(JOBS)?;
    server.done(&["job", "run", "long"])?;
    server.run_in("long", &["running"])?;

    let said = server.beside().join("said");
    let mut wait = Command::new(binary())
        .args(["workers", "drain", "w1", "--reason", "a disk", "--wait"])
        .args(["--server", &server.url, "--token", &server.token()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&said)?)
        .spawn()?;
    server.until("the count of runs", || {
        Ok(fs::read_to_string(&said)?.contains("worker `w1`: 1 run left").then_some(()))
    })?;
    let worker = drains(&server)?;
    assert_eq!((&worker["drain"]["reason"], &worker["drain"]["by"]), (&"a disk".into(), &"admin".into()));
    let list = server.done(&["workers", "list"])?;
    assert!(list.contains("draining") && list.contains("drained by admin: a disk"), "{list}");
    server.done(&["job", "run", "short"])?;
    assert_eq!(wait.try_wait()?, None, "a run is left");
    server.done(&["job", "kill", "long"])?;
    let ended = server.until("the end of `--wait`", || Ok(wait.try_wait()?))?;
    assert!(ended.success(), "{}", fs::read_to_string(&said)?);
    server.run_in("long", &["killed"])?;

    server.signal(Signal::SIGTERM)?;
    server.wait()?;
    server.up()?;
    drains(&server)?;
    assert!(server.runs("short")?.is_empty(), "nothing new is taken");
    server.done(&["workers", "undrain", "w1"])?;
    server.run_in("short", &["succeeded"])?;

    let unknown = server.ask(&["workers", "drain", "w2"])?;
    assert_eq!(unknown.status.code(), Some(2), "{}", told(&unknown));
    assert!(
        told(&unknown).contains("there is no live worker `w2`; live workers: `w1`"),
        "{}",
        told(&unknown)
    );
    Ok(())
}
