//! What a script cannot get at: other runs, the worker, what an earlier run left, the world outside its groups.
//!
//! As root each test has a worker's ordinary policy, by which jobs run as user ids of their own.

use std::fs;

use crate::support::{Host, lives, number, script};
use model::isolation::Isolation;
use model::limits::Limits;
use model::outcome::{End, Stop};
use model::ports::Executor as _;
use model::quantity::ByteSize;
use model::workload::{Env, Shell};

/// Returns a host whose jobs are isolated, else says why the test skips.
fn isolating() -> Option<Host> {
    let host = Host::new();
    let can = host.executor.enforceable();
    if can.isolation == Some(Isolation::Isolated) {
        return Some(host);
    }
    eprintln!("skipped: jobs are not isolated here: {:?}", can.notes);
    None
}

/// Runs each line in a shell of its own and returns those that succeeded.
async fn that_succeed(host: &Host, lines: &[String]) -> Vec<String> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&format!(
            "if ( {line} ) >/dev/null 2>&1; then echo \"$(cat <<'END'\n{line}\nEND\n)\"; fi\n"
        ));
    }
    let ran = host.run(script(&text), Limits::default()).await;
    assert_eq!(ran.outcome.end, End::Exited { code: 0 }, "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn what_a_run_leaves_in_tmp_and_shared_memory_is_gone_with_it() {
    let Some(host) = isolating() else { return };
    let mounts = || fs::read_to_string("/proc/self/mountinfo").unwrap();
    let before = mounts();
    let leave = "echo a > /tmp/left; echo b > /dev/shm/left; cat /tmp/left /dev/shm/left; \
        ipcmk -M 4096 >/dev/null 2>&1 || true";
    for _ in 0..2 {
        let ran = host.run(script(leave), Limits::default()).await;
        assert_eq!(ran.stdout, b"a\nb\n");
        assert!(
            !std::path::Path::new("/tmp/left").exists() && !std::path::Path::new("/dev/shm/left").exists()
        );
        let looks = "ls -A /tmp /dev/shm; tail -n +2 /proc/sysvipc/shm";
        let ran = host.run(script(looks), Limits::default()).await;
        assert_eq!(String::from_utf8(ran.stdout).unwrap(), "/dev/shm:\n\n/tmp:\n");
    }
    assert_eq!(mounts(), before, "none of its mounts is ours");
}

#[tokio::test]
async fn bytes_in_tmp_count_as_the_runs_memory() {
    let Some(host) = isolating() else { return };
    let limits = Limits { memory: Some(ByteSize::from_mib(16)), ..Limits::default() };
    let held = host
        .executor
        .enforceable()
        .limits
        .iter()
        .any(|s| s.limit == model::limits::LimitName::Memory && s.held);
    if !held {
        eprintln!("skipped: this host holds no memory limit");
        return;
    }
    let ran = host.run(script("head -c 64000000 /dev/zero > /tmp/flood; exit 9"), limits).await;
    let full = String::from_utf8_lossy(&ran.stderr).contains("No space left");
    assert!(ran.outcome.out_of_memory || full, "{:?}", ran.outcome);
    let peak = ran.outcome.usage.memory_peak.unwrap();
    assert!(peak <= ByteSize::from_mib(16), "{peak:?}");
}

