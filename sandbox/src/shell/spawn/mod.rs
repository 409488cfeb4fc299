//! The one place with `unsafe` in the shell sandbox: starts a child that is contained before its first instruction,
//! and reaps it.
//!
//! The child shares the worker's memory until exec while the thread that starts it stands still (`CLONE_VM` and
//! `CLONE_VFORK`, as `posix_spawn` does it), so a start costs the same however much memory the worker uses. Three ways
//! lead there, each tried when the kernel refuses the one before: born in its version 2 group (`clone3`), joining it by
//! a write, and with a copy of the memory.
//!
//! Invariants of the child: it runs on a stack of its own with a guard page; all that it reads was prepared before and
//! outlives it; it makes system calls only, takes no lock, allocates nothing and cannot panic; every signal is blocked
//! until none can reach a handler of the worker's. It tells its step and errno through a page that both see.
//!
//! Memory that is shared with a child which has changed its user would be open to that user: the kernel takes the
//! memory's `dumpable` mark away with the change, and we take it away before, so that nobody but root may look.
//! (`vfork` children are also spared by the out-of-memory killer, which would otherwise kill who shares their memory.)
//!
//! Flow: `plan`, `contain`, `program` → **`spawn`** → `supervise`. Not here: what to run, as whom and where.
#![expect(
    unsafe_code,
    reason = "clone, exec and pidfds have no safe interface; every other file of the shell sandbox is safe"
)]

mod child;
mod fork;
mod frame;
mod init;
mod lesson;
mod reap;
mod standby;
#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::ptr;

use libc::{c_int, c_long, c_void};
use model::outcome::Stage;

use super::contain::Containment;
use super::program::Program;
use child::{Report, Setup, Step, enter, errno, is_spared};
pub(super) use fork::fork;
pub(crate) use fork::received;
use frame::Frame;
pub(super) use init::fork_init;
pub(super) use lesson::learn_together;
use lesson::{refuse, refused};
use reap::pidfd_open;
pub(super) use reap::{Reaped, reap};
pub(super) use standby::{Orders, Standby};

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

/// How a child comes into being, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// In its version 2 group from the start.
    Born,
    /// Sharing our memory until exec; joins its groups by writing to their files.
    Shared,
    /// With a copy of our memory.
    Copied,
}

impl Way {
    const ALL: [Self; 3] = [Self::Born, Self::Shared, Self::Copied];
}

/// Starts a program contained. Returns once it executes.
///
/// # Errors
/// The stage that failed and its errno; no process stays.
pub(super) fn spawn(program: &Program, containment: &Containment<'_>) -> Result<Child, SpawnError> {
    let untried = Way::ALL.get(refused()..).unwrap_or(&[Way::Copied]);
    spawn_by(untried, program, containment)
}

/// [`spawn`] in the first of these ways that the kernel takes.
fn spawn_by(ways: &[Way], program: &Program, containment: &Containment<'_>) -> Result<Child, SpawnError> {
    let at = |stage, errno| SpawnError { stage, error: io::Error::from_raw_os_error(errno) };
    let frame = Frame::map().map_err(|error| SpawnError { stage: Stage::Exec, error })?;
    let joins = containment.joins.files();
    let streams = containment.streams.map(|stream| stream.as_raw_fd());
    let keep = containment.script.map(|script| script.as_raw_fd());
    if streams.iter().chain(&keep).any(|fd| *fd <= libc::STDERR_FILENO) {
        // Putting the streams in place would overwrite it. The runtime opens what is closed at our start.
        return Err(at(Stage::Exec, libc::EBADF));
    }
    let (arguments, environment) = program.vectors();
    let candidates: Vec<_> = program.candidates().iter().map(|path| path.as_ptr()).collect();
    let mut setup = Setup {
        report: frame.report(),
        joins: &joins,
        streams,
        keep,
        account: containment.account,
        places: containment.places,
        own_proc: containment.own_proc,
        apart: containment.apart,
        cwd: containment.cwd,
        no_new_privs: containment.no_new_privs,
        spared: is_spared(),
        candidates: &candidates,
        arguments: arguments.as_ptr(),
        environment: environment.as_ptr(),
    };
    if containment.account.is_some() {
        // SAFETY: a call on numbers.
        unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) };
    }
    let mut refusal = libc::ENOSYS;
    for way in ways {
        let birthplace = containment.joins.birthplace().filter(|_| *way == Way::Born);
        if *way == Way::Born && birthplace.is_none() {
            continue;
        }
        // The last file leads into the group in which it is born.
        setup.joins = if birthplace.is_some() { &joins[..joins.len() - 1] } else { &joins };
        let masked = Masked::all();
        let started = start(*way, birthplace, &frame, &setup);
        drop(masked);
        match started {
            // Linux 6.14 and later kill a child that is born in a group which was ever killed by `cgroup.kill`: they
            // compare the group's count of kills with that of the parent's group. Our slots are killed and used again.
            Ok(pid) if *way == Way::Born && is_stillborn(frame.report()) => {
                let _ = reap(pid, true);
                refuse(*way as usize + 1);
            }
            Ok(pid) => return settle(pid, frame.report()),
            Err(errno @ (libc::EAGAIN | libc::ENOMEM)) => return Err(at(Stage::Exec, errno)),
            Err(errno) => {
                refusal = errno;
                // What a probe is refused says nothing of the ways of others.
                let lasts = [libc::ENOSYS, libc::EINVAL, libc::EPERM, libc::E2BIG].contains(&errno);
                if lasts && containment.apart == 0 {
                    refuse(*way as usize + 1);
                }
            }
        }
    }
    Err(at(Stage::Exec, refusal))
}

