//! What a host process gives up before it touches anything of a job: privileges, descriptors, resources.
//!
//! It begins as a copy of the worker's binary with an empty environment and its end of the line, and with one thread,
//! so that it can do all of this itself, in order, before anything could run beside it.
//!
//! Not here: what guests are kept from (the engine and `grants`); this is for the case that one breaks out of it.

use std::fs;
use std::io;
use std::path::PathBuf;

use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Uid, close, setgroups, setresgid, setresuid, setsid};
use serde::{Deserialize, Serialize};

use crate::shell::Ids;

/// When the machine is out of memory, this goes before the worker and its stores.
const OOM_SCORE: &str = "500";
/// Standard streams; all above are closed.
const STREAMS: i32 = 2;

/// What a process gives up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in crate::wasm) struct Confinement {
    /// Whom it becomes; nobody else when absent.
    pub(super) ids: Option<Ids>,
    /// The directories of the control groups that it joins.
    pub(super) groups: Vec<PathBuf>,
    /// Most descriptors at one time.
    pub(super) files: Option<u64>,
    /// Most bytes of its address space.
    pub(super) address_space: Option<u64>,
    /// Most processor time, in seconds.
    pub(super) cpu_seconds: Option<u64>,
}

impl Confinement {
    /// Returns a process that becomes this user, or stays who it is.
    pub(in crate::wasm) fn to(ids: Option<Ids>) -> Self {
        Self { ids, ..Self::default() }
    }

    /// Returns the same with bounds on address space and processor time.
    pub(in crate::wasm) fn within(self, address_space: u64, cpu_seconds: u64) -> Self {
        Self { address_space: Some(address_space), cpu_seconds: Some(cpu_seconds), ..self }
    }

    /// Gives all of it up, for this process and all threads that it will have.
    ///
    /// # Errors
    /// With what could not be given up; then the process must end.
    pub(super) fn apply(&self) -> io::Result<()> {
        let failed = |what: &str, e: io::Error| io::Error::new(e.kind(), format!("failed to {what}: {e}"));
        for dir in &self.groups {
            let join = dir.join("cgroup.procs");
            fs::write(&join, "0").map_err(|e| failed(&format!("write `{}`", join.display()), e))?;
        }
        // Some containers forbid it; it only sets an order.
        let _ = fs::write("/proc/self/oom_score_adj", OOM_SCORE);
        self.limit_resources().map_err(|e| failed("limit its resources", e))?;
        if let Some(ids) = &self.ids {
            become_user(ids).map_err(|e| failed(&format!("become user id {}", ids.uid), e))?;
        }
        on_its_own()?;
        prctl::set_no_new_privs()?;
        // After the change of user, which clears it. The parent may be gone by now: then the line is closed as well.
        prctl::set_pdeathsig(Signal::SIGKILL)?;
        umask(Mode::from_bits_truncate(0o077));
        Ok(())
    }

    fn limit_resources(&self) -> io::Result<()> {
        // A core would hold what guests were given.
        setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
        let bounds = [
            (Resource::RLIMIT_NOFILE, self.files),
            (Resource::RLIMIT_AS, self.address_space),
            (Resource::RLIMIT_CPU, self.cpu_seconds),
        ];
        for (resource, bound) in bounds {
            let Some(bound) = bound else { continue };
            let (_, hard) = getrlimit(resource)?;
            let bound = bound.min(hard);
            setrlimit(resource, bound, bound)?;
        }
        Ok(())
    }
}

/// Leaves the worker's session, and lets the signals of its terminal and of service managers pass: a worker that is told
/// to end may still wait for its runs, and takes this process with it when it goes.
fn on_its_own() -> io::Result<()> {
    // A leader already has a session of its own.
    let _ = setsid();
    let mut passed = SigSet::empty();
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM, Signal::SIGQUIT] {
        passed.add(signal);
    }
    // Of all threads that it will have.
    Ok(passed.thread_block()?)
}

fn become_user(ids: &Ids) -> io::Result<()> {
    let groups: Vec<Gid> = ids.groups.iter().copied().map(Gid::from_raw).collect();
    let (uid, gid) = (Uid::from_raw(ids.uid), Gid::from_raw(ids.gid));
    setgroups(&groups)?;
    setresgid(gid, gid, gid)?;
    // From root to another: the kernel takes all capabilities with it.
    setresuid(uid, uid, uid)?;
    if !uid.is_root() && setresuid(Uid::from_raw(0), Uid::from_raw(0), Uid::from_raw(0)).is_ok() {
        return Err(io::Error::other("it could become root again"));
    }
    Ok(())
}

/// Closes every descriptor above the standard streams. Called first: none of them is anybody's in this process.
///
/// # Errors
/// When the list of descriptors cannot be read.
pub(super) fn close_others() -> io::Result<()> {
    let mut open = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        open.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    for fd in open.into_iter().filter(|fd| *fd > STREAMS) {
        // The listing's own descriptor is among them, and closed by now.
        let _ = close(fd);
    }
    Ok(())
}
