//! `wasm-host`: the process in which modules run and are compiled. Internal: a worker starts it.
//!
//! Not read with the other commands: nothing of the worker is for this process, its configuration included.

use std::process::ExitCode;
use std::sync::Arc;

use sandbox::wasm::{HostCommand, serve_modules};
use stores::SystemClock;
use tracing::level_filters::LevelFilter;

/// The command's name.
const NAME: &str = "wasm-host";

/// Returns how this binary is started as a host of modules. By the kernel's own name of it: what stands under its path
/// may be a newer version by now.
pub(super) fn command() -> HostCommand {
    HostCommand { program: "/proc/self/exe".into(), arguments: vec![NAME.into()] }
}

/// Returns whether this process is to be a host of modules.
pub(crate) fn asked() -> bool {
    std::env::args_os().nth(1).is_some_and(|command| command == NAME)
}

/// Is a host of modules until its worker is gone.
pub(crate) fn run() -> ExitCode {
    let complaints = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_timer(crate::telemetry::Utc);
    complaints.init();
    match serve_modules(Arc::new(SystemClock)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the host of modules ends: {error}");
            ExitCode::FAILURE
        }
    }
}
