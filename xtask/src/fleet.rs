//! `fleet` and `services up`: a fleet, or its stores alone, with credentials on this machine.
//!
//! A process of its own holds it (`e2e/src/bin/sandglass-fleet.rs`), in the foreground or in the background.
//! Not here: the stores' programs (`services`).

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;

use crate::command::{built, cargo, run};
use crate::{page, services};

/// How long a start or an end may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// What is asked of the stores.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Services {
    /// Start etcd and MongoDB with users and roles on loopback, in the background
    Up,
    /// End both
    Down,
    /// Say what is up
    Status,
}

/// What is asked of a fleet.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Fleet {
    /// Start stores, masters and workers with credentials; Ctrl-C ends all of it
    Up {
        /// How many masters
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=9))]
        masters: u8,
        /// How many workers
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
        workers: u8,
        /// Go to the background once all of it is up
        #[arg(long)]
        background: bool,
    },
    /// End one in the background
    Down,
    /// Say what is up
    Status,
}

pub(crate) fn services(asked: Services) -> Result<()> {
    let held = Held::named("services-up")?;
    match asked {
        Services::Up => held.up([0, 0], true),
        Services::Down => held.down(),
        Services::Status => held.status(),
    }
}

pub(crate) fn fleet(asked: Fleet) -> Result<()> {
    let held = Held::named("fleet-up")?;
    match asked {
        Fleet::Up { masters, workers, background } => {
            page::build()?;
            held.up([masters, workers], background)
        }
        Fleet::Down => held.down(),
        Fleet::Status => held.status(),
    }
}

/// A fleet for some tests, ended with this; apart from one that somebody has up.
pub(crate) struct Passing {
    held: Held,
    /// Where a master is.
    pub(crate) url: String,
    /// The admin's.
    pub(crate) token: String,
    /// Where its configurations are.
    pub(crate) folder: String,
}

impl Passing {
    /// Starts one, of binaries that are built.
    pub(crate) fn up(masters: u8, workers: u8) -> Result<Self> {
        let held = Held::named("fleet-for-tests")?;
        held.down()?;
        held.start([masters, workers], true)?;
        let told = fs::read_to_string(held.folder.join("told")).context("where the fleet is")?;
        let after = |name: &str| {
            let rest = told.split_once(name).with_context(|| format!("no `{name}` in {told}"))?.1;
            let end = rest.find(|c: char| c.is_whitespace() || c == ')').unwrap_or(rest.len());
            anyhow::Ok(rest[..end].to_owned())
        };
        let url = after("SANDGLASS_SERVER=")?;
        let folder = told.lines().find_map(|line| line.strip_prefix("folder")).context("no folder")?;
        let folder = folder.split_whitespace().next().context("no folder")?.to_owned();
        let token = fs::read_to_string(after("$(cat ")?).context("the admin's token")?.trim().to_owned();
        Ok(Self { held, url, token, folder })
    }

    /// Ends it.
    pub(crate) fn down(self) -> Result<()> {
        self.held.down()
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // Only where something failed before `down`; else there is nothing any more.
        if let Some(pid) = self.held.pid() {
            drop(Command::new("kill").arg(pid.to_string()).status());
        }
    }
}

/// The stores alone for some tests, with users and roles; apart from those that somebody has up.
pub(crate) struct Stores {
    held: Held,
    /// Where etcd is.
    pub(crate) etcd: String,
    /// Where MongoDB is. Users of both are `master` and `worker`; each password is the name.
    pub(crate) mongodb: String,
}

impl Stores {
    /// Starts them, of binaries that are built.
    pub(crate) fn up() -> Result<Self> {
        let held = Held::named("stores-for-tests")?;
        held.down()?;
        held.start([0, 0], true)?;
        let told = fs::read_to_string(held.folder.join("told")).context("where the stores are")?;
        let of = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name));
            let place = line.and_then(|line| line.split_whitespace().next());
            place.map(str::to_owned).with_context(|| format!("no `{name}` in {told}"))
        };
        let (etcd, mongodb) = (of("etcd")?, of("mongodb")?);
        Ok(Self { held, etcd, mongodb })
    }

    /// Ends them.
    pub(crate) fn down(self) -> Result<()> {
        self.held.down()
    }
}

impl Drop for Stores {
    fn drop(&mut self) {
        // Only where something failed before `down`; else there is nothing any more.
        if let Some(pid) = self.held.pid() {
            drop(Command::new("kill").arg(pid.to_string()).status());
        }
    }
}

/// A process that holds what is up, and its files.
struct Held {
    folder: PathBuf,
}

impl Held {
    fn named(name: &str) -> Result<Self> {
        let folder = built()?.parent().context("the build folder")?.join("services").join(name);
        fs::create_dir_all(&folder).with_context(|| format!("could not make `{}`", folder.display()))?;
        Ok(Self { folder })
    }

    fn up(&self, [masters, workers]: [u8; 2], background: bool) -> Result<()> {
        if self.pid().is_some() {
            bail!("it is up already\nhint: `status` says where, `down` ends it");
        }
        run(cargo().args(["build", "--workspace", "--bins", "--locked"]))?;
        self.start([masters, workers], background)
    }

    /// Starts what is built.
    fn start(&self, [masters, workers]: [u8; 2], background: bool) -> Result<()> {
        let programs = services::find()?;
        let told = self.folder.join("told");
        drop(fs::remove_file(&told));
        let mut command = Command::new(built()?.join("sandglass-fleet"));
        command.args([masters.to_string(), workers.to_string()]).arg(&told);
        programs.tell(&mut command);
        if !background {
            eprintln!("── starting; Ctrl-C ends all of it");
            return run(&mut command);
        }
        let log = fs::File::create(self.folder.join("log")).context("could not make the log")?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
        let mut child = command.spawn().context("could not start `sandglass-fleet`")?;
        fs::write(self.folder.join("pid"), child.id().to_string()).context("could not keep its number")?;
        let deadline = Instant::now() + PATIENCE;
        while !told.is_file() {
            if let Some(status) = child.try_wait()? {
                bail!("it ended at its start ({status}):\n{}", self.log());
            }
            if Instant::now() > deadline {
                child.kill()?;
                bail!("it did not come up in time:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.status()
    }

    fn down(&self) -> Result<()> {
        let Some(pid) = self.pid() else {
            println!("nothing is up");
            return Ok(());
        };
        run(Command::new("kill").arg(pid.to_string()))?;
        let deadline = Instant::now() + PATIENCE;
        while self.pid().is_some() {
            if Instant::now() > deadline {
                bail!("process {pid} did not end in time: {}", self.log());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        println!("all of it has ended");
        Ok(())
    }

    fn status(&self) -> Result<()> {
        let Some(pid) = self.pid() else {
            println!("nothing is up");
            return Ok(());
        };
        let told = fs::read_to_string(self.folder.join("told")).context("it is starting")?;
        println!("{told}process   {pid}   log {}", self.folder.join("log").display());
        Ok(())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Returns the number of the process that holds it, while that lives; the number may be another's by now.
    fn pid(&self) -> Option<u32> {
        let pid: u32 = fs::read_to_string(self.folder.join("pid")).ok()?.trim().parse().ok()?;
        let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        command.contains("sandglass-fleet").then_some(pid)
    }
}
