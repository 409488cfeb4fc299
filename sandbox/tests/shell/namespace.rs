//! Runs with a process namespace of their own: what they see, how they end, who lives on.

use std::fs;

use crate::adopt::again;
use crate::support::{Host, lives, number, run_ref, script, timeout, until};
use model::limits::Limits;
use model::outcome::{End, LostWhy, Stop};
use model::ports::Executor as _;
use model::run_folder::RunFolder;
use model::workload::{Leftovers, Shell};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use sandbox::shell::ShellPolicy;
use std::os::unix::process::CommandExt as _;

fn policy() -> ShellPolicy {
    ShellPolicy { pid_namespace: true, ..ShellPolicy::default() }
}

/// Returns a host whose runs have shims and namespaces, else says why the test skips.
async fn apart() -> Option<Host> {
    let host = Host::supervised_with(policy());
    let notes = host.executor.enforceable().notes;
    if let Some(why) = notes.iter().find(|note| note.contains("`pid_namespace = true`")) {
        eprintln!("skipped: no process namespaces here: {why}");
        let refused = host.start(script(""), Limits::default()).await.err().unwrap();
        assert!(
            refused.message.contains("`pid_namespace = false`"),
            "what cannot be had is refused: {refused}"
        );
        return None;
    }
    assert!(notes.iter().any(|note| note.contains("process namespace of its own")), "{notes:?}");
    Some(host)
}

/// Returns the number in the host of the process that is `inner` within the namespace of the main process `main`.
fn outer(main: i32, inner: i32) -> Option<i32> {
    let namespace = |pid: i32| fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
    let field = |pid: i32, name: &str| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().last().map(str::to_owned)
    };
    let (wanted, shim) = (namespace(main)?, field(main, "PPid:"));
    let pids = fs::read_dir("/proc").unwrap().flatten();
    let mut pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.find(|pid| {
        field(*pid, "NSpid:") == Some(inner.to_string())
            // Its init shows nobody of its user where it is.
            && namespace(*pid).map_or(inner == 1 && field(*pid, "PPid:") == shim, |there| there == wanted)
    })
}

fn noted(host: &Host, run: &model::ports::RunRef, which: &str) -> i32 {
    let file = RunFolder::new(&host.runs, &run.id).path().join("process.json");
    let noted: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    i32::try_from(noted[which]["pid"].as_i64().unwrap()).unwrap()
}

#[tokio::test]
async fn a_run_sees_and_signals_no_processes_but_its_own() {
    let Some(host) = apart().await else { return };
    // Its init is there before it, and may still be about to take its name.
    let text = "echo self=$$; set +e; n=0; until [ $(cat /proc/1/comm) = sandglass-init ] || [ $n = 500 ]; do n=$((n+1)); done; \
        for p in /proc/[0-9]*; do echo sees ${p#/proc/} $(cat $p/comm); done; \
        kill -0 -1 2>/dev/null; for n in 3 77 $WORKER; do kill -0 $n 2>/dev/null && echo reached $n; done; exit 0";
    let env = [("WORKER".to_owned(), std::process::id().to_string())].into();
    let ran = host.run(Shell { env: model::workload::Env(env), ..script(text) }, Limits::default()).await;
    let text = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(number(&text, "self"), 2, "{text}");
    let seen: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("sees ")).collect();
    assert!(seen.contains(&"1 sandglass-init") && seen.iter().any(|line| line.starts_with("2 ")), "{text}");
    let numbers = seen.iter().filter_map(|line| line.split(' ').next()?.parse::<i32>().ok());
    // Itself, its init, and what it has just started.
    assert!(numbers.max().unwrap() < 700 && seen.len() <= 4, "{text}");
    assert!(!text.contains("reached"), "{text}");
    let said = ran.outcome.ran_as.unwrap();
    assert!(said.why.ends_with("and it sees no processes but its own"), "{said:?}");
}

#[tokio::test]
async fn its_ends_are_told_as_without() {
    let Some(host) = apart().await else { return };
    let ran = host.run(script("echo out; exit 7"), Limits::default()).await;
    assert_eq!((ran.outcome.end, ran.stdout.as_slice()), (End::Exited { code: 7 }, &b"out\n"[..]));
    let ran = host.run(script("kill -KILL $$"), Limits::default()).await;
    assert_eq!(ran.outcome.end, End::Signaled { signal: 9, core: false });
    let ran = host.run(script("exec sleep 600"), timeout(300)).await;
    assert_eq!(ran.outcome.stop, Some(Stop::Timeout));
    assert!(matches!(ran.outcome.end, End::Signaled { signal: 15 | 9, .. }), "{:?}", ran.outcome.end);
    let ran =
        host.run(script("trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done"), timeout(1_500)).await;
    assert!(ran.outcome.escalated || ran.outcome.end == End::Exited { code: 9 }, "{:?}", ran.outcome);
    let ran = host.run(script("trap '' TERM; while :; do sleep 600; done"), timeout(300)).await;
    assert!(ran.outcome.escalated);
    assert_eq!(ran.outcome.end, End::Signaled { signal: 9, core: false });
}

