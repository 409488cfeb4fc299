//! The process is killed while jobs run: each tick has an end, none ran twice, output read before is there.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};
use e2e::Server;
use nix::sys::signal::Signal;
use serde_json::Value;

/// Returns what became of each tick of a job, by instant.
fn ticks(server: &Server, job: &str) -> Result<Vec<Value>> {
    let token = format!("Bearer {}", server.token());
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let url = format!("{}/api/v1/jobs/{job}/ticks?limit=500{cursor}", server.url);
        let answer = e2e::http::send("GET", &url, &[("authorization", &token)], "")?;
        anyhow::ensure!(answer.status == 200, "{}", answer.body);
        let page = answer.json();
        all.extend(page["ticks"].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

#[test]
fn killed_in_the_middle_each_tick_has_an_end_and_none_ran_twice() -> Result<()> {
    // One user for all runs, with the host's `/tmp`: their starts are told in the same file.
    let mut server = Server::start(&["--no-demo", "--shell-default-user", "nobody"])?;
    let evidence = server.beside().join("evidence");
    fs::create_dir(&evidence)?;
    fs::set_permissions(&evidence, std::os::unix::fs::PermissionsExt::from_mode(0o777))?;
    // One line per start, outside of everything that Sandglass keeps.
    let job = |name: &str, overlap: &str, seconds: u32| {
        format!(
            "name: {name}\nschedule: '* * * * * *'\noverlap: {overlap}\nmissed: {{ policy: none }}\nstart_deadline: 2s\n\
             shell: {{ script: 'echo \"$SANDGLASS_RUN $SANDGLASS_ATTEMPT\" >> {}/{name}; echo begun; sleep {seconds}; echo done' }}\n---\n",
            evidence.display()
        )
    };
    server.apply(&(job("quick", "allow", 0) + &job("slow", "skip", 3) + &job("very-slow", "skip", 300)))?;
    let slow = server.run_in("very-slow", &["running"])?;
    let slow = slow["id"].as_str().context("an id")?.to_owned();
    server
        .until("its output", || Ok(server.done(&["run", "logs", &slow])?.contains("begun").then_some(())))?;
    server.run_in("quick", &["succeeded"])?;

    server.signal(Signal::SIGKILL)?;
    server.wait()?;
    server.up()?;

    // The run that was under way goes on, and what was read of it before is there.
    let adopted = server.json(&["run", "show", &slow])?;
    assert_eq!(adopted["status"], "running");
    assert!(server.done(&["run", "logs", &slow])?.contains("begun"), "{adopted}");
    // Life goes on: a tick of each job after the restart.
    for name in ["quick", "slow"] {
        let before = fs::read_to_string(evidence.join(name))?.lines().count();
        server.until(&format!("another start of {name}"), || {
            Ok((fs::read_to_string(evidence.join(name))?.lines().count() > before).then_some(()))
        })?;
        server.done(&["job", "pause", name])?;
    }
    server.done(&["job", "pause", "very-slow"])?;
    server.done(&["job", "kill", "very-slow"])?;

    for name in ["quick", "slow", "very-slow"] {
        let told = server.until(&format!("an end of each tick of {name}"), || {
            let told = ticks(&server, name)?;
            // What is under way or still due has no end yet; nothing may stay so.
            let open = |tick: &Value| {
                let kind = tick["kind"].as_str().unwrap_or_default();
                let status = tick["status"].as_str().unwrap_or_default();
                ["pending", "overdue", "taken"].contains(&kind)
                    || ["claimed", "running", "retrying"].contains(&status)
            };
            Ok((!told.is_empty() && !told.iter().any(open)).then_some(told))
        })?;
        let mut at: Vec<_> =
            told.iter().map(|tick| tick["at"].as_str().unwrap_or_default().to_owned()).collect();
        at.sort();
        let count = at.len();
        at.dedup();
        assert_eq!(at.len(), count, "{name}: a tick is told once");
        for tick in &told {
            assert!(tick["reason"].as_str().is_some_and(|why| !why.is_empty()), "{name}: {tick}");
        }
        let mut starts: BTreeMap<String, u32> = BTreeMap::new();
        for line in fs::read_to_string(evidence.join(name))?.lines() {
            *starts.entry(line.to_owned()).or_default() += 1;
        }
        assert!(starts.values().all(|times| *times == 1), "{name} was started twice: {starts:?}");
    }
    Ok(())
}

/// A module lives in the worker's process: unlike a script it cannot be left to the next one.
#[test]
fn a_hand_over_stops_what_cannot_be_left_and_tells_so() -> Result<()> {
    let mut server = Server::start(&["--no-demo", "--drain-timeout", "1s"])?;
    let module = server.beside().join("endless.wasm");
    let text = r#"(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))"#;
    fs::write(&module, wat::parse_str(text)?)?;
    let pushed = server.json(&["module", "push", &module.to_string_lossy()])?;
    let digest = pushed["digest"].as_str().context("a digest")?;
    let limits = "{ fuel: unlimited, timeout: 10m }";
    server.apply(&format!(
        "{{ name: long, schedule: '@yearly', wasm: {{ module: '{digest}' }}, limits: {limits} }}"
    ))?;
    server.done(&["job", "run", "long"])?;
    server.run_in("long", &["running"])?;
    server.signal(Signal::SIGTERM)?;
    assert!(server.wait()?.success(), "{}", server.log());
    server.up()?;
    let run = server.run_in("long", &["lost"])?;
    assert!(run["reason"].as_str().is_some_and(|why| why.contains("its worker ended")), "{run}");
    Ok(())
}

#[test]
fn an_interrupt_waits_for_runs_to_finish() -> Result<()> {
    let mut server = Server::start(&["--no-demo"])?;
    server.apply("{ name: short, schedule: '@yearly', shell: { script: 'sleep 3; echo finished' } }")?;
    server.done(&["job", "run", "short"])?;
    let run = server.run_in("short", &["running"])?;
    server.signal(Signal::SIGINT)?;
    assert!(server.wait()?.success(), "{}", server.log());
    server.up()?;
    server.run_in("short", &["succeeded"])?;
    assert_eq!(server.done(&["run", "logs", run["id"].as_str().context("an id")?])?, "finished\n");
    Ok(())
}
