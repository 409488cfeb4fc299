//! One run's control group: limits, members, kill, removal. The same words on every kind of host.
//!
//! A group is a directory of one name in each hierarchy that its base uses. `cgroup.kill` ends all members in
//! one step where the kernel has it; else `pids.max = 0` stops the forks and a loop kills what is left.
//!
//! Flow: `base` → **`Group`** → `shell` joins, waits, kills, reads `counters`, removes.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use model::limits::{LimitName, Limits};
use model::outcome::Applied;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::counters::{self, Counters};
use super::mounts::Version;

/// Most time that a directory is given to become free after its last member died.
const REMOVE_WITHIN: Duration = Duration::from_secs(2);
/// A limit read back may differ by the rounding to pages of any size.
const ROUNDING: u64 = 64 * 1024;
/// The period of a processor quota, in microseconds.
const CPU_PERIOD_US: u64 = 100_000;
/// The longest period that the kernel takes, for quotas that are too small within the usual one.
const CPU_PERIOD_LONG_US: u64 = 1_000_000;

/// What we ask of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Controller {
    /// Memory limit, peak and out-of-memory counter.
    Memory,
    /// Processor quota.
    Cpu,
    /// Processor time; version 1 only.
    Cpuacct,
    /// Number of processes.
    Pids,
}

impl Controller {
    /// Returns the kernel's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::Cpuacct => "cpuacct",
            Self::Pids => "pids",
        }
    }
}

/// Where a controller's files of one group are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    pub(crate) version: Version,
}

/// A limit that could not be set.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) limit: LimitName,
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}

/// One group.
#[derive(Debug)]
pub(crate) struct Group {
    unified: Option<PathBuf>,
    places: BTreeMap<Controller, Place>,
}

impl Group {
    /// Makes the group `name` in each hierarchy of its base.
    ///
    /// # Errors
    /// With the path that could not be made; nothing of the group stays.
    pub(crate) fn make(
        name: &str,
        unified: Option<&Path>,
        places: &BTreeMap<Controller, Place>,
    ) -> io::Result<Self> {
        let places = places.iter().map(|(c, p)| (*c, Place { dir: p.dir.join(name), version: p.version }));
        let group = Self { unified: unified.map(|dir| dir.join(name)), places: places.collect() };
        for dir in group.dirs() {
            if let Err(e) = fs::create_dir(dir)
                && e.kind() != io::ErrorKind::AlreadyExists
            {
                let failed = io::Error::new(e.kind(), format!("failed to make `{}`: {e}", dir.display()));
                group.remove();
                return Err(failed);
            }
        }
        Ok(group)
    }

    /// Returns the group's distinct directories.
    pub(crate) fn dirs(&self) -> Vec<&Path> {
        let mut dirs: Vec<&Path> = self.unified.as_deref().into_iter().collect();
        dirs.extend(self.places.values().map(|place| place.dir.as_path()));
        dirs.sort();
        dirs.dedup();
        dirs
    }

    /// Returns where a controller's files are, if this host has it.
    pub(crate) fn place(&self, controller: Controller) -> Option<&Place> {
        self.places.get(&controller)
    }

    /// Returns the group's directory in version 2, if this host has it.
    pub(crate) fn unified(&self) -> Option<&Path> {
        self.unified.as_deref()
    }

    /// Sets the limits that are asked for, each read back.
    ///
    /// # Errors
    /// The first limit that the kernel did not take.
    pub(crate) fn limit(&self, limits: &Limits) -> Result<Vec<Applied>, Refusal> {
        let mut applied = Vec::new();
        if let Some(memory) = limits.memory {
            let place = self.limited(LimitName::Memory, Controller::Memory)?;
            let by = limit_memory(place, memory.as_bytes())?;
            applied.push(Applied { limit: LimitName::Memory, by });
        }
        if let Some(pids) = limits.pids {
            let place = self.limited(LimitName::Pids, Controller::Pids)?;
            set(LimitName::Pids, place, "pids.max", u64::from(pids))?;
            applied.push(Applied { limit: LimitName::Pids, by: by(place, Controller::Pids) });
        }
        if let Some(cpu) = limits.cpu {
            let place = self.limited(LimitName::Cpu, Controller::Cpu)?;
            limit_cpu(place, u64::from(cpu.as_milli()))?;
            applied.push(Applied { limit: LimitName::Cpu, by: by(place, Controller::Cpu) });
        }
        Ok(applied)
    }

    fn limited(&self, limit: LimitName, controller: Controller) -> Result<&Place, Refusal> {
        self.places.get(&controller).ok_or_else(|| Refusal {
            limit,
            path: PathBuf::from("/sys/fs/cgroup"),
            error: io::Error::from(io::ErrorKind::Unsupported),
        })
    }

    /// Opens the files through which a child joins, one for each hierarchy.
    ///
    /// # Errors
    /// With the file that could not be opened.
    pub(crate) fn joins(&self) -> io::Result<Vec<File>> {
        let open = |dir: &Path| {
            let path = dir.join("cgroup.procs");
            OpenOptions::new()
                .write(true)
                .open(&path)
                .map_err(|e| io::Error::new(e.kind(), format!("failed to open `{}`: {e}", path.display())))
        };
        self.dirs().into_iter().map(open).collect()
    }

