//! The one place with `unsafe`: starts a child that is contained before its first instruction, and reaps it.
//!
//! Between fork and exec the child joins its groups, becomes the leader of its own session, drops to its account,
//! closes every descriptor and takes the default signals, in this order. A step that fails is told by its stage
//! and errno through a pipe of its own, since the standard library tells the errno alone.
//!
//! Flow: `plan` → **`spawn`** → `supervise`. Not here: what to run, as whom and where (`plan`, `account`).
#![expect(
    unsafe_code,
    reason = "fork, exec and pidfds have no safe interface; every other file of the crate is safe"
)]

use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use model::outcome::Stage;
use nix::fcntl::OFlag;

/// What happens in the child before exec. Everything is prepared: the child allocates nothing.
#[derive(Debug)]
pub(super) struct Containment {
    /// The `cgroup.procs` files of the child's groups, open for writing.
    pub(super) joins: Vec<File>,
    /// The account to drop to; `None` keeps the worker's own.
    pub(super) account: Option<Ids>,
    /// Where to start, and whether `/` does instead when it is not there.
    pub(super) cwd: Cwd,
    /// False lets set-user-id programs gain privileges.
    pub(super) no_new_privs: bool,
    /// The one descriptor above 2 that the child keeps: its script.
    pub(super) script: Option<OwnedFd>,
}

/// A user with its groups, as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) uid: libc::uid_t,
    pub(super) gid: libc::gid_t,
    pub(super) groups: Vec<libc::gid_t>,
}

/// A directory to start in.
#[derive(Debug, Clone)]
pub(super) struct Cwd {
    pub(super) path: CString,
    pub(super) or_root: bool,
}

/// Why a child did not get to run its program.
#[derive(Debug)]
pub(super) struct SpawnError {
    pub(super) stage: Stage,
    pub(super) error: io::Error,
}

/// A child that runs, or has run and is not reaped yet, so that its pid is surely its own.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) pid: i32,
    pub(super) pidfd: OwnedFd,
}

/// How a child ended, and what the kernel counted for it and the children that it waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reaped {
    pub(super) status: i32,
    pub(super) user_ms: u64,
    pub(super) system_ms: u64,
    pub(super) rss_peak_kib: u64,
}

/// Stages as one byte on the pipe from the child.
const STAGES: [Stage; 4] = [Stage::Cgroup, Stage::User, Stage::Cwd, Stage::Exec];

/// Starts `command` contained. Its program, arguments, environment and standard streams are set already.
///
/// # Errors
/// The stage that failed and its errno; no process stays.
pub(super) fn spawn(mut command: Command, containment: Containment) -> Result<Child, SpawnError> {
    let host = |error: io::Error| SpawnError { stage: Stage::Exec, error };
    let (told, tell) = nix::unistd::pipe2(OFlag::O_CLOEXEC).map_err(|e| host(e.into()))?;
    let tell_fd = tell.as_raw_fd();
    let contain = move || {
        contain(&containment).map_err(|(stage, error)| {
            let code = [STAGES.iter().position(|s| *s == stage).map_or(3, |at| at as u8)];
            // SAFETY: writes one byte of a local array to a descriptor that the parent holds open until after spawn.
            unsafe { libc::write(tell_fd, code.as_ptr().cast(), 1) };
            error
        })
    };
    // SAFETY: `contain` runs between fork and exec. It makes system calls only, on memory and descriptors that
    // were prepared before the fork; it takes no lock and allocates nothing. `io::Error::last_os_error` holds a
    // number and no allocation.
    unsafe { command.pre_exec(contain) };
    let spawned = command.spawn();
    drop(tell);
    let stage = || {
        let mut code = [3u8];
        // Nothing was told: the step after the last of ours failed, which is exec.
        let _ = File::from(told).read(&mut code);
        STAGES.get(usize::from(code[0])).copied().unwrap_or(Stage::Exec)
    };
    let child = spawned.map_err(|error| SpawnError { stage: stage(), error })?;
    let pid = i32::try_from(child.id()).expect("a pid is positive");
    // The handle of the standard library is let go: it neither kills nor reaps when dropped.
    match pidfd_open(pid) {
        Ok(pidfd) => Ok(Child { pid, pidfd }),
        Err(error) => {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGKILL);
            let _ = reap(pid, true);
            Err(host(io::Error::new(error.kind(), format!("pidfd_open needs Linux 5.3: {error}"))))
        }
    }
}