#[tokio::test]
async fn a_run_cannot_get_at_another_run() {
    let Some(host) = isolating() else { return };
    let secret = Shell {
        env: Env([("SECRET".to_owned(), "of the other run".to_owned())].into()),
        ..script("echo hidden > /tmp/mine; echo main=$$; sleep 600")
    };
    let (run, running) = host.start(secret, Limits::default()).await.unwrap();
    let other = number(&host.await_output(&run, "main=").await, "main");
    let tries = [
        format!("cat /proc/{other}/environ"),
        format!("cat /proc/{other}/root/tmp/mine"),
        "cat /tmp/mine".to_owned(),
        format!("ls /proc/{other}/fd"),
        format!("kill -TERM {other}"),
        format!("kill -CONT {other}"),
        format!("head -c 1 /proc/{other}/mem"),
        format!("cat {}/output.seg", host.runs.join(run.id.as_str()).display()),
        format!("ls {}", host.runs.display()),
        // That it is there is no secret; it shows that the number is right.
        format!("test -d /proc/{other}"),
    ];
    let got = that_succeed(&host, &tries).await;
    assert_eq!(got, [tries.last().unwrap().clone()]);
    assert!(lives(other));
    running.stop(Stop::Killed).await;
    running.wait().await;
}

#[tokio::test]
async fn a_run_cannot_get_at_the_worker() {
    let Some(host) = isolating() else { return };
    let worker = std::process::id();
    let trace = format!(
        "python3 -c 'import ctypes, sys; c = ctypes.CDLL(None, use_errno=True); sys.exit(0 if c.ptrace(16, {worker}, 0, 0) == 0 else 1)'"
    );
    let tries = [
        format!("cat /proc/{worker}/environ"),
        format!("ls /proc/{worker}/fd"),
        format!("head -c 1 /proc/{worker}/mem"),
        format!("kill -CONT {worker}"),
        format!("kill -0 {worker}"),
        trace,
        format!("echo 0 > /proc/{worker}/oom_score_adj"),
        format!("test -d /proc/{worker}"),
    ];
    assert_eq!(that_succeed(&host, &tries).await, [tries.last().unwrap().clone()]);
}

#[tokio::test]
async fn a_run_cannot_leave_its_groups_or_change_them() {
    let Some(host) = isolating() else { return };
    let (run, running) = host.start(script("echo main=$$; sleep 600"), Limits::default()).await.unwrap();
    host.await_output(&run, "main=").await;
    let groups = host.groups();
    running.stop(Stop::Killed).await;
    running.wait().await;
    if groups.is_empty() {
        eprintln!("skipped: this host gives no control group");
        return;
    }
    let above = groups.iter().filter_map(|group| group.parent()?.parent());
    let mut tries: Vec<_> = above.map(|dir| format!("echo 0 > {}/cgroup.procs", dir.display())).collect();
    for group in &groups {
        let group = group.display();
        tries.push(format!("mkdir {group}/below"));
        for file in ["pids.max", "memory.limit_in_bytes", "memory.max", "cgroup.procs", "cgroup.kill"] {
            tries.push(format!("echo 1 > {group}/{file}"));
        }
    }
    assert_eq!(that_succeed(&host, &tries).await, [] as [String; 0]);
}

#[tokio::test]
async fn the_runs_folder_is_closed_to_the_job() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: needs root, so that the job is somebody else");
        return;
    }
    // Not below `/tmp`, which is the job's own.
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let host = Host::at(dir);
    let ran = host.run(script(&format!("ls {0} {0}/*", host.runs.display())), Limits::default()).await;
    assert_ne!(ran.outcome.end, End::Exited { code: 0 });
    assert!(String::from_utf8_lossy(&ran.stderr).contains("Permission denied"));
}

/// A service manager may spare the worker when the machine has no memory left; what it starts is not spared with it.
/// Caught when the child does not take it back.
#[tokio::test]
async fn a_run_is_not_spared_with_its_worker_when_memory_is_short() {
    let own = "/proc/self/oom_score_adj";
    let before = fs::read_to_string(own).unwrap();
    if fs::write(own, "-7").is_err() {
        eprintln!("skipped: this process may not be spared itself");
        return;
    }
    let host = Host::supervised();
    // The second one is prepared, where there are groups.
    for _ in 0..2 {
        let ran = host.run(script("cat /proc/self/oom_score_adj"), Limits::default()).await;
        assert_eq!(String::from_utf8_lossy(&ran.stdout), "0\n");
    }
    fs::write(own, before).unwrap();
}