    /// Returns the processes in the group; zombies are not among them.
    pub(crate) fn members(&self) -> Vec<i32> {
        // Of all hierarchies: a job that runs as root may have moved itself out of one of them.
        let mut all: Vec<i32> = self.dirs().into_iter().flat_map(members).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Sends a signal to each member once.
    pub(crate) fn signal(&self, signal: Signal) {
        for pid in self.members() {
            // Gone in between: that is what was wanted.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Kills all members, those that they fork meanwhile included. Returns true when the group is empty.
    pub(crate) fn kill(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        let at_once = self.unified.as_ref().is_some_and(|dir| write(&dir.join("cgroup.kill"), "1").is_ok());
        if !at_once && let Some(place) = self.place(Controller::Pids) {
            // No more forks, so that the loop below comes to an end. Failing that, the loop is all there is.
            let _ = write(&place.dir.join("pids.max"), "0");
        }
        let mut pause = Duration::from_micros(200);
        while !self.members().is_empty() {
            // After `cgroup.kill` this finds only what had left that hierarchy, or is dying already.
            self.signal(Signal::SIGKILL);
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        true
    }

    /// Returns what the kernel counted.
    pub(crate) fn counters(&self) -> Counters {
        counters::read(self)
    }

    /// Removes the group's directories. What does not become free in time stays for the next sweep, and is logged.
    pub(crate) fn remove(&self) {
        for dir in self.dirs() {
            remove_dir(dir);
        }
    }
}

/// Kills what runs in a group of which only the directories are known, and removes them.
pub(crate) fn kill_leftovers(dirs: &[PathBuf], within: Duration) {
    let deadline = Instant::now() + within;
    for dir in dirs.iter().filter(|dir| dir.exists()) {
        let _ = write(&dir.join("cgroup.kill"), "1");
        let _ = write(&dir.join("pids.max"), "0");
    }
    for dir in dirs.iter().filter(|dir| dir.exists()) {
        loop {
            let left = members(dir);
            if left.is_empty() || Instant::now() >= deadline {
                break;
            }
            for pid in left {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            thread::sleep(Duration::from_millis(5));
        }
        remove_dir(dir);
    }
}

fn members(dir: &Path) -> Vec<i32> {
    let mut found = Vec::new();
    collect_members(dir, &mut found);
    found
}

/// A job that may write to its group can have made groups below it; they belong to it.
fn collect_members(dir: &Path, found: &mut Vec<i32>) {
    let text = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
    // A zero stands for a process outside our own pid namespace: it is nobody that we may signal.
    found.extend(text.lines().filter_map(|line| line.parse::<i32>().ok()).filter(|pid| *pid > 0));
    for child in sub_dirs(dir) {
        collect_members(&child, found);
    }
}

fn sub_dirs(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()).collect()
}

fn remove_dir(dir: &Path) {
    for child in sub_dirs(dir) {
        remove_dir(&child);
    }
    let deadline = Instant::now() + REMOVE_WITHIN;
    loop {
        match fs::remove_dir(dir) {
            Ok(()) => return,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return,
            // Busy for a moment after the last member died.
            Err(e) if e.kind() == io::ErrorKind::ResourceBusy && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(2));
            }
            Err(e) => {
                tracing::warn!("failed to remove the group `{}`: {e}", dir.display());
                return;
            }
        }
    }
}

fn limit_memory(place: &Place, bytes: u64) -> Result<String, Refusal> {
    let mut by = by(place, Controller::Memory);
    match place.version {
        Version::V1 => {
            set(LimitName::Memory, place, "memory.limit_in_bytes", bytes)?;
            if place.dir.join("memory.memsw.limit_in_bytes").exists() {
                set(LimitName::Memory, place, "memory.memsw.limit_in_bytes", bytes)?;
                by.push_str(", no swap");
            }
        }
        Version::V2 => {
            set(LimitName::Memory, place, "memory.max", bytes)?;
            if place.dir.join("memory.swap.max").exists() {
                set(LimitName::Memory, place, "memory.swap.max", 0)?;
                by.push_str(", no swap");
            }
            // All of the job dies together: half a job is nobody's wish. Kernels before 4.19 have no such file.
            let _ = write(&place.dir.join("memory.oom.group"), "1");
        }
    }
    Ok(by)
}

fn limit_cpu(place: &Place, milli: u64) -> Result<(), Refusal> {
    // The kernel takes no quota below 1 ms.
    let period = if milli < 10 { CPU_PERIOD_LONG_US } else { CPU_PERIOD_US };
    let quota = milli * period / 1_000;
    match place.version {
        Version::V1 => {
            set(LimitName::Cpu, place, "cpu.cfs_period_us", period)?;
            set(LimitName::Cpu, place, "cpu.cfs_quota_us", quota)
        }
        Version::V2 => {
            let path = place.dir.join("cpu.max");
            let text = format!("{quota} {period}");
            let wrong = |error| Refusal { limit: LimitName::Cpu, path: path.clone(), error };
            write(&path, &text).map_err(wrong)?;
            let read = fs::read_to_string(&path).map_err(wrong)?;
            if read.trim() == text { Ok(()) } else { Err(wrong(not_taken(&text, &read))) }
        }
    }
}

/// Writes one number and reads it back.
fn set(limit: LimitName, place: &Place, file: &str, value: u64) -> Result<(), Refusal> {
    let path = place.dir.join(file);
    let attempt = || {
        write(&path, &value.to_string())?;
        let read = fs::read_to_string(&path)?;
        match read.trim().parse::<u64>() {
            Ok(now) if now == value || (value >= ROUNDING && now.abs_diff(value) < ROUNDING) => Ok(()),
            _ => Err(not_taken(&value.to_string(), &read)),
        }
    };
    attempt().map_err(|error| Refusal { limit, path: path.clone(), error })
}

fn not_taken(asked: &str, read: &str) -> io::Error {
    io::Error::other(format!("`{asked}` was written and `{}` stands there", read.trim()))
}

/// Writes to a file of a group. Never creates one: a limit that is not there must not look set.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes())
}

/// Returns by what a controller holds its limit, in words.
pub(super) fn by(place: &Place, controller: Controller) -> String {
    let version = match place.version {
        Version::V1 => 1,
        Version::V2 => 2,
    };
    format!("cgroup v{version} {}", controller.name())
}

#[cfg(test)]
mod tests {
    use model::quantity::{ByteSize, CpuShare};

