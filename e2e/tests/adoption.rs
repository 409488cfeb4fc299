//! A server is killed, or asked to end, while shell runs go on: the next one, another binary, goes on with them.
//!
//! What a run did while no server was there is read from files that it wrote outside of everything that Sandglass keeps.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use e2e::Server;
use nix::sys::signal::Signal;
use serde_json::Value;

/// How many runs go on.
const RUNS: usize = 20;

/// Makes a folder in which jobs of any account may write.
fn evidence(server: &Server) -> Result<PathBuf> {
    let folder = server.beside().join("evidence");
    fs::create_dir(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
    Ok(folder)
}

fn job(name: &str, script: &str, more: &str) -> String {
    format!("name: {name}\nschedule: '0 0 1 1 *'\nshell: {{ script: '{script}' }}\n{more}\n---\n")
}

/// Returns a job that begins, waits to be told to go, and ends with this exit code.
fn waiting(name: &str, folder: &Path, code: usize) -> String {
    let folder = folder.display();
    let script = format!(
        "echo begin; echo x >> {folder}/{name}; while [ ! -e {folder}/go ]; do sleep 0.1; done; echo end; exit {code}"
    );
    job(name, &script, "")
}

/// Runs a job now and returns the run once it runs.
fn begin(server: &Server, name: &str) -> Result<String> {
    server.done(&["job", "run", name])?;
    let run = server.run_in(name, &["running"])?;
    Ok(run["id"].as_str().context("an id")?.to_owned())
}

fn ended(server: &Server, run: &str) -> Result<Value> {
    server.until(&format!("the end of run {run}"), || {
        let run = server.json(&["run", "show", run])?;
        let open = ["claimed", "running"].contains(&run["status"].as_str().unwrap_or_default());
        Ok((!open).then_some(run))
    })
}

#[test]
fn a_killed_server_is_upgraded_and_goes_on_with_its_runs() -> Result<()> {
    let mut server = Server::start(&["--no-demo", "--slots", "30", "--shell-default-user", "nobody"])?;
    let folder = evidence(&server)?;
    let names: Vec<String> = (0..RUNS).map(|n| format!("wait-{n}")).collect();
    let mut jobs: String = names.iter().enumerate().map(|(n, name)| waiting(name, &folder, n)).collect();
    let ticks = format!("echo ticking; while :; do echo >> {}/ticks; sleep 0.1; done", folder.display());
    jobs += &job("late", &ticks, "limits: { timeout: 6s }");
    jobs += &job("hangs", "echo hangs; sleep 600", "");
    server.apply(&jobs)?;
    let runs = names.iter().map(|name| begin(&server, name)).collect::<Result<Vec<_>>>()?;
    let hangs = begin(&server, "hangs")?;
    let late = begin(&server, "late")?;

    server.signal(Signal::SIGKILL)?;
    server.wait()?;
    // Nobody is there, and the timeout passes: the file grows no more.
    let size = || fs::metadata(folder.join("ticks")).map_or(0, |file| file.len());
    let deadline = Instant::now() + e2e::PATIENCE;
    let mut last = (size(), Instant::now());
    while last.1.elapsed() < Duration::from_secs(3) {
        anyhow::ensure!(Instant::now() < deadline, "the run that timed out goes on");
        std::thread::sleep(Duration::from_millis(100));
        if size() != last.0 {
            last = (size(), Instant::now());
        }
    }
    server.upgrade()?;
    server.up()?;

    let late = ended(&server, &late)?;
    assert_eq!(late["status"], "timed_out", "{late}");
    server.done(&["run", "kill", &hangs])?;
    assert_eq!(ended(&server, &hangs)?["status"], "killed");
    fs::write(folder.join("go"), "")?;
    for (n, run) in runs.iter().enumerate() {
        let told = ended(&server, run)?;
        let status = if n == 0 { "succeeded" } else { "failed" };
        assert_eq!(told["status"], status, "{told}");
        assert_eq!(told["outcome"]["end"]["code"], n, "{told}");
        let output = server.until("its output", || {
            let output = server.done(&["run", "logs", run])?;
            Ok(output.contains("end").then_some(output))
        })?;
        assert_eq!(output, "begin\nend\n");
        let starts = fs::read_to_string(folder.join(&names[n]))?.lines().count();
        assert_eq!(starts, 1, "{} was started once", names[n]);
    }
    Ok(())
}

#[test]
fn sigterm_leaves_shell_runs_to_the_next_server() -> Result<()> {
    let mut server = Server::start(&["--no-demo", "--shell-default-user", "nobody"])?;
    let folder = evidence(&server)?;
    server.apply(&waiting("job", &folder, 0))?;
    let run = begin(&server, "job")?;
    let began = Instant::now();
    server.signal(Signal::SIGTERM)?;
    assert!(server.wait()?.success(), "{}", server.log());
    // It was not waited for: it would wait for ever.
    assert!(began.elapsed() < e2e::PATIENCE);
    server.up()?;
    assert_eq!(server.json(&["run", "show", &run])?["status"], "running");
    fs::write(folder.join("go"), "")?;
    let told = ended(&server, &run)?;
    assert_eq!(told["status"], "succeeded", "{told}");
    assert_eq!(fs::read_to_string(folder.join("job"))?.lines().count(), 1);
    Ok(())
}

#[test]
fn sigint_waits_for_shell_runs() -> Result<()> {
    let mut server = Server::start(&["--no-demo", "--shell-default-user", "nobody"])?;
    let folder = evidence(&server)?;
    server.apply(&waiting("job", &folder, 0))?;
    let run = begin(&server, "job")?;
    server.signal(Signal::SIGINT)?;
    server.until("the drain", || {
        let workers = server.done(&["workers", "list", "--json"])?;
        Ok(workers
            .contains("\"draining\":true")
            .then_some(())
            .or(workers.contains("\"draining\": true").then_some(())))
    })?;
    fs::write(folder.join("go"), "")?;
    assert!(server.wait()?.success(), "{}", server.log());
    server.up()?;
    assert_eq!(ended(&server, &run)?["status"], "succeeded");
    Ok(())
}
