//! `sandglass config show`: what each option of a role is in the end, and where that comes from; and a server that takes
//! options while it runs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use e2e::fleet::Fleet;
use e2e::{Client, Server, binary, hook, http, told};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

/// What no answer may show.
const SECRET: &str = "hunter2-hunter2-hunter2-hunter2-hunter2";

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Output> {
    let mut command = Command::new(binary());
    command.args(arguments).envs(variables.iter().copied());
    command.stdin(Stdio::null()).output().context("could not start sandglass")
}

/// Returns the options of a role by their names.
fn shown(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Vec<(String, Value)>> {
    let output = run(&[&["config", "show"], arguments, &["-o", "json"]].concat(), variables)?;
    ensure!(output.status.success(), "{}", told(&output));
    ensure!(!told(&output).contains(SECRET), "a secret is shown: {}", told(&output));
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let options = answer["options"].as_array().context("options")?;
    let named = |option: &Value| (option["name"].as_str().unwrap_or_default().to_owned(), option.clone());
    Ok(options.iter().map(named).collect())
}

fn option(all: &[(String, Value)], name: &str) -> Result<Value> {
    let found = all.iter().find(|(known, _)| known == name);
    let (_, option) = found.with_context(|| format!("`{name}` is not shown"))?;
    Ok(json!([option["value"], option["origin"], option["place"], option["secret"], option["reload"]]))
}

/// Writes the file that ships for a role, with its secrets in `folder`.
fn shipped(folder: &Path, role: &str) -> Result<(PathBuf, String)> {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../deploy/{role}.toml")))?;
    for name in ["etcd.password", "mongodb.password", "admin-token"] {
        let path = folder.join(name);
        fs::write(&path, SECRET)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    }
    let text = text.replace("/etc/sandglass", &folder.to_string_lossy());
    let path = folder.join(format!("{role}.toml"));
    fs::write(&path, &text)?;
    Ok((path, text))
}

#[test]
fn each_value_is_shown_with_where_it_comes_from_and_no_secret() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (path, text) = shipped(folder.path(), "worker")?;
    let config = path.to_string_lossy().into_owned();
    let line = |of: &str| text.lines().position(|line| line.starts_with(of)).map_or(0, |at| at + 1);
    let variables = [
        ("SANDGLASS_OPT_DRAIN_TIMEOUT", "1m"),
        ("SANDGLASS_OPT_LOG", "warn"),
        ("SANDGLASS_OPT_SHELL_USERS", "ann, bob"),
    ];
    let flags = ["worker", "--config", &config, "--slots", "3", "--label", "role=db", "--label", "rack=7"];
    let all = shown(&flags, &variables)?;
    let password = folder.path().join("etcd.password");
    let at = |line: usize| format!("{config}:{line}");
    for (name, wanted) in [
        ("worker.slots", json!([3, "flag", "--slots", false, false])),
        ("worker.labels", json!([{ "rack": "7", "role": "db" }, "flag", "--label", false, false])),
        ("worker.drain_timeout", json!(["1m", "environment", "SANDGLASS_OPT_DRAIN_TIMEOUT", false, false])),
        ("log.filter", json!(["warn", "environment", "SANDGLASS_OPT_LOG", false, true])),
        ("shell.users", json!([["ann", "bob"], "environment", "SANDGLASS_OPT_SHELL_USERS", false, false])),
        ("etcd.user", json!(["sandglass-worker", "file", at(line("user = ")), false, false])),
        ("etcd.password_file", json!([password, "file", at(line("password_file")), true, false])),
        ("pipeline.batch_bytes", json!(["4MiB", "default", null, false, false])),
        ("shell.allow_root", json!([false, "default", null, false, false])),
        ("worker.cgroup_root", json!([null, "default", null, false, false])),
    ] {
        assert_eq!(option(&all, name)?, wanted, "{name}");
    }
    let host = option(&all, "worker.id")?;
    assert!(host[0].is_string() && host[1] == "default", "{host}");
    let table = run(&[&["config", "show"], &flags[..]].concat(), &variables)?;
    let table = told(&table);
    assert!(
        table.contains(&format!("set, from {}", password.display())) && !table.contains(SECRET),
        "{table}"
    );
    assert!(table.contains("SANDGLASS_OPT_LOG ") && table.contains(&at(line("user = "))), "{table}");
    let yaml = run(&[&["config", "show"], &flags[..], &["-o", "yaml"]].concat(), &variables)?;
    assert!(told(&yaml).contains("role: worker") && !told(&yaml).contains(SECRET), "{}", told(&yaml));
    Ok(())
}

