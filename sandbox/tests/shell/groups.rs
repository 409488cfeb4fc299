//! Slots under load: fork bombs, memory hogs, run after run after run.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::{Host, script, until};
use model::limits::{LimitName, Limits};
use model::outcome::{End, Stop};
use model::ports::Executor as _;
use model::quantity::ByteSize;
use model::run::RunStatus;
use model::time::Span;
use model::workload::Shell;

/// Returns a host that holds `limit`.
fn holding(limit: LimitName) -> Option<Host> {
    let host = Host::new();
    let support = host.executor.enforceable().limits.into_iter().find(|s| s.limit == limit).unwrap();
    if !support.held {
        eprintln!("skipped: this host cannot hold `{limit}`: {}", support.by);
        return None;
    }
    Some(host)
}

/// Forks for ever; where it is refused it waits a moment and goes on. Its group must hold it.
async fn bomb(size: u32) {
    let Some(host) = holding(LimitName::Pids) else { return };
    let perl = "/usr/bin/perl";
    if !Path::new(perl).exists() {
        eprintln!("skipped: `{perl}`, which goes on forking when it is refused, is not installed");
        return;
    }
    let text = "$SIG{TERM} = 'IGNORE'; while (1) { defined(fork) or select(undef, undef, undef, 0.02) }";
    let bomb = Shell { interpreter: vec![perl.into()], ..script(text) };
    let limits = Limits {
        pids: Some(size),
        timeout: Span::from_seconds(300),
        grace: Span::from_millis(50),
        ..Limits::default()
    };
    let (_, running) = host.start(bomb, limits).await.unwrap();
    let groups = host.occupied();
    let _watchdog = Watchdog::over(groups.clone());
    let most = || groups.iter().map(|dir| count(dir)).max().unwrap_or(0);
    let refused = |dir: &PathBuf| {
        // Where the kernel does not count, its filling must do.
        fs::read_to_string(dir.join("pids.events")).map_or(true, |events| !events.starts_with("max 0\n"))
    };
    let limited = || groups.iter().filter(|dir| dir.join("pids.max").exists()).all(refused);
    until("the bomb to fill its limit", || most() + 4 >= size as usize && limited()).await;
    let asked = Instant::now();
    running.stop(Stop::Killed).await;
    let outcome = running.wait().await;
    eprintln!(
        "a fork bomb of {size} was dead {} ms after the kill (grace 50 ms)",
        asked.elapsed().as_millis()
    );
    assert_eq!(outcome.stop, Some(Stop::Killed));
    assert_eq!(most(), 0, "nobody is left when the end is told");
    assert!(outcome.usage.pids_refused.is_none_or(|refused| refused > 0), "{:?}", outcome.usage);
    assert!(outcome.usage.pids_peak.is_none_or(|peak| peak <= size), "{:?}", outcome.usage);
}

fn count(dir: &Path) -> usize {
    fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default().lines().count()
}

/// Ends what lives in groups when it is not called off within a minute or two, whatever the executor does.
struct Watchdog(std::sync::mpsc::Sender<()>);

impl Watchdog {
    fn over(groups: Vec<PathBuf>) -> Self {
        let (off, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let late = told.recv_timeout(Duration::from_secs(120));
            if late == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                for group in &groups {
                    let _ = fs::write(group.join("pids.max"), "0");
                    let _ = fs::write(group.join("cgroup.kill"), "1");
                }
            }
        });
        Self(off)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Nobody listens when it has bitten.
        let _ = self.0.send(());
    }
}

#[tokio::test]
async fn a_fork_bomb_of_64_stays_within_its_limit_and_dies_with_its_run() {
    bomb(64).await;
}

#[tokio::test]
async fn a_fork_bomb_of_400_stays_within_its_limit_and_dies_with_its_run() {
    bomb(400).await;
}