/// The steps in the child. Invariant: async-signal-safe, see `spawn`.
fn contain(containment: &Containment) -> Result<(), (Stage, io::Error)> {
    let at = |stage| move || (stage, io::Error::last_os_error());
    for join in &containment.joins {
        // SAFETY: an open descriptor and a static byte. `0` means the process that writes.
        check(unsafe { libc::write(join.as_raw_fd(), c"0".as_ptr().cast(), 1) })
            .ok_or_else(at(Stage::Cgroup))?;
    }
    default_signals();
    // SAFETY: plain system calls on numbers and on memory that outlives them. The raw set-id calls change this
    // one thread, which is all that the child has.
    unsafe {
        // Cannot fail: a child that was just forked leads no group.
        libc::setsid();
        libc::umask(0o022);
        let no_core = libc::rlimit { rlim_cur: 0, rlim_max: libc::RLIM_INFINITY };
        let mut core = no_core;
        if libc::getrlimit(libc::RLIMIT_CORE, &raw mut core) == 0 {
            core.rlim_cur = 0;
            libc::setrlimit(libc::RLIMIT_CORE, &raw const core);
        }
        libc::prctl(libc::PR_SET_PDEATHSIG, 0);
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        if let Some(ids) = &containment.account {
            let groups = ids.groups.as_ptr();
            check(libc::syscall(libc::SYS_setgroups, ids.groups.len(), groups))
                .ok_or_else(at(Stage::User))?;
            check(libc::syscall(libc::SYS_setresgid, ids.gid, ids.gid, ids.gid))
                .ok_or_else(at(Stage::User))?;
            check(libc::syscall(libc::SYS_setresuid, ids.uid, ids.uid, ids.uid))
                .ok_or_else(at(Stage::User))?;
        }
        let cwd = &containment.cwd;
        if check(libc::chdir(cwd.path.as_ptr())).is_none() {
            let error = io::Error::last_os_error();
            if !cwd.or_root || libc::chdir(c"/".as_ptr()) != 0 {
                return Err((Stage::Cwd, error));
            }
        }
        if containment.no_new_privs {
            check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)).ok_or_else(at(Stage::User))?;
        }
    }
    close_on_exec(containment.script.as_ref().map(|fd| fd.as_raw_fd()));
    Ok(())
}

/// Gives every signal its default action and an empty mask: what the worker ignores or blocks is not the job's.
fn default_signals() {
    // SAFETY: zeros are the default action, and more of them than the kernel's structure is long on any machine of
    // 64 bits; asked directly, since the C library keeps signals 32 and 33 to itself. The zeroed set is made empty
    // before it is used. Signals that may not be changed refuse it, which is what we want.
    unsafe {
        let default = [0u64; 8];
        for signal in 1..=64 {
            libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), std::ptr::null::<u64>(), 8usize);
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Marks every descriptor above 2 to be closed at exec, all but `keep`.
fn close_on_exec(keep: Option<RawFd>) {
    // SAFETY: plain system calls on numbers; a number that is no descriptor is refused without effect.
    unsafe {
        if libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) != 0 {
            // Before Linux 5.11: one by one, as far as the limit on descriptors goes.
            let limit = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 1 << 20);
            for fd in 3..i32::try_from(limit).unwrap_or(1 << 20) {
                libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
            }
        }
        if let Some(fd) = keep {
            libc::fcntl(fd, libc::F_SETFD, 0);
        }
    }
}

/// Returns `None` for the -1 of a failed call.
fn check<T: Copy + PartialEq + From<i8>>(result: T) -> Option<()> {
    (result != T::from(-1)).then_some(())
}

/// Reaps the child `pid` if it has ended, or waits for that. `None` while it runs.
///
/// # Errors
/// When it is no child of ours or was reaped before.
pub(super) fn reap(pid: i32, wait: bool) -> io::Result<Option<Reaped>> {
    let flags = if wait { 0 } else { libc::WNOHANG };
    loop {
        let mut status = 0;
        // SAFETY: both out-pointers are valid for the call; a zeroed `rusage` is a valid value.
        let (pid, usage) = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            (libc::wait4(pid, &raw mut status, flags, &raw mut usage), usage)
        };
        if pid == -1 {
            let error = io::Error::last_os_error();
            if error.kind() == io::ErrorKind::Interrupted {
                continue;
            }
            return Err(error);
        }
        let millis = |t: libc::timeval| t.tv_sec.unsigned_abs() * 1_000 + t.tv_usec.unsigned_abs() / 1_000;
        return Ok((pid != 0).then(|| Reaped {
            status,
            user_ms: millis(usage.ru_utime),
            system_ms: millis(usage.ru_stime),
            rss_peak_kib: usage.ru_maxrss.unsigned_abs(),
        }));
    }
}

/// Returns a descriptor that becomes readable when the process ends.
fn pidfd_open(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes two numbers and returns a descriptor that nobody else owns, or -1.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(OwnedFd::from_raw_fd(i32::try_from(fd).expect("a descriptor fits")))
    }
}