/// Goal: none is left out, and the files that ship say the defaults that there are. Method: each line of them, also behind a
/// `#`, against what is shown of the same file.
#[test]
fn every_option_of_the_files_that_ship_is_shown_with_its_default() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for role in ["master", "worker"] {
        let (path, text) = shipped(folder.path(), role)?;
        let all = shown(&[role, "--config", &path.to_string_lossy()], &[])?;
        let (mut section, mut stands, mut compared) = (String::new(), Vec::new(), 0);
        for line in text.lines() {
            if let Some(name) = line.strip_prefix('[') {
                section = format!("{}.", name.trim_end_matches(']'));
                continue;
            }
            let hidden = line.starts_with("# ");
            let parts = line.trim_start_matches("# ").split_once(" = ");
            let Some((name, value)) = parts.filter(|(name, _)| !name.contains(' ')) else { continue };
            let name = format!("{section}{name}");
            let found = option(&all, &name)?;
            let default = &found[0];
            // Where there is none the file has an example, and what the host says is its own.
            let by_host = ["worker.id", "worker.slots", "worker.data"].contains(&name.as_str());
            let is_list = default.is_array() || default.is_object();
            if hidden && found[1] == "default" && !default.is_null() && !is_list && !by_host {
                let value = value.trim_matches('"');
                let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
                ensure!(value == default, "{role}.toml says `{name} = {value}`, the default is `{default}`");
                compared += 1;
            }
            stands.push(name);
        }
        for (name, _) in &all {
            ensure!(stands.contains(name), "`{name}` stands nowhere in deploy/{role}.toml");
        }
        ensure!(compared >= 15, "{role}: {compared} defaults");
    }
    Ok(())
}

#[test]
fn flags_of_a_standalone_server_go_before_its_file() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("config.toml");
    fs::write(
        &path,
        "[shell]\nusers = [\"ann\"]\nallow_unenforced = [\"cpu\"]\n[alerts]\nallow = [\"10.0.0.5\"]\n",
    )?;
    let config = path.to_string_lossy().into_owned();
    let flags = ["--no-shell", "--allow-unenforced", "pids", "--no-demo", "--slots", "5"];
    let all = shown(
        &[&["standalone", "--config", &config], &flags[..]].concat(),
        &[("SANDGLASS_OPT_LISTEN", "127.0.0.1:0")],
    )?;
    for (name, wanted) in [
        ("shell.enabled", json!([false, "flag", "--no-shell", false, false])),
        ("shell.users", json!([["ann"], "file", format!("{config}:2"), false, false])),
        ("shell.allow_unenforced", json!([["cpu", "pids"], "flag", "--allow-unenforced", false, false])),
        ("alerts.allow", json!([["10.0.0.5"], "file", format!("{config}:5"), false, true])),
        ("no_demo", json!([true, "flag", "--no-demo", false, false])),
        ("slots", json!([5, "flag", "--slots", false, false])),
        ("listen", json!(["127.0.0.1:0", "environment", "SANDGLASS_OPT_LISTEN", false, false])),
        ("module_max", json!(["32MiB", "default", null, false, false])),
    ] {
        assert_eq!(option(&all, name)?, wanted, "{name}");
    }
    Ok(())
}

#[test]
fn faults_are_told_all_at_once_as_the_server_tells_them() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("config.toml");
    fs::write(
        &path,
        "allow_unauthenticated_stores = true\n[worker]\nslots = 0\nlables = 1\n[log]\nfilter = \"worker=loud\"\n",
    )?;
    let words = ["worker", "--config", &path.to_string_lossy()];
    let (told_here, told_there) = (run(&[&["config", "show"], &words[..]].concat(), &[])?, run(&words, &[])?);
    assert_eq!(told_here.status.code(), Some(64), "{}", told(&told_here));
    assert_eq!(told(&told_here), told(&told_there));
    for fault in [
        "worker.slots (line 3)",
        "worker.lables (line 4)",
        "log.filter (line 6): `worker=loud` is not a filter",
    ] {
        assert!(told(&told_here).contains(fault), "{fault}: {}", told(&told_here));
    }
    Ok(())
}

/// The docs name what is taken, and nothing else.
#[test]
fn the_page_names_what_a_running_server_takes() -> Result<()> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CONFIGURATION.md"))?;
    let folder = tempfile::tempdir()?;
    for role in ["master", "worker", "standalone"] {
        let row = page.lines().find_map(|line| line.strip_prefix(&format!("| {role} | ")));
        let row = row.with_context(|| format!("a row for {role}"))?;
        let named: Vec<_> = row.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let mut words = vec![role.to_owned()];
        if role != "standalone" {
            words.extend([
                "--config".to_owned(),
                shipped(folder.path(), role)?.0.to_string_lossy().into_owned(),
            ]);
        }
        let all = shown(&words.iter().map(String::as_str).collect::<Vec<_>>(), &[])?;
        let taken: Vec<_> =
            all.into_iter().filter(|(_, option)| option["reload"] == true).map(|(name, _)| name).collect();
        assert_eq!(named, taken, "{role}");
    }
    Ok(())
}

