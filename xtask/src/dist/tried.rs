//! `soak package`: the package in a clean Debian: installed, used as each role, upgraded while a job runs, removed, purged.
//!
//! Flow: the daily build → two packages → **`tried`**, in a root that `mmdebstrap` makes of the host's own mirror. There is no
//! systemd in it: a script in the place of `systemctl` writes down what it was asked, and this does the asked restart.
//! Not here: both roles of a fleet (`roles`), the units below a real systemd (`e2e/tests/systemd.rs`).

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::{Squeeze, contents, epoch, make};
use crate::command::{built, cargo, is_root, on_path, output, program, run};
use crate::fleet::Stores;
use crate::packages;

/// Writes down what it is asked, and answers as far as a maintainer script asks back.
const SYSTEMCTL: &str =
    "#!/bin/sh\necho \"$*\" >> /asked\n[ \"$1\" != --version ] || echo 'systemd 252 (test)'\n";
/// How long anything may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);
/// How long the job goes on that an upgrade meets.
const LONG_S: u32 = 20;
const JOB: &str = "name: long\nschedule: '@yearly'\nlimits: { timeout: 5m }\nshell:\n  script: |\n    n=0; while [ $n -lt \
    SECONDS ]; do n=$((n+1)); echo second $n; sleep 1; done; echo end; exit 7\n";
/// What only its owner and, of the folder of configurations, its group may see.
const MODES: &[(&str, u32, &str)] = &[
    ("usr/bin/sandglass", 0o755, "root"),
    ("etc/sandglass", 0o750, "sandglass"),
    ("etc/sandglass/master.toml", 0o640, "sandglass"),
    ("etc/sandglass/worker.toml", 0o640, "sandglass"),
    ("var/lib/sandglass", 0o700, "root"),
    ("usr/lib/systemd/system/sandglass.service", 0o644, "root"),
    ("usr/lib/systemd/system/sandglass-master.service", 0o644, "root"),
    ("usr/lib/systemd/system/sandglass-worker.service", 0o644, "root"),
    ("usr/share/man/man1/sandglass-job-apply.1.gz", 0o644, "root"),
    ("usr/share/bash-completion/completions/sandglass", 0o644, "root"),
    ("usr/share/doc/sandglass/FLEET.md", 0o644, "root"),
    ("usr/share/doc/sandglass/copyright", 0o644, "root"),
];

/// Tries all of it on the built binary, or on another.
pub(crate) fn try_package() -> Result<()> {
    if !is_root() {
        bail!("a clean root is made by root alone\nhint: sudo cargo xtask soak package");
    }
    if on_path("mmdebstrap").is_none() {
        packages::install(&["mmdebstrap"])?;
    }
    run(cargo().args(["build", "--workspace", "--bins", "--locked"]))?;
    let folder = built()?.join("package-tried");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("what an earlier try left")?;
    }
    fs::create_dir_all(&folder)?;
    let binary = built()?.join("sandglass");
    let epoch = epoch()?;
    let packages = [1, 2, 3]
        .into_iter()
        .map(|n| Ok(make(&binary, &folder.join(n.to_string()), (n, epoch, Squeeze::Quick))?.swap_remove(0)))
        .collect::<Result<Vec<PathBuf>>>()?;
    let again = make(&binary, &folder.join("again"), (1, epoch, Squeeze::Quick))?.swap_remove(0);
    run(program("cmp", ".").arg(&packages[0]).arg(&again))?;
    let clean = Clean::make(&folder.join("root"))?;
    for package in packages.iter() {
        fs::copy(package, clean.path(&contents::name(package)?))?;
    }
    let stores = Stores::up()?;
    clean.tried(&packages, &stores)?;
    stores.down()?;
    drop(clean);
    fs::remove_dir_all(&folder)?;
    println!("the package was installed, used as each role, upgraded under running jobs, removed and purged");
    Ok(())
}

/// A Debian with nothing in it, and what was mounted there.
pub(super) struct Clean(PathBuf);