/// Returns true when the child has ended and neither executed its program nor said why.
fn is_stillborn(report: &Report) -> bool {
    report.errno() == 0 && report.step() != Step::Executing
}

/// Reads what the child told, once it executes or has ended.
fn settle(pid: i32, report: &Report) -> Result<Child, SpawnError> {
    let step = report.step();
    let error = match report.errno() {
        0 if step == Step::Executing => match pidfd_open(pid) {
            Ok(pidfd) => return Ok(Child { pid, pidfd }),
            Err(e) => {
                let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGKILL);
                io::Error::new(e.kind(), format!("pidfd_open needs Linux 5.3: {e}"))
            }
        },
        0 => io::Error::other("it was killed before its program ran"),
        errno => io::Error::from_raw_os_error(errno),
    };
    let _ = reap(pid, true);
    Err(SpawnError { stage: step.stage(), error })
}

/// This thread with every signal blocked, until it is dropped. Asked of the kernel itself, since the C library keeps
/// signals 32 and 33 open for its own handlers.
struct Masked(u64);

impl Masked {
    fn all() -> Self {
        let mut before = 0;
        mask(u64::MAX, &raw mut before);
        Self(before)
    }
}

impl Drop for Masked {
    fn drop(&mut self) {
        mask(self.0, ptr::null_mut());
    }
}

fn mask(signals: u64, before: *mut u64) {
    // SAFETY: both pointers are valid or null, to as many bytes as the last argument says.
    unsafe {
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const signals, before, 8usize);
    }
}

/// Makes the child. Returns its number once it executes or has ended, or the errno when there is none.
fn start(way: Way, birthplace: Option<RawFd>, frame: &Frame, setup: &Setup<'_>) -> Result<i32, c_int> {
    let argument = ptr::from_ref(setup).cast_mut().cast::<c_void>();
    let shared = libc::CLONE_VM | libc::CLONE_VFORK | setup.apart;
    // SAFETY: `CLONE_VFORK` holds this thread until the child executes or ends, so `setup` and all that it refers to
    // outlive the child's use of them, and its stack is nobody else's. `enter` never returns.
    let result = unsafe {
        match (way, birthplace) {
            (Way::Born, Some(dir)) => clone_into(dir, shared, frame, argument),
            (Way::Born, None) => return Err(libc::ENOSYS),
            (Way::Shared, _) => {
                let pid = libc::clone(enter, frame.stack_top(), shared | libc::SIGCHLD, argument);
                if pid < 0 { -c_long::from(errno()) } else { c_long::from(pid) }
            }
            // Without a stack of its own and with a copy of our memory, the child goes on here, as after fork. Zeros
            // for all else, so that the order of the arguments, which differs among machines, does not matter.
            (Way::Copied, _) => {
                let flags = c_long::from(libc::CLONE_VFORK | libc::SIGCHLD | setup.apart);
                match libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) {
                    0 => {
                        enter(argument);
                        libc::_exit(127)
                    }
                    -1 => -c_long::from(errno()),
                    pid => pid,
                }
            }
        }
    };
    let number = i32::try_from(result).expect("a pid or an errno fits");
    if number < 0 { Err(-number) } else { Ok(number) }
}

/// What `clone3` takes, as far as kernels know it that can put a child into a group (Linux 5.7).
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Default)]
struct CloneArgs {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// Makes a child in the group of `dir`, which runs `enter` on the frame's stack. Returns its number or a negative errno.
///
/// # Safety
/// As `start` states it.
#[cfg(target_arch = "x86_64")]
unsafe fn clone_into(dir: RawFd, flags: c_int, frame: &Frame, argument: *mut c_void) -> c_long {
    /// `CLONE_INTO_CGROUP`; the C library's constant does not fit its own type.
    const INTO_CGROUP: u64 = 1 << 33;
    let (stack, stack_bytes) = frame.stack();
    let args = CloneArgs {
        flags: u64::from(flags.unsigned_abs()) | INTO_CGROUP,
        exit_signal: libc::SIGCHLD as u64,
        stack: stack as u64,
        stack_size: stack_bytes as u64,
        cgroup: u64::from(dir.unsigned_abs()),
        ..CloneArgs::default()
    };
    let result: c_long;
    // SAFETY: the C library offers no such call, and none may return twice on one stack: the child leaves for `enter`
    // within these lines, on its own stack, aligned as a call wants it. The parent sees the result alone; `syscall`
    // changes rcx and r11 besides. What the child changes in registers is its own.
    unsafe {
        std::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r13",
            "call r12",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone3 => result,
            in("rdi") &raw const args,
            in("rsi") size_of::<CloneArgs>(),
            in("r12") enter as *const () as usize,
            in("r13") argument,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    result
}

/// Other machines join by a write.
#[cfg(not(target_arch = "x86_64"))]
unsafe fn clone_into(_: RawFd, _: c_int, _: &Frame, _: *mut c_void) -> c_long {
    -c_long::from(libc::ENOSYS)
}