#[test]
fn a_standalone_server_takes_where_alerts_may_go_and_names_what_needs_a_restart() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("config.toml");
    fs::write(&path, "[shell]\nallow_root = false\n")?;
    let server = Server::start(&["--no-demo", "--config", &path.to_string_lossy()])?;
    let (url, posted) = hook::start()?;
    let channels = folder.path().join("channels.yaml");
    fs::write(&channels, format!("channels:\n- {{ name: hook, via: {{ type: webhook, url: '{url}' }} }}\n"))?;
    server.done(&["alert", "set", "channels", &channels.to_string_lossy()])?;
    let refused = server.ask(&["alert", "test", "hook"])?;
    ensure!(!refused.status.success(), "{}", told(&refused));

    // A fault: nothing is taken, though one line of it reads.
    fs::write(&path, "[alerts]\nallow = [\"127.0.0.0/8\"]\nlow = 1\n[shell]\nallow_root = 2\n")?;
    server.signal(Signal::SIGHUP)?;
    heard(&server, "the configuration was not read anew, nothing is changed")?;
    heard(&server, "alerts.low (line 3)")?;
    heard(&server, "shell.allow_root (line 5): must be true or false, got `2`")?;
    ensure!(!server.ask(&["alert", "test", "hook"])?.status.success());

    fs::write(&path, "[alerts]\nallow = [\"127.0.0.0/8\"]\n[shell]\nallow_root = true\n")?;
    server.signal(Signal::SIGHUP)?;
    heard(
        &server,
        "`shell.allow_root` needs a restart: it is `true` now, this process goes on with `false`",
    )?;
    heard(&server, "`alerts.allow` is now `[\"127.0.0.0/8\"]`, it was `[]`")?;
    server.done(&["alert", "test", "hook"])?;
    posted.recv_timeout(e2e::PATIENCE)?;
    Ok(())
}

fn heard(server: &Client, line: &str) -> Result<()> {
    server.until(&format!("`{line}` in the log"), || Ok(server.log().contains(line).then_some(())))
}

#[test]
fn a_fleet_takes_its_filter_its_token_and_its_limits_without_a_restart() -> Result<()> {
    let mut fleet = Fleet::start(1, 1)?;
    let (first, second) = (fleet.token(), "f00d".repeat(16));
    let token = fleet.folder().join("admin-token");
    let master = fleet.master(0);
    let pid = master.pid()?;
    let jobs = format!("{}/api/v1/jobs", master.url);
    let ask = |token: &str| {
        http::send("GET", &jobs, &[("authorization", &format!("Bearer {token}"))], "")
            .map(|answer| answer.status)
    };
    assert_eq!((ask(&first)?, ask(&second)?), (200, 401));
    let file = master.folder().join("config.toml");
    let config = fs::read_to_string(&file)?;
    let more = "requests_per_second = 1\nconnections_max = 99\n[log]\nfilter = \"warn\"\n";
    fs::write(&file, format!("{config}{more}"))?;
    fs::write(&token, &second)?;
    master.signal(Signal::SIGHUP)?;
    master.until("the new token to be taken", || Ok((ask(&second)? == 200).then_some(())))?;
    assert_eq!(ask(&first)?, 401);
    heard(
        master,
        "`master.connections_max` needs a restart: it is `99` now, this process goes on with `2048`",
    )?;
    master.until("a user to be slowed", || Ok((ask(&second)? == 429).then_some(())))?;
    // What is only told is not printed any more, until it is asked for again.
    assert!(!master.whole_log().contains("the configuration was read anew"), "{}", master.log());
    fs::write(&file, &config)?;
    master.signal(Signal::SIGHUP)?;
    heard(master, "`log.filter` is now `info`, it was `warn`")?;
    assert_eq!((ask(&second)?, master.pid()?), (200, pid));
    assert!(!master.whole_log().contains(&second), "a secret is logged");

    let worker = fleet.worker(0);
    let file = worker.folder().join("config.toml");
    let config = fs::read_to_string(&file)?;
    fs::write(
        &file,
        format!("{}\n[log]\nfilter = \"info,worker=debug\"\n", config.replace("slots = 8", "slots = 9")),
    )?;
    worker.signal(Signal::SIGHUP)?;
    let told = |line: &str| {
        worker.until(&format!("`{line}`"), || Ok(worker.whole_log().contains(line).then_some(())))
    };
    told("`worker.slots` needs a restart: it is `9` now, this process goes on with `8`")?;
    told("`log.filter` is now `info,worker=debug`, it was `info`")?;
    Ok(())
}
