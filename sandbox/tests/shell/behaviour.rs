//! The shell executor on real processes: how runs end, what they see, what they leave.

use std::fs;
use std::os::fd::AsRawFd as _;

use crate::support::{Host, lives, number, run_ref, script, timeout, until};
use model::limits::Limits;
use model::outcome::{End, Stage, Stop};
use model::ports::{Executor as _, LeaseTerms, Whose};
use model::run::RunStatus;
use model::run_folder::RunFolder;
use model::time::{BootTime, Span};
use model::workload::{Env, HiddenText, Leftovers, Shell, Workload};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use sandbox::shell::ShellPolicy;

#[tokio::test]
async fn the_exit_code_and_both_streams_come_back() {
    let host = Host::new();
    let ran = host.run(script("echo out; echo err >&2; exit 3"), Limits::default()).await;
    assert_eq!(ran.outcome.end, End::Exited { code: 3 });
    assert_eq!((ran.stdout.as_slice(), ran.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
    assert_eq!(ran.outcome.output.kept, 8);
    assert_eq!(ran.outcome.status(&[0]), RunStatus::Failed);
    assert!(ran.outcome.ended_at >= ran.outcome.started_at);
}

#[tokio::test]
async fn a_signal_is_told_from_an_exit() {
    let host = Host::new();
    let ran = host.run(script("kill -KILL $$"), Limits::default()).await;
    assert_eq!(ran.outcome.end, End::Signaled { signal: 9, core: false });
    assert!(!ran.outcome.out_of_memory, "SIGKILL alone says nothing of memory");
    assert_eq!(ran.outcome.stop, None);
}

#[tokio::test]
async fn the_outcome_is_on_disk_when_it_is_told() {
    let host = Host::new();
    let (run, running) = host.start(script("exit 4"), Limits::default()).await.unwrap();
    let outcome = running.wait().await;
    let written = fs::read(RunFolder::new(&host.runs, &run.id).exit()).unwrap();
    assert_eq!(serde_json::from_slice::<model::outcome::Outcome>(&written).unwrap(), outcome);
    assert_eq!(running.wait().await, outcome, "it may be asked again");
}

#[tokio::test]
async fn a_timeout_that_honours_term_is_not_escalated() {
    let host = Host::new();
    let ran = host.run(script("trap 'echo bye; exit 7' TERM; sleep 600 & wait"), timeout(400)).await;
    assert_eq!(ran.outcome.end, End::Exited { code: 7 });
    assert_eq!(ran.outcome.stop, Some(Stop::Timeout));
    assert!(!ran.outcome.escalated);
    assert_eq!(ran.stdout, b"bye\n");
}

#[tokio::test]
async fn a_timeout_that_ignores_term_is_killed() {
    let host = Host::new();
    let ran = host.run(script("trap '' TERM; while :; do sleep 600; done"), timeout(300)).await;
    assert_eq!(ran.outcome.end, End::Signaled { signal: 9, core: false });
    assert_eq!(ran.outcome.stop, Some(Stop::Timeout));
    assert!(ran.outcome.escalated);
    assert_eq!(ran.outcome.status(&[0]), RunStatus::TimedOut);
}

#[tokio::test]
async fn who_is_forked_after_the_others_were_asked_is_asked_too() {
    let host = Host::new();
    // The script hears of its end, starts another process, and goes.
    let text = "set +e; trap '(setsid sleep 600 &) ; exit 5' TERM; echo ready; while :; do sleep 0.05; done";
    let limits = Limits { grace: Span::from_seconds(50), ..Limits::default() };
    let (run, running) = host.start(script(text), limits).await.unwrap();
    host.await_output(&run, "ready").await;
    running.stop(Stop::Killed).await;
    let outcome = running.wait().await;
    assert_eq!(outcome.end, End::Exited { code: 5 });
    assert!(!outcome.escalated, "nothing was left for KILL: {outcome:?}");
}

#[tokio::test]
async fn a_stopped_process_is_ended_as_well() {
    let host = Host::new();
    let ran = host.run(script("kill -STOP $$"), timeout(300)).await;
    assert_eq!(ran.outcome.end, End::Signaled { signal: 15, core: false });
}

#[tokio::test]
async fn a_user_kill_ends_the_run_and_the_first_reason_stays() {
    let host = Host::new();
    let (run, running) = host.start(script("echo ready; sleep 600"), Limits::default()).await.unwrap();
    host.await_output(&run, "ready").await;
    running.stop(Stop::Killed).await;
    running.stop(Stop::Replaced).await;
    let outcome = running.wait().await;
    assert_eq!(outcome.stop, Some(Stop::Killed));
    assert_eq!(outcome.status(&[0]), RunStatus::Killed);
}

#[tokio::test]
async fn a_daemon_that_left_session_and_parent_dies_with_its_run() {
    let host = Host::new();
    // Double fork, a session of its own, no pipe held: what a daemon does.
    let text = "(setsid sh -c 'echo daemon=$$; exec sleep 600 >/dev/null 2>&1' &) ; sleep 0.3; exit 0";
    let ran = host.run(script(text), Limits::default()).await;
    assert_eq!(ran.outcome.end, End::Exited { code: 0 });
    let daemon = number(&String::from_utf8_lossy(&ran.stdout), "daemon");
    assert!(!lives(daemon), "{daemon} outlived its run");
    assert_eq!(ran.outcome.leftovers_killed, 1);
}

#[tokio::test]
async fn a_grandchild_that_holds_the_pipe_does_not_delay_the_end() {
    let host = Host::new();
    let limits = Limits { timeout: Span::from_minutes(5), ..Limits::default() };
    let ran = host.run(script("sleep 600 & echo done=$!"), limits).await;
    assert_eq!(ran.outcome.end, End::Exited { code: 0 });
    assert_eq!(ran.outcome.stop, None, "it ended by itself, long before its timeout");
    let holder = number(&String::from_utf8_lossy(&ran.stdout), "done");
    assert!(!lives(holder));
}

#[tokio::test]
async fn leftovers_are_waited_for_when_the_job_says_so() {
    let host = Host::new();
    let text = "(sleep 0.4; echo late) & echo early";
    let shell = Shell { leftovers: Leftovers::Wait, ..script(text) };
    let ran = host.run(shell, Limits::default()).await;
    assert_eq!(ran.stdout, b"early\nlate\n");
    assert_eq!(ran.outcome.leftovers_killed, 0);
    let shell = Shell { leftovers: Leftovers::Wait, ..script("sleep 600 & exit 5") };
    // Long enough for a slow machine to come to the script's end.
    let ran = host.run(shell, timeout(3_000)).await;
    assert_eq!((ran.outcome.end, ran.outcome.stop), (End::Exited { code: 5 }, Some(Stop::Timeout)));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_kept() {
    let host = Host::new();
    let ran = host.run(script("printf '\\377\\376\\000x'"), Limits::default()).await;
    assert_eq!(ran.stdout, b"\xff\xfe\0x");
}

#[tokio::test]
async fn stages_that_fail_are_told_apart() {
    let host = Host::new();
    let interpreter =
        |words: &[&str]| Shell { interpreter: words.iter().map(|w| (*w).into()).collect(), ..script("") };
    let failed = async |shell| host.start(shell, Limits::default()).await.err().unwrap();

    let missing = failed(interpreter(&["/no/such/program"])).await;
    assert_eq!((missing.stage, missing.whose), (Stage::Exec, Whose::Job));
    assert!(missing.message.contains("`/no/such/program`"), "{missing}");
    assert!(missing.message.contains("no such program"), "{missing}");
    let unfound = failed(interpreter(&["no-such-program"])).await;
    assert!(unfound.message.contains("/usr/bin"), "{unfound}");
    let not_executable = failed(interpreter(&["/etc/passwd"])).await;
    assert!(not_executable.message.contains("not marked executable"), "{not_executable}");
    let directory = failed(interpreter(&["/usr"])).await;
    assert!(directory.message.contains("it is a directory"), "{directory}");

    let cwd = failed(Shell { cwd: Some("/no/such/directory".into()), ..script("") }).await;
    assert_eq!((cwd.stage, cwd.whose), (Stage::Cwd, Whose::Job));
    assert!(cwd.message.contains("`/no/such/directory`"), "{cwd}");
    let user = failed(Shell { user: Some("no-such-user".into()), ..script("") }).await;
    assert_eq!((user.stage, user.whose), (Stage::User, Whose::Job));

    assert_eq!(fs::read_dir(&host.runs).unwrap().count(), 0, "a run that did not start leaves no folder");
    assert_eq!(host.occupied(), [] as [std::path::PathBuf; 0]);
}

#[tokio::test]
async fn what_the_owner_or_the_kind_forbids_is_refused() {
    let host = Host::new();
    let gain = Shell { privilege_gain: true, ..script("") };
    let refused = host.start(gain, Limits::default()).await.err().unwrap();
    assert!(refused.message.contains("allow_privilege_gain"), "{refused}");
    let fuel = Limits { fuel: Some(1), ..Limits::default() };
    assert_eq!(host.start(script(""), fuel).await.err().unwrap().stage, Stage::Limits);
    let off = Host::with(ShellPolicy { enabled: false, ..ShellPolicy::default() });
    let refused = off.start(script(""), Limits::default()).await.err().unwrap();
    assert!(refused.message.contains("enabled = true"), "{refused}");
    // Said before any job asks.
    assert_eq!(
        (host.executor.enforceable().refuses, off.executor.enforceable().refuses),
        (None, Some(refused.message))
    );
}

#[tokio::test]
async fn a_script_of_200_kb_runs() {
    let host = Host::new();
    let text = format!("{}\necho end", ": 0123456789\n".repeat(16_000));
    assert!(text.len() > 200_000);
    let ran = host.run(script(&text), Limits::default()).await;
    assert_eq!(ran.stdout, b"end\n");
}

#[tokio::test]
async fn any_interpreter_reads_its_script() {
    let host = Host::new();
    for (interpreter, text) in [
        (vec!["/bin/bash", "-eu"], "a=(1 2); echo ${#a[@]}"),
        (vec!["/usr/bin/perl"], "print 1 + 1, \"\\n\";"),
        (vec!["/usr/bin/python3"], "print(1 + 1)"),
    ] {
        if !std::path::Path::new(interpreter[0]).exists() {
            eprintln!("skipped: `{}` is not installed", interpreter[0]);
            continue;
        }
        let interpreter: Vec<String> = interpreter.into_iter().map(Into::into).collect();
        let ran =
            host.run(Shell { interpreter: interpreter.clone(), ..script(text) }, Limits::default()).await;
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.stdout, b"2\n", "{interpreter:?}: {stderr}");
    }
}

#[tokio::test]
async fn a_script_starts_with_sh_dash_e() {
    let host = Host::new();
    let ran = host.run(script("false\necho not reached"), Limits::default()).await;
    assert_eq!((ran.outcome.end, ran.stdout.as_slice()), (End::Exited { code: 1 }, &b""[..]));
}

#[tokio::test]
async fn standard_input_is_the_jobs_text_or_nothing() {
    let host = Host::new();
    let shell = Shell { stdin: HiddenText("a secret line\n".into()), ..script("cat") };
    assert_eq!(host.run(shell, Limits::default()).await.stdout, b"a secret line\n");
    assert_eq!(host.run(script("cat; echo eof"), Limits::default()).await.stdout, b"eof\n");
}

#[tokio::test]
async fn the_environment_is_built_from_nothing() {
    let host = Host::new();
    let env = Env([("K", "V"), ("PATH", "/usr/bin:/bin"), ("SANDGLASS_FENCE", "1")]
        .map(|(k, v)| (k.into(), v.into()))
        .into());
    // `env` is run by its path through exec, so that no shell adds variables of its own.
    let shell = Shell {
        env,
        interpreter: vec![
            "/usr/bin/env".into(),
            "-u".into(),
            "none".into(),
            "sh".into(),
            "-c".into(),
            "cat /proc/self/environ".into(),
        ],
        ..script("")
    };
    let (run, running) = host.start(shell, Limits::default()).await.unwrap();
    running.wait().await;
    let (stdout, _) = host.output(&run);
    let text = String::from_utf8(stdout).unwrap();
    let mut names: Vec<_> = text
        .split('\0')
        .filter_map(|v| v.split_once('='))
        // What shells add of their own.
        .filter(|(k, _)| !["PWD", "_", "SHLVL"].contains(k))
        .collect();
    names.sort_unstable();
    let user = if nix::unistd::geteuid().is_root() { "sandglass-job" } else { "" };
    let id = run.id.to_string();
    let value = |name: &str| names.iter().find(|(k, _)| *k == name).map(|(_, v)| *v);
    assert_eq!(
        names.iter().map(|(k, _)| *k).collect::<Vec<_>>(),
        [
            "HOME",
            "K",
            "LOGNAME",
            "PATH",
            "SANDGLASS_ATTEMPT",
            "SANDGLASS_FENCE",
            "SANDGLASS_JOB",
            "SANDGLASS_RUN",
            "SANDGLASS_SCHEDULED_AT",
            "SANDGLASS_WORKER",
            "SHELL",
            "TZ",
            "USER",
        ]
    );
    assert_eq!(value("SANDGLASS_RUN"), Some(id.as_str()));
    assert_eq!(value("SANDGLASS_FENCE"), Some("42"), "the run's own facts cannot be overridden");
    assert_eq!(value("SANDGLASS_ATTEMPT"), Some("2"));
    assert_eq!(value("SANDGLASS_SCHEDULED_AT"), Some("2025-12-01T02:30:00Z"));
    assert_eq!(value("TZ"), Some("Europe/Berlin"));
    assert_eq!(value("PATH"), Some("/usr/bin:/bin"));
    assert!(user.is_empty() || value("USER") == Some(user));
}

#[tokio::test]
async fn no_descriptor_of_the_worker_is_visible() {
    let host = Host::new();
    // Without CLOEXEC, as a careless library opens it.
    let leak = fs::File::open("/etc/hostname").unwrap();
    nix::fcntl::fcntl(&leak, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).unwrap();
    let shell = script("for fd in /proc/$$/fd/*; do readlink $fd; done");
    let ran = host.run(shell, Limits::default()).await;
    let text = String::from_utf8(ran.stdout).unwrap();
    let others: Vec<_> = text
        .lines()
        .filter(|line| !["/dev/null", "/memfd:script (deleted)"].contains(line) && !line.starts_with("pipe:"))
        .filter(|line| !line.is_empty() && !line.contains("/proc/"))
        .collect();
    assert_eq!(others, [] as [&str; 0], "descriptor {} and others", leak.as_raw_fd());
}

#[tokio::test]
async fn signals_umask_and_session_are_fresh() {
    let host = Host::new();
    let text = "umask; cut -d' ' -f5,6 /proc/$$/stat; echo $$\n\
        exec grep -E '^(SigBlk|SigIgn|NoNewPrivs)' /proc/self/status";
    let ran = host.run(script(text), Limits::default()).await;
    let text = String::from_utf8(ran.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "0022");
    assert_eq!(lines[1], format!("{0} {0}", lines[2]), "it leads its own group and session");
    assert_eq!(lines[3..], ["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "NoNewPrivs:\t1"]);
}

/// Caught when a run has as many open files as its worker needs.
#[tokio::test]
async fn a_run_begins_with_1024_open_files_and_may_raise_them() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    if most <= 1024 {
        eprintln!("skipped: this process may have {most} open files itself");
        return;
    }
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    for host in [Host::new(), Host::supervised()] {
        let text = "ulimit -Sn; ulimit -Sn 1025; ulimit -Sn; ulimit -Hn";
        let ran = host.run(script(text), Limits::default()).await;
        assert_eq!(String::from_utf8(ran.stdout).unwrap(), format!("1024\n1025\n{most}\n"));
    }
}

#[tokio::test]
async fn standard_error_can_be_opened_again() {
    let host = Host::new();
    let ran = host.run(script("echo a > /dev/stdout; echo b > /dev/stderr"), Limits::default()).await;
    assert_eq!((ran.stdout, ran.stderr), (b"a\n".to_vec(), b"b\n".to_vec()));
}

#[tokio::test]
async fn past_the_deadline_nothing_is_started() {
    let host = Host::new();
    let mark = host.dir.path().join("mark");
    let text = format!("touch {}", mark.display());
    let start = host.executor.start(
        run_ref(),
        Workload::Shell(script(&text)),
        Limits::default(),
        LeaseTerms { not_after: BootTime::from_millis(1), ..LeaseTerms::NONE },
    );
    let refused = start.await.err().unwrap();
    assert_eq!((refused.stage, refused.whose), (Stage::Claim, Whose::Worker));
    assert!(!mark.exists());
    assert_eq!(fs::read_dir(&host.runs).unwrap().count(), 0);
}

#[tokio::test]
async fn a_start_that_nobody_waits_for_leaves_nothing_running() {
    let host = Host::new();
    for _ in 0..20 {
        let start = host.start(script("sleep 600"), Limits::default());
        // Dropped at some point of its way, between nothing done and executed.
        let in_time = tokio::time::timeout(std::time::Duration::from_micros(700), start).await;
        if let Ok(Ok((_, running))) = in_time {
            running.stop(Stop::Killed).await;
        }
    }
    let all_settled = || {
        fs::read_dir(&host.runs)
            .unwrap()
            .flatten()
            .all(|run| run.path().join("exit.json").exists() || !run.path().join("spec.json").exists())
    };
    until("every given up start to be gone", || all_settled() && host.occupied().is_empty()).await;
}

#[tokio::test]
async fn two_hundred_runs_share_a_few_groups_and_leave_no_zombie() {
    let host = Host::new();
    for _ in 0..20 {
        let runs = (0..10).map(|_| host.run(script("true"), Limits::default()));
        for ran in futures::future::join_all(runs).await {
            assert_eq!(ran.outcome.end, End::Exited { code: 0 });
        }
    }
    let distinct = |groups: &[std::path::PathBuf]| {
        let names = groups.iter().filter_map(|dir| dir.file_name());
        names.collect::<std::collections::BTreeSet<_>>().len()
    };
    // One for each that ran at the same time; one more may be on its way back when the next batch begins.
    let groups = host.groups();
    assert!(distinct(&groups) <= 20, "{groups:?}");
    until("every slot to be given back", || host.occupied().is_empty()).await;
    until("no zombie child", || crate::support::zombies().is_empty()).await;
    assert_eq!(fs::read_dir(&host.runs).unwrap().count(), 200);
}
