//! Bad input, each with the answer that a user sees: it names the field, the value and the fix, and loses nothing.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use e2e::{ORDINARY, Server, alone, ask, binary, http, is_root, told};

fn apply(server: &Server, yaml: &str) -> Result<(Option<i32>, String)> {
    let file = server.beside().join("bad.yaml");
    fs::write(&file, yaml)?;
    let output = server.ask(&["job", "apply", "-f", &file.to_string_lossy()])?;
    Ok((output.status.code(), told(&output)))
}

#[test]
fn a_bad_job_is_told_with_every_fault_and_nothing_is_saved() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let good = "name: good\nschedule: '@daily'\nshell: { script: 'true' }\n---\n";
    let cases: &[(&str, &str, &[&str])] = &[
        ("malformed YAML", "name: a\nshell: { script: 'x'\nschedule: y\n", &["line"]),
        (
            "an unknown field",
            "name: a\nschedule: '@daily'\nshell: { script: 'true' }\ntimeout: 5s\nlimits: { timout: 5s }\n",
            &["timeout: unknown field", "limits.timout: unknown field", "did you mean `timeout`?"],
        ),
        (
            "three faults at once",
            "name: Bad Name\nschedule: '@daily'\nshell: { cwd: here, script: 'true' }\nlimits: { memory: lots }\n",
            &[
                "name: must be",
                "`Bad Name`",
                "shell.cwd: must be an absolute path",
                "limits.memory: must be a size",
            ],
        ),
        (
            "a schedule with a typo",
            "name: a\nschedule: '61 2 * * *'\nshell: { script: 'true' }\n",
            &["schedule:", "`61`", "0-59", "^"],
        ),
        ("no kind", "name: a\nschedule: '@daily'\n", &["either `shell` or `wasm`, got neither", "hint:"]),
        (
            "a module that is not there",
            &format!("name: a\nschedule: '@daily'\nwasm: {{ module: 'sha256:{}' }}\n", "0".repeat(64)),
            &["wasm.module", "sha256:0000"],
        ),
    ];
    for (what, yaml, words) in cases {
        let (code, text) = apply(&server, &format!("{good}{yaml}"))?;
        assert_eq!(code, Some(2), "{what}: {text}");
        for word in *words {
            assert!(text.contains(word), "{what} lacks `{word}`:\n{text}");
        }
    }
    // Nothing of any of them, also where the server alone could tell: it is asked before the first save.
    assert_eq!(server.json(&["job", "list"])?["total"], 0);
    Ok(())
}

/// Caught when a check asks for labels and limits alone, which such a worker has.
#[test]
fn a_worker_without_scripts_says_so_before_a_job_is_saved() -> Result<()> {
    let server = Server::start(&["--no-demo", "--no-shell"])?;
    let file = server.beside().join("job.yaml").to_string_lossy().into_owned();
    fs::write(&file, "name: a\nschedule: '@daily'\nshell: { script: 'true' }\n")?;
    let check = server.done(&["job", "check", &file])?;
    let why = "could not run it: shell jobs are switched off on this worker\n    hint: `enabled = true`";
    assert!(check.contains(why) && !check.contains("could run it"), "{check}");
    Ok(())
}

/// Caught: such a worker that claims a tick, which then ends as not started although another could have run it.
#[test]
fn a_worker_without_scripts_takes_none_and_the_ledger_says_so() -> Result<()> {
    let server = Server::start(&["--no-demo", "--no-shell"])?;
    server.apply("name: a\nschedule: '* * * * * *'\nshell: { script: 'true' }\n")?;
    let why = "starts no scripts";
    server.until("two ticks that nobody takes", || {
        let told = server.done(&["job", "history", "a", "--ticks"])?;
        Ok((told.matches(why).count() >= 2).then_some(()))
    })?;
    let runs = server.json(&["job", "history", "a"])?;
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(0), "{runs}");
    Ok(())
}

