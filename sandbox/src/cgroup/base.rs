//! Our own subtree of control groups, and what it can hold: tried out, not guessed.
//!
//! The base is a group of one name in each hierarchy, under the group of this process (or under the owner's
//! `cgroup_root`); every run's group stands under it. One data folder has one name, so what an earlier process
//! of the same folder left is found and swept.
//!
//! Not here: what a run does in its group (`group`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::host_note::HostNote;
use model::limits::{LimitName, Limits};
use model::quantity::{ByteSize, CpuShare};
use nix::unistd::geteuid;

use super::abandoned;
use super::above;
use super::caps;
use super::group::{Controller, Group, Place, by, write};
use super::mounts::{Hierarchy, Version, parse};
use super::pool::index_of;
use super::removal::{kill_leftovers, sub_dirs};

/// Most time that what an earlier process left is given to die.
const SWEEP_WITHIN: Duration = Duration::from_secs(10);
/// Where the processes of a delegated version 2 subtree stand beside our groups: a group with controllers holds
/// no processes itself.
const LEAF: &str = "supervisor";

/// Our own subtree.
#[derive(Debug)]
pub(crate) struct Base {
    unified: Option<PathBuf>,
    held: BTreeMap<Controller, Place>,
    refused: BTreeMap<Controller, String>,
    notes: Vec<HostNote>,
}

impl Base {
    /// Makes the base `name`, sweeps what an earlier process left in it except the slots of `living`, and tries out
    /// what it can hold. `proc` is `/proc`; tests give a folder of their own.
    pub(crate) fn open(proc: &Path, root: Option<&Path>, name: &str, living: &BTreeSet<u32>) -> Self {
        let read = |file: &str| fs::read_to_string(proc.join("self").join(file)).unwrap_or_default();
        let hierarchies = parse(&read("mountinfo"), &read("cgroup"));
        let mut base =
            Self { unified: None, held: BTreeMap::new(), refused: BTreeMap::new(), notes: Vec::new() };
        let inner = root.map(|root| below_mount(root, &hierarchies));
        for hierarchy in hierarchies.iter().filter(|h| h.version == Version::V1) {
            base.take_v1(hierarchy, inner.as_deref(), name);
        }
        if let Some(hierarchy) = hierarchies.iter().find(|h| h.version == Version::V2) {
            base.take_v2(hierarchy, inner.as_deref(), name);
        }
        base.sweep(living);
        base.leave_cpuacct();
        base.cap(proc, None);
        base.try_out();
        base
    }

    /// Says at the base in which folder its worker works, and removes the empty ones beside it whose workers are gone, which
    /// `unused` finds out: it gives a lock on a folder in which nobody works.
    pub(crate) fn belongs_to<L>(&self, runs: &Path, unused: impl Fn(&Path) -> Option<L>) {
        let mut swept = 0;
        for dir in self.dirs() {
            abandoned::claim(dir, runs);
            swept += abandoned::sweep(dir, &unused);
        }
        if swept > 0 {
            tracing::info!("removed {swept} groups of workers that are gone");
        }
    }

    /// Returns true when this host gives us no group at all.
    pub(crate) fn is_none(&self) -> bool {
        self.unified.is_none() && self.held.is_empty()
    }

    /// Makes the group of one run.
    ///
    /// # Errors
    /// With the path that could not be made.
    pub(crate) fn group(&self, name: &str) -> io::Result<Group> {
        Group::make(name, self.unified.as_deref(), &self.held)
    }

    /// Returns by what a controller holds its limit.
    ///
    /// # Errors
    /// Why it cannot, with the path and the errno.
    pub(crate) fn holds(&self, controller: Controller) -> Result<String, String> {
        match self.held.get(&controller) {
            Some(place) => Ok(by(place, controller)),
            None => Err(self.refused.get(&controller).cloned().unwrap_or_else(|| {
                format!("no control group hierarchy with the `{}` controller is mounted", controller.name())
            })),
        }
    }

    /// Caps what all jobs together take: `reserve` of the host's memory is kept back (a tenth by default). What cannot
    /// be capped is a note, and jobs run all the same.
    pub(crate) fn cap(&mut self, proc: &Path, reserve: Option<ByteSize>) {
        self.notes = caps::apply(proc, &self.held, reserve);
    }

    /// Returns what the owner should know of it.
    pub(crate) fn notes(&self) -> &[HostNote] {
        &self.notes
    }

