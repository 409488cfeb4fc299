//! Slots on the real control groups of this host, as far as it gives some.
//!
//! What a run does is done here by a shell that joins the group by itself. A host without groups, or one that does not
//! let us join them, is said and skipped.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use model::limits::Limits;
use model::quantity::ByteSize;
use model::time::Span;

use super::group::{Controller, write};
use super::peak::PeakBy;
use super::{Base, Pool, Slot, Stay};

const WITHIN: Duration = Duration::from_secs(20);
const MIB: u64 = 1024 * 1024;

/// A base of the test's own on this host; `None` where it gives no group that can be joined.
fn base(name: &str, living: &BTreeSet<u32>) -> Option<Arc<Base>> {
    base_of(Path::new("/proc"), name, living)
}

fn base_of(proc: &Path, name: &str, living: &BTreeSet<u32>) -> Option<Arc<Base>> {
    let base = Base::open(proc, None, &own(name), living);
    let probe = if base.is_none() { None } else { base.group("probe").ok() };
    let joins = probe.is_some_and(|group| {
        let mut child = shell(&joining(&group.dirs(), "read line"));
        drop(child.stdin.take());
        let joined = child.wait().is_ok_and(|status| status.success());
        group.remove();
        joined
    });
    if !joins {
        eprintln!("skipped: this host gives no control group that a child may join");
        return None;
    }
    Some(Arc::new(base))
}

fn own(name: &str) -> String {
    format!("sandglass-test-{name}-{}", std::process::id())
}

/// Returns a script that joins the groups and goes on.
fn joining(dirs: &[&Path], script: &str) -> String {
    let join = dirs.iter().map(|dir| format!("echo 0 > {}/cgroup.procs || exit 9; ", dir.display()));
    format!("{}{script} || true", join.collect::<String>())
}

fn shell(script: &str) -> Child {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
}

/// Runs a script in a slot's group until it has ended.
fn run_in(slot: &Slot, script: &str) {
    let status = shell(&joining(&slot.group().unwrap().dirs(), script)).wait().unwrap();
    assert!(status.success(), "{status}");
}

fn charged(slot: &Slot) -> u64 {
    let dir = &slot.group().unwrap().place(Controller::Memory).unwrap().dir;
    let read = |file: &str| fs::read_to_string(dir.join(file)).ok()?.trim().parse().ok();
    read("memory.current").or_else(|| read("memory.usage_in_bytes")).unwrap()
}

/// A file in memory that outlives its writer.
struct Left(PathBuf);

