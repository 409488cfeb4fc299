//! The start that is prepared ahead: a child stands by in its groups before its run is known, and nothing is left of it
//! when it is not needed.

use std::fs;

use crate::support::{Host, lives, script, until};
use model::limits::{LimitName, Limits};
use model::outcome::{End, Outcome};
use model::ports::{Executor as _, RunRef};
use model::quantity::ByteSize;
use model::run_folder::RunFolder;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A host on which one run has begun and ended, so that a child stands by for the next; none without groups.
async fn after_one_run() -> Option<(Host, i32)> {
    let host = Host::supervised();
    let held =
        |limit: LimitName| host.executor.enforceable().limits.iter().any(|l| l.limit == limit && l.held);
    if !held(LimitName::Pids) || !held(LimitName::Memory) {
        eprintln!("skipped: this host gives no control groups, without which nothing is prepared");
        return None;
    }
    assert_eq!(host.run(script("exit 0"), Limits::default()).await.outcome.end, End::Exited { code: 0 });
    let standby = standby(&host).await;
    Some((host, standby))
}

/// Waits for a child that stands by in every group of its slot, and returns its number.
async fn standby(host: &Host) -> i32 {
    let mut found = None;
    until("a child to stand by", || {
        let occupied = host.occupied();
        let slot = occupied.first().and_then(|dir| dir.file_name());
        let groups = host.groups().into_iter().filter(|dir| dir.file_name() == slot);
        let members: Vec<_> =
            groups.map(|dir| fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default()).collect();
        found = members.first().and_then(|text| text.trim().parse().ok());
        found.is_some() && members.iter().all(|text| text == &members[0])
    })
    .await;
    found.unwrap()
}

fn noted(host: &Host, run: &RunRef) -> serde_json::Value {
    let file = RunFolder::new(&host.runs, &run.id).path().join("process.json");
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// Runs a script and returns which process it was.
async fn run(host: &Host, text: &str, limits: Limits) -> (i32, Outcome, String) {
    let (run, running) = host.start(script(text), limits).await.unwrap();
    let outcome = running.wait().await;
    let main = noted(host, &run)["main"]["pid"].as_i64().unwrap();
    (i32::try_from(main).unwrap(), outcome, String::from_utf8(host.output(&run).0).unwrap())
}

/// What a script sees of how it was started, apart from what differs from run to run. Of itself: a shell that waits for
/// others blocks signals.
const LOOK_AROUND: &str = "umask; ulimit -Sc; ulimit -Sn; set -- /proc/$$/fd/*; echo $#; pwd; \
    exec grep -E '^(NoNewPrivs|SigBlk|SigIgn|CapEff)' /proc/self/status";

#[tokio::test]
async fn who_stands_by_becomes_the_next_run_and_is_contained_as_any_other() {
    let Some((host, waiting)) = after_one_run().await else { return };
    let limits = Limits { memory: Some(ByteSize::from_mib(64)), pids: Some(8), ..Limits::default() };
    let (main, outcome, seen) = run(&host, LOOK_AROUND, limits.clone()).await;
    assert_eq!((main, &outcome.end), (waiting, &End::Exited { code: 0 }), "{seen}");
    assert_eq!(outcome.applied.iter().filter(|applied| applied.held).count(), 4, "{:?}", outcome.applied);
    // The same as a child that nobody prepared.
    let plain = Host::new().run(script(LOOK_AROUND), limits).await;
    assert_eq!(seen, String::from_utf8(plain.stdout).unwrap());

    standby(&host).await;
    let text = "cut -d' ' -f6 /proc/$$/stat; cat /proc/self/cgroup";
    let (main, _, seen) = run(&host, text, Limits::default()).await;
    assert_eq!(seen.lines().next().unwrap(), main.to_string(), "it leads a session of its own");
    for controller in ["memory", "pids"] {
        let line = seen.lines().find(|line| line.contains(controller)).or(seen.lines().last()).unwrap();
        assert!(line.contains("/slot-"), "{seen}");
    }
    standby(&host).await;
    let (_, outcome, _) = run(&host, "exec true", Limits::default()).await;
    // It was there before the run, and is counted as the run's all the same.
    assert_eq!(outcome.usage.pids_peak.unwrap_or(1), 1);
}

#[tokio::test]
async fn a_run_starts_without_who_stood_by_when_somebody_killed_it_or_its_shim() {
    let Some((host, waiting)) = after_one_run().await else { return };
    kill(Pid::from_raw(waiting), Signal::SIGKILL).unwrap();
    let (main, outcome, _) = run(&host, "exit 3", Limits::default()).await;
    assert_eq!(outcome.end, End::Exited { code: 3 });
    assert_ne!(main, waiting);

    let waiting = standby(&host).await;
    let stat = fs::read_to_string(format!("/proc/{waiting}/stat")).unwrap();
    let shim = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(1).unwrap().parse().unwrap();
    kill(Pid::from_raw(shim), Signal::SIGKILL).unwrap();
    until("who stood by to go with its shim", || !lives(waiting)).await;
    let (_, outcome, _) = run(&host, "exit 4", Limits::default()).await;
    assert_eq!(outcome.end, End::Exited { code: 4 });
}

#[tokio::test]
async fn a_start_that_is_refused_ends_who_stood_by() {
    let Some((host, waiting)) = after_one_run().await else { return };
    let nowhere = model::workload::Shell { cwd: Some("/no/such/folder".into()), ..script("") };
    let refused = host.start(nowhere, Limits::default()).await.err().unwrap();
    assert_eq!(refused.stage, model::outcome::Stage::Cwd);
    assert!(!lives(waiting));
    assert_eq!(run(&host, "exit 0", Limits::default()).await.1.end, End::Exited { code: 0 });
}

#[tokio::test]
async fn nobody_stands_by_when_the_worker_is_gone() {
    let Some((host, waiting)) = after_one_run().await else { return };
    let groups = host.groups();
    let Host { executor, dir: _dir, .. } = host;
    drop(executor);
    assert!(!lives(waiting));
    assert!(!groups.iter().any(|group| group.exists()), "{groups:?}");
}
