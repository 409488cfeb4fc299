//! How runs end and what is told of it, in words, and the traps on the way: floods, daemons, a thousand at once.

use std::fs;

use futures::future::join_all;
use model::isolation::Isolation;
use model::limits::{LimitName, Limits};
use model::outcome::{End, Outcome, Stop};
use model::ports::Executor as _;
use model::quantity::{ByteSize, CpuShare};
use model::run_folder::RunFolder;
use model::time::Span;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

use crate::support::{Host, lives, number, script, timeout};

/// Returns true when this host holds `limit`, and says so when it does not.
fn holds(host: &Host, limit: LimitName) -> bool {
    let support = host.executor.enforceable().limits.into_iter().find(|s| s.limit == limit).unwrap();
    if !support.held {
        eprintln!("skipped: this host cannot hold `{limit}`: {}", support.by);
    }
    support.held
}

#[tokio::test]
async fn who_ignores_term_is_told_with_timeout_and_grace() {
    let host = Host::new();
    let ran = host.run(script("trap '' TERM; while :; do sleep 600; done"), timeout(300)).await;
    assert_eq!(ran.outcome.words, "stopped: timeout 300ms reached, ignored TERM, killed after 300ms grace");
    // In the same slot, whose group was killed: a child that is born there would die at once on some kernels.
    // With a grace that a thousand runs beside it do not use up.
    let patient = Limits { grace: Span::from_seconds(30), ..timeout(300) };
    let ran = host.run(script("exec sleep 600"), patient).await;
    assert_eq!(ran.outcome.words, "stopped: timeout 300ms reached");
}

/// By itself a run leaves none.
#[tokio::test]
async fn a_core_file_that_a_script_asks_for_is_told() {
    let host = Host::new();
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    let (_, most) = getrlimit(Resource::RLIMIT_CORE).unwrap();
    if host.executor.enforceable().isolation != Some(Isolation::Isolated)
        || pattern.starts_with(['|', '/'])
        || most != RLIM_INFINITY
    {
        eprintln!("skipped: a run has no `/tmp` of its own here, or core files go elsewhere: {pattern}");
        return;
    }
    for (text, core, words) in [
        ("cd /tmp; kill -SEGV $$", false, "signal 11 (SEGV)"),
        ("cd /tmp; ulimit -c unlimited; kill -SEGV $$", true, "signal 11 (SEGV), core file left"),
    ] {
        let outcome = host.run(script(text), Limits::default()).await.outcome;
        assert_eq!((outcome.end, outcome.words.as_str()), (End::Signaled { signal: 11, core }, words));
    }
}

#[tokio::test]
async fn what_was_left_behind_is_told_by_number() {
    let host = Host::new();
    // Both are started before the script goes on: each says so first.
    let text = "for i in 1 2; do (setsid sh -c 'echo up; exec sleep 600' &) | head -n 1; done";
    let ran = host.run(script(text), Limits::default()).await;
    assert_eq!(ran.outcome.words, "exit code 0, 2 processes left behind and killed");
    assert_eq!(ran.outcome.end, End::Exited { code: 0 });
}

#[tokio::test]
async fn a_memory_hog_is_told_with_limit_and_peak() {
    let host = Host::new();
    if !holds(&host, LimitName::Memory) {
        return;
    }
    let limits = Limits { memory: Some(ByteSize::from_mib(32)), ..Limits::default() };
    let hog = "perl -e '$x = \"x\" x 200_000_000; sleep 600'";
    let alone = host.run(script(&format!("exec {hog}")), limits.clone()).await.outcome;
    assert_eq!(alone.end, End::Signaled { signal: 9, core: false });
    assert!(alone.words.starts_with("killed: memory limit 32MiB reached, peak 3"), "{}", alone.words);
    let outlived = host.run(script(&format!("{hog} || echo rc=$?")), limits).await.outcome;
    assert!(outlived.out_of_memory, "{outlived:?}");
    assert!(outlived.words.contains("memory limit 32MiB reached"), "{}", outlived.words);
}

