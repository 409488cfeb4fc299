//! Checks what a job asks of a script against what the owner allows and the host can hold. Starts nothing.
//!
//! Flow: workload and limits → **`Plan`** → `supervise` starts it.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::fs::FileExt as _;

use model::limits::{LimitName, Limits};
use model::outcome::{Applied, Stage};
use model::ports::{RunRef, StartError};
use model::quantity::ByteSize;
use model::workload::{Leftovers, Shell};
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use serde::{Deserialize, Serialize};

use super::account::{self, Account};
use super::contain::{Cwd, Places};
use super::environment;
use super::policy::ShellPolicy;
use super::program::Program;
use super::rules::{Rules, SWITCHED_OFF};
use crate::cgroup::{Base, controller_of};
use crate::folder::Chunking;

/// A run that may be started. All that a shim is told of it: plain data.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) run: RunRef,
    pub(super) limits: Limits,
    pub(super) account: Account,
    /// Limits that the job asks for, this host cannot hold, and the owner lets go.
    pub(super) unenforced: Vec<Applied>,
    /// Its own `/tmp` and `/dev/shm`.
    pub(super) places: Option<Places>,
    /// Whether it has a process namespace of its own.
    pub(super) pid_namespace: bool,
    pub(super) cwd: Cwd,
    pub(super) no_new_privs: bool,
    pub(super) leftovers: Leftovers,
    /// How its output is cut.
    #[serde(default)]
    pub(super) chunking: Chunking,
    interpreter: Vec<String>,
    env: BTreeMap<String, String>,
    script: String,
    stdin: String,
}

impl Plan {
    /// Checks a script.
    ///
    /// # Errors
    /// What the job asks and this worker does not do, with the line that would change it.
    pub(super) fn check(
        run: RunRef,
        shell: Shell,
        limits: Limits,
        rules: &Rules,
        base: &Base,
    ) -> Result<Self, StartError> {
        let policy = &rules.policy;
        if !policy.enabled {
            return Err(StartError::job(Stage::Limits, SWITCHED_OFF));
        }
        let unenforced = check_limits(&limits, policy, base)?;
        if shell.privilege_gain && !policy.allow_privilege_gain {
            let message = "`privilege_gain` is not allowed on this worker\nhint: `allow_privilege_gain = true` in `[shell]`";
            return Err(StartError::job(Stage::User, message));
        }
        if shell.interpreter.iter().any(|word| word.contains('\0')) || shell.interpreter.is_empty() {
            return Err(StartError::job(
                Stage::Exec,
                "the interpreter must be at least one word without NUL bytes",
            ));
        }
        let pid_namespace = rules.pid_namespace().map_err(|why| {
            let message = format!(
                "the run cannot have a process namespace of its own: {why}\nhint: `pid_namespace = false` in `[shell]`"
            );
            StartError::worker(Stage::Mounts, message)
        })?;
        let account = account::resolve(shell.user.as_deref(), rules)?;
        let env = environment::build(&run, &account, &shell.env);
        if let Some(name) = env.iter().find_map(|(k, v)| is_unfit(k, v).then_some(k)) {
            let message =
                format!("the variable `{}` has no name, `=` in its name or a NUL byte", name.escape_debug());
            return Err(StartError::job(Stage::Exec, message));
        }
        Ok(Self {
            places: account.own_tmp.then(|| Places::of(limits.memory.map(ByteSize::as_bytes))),
            unenforced,
            pid_namespace,
            cwd: cwd(shell.cwd.as_deref(), &account)?,
            no_new_privs: !shell.privilege_gain,
            leftovers: shell.leftovers,
            chunking: Chunking::default(),
            interpreter: shell.interpreter,
            script: shell.script,
            stdin: shell.stdin.0,
            run,
            limits,
            account,
            env,
        })
    }

    /// Returns the limits that the host is to hold.
    pub(super) fn held_limits(&self) -> Limits {
        let lets_go = |limit| self.unenforced.iter().any(|applied| applied.limit == limit);
        let mut held = self.limits.clone();
        held.memory = held.memory.filter(|_| !lets_go(LimitName::Memory));
        held.cpu = held.cpu.filter(|_| !lets_go(LimitName::Cpu));
        held.pids = held.pids.filter(|_| !lets_go(LimitName::Pids));
        held
    }

