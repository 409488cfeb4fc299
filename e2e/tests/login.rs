//! Coming in by the command line: `login` at a terminal, and a password that is reset on the stores when nobody can.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;

use anyhow::{Context as _, Result};
use e2e::fleet::Fleet;
use e2e::{Client, Server, binary, http, told};
use nix::pty::openpty;
use nix::sys::signal::Signal;
use nix::sys::termios::{LocalFlags, tcgetattr};
use serde_json::json;

const WORD: &str = "a word that nobody guesses";

/// Makes an admin with a password.
fn add_ada(server: &Client) -> Result<()> {
    let auth = format!("Bearer {}", server.token());
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
    let body = json!({ "name": "ada", "role": "admin", "password": WORD }).to_string();
    let made = http::send("POST", &format!("{}/api/v1/users", server.url), &headers, body)?;
    assert_eq!(made.status, 201, "{}", made.body);
    Ok(())
}

/// Logs in by what a body says.
fn login(server: &Client, body: &serde_json::Value) -> Result<http::Answer> {
    let headers = [("origin", server.url.as_str()), ("content-type", "application/json")];
    http::send("POST", &format!("{}/api/v1/session", server.url), &headers, body.to_string())
}

/// Runs a command of somebody who lives in `home` and has no token at hand.
fn at_home(home: &Path, server: &Client, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).env("HOME", home).env("SANDGLASS_SERVER", &server.url);
    command.env_remove("SANDGLASS_TOKEN").env_remove("XDG_CONFIG_HOME");
    command
}

/// Goal: who types a password is asked for it, and it is shown nowhere.
#[test]
fn a_password_that_is_typed_at_a_terminal_is_not_shown_and_logs_in() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    add_ada(&server)?;
    let home = tempfile::tempdir()?;
    let terminal = openpty(None, None)?;
    let (ours, theirs) = (File::from(terminal.master), File::from(terminal.slave));
    let mut child = at_home(home.path(), &server, &["login", "--user", "ada"])
        .stdin(theirs.try_clone()?)
        .stderr(theirs.try_clone()?)
        .stdout(Stdio::piped())
        .spawn()?;
    // What the terminal shows, as it comes: a read of it may wait for ever.
    let (mut screen, shown) = (ours.try_clone()?, mpsc::channel());
    std::thread::spawn(move || {
        let mut part = [0; 1024];
        while let Ok(read @ 1..) = screen.read(&mut part) {
            drop(shown.0.send(String::from_utf8_lossy(&part[..read]).into_owned()));
        }
    });
    let mut text = String::new();
    while !text.contains("Password of ada at") || tcgetattr(&theirs)?.local_flags.contains(LocalFlags::ECHO) {
        if let Ok(part) = shown.1.recv_timeout(std::time::Duration::from_millis(50)) {
            text.push_str(&part);
        }
        assert!(child.try_wait()?.is_none(), "it ended before it asked: {text}");
    }
    (&ours).write_all(format!("{WORD}\n").as_bytes())?;
    let mut printed = String::new();
    child.stdout.take().context("piped above")?.read_to_string(&mut printed)?;
    assert!(child.wait()?.success(), "{text}{printed}");
    while let Ok(part) = shown.1.recv_timeout(std::time::Duration::from_millis(200)) {
        text.push_str(&part);
    }
    assert!(printed.starts_with("Logged in as ada (admin)"), "{printed}");
    assert!(!text.contains(WORD) && !printed.contains(WORD), "{text}{printed}");
    assert!(tcgetattr(&theirs)?.local_flags.contains(LocalFlags::ECHO), "the terminal is as it was");
    let list = at_home(home.path(), &server, &["job", "list"]).stdin(Stdio::null()).output()?;
    assert!(list.status.success(), "{}", told(&list));
    Ok(())
}

