//! Modules that mean harm, run by a server that has other work: it is done in time, and again when the process in which all of
//! them run is killed.
//!
//! Not here: what each attack comes to (`sandbox/tests/wasm/hostile.rs`), clients that mean harm (`hostile.rs`).

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use e2e::Server;
use jiff::Timestamp;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// None ends by itself.
const ATTACKS: &[(&str, &str)] = &[
    ("spin", r#"(func (export "_start") (loop $l (br $l)))"#),
    ("start", r#"(func $s (loop $l (br $l))) (start $s) (func (export "_start"))"#),
    (
        "fill",
        r#"(func (export "_start") (drop (memory.grow (i32.const 500)))
            (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 32000000)) (br $l)))"#,
    ),
    (
        "flood",
        r#"(func (export "_start") (i32.store (i32.const 0) (i32.const 100)) (i32.store (i32.const 4) (i32.const 4000))
            (loop $l (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $l)))"#,
    ),
    (
        "random",
        r#"(func (export "_start") (drop (memory.grow (i32.const 20)))
            (loop $l (drop (call $random (i32.const 0) (i32.const 1048576))) (br $l)))"#,
    ),
    (
        "open",
        r#"(func (export "_start") (loop $l (drop (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 4)
            (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0))) (br $l)))"#,
    ),
];
/// Ticks, one each second, that are looked at.
const TICKS: i64 = 10;
/// Jobs that have nothing to do with it: a script and a module.
const OTHERS: [&str; 2] = ["beat-script", "beat-module"];

fn module(body: &str) -> Result<Vec<u8>> {
    let text = format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (memory (export "memory") 1) {body})"#
    );
    wat::parse_str(text).context("the module's text")
}

fn push(server: &Server, name: &str, body: &str) -> Result<String> {
    let file = server.beside().join(format!("{name}.wasm"));
    fs::write(&file, module(body)?)?;
    let pushed = server.json(&["module", "push", &file.to_string_lossy()])?;
    Ok(pushed["digest"].as_str().context("a digest")?.to_owned())
}

fn at(run: &Value, field: &str) -> Result<Timestamp> {
    run[field].as_str().with_context(|| format!("no `{field}` in {run}"))?.parse().context("an instant")
}

/// Waits until each second of the next ten has one run of each of the others, which succeeded. Tells how late they were.
#[expect(clippy::disallowed_methods, reason = "the clock of this machine is that of all that it starts")]
fn all_ticks_run(server: &Server, when: &str) -> Result<()> {
    let first = Timestamp::now().as_second() + 1;
    for job in OTHERS {
        let ended = server.until(&format!("the end of each tick of `{job}` {when}"), || {
            let mut ended = BTreeMap::new();
            for run in server.runs(job)? {
                let second = at(&run, "scheduled_at")?.as_second();
                let open = ["claimed", "running"].contains(&run["status"].as_str().unwrap_or_default());
                if (first..first + TICKS).contains(&second) && !open {
                    ensure!(run["status"] == "succeeded", "{when}: {run}");
                    let late = at(&run, "started_at")?.as_millisecond() - second * 1_000;
                    ensure!(ended.insert(second, late).is_none(), "`{job}` has two runs at {second}");
                }
            }
            Ok((i64::try_from(ended.len())? == TICKS).then_some(ended))
        })?;
        let mut late: Vec<_> = ended.into_values().collect();
        late.sort_unstable();
        let (median, most) = (late[late.len() / 2], late[late.len() - 1]);
        println!("`{job}` {when}: {median} ms late in the median, {most} ms at most");
    }
    Ok(())
}

/// Goal: what runs beside hostile modules starts at each of its ticks, and they are the job's affair alone. Method: a script and a
/// module of every second beside six attacks without end; then the process of all modules is killed below them. Caught
/// when guests do not give way, and when an attack's end is not repeated.
#[test]
fn every_tick_of_others_runs_while_all_attacks_go_on_and_their_process_is_killed() -> Result<()> {
    let server = Server::start(&["--no-demo", "--slots", "24"])?;
    let quiet = push(&server, "quiet", r#"(func (export "_start"))"#)?;
    // Whatever they wait for: a tick that cannot start within this is missed.
    let policies = "start_deadline: 5s\noverlap: allow\nmissed: { policy: none }\n";
    server.apply(&format!(
        "name: {}\nschedule: '* * * * * *'\nshell: {{ script: 'true' }}\n{policies}---\n\
         name: {}\nschedule: '* * * * * *'\nwasm: {{ module: '{quiet}' }}\n{policies}",
        OTHERS[0], OTHERS[1]
    ))?;
    server.run_in(OTHERS[1], &["succeeded"])?;
    all_ticks_run(&server, "alone")?;

    let mut attacks = Vec::new();
    for (name, body) in ATTACKS {
        let digest = push(&server, name, body)?;
        server.apply(&format!(
            "name: {name}\nschedule: '@yearly'\nwasm: {{ module: '{digest}' }}\n\
             limits: {{ timeout: 1h, fuel: unlimited, memory: 64MiB }}\nretries: {{ max: 0, backoff: 1s }}\n"
        ))?;
        server.done(&["job", "run", name])?;
        let run = server.run_in(name, &["running"])?;
        attacks.push((*name, run["id"].as_str().context("an id")?.to_owned()));
    }
    let hosts = server.module_hosts()?;
    all_ticks_run(&server, "beside all attacks")?;
    for (name, run) in &attacks {
        assert_eq!(server.json(&["run", "show", run])?["status"], "running", "{name} goes on");
    }
    assert_eq!(server.module_hosts()?, hosts, "the process of all of them is the same");

    kill(Pid::from_raw(hosts[0]), Signal::SIGKILL)?;
    for (name, run) in &attacks {
        let again = server.until(&format!("another try of `{name}`"), || {
            let runs = server.runs(name)?;
            Ok(runs.into_iter().find(|run| run["status"] == "running" && run["attempt"] == 2))
        })?;
        assert_ne!(again["id"], run.as_str());
        assert_eq!(server.json(&["run", "show", run])?["status"], "host_error", "{name}");
    }
    all_ticks_run(&server, "beside the second tries")?;
    for (name, _) in &attacks {
        server.done(&["job", "kill", name])?;
        server.run_in(name, &["killed"])?;
    }
    Ok(())
}
