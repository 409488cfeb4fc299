//! Everything that is intent moves: from one machine to a fleet and back, by the commands of `docs/DAY_TWO.md`; what is in
//! the way, what is damaged, and what stays behind is told before anything is changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use e2e::fleet::Fleet;
use e2e::markdown::blocks;
use e2e::{Client, Server, binary, told};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A module that greets.
const GREETING: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\20\00\00\00\0f\00\00\00") (data (i32.const 32) "hello, the move")
    (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))"#;

/// Jobs with a tick every five seconds: all that are missed run, or the newest.
const JOBS: &str = "name: all-of-them\nschedule: '*/5 * * * * *'\nshell: { script: 'true' }\noverlap: allow\n\
    start_deadline: 1s\nmissed: { policy: all, window: 1h, max: 1000 }\nalerts: { channels: [ops] }\n---\n\
    name: newest\nschedule: '*/5 * * * * *'\nshell: { script: 'true' }\n\
    start_deadline: 1s\nmissed: { policy: latest, window: 1h }\n---\n\
    name: held\nschedule: '* * * * *'\nshell: { script: 'true' }\n---\n\
    name: greet\nschedule: '@yearly'\nwasm: { module: 'greet:stable' }\n";

/// The step of their schedules.
const STEP_SECONDS: i64 = 5;

fn send(server: &Client, method: &str, path: &str, body: &Value) -> Result<()> {
    let auth = format!("Bearer {}", server.token());
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
    let url = format!("{}/api/v1{path}", server.url);
    let answer = e2e::http::send(method, &url, &headers, body.to_string())?;
    ensure!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
    Ok(())
}

/// Gives a server everything that moves; returns the digest of its module.
fn furnish(server: &Client, folder: &Path) -> Result<String> {
    let file = folder.join("greet.wasm");
    fs::write(&file, wat::parse_str(GREETING)?)?;
    let pushed =
        server.json(&["module", "push", &file.to_string_lossy(), "--tag", "greet:stable,greet:1"])?;
    let hook = json!({ "type": "webhook", "url": "http://127.0.0.1:9/", "secret": "the key" });
    send(server, "PUT", "/alerts/channels", &json!({ "channels": [{ "name": "ops", "via": hook }] }))?;
    let rule = json!({ "name": "lost", "on": ["lost"], "channels": ["ops"] });
    send(server, "PUT", "/alerts/rules", &json!({ "rules": [rule] }))?;
    send(server, "PUT", "/settings", &json!({ "audit_days": 123 }))?;
    send(
        server,
        "POST",
        "/users",
        &json!({ "name": "ada", "role": "operator", "password": "a word that nobody guesses" }),
    )?;
    server.apply(JOBS)?;
    let until = "2099-01-01T00:00:00Z";
    server.done(&["job", "pause", "held", "--why", "an audit", "--until", until])?;
    Ok(pushed["digest"].as_str().context("a digest")?.to_owned())
}

/// Runs blocks of the page as somebody at this server would, in `folder`.
fn follow(page: &[String], server: &Client, folder: &Path) -> Result<String> {
    let program = binary();
    let bin = program.parent().context("a folder")?;
    let mut said = String::new();
    for block in page {
        let output = Command::new("sh")
            .args(["-c", &format!("PATH={}:$PATH\nset -e\n{block}", bin.display())])
            .current_dir(folder)
            .env("SANDGLASS_SERVER", &server.url)
            .env("SANDGLASS_TOKEN", server.token())
            .stdin(Stdio::null())
            .output()?;
        ensure!(output.status.success(), "this block failed:\n{block}\n{}", told(&output));
        said.push_str(&told(&output));
    }
    Ok(said)
}

/// Returns the first tick of each run of a job, with how often it ran.
fn ticks(servers: &[&Client], job: &str) -> Result<BTreeMap<i64, usize>> {
    let mut ticks = BTreeMap::new();
    for server in servers {
        for run in server.runs(job)? {
            let at: Timestamp = run["scheduled_at"].as_str().context("an instant")?.parse()?;
            *ticks.entry(at.as_second()).or_default() += 1;
        }
    }
    Ok(ticks)
}

