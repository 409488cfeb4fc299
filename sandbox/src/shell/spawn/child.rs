//! The child between clone and exec: joins its groups, leads its own session, drops to its account, closes every
//! descriptor, takes the default signals, and executes. A step that fails is told by its stage and errno.
//!
//! Flow: `spawn` prepares a `Setup` and makes the child → **`enter`**. The invariants stand in `spawn`.

use std::ffi::CStr;
use std::fs;
use std::os::fd::RawFd;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use libc::{c_char, c_int, c_void};
use model::outcome::Stage;

use super::mask;
use crate::shell::contain::{Cwd, Ids, Places};

/// Open files that a job may have unless it asks for more: what `select` can hold, as a login has it.
const OPEN_FILES: libc::rlim_t = 1024;
/// Where a process says how gladly it is killed when the machine has no memory left, and what most say.
const OOM_SCORE_FILE: &CStr = c"/proc/self/oom_score_adj";
const OOM_SCORE: &CStr = c"0";

/// All that the child reads.
pub(super) struct Setup<'a> {
    pub(super) report: &'a Report,
    pub(super) joins: &'a [RawFd],
    pub(super) streams: [RawFd; 3],
    pub(super) keep: Option<RawFd>,
    pub(super) account: Option<&'a Ids>,
    pub(super) places: Option<&'a Places>,
    pub(super) own_proc: bool,
    pub(super) apart: c_int,
    pub(super) cwd: &'a Cwd,
    pub(super) no_new_privs: bool,
    /// What [`is_spared`] says, asked before there is a child.
    pub(super) spared: bool,
    pub(super) candidates: &'a [*const c_char],
    pub(super) arguments: *const *const c_char,
    pub(super) environment: *const *const c_char,
}

/// Where the child is, and why it went no further.
#[repr(C)]
pub(super) struct Report {
    step: AtomicUsize,
    errno: AtomicI32,
}

/// What the child does, in order; the change of user has a second part after it entered its directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Step {
    Joining,
    Preparing,
    Mounting,
    ChangingUser,
    Entering,
    Executing,
}

impl Step {
    const ALL: [Self; 6] =
        [Self::Joining, Self::Preparing, Self::Mounting, Self::ChangingUser, Self::Entering, Self::Executing];

    /// Returns the stage of a start that failed here.
    pub(super) fn stage(self) -> Stage {
        match self {
            Self::Joining => Stage::Cgroup,
            Self::Mounting => Stage::Mounts,
            Self::ChangingUser => Stage::User,
            Self::Entering => Stage::Cwd,
            Self::Preparing | Self::Executing => Stage::Exec,
        }
    }
}

impl Report {
    /// Returns why the child went no further; zero when nothing failed.
    pub(super) fn errno(&self) -> c_int {
        self.errno.load(Ordering::Acquire)
    }

    /// Tells why the child goes no further.
    pub(super) fn fail(&self, errno: c_int) {
        self.errno.store(errno, Ordering::Release);
    }

    fn at(&self, step: Step) {
        self.step.store(step as usize, Ordering::Release);
    }

    /// Returns the step to which the child has come.
    pub(super) fn step(&self) -> Step {
        Step::ALL.get(self.step.load(Ordering::Acquire)).copied().unwrap_or(Step::Executing)
    }
}

