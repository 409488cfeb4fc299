//! `docs/BACKUP.md`, followed to the letter on a store that goes on after its backup: nothing that ran before runs again,
//! fences go on rising, and every run's end is told, also of one that the store has forgotten and that still goes on.
//!
//! What ran is read from files that the jobs write, outside of all that Sandglass keeps.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use e2e::fleet::{Fleet, Plan};
use e2e::markdown::blocks;
use e2e::{Client, Server, binary, told};
use serde_json::Value;

/// What this binary says of a tick whose record went with the store.
const RESTORED: &str = "the store was restored from a backup";

/// A job that writes down each of its starts, then does more.
fn job(name: &str, schedule: &str, evidence: &Path, then: &str, more: &str) -> String {
    let file = evidence.join(name);
    let line = "$SANDGLASS_RUN $SANDGLASS_FENCE $SANDGLASS_SCHEDULED_AT";
    let script = format!("echo \"{line}\" >> {}; {then}", file.display());
    format!("name: {name}\nschedule: '{schedule}'\nshell: {{ script: '{script}' }}\n{more}\n---\n")
}

/// A start that a job wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Start {
    run: String,
    fence: u64,
    scheduled_at: String,
}

fn starts(evidence: &Path, name: &str) -> Result<Vec<Start>> {
    let text = fs::read_to_string(evidence.join(name)).unwrap_or_default();
    let start = |line: &str| {
        let [run, fence, scheduled_at] = line.split(' ').collect::<Vec<_>>()[..] else {
            anyhow::bail!("not a start: {line}")
        };
        Ok(Start { run: run.into(), fence: fence.parse()?, scheduled_at: scheduled_at.into() })
    };
    text.lines().map(start).collect()
}

const JOBS: [&str; 4] = ["every", "asked", "fails", "long"];

/// Saves the jobs: one that is due every two seconds, one of which a second request waits behind a run, one that is tried
/// again after a while, and one that goes on for as long as the test wants.
fn save(server: &Client, evidence: &Path) -> Result<()> {
    let wait = |file: &str| format!("while [ ! -e {}/{file} ]; do sleep 0.1; done", evidence.display());
    let jobs = [
        job("every", "*/2 * * * * *", evidence, "true", "overlap: skip"),
        job("asked", "@yearly", evidence, &wait("go"), "overlap: skip"),
        job("fails", "@yearly", evidence, "exit 3", "retries: { max: 1, backoff: 8s }"),
        job("long", "@yearly", evidence, &wait("go-long"), ""),
    ];
    server.apply(&jobs.concat())
}

/// Has a run of `asked` under way with a request behind it, and an attempt of `fails` owed: as the backup finds them.
fn busy(server: &Client) -> Result<()> {
    server.done(&["job", "run", "asked"])?;
    server.run_in("asked", &["running"])?;
    server.done(&["job", "run", "asked"])?;
    server.done(&["job", "run", "fails"])?;
    server.run_in("fails", &["failed", "retrying"])?;
    Ok(())
}

/// Lets all of it run after the backup, begins a long run, and waits for some ticks more.
fn go_on(server: &Client, evidence: &Path) -> Result<String> {
    fs::write(evidence.join("go"), "")?;
    let ticks = starts(evidence, "every")?.len();
    server.done(&["job", "run", "long"])?;
    let long = server.run_in("long", &["running"])?;
    server.until("what was to run after the backup", || {
        let of = |name| Ok::<_, anyhow::Error>(starts(evidence, name)?.len());
        let done = of("asked")? == 2 && of("fails")? == 2 && of("every")? >= ticks + 2;
        Ok(done.then_some(()))
    })?;
    Ok(long["id"].as_str().context("an id")?.to_owned())
}