#[tokio::test]
async fn a_memory_hog_is_found_out_wherever_it_sits() {
    let Some(host) = holding(LimitName::Memory) else { return };
    let limits = Limits { memory: Some(ByteSize::from_mib(32)), ..Limits::default() };
    let hog = "dd if=/dev/zero of=/dev/null bs=128M count=1";
    let scripts = [
        ("as the job", format!("exec {hog}")),
        ("below a shell that goes on", format!("{hog}; echo rc=$?; exit 0")),
        ("as a grandchild", format!("(sh -c '{hog}; exit 0'; exit 0); exit 0")),
    ];
    for (place, text) in scripts {
        let ran = host.run(script(&text), limits.clone()).await;
        assert!(ran.outcome.out_of_memory, "{place}: {:?}", ran.outcome);
        // Version 1 kills one process; a job that goes on and succeeds has succeeded, and is warned of.
        let survived = ran.outcome.end == End::Exited { code: 0 };
        let as_one = host.groups().iter().any(|dir| dir.join("memory.oom.group").exists());
        assert!(!(survived && as_one), "{place}: version 2 kills all of it: {:?}", ran.outcome);
        assert!(survived || ran.outcome.status(&[0]) == RunStatus::OutOfMemory, "{place}: {:?}", ran.outcome);
        let peak = ran.outcome.usage.memory_peak.unwrap().as_bytes();
        assert!(peak <= 32 << 20, "{place}: {peak}");
    }
    // The same slot, and nothing of the hogs is told of the next run.
    let ran = host.run(script("true"), limits).await;
    assert!(!ran.outcome.out_of_memory);
    assert_eq!(ran.outcome.end, End::Exited { code: 0 });
    let peak = ran.outcome.usage.memory_peak.unwrap().as_bytes();
    assert!(peak < 16 << 20, "{peak}");
}

/// What a worker must not pile up.
#[derive(Debug, Clone, Copy)]
struct Pile {
    memory_groups: u64,
    descriptors: usize,
    rss_kib: u64,
}

impl Pile {
    fn now() -> Self {
        let groups = fs::read_to_string("/proc/cgroups").unwrap_or_default();
        let memory = groups.lines().find_map(|line| line.strip_prefix("memory\t"));
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        Self {
            // Counts the dying ones too.
            memory_groups: memory.and_then(|rest| rest.split('\t').nth(1)?.parse().ok()).unwrap_or(0),
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            rss_kib: rss.trim().trim_end_matches(" kB").parse().unwrap(),
        }
    }
}

/// Who else uses this process meanwhile: their descriptors and memory are counted with ours.
#[derive(Clone, Copy)]
enum Company {
    None,
    OtherTests,
}

/// Who looks after the runs.
#[derive(Clone, Copy)]
enum By {
    /// A thread of the worker.
    Threads,
    /// A shim for each, as in a server.
    Shims,
}

