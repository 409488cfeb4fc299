//! A server process that a test started: its program, its ports, its end.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A process that is killed when this is dropped.
pub(super) struct Process(Child);

impl Process {
    /// Starts a command whose output goes to the end of `log`.
    pub(super) fn start(command: &mut Command, log: &Path) -> Self {
        let log: File = OpenOptions::new().create(true).append(true).open(log).unwrap();
        let child = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn();
        let program = command.get_program().display();
        Self(child.unwrap_or_else(|e| panic!("`{program}` does not start: {e}")))
    }

    pub(super) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap());
        kill(pid, signal).unwrap();
    }

    /// Kills it and waits until it is gone.
    pub(super) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Returns true when it ended by itself.
    pub(super) fn ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Returns some ports of loopback that nobody used a moment ago, all different.
pub(super) fn free_ports<const N: usize>() -> [u16; N] {
    // Held together, so that no two are the same.
    let held: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
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
