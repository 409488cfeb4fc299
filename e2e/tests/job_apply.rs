//! Jobs that are kept in a folder: planned, applied, compared again, pruned, at a size that somebody may have.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use e2e::{Server, http, told};
use serde_json::Value;

/// How many jobs a large folder has.
const MANY: usize = 1_000;

fn write(folder: &Path, name: &str, script: &str) -> Result<()> {
    let text = format!(
        "name: {name}\nschedule: 'H 3 * * *'\nenabled: false\nshell:\n  script: |\n    set -e\n    {script}\n"
    );
    Ok(fs::write(folder.join(format!("{name}.yaml")), text)?)
}

fn folder(server: &Server, count: usize) -> Result<PathBuf> {
    let folder = server.beside().join("jobs");
    fs::create_dir(&folder)?;
    (0..count).try_for_each(|n| write(&folder, &format!("job-{n:04}"), &format!("echo {n}")))?;
    Ok(folder)
}

fn actions(plan: &Value, action: &str) -> Vec<String> {
    let steps = plan.as_array().into_iter().flatten().filter(|step| step["action"] == action);
    steps.filter_map(|step| Some(step["job"].as_str()?.to_owned())).collect()
}

/// Goal: a folder of 1,000 jobs is planned, applied, and then has nothing to do; an edit elsewhere is seen as drift.
#[test]
fn a_thousand_jobs_are_planned_applied_and_watched_for_drift() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let folder = folder(&server, MANY)?;
    let folder = folder.to_string_lossy();
    let apply = ["job", "apply", "-f", &folder, "--set", "all"];
    let check = [&apply[..], &["--check"]].concat();

    let plan = server.json(&[&apply[..], &["--plan"]].concat())?;
    assert_eq!(actions(&plan, "create").len(), MANY);
    assert_eq!(server.json(&["job", "list"])?["total"], 0, "a plan saves nothing");
    assert_eq!(server.ask(&check)?.status.code(), Some(2));

    let begin = Instant::now();
    let applied = server.done(&apply)?;
    eprintln!("{MANY} jobs were applied in {:?}", begin.elapsed());
    assert!(applied.ends_with("1000 created\n"), "{}", applied.lines().last().unwrap_or_default());
    assert_eq!(server.json(&["job", "list"])?["total"], MANY);

    let begin = Instant::now();
    let empty = server.ask(&check)?;
    eprintln!("they were compared in {:?}", begin.elapsed());
    assert_eq!(
        (empty.status.code(), &*empty.stdout),
        (Some(0), &b"1000 unchanged\n"[..]),
        "{}",
        told(&empty)
    );

    // Somebody edits one through the interface.
    let token = format!("Bearer {}", server.token());
    let one = format!("{}/api/v1/jobs/job-0500", server.url);
    let there = http::send("GET", &one, &[("authorization", &token)], "")?;
    let etag = there.headers["etag"].to_str()?.to_owned();
    let mut job = there.json()["job"].clone();
    job["shell"]["script"] = "set -e\necho other\n".into();
    job["limits"]["timeout"] = "1h".into();
    let headers =
        [("authorization", token.as_str()), ("content-type", "application/json"), ("if-match", &etag)];
    assert_eq!(http::send("PUT", &one, &headers, job.to_string())?.status, 200);

    let drift = server.ask(&check)?;
    assert_eq!(drift.status.code(), Some(2), "{}", told(&drift));
    let text = String::from_utf8_lossy(&drift.stdout).into_owned();
    for line in [
        "~ job-0500 (",
        "    limits.timeout: \"1h\" → \"10m\"",
        "    -   2  echo other",
        "    +   2  echo 500",
    ] {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }
    assert!(text.ends_with("1 to change, 999 unchanged\n"), "{text}");
    assert!(server.done(&apply)?.ends_with("1 changed, 999 unchanged\n"));
    assert_eq!(server.ask(&check)?.status.code(), Some(0));
    Ok(())
}

#[test]
fn prune_deletes_what_the_set_has_no_more_and_nothing_else() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let folder = folder(&server, 3)?;
    let path = folder.to_string_lossy();
    server.apply("name: by-hand\nschedule: '@daily'\nshell: { script: 'true' }\n")?;
    server.apply(
        "name: others\nlabels: { sandglass/set: other }\nschedule: '@daily'\nshell: { script: 'true' }\n",
    )?;
    let apply = ["job", "apply", "-f", &path, "--set", "mine", "--prune"];
    server.done(&apply)?;
    fs::remove_file(folder.join("job-0001.yaml"))?;
    let plan = server.json(&[&apply[..], &["--plan"]].concat())?;
    assert_eq!(actions(&plan, "delete"), ["job-0001"]);
    // Without --prune nothing is deleted, and without a set nothing can be pruned.
    assert!(server.done(&["job", "apply", "-f", &path, "--set", "mine"])?.ends_with("2 unchanged\n"));
    assert_eq!(server.ask(&["job", "apply", "-f", &path, "--prune"])?.status.code(), Some(64));
    assert!(server.done(&apply)?.contains("- job-0001 (in none of the files)\n1 deleted, 2 unchanged\n"));
    let list = server.json(&["job", "list"])?;
    let names: Vec<&str> =
        list["jobs"].as_array().context("jobs")?.iter().filter_map(|job| job["name"].as_str()).collect();
    assert_eq!(names, ["by-hand", "job-0000", "job-0002", "others"]);

    // A folder without jobs is a slip, not a wish to delete all.
    let none = server.beside().join("none");
    fs::create_dir(&none)?;
    let output = server.ask(&["job", "apply", "-f", &none.to_string_lossy(), "--set", "mine", "--prune"])?;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    // Nor does one set take another's job.
    write(&folder, "others", "true")?;
    let output = server.ask(&apply)?;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("belongs to the set `other`, not to `mine`"), "{}", told(&output));
    assert_eq!(server.json(&["job", "list"])?["total"], 4);
    Ok(())
}

#[test]
fn nothing_is_written_before_all_is_checked_and_secrets_stay_out_of_plans() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    let folder = folder(&server, 2)?;
    let path = folder.to_string_lossy();
    let module = format!("sha256:{}", "0".repeat(64));
    fs::write(
        folder.join("z.yaml"),
        format!("name: z\nschedule: '@daily'\nwasm: {{ module: '{module}' }}\n"),
    )?;
    let output = server.ask(&["job", "apply", "-f", &path])?;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(
        told(&output).contains("nothing was saved") && told(&output).contains("wasm.module"),
        "{}",
        told(&output)
    );
    assert_eq!(server.json(&["job", "list"])?["total"], 0);

    let secret = |value: &str| {
        format!("name: s\nschedule: '@daily'\nshell: {{ script: 'true', env: {{ KEY: {value} }} }}\n")
    };
    server.apply(&secret("one-secret"))?;
    fs::write(folder.join("z.yaml"), secret("two-secret"))?;
    for format in ["table", "json", "yaml"] {
        let plan = server.done(&["job", "apply", "-f", &path, "--plan", "-o", format])?;
        assert!(plan.contains("shell.env.KEY") && !plan.contains("-secret"), "{plan}");
    }
    Ok(())
}