/// Runs `runs` scripts, `at_once` at a time; each leaves a file that the kernel keeps in memory.
async fn soak(runs: usize, at_once: usize, by: By, company: Company) {
    // Not below `/tmp`, which a job may have for itself.
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let host = match by {
        By::Threads => Host::at(folder),
        By::Shims => Host::supervised_at(folder),
    };
    let files = host.dir.path().join("files");
    fs::create_dir(&files).unwrap();
    fs::set_permissions(host.dir.path(), fs::Permissions::from_mode(0o711)).unwrap();
    fs::set_permissions(&files, fs::Permissions::from_mode(0o1777)).unwrap();
    let text = format!("head -c 20000 /dev/zero > {}/$$-$SANDGLASS_RUN", files.display());
    let limits = Limits { timeout: Span::from_seconds(300), ..Limits::default() };
    let mut before = None;
    let began = Instant::now();
    for batch in 0..runs.div_ceil(at_once) {
        let batch_runs = (0..at_once).map(|_| host.run(script(&text), limits.clone()));
        for ran in futures::future::join_all(batch_runs).await {
            assert_eq!(ran.outcome.end, End::Exited { code: 0 }, "{}", String::from_utf8_lossy(&ran.stderr));
        }
        // As the worker does it when a run's output is shipped.
        for folder in fs::read_dir(&host.runs).unwrap().flatten() {
            let _ = fs::remove_dir_all(folder.path());
        }
        // After a first part, when all that is made once is there.
        if before.is_none() && batch * at_once >= runs / 10 {
            before = Some(Pile::now());
        }
    }
    let (before, after) = (before.unwrap(), Pile::now());
    let slots: BTreeSet<_> = host
        .groups()
        .iter()
        .filter_map(|dir| dir.file_name().map(Into::into))
        .collect::<BTreeSet<std::ffi::OsString>>();
    eprintln!(
        "{runs} runs, {at_once} at once, in {} s: {} slots; {before:?} became {after:?}",
        began.elapsed().as_secs(),
        slots.len()
    );
    // One may be being readied while the next batch takes its slots; those that only wait for that are taken. With shims
    // another child stands by.
    let (spare_slots, spare_children) = match by {
        By::Threads => (1, 0),
        By::Shims => (2, 1),
    };
    assert!(slots.len() <= at_once + spare_slots, "{slots:?}");
    until("every slot to be given back", || members(&host) <= spare_children).await;
    until("no zombie", || crate::support::zombies().is_empty()).await;
    // Others on this machine may make groups too, and beside other tests they do; one left behind by each run would be far
    // more. Without groups of ours, theirs are all there are.
    let grown = after.memory_groups.saturating_sub(before.memory_groups);
    let most = match company {
        Company::None => slots.len(),
        Company::OtherTests => runs / 2,
    };
    assert!(slots.is_empty() || grown <= most as u64, "{grown} memory groups more");
    let (descriptors, rss_mib) = match company {
        Company::None => (at_once, 8),
        // Far below one for each run.
        Company::OtherTests => (runs / 4, 64),
    };
    assert!(after.descriptors <= before.descriptors + descriptors, "{before:?} {after:?}");
    assert!(after.rss_kib <= before.rss_kib + rss_mib * 1024, "{before:?} {after:?}");
    if let Some(dying) = dying(&host) {
        assert!(dying <= slots.len() as u64, "{dying} dying groups below ours");
    }
    let groups = host.groups();
    drop(host);
    // Who stood by goes with the worker, by itself.
    until("no directory to be left", || !groups.iter().any(|dir| dir.exists())).await;
}

/// Returns how many processes there are in the groups of this host.
fn members(host: &Host) -> usize {
    let lists = host
        .occupied()
        .into_iter()
        .map(|dir| fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default());
    lists.flat_map(|list| list.lines().map(str::to_owned).collect::<Vec<_>>()).collect::<BTreeSet<_>>().len()
}

/// Returns the dying groups below this host's own in version 2.
fn dying(host: &Host) -> Option<u64> {
    let groups = host.groups();
    let base = groups.iter().find(|dir| dir.join("cgroup.events").exists())?.parent()?;
    let stat = fs::read_to_string(base.join("cgroup.stat")).ok()?;
    stat.lines().find_map(|line| line.strip_prefix("nr_dying_descendants ")?.parse().ok())
}

#[tokio::test]
async fn three_hundred_runs_leave_nothing_behind() {
    soak(300, 6, By::Threads, Company::OtherTests).await;
}

#[tokio::test]
async fn three_hundred_runs_with_shims_leave_nothing_behind() {
    soak(300, 6, By::Shims, Company::OtherTests).await;
}

/// `cargo xtask soak shell` says how many.
#[expect(clippy::disallowed_methods, reason = "a test is no part of what reads configuration")]
fn asked_for() -> usize {
    std::env::var("SANDGLASS_SOAK_RUNS").map_or(10_000, |runs| runs.parse().unwrap())
}

#[tokio::test]
#[ignore = "takes minutes; `cargo xtask soak shell` runs it"]
async fn soak_of_many_runs() {
    soak(asked_for(), 8, By::Threads, Company::None).await;
}

#[tokio::test]
#[ignore = "takes minutes; `cargo xtask soak shell` runs it"]
async fn soak_of_many_runs_with_shims() {
    soak(asked_for(), 8, By::Shims, Company::None).await;
}
