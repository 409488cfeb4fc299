//! What a stranger sees first: a server comes up, jobs of both kinds run, their output is there.

use anyhow::{Context as _, Result};
use e2e::{ORDINARY, Server, http, is_root, told};
use nix::sys::signal::Signal;

/// Runs both demo jobs as the person would who clicked on them, and waits for a run by their schedule.
fn demo_jobs_are_green(server: &Server) -> Result<()> {
    for (job, text) in [("demo-shell", "step 3 of 3"), ("demo-wasm", "Hello from a WebAssembly module")] {
        let output = server.done(&["job", "run", job, "--follow"])?;
        assert!(output.contains(text), "{job}: {output}");
    }
    for job in ["demo-shell", "demo-wasm"] {
        let run = server.until(&format!("a scheduled run of {job}"), || {
            let scheduled =
                |run: &serde_json::Value| run["trigger"] == "schedule" && run["status"] == "succeeded";
            Ok(server.runs(job)?.into_iter().find(scheduled))
        })?;
        let logs = server.done(&["run", "logs", run["id"].as_str().context("an id")?])?;
        assert!(logs.contains(run["id"].as_str().context("an id")?), "{logs}");
    }
    Ok(())
}

#[test]
fn both_demo_jobs_are_green_for_whoever_started_it() -> Result<()> {
    demo_jobs_are_green(&Server::start(&[])?)
}

#[test]
fn both_demo_jobs_are_green_for_an_ordinary_user() -> Result<()> {
    if !is_root() {
        eprintln!("skipped: the test above is this one for an ordinary user");
        return Ok(());
    }
    demo_jobs_are_green(&Server::start_as(Some(ORDINARY), &[])?)
}

#[test]
fn the_demo_is_left_out_when_asked_and_not_saved_again() -> Result<()> {
    let mut server = Server::start(&["--no-demo"])?;
    assert_eq!(server.json(&["job", "list"])?["total"], 0);
    server.apply("{ name: a, schedule: '@yearly', shell: { script: 'true' } }")?;
    server.done(&["job", "delete", "a"])?;
    server.signal(Signal::SIGTERM)?;
    assert!(server.wait()?.success());
    server.up()?;
    assert_eq!(server.json(&["job", "list"])?["total"], 0);
    Ok(())
}

#[test]
fn the_login_link_opens_the_page_once() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let secret =
        server.banner.split("/login#").nth(1).context("a link")?.lines().next().context("a line")?.trim();
    let url = format!("{}/api/v1/session", server.url);
    let body = format!("{{\"login_token\":\"{secret}\"}}");
    let headers = [("content-type", "application/json"), ("origin", server.url.as_str())];
    let first = http::send("POST", &url, &headers, body.clone())?;
    assert_eq!(first.status, 201, "{}", first.body);
    let cookie = first.headers["set-cookie"].to_str()?.split(';').next().context("a cookie")?.to_owned();
    let jobs = format!("{}/api/v1/jobs", server.url);
    assert_eq!(http::send("GET", &jobs, &[("cookie", &cookie)], "")?.status, 200);
    let second = http::send("POST", &url, &headers, body)?;
    assert_eq!((second.status, second.code().as_str()), (401, "login_link_used"));
    assert_eq!(http::send("GET", &jobs, &[], "")?.status, 401);
    assert_eq!(http::send("GET", &format!("{}/healthz", server.url), &[], "")?.status, 200);
    let page = http::send("GET", &server.url, &[], "")?;
    assert!(page.status == 200 && page.body.contains("<html"), "{}", page.body);
    Ok(())
}

#[test]
fn a_job_is_saved_run_paused_killed_and_deleted_by_the_command_line() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    server.apply("{ name: slow, schedule: '@yearly', shell: { script: 'echo begun; sleep 600' } }")?;
    assert!(server.done(&["job", "get", "slow"])?.contains("script:"));
    server.done(&["job", "run", "slow"])?;
    let run = server.run_in("slow", &["running"])?;
    let id = run["id"].as_str().context("an id")?.to_owned();
    server.until("its first output", || {
        Ok(server.done(&["run", "logs", &id])?.contains("begun").then_some(()))
    })?;
    server.done(&["job", "kill", "slow"])?;
    let run = server.run_in("slow", &["killed"])?;
    assert_eq!(run["reason"], "stopped: killed by a user");
    let facts = server.done(&["run", "show", &id])?;
    let uid = run["outcome"]["ran_as"]["uid"].as_u64().context("who it ran as")?;
    assert!(facts.contains(&format!("(user id {uid})")) && facts.contains("timeout: worker"), "{facts}");
    assert!(server.done(&["job", "pause", "slow", "--why", "too slow"])?.contains("paused"));
    let list = server.json(&["job", "list"])?;
    assert_eq!(list["jobs"][0]["paused"]["why"], "too slow");
    server.done(&["job", "resume", "slow"])?;
    server.done(&["job", "delete", "slow"])?;
    let gone = server.ask(&["job", "get", "slow"])?;
    assert_eq!(gone.status.code(), Some(2), "{}", told(&gone));
    Ok(())
}