#[test]
fn a_name_taken_and_a_stale_if_match_are_refused() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let token = format!("Bearer {}", server.token());
    let jobs = format!("{}/api/v1/jobs", server.url);
    let body = r#"{"name":"a","schedule":"@daily","shell":{"script":"true"}}"#;
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let first = http::send("POST", &jobs, &headers, body)?;
    assert_eq!(first.status, 201, "{}", first.body);
    let etag = first.headers["etag"].to_str()?.to_owned();
    let taken = http::send("POST", &jobs, &headers, body)?;
    assert_eq!(taken.status, 409, "{}", taken.body);
    assert!(taken.body.contains("`a`"), "{}", taken.body);

    let one = format!("{jobs}/a");
    let without = http::send("PUT", &one, &headers, body)?;
    assert_eq!(without.status, 428, "{}", without.body);
    let matching = [headers[0], headers[1], ("if-match", etag.as_str())];
    let changed = body.replace("true", "false");
    assert_eq!(http::send("PUT", &one, &matching, changed.clone())?.status, 200);
    let stale = http::send("PUT", &one, &matching, changed)?;
    assert_eq!(stale.status, 412, "{}", stale.body);
    assert!(stale.json()["current"]["author"] == "admin", "{}", stale.body);
    Ok(())
}

#[test]
fn a_wrong_token_and_no_token_are_told_apart() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    for (token, word) in [("wrong", "was not accepted"), ("", "401")] {
        let output = ask(&binary(), &server.url, token, &["job", "list"])?;
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert!(told(&output).contains(word), "{}", told(&output));
    }
    let nobody = alone(&["job", "list"])?;
    assert!(told(&nobody).contains("could not reach `http://127.0.0.1:9`"), "{}", told(&nobody));
    Ok(())
}

#[test]
fn an_upload_that_is_too_large_or_no_module_is_refused() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let huge = server.beside().join("huge.wasm");
    fs::File::create(&huge)?.set_len(10 * 1024 * 1024 * 1024)?;
    let output = server.ask(&["module", "push", &huge.to_string_lossy()])?;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("32MiB") && told(&output).contains("413"), "{}", told(&output));
    let text = server.beside().join("text.wasm");
    fs::write(&text, "#!/bin/sh\necho hello\n")?;
    let output = server.ask(&["module", "push", &text.to_string_lossy()])?;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("not") && told(&output).contains("WebAssembly"), "{}", told(&output));
    assert_eq!(server.json(&["module", "list"])?["modules"].as_array().map(Vec::len), Some(0));
    Ok(())
}

#[test]
fn a_folder_in_use_a_port_in_use_and_a_folder_without_permission_are_told() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let data = server.data();
    let second = alone(&["standalone", "--listen", "127.0.0.1:0", "--data", &data.to_string_lossy()])?;
    assert_eq!(second.status.code(), Some(1));
    assert!(told(&second).contains("is in use by process"), "{}", told(&second));

    let address = server.url.strip_prefix("http://").context("an address")?;
    let other = tempfile::tempdir()?;
    let taken = alone(&["standalone", "--listen", address, "--data", &other.path().to_string_lossy()])?;
    assert_eq!(taken.status.code(), Some(1));
    assert!(
        told(&taken).contains("is in use by another program\nhint: name another with --listen"),
        "{}",
        told(&taken)
    );

    let wrong = alone(&["standalone", "--listen", "here", "--data", &other.path().to_string_lossy()])?;
    assert_eq!(wrong.status.code(), Some(64), "{}", told(&wrong));

    if is_root() {
        use std::os::unix::process::CommandExt as _;
        let copy = other.path().join("sandglass");
        // By another process: a child that another test starts meanwhile would hold it open for writing, and so unusable.
        anyhow::ensure!(Command::new("cp").arg(binary()).arg(&copy).status()?.success(), "cp");
        fs::set_permissions(other.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        let locked = tempfile::tempdir()?;
        let output = Command::new(&copy)
            .args(["standalone", "--listen", "127.0.0.1:0", "--data"])
            .arg(locked.path())
            .uid(ORDINARY)
            .gid(ORDINARY)
            .output()?;
        assert_eq!(output.status.code(), Some(1));
        assert!(told(&output).contains("no permission to"), "{}", told(&output));
    }
    Ok(())
}

#[test]
fn bad_usage_ends_with_64_and_help_with_0() -> Result<()> {
    for (arguments, code) in [
        (&["--help"][..], 0),
        (&["--version"], 0),
        (&[], 64),
        (&["jobs"], 64),
        (&["exec"], 64),
        (&["exec", "--fuel", "5", "--", "true"], 64),
        (&["job", "list", "--server", "here"], 64),
        (&["standalone", "--slots", "0"], 64),
    ] {
        let output = alone(arguments)?;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", told(&output));
    }
    Ok(())
}