impl Clean {
    fn make(root: &Path) -> Result<Self> {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let name = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        let name = name.context("the codename of this host's Debian (/etc/os-release)")?;
        let mut make = program("mmdebstrap", ".");
        make.args(["--quiet", "--variant=minbase", "--include=ca-certificates", name]).arg(root);
        run(make.arg(sources()?))?;
        run(program("mount", ".").args(["-t", "proc", "proc"]).arg(root.join("proc")))?;
        let clean = Self(root.to_owned());
        // As where systemd is the first process.
        fs::create_dir_all(clean.path("run/systemd/system"))?;
        let systemctl = clean.path("usr/bin/systemctl");
        fs::write(&systemctl, SYSTEMCTL)?;
        fs::set_permissions(&systemctl, fs::Permissions::from_mode(0o755))?;
        Ok(clean)
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// Returns a command inside.
    pub(super) fn within(&self, words: &[&str]) -> Command {
        self.within_as("root", words)
    }

    /// Returns a command inside, as one of its users in the group of the same name.
    pub(super) fn within_as(&self, user: &str, words: &[&str]) -> Command {
        let mut command = program("chroot", ".");
        command
            .arg(format!("--userspec={user}:{user}"))
            .arg(&self.0)
            .args(words)
            .env_clear()
            .env("DEBIAN_FRONTEND", "noninteractive");
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", "/root").stdin(Stdio::null());
        command
    }

    /// Returns what the maintainer scripts asked of systemd since the last look.
    pub(super) fn asked(&self) -> Result<String> {
        let asked = fs::read_to_string(self.path("asked")).unwrap_or_default();
        fs::write(self.path("asked"), "")?;
        Ok(asked)
    }

    fn tried(&self, packages: &[PathBuf], stores: &Stores) -> Result<()> {
        let inside = packages.iter().map(|path| Ok(format!("/{}", contents::name(path)?)));
        let inside = inside.collect::<Result<Vec<_>>>()?;
        let told = output(&mut self.within(&["dpkg", "-i", &inside[0]]))?;
        ensure!(told.contains("systemctl enable --now sandglass"), "the next step is not told:\n{told}");
        self.has_its_files()?;
        let asked = self.asked()?;
        ensure!(asked.contains("daemon-reload") && !asked.contains("enable"), "{asked}");
        let version = output(&mut self.within(&["sandglass", "--version"]))?;
        ensure!(version.contains(super::VERSION), "{version}");

        let mut first = self.serve()?;
        let token = fs::read_to_string(self.path("var/lib/sandglass/admin-token"))?;
        let run_id = self.begin(&first, &token, LONG_S)?;
        let config = self.path("etc/sandglass/worker.toml");
        fs::write(&config, fs::read_to_string(&config)? + "# mine\n")?;
        let told = output(&mut self.within(&["dpkg", "-i", &inside[1]]))?;
        ensure!(!told.contains("enable --now"), "an upgrade needs no first step:\n{told}");
        ensure!(self.asked()?.contains("try-restart sandglass.service"), "the new version is not started");
        ensure!(fs::read_to_string(&config)?.ends_with("# mine\n"), "an owner's configuration was replaced");
        first.end()?;
        let mut second = self.serve()?;
        self.ends_whole(&second, &token, &run_id, LONG_S)?;
        second.end()?;
        self.roles_tried(stores, &inside[2])?;

        output(&mut self.within(&["dpkg", "--remove", "sandglass"]))?;
        ensure!(self.asked()?.contains("disable --now"), "a removal stops what runs");
        ensure!(!self.path("usr/bin/sandglass").exists(), "the binary is still there");
        ensure!(self.path("var/lib/sandglass/admin-token").is_file(), "a removal took the data");
        ensure!(config.is_file(), "a removal took the configuration");
        output(&mut self.within(&["dpkg", "--purge", "sandglass"]))?;
        for gone in ["var/lib/sandglass", "etc/sandglass", "usr/share/sandglass", "usr/share/doc/sandglass"] {
            ensure!(!self.path(gone).exists(), "`{gone}` outlived the purge");
        }
        for gone in ["sandglass-groups.service", "sandglass.service.d", "sandglass-worker.service.d"] {
            ensure!(!self.path("etc/systemd/system").join(gone).exists(), "`{gone}` outlived the purge");
        }
        let accounts = fs::read_to_string(self.path("etc/passwd"))?;
        ensure!(!accounts.contains("sandglass"), "the user outlived the purge");
        Ok(())
    }

    /// Returns the number of a group inside.
    pub(super) fn group(&self, name: &str) -> Result<u32> {
        let groups = fs::read_to_string(self.path("etc/group"))?;
        let line = groups.lines().find(|line| line.split(':').next() == Some(name));
        let number = line.and_then(|line| line.split(':').nth(2)).with_context(|| format!("group {name}"))?;
        Ok(number.parse()?)
    }

    fn has_its_files(&self) -> Result<()> {
        for (file, mode, of) in MODES {
            let found =
                fs::metadata(self.path(file)).with_context(|| format!("`{file}` is not installed"))?;
            let (is, owner) = (found.mode() & 0o7777, (found.uid(), found.gid()));
            ensure!(is == *mode && owner == (0, self.group(of)?), "`{file}`: mode {is:o} of {owner:?}");
        }
        let shell = output(&mut self.within(&["getent", "passwd", "sandglass"]))?;
        ensure!(shell.contains("nologin"), "{shell}");
        for unit in ["sandglass", "sandglass-master", "sandglass-worker"] {
            let text = fs::read_to_string(self.path(&format!("usr/lib/systemd/system/{unit}.service")))?;
            ensure!(text.contains("ExecStart=/usr/bin/sandglass "), "{unit}:\n{text}");
        }
        // Its systemd is older than 254.
        for unit in ["sandglass", "sandglass-worker"] {
            let file = format!("etc/systemd/system/{unit}.service.d/groups.conf");
            ensure!(self.path(&file).is_file(), "`{file}` is not there");
        }
        output(&mut self.within(&["dpkg", "--verify", "sandglass"])).map(|_| ())
    }

    /// Starts the service as its unit does.
    fn serve(&self) -> Result<Served> {
        let log = self.path("tmp/out");
        let out = fs::File::create(&log)?;
        let mut command = self.within(&["sandglass", "standalone", "--listen", "127.0.0.1:0", "--data"]);
        command
            .args(["/var/lib/sandglass", "--no-demo"])
            .stderr(out.try_clone()?)
            .stdout(out)
            .process_group(0);
        let mut child = command.spawn().context("could not start the installed `sandglass`")?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let told = fs::read_to_string(&log)?;
            if let Some((head, _)) = told.split_once("/login#") {
                let url = head.rsplit(' ').next().unwrap_or_default().to_owned();
                return Ok(Served { child, url });
            }
            if child.try_wait()?.is_some() || Instant::now() > deadline {
                drop(child.kill());
                bail!("the installed server did not come up:\n{told}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Asks the server by the installed command line.
    pub(super) fn ask(&self, served: &Served, token: &str, words: &[&str]) -> Result<String> {
        let mut asks = self.within(&[&["sandglass"], words].concat());
        output(asks.env("SANDGLASS_SERVER", &served.url).env("SANDGLASS_TOKEN", token.trim()))
    }

    /// Begins the long job and returns its run once it has told something.
    pub(super) fn begin(&self, served: &Served, token: &str, seconds: u32) -> Result<String> {
        fs::write(self.path("tmp/long.yaml"), JOB.replace("SECONDS", &seconds.to_string()))?;
        self.ask(served, token, &["job", "apply", "-f", "/tmp/long.yaml"])?;
        self.ask(served, token, &["job", "run", "long"])?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let runs: serde_json::Value =
                serde_json::from_str(&self.ask(served, token, &["run", "list", "--json"])?)?;
            let id = runs["runs"][0]["id"].as_str();
            if let Some(id) = id
                && self.ask(served, token, &["run", "logs", id])?.contains("second 1\n")
            {
                return Ok(id.to_owned());
            }
            ensure!(Instant::now() < deadline, "the job did not begin: {runs}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Waits for the end of the long job, and holds it against what it did.
    pub(super) fn ends_whole(&self, served: &Served, token: &str, id: &str, seconds: u32) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let ended = loop {
            let run: serde_json::Value =
                serde_json::from_str(&self.ask(served, token, &["run", "show", id, "--json"])?)?;
            if !["claimed", "running"].contains(&run["status"].as_str().unwrap_or_default()) {
                break run;
            }
            ensure!(Instant::now() < deadline, "the job did not end: {run}");
            std::thread::sleep(Duration::from_millis(200));
        };
        ensure!(ended["outcome"]["end"]["code"] == 7, "{ended}");
        let whole = (1..=seconds).map(|n| format!("second {n}\n")).collect::<String>() + "end\n";
        while self.ask(served, token, &["run", "logs", id])? != whole {
            ensure!(
                Instant::now() < deadline,
                "its output is not whole: {}",
                self.ask(served, token, &["run", "logs", id])?
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }
}

impl Drop for Clean {
    fn drop(&mut self) {
        // What still runs in there ends before its /proc goes.
        drop(run(program("umount", ".").arg("--lazy").arg(self.path("proc"))));
    }
}

/// The installed server, running.
pub(super) struct Served {
    pub(super) child: Child,
    pub(super) url: String,
}

impl Served {
    /// Hands over, as a restart by systemd does.
    pub(super) fn end(&mut self) -> Result<()> {
        run(program("kill", ".").args(["-TERM", &self.child.id().to_string()]))?;
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            ensure!(Instant::now() < deadline, "the server did not hand over");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Returns the file by which this host knows its mirror.
fn sources() -> Result<PathBuf> {
    let known = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"].map(PathBuf::from);
    known.into_iter().find(|file| file.is_file()).context("no list of packages of Debian in /etc/apt")
}
