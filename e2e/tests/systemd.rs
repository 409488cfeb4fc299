//! The service as `deploy/systemd` has it, under a real systemd: started, restarted, killed and stopped while scripts run.
//!
//! For the machine of `cargo xtask test`, in which nothing but the units is installed and systemd is the first process;
//! the systemd of somebody's own host is left alone. There is one service, so the tests take turns.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::Client;
use serde_json::Value;

/// Says that this is the machine.
const MACHINE: &str = "SANDGLASS_TEST_SYSTEMD";
const UNIT: &str = "sandglass.service";
const UNITS: &str = "/etc/systemd/system";
/// Where the unit has the binary, the data and the address.
const BINARY: &str = "/usr/local/bin/sandglass";
const TOKEN: &str = "/var/lib/sandglass/admin-token";
const URL: &str = "http://127.0.0.1:7480";
/// Where the machine has the service write its log.
const LOG: &str = "/var/log/sandglass.log";
/// How long the longest script goes on at least.
const LONG_S: usize = 30;
/// A timeout that is longer than a stop of the service takes.
const TIMEOUT_S: u64 = 20;
/// How long a script that tells each second says nothing until it counts as gone.
const QUIET: Duration = Duration::from_secs(4);

static TURN: Mutex<()> = Mutex::new(());

