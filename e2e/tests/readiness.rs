//! What the built binary tells a service manager through a real socket: that a role is ready when it serves and not before,
//! that it lives, that it ends.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use e2e::fleet::{Fleet, Plan};
use e2e::{PATIENCE, binary};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// After how much silence the manager would give a process up.
const WATCHDOG: Duration = Duration::from_secs(1);
/// Silence that is none by accident: a process that lives would have told thrice meanwhile.
const SILENCE: Duration = Duration::from_millis(1_600);

/// A service manager, as far as it listens.
struct Manager(UnixDatagram);

impl Manager {
    fn at(path: &Path) -> Result<Self> {
        Ok(Self(UnixDatagram::bind(path)?))
    }

    /// Returns the next message that came within so long.
    fn next(&self, patience: Duration) -> Result<Option<String>> {
        self.0.set_read_timeout(Some(patience))?;
        let mut message = [0; 4096];
        match self.0.recv(&mut message) {
            Ok(length) => Ok(Some(String::from_utf8_lossy(&message[..length]).into_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error).context("the manager's socket"),
        }
    }

    /// Returns all messages up to the first in which a line stands, with that one last.
    fn until(&self, line: &str) -> Result<Vec<String>> {
        let (deadline, mut seen) = (Instant::now() + PATIENCE, Vec::new());
        while Instant::now() < deadline {
            if let Some(message) = self.next(Duration::from_secs(1))? {
                let found = message.lines().any(|told| told == line);
                seen.push(message);
                if found {
                    return Ok(seen);
                }
            }
        }
        bail!("`{line}` was not told; but {seen:?}")
    }

    /// Takes what is there, and what comes until so long nothing came.
    fn until_silent(&self, silence: Duration) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.next(silence)?.is_some() {
            if Instant::now() > deadline {
                bail!("it never fell silent");
            }
        }
        Ok(())
    }
}

/// Ends a process that a test left.
struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn status_of(messages: &[String]) -> String {
    messages
        .last()
        .and_then(|last| last.lines().find_map(|line| line.strip_prefix("STATUS=")))
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_standalone_server_is_ready_once_it_serves_lives_while_it_beats_and_says_that_it_ends() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let manager = Manager::at(&folder.path().join("notify"))?;
    let mut child = Held(
        Command::new(binary())
            .args(["standalone", "--no-demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .env("NOTIFY_SOCKET", folder.path().join("notify"))
            .env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    let pid = Pid::from_raw(i32::try_from(child.0.id())?);
    let status = status_of(&manager.until("READY=1")?);
    // It tells where; somebody answers there, and a worker is known.
    let url =
        status.strip_prefix("serves at ").and_then(|rest| rest.split(',').next()).context("an address")?;
    let health = e2e::http::send("GET", &format!("{url}/readyz"), &[], "")?;
    assert_eq!(health.status, 200, "{status}");
    let token = std::fs::read_to_string(folder.path().join("data/admin-token"))?;
    let asked = Command::new(binary())
        .args(["workers", "list", "--json", "--server", url])
        .env("SANDGLASS_TOKEN", token.trim())
        .output()?;
    let workers: serde_json::Value = serde_json::from_slice(&asked.stdout).context(e2e::told(&asked))?;
    assert!(workers.to_string().contains("slots"), "{workers}");

    let (began, beats) = (Instant::now(), 6);
    for _ in 0..beats {
        manager.until("WATCHDOG=1")?;
    }
    let period = began.elapsed() / beats;
    assert!(period > WATCHDOG / 4, "it beats each {period:?}, far more often than half of {WATCHDOG:?}");
    // A process that stands still says nothing, and goes on.
    kill(pid, Signal::SIGSTOP)?;
    manager.until_silent(SILENCE)?;
    kill(pid, Signal::SIGCONT)?;
    manager.until("WATCHDOG=1")?;

    kill(pid, Signal::SIGTERM)?;
    let status = status_of(&manager.until("STOPPING=1")?);
    assert!(status.starts_with("ending: shell runs go on"), "{status}");
    assert!(child.0.wait()?.success());
    manager.until_silent(SILENCE)
}

#[test]
fn without_a_watchdog_nothing_beats_and_a_start_that_fails_is_never_ready() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let manager = Manager::at(&folder.path().join("notify"))?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let ended = Command::new(binary())
        .args(["standalone", "--no-demo", "--listen", &taken.local_addr()?.to_string(), "--data"])
        .arg(folder.path().join("data"))
        .env("NOTIFY_SOCKET", folder.path().join("notify"))
        .output()?;
    assert_eq!(ended.status.code(), Some(1), "{}", e2e::told(&ended));
    assert_eq!(manager.next(Duration::from_millis(200))?, None, "it is not ready when its address is taken");
    drop(taken);
    let mut child = Held(
        Command::new(binary())
            .args(["standalone", "--no-demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .env("NOTIFY_SOCKET", folder.path().join("notify"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    manager.until("READY=1")?;
    assert_eq!(manager.next(SILENCE)?, None);
    kill(Pid::from_raw(i32::try_from(child.0.id())?), Signal::SIGTERM)?;
    manager.until("STOPPING=1")?;
    assert!(child.0.wait()?.success());
    Ok(())
}

#[test]
fn a_master_and_a_worker_wait_for_etcd_before_they_are_ready() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let sockets = ["master", "worker"].map(|role| folder.path().join(role));
    let managers = [Manager::at(&sockets[0])?, Manager::at(&sockets[1])?];
    let told = |socket: &Path| vec![("NOTIFY_SOCKET".to_owned(), socket.display().to_string())];
    let plan = Plan {
        masters: 1,
        workers: 1,
        master_variables: told(&sockets[0]),
        worker_variables: told(&sockets[1]),
        ..Plan::default()
    };
    let mut fleet = Fleet::down(&plan)?;
    fleet.etcd.pause();
    fleet.master(0).start()?;
    fleet.worker(0).start()?;
    for manager in &managers {
        let first = manager.next(PATIENCE)?.context("a first message")?;
        assert!(first.starts_with("STATUS=waits for etcd") && !first.contains("READY"), "{first}");
    }
    fleet.etcd.resume();
    assert!(status_of(&managers[0].until("READY=1")?).starts_with("serves at 127.0.0.1:"));
    assert_eq!(fleet.master(0).readiness()?, 200);
    assert_eq!(status_of(&managers[1].until("READY=1")?), "takes runs as `w1`");
    // Whoever asks a master now, finds it.
    let workers = fleet.master(0).json(&["workers", "list"])?;
    assert!(workers.to_string().contains("\"w1\""), "{workers}");
    for (node, manager) in [(Signal::SIGTERM, &managers[0]), (Signal::SIGINT, &managers[1])] {
        if node == Signal::SIGTERM {
            fleet.master(0).signal(node)?;
        } else {
            fleet.worker(0).signal(node)?;
        }
        assert!(status_of(&manager.until("STOPPING=1")?).starts_with("ending"));
    }
    Ok(())
}
