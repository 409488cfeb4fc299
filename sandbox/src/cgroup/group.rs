//! A control group: its directories, members and end. The same words on every kind of host.
//!
//! A group is a directory of one name in each hierarchy that its base uses. The value holds nothing but paths, so
//! it can be handed to another process as text; reading it back touches no group. `cgroup.kill` ends all members in
//! one step where the kernel has it; else `pids.max = 0` stops the forks and a loop kills what is left.
//!
//! Flow: `base` and `pool` make → **`Group`** → the shell joins, waits, kills. Limits: `limits`; what one run used:
//! `stay`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use model::limits::Limits;
use model::outcome::Applied;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::counters::keyed;
use super::events::Events;
use super::held::{Access, Held};
use super::limits::{self, Refusal};
use super::mounts::Version;
use super::removal::{members, remove_dir};

/// Pauses between two looks for members where the kernel does not tell of the last one's end.
const LOOK_AGAIN: Duration = Duration::from_micros(200);
const LOOK_AGAIN_MAX: Duration = Duration::from_millis(20);

/// What we ask of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    pub(crate) version: Version,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    unified: Option<PathBuf>,
    places: BTreeMap<Controller, Place>,
    #[serde(skip)]
    held: Held,
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
        let group = Self {
            unified: unified.map(|dir| dir.join(name)),
            places: places.collect(),
            held: Held::default(),
        };
        for dir in group.dirs() {
            if let Err(e) = fs::create_dir(dir)
                && e.kind() != io::ErrorKind::AlreadyExists
            {
                let failed = io::Error::new(e.kind(), format!("failed to make `{}`: {e}", dir.display()));
                group.remove();
                return Err(failed);
            }
        }
        if let Some(place) = group.place(Controller::Memory).filter(|place| place.version == Version::V2) {
            // All of the job dies together: half a job is nobody's wish. Kernels before 4.19 have no such file.
            let _ = write(&place.dir.join("memory.oom.group"), "1");
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

    /// Keeps the group's files open from here on, in all clones that are made of it.
    pub(crate) fn hold_open(&mut self) {
        if !self.held.is_open() {
            self.held = Held::open();
        }
    }

    /// Returns the text of one of its files.
    ///
    /// # Errors
    /// As the kernel says.
    pub(super) fn read(&self, path: &Path) -> io::Result<String> {
        self.held.read(path)
    }

    /// Returns the number that stands alone in one of its files.
    pub(super) fn number(&self, path: &Path) -> Option<u64> {
        self.read(path).ok()?.trim().parse().ok()
    }

    /// Writes to one of its files, of those that are written for each run.
    ///
    /// # Errors
    /// As the kernel says.
    pub(super) fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        self.held.write(path, text)
    }

    /// Returns the file of one of its directories by which a process joins.
    ///
    /// # Errors
    /// With the file that could not be opened.
    pub(crate) fn procs(&self, dir: &Path) -> io::Result<Arc<File>> {
        self.opened(&dir.join("cgroup.procs"), Access::Write)
    }

    /// Returns one of its directories, open.
    ///
    /// # Errors
    /// With its path.
    pub(crate) fn directory(&self, dir: &Path) -> io::Result<Arc<File>> {
        self.opened(dir, Access::Read)
    }

    fn opened(&self, path: &Path, access: Access) -> io::Result<Arc<File>> {
        let failed =
            |e: io::Error| io::Error::new(e.kind(), format!("failed to open `{}`: {e}", path.display()));
        self.held.file(path, access).map_err(failed)
    }

    /// Returns where a controller's files are, if this host has it.
    pub(crate) fn place(&self, controller: Controller) -> Option<&Place> {
        self.places.get(&controller)
    }

    /// Returns the group's directory in version 2, if this host has it.
    pub(crate) fn unified(&self) -> Option<&Path> {
        self.unified.as_deref()
    }

    /// Sets the limits that are asked for, each read back, and lifts the others.
    ///
    /// # Errors
    /// The first limit that the kernel did not take.
    pub(crate) fn limit(&self, limits: &Limits) -> Result<Vec<Applied>, Refusal> {
        limits::apply(self, limits)
    }

    /// Returns the processes in the group; zombies are not among them.
    pub(crate) fn members(&self) -> Vec<i32> {
        // Of all hierarchies: a job that runs as root may have moved itself out of one of them.
        let mut all: Vec<i32> = self.dirs().into_iter().flat_map(members).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Returns true when the kernel says that nobody lives in the version 2 group or below it; false says nothing.
    pub(crate) fn nobody_lives(&self) -> bool {
        let events = self.unified.as_ref().and_then(|dir| self.read(&dir.join("cgroup.events")).ok());
        events.and_then(|text| keyed(&text, "populated")) == Some(0)
    }

    /// Sends a signal to each member once.
    pub(crate) fn signal(&self, signal: Signal) {
        for pid in self.members() {
            // Gone in between: that is what was wanted.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Opens what tells of the last member's end; `None` where the kernel does not tell (version 1).
    pub(crate) fn events(&self) -> Option<Events> {
        Events::open(self.unified.as_deref()?).ok()
    }

    /// Kills all members, those that they fork meanwhile included. Returns true when the group is empty.
    pub(crate) fn kill(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        let at_once = self.unified.as_ref().is_some_and(|dir| write(&dir.join("cgroup.kill"), "1").is_ok());
        if !at_once && let Some(place) = self.place(Controller::Pids) {
            // No more forks, so that the loop below comes to an end. Failing that, the loop is all there is.
            let _ = write(&place.dir.join("pids.max"), "0");
        }
        let events = self.events().filter(|_| at_once);
        let mut pause = LOOK_AGAIN;
        loop {
            if let Some(events) = &events {
                // Armed before the look below, so that an end in between wakes the wait.
                events.is_populated();
            }
            if self.members().is_empty() {
                return true;
            }
            // After `cgroup.kill` this finds only what had left that hierarchy, or is dying already.
            self.signal(Signal::SIGKILL);
            if Instant::now() >= deadline {
                return false;
            }
            match &events {
                Some(events) => events.wait(pause),
                None => thread::sleep(pause),
            }
            pause = (pause * 2).min(LOOK_AGAIN_MAX);
        }
    }

    /// Removes the group's directories. Returns true when they are gone; what does not become free in time stays
    /// for the next sweep, and is logged.
    pub(crate) fn remove(&self) -> bool {
        self.held.let_go();
        let mut gone = true;
        for dir in self.dirs() {
            gone &= remove_dir(dir);
        }
        gone
    }
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
    use super::*;

    fn made() -> (tempfile::TempDir, Group) {
        let root = tempfile::tempdir().unwrap();
        let group = Group::make("slot-0", Some(root.path()), &BTreeMap::new()).unwrap();
        (root, group)
    }

    #[test]
    fn members_below_the_group_belong_to_it() {
        let (_root, group) = made();
        let dir = group.dirs()[0].to_owned();
        fs::create_dir(dir.join("sub")).unwrap();
        fs::write(dir.join("cgroup.procs"), "12\n0\n").unwrap();
        fs::write(dir.join("sub/cgroup.procs"), "34\n").unwrap();
        assert_eq!(group.members(), [12, 34]);
    }

    #[test]
    fn a_group_read_back_from_text_is_the_same_and_touches_nothing() {
        let (root, group) = made();
        let text = serde_json::to_string(&group).unwrap();
        group.remove();
        assert_eq!(serde_json::from_str::<Group>(&text).unwrap(), group);
        assert!(!root.path().join("slot-0").exists());
    }
}