    use super::*;

    fn fake(version: Version, files: &[&str]) -> (tempfile::TempDir, Group) {
        let root = tempfile::tempdir().unwrap();
        let place = Place { dir: root.path().to_owned(), version };
        let places = [Controller::Memory, Controller::Cpu, Controller::Pids].map(|c| (c, place.clone()));
        let unified = (version == Version::V2).then(|| root.path().to_owned());
        let group = Group::make("run-a", unified.as_deref(), &places.into()).unwrap();
        for file in files {
            fs::write(root.path().join("run-a").join(file), "").unwrap();
        }
        (root, group)
    }

    fn limits() -> Limits {
        Limits {
            memory: Some(ByteSize::from_mib(64)),
            cpu: Some(CpuShare::from_milli(500)),
            pids: Some(32),
            ..Limits::default()
        }
    }

    fn file(group: &Group, name: &str) -> String {
        fs::read_to_string(group.dirs()[0].join(name)).unwrap()
    }

    #[test]
    fn version_1_limits_go_to_their_files() {
        let files = [
            "memory.limit_in_bytes",
            "memory.memsw.limit_in_bytes",
            "cpu.cfs_period_us",
            "cpu.cfs_quota_us",
            "pids.max",
        ];
        let (_root, group) = fake(Version::V1, &files);
        let applied = group.limit(&limits()).unwrap();
        assert_eq!(applied[0].by, "cgroup v1 memory, no swap");
        assert_eq!(file(&group, "memory.limit_in_bytes"), "67108864");
        assert_eq!(file(&group, "cpu.cfs_quota_us"), "50000");
        assert_eq!(file(&group, "pids.max"), "32");
    }

    #[test]
    fn version_2_limits_go_to_their_files() {
        let (_root, group) =
            fake(Version::V2, &["memory.max", "memory.swap.max", "memory.oom.group", "cpu.max", "pids.max"]);
        group.limit(&limits()).unwrap();
        assert_eq!(file(&group, "memory.max"), "67108864");
        assert_eq!(file(&group, "memory.swap.max"), "0");
        assert_eq!(file(&group, "memory.oom.group"), "1");
        assert_eq!(file(&group, "cpu.max"), "50000 100000");
    }

    #[test]
    fn a_tiny_share_takes_a_longer_period() {
        let (_root, group) = fake(Version::V2, &["cpu.max"]);
        let limits = Limits { cpu: Some(CpuShare::from_milli(1)), ..Limits::default() };
        group.limit(&limits).unwrap();
        assert_eq!(file(&group, "cpu.max"), "1000 1000000");
    }

    #[test]
    fn a_limit_without_its_file_is_refused_and_named() {
        let (_root, group) = fake(Version::V2, &[]);
        let refusal = group.limit(&limits()).unwrap_err();
        assert_eq!(refusal.limit, LimitName::Memory);
        assert!(refusal.path.ends_with("run-a/memory.max"), "{refusal:?}");
        assert!(!refusal.path.exists(), "nothing is created in its place");
    }

    #[test]
    fn members_below_the_group_belong_to_it() {
        let (_root, group) = fake(Version::V2, &[]);
        let dir = group.dirs()[0].to_owned();
        fs::create_dir(dir.join("sub")).unwrap();
        fs::write(dir.join("cgroup.procs"), "12\n0\n").unwrap();
        fs::write(dir.join("sub/cgroup.procs"), "34\n").unwrap();
        assert_eq!(group.members(), [12, 34]);
    }
}