    /// Returns how the end of every process of a run is made sure.
    pub(crate) fn kill_words(&self) -> &'static str {
        if self.unified.as_ref().is_some_and(|dir| !is_top(dir) && dir.join("cgroup.kill").exists()) {
            "cgroup.kill"
        } else if self.held.contains_key(&Controller::Pids) {
            "control group: no more forks, then a kill loop"
        } else {
            "control group: a kill loop"
        }
    }

    /// Gives up the whole base, because a child could not join it.
    pub(crate) fn give_up(&mut self, why: &str) {
        self.remove();
        for (controller, _) in std::mem::take(&mut self.held) {
            self.refused.insert(controller, why.to_owned());
        }
        self.unified = None;
    }

    fn take_v1(&mut self, hierarchy: &Hierarchy, inner: Option<&Path>, name: &str) {
        let all = [Controller::Memory, Controller::Cpu, Controller::Cpuacct, Controller::Pids];
        let ours: Vec<_> =
            all.into_iter().filter(|c| hierarchy.controllers.iter().any(|n| n == c.name())).collect();
        if ours.is_empty() {
            return;
        }
        let made = make_dir(&parent(hierarchy, inner), name);
        for controller in ours {
            match &made {
                Ok(dir) => {
                    let place = Place { dir: dir.clone(), version: Version::V1 };
                    self.held.insert(controller, place);
                }
                Err(why) => {
                    self.refused.insert(controller, why.clone());
                }
            }
        }
    }

    fn take_v2(&mut self, hierarchy: &Hierarchy, inner: Option<&Path>, name: &str) {
        let wanted: Vec<_> = [Controller::Memory, Controller::Cpu, Controller::Pids]
            .into_iter()
            .filter(|c| !self.held.contains_key(c))
            .collect();
        let mut best: Option<(PathBuf, Vec<Controller>)> = None;
        for parent in v2_parents(hierarchy, inner) {
            // The top of a host's tree is the init system's to configure, unless its owner names it.
            let may_enable = inner.is_some() || parent != hierarchy.mount;
            let (dir, got) = match make_v2(&parent, name, &wanted, may_enable) {
                Ok(made) => made,
                Err(why) => {
                    for controller in &wanted {
                        self.refused.entry(*controller).or_insert_with(|| why.clone());
                    }
                    continue;
                }
            };
            if best.as_ref().is_none_or(|(_, most)| got.len() > most.len()) {
                if let Some((worse, _)) = best.replace((dir, got)) {
                    let _ = fs::remove_dir(worse);
                }
            } else {
                let _ = fs::remove_dir(dir);
            }
            if best.as_ref().is_some_and(|(_, got)| got.len() == wanted.len()) {
                break;
            }
        }
        if let Some((dir, got)) = best {
            for controller in wanted {
                if got.contains(&controller) {
                    let place = Place { dir: dir.clone(), version: Version::V2 };
                    self.held.insert(controller, place);
                } else {
                    self.refused.entry(controller).or_insert_with(|| {
                        let (path, name) = (dir.display(), controller.name());
                        format!(
                            "the group `{path}` does not get the `{name}` controller from the groups above it"
                        )
                    });
                }
            }
            self.unified = Some(dir);
        }
    }

    /// Does without a hierarchy that only counts processor time where the version 2 group counts it too: each that a run
    /// joins costs every start.
    fn leave_cpuacct(&mut self) {
        let Some(place) = self.held.get(&Controller::Cpuacct) else { return };
        let shared = self.held.iter().any(|(other, at)| *other != Controller::Cpuacct && at.dir == place.dir);
        let counted = self.unified.as_ref().is_some_and(|dir| dir.join("cpu.stat").exists());
        // With slots of an earlier process in it, it stays until they are gone.
        if !shared && counted && remove_own(&place.dir) {
            self.held.remove(&Controller::Cpuacct);
        }
    }

    fn dirs(&self) -> Vec<&Path> {
        let mut dirs: Vec<&Path> = self.unified.as_deref().into_iter().collect();
        dirs.extend(self.held.values().map(|place| place.dir.as_path()));
        dirs.sort();
        dirs.dedup();
        dirs
    }

    /// Kills and removes the groups of an earlier process, except the slots in which a run goes on.
    fn sweep(&self, living: &BTreeSet<u32>) {
        for dir in self.dirs() {
            let spared = |path: &PathBuf| {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                index_of(name).is_some_and(|index| living.contains(&index))
            };
            let left: Vec<_> = sub_dirs(dir).into_iter().filter(|path| !spared(path)).collect();
            if !left.is_empty() {
                tracing::info!("sweeping {} groups of an earlier process in `{}`", left.len(), dir.display());
                kill_leftovers(&left, SWEEP_WITHIN);
            }
        }
    }

    /// Sets each limit on a group of its own; what the kernel does not take is not held.
    fn try_out(&mut self) {
        if self.is_none() {
            return;
        }
        let group = match self.group("probe") {
            Ok(group) => group,
            Err(e) => return self.give_up(&e.to_string()),
        };
        let tries = [
            (Controller::Memory, Limits { memory: Some(ByteSize::from_mib(64)), ..Limits::default() }),
            (Controller::Pids, Limits { pids: Some(64), ..Limits::default() }),
            (Controller::Cpu, Limits { cpu: Some(CpuShare::from_milli(500)), ..Limits::default() }),
        ];
        for (controller, limits) in tries {
            if !self.held.contains_key(&controller) {
                continue;
            }
            if let Err(refusal) = group.limit(&limits) {
                let (path, e) = (refusal.path.display(), refusal.error);
                self.refused.insert(controller, format!("failed to write `{path}`: {e}"));
                self.held.remove(&controller);
            }
        }
        group.remove();
    }

    /// Removes its own directories, if no group stands in them.
    pub(super) fn remove(&self) {
        for dir in self.dirs() {
            // A run that goes on keeps it; the next process of this data folder takes it over.
            remove_own(dir);
        }
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Removes a base and what we made above it, if no group stands in them. Returns true when the base is gone.
fn remove_own(dir: &Path) -> bool {
    let gone = fs::remove_dir(dir).is_ok();
    if gone {
        above::leave(dir);
    }
    gone
}

/// Returns the controller that holds a limit, for those that a group holds.
pub(crate) fn controller_of(limit: LimitName) -> Option<Controller> {
    match limit {
        LimitName::Memory => Some(Controller::Memory),
        LimitName::Cpu => Some(Controller::Cpu),
        LimitName::Pids => Some(Controller::Pids),
        LimitName::Timeout | LimitName::Fuel | LimitName::Output => None,
    }
}

/// Returns the owner's root as a path below any mount: `/sys/fs/cgroup/a`, `/sys/fs/cgroup/memory/a` and `a` all
/// mean the group `a` in each hierarchy.
fn below_mount(root: &Path, hierarchies: &[Hierarchy]) -> PathBuf {
    // On hosts with several mounts the folder that holds them (`/sys/fs/cgroup`) is no group itself.
    let tops = hierarchies.iter().flat_map(|h| [Some(h.mount.as_path()), h.mount.parent()]).flatten();
    let shortest = tops
        .filter(|top| *top != Path::new("/"))
        .filter_map(|top| root.strip_prefix(top).ok())
        .min_by_key(|inner| inner.components().count());
    shortest.unwrap_or_else(|| root.strip_prefix("/").unwrap_or(root)).to_owned()
}

fn parent(hierarchy: &Hierarchy, inner: Option<&Path>) -> PathBuf {
    inner.map_or_else(|| hierarchy.own.clone(), |inner| hierarchy.mount.join(inner))
}

/// Returns the groups under which a version 2 base may stand, best first.
fn v2_parents(hierarchy: &Hierarchy, inner: Option<&Path>) -> Vec<PathBuf> {
    if inner.is_some() {
        return vec![parent(hierarchy, inner)];
    }
    let own = &hierarchy.own;
    let mut parents = Vec::new();
    // Started in the leaf of a delegated subtree: the subtree is ours.
    if own.file_name().is_some_and(|name| name == LEAF) {
        parents.extend(own.parent().map(Path::to_owned));
    }
    parents.push(own.clone());
    if geteuid().is_root() {
        parents.push(hierarchy.mount.clone());
    }
    parents.dedup();
    parents
}

fn make_dir(parent: &Path, name: &str) -> Result<PathBuf, String> {
    let dir = parent.join(name);
    match above::make(&dir) {
        Ok(()) => Ok(dir),
        Err(e) => Err(format!("failed to make `{}`: {e}", dir.display())),
    }
}

/// Makes a version 2 base and returns which of the wanted controllers its groups get.
fn make_v2(
    parent: &Path,
    name: &str,
    wanted: &[Controller],
    may_enable: bool,
) -> Result<(PathBuf, Vec<Controller>), String> {
    let dir = make_dir(parent, name)?;
    let missing = |dir: &Path| {
        let there = words(&dir.join("cgroup.controllers"));
        wanted.iter().any(|c| !there.iter().any(|name| name == c.name()))
    };
    if missing(&dir) && may_enable {
        enable(parent, wanted);
    }
    enable(&dir, wanted);
    let given = words(&dir.join("cgroup.subtree_control"));
    let got = wanted.iter().copied().filter(|c| given.iter().any(|name| name == c.name())).collect();
    Ok((dir, got))
}

/// Gives the groups below `dir` the wanted controllers, one by one so that one refusal costs only itself.
fn enable(dir: &Path, wanted: &[Controller]) {
    let control = dir.join("cgroup.subtree_control");
    let there = words(&dir.join("cgroup.controllers"));
    let on = words(&control);
    for controller in wanted {
        let has = |list: &[String]| list.iter().any(|name| name == controller.name());
        if has(&on) || !has(&there) {
            continue;
        }
        let line = format!("+{}", controller.name());
        if write(&control, &line).is_err() && step_aside(dir) {
            // What it refused was our own process in the group; what it refuses now is read back by who asked.
            let _ = write(&control, &line);
        }
    }
}

/// Moves this process and others of the same binary (its own helpers) into a leaf of `dir`, when nobody else is in it.
/// Returns true when it did.
fn step_aside(dir: &Path) -> bool {
    let binary = |pid: &str| fs::read_link(Path::new("/proc").join(pid).join("exe")).ok();
    let own = binary("self");
    let members = words(&dir.join("cgroup.procs"));
    if members.is_empty() || own.is_none() || members.iter().any(|pid| binary(pid) != own) {
        return false;
    }
    let leaf = dir.join(LEAF);
    let moves = |pid: &String| write(&leaf.join("cgroup.procs"), pid).is_ok();
    fs::create_dir_all(&leaf).is_ok() && members.iter().all(moves)
}

fn words(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// Returns true for the top of a hierarchy, which cannot be killed.
fn is_top(dir: &Path) -> bool {
    !dir.join("cgroup.type").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host made of files: `/proc/self/{mountinfo,cgroup}` and the mounts that they name.
    fn host(mounts: &[(&str, &str)], own: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let at = |mount: &str| root.path().join(mount);
        let mut lines = String::new();
        for (mount, kind) in mounts {
            fs::create_dir_all(at(mount)).unwrap();
            lines.push_str(&format!("30 23 0:26 / {} rw - {kind}\n", at(mount).display()));
        }
        fs::create_dir_all(at("proc/self")).unwrap();
        fs::write(at("proc/self/mountinfo"), lines).unwrap();
        fs::write(at("proc/self/cgroup"), own).unwrap();
        root
    }

    #[test]
    fn a_host_without_groups_holds_nothing_and_says_so() {
        let root = host(&[], "");
        let base = Base::open(&root.path().join("proc"), None, "sandglass-a", &BTreeSet::new());
        assert!(base.is_none());
        assert!(base.holds(Controller::Memory).unwrap_err().contains("`memory` controller"));
    }

    #[test]
    fn a_limit_whose_file_is_not_there_is_not_held() {
        // A folder of plain files: groups can be made in it, but no limit can be written.
        let root = host(&[("memory", "cgroup cgroup rw,memory")], "4:memory:/own\n");
        let base = Base::open(&root.path().join("proc"), None, "sandglass-a", &BTreeSet::new());
        let why = base.holds(Controller::Memory).unwrap_err();
        assert!(why.contains("memory/own/sandglass-a/probe/memory.limit_in_bytes"), "{why}");
    }

    #[test]
    fn a_version_2_base_without_controllers_still_kills() {
        let root = host(&[("unified", "cgroup2 cgroup2 rw")], "0::/\n");
        let base = Base::open(&root.path().join("proc"), None, "sandglass-a", &BTreeSet::new());
        assert!(!base.is_none());
        assert!(base.holds(Controller::Pids).unwrap_err().contains("does not get the `pids` controller"));
        assert!(root.path().join("unified/sandglass-a").exists());
        drop(base);
        assert!(!root.path().join("unified/sandglass-a").exists(), "an empty base goes with its process");
    }

    #[test]
    fn the_owners_root_names_the_same_group_in_each_hierarchy() {
        let mounts = [("memory", "cgroup cgroup rw,memory"), ("unified", "cgroup2 cgroup2 rw")];
        let root = host(&mounts, "4:memory:/own\n0::/\n");
        let asked = root.path().join("memory/jobs");
        let hierarchies = parse(
            &fs::read_to_string(root.path().join("proc/self/mountinfo")).unwrap(),
            "4:memory:/own\n0::/\n",
        );
        assert_eq!(below_mount(&asked, &hierarchies), Path::new("jobs"));
        assert_eq!(below_mount(&root.path().join("jobs"), &hierarchies), Path::new("jobs"));
        assert_eq!(below_mount(Path::new("jobs"), &hierarchies), Path::new("jobs"));
        assert_eq!(below_mount(Path::new("/jobs/a"), &hierarchies), Path::new("jobs/a"));
    }
}