impl Left {
    fn at(name: &str) -> Self {
        Self(format!("/dev/shm/{}", own(name)).into())
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_slot_is_used_again_and_counts_each_run_by_itself() {
    let Some(base) = base("again", &BTreeSet::new()) else { return };
    if base.holds(Controller::Memory).is_err() {
        eprintln!("skipped: no memory controller");
        return;
    }
    let pool = Pool::new(base, 1);
    // Each reads as much at once as it is told, into memory.
    let take = |mib: u64| format!("dd if=/dev/zero of=/dev/null bs={mib}M count=1 2>/dev/null");
    let mut peaks = Vec::new();
    let mut inodes = Vec::new();
    for mib in [24, 1, 12] {
        let slot = pool.take(WITHIN).unwrap();
        let group = slot.group().unwrap();
        let memory = &group.place(Controller::Memory).unwrap().dir;
        inodes.push(fs::metadata(memory).map(|meta| std::os::unix::fs::MetadataExt::ino(&meta)).unwrap());
        let stay = Stay::begin(group.clone());
        run_in(&slot, &take(mib));
        let counters = stay.counters();
        assert_eq!(counters.oom_kills, Some(0));
        peaks.push((counters.memory_peak.map(ByteSize::as_bytes), counters.memory_peak_by));
    }
    let big = peaks[0].0.unwrap();
    assert!((24 * MIB..40 * MIB).contains(&big), "{peaks:?}");
    match peaks[1] {
        (Some(small), _) => {
            assert!(small < 8 * MIB, "the second run is not told the first one's peak: {peaks:?}");
        }
        // A kernel that cannot set it back, and a run below what the group had already seen.
        (None, by) => assert_eq!(by, None),
    }
    assert!(peaks[2].0.is_some_and(|peak| (12 * MIB..24 * MIB).contains(&peak)), "{peaks:?}");
    // Where the peak cannot be set back, a group with a high one is made anew; else it stays the same.
    if peaks.iter().all(|(_, by)| *by != Some(PeakBy::Highest)) {
        assert!(inodes.iter().all(|inode| *inode == inodes[0]), "{inodes:?}");
    }
    eprintln!("peaks {peaks:?}");
}

#[test]
fn memory_that_a_run_left_behind_retires_its_slot() {
    let Some(base) = base("left", &BTreeSet::new()) else { return };
    if base.holds(Controller::Memory).is_err() {
        eprintln!("skipped: no memory controller");
        return;
    }
    let pool = Pool::new(base, 1);
    let left = Left::at("left");
    let slot = pool.take(WITHIN).unwrap();
    run_in(&slot, &format!("dd if=/dev/zero of={} bs=1M count=8 2>/dev/null", left.0.display()));
    assert!(charged(&slot) > 8 * MIB, "{} bytes", charged(&slot));
    drop(slot);
    let next = pool.take(WITHIN).unwrap();
    assert_eq!(next.index(), 0);
    assert!(charged(&next) < MIB, "the next run begins with {} bytes", charged(&next));
}

#[test]
fn a_slot_that_does_not_take_a_limit_is_made_anew_and_takes_it() {
    let Some(base) = base("refuses", &BTreeSet::new()) else { return };
    if base.holds(Controller::Pids).is_err() {
        eprintln!("skipped: no pids controller");
        return;
    }
    let pool = Pool::new(base, 1);
    let mut slot = pool.take(WITHIN).unwrap();
    // Somebody removed it behind our back.
    slot.group().unwrap().remove();
    let applied = slot.limit(&Limits { pids: Some(7), ..Limits::default() }).unwrap();
    assert_eq!(applied.len(), 1);
    let dir = &slot.group().unwrap().place(Controller::Pids).unwrap().dir;
    assert_eq!(fs::read_to_string(dir.join("pids.max")).unwrap().trim(), "7");
}

/// A directory of the same name is another group, and the files that are open are those of the one that is gone. Caught
/// when a file that answers `ENODEV` is not opened anew.
#[test]
fn who_holds_the_files_of_a_group_finds_the_one_that_took_its_place() {
    let Some(base) = base("replaced", &BTreeSet::new()) else { return };
    if base.holds(Controller::Pids).is_err() {
        eprintln!("skipped: no pids controller");
        return;
    }
    let mut group = base.group("slot-0").unwrap();
    group.hold_open();
    let max = group.place(Controller::Pids).unwrap().dir.join("pids.max");
    let replace = || {
        for dir in group.dirs() {
            fs::remove_dir(dir).unwrap();
            fs::create_dir(dir).unwrap();
        }
    };
    let at_hand = || fs::read_to_string(&max).unwrap().trim().to_owned();
    let limits = |pids| Limits { pids: Some(pids), ..Limits::default() };
    group.limit(&limits(7)).unwrap();
    replace();
    assert_eq!((group.read(&max).unwrap().trim(), at_hand().as_str()), ("max", "max"));
    replace();
    group.write(&max, "8").unwrap();
    assert_eq!(at_hand(), "8");
    replace();
    group.limit(&limits(9)).unwrap();
    assert_eq!(at_hand(), "9");
    assert!(group.remove());
}

#[test]
fn all_jobs_together_stay_below_the_cap_of_their_base() {
    let Some(base) = base("capped", &BTreeSet::new()) else { return };
    let Ok(base) = Arc::try_unwrap(base) else { unreachable!("nobody else has it") };
    let mut base = base;
    if base.holds(Controller::Memory).is_err() {
        eprintln!("skipped: no memory controller");
        return;
    }
    assert!(base.notes().is_empty());
    // A host of 64 MiB, half of which is kept back.
    let host = tempfile::tempdir().unwrap();
    fs::write(host.path().join("meminfo"), "MemTotal: 65536 kB\n").unwrap();
    base.cap(host.path(), Some(ByteSize::from_mib(32)));
    assert!(base.notes().is_empty());
    let pool = Pool::new(Arc::new(base), 2);
    let (hog, other) = (pool.take(WITHIN).unwrap(), pool.take(WITHIN).unwrap());
    let mut beside = shell(&joining(&other.group().unwrap().dirs(), "read line"));
    let stay = Stay::begin(hog.group().unwrap().clone());
    // Without a limit of its own; its shell may die with it.
    let script = "dd if=/dev/zero of=/dev/null bs=96M count=1 2>/dev/null";
    shell(&joining(&hog.group().unwrap().dirs(), script)).wait().unwrap();
    assert!(stay.counters().oom_kills.is_some_and(|kills| kills > 0), "{:?}", stay.counters());
    assert!(beside.try_wait().unwrap().is_none(), "the other job does not notice");
    drop(beside.stdin.take());
    beside.wait().unwrap();
}

#[test]
fn the_sweep_ends_what_was_left_and_spares_what_lives() {
    let Some(first) = base("sweep", &BTreeSet::new()) else { return };
    let pool = Pool::new(first, 4);
    let slots = [pool.take(WITHIN).unwrap(), pool.take(WITHIN).unwrap()];
    let mut children =
        slots.each_ref().map(|slot| shell(&joining(&slot.group().unwrap().dirs(), "read line")));
    for slot in &slots {
        let deadline = std::time::Instant::now() + WITHIN;
        while slot.group().unwrap().members().is_empty() {
            assert!(std::time::Instant::now() < deadline, "the child joins");
            std::thread::yield_now();
        }
    }
    let groups = slots.each_ref().map(|slot| slot.group().unwrap().clone());
    // As after a crash: nobody gives them back.
    for slot in slots {
        slot.leave();
    }
    let second = base("sweep", &[1].into()).unwrap();
    assert!(!children[0].wait().unwrap().success(), "the run of slot 0 was killed");
    assert!(!groups[0].dirs()[0].exists());
    assert_eq!(groups[1].members(), [i32::try_from(children[1].id()).unwrap()]);
    let pool = Pool::new(second, 4);
    let adopted = pool.occupy(1).unwrap();
    assert_eq!(adopted.group(), Some(&groups[1]), "the same directories, and nobody in them was touched");
    assert_eq!(pool.take(WITHIN).unwrap().index(), 0);
    assert!(children[1].try_wait().unwrap().is_none(), "it lives");
    drop(adopted);
    assert!(!children[1].wait().unwrap().success(), "given back, a slot is emptied");
}

/// Fails when a worker's folder is not asked for, or who lives in a group is not.
#[test]
fn empty_groups_of_workers_that_are_gone_are_removed_by_the_next_one_beside_them() {
    let folders = tempfile::tempdir().unwrap();
    // Nothing outside of this test's folder is anybody's to remove.
    let unused = |runs: &Path| {
        let ours = runs.starts_with(folders.path());
        let lock = ours.then(|| fs::File::open(runs));
        lock.filter(|lock| lock.as_ref().is_err() || lock.as_ref().is_ok_and(|file| file.try_lock().is_ok()))
    };
    let runs = ["thrown", "idle", "at-work", "next"].map(|name| folders.path().join(name));
    runs[1..].iter().for_each(|runs| fs::create_dir(runs).unwrap());
    let [thrown, idle, at_work] = ["thrown", "idle", "at-work"].map(|name| {
        let base = base(name, &BTreeSet::new())?;
        base.belongs_to(&folders.path().join(name), |_| None::<()>);
        Some(base)
    });
    let (Some(thrown), Some(idle), Some(at_work)) = (thrown, idle, at_work) else { return };
    if !nix::unistd::geteuid().is_root() {
        eprintln!("skipped: only root may say at a group of version 1 whose it is");
        return;
    }
    let lock = fs::File::open(&runs[2]).unwrap();
    lock.try_lock().unwrap();
    // As after a crash: nobody removes them.
    let dirs = [thrown, idle, at_work].map(|base| {
        let dir = base.group("slot-0").unwrap().dirs()[0].to_owned();
        base.group("slot-1").unwrap();
        std::mem::forget(base);
        dir
    });
    let mut lives = shell(&joining(&[&dirs[1]], "read line"));
    while !fs::read_to_string(dirs[1].join("cgroup.procs")).unwrap().contains(&lives.id().to_string()) {
        std::thread::yield_now();
    }
    let next = base("next", &BTreeSet::new()).unwrap();
    next.belongs_to(&runs[3], unused);
    assert_eq!(dirs.each_ref().map(|dir| dir.exists()), [false, true, true], "{dirs:?}");
    assert!(dirs[1].with_file_name("slot-1").exists(), "where somebody lives all is left as it is");
    drop(lives.stdin.take());
    lives.wait().unwrap();
    next.belongs_to(&runs[3], unused);
    assert_eq!(dirs.each_ref().map(|dir| dir.exists()), [false, false, true], "{dirs:?}");
    drop(lock);
    // A child that another test makes at this very moment holds the lock until it executes.
    let deadline = std::time::Instant::now() + WITHIN;
    while dirs[2].exists() {
        assert!(std::time::Instant::now() < deadline, "nobody works there any more");
        next.belongs_to(&runs[3], unused);
    }
}

#[test]
fn the_last_end_in_a_group_is_told_without_looking_again_and_again() {
    let Some(base) = base("events", &BTreeSet::new()) else { return };
    let pool = Pool::new(base, 1);
    let slot = pool.take(WITHIN).unwrap();
    let stay = Stay::begin(slot.group().unwrap().clone());
    let Some(events) = stay.events() else {
        eprintln!("skipped: version 1 alone does not tell");
        return;
    };
    assert!(!events.is_populated());
    let mut child = shell(&joining(&slot.group().unwrap().dirs(), "read line"));
    while !events.is_populated() {
        events.wait(WITHIN);
    }
    drop(child.stdin.take());
    while events.is_populated() {
        events.wait(WITHIN);
    }
    assert!(child.wait().unwrap().success());
}

#[test]
fn processor_time_is_counted_where_a_run_stands_anyway() {
    let Some(base) = base("time", &BTreeSet::new()) else { return };
    let pool = Pool::new(base, 1);
    let slot = pool.take(WITHIN).unwrap();
    let group = slot.group().unwrap().clone();
    let stay = Stay::begin(group.clone());
    run_in(&slot, "i=0; while [ $i -lt 50000 ]; do i=$((i + 1)); done");
    // Where the processes take so little of either that the kernel's samples miss it, the sum does not.
    let counters = stay.counters();
    let took = [counters.cpu_user, counters.cpu_system].map(|span| span.unwrap_or(Span::ZERO).as_millis());
    assert!(took.iter().sum::<u64>() > 0, "{counters:?}");
    let place = |controller| group.place(controller).map(|place| &place.dir);
    let alone = place(Controller::Cpuacct).filter(|dir| Some(*dir) != place(Controller::Cpu));
    if group.unified().is_some() {
        assert_eq!(alone, None, "a hierarchy that only counts is not joined");
    }
}

/// The host without its version 2 mount: what this process reads of its mounts leaves it out, all else is real.
#[test]
fn version_1_alone_kills_a_group_that_goes_on_forking() {
    let read = |file: &str| fs::read_to_string(format!("/proc/self/{file}")).unwrap();
    let view = tempfile::tempdir().unwrap();
    fs::create_dir(view.path().join("self")).unwrap();
    let without = |text: String, marks: &str| {
        text.lines().filter(|line| !line.contains(marks)).map(|line| format!("{line}\n")).collect::<String>()
    };
    fs::write(view.path().join("self/mountinfo"), without(read("mountinfo"), " - cgroup2 ")).unwrap();
    fs::write(view.path().join("self/cgroup"), without(read("cgroup"), "0::")).unwrap();
    let Some(base) = base_of(view.path(), "one", &BTreeSet::new()) else { return };
    if !Path::new("/usr/bin/perl").exists() {
        eprintln!("skipped: `/usr/bin/perl`, which goes on forking when it is refused, is not installed");
        return;
    }
    assert_eq!(base.kill_words(), "control group: no more forks, then a kill loop");
    let pool = Pool::new(base, 1);
    let mut slot = pool.take(WITHIN).unwrap();
    assert!(slot.group().unwrap().unified().is_none());
    slot.limit(&Limits { pids: Some(64), ..Limits::default() }).unwrap();
    let stay = Stay::begin(slot.group().unwrap().clone());
    // The watchdog: whatever the kill does, the bomb cannot fork after a while.
    let pids = slot.group().unwrap().place(Controller::Pids).unwrap().dir.clone();
    let watchdog = Watchdog::over(&pids);
    // Not a loop of the shell's: that one ends at the first fork that it is refused.
    let bomb = "exec /usr/bin/perl -e 'while (1) { fork or select undef, undef, undef, 0.001 }'";
    let mut child = shell(&joining(&slot.group().unwrap().dirs(), bomb));
    let deadline = std::time::Instant::now() + WITHIN;
    while stay.members().len() < 60 {
        assert!(std::time::Instant::now() < deadline, "{} members", stay.members().len());
        std::thread::yield_now();
    }
    assert!(stay.kill(WITHIN));
    child.wait().unwrap();
    drop(watchdog);
    let counters = stay.counters();
    assert!(counters.pids_peak.is_none_or(|peak| (60..=64).contains(&peak)), "{counters:?}");
    // The kill took all forks away; the next run of the slot has them back.
    drop(slot);
    let mut slot = pool.take(WITHIN).unwrap();
    slot.limit(&Limits::default()).unwrap();
    assert_eq!(fs::read_to_string(pids.join("pids.max")).unwrap().trim(), "max");
}

/// Stops all forks of a group when it is not called off in time.
struct Watchdog(std::sync::mpsc::Sender<()>);

impl Watchdog {
    fn over(pids: &Path) -> Self {
        let (off, told) = std::sync::mpsc::channel();
        let limit = pids.join("pids.max");
        std::thread::spawn(move || {
            if told.recv_timeout(WITHIN * 2) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                let _ = write(&limit, "0");
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