/// Holds what every job wrote down: `before` is what it had written when the servers were ended.
fn nothing_ran_twice(server: &Client, evidence: &Path, before: &[Vec<Start>]) -> Result<()> {
    server.until("ticks after the restore", || {
        Ok((starts(evidence, "every")?.len() >= before[0].len() + 2).then_some(()))
    })?;
    server.done(&["job", "run", "asked"])?;
    server.until("a request after the restore", || {
        Ok((starts(evidence, "asked")?.len() > before[1].len()).then_some(()))
    })?;
    for (name, before) in JOBS.iter().zip(before) {
        let all = starts(evidence, name)?;
        let runs: BTreeSet<_> = all.iter().map(|start| &start.run).collect();
        ensure!(runs.len() == all.len(), "a run of `{name}` was started twice: {all:?}");
        let instants: BTreeSet<_> = all.iter().map(|start| &start.scheduled_at).collect();
        ensure!(*name != "every" || instants.len() == all.len(), "a tick was started twice: {all:?}");
        let highest = before.iter().map(|start| start.fence).max().unwrap_or_default();
        let lower = all[before.len()..].iter().find(|start| start.fence <= highest);
        ensure!(lower.is_none(), "a fence of `{name}` is not above {highest}: {lower:?}");
    }
    let counts =
        [starts(evidence, "asked")?.len(), starts(evidence, "fails")?.len(), starts(evidence, "long")?.len()];
    ensure!(counts == [3, 2, 1], "the one request after the restore alone ran: {counts:?}");
    Ok(())
}

/// Returns the ticks of `every` with their reasons, newest first.
fn story(server: &Client) -> Result<Vec<(String, String, String)>> {
    let page = server.json(&["job", "history", "every", "--ticks", "-n", "200"])?;
    let ticks = page["ticks"].as_array().cloned().unwrap_or_default();
    let word = |tick: &Value, name: &str| tick[name].as_str().unwrap_or_default().to_owned();
    Ok(ticks.iter().map(|tick| (word(tick, "at"), word(tick, "kind"), word(tick, "reason"))).collect())
}

/// Lets the long run end, and sees its end told.
fn long_is_told(server: &Client, evidence: &Path, run: &str) -> Result<()> {
    fs::write(evidence.join("go-long"), "")?;
    let record = server.until("the end of the run that the store had forgotten", || {
        let found = server.ask(&["run", "show", run, "--json"])?;
        let record: Value = serde_json::from_slice(&found.stdout).unwrap_or_default();
        Ok((record["status"] == "succeeded").then_some(record))
    })?;
    ensure!(record["outcome"]["end"]["code"] == 0, "{record}");
    Ok(())
}

/// Runs the block of a part of the page that begins so, with the tools of a folder and by what stands in these variables.
fn follow(part: &str, begins: &str, tools: &Path, variables: &[(&str, String)]) -> Result<Output> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/BACKUP.md"))?;
    let text = page.split(&format!("\n## {part}\n")).nth(1).context("the part stands on the page")?;
    let text = text.split("\n## ").next().unwrap_or(text);
    let block =
        blocks(text).into_iter().find(|block| block.language == "sh" && block.text.starts_with(begins));
    let block = block.with_context(|| format!("no block of `{part}` begins with `{begins}`"))?;
    let bin = binary().parent().context("the binary lies in a folder")?.to_owned();
    let output = Command::new("sh")
        .args(["-c", &format!("PATH={}:{}:$PATH\nset -e\n{}", bin.display(), tools.display(), block.text)])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .env("ETCDCTL_API", "3")
        .stdin(Stdio::null())
        .output()?;
    ensure!(output.status.success(), "this block failed:\n{}\n{}", block.text, told(&output));
    Ok(output)
}

/// Returns the folder of a program that a guide names; where it is not there, the test is skipped and says so.
#[expect(clippy::disallowed_methods, reason = "the project's own commands tell tests by the environment")]
fn tool(variable: &str, place: &str, hint: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let found = named.into_iter().chain([PathBuf::from(place)]).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no `{place}`\nhint: {hint}, or set {variable} to its path");
    }
    found?.parent().map(Path::to_owned)
}

fn open_folder(path: PathBuf) -> Result<PathBuf> {
    fs::create_dir(&path)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777))?;
    Ok(path)
}