#[test]
fn a_wrong_password_is_told_and_nothing_is_kept() -> Result<()> {
    let server = Server::start(&["--no-demo"])?;
    add_ada(&server)?;
    let home = tempfile::tempdir()?;
    let mut child = at_home(home.path(), &server, &["login", "--user", "ada"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().context("piped above")?.write_all(b"another word altogether\n")?;
    let ended = child.wait_with_output()?;
    assert!(!ended.status.success() && told(&ended).contains("wrong_password"), "{}", told(&ended));
    assert!(!home.path().join(".config/sandglass/profile.toml").exists());
    Ok(())
}

/// Takes the secret out of what a reset prints.
fn secret(printed: &Output) -> Result<String> {
    assert!(printed.status.success(), "{}", told(printed));
    let text = String::from_utf8_lossy(&printed.stdout);
    let rest = text.split("/login#").nth(1).with_context(|| format!("a link in {text}"))?;
    Ok(rest.split_whitespace().next().unwrap_or_default().to_owned())
}

/// Goal: who is locked out of a fleet comes in by what only its owner has: the configuration of a master.
#[test]
fn a_password_is_reset_on_the_stores_of_a_fleet() -> Result<()> {
    let mut fleet = Fleet::start(1, 0)?;
    let config = fleet.master(0).folder().join("config.toml");
    let master = fleet.master(0);
    add_ada(master)?;
    let password = json!({ "name": "ada", "password": WORD });
    let session = login(master, &password)?;
    assert_eq!(session.status, 201, "{}", session.body);
    let cookie = session.headers["set-cookie"].to_str()?.split(';').next().context("a cookie")?.to_owned();
    let jobs = format!("{}/api/v1/jobs", master.url);
    assert_eq!(http::send("GET", &jobs, &[("cookie", &cookie)], "")?.status, 200);

    let reset = |name: &str| {
        let config = config.to_string_lossy().into_owned();
        Command::new(binary()).args(["user", "reset-password", name, "--config", &config]).output()
    };
    let link = json!({ "login_token": secret(&reset("ada")?)? });
    assert_eq!(http::send("GET", &jobs, &[("cookie", &cookie)], "")?.status, 401, "its sessions have ended");
    assert_eq!(login(master, &password)?.code(), "wrong_password");
    assert_eq!(login(master, &link)?.status, 201);
    assert_eq!(login(master, &link)?.code(), "login_link_used");
    let nobody = reset("bob")?;
    assert!(told(&nobody).contains("there is no user `bob`"), "{}", told(&nobody));
    Ok(())
}

#[test]
fn a_password_is_reset_in_the_folder_of_a_server_that_is_stopped() -> Result<()> {
    let mut server = Server::start(&["--no-demo"])?;
    add_ada(&server)?;
    server.signal(Signal::SIGTERM)?;
    assert!(server.wait()?.success());
    let data = server.data().to_string_lossy().into_owned();
    let reset = Command::new(binary()).args(["user", "reset-password", "ada", "--data", &data]).output()?;
    let link = json!({ "login_token": secret(&reset)? });
    server.up()?;
    assert_eq!(login(&server, &json!({ "name": "ada", "password": WORD }))?.code(), "wrong_password");
    assert_eq!(login(&server, &link)?.status, 201);
    Ok(())
}

/// Goal: who keeps several servers says which by one word, and no token goes to another server than its own.
#[test]
fn profiles_keep_the_tokens_of_several_servers_apart() -> Result<()> {
    let (first, second) = (Server::start(&["--no-demo"])?, Server::start(&["--no-demo"])?);
    let home = tempfile::tempdir()?;
    let run = |server: Option<&Client>, words: &[&str], input: &str| -> Result<Output> {
        let mut command = Command::new(binary());
        command.args(words).env("HOME", home.path());
        for variable in ["SANDGLASS_TOKEN", "SANDGLASS_SERVER", "SANDGLASS_PROFILE", "XDG_CONFIG_HOME"] {
            command.env_remove(variable);
        }
        command.args(server.map(|server| format!("--server={}", server.url)));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        child.stdin.take().context("piped above")?.write_all(input.as_bytes())?;
        Ok(child.wait_with_output()?)
    };
    for (name, server) in [("prod", &first), ("test.eu", &second)] {
        add_ada(server)?;
        let words = ["login", "--user", "ada", "--profile", name];
        let done = run(Some(server), &words, &format!("{WORD}\n"))?;
        assert!(done.status.success(), "{}", told(&done));
        server.apply(&format!(
            "name: {}\nschedule: '@yearly'\nshell: {{ script: 'true' }}\n",
            name.replace('.', "-")
        ))?;
    }
    for (name, job) in [("prod", "prod"), ("test.eu", "test-eu")] {
        let list = run(None, &["job", "list", "--profile", name], "")?;
        let text = String::from_utf8_lossy(&list.stdout).into_owned();
        assert!(list.status.success() && text.contains(job), "{}", told(&list));
    }
    // The token of one server is not shown to the other.
    let other = run(Some(&second), &["job", "list", "--profile", "prod"], "")?;
    assert!(told(&other).contains("401"), "{}", told(&other));
    let unknown = run(None, &["job", "list", "--profile", "stage"], "")?;
    assert_eq!(unknown.status.code(), Some(64), "{}", told(&unknown));
    assert!(told(&unknown).contains("there are: prod, test.eu"), "{}", told(&unknown));
    let odd = run(None, &["job", "list", "--profile", "../x"], "")?;
    assert!(told(&odd).contains("must be 1 to 63 letters"), "{}", told(&odd));
    Ok(())
}