/// The child. Goes through its steps and into its program, or tells why not and ends.
pub(super) extern "C" fn enter(argument: *mut c_void) -> c_int {
    // SAFETY: `start` gives a `Setup` that outlives this.
    let setup = unsafe { &*argument.cast::<Setup<'_>>() };
    if let Err(errno) = contain(setup) {
        setup.report.fail(errno);
    }
    // SAFETY: ends this process at once: no handler of the worker's runs.
    unsafe { libc::_exit(127) }
}

/// The steps in the child; returns only when one fails. Invariants: see the head of this file.
pub(super) fn contain(setup: &Setup<'_>) -> Result<(), c_int> {
    let at = |step: Step| setup.report.at(step);
    join(setup.report, setup.joins)?;
    at(Step::Preparing);
    default_signals();
    own_session();
    if setup.spared {
        be_no_exception();
    }
    for (stream, fd) in (0..).zip(setup.streams) {
        // SAFETY: numbers; all three are above what is overwritten.
        check(unsafe { libc::dup3(fd, stream, 0) })?;
    }
    at(Step::Mounting);
    if setup.places.is_some() || setup.own_proc {
        own_mounts()?;
    }
    if let Some(places) = setup.places {
        own_places(places)?;
    }
    if setup.own_proc {
        own_proc()?;
    }
    at(Step::ChangingUser);
    if let Some(ids) = setup.account {
        change_user(ids)?;
    }
    at(Step::Entering);
    // SAFETY: a prepared string.
    if let Err(errno) = check(unsafe { libc::chdir(setup.cwd.path.as_ptr()) })
        && (!setup.cwd.or_root || check(unsafe { libc::chdir(c"/".as_ptr()) }).is_err())
    {
        return Err(errno);
    }
    at(Step::ChangingUser);
    if setup.no_new_privs {
        // SAFETY: numbers.
        check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })?;
    }
    close_on_exec(setup.keep);
    at(Step::Executing);
    // Nothing can reach a handler any more. A signal that waited ends the child here, as it would after exec.
    mask(0, ptr::null_mut());
    Err(execute(setup))
}

/// Joins the groups into whose files this writes.
pub(super) fn join(report: &Report, joins: &[RawFd]) -> Result<(), c_int> {
    report.at(Step::Joining);
    for join in joins {
        // SAFETY: an open descriptor and a static byte. `0` means the process that writes.
        check(unsafe { libc::write(*join, c"0".as_ptr().cast(), 1) })?;
    }
    Ok(())
}

/// Returns the errno of the candidate that came closest: one that may not be executed says more than one that is not
/// there.
fn execute(setup: &Setup<'_>) -> c_int {
    let mut worst = libc::ENOENT;
    for path in setup.candidates {
        // SAFETY: prepared strings and null-terminated vectors of them.
        unsafe { libc::execve(*path, setup.arguments, setup.environment) };
        match errno() {
            libc::ENOENT | libc::ENOTDIR => {}
            libc::EACCES => worst = libc::EACCES,
            other => return other,
        }
    }
    worst
}

/// Leaves the worker's session, terminal, file mask and limits behind.
fn own_session() {
    // SAFETY: plain system calls on numbers and on memory that outlives them. None of them can fail in a way that
    // matters: a child leads no group yet, and who may not read its limits may not change them.
    unsafe {
        libc::setsid();
        libc::umask(0o022);
        for (resource, soft) in [(libc::RLIMIT_CORE, 0), (libc::RLIMIT_NOFILE, OPEN_FILES)] {
            let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            if libc::getrlimit(resource, &raw mut limit) == 0 {
                limit.rlim_cur = soft.min(limit.rlim_max);
                libc::setrlimit(resource, &raw const limit);
            }
        }
        libc::prctl(libc::PR_SET_PDEATHSIG, 0);
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    }
}

/// Returns true when this process is to be killed later than others once the machine has no memory left, as the owner of
/// a worker may want it and a child would inherit it.
pub(super) fn is_spared() -> bool {
    static SPARED: OnceLock<bool> = OnceLock::new();
    *SPARED.get_or_init(|| {
        let score = OOM_SCORE_FILE.to_str().ok().and_then(|file| fs::read_to_string(file).ok());
        score.and_then(|text| text.trim().parse::<i32>().ok()).is_some_and(|score| score < 0)
    })
}

