//! What a later worker process finds: runs that ended, runs that were cut off, processes that still live.
//!
//! The earlier process is this test binary, run again and killed by SIGKILL. The same way it runs as an ordinary
//! user, on whom root's privileges would hide a fault.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::support::{Clocks, Host, lives, number, script, supervisor_program, until};
use model::limits::{LimitName, Limits};
use model::outcome::{End, LostWhy, Stage};
use model::ports::Executor as _;
use model::run_folder::RunFolder;
use model::workload::{Leftovers, Shell};
use nix::unistd::geteuid;
use sandbox::shell::{Options, ShellExecutor};

/// Where the earlier process works: beside its own copy of this binary.
pub(crate) fn shared_folder() -> std::path::PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().join("shared")
}

/// Runs one ignored test of this binary in a process of its own, from a folder that anybody may read.
pub(crate) fn again(test: &str, folder: &Path) -> Command {
    let copy = folder.join("earlier");
    let programs = [
        (std::env::current_exe().unwrap(), copy.clone()),
        (supervisor_program(), folder.join("shell-supervisor")),
    ];
    for (from, to) in programs {
        // Copied by a process of its own: a child that another test forks meanwhile would inherit our writing
        // descriptor, and a file that is open for writing is not executed.
        assert!(Command::new("cp").arg(from).arg(&to).status().unwrap().success());
        fs::set_permissions(&to, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(copy);
    command.args(["--ignored", "--exact", test, "--nocapture", "--test-threads=1"]);
    command.stdin(Stdio::null());
    command
}

fn executor(runs: &Path) -> ShellExecutor {
    let options = Options::new(runs.to_owned());
    ShellExecutor::new(options, Arc::new(Clocks)).unwrap()
}

#[tokio::test]
#[ignore = "the earlier process of `a_killed_worker_leaves_no_process_and_its_runs_are_lost`"]
async fn earlier_process() {
    let host = Host {
        executor: executor(&shared_folder()),
        runs: shared_folder(),
        dir: tempfile::tempdir().unwrap(),
    };
    let ended = host.run(script("echo whole; exit 9"), Limits::default()).await;
    assert_eq!(ended.outcome.end, End::Exited { code: 9 });
    let text = "echo main=$$; (setsid sh -c 'echo daemon=$$; exec sleep 600' &); sleep 600";
    let (run, _running) = host.start(script(text), Limits::default()).await.unwrap();
    host.await_output(&run, "daemon=").await;
    // By a rename, so that whoever sees the file sees all of it.
    let (part, ready) = ["part", "ready"].map(|name| shared_folder().with_file_name(name)).into();
    fs::write(&part, run.id.as_str()).unwrap();
    fs::rename(part, ready).unwrap();
    std::future::pending::<()>().await;
}

/// What a killed worker left still has its user id: the run of another worker, in a slot of the same number, gets another.
async fn no_other_run_has_the_user_of(runs: &Path, left: &model::id::RunId) {
    let noted = fs::read(RunFolder::new(runs, left).path().join("process.json")).unwrap();
    let noted: serde_json::Value = serde_json::from_slice(&noted).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", noted["main"]["pid"])).unwrap();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
    let uid = uid.split_whitespace().next().unwrap();
    let other = Host::new().run(script("id -u"), Limits::default()).await;
    let got = String::from_utf8(other.stdout).unwrap();
    assert!(got.trim() != uid && !got.is_empty(), "{got} is the user of a process that lives");
}

#[tokio::test]
async fn a_killed_worker_leaves_no_process_and_its_runs_are_lost() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("shared");
    let mut earlier = again("adopt::earlier_process", folder.path()).stdout(Stdio::null()).spawn().unwrap();
    let ready = folder.path().join("ready");
    until("the earlier process to be ready", || ready.exists() || earlier.try_wait().unwrap().is_some())
        .await;
    earlier.kill().unwrap();
    earlier.wait().unwrap();
    let cut_off: model::id::RunId = fs::read_to_string(&ready).unwrap().parse().unwrap();
    if geteuid().is_root() {
        no_other_run_has_the_user_of(&runs, &cut_off).await;
    }

    // A frame that the writer did not finish.
    let segment = RunFolder::new(&runs, &cut_off).output();
    let mut torn = fs::read(&segment).unwrap();
    torn.extend_from_slice(&[7; 20]);
    fs::write(&segment, torn).unwrap();

    let host = Host { executor: executor(&runs), runs: runs.canonicalize().unwrap(), dir: folder };
    let adopted = host.executor.adopt().await.unwrap();
    assert_eq!(adopted.len(), 2);
    let mut ends = Vec::new();
    for run in &adopted {
        let outcome = run.running.wait().await;
        run.running.stop(model::outcome::Stop::Killed).await;
        if run.run.id == cut_off {
            assert!(outcome.output.kept > 0 && outcome.started_at <= outcome.ended_at);
            let (stdout, _) = host.output(&run.run);
            let text = String::from_utf8(stdout).unwrap();
            for name in ["main", "daemon"] {
                let pid = number(&text, name);
                assert!(!lives(pid), "{name} {pid} lives");
            }
        }
        assert!(RunFolder::new(&host.runs, &run.run.id).exit().exists());
        ends.push(outcome.end);
    }
    ends.sort_by_key(|end| matches!(end, End::Lost { .. }));
    assert_eq!(ends, [End::Exited { code: 9 }, End::Lost { why: LostWhy::WorkerEnded }]);
    assert!(host.groups().is_empty());
    // Settled once: a process after this one is told the same.
    let Host { executor: earlier, runs, dir: _dir } = host;
    let options = |runs: &Path| Options::new(runs.into());
    let refused = ShellExecutor::new(options(&runs), Arc::new(Clocks)).err().unwrap();
    assert!(refused.to_string().contains("in use by another process"), "{refused}");
    drop(earlier);
    assert_eq!(executor(&runs).adopt().await.unwrap().len(), 2);
}

#[tokio::test]
async fn runs_of_another_boot_are_lost_to_it_and_nothing_is_killed() {
    let host = Host::new();
    let (run, running) = host.start(script("echo ready; sleep 600"), Limits::default()).await.unwrap();
    host.await_output(&run, "ready").await;
    // As the folder would stand after the machine was started anew: the process of that number is somebody else.
    let process = RunFolder::new(&host.runs, &run.id).path().join("process.json");
    let mut noted: serde_json::Value = serde_json::from_slice(&fs::read(&process).unwrap()).unwrap();
    let pid = i32::try_from(noted["main"]["pid"].as_i64().unwrap()).unwrap();
    noted["boot"] = "11111111-2222-3333-4444-555555555555".into();
    fs::write(&process, noted.to_string()).unwrap();
    let adopted = host.executor.adopt().await.unwrap();
    assert_eq!(adopted[0].running.wait().await.end, End::Lost { why: LostWhy::Reboot });
    assert!(lives(pid));
    running.stop(model::outcome::Stop::Killed).await;
    running.wait().await;
}

#[tokio::test]
async fn an_ordinary_user_is_served_as_well() {
    if !geteuid().is_root() {
        eprintln!("skipped: every other test of this file runs as an ordinary user already");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = again("adopt::ordinary_user", folder.path()).uid(65_534).gid(65_534).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
#[ignore = "the process of `an_ordinary_user_is_served_as_well`"]
async fn ordinary_user() {
    assert!(!geteuid().is_root());
    let host = Host::new();
    let can = host.executor.enforceable();
    assert!(can.notes.iter().any(|note| note.contains("not isolated")), "{can:?}");
    let ran = host.run(script("id -u; exit 3"), Limits::default()).await;
    assert_eq!((ran.outcome.end, ran.stdout.as_slice()), (End::Exited { code: 3 }, &b"65534\n"[..]));

    let other = Shell { user: Some("daemon".into()), ..script("") };
    assert_eq!(host.start(other, Limits::default()).await.err().unwrap().stage, Stage::User);
    for support in can.limits.iter().filter(|support| !support.held) {
        assert!(
            support.by.contains("Permission denied") || support.by.contains("no control group"),
            "{support:?}"
        );
        let mut limits = Limits::default();
        match support.limit {
            LimitName::Memory => limits.memory = Some(model::quantity::ByteSize::from_mib(64)),
            LimitName::Pids => limits.pids = Some(32),
            _ => limits.cpu = Some(model::quantity::CpuShare::from_milli(500)),
        }
        let refused = host.start(script(""), limits).await.err().unwrap();
        assert_eq!(refused.stage, Stage::Limits);
    }

    // Without a group a daemon is found by its mark.
    let text = "(setsid sh -c 'echo daemon=$$; exec sleep 600 >/dev/null 2>&1' &) ; sleep 0.3";
    let ran = host.run(script(text), Limits::default()).await;
    let daemon = number(&String::from_utf8_lossy(&ran.stdout), "daemon");
    assert!(!lives(daemon));
    assert_eq!(ran.outcome.leftovers_killed, 1);

    let stubborn =
        host.run(script("trap '' TERM; while :; do sleep 600; done"), crate::support::timeout(300)).await;
    assert!(stubborn.outcome.escalated);
    let waited = Shell { leftovers: Leftovers::Wait, ..script("(sleep 0.3; echo late) & echo early") };
    assert_eq!(host.run(waited, Limits::default()).await.stdout, b"early\nlate\n");
}
