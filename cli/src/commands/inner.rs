//! The processes inside a worker: the supervisor that forks a shim for each shell run, and the host in which modules run
//! and are compiled. Internal: a worker starts them.
//!
//! Not read with the other commands: nothing of the worker is for them, its configuration included, and all that a
//! supervisor allocates before it forks is in every shim.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use model::ports::Clock;
use sandbox::InnerCommand;
use stores::SystemClock;
use tracing::level_filters::LevelFilter;

/// Forks a shim for each shell run.
pub(super) const SUPERVISOR: Inner = Inner {
    name: "supervisor",
    title: "the supervisor of shell runs",
    serve: sandbox::shell::supervise_runs,
};
/// Runs and compiles modules.
pub(super) const WASM_HOST: Inner =
    Inner { name: "wasm-host", title: "the host of modules", serve: sandbox::wasm::serve_modules };

/// A process inside a worker.
pub(crate) struct Inner {
    /// The command's name.
    name: &'static str,
    title: &'static str,
    /// Serves until the worker is gone.
    serve: fn(Arc<dyn Clock>) -> io::Result<()>,
}

/// Returns the one that this process is to be, if any.
pub(crate) fn asked() -> Option<&'static Inner> {
    let command: OsString = std::env::args_os().nth(1)?;
    [&SUPERVISOR, &WASM_HOST].into_iter().find(|inner| command == inner.name)
}

impl Inner {
    /// Returns how this binary is started as it. By the kernel's own name of it: what stands under its path may be a newer
    /// version by now.
    pub(super) fn command(&self) -> InnerCommand {
        InnerCommand { program: "/proc/self/exe".into(), arguments: vec![self.name.into()] }
    }

    /// Is this process until its worker is gone.
    pub(crate) fn run(&self) -> ExitCode {
        let complaints = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::WARN)
            .with_writer(io::stderr)
            .with_ansi(false)
            .with_timer(crate::telemetry::Utc);
        complaints.init();
        match (self.serve)(Arc::new(SystemClock)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                tracing::error!("{} ends: {error}", self.title);
                ExitCode::FAILURE
            }
        }
    }
}