#[tokio::test]
async fn refused_forks_and_stolen_time_are_told() {
    let host = Host::new();
    if !holds(&host, LimitName::Pids) || !holds(&host, LimitName::Cpu) {
        return;
    }
    let limits = Limits { pids: Some(4), ..Limits::default() };
    let text = "set +e; for i in 1 2 3 4 5 6 7 8; do sleep 600 & done; exit 0";
    let ran = host.run(script(text), limits).await;
    assert!(ran.outcome.words.contains("; pids limit 4 reached: "), "{}", ran.outcome.words);
    assert!(ran.outcome.usage.pids_peak.is_none_or(|peak| peak <= 4), "{:?}", ran.outcome.usage);

    // So little that it is reached on a busy machine too, where all jobs come after the rest.
    let limits = Limits { cpu: Some(CpuShare::from_milli(20)), ..timeout(1_500) };
    let ran = host.run(script("while :; do :; done"), limits).await;
    let throttled = ran.outcome.usage.throttled.expect("the quota counts its periods");
    assert!(throttled.throttled <= throttled.periods && throttled.periods > 3, "{throttled:?}");
    assert!(ran.outcome.words.contains("; CPU throttled "), "{}", ran.outcome.words);
}

#[tokio::test]
async fn the_outcome_on_disk_has_its_words_its_limits_and_what_held_them() {
    let host = Host::new();
    let (run, running) = host.start(script("exit 3"), timeout(60_000)).await.unwrap();
    running.wait().await;
    let written = fs::read(RunFolder::new(&host.runs, &run.id).exit()).unwrap();
    let outcome: Outcome = serde_json::from_slice(&written).unwrap();
    assert_eq!((outcome.words.as_str(), outcome.limits), ("exit code 3", Some(timeout(60_000))));
    assert!(outcome.applied.iter().any(|applied| applied.limit == LimitName::Timeout));
}

#[tokio::test]
async fn of_a_flood_beginning_and_end_are_kept_in_bounded_memory() {
    let host = Host::new();
    let limits = Limits { output: ByteSize::from_mib(1), ..Limits::default() };
    let before = peak_kib();
    // Two gigabytes, and a last word on the other stream.
    let text = "echo first; yes | head -c 2000000000; echo 'the error' >&2";
    let ran = host.run(script(text), limits).await;
    assert_eq!(ran.outcome.end, End::Exited { code: 0 });
    assert_eq!((ran.stdout.len() + ran.stderr.len()) as u64, ran.outcome.output.kept);
    assert_eq!(ran.outcome.output.kept, 1 << 20);
    assert_eq!(ran.outcome.output.dropped, 2_000_000_016 - (1 << 20));
    assert!(ran.stdout.starts_with(b"first\ny\ny\n"));
    assert_eq!(ran.stderr, b"the error\n");
    assert_eq!(ran.outcome.words, "exit code 0; 1.8 GiB of output not kept");
    // Other tests of this process run beside this one; a flood that was kept would show as 2 GB.
    assert!(peak_kib() - before < 64 * 1024, "{} KiB more at the peak", peak_kib() - before);
}

#[tokio::test]
async fn a_kill_right_after_the_start_is_an_end_like_any_other() {
    let host = Host::new();
    for wait in 0..30 {
        let (run, running) = host.start(script("echo pid=$$; sleep 600"), Limits::default()).await.unwrap();
        // From "not yet executed" to "runs": at any point of it nothing may be left.
        tokio::time::sleep(std::time::Duration::from_micros(wait * 50)).await;
        running.stop(Stop::Killed).await;
        let outcome = running.wait().await;
        assert_eq!(outcome.stop, Some(Stop::Killed));
        assert!(matches!(outcome.end, End::Signaled { .. }), "{:?}", outcome.end);
        let said = String::from_utf8(host.output(&run).0).unwrap();
        assert!(said.is_empty() || !lives(number(&said, "pid")));
    }
    assert_eq!(host.occupied(), [] as [std::path::PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_short_runs_at_once_each_have_their_own_end_and_output() {
    let host = Host::new();
    let limits = Limits { timeout: Span::from_minutes(10), ..Limits::default() };
    let runs = (0..1_000).map(|n| {
        let (host, limits) = (&host, limits.clone());
        async move { (n, host.run(script(&format!("echo run {n}; exit {}", n % 7)), limits).await) }
    });
    for (n, ran) in join_all(runs).await {
        assert_eq!(ran.outcome.end, End::Exited { code: n % 7 }, "run {n}");
        assert_eq!(ran.stdout, format!("run {n}\n").into_bytes());
        assert_eq!(ran.outcome.leftovers_killed, 0);
    }
    assert_eq!(host.occupied(), [] as [std::path::PathBuf; 0]);
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