#[test]
fn a_standalone_server_restored_by_the_guide_runs_nothing_again() -> Result<()> {
    let hint = "install it (Debian: sqlite3)";
    let Some(tools) = tool("SANDGLASS_TEST_SQLITE3", "/usr/bin/sqlite3", hint) else { return Ok(()) };
    let mut server = Server::start(&["--no-demo", "--slots", "10", "--shell-default-user", "nobody"])?;
    let evidence = open_folder(server.beside().join("evidence"))?;
    let backup = server.beside().join("backup").display().to_string();
    let variables = [("DATA", server.data().display().to_string()), ("BACKUP", backup)];
    save(&server, &evidence)?;
    busy(&server)?;
    follow("Standalone", "mkdir -p", &tools, &variables)?;
    let held = e2e::alone(&["restore", "--resolve-to", "NOW", "--dry-run", "--data", &variables[0].1])?;
    ensure!(told(&held).contains("is in use by process"), "{}", told(&held));
    let long = go_on(&server, &evidence)?;
    // Shell runs go on: the long one outlives the server, and all that the store knows of it.
    server.signal(nix::sys::signal::Signal::SIGTERM)?;
    server.wait()?;
    let before: Vec<_> = JOBS.iter().map(|name| starts(&evidence, name)).collect::<Result<_>>()?;
    let output = told(&follow("Standalone", "mkdir \"$DATA/before", &tools, &variables)?);
    // `asked` runs and waits, `fails` is owed; `every` may run just then.
    ensure!(
        output.contains("nothing was changed (--dry-run)") && output.contains("this was done"),
        "{output}"
    );
    ensure!(output.contains("2 runs that were still to start"), "{output}");

    server.up()?;
    nothing_ran_twice(&server, &evidence, &before)?;
    let story = story(&server)?;
    ensure!(
        story.iter().any(|(_, kind, reason)| kind == "skipped" && reason.contains(RESTORED)),
        "ticks whose records went with the store are told: {story:?}"
    );
    long_is_told(&server, &evidence, &long)
}

#[test]
fn a_fleet_whose_etcd_is_restored_by_the_guide_runs_nothing_again() -> Result<()> {
    let hint = "install it (Debian: etcd-client)";
    let Some(tools) = tool("SANDGLASS_TEST_ETCDCTL", "/usr/bin/etcdctl", hint) else { return Ok(()) };
    let mut fleet = Fleet::start_as(&Plan { masters: 1, workers: 2, ..Plan::default() })?;
    let evidence = fleet.evidence();
    let backup = fleet.folder().join("backup").display().to_string();
    let config = fleet.master(0).folder().join("config.toml").display().to_string();
    let mut variables = vec![("BACKUP", backup), ("CONFIG", config)];
    variables.extend(fleet.etcd.for_etcdctl());
    save(fleet.master(0), &evidence)?;
    busy(fleet.master(0))?;
    follow("Fleet", "mkdir -p", &tools, &variables)?;
    let long = go_on(fleet.master(0), &evidence)?;

    // Somebody who forgot to end the servers is told of each.
    let config = variables[1].1.clone();
    let refused = e2e::alone(&["restore", "--resolve-to", "NOW", "--config", &config])?;
    let words = told(&refused);
    ensure!(refused.status.code() == Some(2) && words.contains("worker `w1`, worker `w2`"), "{words}");
    ensure!(words.contains("still there: master `"), "{words}");

    for n in 0..2 {
        fleet.worker(n).terminate()?;
    }
    fleet.master(0).terminate()?;
    let before: Vec<_> = JOBS.iter().map(|name| starts(&evidence, name)).collect::<Result<_>>()?;
    fleet.etcd.kill();
    fleet.etcd.empty();
    follow("Fleet", "etcdctl snapshot restore", &tools, &variables)?;
    fleet.start_etcd();
    let output = told(&follow("Fleet", "sandglass restore", &tools, &variables)?);
    ensure!(
        output.contains("nothing was changed (--dry-run)") && output.contains("this was done"),
        "{output}"
    );
    // MongoDB was not lost: it has the ends of all that the snapshot still names.
    ensure!(output.contains("0 runs that were under way in the backup"), "{output}");
    ensure!(output.contains("0 runs that were still to start"), "{output}");

    fleet.up()?;
    nothing_ran_twice(fleet.master(0), &evidence, &before)?;
    let story = story(fleet.master(0))?;
    let ran = |at: &str| story.iter().any(|(tick, kind, _)| tick == at && kind == "run");
    for start in &before[0] {
        ensure!(ran(&start.scheduled_at), "the tick {} ran, and is told so: {story:?}", start.scheduled_at);
    }
    ensure!(
        story.iter().any(|(_, kind, reason)| kind == "skipped" && reason.contains(RESTORED)),
        "ticks while nobody was there are told: {story:?}"
    );
    long_is_told(fleet.master(0), &evidence, &long)
}