/// The service, up, for one test.
struct Service {
    client: Client,
    evidence: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl Service {
    /// Starts it where it does not run; none outside of the machine.
    fn up(evidence: &str) -> Result<Option<Self>> {
        if !in_the_machine() {
            eprintln!("skipped: runs in the machine with systemd of `cargo xtask test`");
            return Ok(None);
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        // Any account writes there, and no run has a `/var/tmp` of its own.
        let evidence = Path::new("/var/tmp").join(evidence);
        fs::create_dir_all(&evidence)?;
        fs::set_permissions(&evidence, fs::Permissions::from_mode(0o777))?;
        let [binary, token, log] = [BINARY, TOKEN, LOG].map(Path::new);
        let client = Client::of_service(binary, URL, token, &evidence, log);
        let service = Self { client, evidence, _turn: turn };
        systemctl(&["start", UNIT])?;
        service.answers()?;
        Ok(Some(service))
    }

    /// Waits until the server answers and has a worker that takes runs.
    fn answers(&self) -> Result<()> {
        self.client.until("an answer of the service", || Ok(self.client.done(&["workers", "list"]).ok()))?;
        Ok(())
    }

    fn main_pid(&self) -> Result<String> {
        Ok(systemctl(&["show", "-P", "MainPID", UNIT])?.trim().to_owned())
    }

    /// Waits for the server that systemd starts after this one.
    fn next_server(&self, last: &str) -> Result<()> {
        self.client.until("the next server by itself", || {
            let next = self.main_pid()?;
            Ok((next != last && next != "0").then_some(()))
        })?;
        self.answers()
    }

    /// Saves a job and runs it now; returns the run once it runs.
    fn begin(&self, name: &str, script: &str, limits: &str) -> Result<String> {
        self.client.apply(&format!(
            "name: {name}\nschedule: '0 0 1 1 *'\nshell: {{ script: '{script}' }}\nlimits: {{ {limits} }}\n"
        ))?;
        self.client.done(&["job", "run", name])?;
        let run = self.client.run_in(name, &["running", "succeeded", "failed", "out_of_memory"])?;
        Ok(run["id"].as_str().context("an id")?.to_owned())
    }

    /// Begins a script that tells each second, for so many at least and until it may go.
    fn begin_long(&self, name: &str, seconds: usize) -> Result<String> {
        let folder = self.evidence.display();
        let script = format!(
            "n=0; while [ $n -lt {seconds} ] || [ ! -e {folder}/go ]; do n=$((n+1)); echo second $n; echo x >> \
             {folder}/{name}; sleep 1; done; echo end; exit 7"
        );
        self.begin(name, &script, "timeout: 10m")
    }

    fn ended(&self, run: &str) -> Result<Value> {
        self.client.until(&format!("the end of run {run}"), || {
            let run = self.client.json(&["run", "show", run])?;
            let open = ["claimed", "running"].contains(&run["status"].as_str().unwrap_or_default());
            Ok((!open).then_some(run))
        })
    }

    /// Lets the long scripts end, and holds one's end and output against what it did.
    fn ends_whole(&self, name: &str, run: &str) -> Result<()> {
        fs::write(self.evidence.join("go"), "")?;
        let told = self.ended(run)?;
        assert_eq!(told["status"], "failed", "{told}");
        assert_eq!(told["outcome"]["end"]["code"], 7, "{told}");
        let output = self.client.until("its whole output", || {
            let output = self.client.done(&["run", "logs", run])?;
            Ok(output.ends_with("end\n").then_some(output))
        })?;
        let did = self.seconds(name);
        let whole = (1..=did).map(|n| format!("second {n}\n")).collect::<String>() + "end\n";
        assert_eq!(output, whole);
        assert_eq!(self.client.runs(name)?.len(), 1, "it was started once");
        Ok(())
    }

    /// Returns how many seconds a long script has told of.
    fn seconds(&self, name: &str) -> usize {
        fs::read_to_string(self.evidence.join(name)).map_or(0, |text| text.lines().count())
    }

    /// Waits until a long script tells of another second, whoever looks after it.
    fn goes_on(&self, name: &str) -> Result<()> {
        let before = self.seconds(name);
        self.client.until(&format!("another second of `{name}`"), || {
            Ok((self.seconds(name) > before + 1).then_some(()))
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // What waits, ends; the next test has a folder of its own.
        drop(fs::write(self.evidence.join("go"), ""));
    }
}

#[expect(clippy::disallowed_methods, reason = "the machine says by the environment that it is one")]
fn in_the_machine() -> bool {
    std::env::var_os(MACHINE).is_some()
}

/// Asks systemd and returns what it says.
fn systemctl(words: &[&str]) -> Result<String> {
    let output = Command::new("systemctl").args(words).output().context("could not run `systemctl`")?;
    if !output.status.success() {
        let status = Command::new("systemctl").args(["status", "--no-pager", UNIT]).output()?;
        let status = String::from_utf8_lossy(&status.stdout).into_owned();
        let log = fs::read_to_string(LOG).unwrap_or_default();
        anyhow::bail!("`systemctl {}` failed: {}\n{status}\n{log}", words.join(" "), e2e::told(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `sandglass check` as another service with the same lines about groups, and returns what it prints.
fn check_as_a_service() -> Result<Value> {
    let (name, report) = ("sandglass-check.service", Path::new("/run/sandglass-check.json"));
    let unit = systemctl(&["cat", UNIT])?;
    let of = |key: &str| unit.lines().filter(|line| line.starts_with(key)).collect::<Vec<_>>();
    let start = of("ExecStart=/").pop().context("the unit starts something")?.to_owned();
    let root = start.split_once("--cgroup-root ").map(|(_, root)| format!("--cgroup-root {root}"));
    let text = format!(
        "[Service]\nType=oneshot\n{}\nExecStart={BINARY} check --json --data /run/none {}\nStandardOutput=truncate:{}\n",
        of("Delegate").join("\n"),
        root.unwrap_or_default(),
        report.display()
    );
    fs::write(Path::new(UNITS).join(name), text)?;
    systemctl(&["daemon-reload"])?;
    systemctl(&["start", name])?;
    Ok(serde_json::from_str(&fs::read_to_string(report)?)?)
}

/// Meant to fail when `Delegate=` is taken out of the unit.
#[test]
fn the_delegated_subtree_holds_every_limit() -> Result<()> {
    let Some(service) = Service::up("limits")? else { return Ok(()) };
    let report = check_as_a_service()?;
    let limits = report["shell"]["limits"].as_array().context("limits")?;
    for name in ["memory", "cpu", "pids", "timeout", "output"] {
        let limit = limits.iter().find(|limit| limit["limit"] == name).context("it is told")?;
        println!("limits.{name}: {}", limit["by"]);
        assert_eq!(limit["held"], true, "{limit}");
    }
    assert_eq!(report["shell"]["kill"], "cgroup.kill", "{report}");
    assert_eq!(report["shell"]["isolation"], "isolated", "{report}");

    let hog = service.begin("hog", "dd if=/dev/zero of=/dev/null bs=96M count=1", "memory: 32MiB")?;
    assert_eq!(service.ended(&hog)?["status"], "out_of_memory");
    let forks = "for n in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; wait";
    let many = service.begin("many", forks, "pids: 4")?;
    let many = service.ended(&many)?;
    assert!(many["outcome"]["usage"]["pids_refused"].as_u64().is_some_and(|refused| refused > 0), "{many}");
    Ok(())
}

/// The unit spares the server when memory is short, and its runs not. Meant to fail when the child does not take it back.
#[test]
fn runs_are_not_spared_with_their_server() -> Result<()> {
    let Some(service) = Service::up("spared")? else { return Ok(()) };
    let server = fs::read_to_string(format!("/proc/{}/oom_score_adj", service.main_pid()?))?;
    assert_eq!(server.trim(), "-500", "the unit says so");
    for name in ["first", "prepared"] {
        let run = service.begin(name, "cat /proc/self/oom_score_adj", "timeout: 1m")?;
        assert_eq!(service.ended(&run)?["status"], "succeeded");
        let output = service.client.until("its output", || {
            let output = service.client.done(&["run", "logs", &run])?;
            Ok((!output.is_empty()).then_some(output))
        })?;
        assert_eq!(output, "0\n");
    }
    Ok(())
}

/// Meant to fail when `ExecReload=` is taken out of the unit: systemd then has no way to ask for it.
#[test]
fn a_reload_is_taken_by_the_server_that_runs() -> Result<()> {
    let Some(service) = Service::up("reload")? else { return Ok(()) };
    let taken = || fs::read_to_string(LOG).map(|log| log.matches("the configuration was read anew").count());
    let (server, before) = (service.main_pid()?, taken()?);
    systemctl(&["reload", UNIT])?;
    service.client.until("what the server says of it", || Ok((taken()? > before).then_some(())))?;
    service.answers()?;
    assert_eq!(service.main_pid()?, server);
    Ok(())
}

/// Meant to fail when `KillMode=process` is taken out of the unit, and on systemd 254 and later without `DelegateSubgroup=`.
#[test]
fn a_restart_and_a_crash_leave_runs_to_the_next_server() -> Result<()> {
    let Some(service) = Service::up("restart")? else { return Ok(()) };
    let run = service.begin_long("long", LONG_S)?;
    let first = service.main_pid()?;
    systemctl(&["restart", UNIT])?;
    service.answers()?;
    let second = service.main_pid()?;
    assert_ne!(first, second);
    service.goes_on("long")?;
    assert_eq!(service.client.json(&["run", "show", &run])?["status"], "running");

    systemctl(&["kill", "--kill-whom=main", "-s", "KILL", UNIT])?;
    service.next_server(&second)?;
    service.goes_on("long")?;
    assert_eq!(service.client.json(&["run", "show", &run])?["status"], "running");
    // What it starts beside an adopted run has limits as well.
    let hog = service.begin("hog-beside", "dd if=/dev/zero of=/dev/null bs=96M count=1", "memory: 32MiB")?;
    assert_eq!(service.ended(&hog)?["status"], "out_of_memory");
    service.ends_whole("long", &run)?;
    let lasted = service.seconds("long");
    ensure!(lasted >= LONG_S, "{lasted} seconds");
    Ok(())
}

/// Meant to fail when `KillMode=process` is taken out of the unit.
#[test]
fn a_stopped_service_leaves_runs_to_their_shims() -> Result<()> {
    let Some(service) = Service::up("stop")? else { return Ok(()) };
    let kept = service.begin_long("kept", 1)?;
    let endless = format!("while :; do echo x >> {}/late; sleep 1; done", service.evidence.display());
    let late = service.begin("late", &endless, &format!("timeout: {TIMEOUT_S}s"))?;
    systemctl(&["stop", UNIT])?;
    assert_eq!(systemctl(&["show", "-P", "ActiveState", UNIT])?.trim(), "inactive");
    service.goes_on("late")?;
    service.goes_on("kept")?;
    // Nobody but the shim is there when its time is over.
    let deadline = Instant::now() + e2e::PATIENCE;
    let mut last = (service.seconds("late"), Instant::now());
    while last.1.elapsed() < QUIET {
        ensure!(Instant::now() < deadline, "the run whose time is over goes on");
        std::thread::sleep(Duration::from_millis(100));
        if service.seconds("late") != last.0 {
            last = (service.seconds("late"), Instant::now());
        }
    }
    service.goes_on("kept")?;
    systemctl(&["start", UNIT])?;
    service.answers()?;
    let late = service.ended(&late)?;
    assert_eq!(late["status"], "timed_out", "{late}");
    service.ends_whole("kept", &kept)
}

/// `systemctl kill` without `--kill-whom=main` is meant for all that the unit started, and reaches it.
#[test]
fn a_kill_of_the_whole_unit_loses_its_runs_and_says_so() -> Result<()> {
    let Some(service) = Service::up("kill")? else { return Ok(()) };
    let run = service.begin_long("all", 1)?;
    let server = service.main_pid()?;
    systemctl(&["kill", "-s", "KILL", UNIT])?;
    service.next_server(&server)?;
    let told = service.ended(&run)?;
    assert_eq!(told["status"], "lost", "{told}");
    assert_eq!(told["outcome"]["end"]["why"], "shim_gone", "{told}");
    // Nothing of it is left.
    let before = service.seconds("all");
    let next = service.begin("next", "sleep 3", "timeout: 1m")?;
    assert_eq!(service.ended(&next)?["status"], "succeeded");
    assert_eq!(service.seconds("all"), before);
    Ok(())
}