/// Waits until a server has a run of a tick after an instant, and is done with all it has.
fn until_runs_after(server: &Client, job: &str, after: Timestamp) -> Result<()> {
    server.until(&format!("a run of `{job}` after {after}"), || {
        let runs = server.runs(job)?;
        let done = runs.iter().all(|run| run["status"] == "succeeded");
        let newest = runs.first().and_then(|run| run["scheduled_at"].as_str()?.parse::<Timestamp>().ok());
        Ok((done && newest.is_some_and(|at| at > after)).then_some(()))
    })
}

/// Returns the instant by the clock that the servers have, too.
#[expect(
    clippy::disallowed_methods,
    reason = "the servers are processes of this machine, and have its clock"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Waits until so many ticks have fallen due since an instant.
fn until_due(server: &Client, since: Timestamp, ticks: i64) -> Result<()> {
    let passed = || now().as_second() > since.as_second() + ticks * STEP_SECONDS + 2;
    server.until("ticks to fall due on the way", || Ok(passed().then_some(())))
}

fn job_named<'a>(list: &'a Value, name: &str) -> &'a Value {
    list["jobs"].as_array().into_iter().flatten().find(|job| job["name"] == name).unwrap_or(&Value::Null)
}

fn results(report: &Value, result: &str) -> usize {
    report["items"].as_array().into_iter().flatten().filter(|item| item["result"] == result).count()
}

/// Returns a member of an archive, as `tar` has it.
fn member(archive: &Path, name: &str) -> Result<String> {
    let output = Command::new("tar").arg("xOf").arg(archive).arg(name).output()?;
    ensure!(output.status.success(), "{}", told(&output));
    Ok(String::from_utf8(output.stdout)?)
}

