//! nginx in front of two masters, by the configuration that ships: reads go on and a stream is taken up again when one of
//! them is killed. Where this machine has no nginx, it says so and tests nothing.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context as _, Result, ensure};
use e2e::fleet::{Fleet, Plan};
use e2e::nginx::{HINT, Nginx};
use e2e::{PATIENCE, http, told};

/// Reads after a master was killed: round robin would send half of them to it.
const READS: usize = 12;

/// Starts nginx before the masters that run.
fn proxy(fleet: &mut Fleet, masters: &[String]) -> Result<Option<Nginx>> {
    let folder = fleet.folder().join("nginx");
    let nginx = Nginx::start(masters, &folder)?;
    if nginx.is_none() {
        eprintln!("skipped: there is no nginx\nhint: {HINT}");
    }
    Ok(nginx)
}

/// Caught: reads that are not passed on (`proxy_next_upstream off`), and a body that nginx refuses (`client_max_body_size`) or
/// keeps (`proxy_request_buffering on`).
#[test]
fn reads_go_on_when_one_of_two_masters_is_killed() -> Result<()> {
    let mut fleet = Fleet::start(2, 1)?;
    let masters = [fleet.master(0).url.clone(), fleet.master(1).url.clone()];
    let Some(nginx) = proxy(&mut fleet, &masters)? else { return Ok(()) };
    let client = fleet.client_at(&nginx.url);
    client.apply("name: hello\nschedule: '@yearly'\nshell: { script: echo hello }\n")?;
    client.done(&["job", "run", "hello"])?;
    client.run_in("hello", &["succeeded"])?;
    // What is large passes as it comes, and is refused by the master, not by nginx.
    let bearer = format!("Bearer {}", fleet.token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/wasm")];
    let large = http::send("POST", &format!("{}/api/v1/modules", nginx.url), &headers, vec![0; 40 << 20])?;
    ensure!(large.status == 413 && large.code() != "", "{} {}", large.status, large.body);
    ensure!(!nginx.log().contains("buffered to a temporary file"), "nginx kept it:\n{}", nginx.log());

    fleet.master(1).kill()?;
    for n in 0..READS {
        let list = client.ask(&["job", "list"])?;
        ensure!(list.status.success(), "read {n}: {}\n{}", told(&list), nginx.log());
    }
    // Refused at most while nginx does not know yet, done from then on.
    client
        .until("a change", || Ok(client.ask(&["job", "pause", "hello"])?.status.success().then_some(())))?;
    let access = fs::read_to_string(fleet.folder().join("nginx/access.log"))?;
    ensure!(access.lines().any(|line| line.contains("GET /api/v1/jobs")), "{access}");
    Ok(())
}

/// The stream begins at the only master there is; another comes, the first is killed.
///
/// Not caught: `proxy_buffering on`, since this nginx passes on what comes in chunks as it comes all the same, and a stream
/// whose request nginx does not pass on (`proxy_next_upstream off`), since the client asks once more.
#[test]
fn a_stream_goes_on_at_the_other_master_when_its_own_is_killed() -> Result<()> {
    let mut fleet = Fleet::down(&Plan { masters: 2, workers: 1, fixed_ports: true, ..Plan::default() })?;
    let masters = [fleet.master(0).address_to_be()?, fleet.master(1).address_to_be()?];
    let Some(nginx) = proxy(&mut fleet, &masters)? else { return Ok(()) };
    fleet.master(0).start()?;
    fleet.worker(0).start()?;
    fleet.master(0).ready()?;
    let go = fleet.evidence().join("go");
    let script = format!(
        "n=0; while [ ! -e {} ]; do n=$((n+1)); echo line $n; sleep 0.2; done; echo end",
        go.display()
    );
    fleet.master(0).apply(&format!("name: long\nschedule: '@yearly'\nshell: {{ script: '{script}' }}\n"))?;
    fleet.master(0).done(&["job", "run", "long"])?;
    let run = fleet.master(0).run_in("long", &["running"])?;
    let id = run["id"].as_str().context("an id")?;
    let mut follow = Command::new(e2e::binary())
        .args(["run", "logs", id, "-f"])
        .env("SANDGLASS_SERVER", &nginx.url)
        .env("SANDGLASS_TOKEN", fleet.token())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("could not start sandglass")?;
    let out = BufReader::new(follow.stdout.take().context("piped above")?);
    let (told, lines) = mpsc::channel();
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
    let mut seen = vec![lines.recv_timeout(PATIENCE).context("a line while the run goes on")?];
    fleet.master(1).start()?;
    fleet.master(1).ready()?;
    fleet.master(0).kill()?;
    // More than what may have been on its way.
    for _ in 0..20 {
        seen.push(lines.recv_timeout(PATIENCE).context("a line by the other master")?);
    }
    fs::write(&go, "")?;
    while let Ok(line) = lines.recv_timeout(PATIENCE) {
        seen.push(line);
    }
    ensure!(follow.wait()?.success(), "the follower failed: {seen:?}\n{}", nginx.log());
    let all: Vec<String> = (1..seen.len()).map(|n| format!("line {n}")).chain(["end".to_owned()]).collect();
    ensure!(seen == all, "lost or doubled: {seen:?}");
    Ok(())
}
