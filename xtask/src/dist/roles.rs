//! Both roles of a fleet from the package, in the clean root: against a real etcd and a real MongoDB, each as its unit has it,
//! upgraded under a job of a minute.
//!
//! Flow: `tried` (the package is installed) → **`roles`**. The stores stand outside the root, with users and roles.
//! Not here: the standalone server, removal and purge (`tried`).

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::tried::{Clean, PATIENCE, Served};
use crate::command::output;
use crate::fleet::Stores;

/// How long the job goes on that this upgrade meets.
const LONG_S: u32 = 60;
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// What the roles' configurations and secrets are; they stand where the package's own do.
const FOLDER: &str = "etc/sandglass";

impl Clean {
    /// Starts both roles, upgrades to `next` while a job runs, and starts them again.
    pub(super) fn roles_tried(&self, stores: &Stores, next: &str) -> Result<()> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("http://127.0.0.1:{port}");
        self.secret("admin-token", TOKEN)?;
        self.configure("master", stores, &format!("listen = \"127.0.0.1:{port}\"\n{}", token_line()))?;
        self.configure("worker", stores, "id = \"w1\"\n")?;
        for role in ["master", "worker"] {
            let config = format!("/{FOLDER}/{role}.toml");
            let told = self.within(&["sandglass", "check", "--config", &config]).output()?;
            let text = String::from_utf8_lossy(&told.stdout);
            ensure!(told.status.success(), "`sandglass check` of the {role} ({}):\n{text}", told.status);
            ensure!(text.contains("etcd") && text.to_lowercase().contains("mongodb"), "{text}");
        }

        let mut first = [self.role("master", &url)?, self.role("worker", &url)?];
        self.until_there(&first[0])?;
        let run = self.begin(&first[0], TOKEN, LONG_S)?;
        output(&mut self.within(&["dpkg", "-i", next]))?;
        let asked = self.asked()?;
        let restarted = asked.lines().find(|line| line.contains("try-restart")).unwrap_or_default();
        for unit in ["sandglass-master.service", "sandglass-worker.service"] {
            ensure!(restarted.contains(unit), "`{unit}` is not restarted: {asked}");
        }
        for role in &mut first {
            role.end()?;
        }
        let mut second = [self.role("master", &url)?, self.role("worker", &url)?];
        self.until_there(&second[0])?;
        self.ends_whole(&second[0], TOKEN, &run, LONG_S)?;
        for role in &mut second {
            role.end()?;
        }
        Ok(())
    }

    /// Writes a role's configuration and passwords, as an owner does by docs/FLEET.md.
    fn configure(&self, role: &str, stores: &Stores, own: &str) -> Result<()> {
        self.secret(&format!("{role}.password"), role)?;
        let text = format!(
            "[etcd]\nendpoints = [\"{}\"]\nuser = \"{role}\"\npassword_file = \"/{FOLDER}/{role}.password\"\n\n\
             [mongodb]\nuri = \"{}\"\nuser = \"{role}\"\npassword_file = \"/{FOLDER}/{role}.password\"\n\n[{role}]\n{own}",
            stores.etcd, stores.mongodb
        );
        // In place: owner and mode stay as the package has them.
        fs::write(self.path(&format!("{FOLDER}/{role}.toml")), text).context("a role's configuration")
    }

    /// Writes what the group of the master may read and nobody else.
    fn secret(&self, name: &str, text: &str) -> Result<()> {
        let file = self.path(&format!("{FOLDER}/{name}"));
        fs::write(&file, format!("{text}\n"))?;
        chown(&file, Some(0), Some(self.group("sandglass")?))?;
        Ok(fs::set_permissions(&file, fs::Permissions::from_mode(0o640))?)
    }

    /// Starts a role as its unit does: a master as the user of the package, a worker as root.
    fn role(&self, role: &str, url: &str) -> Result<Served> {
        let log = fs::File::create(self.path(&format!("tmp/{role}")))?;
        let config = format!("/{FOLDER}/{role}.toml");
        let words = ["/usr/bin/sandglass", role, "--config", &config];
        let mut command = match role {
            "master" => self.within_as("sandglass", &words),
            _ => self.within(&words),
        };
        command.stdin(Stdio::null()).stderr(log.try_clone()?).stdout(log).process_group(0);
        let child = command.spawn().with_context(|| format!("could not start the installed {role}"))?;
        Ok(Served { child, url: url.to_owned() })
    }

    /// Waits until the master knows of the worker.
    fn until_there(&self, master: &Served) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let list = self.ask(master, TOKEN, &["workers", "list"]);
            if list.as_ref().is_ok_and(|list| list.contains("w1")) {
                return Ok(());
            }
            let log = |role: &str| fs::read_to_string(self.path(&format!("tmp/{role}"))).unwrap_or_default();
            ensure!(
                Instant::now() < deadline,
                "the roles did not come up: {list:?}\n{}\n{}",
                log("master"),
                log("worker")
            );
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
    }
}

fn token_line() -> String {
    format!("admin_token_file = \"/{FOLDER}/admin-token\"\n")
}