#[test]
fn each_due_moment_is_listed_with_what_became_of_it_and_why() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    server.apply("name: slow\nschedule: '@every 1s'\noverlap: skip\nshell: { script: 'sleep 600' }\n")?;
    let run = server.run_in("slow", &["running"])?;
    let of = |kind: &str| {
        let page = server.json(&["job", "history", "slow", "--ticks", "-n", "600"])?;
        let ticks = page["ticks"].as_array().context("a list")?;
        anyhow::Ok(ticks.iter().find(|tick| tick["kind"] == kind).cloned())
    };
    let waits = server.until("a tick that waits for what becomes of the run", || of("pending"))?;
    anyhow::ensure!(
        waits["reason"].as_str().is_some_and(|why| why.contains("it is skipped when")),
        "{waits}"
    );
    server.done(&["job", "pause", "slow"])?;
    server.done(&["job", "kill", "slow"])?;
    let skipped = server.until("a tick that was skipped", || of("skipped"))?;
    let ran = of("run")?.context("the tick that ran")?;
    anyhow::ensure!(
        ran["run"] == run["id"] && skipped["at"].as_str() > ran["at"].as_str(),
        "{ran} {skipped}"
    );
    let table = server.done(&["job", "history", "slow", "--ticks"])?;
    anyhow::ensure!(table.contains("skipped") && table.contains("killed"), "{table}");
    let runs = server.json(&["job", "history", "slow"])?;
    anyhow::ensure!(runs["runs"].as_array().is_some_and(|runs| runs.len() == 1), "{runs}");
    Ok(())
}

#[test]
fn job_run_follow_ends_as_its_run_ends() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    server.apply(
        "name: three\nschedule: '@yearly'\nshell: { script: 'echo out; echo err >&2; exit 3' }\n---\n\
         name: long\nschedule: '@yearly'\nshell: { script: 'sleep 60' }\nlimits: { timeout: 500ms, grace: 0s }\n",
    )?;
    let three = server.ask(&["job", "run", "three", "--follow"])?;
    assert_eq!(three.status.code(), Some(3), "{}", told(&three));
    assert_eq!(String::from_utf8_lossy(&three.stdout), "out\n");
    assert!(String::from_utf8_lossy(&three.stderr).starts_with("err\n"));
    let long = server.ask(&["job", "run", "long", "--follow"])?;
    assert_eq!(long.status.code(), Some(124), "{}", told(&long));
    Ok(())
}

#[test]
fn ten_jobs_of_a_real_crontab_are_applied_and_run() -> Result<()> {
    if !is_root() {
        eprintln!("skipped: these jobs are root's");
        return Ok(());
    }
    let server = Server::start(&["--no-demo", "--shell-allow-root", "--shell-user", "root"])?;
    server.apply(include_str!("../fixtures/crontab.yaml"))?;
    let list = server.json(&["job", "list"])?;
    let jobs = list["jobs"].as_array().context("jobs")?;
    assert_eq!(jobs.len(), 10);
    for job in jobs {
        let name = job["name"].as_str().context("a name")?;
        assert!(job["next_at"].is_string(), "{name} has a next run");
        let output = server.ask(&["job", "run", name, "--follow"])?;
        assert!(output.status.success(), "{name}: {}", told(&output));
    }
    // Applied again, nothing changes.
    let again = server.done(&["job", "apply", "-f", &server.beside().join("jobs.yaml").to_string_lossy()])?;
    assert!(again.contains("10 unchanged"), "{again}");
    Ok(())
}

/// A real program compiled for WASI: walks a granted folder and prints a checksum for each file.
#[test]
fn a_module_of_our_own_runs_every_two_seconds() -> Result<()> {
    let Some(modules) = option_env_at_run("SANDGLASS_TEST_MODULES") else {
        eprintln!("skipped: `cargo xtask test` builds the modules and names their folder");
        return Ok(());
    };
    let granted = tempfile::tempdir()?;
    std::fs::write(granted.path().join("hello.txt"), "hello\n")?;
    let server = Server::start(&["--no-demo", "--wasm-root", &granted.path().to_string_lossy()])?;
    let pushed = server.json(&["module", "push", &format!("{modules}/checksum.wasm")])?;
    let digest = pushed["digest"].as_str().context("a digest")?;
    server.apply(&format!(
        "name: checksum\nschedule: '*/2 * * * * *'\nwasm:\n  module: {digest}\n  args: [/data]\n  \
         dirs: [{{ host: '{}', guest: /data }}]\n",
        granted.path().display()
    ))?;
    let run = server.run_in("checksum", &["succeeded", "failed", "trapped", "not_started"])?;
    let id = run["id"].as_str().context("an id")?;
    let logs = server.done(&["run", "logs", id])?;
    // SHA-256 of "hello\n".
    let sum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    assert!(logs.contains(sum) && logs.contains("hello.txt"), "{run}\n{logs}");
    let url = format!("{}/api/v1/runs/{id}/output?format=text", server.url);
    let token = format!("Bearer {}", server.token());
    assert_eq!(http::send("GET", &url, &[("authorization", &token)], "")?.body, logs);
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where the built modules are"
)]
fn option_env_at_run(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
