//! One process of a fleet, a master or a worker: its configuration, its log, and all that may happen to it.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::{Client, PATIENCE, clock, http};

/// How long the end of a fleet waits for a process before it kills it.
const END: Duration = Duration::from_secs(20);

/// What a process of a fleet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `sandglass master`
    Master,
    /// `sandglass worker`
    Worker,
}

/// A process of a fleet, running or not. Dropped, it is ended with all of its runs.
#[derive(Debug)]
pub struct Node {
    /// Its name: `m1`, `w1` and so on; a worker's is its id.
    pub name: String,
    role: Role,
    /// Its configuration, log and data.
    folder: PathBuf,
    /// What goes before the configuration, as `SANDGLASS_OPT_…`.
    variables: Vec<(String, String)>,
    child: Option<Child>,
    /// Asks a master; of a worker only its log and its folder are of use.
    client: Client,
}

impl Node {
    /// Returns a process that is not started yet, with its configuration written.
    pub(crate) fn new(
        role: Role,
        folder: PathBuf,
        config: &str,
        variables: Vec<(String, String)>,
        client: Client,
    ) -> Result<Self> {
        fs::create_dir(&folder)?;
        fs::write(folder.join("config.toml"), config)?;
        let name = folder.file_name().context("a folder's name")?.to_string_lossy().into_owned();
        Ok(Self { name, role, folder, variables, child: None, client })
    }

    /// Starts it, or starts it again, with the same configuration. A master has its address once this returns, and may
    /// still wait for its stores ([`Node::ready`]).
    ///
    /// # Errors
    /// When it does not begin.
    pub fn start(&mut self) -> Result<()> {
        let seen = fs::metadata(self.log_file()).map_or(0, |file| file.len());
        let log = fs::File::options().create(true).append(true).open(self.log_file())?;
        let role = if self.role == Role::Master { "master" } else { "worker" };
        let mut command = Command::new(&self.client.binary);
        command.arg(role).arg("--config").arg(self.folder.join("config.toml"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        self.child = Some(child.context("could not start sandglass")?);
        if self.role == Role::Master {
            self.client.url = self.address(seen)?;
        }
        Ok(())
    }

    /// Has its clock follow a file, from its next start on: the file says by how much it is off, in seconds (`+86400`), and
    /// may be written at any time. None where this machine has no libfaketime.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn with_settable_clock(&mut self) -> Result<Option<PathBuf>> {
        let Some(library) = clock::library() else { return Ok(None) };
        let file = self.folder.join("clock");
        fs::write(&file, "+0\n")?;
        self.variables.extend(clock::variables(&library, &file));
        Ok(Some(file))
    }

    /// Returns the address that its configuration gives to a master, running or not (`Plan::fixed_ports`).
    ///
    /// # Errors
    /// When the configuration cannot be read, or names none.
    pub fn address_to_be(&self) -> Result<String> {
        let config = fs::read_to_string(self.folder.join("config.toml"))?;
        let line = config.lines().find_map(|line| line.strip_prefix("listen = \"")).context("an address")?;
        Ok(format!("http://{}", line.trim_end_matches('"')))
    }

    /// Waits until a master answers that its stores answer.
    ///
    /// # Errors
    /// When they do not in time.
    pub fn ready(&self) -> Result<()> {
        self.until(&format!("{} to be ready", self.name), || Ok((self.readiness()? == 200).then_some(())))
    }

    /// Returns the status of a master's `/readyz`; 0 when nobody answers.
    ///
    /// # Errors
    /// Never by now.
    pub fn readiness(&self) -> Result<u16> {
        Ok(http::send("GET", &format!("{}/readyz", self.url), &[], "").map_or(0, |answer| answer.status))
    }

    /// Returns its process number.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pid(&self) -> Result<Pid> {
        let child = self.child.as_ref().with_context(|| format!("{} does not run", self.name))?;
        Ok(Pid::from_raw(i32::try_from(child.id())?))
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill(self.pid()?, signal)?)
    }

    /// Kills it as a crash would, and waits until it is gone. Its shell runs go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<()> {
        self.signal(Signal::SIGKILL)?;
        self.wait().map(|_| ())
    }

    /// Freezes it: it keeps its connections and does nothing.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// Ends a freeze.
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    /// Asks it to end by SIGTERM, as a service manager does, and waits for it.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        self.wait()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let mut child = self.child.take().with_context(|| format!("{} does not run", self.name))?;
        match ended(&mut child, PATIENCE)? {
            Some(status) => Ok(status),
            None => {
                child.kill()?;
                child.wait()?;
                bail!("{} did not end in time:\n{}", self.name, self.log())
            }
        }
    }

    /// Returns its folder: `config.toml`, `log`, `data`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns all that it logged.
    pub fn whole_log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Returns the address that it logged after `seen` bytes of its log.
    fn address(&mut self, seen: u64) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = self.whole_log();
            let new = log.get(usize::try_from(seen)?..).unwrap_or_default();
            if let Some((_, rest)) = new.split_once("listens at ") {
                // The line must be whole.
                if let Some((line, _)) = rest.split_once('\n') {
                    return Ok(format!("http://{}", line.split_whitespace().next().unwrap_or_default()));
                }
            }
            let child = self.child.as_mut().context("started above")?;
            if let Some(status) = child.try_wait()? {
                bail!("{} ended at its start ({status}):\n{log}", self.name);
            }
            if Instant::now() > deadline {
                bail!("{} did not say its address in time:\n{log}", self.name);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills what looks after the runs that its data folder tells of, and with that the runs.
    fn end_runs(&self) {
        let runs = fs::read_dir(self.folder.join("data/runs")).into_iter().flatten().flatten();
        for run in runs {
            let text = fs::read_to_string(run.path().join("process.json")).unwrap_or_default();
            let process: Value = serde_json::from_str(&text).unwrap_or_default();
            let Some(pid) = process["shim"]["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()) else {
                continue;
            };
            // The number may be another's by now.
            let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if command.split('\0').any(|word| word == "supervisor") {
                // It may end by itself meanwhile.
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }
}

impl Deref for Node {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id is positive"));
            // Two signals end runs too; one that is frozen must hear them.
            let signals = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGCONT];
            let told = signals.into_iter().all(|signal| kill(pid, signal).is_ok());
            if !told || !matches!(ended(&mut child, END), Ok(Some(_))) {
                drop(child.kill());
                drop(child.wait());
            }
        }
        self.end_runs();
    }
}

fn ended(child: &mut Child, patience: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() > deadline {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