/// Goal: from one machine to a fleet and back without a tick that runs twice or is forgotten, by the page's own commands.
#[test]
fn everything_moves_to_a_fleet_and_back() -> Result<()> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/DAY_TWO.md"))?;
    let page: Vec<String> =
        blocks(&page).into_iter().filter(|block| block.language == "sh").map(|block| block.text).collect();
    let [leave, look, arrive, back_leave, back_arrive] = page.as_slice() else {
        panic!("{} blocks", page.len())
    };
    let mut fleet = Fleet::start(1, 1)?;
    let old = Server::start(&["--no-demo"])?;
    let folder = old.beside().to_owned();
    let digest = furnish(&old, &folder)?;
    until_runs_after(&old, "all-of-them", Timestamp::UNIX_EPOCH)?;

    let said = follow(std::slice::from_ref(leave), &old, &folder)?;
    let left = now();
    assert!(said.contains("4, 1 of them paused by people"), "{said}");
    let list = old.json(&["job", "list"])?;
    assert!(
        ["all-of-them", "newest", "held", "greet"]
            .iter()
            .all(|name| job_named(&list, name)["status"] == "paused"),
        "{list}"
    );
    // Once more: it still knows which pauses are people's.
    let (first, second) = (folder.join("sandglass.tar"), folder.join("second.tar"));
    old.done(&["export", "--yes", "--with-secrets", &second.to_string_lossy()])?;
    let [jobs, again] = [&first, &second].map(|file| member(file, "jobs.jsonl"));
    assert_eq!(jobs?, again?);
    until_due(&old, left, 2)?;

    let new = fleet.master(0);
    let said = follow(std::slice::from_ref(look), new, &folder)?;
    assert!(said.contains("4 created"), "{said}");
    assert_eq!(new.json(&["job", "list"])?["total"], 0, "a dry run changes nothing");
    follow(std::slice::from_ref(arrive), new, &folder)?;
    let arrived = now();

    let modules = new.json(&["module", "list"])?;
    let module = &modules["modules"][0];
    assert_eq!(
        (&module["digest"], &module["tags"]),
        (&json!(digest), &json!(["greet:1", "greet:stable"])),
        "{modules}"
    );
    new.done(&["job", "run", "greet"])?;
    let run = new.run_in("greet", &["succeeded", "failed", "not_started"])?;
    assert_eq!(run["status"], "succeeded", "{run}");
    let held = new.json(&["job", "get", "held"])?["state"]["paused"].clone();
    assert_eq!(
        (&held["why"], &held["until"]),
        (&json!("an audit"), &json!("2099-01-01T00:00:00Z")),
        "{held}"
    );
    let users = new.json(&["user", "list"])?;
    let ada = users["users"].as_array().into_iter().flatten().find(|user| user["name"] == "ada");
    assert_eq!(ada.context("ada")?["role"], "operator");
    let login = json!({ "name": "ada", "password": "a word that nobody guesses" }).to_string();
    let headers = [("origin", new.url.as_str()), ("content-type", "application/json")];
    let login = e2e::http::send("POST", &format!("{}/api/v1/session", new.url), &headers, login)?;
    assert!(login.status < 300, "the password came with her: {}", login.body);
    let again = new.json(&["import", &first.to_string_lossy()])?;
    assert_eq!(results(&again, "same"), again["items"].as_array().map_or(0, Vec::len), "{again}");
    for (server, action) in [(&*old as &Client, "export"), (&*new as &Client, "import")] {
        server.until("the audit", || {
            let auth = format!("Bearer {}", server.token());
            let url = format!("{}/api/v1/audit?target=/api/v1/transfer", server.url);
            let told = e2e::http::send("GET", &url, &[("authorization", &auth)], String::new())?;
            Ok(told.body.contains(&format!("/transfer/settings/{action}")).then_some(()))
        })?;
    }

    until_runs_after(new, "all-of-them", arrived)?;
    until_runs_after(new, "newest", arrived)?;
    // Back, to the same machine: it takes what it gave.
    follow(std::slice::from_ref(back_leave), new, &folder)?;
    let left_again = now();
    until_due(&old, left_again, 2)?;
    let said = follow(std::slice::from_ref(back_arrive), &old, &folder)?;
    assert!(said.contains("4 returned"), "{said}");
    let arrived_again = now();
    until_runs_after(&old, "all-of-them", arrived_again)?;
    until_runs_after(&old, "newest", arrived_again)?;
    let held = old.json(&["job", "get", "held"])?["state"]["paused"].clone();
    assert_eq!(held["why"], "an audit", "{held}");

    let new: &Client = fleet.master(0);
    let all = ticks(&[&old, new], "all-of-them")?;
    let (first, last) = (*all.keys().next().context("ticks")?, *all.keys().last().context("ticks")?);
    let expected: BTreeMap<i64, usize> = (first..=last).step_by(5).map(|at| (at, 1)).collect();
    assert_eq!(all, expected, "each tick once, whoever ran it");
    let newest = ticks(&[&old, new], "newest")?;
    assert!(newest.values().all(|runs| *runs == 1), "{newest:?}");
    for (from, to) in [(left, arrived), (left_again, arrived_again)] {
        let made_up = newest.range(from.as_second()..=to.as_second()).count();
        assert!(made_up >= 1, "the newest of the move is made up: {newest:?}, {from} to {to}");
    }
    Ok(())
}

/// Imports a file, which must be refused, and returns what is said.
fn refused(server: &Client, arguments: &[&str]) -> Result<String> {
    let output: Output = server.ask(arguments)?;
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    Ok(told(&output))
}

