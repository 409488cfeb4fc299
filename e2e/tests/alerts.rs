//! An alert from end to end with the binary: a shell and a WASI job over their limits, a webhook that is told, a job that
//! is started by it.

use std::fs;

use anyhow::{Context as _, Result};
use e2e::{PATIENCE, Server, hook};
use serde_json::Value;

#[test]
fn a_timeout_of_a_script_and_of_a_module_is_told_with_its_output() -> Result<()> {
    let (url, posted) = hook::start()?;
    let folder = tempfile::tempdir()?;
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(file("config.toml"), "[alerts]\nallow = [\"127.0.0.0/8\"]\n")?;
    let server = Server::start(&["--no-demo", "--config", &file("config.toml")])?;
    let spin = wat::parse_str(
        r#"(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "\20\00\00\00\0b\00\00\00") (data (i32.const 32) "module says")
            (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
                (loop $on (br $on))))"#,
    )?;
    fs::write(file("spin.wasm"), spin)?;
    server.done(&["module", "push", &file("spin.wasm"), "--tag", "spin:1"])?;
    let channels = format!(
        "channels:\n- {{ name: hook, via: {{ type: webhook, url: '{url}' }}, group: 0s, every: 0s }}\n\
         - {{ name: tell, via: {{ type: job, run: told }}, group: 0s, every: 0s }}\n"
    );
    fs::write(file("channels.yaml"), channels)?;
    server.done(&["alert", "set", "channels", &file("channels.yaml")])?;
    server.done(&["alert", "test", "hook"])?;
    assert_eq!(posted.recv_timeout(PATIENCE)?["notices"][0]["condition"], "test");
    let jobs = [
        "name: told\nschedule: '@yearly'\nshell: { script: cat }\n".to_owned(),
        "name: slow\nschedule: '@yearly'\nshell: { script: 'echo script says; sleep 600' }\n\
         limits: { timeout: 1s, grace: 1s }\nalerts: { on: [timed_out], channels: [hook, tell] }\n"
            .to_owned(),
        "name: spin\nschedule: '@yearly'\nwasm: { module: 'spin:1' }\n\
         limits: { timeout: 1s, fuel: 9000000000000000 }\nalerts: { on: [timed_out], channels: [hook] }\n"
            .to_owned(),
    ];
    for (n, job) in jobs.iter().enumerate() {
        fs::write(file(&format!("job-{n}.yaml")), job)?;
        server.done(&["job", "apply", "-f", &file(&format!("job-{n}.yaml"))])?;
    }
    for (job, says) in [("slow", "script says"), ("spin", "module says")] {
        server.done(&["job", "run", job])?;
        let message =
            posted.recv_timeout(PATIENCE).with_context(|| format!("no alert of {job}: {}", server.log()))?;
        let notice = &message["notices"][0];
        let link = notice["link"].as_str().unwrap_or_default();
        let run = server.run_in(job, &["timed_out"])?;
        let id = run["id"].as_str().unwrap_or_default().to_owned();
        assert_eq!((&notice["job"], &notice["condition"]), (&Value::from(job), &Value::from("timed_out")));
        assert_eq!(
            (&notice["run"], &notice["limit"]),
            (&Value::from(id.as_str()), &Value::from("timeout 1s"))
        );
        assert!(notice["worker"].is_string() && link.ends_with(&format!("/runs/{id}")), "{notice}");
        assert_eq!(notice["output"], says, "{notice}");
        assert!(notice["text"].as_str().is_some_and(|text| text.contains("timeout 1s reached")), "{notice}");
    }
    let told = server.run_in("told", &["succeeded"])?;
    let input = server.done(&["run", "logs", told["id"].as_str().unwrap_or_default()])?;
    let input: Value = serde_json::from_str(&input)?;
    assert_eq!(input["notices"][0]["job"], "slow", "the alert is on the job's standard input");
    let history = server.json(&["alert", "list"])?;
    assert_eq!(history["items"].as_array().map(Vec::len), Some(2), "{history}");
    Ok(())
}
