//! Writes limits through `cgroups-rs`, in groups that exist.
//!
//! The crate opens a group by `load` and knows the limits' files of both versions. It is told where the controllers
//! are by a hierarchy of ours, so mounts that it would not find are no matter, hybrid hosts included. It creates and
//! removes nothing, and its word is not taken: `limits` reads the file before (a missing one would be opened to be
//! created) and after (an error may be swallowed, or another path meant).

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use cgroups_rs::cpu::CpuController;
use cgroups_rs::memory::MemController;
use cgroups_rs::pid::PidController;
use cgroups_rs::{Cgroup, Hierarchy, MaxValue, Subsystem};

use super::group::{Controller, Group};
use super::mounts::Version;

/// The limits' files of one group.
pub(super) struct Files(Cgroup);

impl Files {
    /// Opens a group that exists; touches no file yet.
    pub(super) fn open(group: &Group) -> Self {
        let name =
            group.dirs().first().and_then(|dir| dir.file_name()).map(PathBuf::from).unwrap_or_default();
        Self(Cgroup::load(Box::new(Found::around(group)), name))
    }

    /// Writes one of the memory limits; `None` lifts it.
    pub(super) fn set_memory(&self, file: &str, bytes: Option<u64>) -> io::Result<()> {
        let memory: &MemController = self.0.controller_of().ok_or_else(absent)?;
        let with_swap = file.contains("memsw") || file.contains("swap");
        let done =
            if with_swap { memory.set_memswap_limit(signed(bytes)) } else { memory.set_limit(signed(bytes)) };
        done.map_err(|e| cause(&e))
    }

    /// Writes the most processes; `None` lifts it.
    pub(super) fn set_pids(&self, most: Option<u64>) -> io::Result<()> {
        let pids: &PidController = self.0.controller_of().ok_or_else(absent)?;
        let most = most.map_or(MaxValue::Max, |most| MaxValue::Value(signed(Some(most))));
        pids.set_pid_max(most).map_err(|e| cause(&e))
    }

    /// Writes the period of the processor quota, in microseconds (version 1).
    pub(super) fn set_period(&self, period: u64) -> io::Result<()> {
        self.cpu()?.set_cfs_period(period).map_err(|e| cause(&e))
    }

    /// Writes the processor quota, in microseconds (version 1); `None` lifts it.
    pub(super) fn set_quota(&self, quota: Option<u64>) -> io::Result<()> {
        self.cpu()?.set_cfs_quota(signed(quota)).map_err(|e| cause(&e))
    }

    /// Writes both at once (version 2).
    pub(super) fn set_quota_and_period(&self, quota: Option<u64>, period: u64) -> io::Result<()> {
        self.cpu()?.set_cfs_quota_and_period(Some(signed(quota)), Some(period)).map_err(|e| cause(&e))
    }

    fn cpu(&self) -> io::Result<&CpuController> {
        self.0.controller_of().ok_or_else(absent)
    }
}

/// The crate takes -1 for no limit.
fn signed(value: Option<u64>) -> i64 {
    value.map_or(-1, |value| i64::try_from(value).unwrap_or(i64::MAX))
}

fn absent() -> io::Error {
    io::Error::from(io::ErrorKind::Unsupported)
}

/// Returns the kernel's own error, which is what a refusal is told with.
fn cause(error: &cgroups_rs::error::Error) -> io::Error {
    let errno = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>())
        .and_then(io::Error::raw_os_error);
    errno.map_or_else(|| io::Error::other(error.to_string()), io::Error::from_raw_os_error)
}

/// The controllers of a slot, where `mounts` found them.
#[derive(Debug)]
struct Found {
    controllers: Vec<(Controller, PathBuf, Version)>,
}

impl Found {
    /// Returns the hierarchy in which `group` stands: the directories above its own.
    fn around(group: &Group) -> Self {
        let kinds = [Controller::Memory, Controller::Cpu, Controller::Pids];
        let found = kinds.into_iter().filter_map(|controller| {
            let place = group.place(controller)?;
            Some((controller, place.dir.parent()?.to_owned(), place.version))
        });
        Self { controllers: found.collect() }
    }
}

impl Hierarchy for Found {
    fn subsystems(&self) -> Vec<Subsystem> {
        let subsystem = |(controller, above, version): &(Controller, PathBuf, Version)| {
            let (above, v2) = (above.clone(), *version == Version::V2);
            match controller {
                Controller::Memory => Some(Subsystem::Mem(MemController::new(above, v2))),
                Controller::Cpu => Some(Subsystem::Cpu(CpuController::new(above, v2))),
                Controller::Pids => Some(Subsystem::Pid(PidController::new(above, v2))),
                Controller::Cpuacct => None,
            }
        };
        self.controllers.iter().filter_map(subsystem).collect()
    }

    fn root(&self) -> PathBuf {
        self.controllers.first().map(|(_, above, _)| above.clone()).unwrap_or_default()
    }

    fn root_control_group(&self) -> Cgroup {
        Cgroup::load(Box::new(Self { controllers: self.controllers.clone() }), Path::new(""))
    }

    fn parent_control_group(&self, _path: &str) -> Cgroup {
        // Slots stand right below their base.
        self.root_control_group()
    }

    fn v2(&self) -> bool {
        self.controllers.iter().all(|(_, _, version)| *version == Version::V2)
    }
}