    /// Looks for the interpreter and writes out its arguments: what `execve` takes.
    ///
    /// # Errors
    /// When there is no such program. `script` is the descriptor under which the child has its script.
    pub(super) fn program(&self, script: RawFd) -> io::Result<Program> {
        let mut arguments = self.interpreter[1..].to_vec();
        arguments.push(format!("/proc/self/fd/{script}"));
        Program::find(&self.interpreter[0], &arguments, &self.env)
    }

    /// Returns the script as a file: an argument may be 128 KiB long at most, and the run's folder is not for the job
    /// to read.
    ///
    /// # Errors
    /// When the kernel gives no memory or no descriptor.
    pub(super) fn script(&self) -> io::Result<OwnedFd> {
        let file = nameless("script")?;
        self.write_script(&file)?;
        Ok(file.into())
    }

    /// Puts the script into a file that [`nameless`] made.
    ///
    /// # Errors
    /// When the kernel gives no memory.
    pub(super) fn write_script(&self, file: &File) -> io::Result<()> {
        fill(file, &self.script)
    }

    /// Returns the job's input, or nothing to read.
    ///
    /// # Errors
    /// When the kernel gives no memory or no descriptor.
    pub(super) fn stdin(&self) -> io::Result<OwnedFd> {
        if self.stdin.is_empty() {
            return Ok(File::open("/dev/null")?.into());
        }
        let file = nameless("stdin")?;
        self.write_stdin(&file)?;
        Ok(file.into())
    }

    /// Puts the job's input into a file that [`nameless`] made. Returns false when there is none.
    ///
    /// # Errors
    /// When the kernel gives no memory.
    pub(super) fn write_stdin(&self, file: &File) -> io::Result<bool> {
        if self.stdin.is_empty() {
            return Ok(false);
        }
        fill(file, &self.stdin).map(|()| true)
    }

    /// Returns the interpreter as the job names it, for messages.
    pub(super) fn interpreter(&self) -> &str {
        &self.interpreter[0]
    }

    /// Returns where programs are looked for, for messages.
    pub(super) fn search_path(&self) -> &str {
        self.env.get("PATH").map_or("", String::as_str)
    }
}

/// Refuses what is not held here, unless the owner lets it go, and says what that is: a limit is never ignored.
fn check_limits(limits: &Limits, policy: &ShellPolicy, base: &Base) -> Result<Vec<Applied>, StartError> {
    if limits.fuel.is_some() {
        return Err(StartError::job(Stage::Limits, "`limits.fuel` applies to modules only"));
    }
    let asked = [
        (LimitName::Memory, limits.memory.is_some()),
        (LimitName::Cpu, limits.cpu.is_some()),
        (LimitName::Pids, limits.pids.is_some()),
    ];
    let mut unenforced = Vec::new();
    for (limit, _) in asked.into_iter().filter(|(_, asked)| *asked) {
        let Some(controller) = controller_of(limit) else { continue };
        if let Err(why) = base.holds(controller) {
            if policy.allow_unenforced.contains(&limit) {
                unenforced.push(Applied { limit, held: false, by: why });
                continue;
            }
            let message =
                format!("this host cannot hold `limits.{limit}`: {why}\nhint: {}", super::HINT_GROUPS);
            return Err(StartError::job(Stage::Limits, message));
        }
    }
    Ok(unenforced)
}

fn cwd(asked: Option<&str>, account: &Account) -> Result<Cwd, StartError> {
    let path = asked.unwrap_or(&account.home);
    if asked.is_some() && !path.starts_with('/') {
        return Err(StartError::job(Stage::Cwd, format!("`cwd` must be an absolute path, got `{path}`")));
    }
    let path = CString::new(path).map_err(|_| StartError::job(Stage::Cwd, "`cwd` holds a NUL byte"))?;
    // An account whose home is not there (`nobody`) starts at the top, as cron does it; a named directory must be.
    Ok(Cwd { path, or_root: asked.is_none() })
}

fn is_unfit(name: &str, value: &str) -> bool {
    name.is_empty() || name.contains(['=', '\0']) || value.contains('\0')
}

/// Returns an empty file in memory that has no name in any folder.
///
/// # Errors
/// When the kernel gives no memory or no descriptor.
pub(super) fn nameless(what: &str) -> io::Result<File> {
    Ok(File::from(memfd_create(what, MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?))
}

/// Fills a file that [`nameless`] made, and lets nobody change it any more.
fn fill(file: &File, text: &str) -> io::Result<()> {
    // Where a reader begins stays at its beginning.
    file.write_all_at(text.as_bytes(), 0)?;
    let seals =
        SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_SEAL;
    fcntl(file, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(())
}
