//! Limits of scripts on the real kernel, where this host holds them; else that they are refused.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use crate::support::{Clocks, Host, script};
use model::limits::{LimitName, Limits};
use model::outcome::{End, Stage, Stop};
use model::ports::Executor as _;
use model::quantity::{ByteSize, CpuShare};
use model::run::RunStatus;
use sandbox::shell::{Options, ShellExecutor};

/// Returns a host that holds `limit`; else checks that the limit is refused with its reason, and returns none.
async fn holding(limit: LimitName, limits: &Limits) -> Option<Host> {
    let host = Host::new();
    let support = host.executor.enforceable().limits.into_iter().find(|s| s.limit == limit).unwrap();
    if support.held {
        return Some(host);
    }
    eprintln!("skipped: this host cannot hold `{limit}`: {}", support.by);
    let refused = host.start(script("true"), limits.clone()).await.err().unwrap();
    assert_eq!(refused.stage, Stage::Limits);
    assert!(refused.message.contains(&format!("`limits.{limit}`")), "{refused}");
    assert!(refused.message.contains("hint: "), "{refused}");
    None
}

fn memory(mib: u64) -> Limits {
    Limits { memory: Some(ByteSize::from_mib(mib)), ..Limits::default() }
}

/// Takes 200 MB and keeps it.
const HOG: &str = "head -c 200000000 /dev/zero | tail -c 200000000";

#[tokio::test]
async fn a_script_over_its_memory_limit_is_out_of_memory() {
    let Some(host) = holding(LimitName::Memory, &memory(32)).await else { return };
    let ran = host.run(script(&format!("{HOG} >/dev/null; exit $?")), memory(32)).await;
    assert!(ran.outcome.out_of_memory, "{:?}", ran.outcome);
    assert_eq!(ran.outcome.status(&[0]), RunStatus::OutOfMemory);
    assert!(ran.outcome.in_words().contains("memory limit"), "{}", ran.outcome.in_words());
    assert!(ran.outcome.applied.iter().any(|a| a.limit == LimitName::Memory && a.by.contains("cgroup")));
    let peak = ran.outcome.usage.memory_peak.unwrap().as_bytes();
    assert!(peak <= 32 << 20, "{peak}");
}

#[tokio::test]
async fn a_script_below_its_memory_limit_is_left_alone() {
    let Some(host) = holding(LimitName::Memory, &memory(64)).await else { return };
    let ran = host.run(script("head -c 1000000 /dev/zero | tail -c 1000000 | wc -c"), memory(64)).await;
    assert_eq!(ran.outcome.end, End::Exited { code: 0 });
    assert!(!ran.outcome.out_of_memory);
    assert_eq!(ran.stdout, b"1000000\n");
}

#[tokio::test]
async fn a_signal_9_under_a_memory_limit_is_no_proof_of_want() {
    let Some(host) = holding(LimitName::Memory, &memory(64)).await else { return };
    let ran = host.run(script("kill -KILL $$"), memory(64)).await;
    assert!(!ran.outcome.out_of_memory);
    assert_eq!(ran.outcome.status(&[0]), RunStatus::Failed);
}

#[tokio::test]
async fn a_processor_share_is_counted_by_the_kernel() {
    let limits = Limits { cpu: Some(CpuShare::from_milli(100)), ..crate::support::timeout(1_500) };
    let Some(host) = holding(LimitName::Cpu, &limits).await else { return };
    let ran = host.run(script("while :; do :; done"), limits).await;
    assert_eq!(ran.outcome.stop, Some(Stop::Timeout));
    let used =
        ran.outcome.usage.cpu_user.unwrap().as_millis() + ran.outcome.usage.cpu_system.unwrap().as_millis();
    let lasted = ran.outcome.ended_at.since(ran.outcome.started_at).as_millis();
    // A tenth of the time, with one period of 100 ms to spare at either end.
    assert!(used <= lasted / 10 + 200, "used {used} ms of {lasted} ms");
}

#[tokio::test]
async fn each_limit_says_by_what_it_is_held_or_what_to_do() {
    let host = Host::new();
    let can = host.executor.enforceable();
    let names: Vec<_> = can.limits.iter().map(|support| support.limit).collect();
    assert_eq!(
        names,
        [LimitName::Timeout, LimitName::Memory, LimitName::Cpu, LimitName::Pids, LimitName::Output]
    );
    for support in &can.limits {
        assert!(support.held || support.by.contains("hint: "), "{support:?}");
    }
    assert!(!can.kill.is_empty() && !can.notes.is_empty());
    eprintln!("{can:#?}");
}

/// Caught when a root that was not there stays behind, and when one goes that the owner made.
#[tokio::test]
async fn the_owners_root_holds_all_groups() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: needs root, to make a group at the top");
        return;
    }
    let host = Host::new();
    if host.executor.enforceable().kill.contains("best effort") {
        eprintln!("skipped: this host gives no control group");
        return;
    }
    let root = format!("sandglass-test-{}", std::process::id());
    let tops = tops();
    let roots = || tops.iter().map(|top| top.join(&root)).filter(|root| root.exists()).collect::<Vec<_>>();
    run_below(&root).await;
    assert_eq!(roots(), [] as [PathBuf; 0], "what was made for it goes with it");
    // What the owner made stays.
    let made = tops.iter().filter(|top| fs::create_dir(top.join(&root)).is_ok()).count();
    run_below(&root).await;
    assert_eq!(roots().len(), made);
    assert!(made > 0 && roots().iter().all(|root| fs::remove_dir(root).is_ok()));
}

/// Returns where groups of this host begin.
fn tops() -> Vec<PathBuf> {
    let all = PathBuf::from("/sys/fs/cgroup");
    if all.join("cgroup.procs").exists() {
        return vec![all];
    }
    let each = fs::read_dir(all).unwrap().flatten().filter_map(|entry| entry.path().canonicalize().ok());
    let each: BTreeSet<_> = each.filter(|top| top.join("cgroup.procs").exists()).collect();
    each.into_iter().collect()
}

/// Runs a script by an executor whose groups all stand below `root`, and ends that executor.
async fn run_below(root: &str) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        cgroup_root: Some(format!("/sys/fs/cgroup/{root}").into()),
        ..Options::new(dir.path().join("runs"))
    };
    let executor = ShellExecutor::new(options, Arc::new(Clocks)).unwrap();
    let host = Host { executor, runs: dir.path().join("runs").canonicalize().unwrap(), dir };
    let ran = host.run(script("cat /proc/self/cgroup"), Limits::default()).await;
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.contains(&format!(":/{root}/sandglass-")), "{text}");
}
