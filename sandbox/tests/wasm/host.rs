//! The process in which modules run: what is in it, what becomes of runs when it dies, and who starts it again.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use model::limits::Limits;
use model::outcome::{End, Stop};
use model::ports::{Executor as _, Whose};
use model::quantity::ByteSize;
use model::workload::DirMode;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use sandbox::wasm::Liveness;

use super::support::{Ended, PATIENCE, Sandbox, Started, command, grant, timeout};

/// Prints a word and then computes for ever.
const WORD_AND_SPIN: &str = r#"(data (i32.const 16) "\20\00\00\00\05\00\00\00") (data (i32.const 32) "word\n")
    (func (export "_start")
        (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
        (loop $l (br $l)))"#;
const QUIET: &str = r#"(func (export "_start"))"#;

fn endless() -> Limits {
    Limits { fuel: Some(u64::MAX), ..timeout(3_600_000) }
}

fn host_of(sandbox: &Sandbox) -> Pid {
    let pids = sandbox.executor.host_pids();
    assert_eq!(pids.len(), 1, "one user, one process");
    Pid::from_raw(i32::try_from(pids[0]).unwrap())
}

/// Waits until a run's first output stands in its segment.
async fn printed(sandbox: &Sandbox, started: &Started) {
    let output = model::run_folder::RunFolder::new(&sandbox.runs(), &started.run.id).output();
    until("the run prints", || fs::metadata(&output).is_ok_and(|about| about.len() > 0)).await;
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "it does not happen that {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn host_error(ended: &Ended) -> &str {
    match &ended.outcome.end {
        End::HostError { message } => message,
        end => panic!("the sandbox should have failed: {end:?}"),
    }
}

/// Returns the names in a folder of `/proc` that this user may read.
fn names(path: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(path).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_killed_host_ends_its_runs_with_their_output_and_the_next_run_works() {
    let sandbox = Sandbox::hosted();
    let job = sandbox.job(&command(WORD_AND_SPIN));
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(sandbox.start(&job, &endless()).await.unwrap());
    }
    for run in &runs {
        printed(&sandbox, run).await;
    }
    let host = host_of(&sandbox);
    kill(host, Signal::SIGKILL).unwrap();
    for run in runs {
        let ended = sandbox.end(run).await;
        assert!(host_error(&ended).contains("was killed by signal 9"), "{}", host_error(&ended));
        assert_eq!(ended.stdout, b"word\n");
        assert!(ended.outcome.output.incomplete);
    }
    let notes = sandbox.executor.enforceable().notes;
    let words = "ended once since the worker's start; the last one was killed by signal 9";
    assert!(notes.iter().any(|note| note.contains(words)), "{notes:?}");
    assert_eq!(sandbox.run_text(&command(QUIET)).await.code(), 0);
    assert_ne!(host_of(&sandbox), host);
}

/// Prints a word and then waits for three hours.
const WORD_AND_SLEEP: &str = r#"(data (i32.const 16) "\20\00\00\00\05\00\00\00") (data (i32.const 32) "word\n")
    (func (export "_start")
        (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
        (i32.store (i32.const 144) (i32.const 1)) (i64.store (i32.const 152) (i64.const 10800000000000))
        (drop (call $poll (i32.const 128) (i32.const 256) (i32.const 1) (i32.const 512))))"#;

/// Caught when what a guest printed waits in memory until it ends.
#[tokio::test]
async fn what_a_sleeping_guest_printed_outlives_its_host() {
    let sandbox = Sandbox::hosted();
    let run = sandbox.start(&sandbox.job(&command(WORD_AND_SLEEP)), &endless()).await.unwrap();
    printed(&sandbox, &run).await;
    kill(host_of(&sandbox), Signal::SIGKILL).unwrap();
    assert_eq!(sandbox.end(run).await.stdout, b"word\n");
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_killed() {
    let sandbox = Sandbox::hosted_with(|options| {
        options.liveness = Liveness {
            ping_every: Duration::from_millis(100),
            pong_within: Duration::from_secs(1),
            ..Liveness::default()
        };
    });
    let run = sandbox.start(&sandbox.job(&command(WORD_AND_SPIN)), &endless()).await.unwrap();
    printed(&sandbox, &run).await;
    kill(host_of(&sandbox), Signal::SIGSTOP).unwrap();
    let ended = sandbox.end(run).await;
    assert!(host_error(&ended).contains("did not answer for 1s"), "{}", host_error(&ended));
    assert_eq!(sandbox.run_text(&command(QUIET)).await.code(), 0);
}

#[tokio::test]
async fn a_host_beyond_its_memory_is_told_of_by_its_budget() {
    let sandbox = Sandbox::hosted_with(|options| {
        options.host_memory = Some(ByteSize::from_mib(96));
        options.memory_max = ByteSize::from_mib(64);
    });
    let notes = sandbox.executor.enforceable().notes;
    if notes.iter().any(|note| note.contains("is not bounded")) {
        eprintln!("skipped: this host bounds no memory: {notes:?}");
        return;
    }
    assert!(notes.iter().any(|note| note.contains("together have 96MiB")), "{notes:?}");
    // Each within its own limit, together far beyond the budget.
    let hog = r#"(func (export "_start")
        (drop (memory.grow (i32.const 900)))
        (memory.fill (i32.const 0) (i32.const 7) (i32.const 59000000))
        (loop $l (br $l)))"#;
    let job = sandbox.job(&command(hog));
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.extend(sandbox.start(&job, &endless()).await.ok());
    }
    for run in runs {
        let ended = sandbox.end(run).await;
        assert!(host_error(&ended).contains("out of memory"), "{}", host_error(&ended));
    }
    assert_eq!(sandbox.run_text(&command(QUIET)).await.code(), 0);
}

#[tokio::test]
async fn ends_are_told_as_from_a_thread_of_ones_own() {
    let sandbox = Sandbox::hosted();
    let exits = sandbox.run_text(&command(r#"(func (export "_start") (call $exit (i32.const 7)))"#)).await;
    assert_eq!(exits.code(), 7);
    let ran_as = exits.outcome.ran_as.expect("a process has a user");
    if geteuid().is_root() {
        assert_ne!(ran_as.uid, 0);
    }
    let traps = sandbox.run_text(&command(r#"(func (export "_start") unreachable)"#)).await;
    assert!(traps.trap().contains("unreachable"), "{}", traps.trap());
    let job = sandbox.job(&command(WORD_AND_SPIN));
    let fuel = sandbox.run(&job, &Limits { fuel: Some(1_000_000), ..timeout(60_000) }).await;
    assert!(fuel.outcome.out_of_fuel);
    let late = sandbox.run(&job, &Limits { fuel: Some(u64::MAX), ..timeout(200) }).await;
    assert_eq!(late.outcome.stop, Some(Stop::Timeout));
    assert_eq!(late.stdout, b"word\n");
    let stopped = sandbox.start(&job, &endless()).await.unwrap();
    printed(&sandbox, &stopped).await;
    stopped.running.stop(Stop::Replaced).await;
    assert_eq!(sandbox.end(stopped).await.outcome.stop, Some(Stop::Replaced));
}

#[tokio::test]
async fn output_beyond_its_limit_keeps_head_and_end_across_the_line() {
    let sandbox = Sandbox::hosted();
    let flood = r#"(data (i32.const 16) "\20\00\00\00\10\00\00\00") (data (i32.const 32) "0123456789abcde\n")
        (func (export "_start") (local $n i32)
            (loop $l
                (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $l (i32.lt_u (local.get $n) (i32.const 20000)))))"#;
    let limits = Limits { output: ByteSize::from_kib(64), ..timeout(600_000) };
    let ended = sandbox.run(&sandbox.job(&command(flood)), &limits).await;
    assert_eq!(ended.code(), 0);
    let output = ended.outcome.output;
    assert_eq!((output.kept + output.dropped, output.kept), (320_000, 65_536));
    assert!(ended.stdout.ends_with(b"0123456789abcde\n"));
}

#[tokio::test]
async fn a_host_has_nothing_of_its_worker() {
    let sandbox = Sandbox::hosted();
    assert_eq!(sandbox.run_text(&command(QUIET)).await.code(), 0);
    let proc = format!("/proc/{}", host_of(&sandbox));
    let status = fs::read_to_string(format!("{proc}/status")).unwrap();
    let line = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().to_owned()
    };
    assert_eq!(line("NoNewPrivs:"), "1");
    if !geteuid().is_root() {
        eprintln!("skipped: only root can look into the host, and only root's has another user");
        return;
    }
    let environment = fs::read(format!("{proc}/environ")).unwrap();
    assert_eq!(environment, b"RUST_LIB_BACKTRACE=0\0");
    let uids: Vec<_> = line("Uid:").split_whitespace().map(str::to_owned).collect();
    assert!(uids.iter().all(|uid| *uid == uids[0] && uid != "0"), "{uids:?}");
    assert_eq!((line("CapEff:"), line("CapPrm:")), ("0000000000000000".into(), "0000000000000000".into()));
    let limits = fs::read_to_string(format!("{proc}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    // Its line, its runtimes, its pages, the code of its modules, and nothing that stands in a folder but its standard streams.
    for fd in names(&format!("{proc}/fd")) {
        let target = fs::read_link(format!("{proc}/fd/{fd}")).unwrap();
        let target = target.to_string_lossy();
        let own = ["anon_inode:", "socket:", "pipe:", "/dev/null", "/memfd:"];
        let stream = fd.parse::<i32>().unwrap() <= 2;
        assert!(
            stream
                || own.iter().any(|kind| target.starts_with(kind))
                || target.contains("/pagemap")
                || target.ends_with(".cwasm"),
            "descriptor {fd} is `{target}`"
        );
    }
}

#[tokio::test]
async fn what_a_job_grants_is_opened_as_the_hosts_user() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let sandbox = Sandbox::hosted_with(|options| options.roots = vec![root.clone()]);
    let mut job = sandbox.job(&command(QUIET));
    job.dirs = vec![grant(&root, "/data", DirMode::Ro)];
    open(&root, 0o755);
    assert_eq!(sandbox.run(&job, &Limits::default()).await.code(), 0);
    if !geteuid().is_root() {
        eprintln!("skipped: the host has the worker's own user");
        return;
    }
    open(&root, 0o700);
    let refused = sandbox.start(&job, &Limits::default()).await.err().unwrap();
    assert_eq!(refused.whose, Whose::Job, "{refused}");
    assert!(refused.message.contains("Permission denied"), "{refused}");
}

fn open(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn two_users_have_two_hosts_and_root_has_none() {
    if !geteuid().is_root() {
        eprintln!("skipped: only a worker that runs as root has several users");
        return;
    }
    let sandbox = Sandbox::hosted_with(|options| options.policy.users = vec!["daemon".into()]);
    let own = sandbox.run_text(&command(QUIET)).await.outcome.ran_as.unwrap();
    let mut job = sandbox.job(&command(QUIET));
    job.user = Some("daemon".into());
    let daemon = sandbox.run(&job, &Limits::default()).await.outcome.ran_as.unwrap();
    assert_ne!(own.uid, daemon.uid);
    assert_eq!((daemon.user.as_str(), daemon.uid), ("daemon", 1));
    assert_eq!(sandbox.executor.host_pids().len(), 2);
    for (user, words) in [("bin", "the worker's owner does not list it"), ("root", "root")] {
        job.user = Some(user.into());
        let refused = sandbox.start(&job, &Limits::default()).await.err().unwrap();
        assert_eq!(refused.whose, Whose::Job);
        assert!(refused.message.contains(words), "{refused}");
    }
}

#[tokio::test]
async fn a_signal_to_the_terminals_processes_leaves_the_host_to_its_worker() {
    let sandbox = Sandbox::hosted();
    let run = sandbox.start(&sandbox.job(&command(WORD_AND_SPIN)), &endless()).await.unwrap();
    printed(&sandbox, &run).await;
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        kill(host_of(&sandbox), signal).unwrap();
    }
    assert_eq!(sandbox.run_text(&command(QUIET)).await.code(), 0);
    run.running.stop(Stop::HandedOver).await;
    assert_eq!(sandbox.end(run).await.outcome.stop, Some(Stop::HandedOver));
}

#[tokio::test]
async fn a_host_ends_with_its_executor() {
    let sandbox = Sandbox::hosted();
    let run = sandbox.start(&sandbox.job(&command(WORD_AND_SPIN)), &endless()).await.unwrap();
    printed(&sandbox, &run).await;
    let host = host_of(&sandbox);
    drop(sandbox);
    assert!(kill(host, None).is_err(), "it is gone when the executor is");
}

/// Each opens its file until no more are given, says so and spins.
const OPEN_ALL: &str = r#"(data (i32.const 16) "\20\00\00\00\05\00\00\00") (data (i32.const 32) "word\n")
    (data (i32.const 100) "file")
    (func (export "_start")
        (loop $more (br_if $more (i32.eqz (call $path_open (i32.const 3) (i32.const 0) (i32.const 100)
            (i32.const 4) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 48)))))
        (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
        (loop $l (br $l)))"#;
/// What each of them holds at least: a guest's bound without what the engine keeps for itself.
const FILES_EACH: usize = 245;

/// Caught when the bound of the process does not grow with its slots: guests would take each other's files.
#[tokio::test]
async fn every_slot_may_be_full_of_open_files_at_one_time() {
    let slots = 40;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::write(root.join("file"), "x").unwrap();
    open(&root, 0o755);
    open(&root.join("file"), 0o644);
    let sandbox = Sandbox::hosted_with(|options| {
        options.roots = vec![root.clone()];
        (options.threads, options.slots) = (2, slots);
    });
    let notes = sandbox.executor.enforceable().notes;
    if notes.iter().any(|note| note.contains("LimitNOFILE")) || !geteuid().is_root() {
        eprintln!("skipped: this system gives fewer files, or does not let us count them: {notes:?}");
        return;
    }
    let mut job = sandbox.job(&command(OPEN_ALL));
    job.dirs = vec![grant(&root, "/data", DirMode::Ro)];
    let mut full = Vec::new();
    for _ in 0..slots {
        full.push(sandbox.start(&job, &endless()).await.unwrap());
    }
    for run in &full {
        printed(&sandbox, run).await;
    }
    let held = names(&format!("/proc/{}/fd", host_of(&sandbox))).len();
    assert!(held >= slots * FILES_EACH, "{held} files of {slots} guests");
    for run in full {
        run.running.stop(Stop::Killed).await;
        sandbox.end(run).await;
    }
    let host = host_of(&sandbox);
    until("their files are closed", || names(&format!("/proc/{host}/fd")).len() < FILES_EACH).await;
}