/// Gives up what [`is_spared`] tells; anybody may. It is an order among processes and no bound, so a kernel that does not
/// let us is not asked again.
fn be_no_exception() {
    // SAFETY: static strings, and a descriptor of this process's own.
    unsafe {
        let file = libc::open(OOM_SCORE_FILE.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if file >= 0 {
            libc::write(file, OOM_SCORE.as_ptr().cast(), OOM_SCORE.count_bytes());
            libc::close(file);
        }
    }
}

/// From here on no other process sees what is mounted; and what the host unmounts is not kept busy by a long job.
fn own_mounts() -> Result<(), c_int> {
    // SAFETY: numbers and static strings.
    unsafe {
        check(libc::unshare(libc::CLONE_NEWNS))?;
        let (flags, none) = (libc::MS_REC | libc::MS_SLAVE, ptr::null());
        check(libc::mount(none, c"/".as_ptr(), none, flags, none.cast()))
    }
}

/// Puts a `/proc` of its own namespace over the host's.
fn own_proc() -> Result<(), c_int> {
    let (kind, flags) = (c"proc".as_ptr(), libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC);
    // SAFETY: numbers and static strings.
    check(unsafe { libc::mount(kind, c"/proc".as_ptr(), kind, flags, ptr::null()) })
}

/// Puts memory of its own over `/tmp` and `/dev/shm`, where no other process sees it.
fn own_places(places: &Places) -> Result<(), c_int> {
    // SAFETY: numbers, static strings and a prepared one.
    unsafe {
        check(libc::unshare(libc::CLONE_NEWIPC))?;
        for place in [c"/tmp", c"/dev/shm"] {
            let (kind, flags) = (c"tmpfs".as_ptr(), libc::MS_NOSUID | libc::MS_NODEV);
            let mounted =
                check(libc::mount(kind, place.as_ptr(), kind, flags, places.options.as_ptr().cast()));
            // A host without the directory has nothing there that could be shared.
            if mounted != Err(libc::ENOENT) {
                mounted?;
            }
        }
    }
    Ok(())
}

/// Drops to an account. The calls are the kernel's own: those of the C library change every thread of the worker.
fn change_user(ids: &Ids) -> Result<(), c_int> {
    /// `_LINUX_CAPABILITY_VERSION_3`
    const VERSION: u32 = 0x2008_0522;
    // SAFETY: numbers, and memory that outlives the calls.
    unsafe {
        check(libc::syscall(libc::SYS_setgroups, ids.groups.len(), ids.groups.as_ptr()))?;
        check(libc::syscall(libc::SYS_setresgid, ids.gid, ids.gid, ids.gid))?;
        check(libc::syscall(libc::SYS_setresuid, ids.uid, ids.uid, ids.uid))?;
        if ids.uid != 0 {
            // Gone with the change, unless the worker was started with bits that keep them.
            let (header, none) = ([VERSION, 0], [0u32; 6]);
            check(libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()))?;
        }
    }
    Ok(())
}

/// Gives every signal its default action: what the worker ignores or handles is not the job's.
fn default_signals() {
    // SAFETY: zeros are the default action, and more of them than the kernel's structure is long on any machine of
    // 64 bits; asked directly, since the C library keeps signals 32 and 33 to itself. Signals that may not be changed
    // refuse it, which is what we want.
    unsafe {
        let default = [0u64; 8];
        for signal in 1..=64 {
            libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), ptr::null::<u64>(), 8usize);
        }
    }
}

/// Closes every descriptor above 2 that is not among `kept`. Before Linux 5.9 they stay open until exec.
pub(super) fn close_all_but(mut kept: Vec<RawFd>) {
    kept.sort_unstable();
    let mut next = libc::STDERR_FILENO + 1;
    for fd in kept.into_iter().chain([RawFd::MAX]) {
        if fd > next {
            // SAFETY: numbers; what owned these descriptors is never dropped in this process, which does not return.
            unsafe { libc::syscall(libc::SYS_close_range, next, fd - 1, 0) };
        }
        next = next.max(fd.saturating_add(1));
    }
}

/// Marks every descriptor above 2 to be closed at exec, all but `keep`.
fn close_on_exec(keep: Option<RawFd>) {
    // SAFETY: plain system calls on numbers; a number that is no descriptor is refused without effect.
    unsafe {
        if libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) != 0 {
            // Before Linux 5.11: one by one, as far as any limit on descriptors usually goes.
            for fd in 3..1 << 20 {
                libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
            }
        }
        if let Some(fd) = keep {
            libc::fcntl(fd, libc::F_SETFD, 0);
        }
    }
}

/// Returns the errno of a call that failed.
fn check<T: Copy + PartialEq + From<i8>>(result: T) -> Result<(), c_int> {
    if result == T::from(-1) { Err(errno()) } else { Ok(()) }
}

/// Returns the errno of the last call of this thread that failed.
pub(super) fn errno() -> c_int {
    // SAFETY: the address is valid in each thread, and a child that shares our memory stands in for the thread that
    // waits for it.
    unsafe { *libc::__errno_location() }
}
