//! Both executors, as a worker's owner allows them; and what they can hold, in the owner's words.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use model::limits::Enforceable;
use model::ports::{Blobs, Clock, Executor};
use sandbox::InnerCommand;
use sandbox::shell::{self, ShellExecutor};
use sandbox::wasm::{self, WasmExecutor};

use super::inner;
use crate::arguments::SandboxOptions;
use crate::config::{self, Allowed, Given};

/// Both executors of a worker.
pub(super) struct Executors {
    pub(super) shell: Arc<dyn Executor>,
    pub(super) wasm: Arc<dyn Executor>,
}

/// Where executors work.
pub(super) struct Folders {
    /// Of all runs.
    pub(super) runs: PathBuf,
    /// Of compiled modules; without it they are compiled anew by each process.
    pub(super) cache: Option<PathBuf>,
}

impl Executors {
    /// Returns both executors, which work in `folders`.
    pub(super) fn new(
        allowed: &Allowed,
        shell: Arc<dyn Executor>,
        folders: Folders,
        blobs: Arc<dyn Blobs>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let Folders { runs, cache } = folders;
        let wasm_options = wasm::Options {
            host: Some(inner::WASM_HOST.command()),
            cache,
            policy: allowed.shell.clone(),
            cgroup_root: allowed.cgroup_root.clone(),
            roots: allowed.wasm_roots.clone(),
            chunking: allowed.chunking,
            ..wasm::Options::new(runs)
        };
        Ok(Self {
            shell,
            wasm: Arc::new(
                WasmExecutor::new(wasm_options, blobs, clock)
                    .context("could not set up the sandbox of WASI jobs")?,
            ),
        })
    }

    /// Returns what the owner should know of this host: limits that it cannot hold, and notes of the executors.
    pub(super) fn notes(&self) -> Vec<String> {
        let (shell, wasm) = (self.shell.enforceable(), self.wasm.enforceable());
        [("shell", &shell), ("wasm", &wasm)]
            .into_iter()
            .flat_map(|(kind, host)| notes_of(kind, host))
            .collect()
    }
}

fn notes_of(kind: &str, host: &Enforceable) -> Vec<String> {
    let missing = host.limits.iter().filter(|limit| !limit.held);
    let missing =
        missing.map(|limit| format!("{kind} jobs with `limits.{}` are refused: {}", limit.limit, limit.by));
    missing.chain(host.notes.iter().map(|note| format!("{kind}: {note}"))).collect()
}

/// Returns the executor of scripts that works in the folder `runs`; with a supervisor, runs outlive this process. To be
/// called before there is a runtime: it blocks, and the supervisor is best started by a process that is still small.
pub(super) fn shell_executor(
    allowed: &Allowed,
    supervisor: Option<InnerCommand>,
    runs: PathBuf,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Executor>> {
    let shell_options = shell::Options {
        cgroup_root: allowed.cgroup_root.clone(),
        memory_reserve: allowed.memory_reserve,
        policy: allowed.shell.clone(),
        chunking: allowed.chunking,
        supervisor,
        ..shell::Options::new(runs)
    };
    let executor = ShellExecutor::new(shell_options, clock);
    Ok(Arc::new(executor.context("could not set up the sandbox of shell jobs")?))
}

/// Returns what the owner allows: by the configuration file, and by the command line before it.
pub(super) fn allowed(options: &SandboxOptions, given: &Given) -> Result<Allowed> {
    let mut allowed = config::load_standalone(options.config.as_deref(), given)?;
    let policy = &mut allowed.shell;
    if !options.shell_user.is_empty() {
        policy.users.clone_from(&options.shell_user);
    }
    if options.shell_default_user.is_some() {
        policy.default_user.clone_from(&options.shell_default_user);
    }
    policy.enabled &= !options.no_shell;
    policy.allow_root |= options.shell_allow_root;
    policy.allow_unenforced.extend(&options.allow_unenforced);
    if !options.wasm_root.is_empty() {
        allowed.wasm_roots.clone_from(&options.wasm_root);
    }
    allowed.cgroup_root.clone_from(&options.cgroup_root);
    allowed.memory_reserve = options.memory_reserve;
    Ok(allowed)
}
