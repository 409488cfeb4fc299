//! A server process that a test started: its program, its folder and ports, its faults, its end.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// How long an answer is waited for at most; generous, for a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(50);

/// A server that is killed, and whose folder is removed, when this is dropped.
pub(super) struct Server {
    name: &'static str,
    child: Child,
    folder: TempDir,
}

impl Server {
    /// Starts the server `name` in a folder of its own; `command` says how, and is asked again for a restart.
    pub(super) fn start(name: &'static str, folder: TempDir, command: &mut Command) -> Self {
        let child = spawn(command, &folder.path().join("log"));
        Self { name, child, folder }
    }

    /// Returns its folder.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it again in its folder.
    pub(super) fn restart(&mut self, command: &mut Command) {
        self.child = spawn(command, &self.folder.path().join("log"));
    }

    /// Freezes it: it keeps its connections and answers nothing.
    pub(super) fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Ends a pause.
    pub(super) fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Kills it as a crash would, and waits until it is gone.
    pub(super) fn kill(&mut self) {
        self.child.kill().expect("it is ours and not waited for yet");
        self.child.wait().expect("it was killed");
    }

    /// Asks until there is an answer.
    pub(super) async fn until<T, F: Future<Output = Option<T>>>(&mut self, ask: impl Fn() -> F) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            let ended = self.child.try_wait().expect("it is ours").is_some();
            let in_time = Instant::now() < deadline;
            assert!(!ended && in_time, "{} {}: {}", self.name, how(ended), self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a process id fits"));
        kill(pid, signal).expect("it is ours and not waited for yet");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn how(ended: bool) -> &'static str {
    if ended { "ended" } else { "does not answer" }
}

fn spawn(command: &mut Command, log: &Path) -> Child {
    let log: File = OpenOptions::new().create(true).append(true).open(log).expect("a log can be written");
    let both = log.try_clone().expect("a descriptor is left");
    let child = command.stdin(Stdio::null()).stdout(both).stderr(log).spawn();
    let program = command.get_program().display();
    child.unwrap_or_else(|e| panic!("`{program}` does not start: {e}"))
}

/// Returns a new folder for the server `name`.
pub(super) fn folder(name: &str) -> TempDir {
    let prefix = format!("sandglass-{name}-");
    tempfile::Builder::new().prefix(&prefix).tempdir().expect("a temporary folder can be made")
}

/// Returns some ports of loopback that nobody used a moment ago, all different.
pub(super) fn free_ports<const N: usize>() -> [u16; N] {
    // Held together, so that no two are the same.
    let held: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("loopback has a free port"));
    held.map(|listener| listener.local_addr().expect("it is bound").port())
}

/// Returns a program: where `variable` says, else in a folder of the PATH.
#[expect(clippy::disallowed_methods, reason = "the project's own commands tell tests by the environment")]
pub(super) fn program(variable: &str, name: &str) -> PathBuf {
    if let Some(set) = std::env::var_os(variable) {
        return set.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join(name));
    programs.find(|program| program.is_file()).unwrap_or_else(|| {
        panic!(
            "no `{name}` on this machine\nhint: `cargo xtask test` brings one; or set {variable} to its path"
        )
    })
}
