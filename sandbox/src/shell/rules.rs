//! What the owner allows, and what this host makes of it: looked up and tried out once, before the first run.
//!
//! Flow: `ShellPolicy` → **`Rules`** → `account` and `plan` ask them for each run.

use std::fs;

use nix::unistd::geteuid;

use super::policy::{OwnTmp, ShellPolicy, UidRange};
use super::probe;

/// What is said of every script where the owner wants none.
pub(super) const SWITCHED_OFF: &str =
    "shell jobs are switched off on this worker\nhint: `enabled = true` in `[shell]`, without `--no-shell`";

/// The owner's policy on this host.
#[derive(Debug)]
pub(crate) struct Rules {
    /// What the owner allows.
    pub(super) policy: ShellPolicy,
    uids: Result<UidRange, String>,
    own_tmp: Result<(), String>,
    pid_namespace: Result<bool, String>,
}

impl Rules {
    /// Looks at the host's accounts, and tries whether a child can have places of its own. Blocks.
    pub(crate) fn of(policy: ShellPolicy) -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let range = policy.job_uids;
        let uids = match range.clash(&read("/etc/passwd"), &read("/etc/subuid")) {
            Some(whose) => Err(format!(
                "`job_uid_range` {range} is not free: {whose}\nhint: give `job_uid_range` in `[shell]` numbers of its \
                 own, or set `default_user`"
            )),
            None => Ok(range),
        };
        let own_tmp = match policy.own_tmp {
            OwnTmp::Never => Err("`own_tmp = \"never\"` in `[shell]`".to_owned()),
            _ if !geteuid().is_root() => Err("the worker does not run as root".to_owned()),
            _ => probe::own_places(),
        };
        let pid_namespace = match policy.pid_namespace {
            true => probe::own_namespace().map(|()| true),
            false => Ok(false),
        };
        Self { policy, uids, own_tmp, pid_namespace }
    }

    /// Returns why no script starts, whatever it asks for; none where scripts start.
    pub(super) fn refuses(&self) -> Option<String> {
        if !self.policy.enabled {
            return Some(SWITCHED_OFF.to_owned());
        }
        let why = self.pid_namespace.as_ref().err()?;
        Some(format!("`pid_namespace = true` in `[shell]`, and {why}"))
    }

    /// Returns the numbers for jobs that name no user.
    ///
    /// # Errors
    /// Who else has some of them, and which line to change.
    pub(super) fn uids(&self) -> Result<UidRange, &str> {
        self.uids.as_ref().copied().map_err(String::as_str)
    }

    /// Returns whether each run has a process namespace of its own.
    ///
    /// # Errors
    /// Why none can, although the owner wants it.
    pub(super) fn pid_namespace(&self) -> Result<bool, &str> {
        self.pid_namespace.as_ref().copied().map_err(String::as_str)
    }

    /// Returns whether a job may have a `/tmp` and a `/dev/shm` of its own.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) fn own_tmp(&self) -> Result<(), &str> {
        self.own_tmp.as_ref().copied().map_err(String::as_str)
    }
}
