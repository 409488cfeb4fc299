//! Modules from a file to a run and away: pushed, tagged, named by a job, held while it is used, refused with reasons.

use std::fs;

use anyhow::Result;
use e2e::{Server, alone, told};
use serde_json::Value;

/// A command that greets; `line` makes its bytes its own.
fn greeting(line: &str) -> Result<Vec<u8>> {
    Ok(wat::parse_str(format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\20\00\00\00\{:02x}\00\00\00") (data (i32.const 32) "{line}")
            (func (export "_start")
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#,
        line.len()
    ))?)
}

#[test]
fn a_job_by_a_tag_keeps_what_the_tag_pointed_to_when_it_was_saved() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let file = |name: &str| server.beside().join(name).to_string_lossy().into_owned();
    let (first, second) = (file("first.wasm"), file("second.wasm"));
    fs::write(&first, greeting("the first")?)?;
    fs::write(&second, greeting("the second")?)?;
    let pushed = server.json(&["module", "push", &first, "--tag", "greet:stable,greet:1"])?;
    let digest = pushed["digest"].as_str().unwrap_or_default().to_owned();

    let job = file("greet.yaml");
    fs::write(&job, "name: greet\nschedule: '@yearly'\nwasm: { module: 'greet:stable' }\n")?;
    let check = server.done(&["job", "check", &job])?;
    assert!(
        check.contains("could be saved") && check.contains(&format!("(greet:stable, {digest})")),
        "{check}"
    );
    assert!(server.done(&["job", "apply", "-f", &job])?.contains("created"));
    assert!(server.done(&["job", "apply", "-f", &job])?.contains("unchanged"));

    // The tag moves; the job does not, until it is saved again.
    server.done(&["module", "push", &second, "--tag", "greet:stable"])?;
    server.done(&["job", "run", "greet"])?;
    let run = server.run_in("greet", &["succeeded"])?;
    let id = run["id"].as_str().unwrap_or_default();
    assert_eq!(server.done(&["run", "logs", id])?.trim_end(), "the first");
    let refused = server.ask(&["module", "delete", &digest])?;
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("used by `greet`"), "{}", told(&refused));
    assert!(server.done(&["job", "apply", "-f", &job])?.contains("changed"));
    server.done(&["module", "delete", &digest])?;
    let gone = server.ask(&["module", "inspect", "greet:1"])?;
    assert!(told(&gone).contains("no tag `greet:1`"), "a tag goes with its module: {}", told(&gone));

    server.done(&["module", "untag", "greet:stable"])?;
    let refused = server.ask(&["job", "check", &job])?;
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("there is no tag `greet:stable`"), "{}", told(&refused));
    Ok(())
}

/// Goal: what a server refuses, `module inspect` refuses for the same reason without one.
#[test]
fn what_could_never_run_is_refused_with_its_reason_by_the_server_and_without_one() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let rest = r#"(memory (export "memory") 1) (func (export "_start"))"#;
    let table = [
        (
            "library",
            r#"(module (memory (export "memory") 1) (func (export "_initialize")))"#.to_owned(),
            "a reactor",
        ),
        ("browser", format!(r#"(module (import "wbg" "log" (func)) {rest})"#), "`wbg::log`"),
        (
            "mistyped",
            format!(r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func)) {rest})"#),
            "`(i32) -> nothing`",
        ),
        ("no-memory", r#"(module (func (export "_start")))"#.to_owned(), "has no memory"),
        (
            "threads",
            r#"(module (memory (export "memory") 1 1 shared) (func (export "_start")))"#.to_owned(),
            "threads",
        ),
        (
            "http",
            r#"(component (import "wasi:http/types@0.2.0" (instance)))"#.to_owned(),
            "`wasi:http/types@0.2.0`",
        ),
    ];
    for (name, text, words) in table {
        let path = server.beside().join(format!("{name}.wasm"));
        fs::write(&path, wat::parse_str(&text)?)?;
        let path = path.to_string_lossy().into_owned();
        for output in [server.ask(&["module", "push", &path])?, alone(&["module", "inspect", &path])?] {
            assert_eq!(output.status.code(), Some(2), "{name}: {}", told(&output));
            assert!(told(&output).contains(words), "{name}: {}", told(&output));
        }
    }
    assert_eq!(server.json(&["module", "list"])?["modules"], Value::Array(Vec::new()));
    Ok(())
}

#[test]
fn inspect_shows_a_file_without_a_server() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("greet.wasm");
    fs::write(&path, greeting("hello")?)?;
    let output = alone(&["module", "inspect", "--json", &path.to_string_lossy()])?;
    assert!(output.status.success(), "{}", told(&output));
    let shown: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(shown["report"]["imports"], serde_json::json!(["wasi_snapshot_preview1::fd_write"]));
    assert_eq!((shown["report"]["shape"].as_str(), shown["name"].as_str()), (Some("core"), Some("greet")));
    Ok(())
}
