//! The disk under a worker's segments is full while a run prints: what was read is kept, the rest is counted, the run
//! ends as it would have.
//!
//! Needs root for a small file system of its own; without, it says so and tests nothing.

use anyhow::{Context as _, Result, bail};
use e2e::Server;
use e2e::disk::Small;

/// Caught: a run that is not tried again. Not caught: a worker that goes on though its note of the run could not be written,
/// since the run's folder is refused then too.
#[test]
fn a_disk_that_is_full_already_delays_a_run_until_there_is_room() -> Result<()> {
    let mut server = Server::start(&["--no-demo"])?;
    server.signal(nix::sys::signal::Signal::SIGINT)?;
    server.wait()?;
    let Some(small) = Small::mount(&server.data().join("runs"), "8m")? else { return Ok(()) };
    server.up()?;
    server.apply("name: little\nschedule: '@yearly'\nshell: { script: 'echo all is well' }\n")?;
    small.fill()?;
    server.done(&["job", "run", "little"])?;
    server.until("the worker to refuse it", || {
        let log = server.log();
        let refused = log.contains("No space left on device") && log.contains("hint: free space on the disk");
        Ok(refused.then_some(()))
    })?;
    small.empty()?;
    server.run_in("little", &["succeeded"])?;
    let runs = server.json(&["run", "list", "--job", "little"])?;
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(1), "it ran once: {runs}");
    Ok(())
}

/// Mutations: a writer that gives up at the first refused chunk keeps nothing after it; one that does not count says
/// that nothing was dropped; without the blocks set aside for the exit the run is lost.
#[test]
fn a_full_disk_under_the_segments_costs_output_that_is_counted_and_no_run() -> Result<()> {
    let mut server = Server::start(&["--no-demo"])?;
    server.signal(nix::sys::signal::Signal::SIGINT)?;
    server.wait()?;
    let Some(_small) = Small::mount(&server.data().join("runs"), "8m")? else { return Ok(()) };
    server.up()?;
    server.apply(
        "name: much\nschedule: '@yearly'\nlimits: { output: 64MiB, timeout: 5m }\n\
         shell: { script: 'yes 0123456789abcdef | head -c 25165824; echo; echo the end' }\n\
         ---\n\
         name: little\nschedule: '@yearly'\nshell: { script: 'echo all is well' }\n",
    )?;
    server.done(&["job", "run", "much"])?;
    let run =
        server.run_in("much", &["succeeded", "failed", "lost", "host_error", "not_started", "timed_out"])?;
    if run["status"] != "succeeded" {
        bail!("the run ended as {}: {run}\n{}", run["status"], server.log());
    }
    let output = &run["outcome"]["output"];
    let number = |of: &serde_json::Value| of.as_u64().unwrap_or_default();
    let (kept, dropped) = (number(&output["kept"]), number(&output["dropped"]));
    assert_eq!(kept + dropped, 25_165_824 + 9, "each byte is kept or counted: {output}");
    assert!(kept > 4 << 20, "what the disk took is kept: {output}");
    assert!(dropped > 8 << 20, "the disk holds 8 MiB: {output}");
    let id = run["id"].as_str().context("the run's id")?;
    let shown = server.done(&["run", "show", id])?;
    assert!(shown.contains("whole"), "what was kept is all there: {shown}");
    let logs = server.done(&["run", "logs", id])?;
    assert!(logs.contains("not kept: the worker's disk did not take it"), "the gap is told in its place");

    // The folder went, and the disk is as it was.
    server.done(&["job", "run", "little"])?;
    server.run_in("little", &["succeeded"])?;
    Ok(())
}