/// Goal: nobody's work is overwritten and no damaged file is used, and all that hinders is told at once.
#[test]
fn what_is_in_the_way_or_damaged_is_told_before_anything_is_changed() -> Result<()> {
    let (source, target) = (Server::start(&["--no-demo"])?, Server::start(&["--no-demo"])?);
    furnish(&source, source.beside())?;
    let file = source.beside().join("copy.tar");
    let path = file.to_string_lossy().into_owned();
    let unasked = source.ask(&["export", &path])?;
    assert_eq!(unasked.status.code(), Some(64), "{}", told(&unasked));
    assert!(told(&unasked).contains("--yes does it") && !file.exists(), "{}", told(&unasked));
    let copied = source.json(&["export", "--no-pause", &path])?;
    assert_eq!((&copied["cutover"], &copied["left"]["channels_without_secrets"]), (&json!(false), &json!(1)));
    assert_eq!(job_named(&source.json(&["job", "list"])?, "newest")["status"], "active");
    let there = source.ask(&["export", "--no-pause", &path])?;
    assert!(told(&there).contains("is there already"), "{}", told(&there));

    // The secret stayed behind, and no job goes without its channel.
    let told = refused(&target, &["import", &path])?;
    assert!(told.contains("ops") && told.contains("--with-secrets"), "{told}");
    let whole = source.beside().join("whole.tar").to_string_lossy().into_owned();
    source.done(&["export", "--no-pause", "--with-secrets", &whole])?;
    let secret = fs::read(&whole)?;
    assert!(secret.windows(7).any(|part| part == b"the key"), "the secret is in it, as asked");
    assert!(!fs::read(&file)?.windows(7).any(|part| part == b"the key"));

    // A wrong byte.
    let mut bytes = secret;
    let at = bytes.windows(8).position(|part| part == b"an audit").context("a word of a job")?;
    bytes[at] ^= 1;
    let damaged = source.beside().join("damaged.tar");
    fs::write(&damaged, &bytes)?;
    let told = refused(&target, &["import", &damaged.to_string_lossy()])?;
    assert!(told.contains("`jobs.jsonl`: its SHA-256") && told.contains("nothing was changed"), "{told}");

    // What is in the way, all of it.
    target.apply(
        "name: held\nschedule: '0 5 * * *'\nshell: { script: 'echo other' }\n---\n\
         name: newest\nschedule: '0 6 * * *'\nshell: { script: 'echo other' }\n",
    )?;
    send(&target, "PUT", "/settings", &json!({ "audit_days": 7 }))?;
    let told = refused(&target, &["import", &whole])?;
    for name in ["held", "newest", "settings", "3 in the way"] {
        assert!(told.contains(name), "{name}: {told}");
    }
    assert!(target.ask(&["job", "get", "greet"])?.status.code() != Some(0), "nothing was imported");
    let skipped = target.json(&["import", "--skip-existing", &whole])?;
    assert_eq!((results(&skipped, "skipped"), results(&skipped, "in_the_way")), (3, 0), "{skipped}");
    assert_eq!(target.json(&["job", "get", "newest"])?["job"]["schedule"], "0 6 * * *");
    let replaced = target.json(&["import", "--replace", &whole])?;
    assert_eq!((results(&replaced, "replaced"), results(&replaced, "faulty")), (3, 0), "{replaced}");
    let newest = target.json(&["job", "get", "newest"])?;
    assert_eq!(newest["job"]["schedule"], "*/5 * * * * *", "{newest}");
    assert_eq!(target.json(&["job", "get", "held"])?["state"]["paused"]["why"], "an audit");
    Ok(())
}

/// Goal: no file is written while something of a job is under way at the source, and whoever will not wait is told of what.
///
/// Mutation: the export does not ask again what is under way, and the file is there while the run goes on.
#[test]
fn an_export_waits_for_what_is_under_way() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    server.apply("name: slow\nschedule: '@yearly'\nshell: { script: 'sleep 5' }\n---\nname: endless\nschedule: '@yearly'\nshell: { script: 'sleep 600' }\n")?;
    for job in ["slow", "endless"] {
        server.done(&["job", "run", job])?;
        server.run_in(job, &["running"])?;
    }
    let file = server.beside().join("out.tar");
    let path = file.to_string_lossy().into_owned();
    let gave_up = server.ask(&["export", "--yes", "--wait", "1s", &path])?;
    let said = told(&gave_up);
    assert_eq!(gave_up.status.code(), Some(1), "{said}");
    assert!(said.contains("`endless`") && said.contains("had not ended within 1s"), "{said}");
    assert!(said.contains("the jobs are paused") && !file.exists(), "{said}");
    server.done(&["job", "kill", "endless"])?;
    server.run_in("endless", &["killed"])?;
    let written = server.json(&["export", "--yes", &path])?;
    assert_eq!(written["left"]["jobs_under_way"], json!([]), "{written}");
    assert_eq!(server.runs("slow")?[0]["status"], "succeeded");
    // Whoever gives up has the jobs as they stood.
    server.done(&["job", "resume", "--all", "--yes"])?;
    assert_eq!(job_named(&server.json(&["job", "list"])?, "slow")["status"], "active");
    Ok(())
}
