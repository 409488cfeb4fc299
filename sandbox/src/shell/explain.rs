//! Says what a failed step of a start means for the job: what was missing, for whom, and what to do about it.
//!
//! The kernel says `ENOENT` for a program that is not there, for one whose interpreter is not there and for a directory
//! that is not there; `EACCES` for a directory, for a file that nobody may execute and for one that this account may
//! not. Here they are told apart.
//!
//! Flow: `spawn` fails → **`explain`** → `StartError`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use model::outcome::Stage;
use model::ports::StartError;
use nix::errno::Errno;

use super::plan::Plan;
use super::program::Program;
use super::spawn::SpawnError;

/// Most of a file that is read to find the program that its first line names, as the kernel does it.
const FIRST_LINE_BYTES: u64 = 256;

/// Explains why no program was found to try.
pub(super) fn unfound(plan: &Plan, error: &io::Error) -> StartError {
    if error.kind() == io::ErrorKind::NotFound {
        let hint = format!("it is looked for in `{}`", plan.search_path());
        return cannot_execute(plan, "there is no such program", &hint);
    }
    StartError::job(
        Stage::Exec,
        format!("the interpreter `{}` cannot be executed: {error}", plan.interpreter()),
    )
}

/// Explains which step failed and why.
pub(super) fn failed(plan: &Plan, program: &Program, e: &SpawnError) -> StartError {
    let (stage, error, user) = (e.stage, &e.error, &plan.account.name);
    match stage {
        Stage::Cgroup => {
            StartError::worker(stage, format!("the child could not join its control group: {error}"))
        }
        Stage::Mounts => {
            let (what, hint) = match plan.pid_namespace {
                true => {
                    ("own `/proc`, `/tmp` or `/dev/shm`", "`pid_namespace = false` or `own_tmp = \"never\"`")
                }
                false => ("own `/tmp` and `/dev/shm`", "`own_tmp = \"never\"`"),
            };
            let message = format!("the run's {what} could not be made: {error}\nhint: {hint} in `[shell]`");
            StartError::worker(stage, message)
        }
        Stage::User => StartError::worker(stage, format!("failed to change to the user `{user}`: {error}")),
        Stage::Cwd => {
            let cwd = plan.cwd.path.to_string_lossy();
            StartError::job(stage, format!("cannot start in `{cwd}` as `{user}`: {error}"))
        }
        _ => match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::ENOENT | Errno::ENOTDIR) => missing(plan, program),
            Some(Errno::EACCES) => forbidden(plan, program),
            Some(Errno::ENOEXEC) => cannot_execute(
                plan,
                "the kernel does not know its format",
                "a script must start with `#!` and its interpreter",
            ),
            Some(Errno::E2BIG) => StartError::job(
                stage,
                format!(
                    "its arguments and environment are too long: {error}\nhint: pass what is long by `stdin`"
                ),
            ),
            // Neither a number of ours nor one of a program's: a killed child, or a host that has run out of something.
            None | Some(Errno::EAGAIN | Errno::ENOMEM | Errno::EMFILE | Errno::ENFILE) => {
                StartError::worker(stage, format!("failed to start a process: {error}"))
            }
            Some(_) => cannot_execute(plan, &error.to_string(), ""),
        },
    }
}

/// Tells a program that is not there from one that names an interpreter which is not there.
fn missing(plan: &Plan, program: &Program) -> StartError {
    // A path that is relative to the job's directory cannot be looked at from here.
    let there = program.paths().find(|path| path.is_absolute() && path.exists());
    let Some(path) = there else {
        return cannot_execute(plan, "there is no such program", "is it installed on this worker?");
    };
    match named_interpreter(path) {
        Some(named) => {
            let why = format!("its first line names `{named}`, which is not there");
            cannot_execute(plan, &why, "a line that ends in CR LF names a program that ends in CR")
        }
        None => {
            cannot_execute(plan, "the loader that it names is not there", "is it built for this machine?")
        }
    }
}

fn forbidden(plan: &Plan, program: &Program) -> StartError {
    use std::os::unix::fs::PermissionsExt as _;
    let modes = program.paths().filter_map(|path| path.metadata().ok());
    let modes: Vec<_> = modes.map(|meta| (meta.is_dir(), meta.permissions().mode())).collect();
    if modes.iter().any(|(is_dir, _)| *is_dir) {
        return cannot_execute(plan, "it is a directory", "");
    }
    if modes.iter().any(|(_, mode)| mode & 0o111 == 0) {
        return cannot_execute(plan, "permission denied: it is not marked executable", "chmod +x");
    }
    cannot_execute(plan, "permission denied", "may this account read each directory on the way to it?")
}

fn cannot_execute(plan: &Plan, why: &str, hint: &str) -> StartError {
    let hint = if hint.is_empty() { String::new() } else { format!("\nhint: {hint}") };
    let (program, user) = (plan.interpreter(), &plan.account.name);
    StartError::job(
        Stage::Exec,
        format!("cannot execute the interpreter `{program}` as `{user}`: {why}{hint}"),
    )
}

/// Returns what a file names in a first line that starts with `#!`.
fn named_interpreter(path: &Path) -> Option<String> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(FIRST_LINE_BYTES).read_to_end(&mut head).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = String::from_utf8_lossy(line).trim_start_matches([' ', '\t']).to_owned();
    line.split([' ', '\t']).next().map(|name| name.escape_debug().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_names_its_interpreter() {
        let dir = tempfile::tempdir().unwrap();
        let named = |text: &str| {
            let path = dir.path().join("script");
            std::fs::write(&path, text).unwrap();
            named_interpreter(&path)
        };
        assert_eq!(named("#!/bin/sh -e\necho").as_deref(), Some("/bin/sh"));
        assert_eq!(named("#! /usr/bin/env sh\n").as_deref(), Some("/usr/bin/env"));
        assert_eq!(named("#!/bin/sh\r\n").as_deref(), Some("/bin/sh\\r"));
        assert_eq!(named("\x7fELF"), None);
    }
}
