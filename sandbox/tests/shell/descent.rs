//! Runs that no control group holds: an ordinary user's on a host that hands it none. Their shim finds them by descent.
//!
//! As root the tests run again as an ordinary user; where that one has groups they skip.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::adopt::again;
use crate::support::{Host, lives, number, script, timeout, until};
use model::limits::Limits;
use model::outcome::{End, LostWhy, Stop};
use model::ports::{Executor as _, RunRef};
use model::run_folder::RunFolder;
use model::workload::{Leftovers, Shell};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

/// Returns a host that holds runs by their descent, else says why the test skips.
fn groupless() -> Option<Host> {
    let host = Host::supervised();
    let by = host.executor.enforceable().kill;
    if by.starts_with("by descent") {
        return Some(host);
    }
    eprintln!("skipped: runs are held by {by} here");
    None
}

fn noted(host: &Host, run: &RunRef, which: &str) -> i32 {
    let file = RunFolder::new(&host.runs, &run.id).path().join("process.json");
    let noted: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    i32::try_from(noted[which]["pid"].as_i64().unwrap()).unwrap()
}

/// A daemon with a session and a process group of its own, whose environment says nothing: no mark is left.
const DAEMON: &str = "(setsid env -i sh -c 'echo daemon=$$; exec sleep 600 >/dev/null 2>&1' &) | head -n 1";

#[tokio::test]
async fn a_daemon_that_lost_every_mark_dies_with_its_run() {
    let Some(host) = groupless() else { return };
    let ran = host.run(script(DAEMON), Limits::default()).await;
    let daemon = number(&String::from_utf8_lossy(&ran.stdout), "daemon");
    assert_eq!((ran.outcome.end, ran.outcome.leftovers_killed), (End::Exited { code: 0 }, 1));
    assert!(!lives(daemon));
    let ran =
        host.run(script(&format!("{DAEMON}; trap '' TERM; while :; do sleep 600; done")), timeout(500)).await;
    let daemon = number(&String::from_utf8_lossy(&ran.stdout), "daemon");
    assert_eq!((ran.outcome.stop, ran.outcome.escalated), (Some(Stop::Timeout), true));
    assert!(!lives(daemon));
    let waited =
        Shell { leftovers: Leftovers::Wait, ..script("(setsid env -i sh -c 'sleep 0.3; echo late' &)") };
    assert_eq!(host.run(waited, Limits::default()).await.stdout, b"late\n");
}

#[tokio::test]
async fn what_a_killed_shim_leaves_is_ended_without_a_worker() {
    let Some(host) = groupless() else { return };
    let text = format!("{DAEMON}; sleep 600");
    let (run, running) = host.start(script(&text), Limits::default()).await.unwrap();
    let daemon = number(&host.await_output(&run, "daemon=").await, "daemon");
    let main = noted(&host, &run, "main");
    kill(Pid::from_raw(noted(&host, &run, "shim")), Signal::SIGKILL).unwrap();
    // Nobody asks how the run stands: its supervisor ends it.
    until("all of it to be gone", || !lives(daemon) && !lives(main)).await;
    assert_eq!(running.wait().await.end, End::Lost { why: LostWhy::ShimGone });
}

/// The bomb is bounded from outside, as a service manager's `TasksMax=` does it, and watched by `timeout`.
#[tokio::test]
async fn a_fork_bomb_cannot_refill_what_is_killed() {
    let Some(host) = groupless() else { return };
    if !Path::new("/usr/bin/perl").exists() {
        eprintln!("skipped: `/usr/bin/perl`, which goes on forking when it is refused, is not installed");
        return;
    }
    if fs::read_to_string("/proc/self/cgroup").is_ok_and(|groups| !groups.contains("/sandglass-bomb-")) {
        eprintln!("skipped: nothing bounds the bomb; the same test as root makes a group for it");
        return;
    }
    let text = "$SIG{TERM} = 'IGNORE'; while (1) { defined(fork) or select(undef, undef, undef, 0.02) }";
    let bomb = Shell { interpreter: vec!["/usr/bin/perl".into()], ..script(text) };
    let limits = Limits { grace: model::time::Span::from_millis(50), ..timeout(4_000) };
    let ran = host.run(bomb, limits).await;
    assert_eq!((ran.outcome.stop, ran.outcome.escalated), (Some(Stop::Timeout), true));
    let left = fs::read_dir("/proc").unwrap().flatten();
    let left =
        left.filter(|entry| fs::read_to_string(entry.path().join("comm")).is_ok_and(|c| c == "perl\n"));
    let mine = left.filter(|entry| {
        fs::read_to_string(entry.path().join("environ")).is_ok_and(|e| e.contains("SANDGLASS_RUN"))
    });
    assert_eq!(mine.count(), 0);
}

/// A group that holds at most so many processes.
struct Bound(PathBuf);

impl Bound {
    fn make(size: u32) -> Option<Self> {
        let name = format!("sandglass-bomb-{}", std::process::id());
        let tops = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"].map(Path::new);
        let top = tops.into_iter().find(|top| top.join("cgroup.procs").exists())?;
        let dir = top.join(name);
        fs::create_dir(&dir).ok()?;
        let bound = Self(dir);
        fs::write(bound.0.join("pids.max"), size.to_string()).ok()?;
        Some(bound)
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while fs::remove_dir(&self.0).is_err() && Instant::now() < deadline {
            for pid in fs::read_to_string(self.0.join("cgroup.procs")).unwrap_or_default().lines() {
                let _ = kill(Pid::from_raw(pid.parse().unwrap()), Signal::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn an_ordinary_user_without_groups_is_served_as_well() {
    if !geteuid().is_root() {
        eprintln!("skipped: the tests of this file run as an ordinary user already");
        return;
    }
    let Some(bound) = Bound::make(250) else {
        eprintln!("skipped: this host gives no group that bounds a fork bomb");
        return;
    };
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let program = again("", folder.path()).get_program().to_owned();
    let mut command = Command::new("sh");
    command.args(["-c", "read go; exec timeout -s KILL 240 \"$@\"", "sh"]).arg(program);
    command.args(["descent::", "--nocapture", "--test-threads=1"]).current_dir("/").uid(65_534).gid(65_534);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may not join the group itself: it is joined for it, before it does anything.
    fs::write(bound.0.join("cgroup.procs"), child.id().to_string()).unwrap();
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let (said, shown) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    eprintln!("{shown}");
    assert!(output.status.success(), "{said}\n{shown}");
    assert!(said.contains("test result: ok. 4 passed"), "{said}");
}
