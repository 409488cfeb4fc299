//! Drives the built binary from outside, as a person or a script would: starts servers in folders of their own, asks
//! them by command line and HTTP, kills them.
//!
//! Not here: anything that knows how Sandglass works inside.
#![forbid(unsafe_code)]

pub mod ancestors;
mod client;
mod clock;
pub mod collector;
pub mod disk;
pub mod evidence;
pub mod fleet;
pub mod history;
pub mod hook;
pub mod http;
pub mod markdown;
pub mod nginx;
mod node;
pub mod soak;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::ops::Deref;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

pub use client::Client;

/// An ordinary user: Debian's `nobody`.
pub const ORDINARY: u32 = 65534;
/// How long anything may take that should take moments: this machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Returns the binary that cargo built beside these tests.
///
/// # Panics
/// When it was not built.
pub fn binary() -> PathBuf {
    let own = std::env::current_exe().expect("where the tests lie");
    // A program of ours lies beside it, a test in `deps` beneath.
    let mut built = own.ancestors().skip(1).take(2).map(|folder| folder.join("sandglass"));
    let found = built.find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("no `sandglass` near `{}`: run `cargo build --workspace` first", own.display())
    })
}

/// Returns true when this process may become another user.
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// A server in a folder of its own. Dropped, it is killed and its folder removed.
pub struct Server {
    folder: tempfile::TempDir,
    user: Option<u32>,
    options: Vec<String>,
    child: Option<Child>,
    /// What it printed when it was up.
    pub banner: String,
    /// Asks it.
    client: Client,
}

impl Server {
    /// Starts a server with these options besides its folder and address.
    ///
    /// # Errors
    /// When it did not come up.
    pub fn start(options: &[&str]) -> Result<Self> {
        Self::start_as(None, options)
    }

    /// Starts a server as another user (none: as this one).
    ///
    /// # Errors
    /// When it did not come up.
    pub fn start_as(user: Option<u32>, options: &[&str]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut binary = binary();
        if let Some(user) = user {
            // The build may lie where the other user cannot look.
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
            let copy = folder.path().join("sandglass");
            fs::copy(&binary, &copy)?;
            binary = copy;
            fs::create_dir(folder.path().join("data"))?;
            chown(folder.path().join("data"), Some(user), Some(user))?;
        }
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let client = Client {
            binary,
            url: String::new(),
            token: folder.path().join("data/admin-token"),
            folder: folder.path().to_owned(),
            logs: vec![folder.path().join("log")],
        };
        let mut server = Self { folder, user, options, child: None, banner: String::new(), client };
        server.up()?;
        Ok(server)
    }

    /// Starts it again in its folder.
    ///
    /// # Errors
    /// When it did not come up.
    pub fn up(&mut self) -> Result<()> {
        let mut command = Command::new(&self.client.binary);
        command
            .args(["standalone", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.data())
            .args(&self.options);
        if let Some(user) = self.user {
            command.uid(user).gid(user).env("HOME", self.data());
        }
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log"))?;
        let mut child =
            command.stdout(Stdio::piped()).stderr(log).spawn().context("could not start sandglass")?;
        let mut out = BufReader::new(child.stdout.take().context("piped above")?);
        let mut banner = String::new();
        while !banner.contains("/login#") {
            if out.read_line(&mut banner)? == 0 {
                bail!("sandglass ended at its start ({:?}):\n{banner}{}", child.wait()?, self.log());
            }
        }
        let at = banner.find("http").context("an address in the banner")?;
        self.client.url = banner[at..].split("/login#").next().unwrap_or_default().to_owned();
        self.banner = banner;
        // What comes later must not fill the pipe.
        std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
        self.child = Some(child);
        Ok(())
    }

    /// Puts another binary in the place of the one that ran, which is removed if it is a copy of our own.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn upgrade(&mut self) -> Result<()> {
        let next = self.folder.path().join("sandglass-next");
        fs::copy(&self.client.binary, &next)?;
        if self.client.binary.starts_with(self.folder.path()) {
            fs::remove_file(&self.client.binary)?;
        }
        self.client.binary = next;
        Ok(())
    }

    /// Returns its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Returns a folder beside its data, for what a test needs.
    pub fn beside(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the numbers of the processes in which the server runs modules.
    ///
    /// # Errors
    /// When the server is not up, or the list of processes cannot be read.
    pub fn module_hosts(&self) -> Result<Vec<i32>> {
        let server = self.child.as_ref().context("the server is not up")?.id();
        let mut hosts = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let Ok(pid) = entry?.file_name().to_string_lossy().parse::<i32>() else { continue };
            // Processes come and go meanwhile.
            let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
            let ours = read("status").lines().any(|line| line == format!("PPid:\t{server}"));
            if ours && read("cmdline").split('\0').nth(1) == Some("wasm-host") {
                hosts.push(pid);
            }
        }
        Ok(hosts)
    }

    /// Returns its process number.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pid(&self) -> Result<Pid> {
        let child = self.child.as_ref().context("it does not run")?;
        Ok(Pid::from_raw(i32::try_from(child.id())?))
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill(self.pid()?, signal)?)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let mut child = self.child.take().context("it does not run")?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                bail!("sandglass did not end in time:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Deref for Server {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // A run that goes on would outlive it: SIGTERM and a second signal end both at once.
            let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id is positive"));
            let asked = kill(pid, Signal::SIGTERM).and_then(|()| kill(pid, Signal::SIGINT)).is_ok();
            let deadline = Instant::now() + Duration::from_secs(20);
            while asked && matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Returns how much memory a process holds now, in KiB.
///
/// # Errors
/// When there is no such process.
pub fn memory_kib(pid: Pid) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("its memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Runs the command line against a server.
///
/// # Errors
/// When it could not be started.
pub fn ask(binary: &Path, url: &str, token: &str, arguments: &[&str]) -> Result<Output> {
    Command::new(binary)
        .args(arguments)
        .env("SANDGLASS_SERVER", url)
        .env("SANDGLASS_TOKEN", token)
        .stdin(Stdio::null())
        .output()
        .context("could not start sandglass")
}

/// Runs the command line by itself.
///
/// # Errors
/// When it could not be started.
pub fn alone(arguments: &[&str]) -> Result<Output> {
    ask(&binary(), "http://127.0.0.1:9", "", arguments)
}

/// Returns all that a command printed, with its code.
pub fn told(output: &Output) -> String {
    format!(
        "exit {:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