#[tokio::test]
async fn its_daemons_end_with_it_or_are_waited_for() {
    let Some(host) = apart().await else { return };
    let text =
        "(setsid env -i sh -c 'echo daemon=$$; exec sleep 600 >/dev/null 2>&1' &) | head -n 1; echo main=$$";
    let (run, running) = host.start(script(&format!("{text}; sleep 600")), Limits::default()).await.unwrap();
    let said = host.await_output(&run, "main=").await;
    let main = noted(&host, &run, "main");
    let daemon = outer(main, number(&said, "daemon")).unwrap();
    let init = outer(main, 1).unwrap();
    assert!(lives(daemon) && lives(init));
    running.stop(Stop::Killed).await;
    running.wait().await;
    assert!(!lives(daemon) && !lives(init) && !lives(main));

    let ran = host.run(script(text), Limits::default()).await;
    assert_eq!((ran.outcome.end, ran.outcome.leftovers_killed), (End::Exited { code: 0 }, 1));
    let waited = Shell {
        leftovers: Leftovers::Wait,
        ..script("(setsid sh -c 'sleep 0.3; echo late' &) ; echo early")
    };
    let ran = host.run(waited, Limits::default()).await;
    assert_eq!((ran.stdout.as_slice(), ran.outcome.leftovers_killed), (&b"early\nlate\n"[..], 0));
}

#[tokio::test]
async fn who_kills_its_shim_ends_all_of_it() {
    let Some(host) = apart().await else { return };
    let text = "(setsid env -i sh -c 'echo daemon=$$; exec sleep 600' &) ; sleep 600";
    let (run, running) = host.start(script(text), Limits::default()).await.unwrap();
    let said = host.await_output(&run, "daemon=").await;
    let main = noted(&host, &run, "main");
    let all = [main, outer(main, number(&said, "daemon")).unwrap(), outer(main, 1).unwrap()];
    kill(Pid::from_raw(noted(&host, &run, "shim")), Signal::SIGKILL).unwrap();
    assert_eq!(running.wait().await.end, End::Lost { why: LostWhy::ShimGone });
    until("its processes to be gone", || !all.iter().any(|pid| lives(*pid))).await;
}

#[tokio::test]
async fn it_is_adopted_with_its_true_exit_code() {
    let Some(host) = apart().await else { return };
    let text =
        "echo begin; while [ ! -e $HOME/go ] && [ ! -e /tmp/go ]; do sleep 0.05; done; echo end; exit 12";
    let (run, running) = host.start(script(text), Limits::default()).await.unwrap();
    host.await_output(&run, "begin").await;
    let main = noted(&host, &run, "main");
    // As a later worker process finds it: by its folder alone.
    std::mem::forget(running);
    let adopted = host.executor.adopt().await.unwrap();
    assert_eq!(adopted.len(), 1);
    let place = format!("/proc/{main}/root/tmp/go");
    fs::write(&place, "").unwrap();
    let outcome = adopted[0].running.wait().await;
    assert_eq!(outcome.end, End::Exited { code: 12 });
    assert_eq!(host.output(&run).0, b"begin\nend\n");
    let _ = fs::remove_file("/tmp/go");
}

#[tokio::test]
async fn a_thread_looks_after_one_as_root_alone() {
    let host = Host::with(policy());
    let started = host.executor.start(
        run_ref(),
        model::workload::Workload::Shell(script("echo self=$$")),
        Limits::default(),
        model::ports::LeaseTerms::NONE,
    );
    match started.await {
        Ok(running) => {
            assert!(geteuid().is_root());
            assert_eq!(running.wait().await.end, End::Exited { code: 0 });
        }
        Err(refused) => assert!(refused.message.contains("process namespace"), "{refused}"),
    }
    until("no zombie child", || crate::support::zombies().is_empty()).await;
}

/// All of this file again, without privileges: within a user namespace, where the host lets ordinary users have one.
#[test]
fn an_ordinary_users_runs_are_apart_as_well() {
    if !geteuid().is_root() {
        eprintln!("skipped: the tests of this file run as an ordinary user already");
        return;
    }
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let mut command = again("", folder.path());
    let program = command.get_program().to_owned();
    command = std::process::Command::new(program);
    command.args(["namespace::", "--nocapture"]).current_dir("/").uid(65_534).gid(65_534);
    let output = command.output().unwrap();
    let (said, shown) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    eprintln!("{shown}");
    assert!(output.status.success(), "{said}\n{shown}");
    assert!(said.contains("test result: ok. 7 passed"), "{said}");
}
