//! Tries out what this host lets a child do, with a program that does nothing: join a group, have places of its own.
//!
//! The same program in a group that stands tells a bench what of a run is the kernel's alone.
//!
//! Not here: limits (`cgroup::base` tries them out).

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

use libc::c_int;
use model::outcome::Stage;
use nix::unistd::geteuid;

use super::contain::{Containment, Cwd, Joins, Places};
use super::program::Program;
use super::spawn::{SpawnError, reap, spawn};
use crate::cgroup::{Base, Group};

/// Lets a child join a group of ours: who may make a group may still not be allowed to move a process into it.
pub(crate) fn join(base: &Base) -> Result<(), String> {
    if base.is_none() {
        return Ok(());
    }
    let group = base.group("probe").map_err(|e| e.to_string())?;
    let joined =
        Joins::open(&group).map_err(|e| e.to_string()).and_then(|joins| match start(&joins, None, 0) {
            Err(e) if e.stage == Stage::Cgroup => {
                let dirs: Vec<_> = group.dirs().iter().map(|dir| dir.display().to_string()).collect();
                Err(format!("a child may not join `{}`: {}", dirs.join("`, `"), e.error))
            }
            // It joined; a host without `/bin/true` is none of our business.
            _ => Ok(()),
        });
    group.remove();
    joined
}

/// A group of its own, to measure what a run costs before anything is done for it.
#[derive(Debug)]
pub struct Bare {
    group: Option<Group>,
    joins: Joins,
}

impl Bare {
    pub(super) fn make(base: &Base) -> io::Result<Self> {
        let group = if base.is_none() { None } else { Some(base.group("bare")?) };
        let joins = group.as_ref().map_or_else(|| Ok(Joins::default()), Joins::open);
        Ok(Self { joins: joins?, group })
    }

    /// Starts `/bin/true` in the group and waits for it: a clone, the joins and an exec, without folder, account,
    /// limits, output or outcome. Blocks.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn run(&self) -> io::Result<()> {
        start(&self.joins, None, 0).map_err(|e| e.error)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        if let Some(group) = &self.group {
            group.remove();
        }
    }
}

/// Starts a program that does nothing, and waits for it.
fn start(joins: &Joins, places: Option<&Places>, apart: c_int) -> Result<(), SpawnError> {
    let here = |error| SpawnError { stage: Stage::Exec, error };
    let null = File::options().read(true).write(true).open("/dev/null").map_err(here)?;
    let program = Program::find("/bin/true", &[], &BTreeMap::new()).map_err(here)?;
    let containment = Containment {
        joins,
        streams: [null.as_fd(); 3],
        script: None,
        account: None,
        places,
        own_proc: apart != 0,
        apart,
        cwd: &Cwd { path: c"/".to_owned(), or_root: false },
        no_new_privs: true,
    };
    let child = spawn(&program, &containment)?;
    reap(child.pid, true).map(drop).map_err(here)
}

/// Gives a child places of its own: root in a container may still not be allowed to mount.
///
/// # Errors
/// Why it cannot have them.
pub(super) fn own_places() -> Result<(), String> {
    match start(&Joins::default(), Some(&Places::of(None)), 0) {
        Err(e) if e.stage == Stage::Mounts => {
            Err(format!("this host refuses mounts to the worker: {}", e.error))
        }
        _ => Ok(()),
    }
}

/// Gives a child a process namespace and a `/proc` of its own, as an ordinary user within a user namespace.
///
/// # Errors
/// Why it cannot have them.
pub(super) fn own_namespace() -> Result<(), String> {
    let user = !geteuid().is_root();
    let apart = libc::CLONE_NEWPID | if user { libc::CLONE_NEWUSER } else { 0 };
    match start(&Joins::default(), None, apart) {
        Ok(()) => Ok(()),
        Err(e) if e.stage == Stage::Mounts => {
            Err(format!("this host refuses it a `/proc` of its own: {}", e.error))
        }
        Err(e) if user => Err(format!("this host refuses user namespaces to ordinary users: {}", e.error)),
        Err(e) => Err(format!("this host refuses process namespaces to the worker: {}", e.error)),
    }
}
