//! Commands that need no server: `schedule`, `exec` and `check`.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::Result;
use e2e::{alone, binary, is_root, told};
use serde_json::Value;

#[test]
fn schedule_next_prints_instants_and_tells_its_end_by_the_code() -> Result<()> {
    let next = alone(&[
        "schedule",
        "next",
        "30 2 * * *",
        "--tz",
        "Europe/Berlin",
        "--from",
        "2026-03-27T12:00:00Z",
        "-n",
        "3",
    ])?;
    let text = String::from_utf8_lossy(&next.stdout).into_owned();
    // 02:30 does not exist on 29 March: it runs at the end of the gap.
    assert_eq!(text, "2026-03-28T01:30:00Z\n2026-03-29T01:00:00Z\n2026-03-30T00:30:00Z\n");
    let over = alone(&["schedule", "next", "@at 2020-01-01T00:00:00Z"])?;
    assert_eq!((over.status.code(), over.stdout.len()), (Some(1), 0), "{}", told(&over));
    let bad = alone(&["schedule", "next", "60 * * * *"])?;
    assert_eq!(bad.status.code(), Some(2), "{}", told(&bad));
    assert!(told(&bad).contains('^') && told(&bad).contains("0-59"), "{}", told(&bad));
    let words = alone(&["schedule", "explain", "30 2 * * 1-5", "--tz", "Europe/Berlin"])?;
    assert!(told(&words).contains("02:30") && told(&words).contains("Europe/Berlin"), "{}", told(&words));
    Ok(())
}

#[test]
fn exec_passes_output_through_and_ends_as_the_workload() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let report = folder.path().join("report.json");
    let report = report.to_string_lossy();
    for (arguments, code, out, status) in [
        (&["--", "echo", "it's", "$HOME"][..], 0, "it's $HOME\n", "exited"),
        (&["--", "sh", "-c", "exit 7"], 7, "", "exited"),
        (&["--timeout", "300ms", "--grace", "100ms", "--", "sleep", "60"], 124, "", "signaled"),
        (&["--", "sh", "-c", "kill -15 $$"], 143, "", "signaled"),
        (&["--user", "no-such-user", "--", "true"], 125, "", "not_started"),
    ] {
        let output = alone(&[&["exec", "--report", &report], arguments].concat())?;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", told(&output));
        assert_eq!(String::from_utf8_lossy(&output.stdout), out, "{arguments:?}");
        let written: Value = serde_json::from_str(&fs::read_to_string(&*report)?)?;
        assert_eq!(written["end"]["kind"], status, "{arguments:?}: {written}");
        assert!(written["words"].as_str().is_some_and(|words| !words.is_empty()), "{written}");
    }
    Ok(())
}

#[test]
fn exec_shows_beginning_and_end_of_a_long_output_and_counts_the_rest() -> Result<()> {
    let text = "echo first; head -c 3000000 /dev/zero; echo 'the error' >&2";
    let output = alone(&["exec", "--output-limit", "1MiB", "--", "sh", "-c", text])?;
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(output.stdout.starts_with(b"first\n"));
    // All of the limit but the ten bytes of the error.
    assert_eq!(output.stdout.len(), (1 << 20) - 10);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("… 1.8 MiB not kept"), "{said}");
    assert!(said.contains("not kept: output limit 1MiB …\nthe error\n"), "{said}");
    Ok(())
}

#[test]
fn exec_runs_a_module_under_its_limits() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let module = folder.path().join("spin.wasm");
    // (module (memory (export "memory") 1) (func (export "_start") (loop (br 0)))), as bytes.
    fs::write(
        &module,
        [
            b"\0asm\x01\0\0\0".as_slice(),
            b"\x01\x04\x01\x60\0\0",
            b"\x03\x02\x01\0",
            b"\x05\x03\x01\0\x01",
            b"\x07\x13\x02\x06memory\x02\0\x06_start\0\0",
            b"\x0a\x09\x01\x07\0\x03\x40\x0c\0\x0b\x0b",
        ]
        .concat(),
    )?;
    let module = module.to_string_lossy();
    let fuel = alone(&["exec", "--fuel", "1000000", &module])?;
    assert_eq!(fuel.status.code(), Some(134), "{}", told(&fuel));
    assert!(told(&fuel).contains("stopped: fuel limit 1,000,000 used up"), "{}", told(&fuel));
    let time = alone(&["exec", "--fuel", "9000000000000000", "--timeout", "300ms", &module])?;
    assert_eq!(time.status.code(), Some(124), "{}", told(&time));
    Ok(())
}

#[test]
fn check_tells_each_limit() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let output = Command::new(binary())
        .args(["check", "--json", "--data"])
        .arg(folder.path().join("none"))
        .stdin(Stdio::null())
        .output()?;
    assert!(output.status.success(), "{}", told(&output));
    let report: Value = serde_json::from_slice(&output.stdout)?;
    for (kind, limits) in [("shell", 5), ("wasm", 4)] {
        assert_eq!(report[kind]["limits"].as_array().map(Vec::len), Some(limits), "{report}");
    }
    // Root keeps jobs apart, an ordinary user cannot; either way it is said which, as a field and in a sentence.
    for kind in ["shell", "wasm"] {
        let isolation = report[kind]["isolation"].as_str().unwrap_or_default();
        assert!(["isolated", "contained"].contains(&isolation), "{kind}: {report}");
        assert!(is_root() || isolation == "contained", "{kind}: {report}");
    }
    let table = alone(&["check", "--data", &folder.path().join("none").to_string_lossy()])?;
    let told = told(&table);
    assert!(told.contains("shell isolation") && told.contains("isolated"), "{told}");
    Ok(())
}

/// A check looks and leaves no trace. Caught when a root that was not there stays behind, also when modules' groups are
/// the last to leave it.
#[test]
fn check_leaves_no_group_behind() -> Result<()> {
    if !is_root() {
        eprintln!("skipped: needs root, to make a group at the top");
        return Ok(());
    }
    let name = format!("sandglass-test-check-{}/jobs", std::process::id());
    let none = tempfile::tempdir()?.path().join("none");
    let output = alone(&["check", "--json", "--data", &none.to_string_lossy(), "--cgroup-root", &name])?;
    assert!(output.status.success(), "{}", told(&output));
    let root = name.split('/').next().expect("the first part");
    let tops = fs::read_dir("/sys/fs/cgroup")?.flatten().map(|entry| entry.path());
    let left: Vec<_> = tops.chain(["/sys/fs/cgroup".into()]).filter(|top| top.join(root).exists()).collect();
    assert!(left.is_empty(), "{left:?} have `{root}`");
    Ok(())
}
